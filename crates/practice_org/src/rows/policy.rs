//! What the org's owner has decided beyond what Salesforce always wants: rules that are switched on, rows that are locked.
//!
//! A rule is a small piece of JSON, kept in the data file. The rules that every org comes with are switched off. The pen
//! holds what is switched on, checked and ready, so that a desk has it at hand for every row of every call.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Desk;
use super::condition::Condition;
use super::given::Given;
use crate::database::{Database, Pen};
use crate::failure::{Failure, Refusal};
use crate::ids;
use crate::owner::OwnerError;
use crate::schema::{Object, Schema};

/// Most rules in an org.
const MOST_RULES: usize = 500;
/// Names of the settings in the data file.
const RULES: &str = "rules";
const LOCKED: &str = "locked_rows";

/// One rule, by object and name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Rule {
    /// Finds rows that look like the one being saved.
    #[serde(rename_all = "camelCase")]
    Duplicate {
        object: String,
        name: String,
        #[serde(default)]
        active: bool,
        /// Fields that must all be equal, without case, and filled.
        fields: Vec<String>,
        action: Action,
        #[serde(default = "usual_message")]
        message: String,
    },
    /// Refuses rows that meet a condition.
    #[serde(rename_all = "camelCase")]
    Validation {
        object: String,
        name: String,
        #[serde(default)]
        active: bool,
        /// True for a row that is refused.
        condition: String,
        message: String,
        /// The field that the message stands at.
        #[serde(default)]
        error_field: Option<String>,
    },
}

/// What a duplicate rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Action {
    /// Refuses, whatever the caller says.
    Block,
    /// Refuses, unless the caller says that it knows.
    Allow,
}

fn usual_message() -> String {
    "Use one of these records?".into()
}

impl Rule {
    fn key(&self) -> (&str, &str) {
        match self {
            Rule::Duplicate { object, name, .. } | Rule::Validation { object, name, .. } => (object, name),
        }
    }

    fn is_active(&self) -> bool {
        match self {
            Rule::Duplicate { active, .. } | Rule::Validation { active, .. } => *active,
        }
    }

    fn is_same(&self, other: &Rule) -> bool {
        let (own, theirs) = (self.key(), other.key());
        own.0.eq_ignore_ascii_case(theirs.0) && own.1.eq_ignore_ascii_case(theirs.1)
    }
}

/// The rules that every org comes with.
fn built_in() -> Vec<Rule> {
    let duplicate = |object: &str, fields: &[&str]| Rule::Duplicate {
        object: object.into(),
        name: format!("Standard_{object}_Duplicate_Rule"),
        active: false,
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        action: Action::Allow,
        message: usual_message(),
    };
    vec![
        duplicate("Account", &["Name"]),
        duplicate("Contact", &["Name", "Email"]),
        duplicate("Lead", &["Name", "Email"]),
        Rule::Validation {
            object: "Account".into(),
            name: "Phone_or_Website".into(),
            active: false,
            condition: "AND(ISBLANK(Phone), ISBLANK(Website))".into(),
            message: "Phone or Website must be filled".into(),
            error_field: Some("Phone".into()),
        },
    ]
}

/// A duplicate rule that is switched on.
#[derive(Debug, Clone)]
pub(super) struct Matching {
    pub(super) name: String,
    pub(super) places: Vec<usize>,
    pub(super) action: Action,
    pub(super) message: String,
}

/// A validation rule that is switched on.
#[derive(Debug, Clone)]
pub(super) struct Validation {
    pub(super) condition: Condition,
    pub(super) message: String,
    pub(super) field: Option<usize>,
}

/// The rules of one object that are switched on.
#[derive(Debug, Default, Clone)]
pub(super) struct Active {
    pub(super) validations: Vec<Validation>,
    pub(super) matchings: Vec<Matching>,
}

/// What is switched on, by the object's place; and the rows that are locked.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    active: Vec<Option<Active>>,
    locked: BTreeSet<String>,
}

impl Policy {
    fn new(schema: &Schema, rules: &[Rule], locked: BTreeSet<String>) -> Self {
        let mut policy = Policy { active: Vec::new(), locked };
        for rule in rules.iter().filter(|rule| rule.is_active()) {
            // A rule over a field that is there no more stays in the list but does nothing.
            if let Ok((object, ready)) = ready(schema, rule) {
                policy.active.resize(policy.active.len().max(object.number + 1), None);
                let active = policy.active[object.number].get_or_insert_with(Active::default);
                match ready {
                    Ready::Matching(matching) => active.matchings.push(matching),
                    Ready::Validation(validation) => active.validations.push(validation),
                }
            }
        }
        policy
    }
}

enum Ready {
    Matching(Matching),
    Validation(Validation),
}

/// Checks a rule against the schema.
fn ready<'s>(schema: &'s Schema, rule: &Rule) -> Result<(&'s Object, Ready), String> {
    let (object, name) = rule.key();
    let object = schema.object(object).ok_or_else(|| format!("There is no object {object}."))?;
    if name.trim().is_empty() {
        return Err("A rule needs a name.".into());
    }
    let place = |field: &String| {
        let stored = object.find(field).filter(|place| object.fields[*place].is_stored());
        stored.ok_or_else(|| format!("{} has no field {field}.", object.name))
    };
    let ready = match rule {
        Rule::Duplicate { fields, action, message, .. } => {
            if fields.is_empty() {
                return Err("A duplicate rule needs a field to match.".into());
            }
            let places = fields.iter().map(place).collect::<Result<_, _>>()?;
            Ready::Matching(Matching { name: name.into(), places, action: *action, message: message.clone() })
        }
        Rule::Validation { condition, message, error_field, .. } => Ready::Validation(Validation {
            condition: Condition::read(object, condition)?,
            message: message.clone(),
            field: error_field.as_ref().map(place).transpose()?,
        }),
    };
    Ok((object, ready))
}

