//! Lookups: a value that belongs to some record, by which that record is found. Resolved by queries before rows are sent; here
//! they are only compiled.

use super::compile::{CompiledValue, Compiler};
use super::problem::{MappingProblem, Part};
use super::repair::Repair;
use super::rule::{Lookup, NoneFound, Rule, SeveralFound};
use super::target::ResolvedTarget;
use crate::formula::nearest;
use crate::record::{Field, Kind, Schema};

/// A lookup that can be resolved.
#[derive(Debug, Clone)]
pub struct CompiledLookup {
    /// The rule that needs it, by its cell.
    pub cell: usize,
    /// The object that is searched.
    pub object: String,
    /// The fields that must agree, the value's own first.
    pub fields: Vec<String>,
    /// What happens when no record has the values.
    pub none: NoneFound,
    /// What happens when several have them.
    pub several: SeveralFound,
    pub(super) also: Vec<CompiledValue>,
}

impl Compiler<'_> {
    /// Compiles a lookup into the next place, and gives back the place.
    pub(super) fn lookup(
        &mut self,
        cell: usize,
        rule: &Rule,
        lookup: &Lookup,
        target: Option<&ResolvedTarget>,
    ) -> Option<usize> {
        let before = self.problems.len();
        if let Some(target) = target
            && let Err((message, hint)) = leads_to(target, &lookup.object)
        {
            self.lookup_problem(rule, message, hint);
        }
        let Some(object) = self.shape.parents.values().find(|known| known.name.eq_ignore_ascii_case(&lookup.object))
        else {
            self.lookup_problem(rule, format!("there is no object {}", lookup.object), "Choose another object.".into());
            return None;
        };
        let by = self.searchable(rule, object, &lookup.by);
        let mut fields = vec![by.clone().map_or_else(|| lookup.by.clone(), |(path, _)| path)];
        let mut also = Vec::new();
        for condition in &lookup.also {
            if let Some((path, _)) = self.searchable(rule, object, &condition.field) {
                fields.push(path);
            }
            also.extend(self.value(&rule.target, Part::Lookup, &condition.is));
        }
        let unique = lookup.also.is_empty() && by.is_some_and(|(_, field)| is_unique(&field));
        let several = lookup.several.or(unique.then_some(SeveralFound::Reject));
        if several.is_none() {
            let message = format!("several {} may have the same {}", object.label_plural, lookup.by);
            let hint = "Say what happens then: hold the row, leave blank, or take the first.".to_owned();
            let repair = Repair::Several { target: rule.target.clone(), several: SeveralFound::Reject };
            let problem = MappingProblem::new(&rule.target, Part::Lookup, message).hint(Some(hint));
            self.problems.push(problem.repair(Some(repair)));
        }
        if self.problems.len() > before {
            return None;
        }
        self.lookups.push(CompiledLookup {
            cell,
            object: object.name.clone(),
            fields,
            none: lookup.none,
            several: several?,
            also,
        });
        Some(self.lookups.len() - 1)
    }

    /// The field of an object, or of its parent by path, by which records can be searched; as the org spells it.
    fn searchable(&mut self, rule: &Rule, object: &Schema, path: &str) -> Option<(String, Field)> {
        let (owner, prefix, name) = match path.split_once('.') {
            None => (Some(object), String::new(), path),
            Some((relationship, name)) => {
                let lookup = object.relationship(relationship);
                let parent = lookup.and_then(|lookup| lookup.reference_to.first());
                let owner = parent.and_then(|parent| self.shape.parents.get(parent));
                let spelled = lookup.and_then(|lookup| lookup.relationship.clone()).unwrap_or_default();
                (owner, format!("{spelled}."), name)
            }
        };
        let Some(field) = owner.and_then(|owner| owner.field(name)) else {
            let names = owner.into_iter().flat_map(|owner| &owner.fields).map(|field| field.name.as_str());
            let hint = nearest(name, names).map_or_else(
                || "Choose another field to search by.".to_owned(),
                |near| format!("Did you mean {prefix}{near}?"),
            );
            self.lookup_problem(rule, format!("{} has no field {path}", object.name), hint);
            return None;
        };
        if !field.filterable {
            let hint = "Choose another field to search by.".to_owned();
            self.lookup_problem(rule, format!("Salesforce cannot search {} by {path}", object.name), hint);
            return None;
        }
        Some((format!("{prefix}{}", field.name), field.clone()))
    }

    fn lookup_problem(&mut self, rule: &Rule, message: String, hint: String) {
        self.problems.push(MappingProblem::new(&rule.target, Part::Lookup, message).hint(Some(hint)));
    }
}

/// Whether ids of that object may stand in the target field.
fn leads_to(target: &ResolvedTarget, object: &str) -> Result<(), (String, String)> {
    let field = &target.field;
    let is_id = matches!(field.kind, Kind::Reference | Kind::Id) && target.lookup.is_none();
    if !is_id {
        let message = format!("{} takes no record id, so that a lookup makes no sense", target.path);
        return Err((message, "Remove the lookup, or map to the lookup field itself.".to_owned()));
    }
    let known = &field.reference_to;
    if known.is_empty() || known.iter().any(|known| known.eq_ignore_ascii_case(object)) {
        return Ok(());
    }
    Err((format!("{} does not lead to {object}", target.path), format!("It leads to {}.", known.join(", "))))
}

fn is_unique(field: &Field) -> bool {
    field.unique || field.kind == Kind::Id
}
