//! What an import is meant to do, as a value: one step of an integration, with the reasons of what was guessed.

use crate::connect::Operation;
use crate::connect::file::FileSettings;
use crate::integration::{Find, Integration, Options, Step};
use crate::mapping::{Expression, Mapping};
use crate::record::{Field, Schema};
use crate::workspace::{ImportGuess, Proposal};
use std::collections::BTreeMap;

/// Where a choice comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Why, in a sentence.
    pub why: String,
    /// Whether it is more than a guess.
    pub certain: bool,
}

/// What an import is meant to do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Design {
    /// Alias of the org.
    pub org: String,
    /// API name of the object; blank while it is not chosen.
    pub object: String,
    /// What happens to its records.
    pub operation: Operation,
    /// How the record of a row is found.
    pub find: Find,
    /// Which column goes into which field.
    pub mapping: Mapping,
    /// How it runs.
    pub options: Options,
    /// Why the object was guessed; `None` once a person chose.
    pub object_guess: Option<String>,
    /// Why the operation was guessed.
    pub operation_guess: Option<String>,
    /// Why this way to find records was guessed.
    pub find_guess: Option<String>,
    /// Why a field has its column, by the field's name.
    pub origins: BTreeMap<String, Origin>,
}

impl Design {
    /// Takes over what was guessed.
    pub fn adopt(&mut self, guess: &ImportGuess) {
        if let Some((object, why)) = &guess.object {
            self.object = object.clone();
            self.object_guess = Some(why.clone());
        }
        self.operation = guess.operation.0;
        self.operation_guess = Some(guess.operation.1.clone());
        self.find = guess.find.0.clone();
        self.find_guess = Some(guess.find.1.clone());
        self.mapping = guess.mapping.clone();
        self.origins = origins(&guess.proposals);
    }

    /// Takes over proposals for another object: constants of the old one make no sense there.
    pub fn adopt_proposals(&mut self, proposals: &[Proposal]) {
        self.mapping = Mapping::default();
        for proposal in proposals {
            self.mapping.set(&proposal.target, Expression::Column(proposal.column.clone()));
        }
        self.origins = origins(proposals);
    }

    /// Chooses an operation that suits what is mapped, unless a person chose one.
    pub fn suit_operation(&mut self, object: &Schema) {
        if self.operation_guess.is_none() {
            return;
        }
        let mapped = |name: &str| self.mapping.rule(name).is_some();
        let key = object.fields.iter().find(|field| field.external_id && mapped(&field.name));
        let (operation, why) = match key {
            _ if mapped("Id") => (Operation::Update, "a column holds record ids".to_owned()),
            Some(key) => (Operation::Upsert, format!("a column is mapped to {}, an external id", key.name)),
            None => (Operation::Insert, "no column says which record a row is about".to_owned()),
        };
        self.operation = operation;
        self.operation_guess = Some(why);
    }

    /// Chooses a way to find records that suits the operation and what is mapped.
    pub fn suit_find(&mut self, object: &Schema) {
        let mapped = |name: &str| self.mapping.rule(name).is_some();
        let key = object.fields.iter().find(|field| field.external_id && mapped(&field.name));
        let lookup = object.fields.iter().find(|field| field.finds_records() && mapped(&field.name));
        let any = object.fields.iter().find(|field| field.external_id);
        self.find = match self.operation {
            Operation::Insert => return,
            _ if mapped("Id") => Find::Id,
            _ => match key.or(lookup).or(any) {
                Some(field) => Find::ExternalId(field.name.clone()),
                None => Find::Id,
            },
        };
        self.find_guess = Some("chosen because it is mapped and Salesforce finds records by it".to_owned());
        if key.or(lookup).is_none() && self.find != Find::Id {
            self.find_guess = Some("the first external id of the object".to_owned());
        }
    }

    /// Whether it can make records.
    pub fn creates(&self) -> bool {
        match self.operation {
            Operation::Insert => true,
            Operation::Upsert => self.options.create,
            Operation::Update | Operation::Delete => false,
        }
    }

    /// The fields that records are found by.
    pub fn key_fields(&self) -> Vec<&str> {
        match (self.operation, &self.find) {
            (Operation::Insert, _) => Vec::new(),
            (_, Find::Id) => vec!["Id"],
            (_, Find::ExternalId(field)) => vec![field],
            (_, Find::Match(fields)) => fields.iter().map(String::as_str).collect(),
        }
    }