/// All rules, switched on or not.
pub(crate) fn rules(database: &Database) -> Result<Vec<Rule>, Refusal> {
    let kept = database.setting(RULES)?;
    let mut rules: Vec<Rule> = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    for rule in built_in() {
        if !rules.iter().any(|known| known.is_same(&rule)) {
            rules.push(rule);
        }
    }
    Ok(rules)
}

/// Adds a rule, or puts it in the place of the one with its object and name.
pub(crate) fn set_rule(schema: &Schema, database: &Database, rule: Rule) -> Result<(), OwnerError> {
    ready(schema, &rule).map_err(OwnerError)?;
    database.together(|| {
        let mut rules = rules(database)?;
        match rules.iter().position(|known| known.is_same(&rule)) {
            Some(place) => rules[place] = rule,
            None if rules.len() >= MOST_RULES => {
                return Err(OwnerError(format!("There are {MOST_RULES} rules already.")));
            }
            None => rules.push(rule),
        }
        keep(schema, database, &rules)
    })
}

/// Takes a rule away; a built-in one is only switched off. False when there is none of this name.
pub(crate) fn remove_rule(schema: &Schema, database: &Database, object: &str, name: &str) -> Result<bool, OwnerError> {
    database.together(|| {
        let mut rules = rules(database)?;
        let before = rules.len();
        rules.retain(|rule| {
            let known = rule.key();
            !(known.0.eq_ignore_ascii_case(object) && known.1.eq_ignore_ascii_case(name))
        });
        let found = rules.len() < before;
        keep(schema, database, &rules)?;
        Ok(found)
    })
}

fn keep(schema: &Schema, database: &Database, rules: &[Rule]) -> Result<(), OwnerError> {
    let text = serde_json::to_string(rules).map_err(|error| OwnerError(error.to_string()))?;
    database.set_setting(RULES, &text)?;
    Ok(load(schema, database)?)
}

/// Makes the pen's policy from what the data file holds.
pub(crate) fn load(schema: &Schema, database: &Database) -> Result<(), Refusal> {
    let rules = rules(database)?;
    let locked = locked_rows(database)?;
    database.write(|pen| {
        pen.policy = Policy::new(schema, &rules, locked);
        index_matchings(schema, pen)
    })
}

/// Gives every rule that looks for duplicates an index to look in, and takes back those that no rule needs.
fn index_matchings(schema: &Schema, pen: &Pen) -> Result<(), Refusal> {
    let mut wanted = BTreeSet::new();
    for (number, active) in pen.policy.active.iter().enumerate() {
        let object = &schema.objects[number];
        for matching in active.iter().flat_map(|active| &active.matchings) {
            wanted.insert((object.name.as_str(), object.fields[matching.places[0]].name.as_str()));
        }
    }
    let names: Vec<String> = {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'index' AND name GLOB 'rule:*'";
        let mut statement = pen.conn.prepare(sql)?;
        statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    let name_of = |(object, field): &(&str, &str)| format!("rule:{object}.{field}");
    for name in names.iter().filter(|name| !wanted.iter().any(|pair| name_of(pair) == **name)) {
        pen.conn.execute_batch(&format!("DROP INDEX \"{name}\""))?;
    }
    for pair in &wanted {
        let sql = format!("CREATE INDEX IF NOT EXISTS \"{}\" ON \"{}\" (\"{}\")", name_of(pair), pair.0, pair.1);
        pen.conn.execute_batch(&sql)?;
    }
    Ok(())
}

/// Rows that nobody may change or delete, as during an approval.
pub(crate) fn locked_rows(database: &Database) -> Result<BTreeSet<String>, Refusal> {
    let kept = database.setting(LOCKED)?;
    Ok(kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Locks a row, or unlocks it.
pub(crate) fn lock_row(database: &Database, id: &str, locked: bool) -> Result<(), Refusal> {
    let id = ids::normal(id).ok_or_else(|| Refusal::new(400, "MALFORMED_ID", format!("malformed id {id}")))?;
    database.together(|| {
        let mut rows = locked_rows(database)?;
        if locked {
            rows.insert(id)
        } else {
            rows.remove(&id)
        };
        database.set_setting(LOCKED, &serde_json::json!(rows).to_string())?;
        database.write(|pen| {
            pen.policy.locked = rows;
            Ok(())
        })
    })
}

/// Ends every lock.
pub(crate) fn unlock_all(schema: &Schema, database: &Database) -> Result<(), Refusal> {
    database.set_setting(LOCKED, "[]")?;
    load(schema, database)
}

impl Desk<'_> {
    /// Refuses a row that is locked.
    pub(super) fn check_unlocked(&self, id: &str) -> Result<(), Failure> {
        if self.policy.locked.is_empty() || self.trusted || !self.policy.locked.contains(id) {
            return Ok(());
        }
        Err(Failure::new("ENTITY_IS_LOCKED", "the entity is locked for editing"))
    }

    /// Asks the rules that are switched on for the row's object. `own` is the id of a row that exists.
    pub(super) fn check_policy(&mut self, object: &Object, given: &Given, own: Option<&str>) -> Result<(), Failure> {
        let policy = self.policy;
        let Some(active) = policy.active.get(object.number).and_then(Option::as_ref).filter(|_| !self.trusted) else {
            return Ok(());
        };
        self.validate(object, given, own, &active.validations)?;
        self.look_for_duplicates(object, given, own, &active.matchings)
    }
}