    /// Fields that must have a value and have no rule: those that new records need, and those that records are found by.
    pub fn missing<'a>(&self, object: &'a Schema) -> Vec<&'a Field> {
        let keys = self.key_fields();
        let set = |field: &Field| {
            self.mapping.rule(&field.name).is_some()
                || field.relationship.as_ref().is_some_and(|relationship| {
                    let by = |target: &str| {
                        let before = target.split_once('.').map_or("", |(before, _)| before);
                        before.rsplit(':').next().is_some_and(|name| name.eq_ignore_ascii_case(relationship))
                    };
                    self.mapping.rules.iter().any(|rule| by(&rule.target))
                })
        };
        let needs = |field: &&Field| {
            let required = self.creates() && field.required;
            let key = keys.iter().any(|key| key.eq_ignore_ascii_case(&field.name));
            (required || key) && !set(field)
        };
        object.fields.iter().filter(needs).collect()
    }

    /// Why a field cannot be a target, in a few words.
    pub fn forbids(&self, field: &Field) -> Option<&'static str> {
        let key = self.key_fields().iter().any(|key| key.eq_ignore_ascii_case(&field.name));
        if key || (field.name == "Id" && self.operation != Operation::Insert) {
            return None;
        }
        if field.calculated {
            Some("computed by Salesforce")
        } else if !field.createable && !field.updateable {
            Some("read-only, or no permission")
        } else if self.operation == Operation::Insert && !field.createable {
            Some("cannot be set on new records")
        } else if self.operation == Operation::Update && !field.updateable {
            Some("cannot be changed later")
        } else if self.operation == Operation::Delete {
            Some("deleting needs only the key")
        } else {
            None
        }
    }

    /// The integration that it is, from this file.
    pub fn integration(&self, name: &str, source: &FileSettings) -> Integration {
        Integration {
            steps: vec![Step {
                source: source.clone().into(),
                org: self.org.clone(),
                into: None,
                object: self.object.clone(),
                operation: self.operation,
                find: self.find.clone(),
                mapping: self.mapping.clone(),
                options: self.options.clone(),
                sync: None,
                seen: None,
            }],
            ..Integration::new(name)
        }
    }

    /// The design of a stored step.
    pub fn of(step: &Step) -> Design {
        Design {
            org: step.org.clone(),
            object: step.object.clone(),
            operation: step.operation,
            find: step.find.clone(),
            mapping: step.mapping.clone(),
            options: step.options.clone(),
            ..Design::default()
        }
    }
}

fn origins(proposals: &[Proposal]) -> BTreeMap<String, Origin> {
    let origin = |proposal: &Proposal| Origin { why: proposal.why.clone(), certain: proposal.certain };
    proposals.iter().map(|proposal| (proposal.target.clone(), origin(proposal))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Schema {
        let field = |name: &str| Field { filterable: true, ..Field::column(name) };
        let key = Field { external_id: true, ..field("ERP_Id__c") };
        let name = Field { required: true, ..field("Name") };
        let id = Field { createable: false, updateable: false, ..field("Id") };
        let computed = Field { calculated: true, createable: false, updateable: false, ..field("Score__c") };
        Schema { name: "Account".to_owned(), fields: vec![id, name, key, computed], ..Schema::default() }
    }

    fn column(name: &str) -> Expression {
        Expression::Column(name.to_owned())
    }

    #[test]
    fn operation_and_key_follow_what_is_mapped_until_a_person_chose() {
        let object = account();
        let mut design = Design { operation_guess: Some(String::new()), ..Design::default() };
        design.mapping.set("ERP_Id__c", column("no"));
        design.suit_operation(&object);
        design.suit_find(&object);
        assert_eq!((design.operation, &design.find), (Operation::Upsert, &Find::ExternalId("ERP_Id__c".to_owned())));
        design.mapping.set("Id", column("id"));
        design.suit_operation(&object);
        design.suit_find(&object);
        assert_eq!((design.operation, &design.find), (Operation::Update, &Find::Id));
        design.operation_guess = None;
        design.operation = Operation::Delete;
        design.suit_operation(&object);
        assert_eq!(design.operation, Operation::Delete);
    }

    #[test]
    fn what_is_missing_depends_on_the_operation() {
        let object = account();
        let mut design = Design { operation: Operation::Upsert, ..Design::default() };
        design.find = Find::ExternalId("ERP_Id__c".to_owned());
        let names =
            |design: &Design| design.missing(&object).iter().map(|field| field.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&design), ["Name", "ERP_Id__c"]);
        design.options.create = false;
        assert_eq!(names(&design), ["ERP_Id__c"]);
        design.mapping.set("ERP_Id__c", column("no"));
        assert!(names(&design).is_empty());
        design.operation = Operation::Insert;
        assert_eq!(names(&design), ["Name"]);
    }

    #[test]
    fn a_field_says_why_it_is_no_target() {
        let object = account();
        let design = Design { operation: Operation::Update, find: Find::Id, ..Design::default() };
        let why = |name: &str| object.field(name).and_then(|field| design.forbids(field));
        assert_eq!(why("Id"), None, "the key is needed");
        assert_eq!(why("Score__c"), Some("computed by Salesforce"));
        assert_eq!(why("Name"), None);
    }
}
