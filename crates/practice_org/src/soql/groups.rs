//! GROUP BY, with the subtotals of ROLLUP and CUBE.
//!
//! SQLite has no grouping sets. Each row is therefore joined with every set, a number whose bit says which keys are left
//! out; the keys that are left out read as null, and the set itself is the first key.

use super::Fault;
use super::ast::{Group, Operand};
use super::expression::{self, Expression, Role, path_argument};
use super::place;
use super::scope::Scope;
use crate::schema::Kind;

/// Most fields in ROLLUP and CUBE.
const MOST_SUBTOTALS: usize = 3;

/// What a query is grouped by.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// SQL of each key as the rows have it, and as the groups have it.
    keys: Vec<(String, String)>,
    /// The sets of keys left out; empty without subtotals.
    sets: Vec<usize>,
}

impl Groups {
    /// Checks GROUP BY.
    pub(crate) fn read(scope: &mut Scope<'_>, group: &Group) -> Result<Self, Fault> {
        let mut keys = Vec::new();
        let many = group.keys.len();
        if let Some(name) = &group.subtotals
            && many > MOST_SUBTOTALS
        {
            return Err(Fault::malformed(
                name.at,
                format!("GROUP BY {} takes at most {MOST_SUBTOTALS} fields", name.text.to_ascii_uppercase()),
            ));
        }
        for (place, key) in group.keys.iter().enumerate() {
            let found = expression::operand(scope, key)?;
            match found.role {
                Role::Field | Role::DatePart => {}
                Role::Wording if !matches!(key, Operand::Call(call) if call.name.is("FORMAT")) => {}
                _ => return Err(Fault::malformed(key.at(), "GROUP BY takes fields and date functions only")),
            }
            let compound = place::parts(scope.tables[found.column.table].object, found.column.field).is_some();
            if found.role != Role::DatePart && (compound || !found.column.field.is_groupable()) {
                return Err(Fault::field(
                    key.at(),
                    format!("field '{}' can not be grouped in a query call", found.column.field.name),
                ));
            }
            let shown = if group.subtotals.is_some() { masked(&found, place) } else { found.sql.clone() };
            keys.push((found.sql, shown));
        }
        let sets = match &group.subtotals {
            None => Vec::new(),
            Some(name) if name.is("CUBE") => (0..1 << many).collect(),
            // The keys go one by one, the last first.
            Some(_) => (0..=many).map(|left_out| (1 << many) - (1 << (many - left_out))).collect(),
        };
        Ok(Groups { keys, sets })
    }

    /// Reads an operand of a grouped query; one that is neither aggregated nor a key is `None`.
    pub(crate) fn operand<'s>(
        &self,
        scope: &mut Scope<'s>,
        operand: &Operand,
    ) -> Result<Option<Expression<'s>>, Fault> {
        if let Operand::Call(call) = operand
            && call.name.is("GROUPING")
        {
            let inner = expression::operand(scope, &Operand::Path(path_argument(call)?.clone()))?;
            let key = self.keys.iter().position(|(raw, _)| *raw == inner.sql).filter(|_| !self.sets.is_empty());
            let Some(key) = key else {
                return Err(Fault::malformed(call.name.at, "GROUPING is for fields of GROUP BY ROLLUP or CUBE only"));
            };
            return Ok(Some(Expression {
                sql: format!("((sets.bits >> {key}) & 1)"),
                kind: Kind::Int,
                role: Role::Aggregate,
                column: inner.column,
            }));
        }
        let found = expression::operand(scope, operand)?;
        if found.is_aggregate() {
            return Ok(Some(found));
        }
        Ok(self
            .keys
            .iter()
            .find(|(raw, _)| *raw == found.sql)
            .map(|(_, shown)| Expression { sql: shown.clone(), ..found }))
    }

    /// The join that multiplies rows by sets.
    pub(crate) fn join_sql(&self) -> String {
        if self.sets.is_empty() {
            return String::new();
        }
        let sets: Vec<String> = self.sets.iter().map(|set| format!("({set})")).collect();
        format!(" CROSS JOIN (SELECT column1 AS bits FROM (VALUES {})) AS sets", sets.join(", "))
    }

    /// What stands behind GROUP BY.
    pub(crate) fn keys_sql(&self) -> Vec<String> {
        let set = (!self.sets.is_empty()).then(|| "sets.bits".to_owned());
        set.into_iter().chain(self.keys.iter().map(|(_, shown)| shown.clone())).collect()
    }

    /// The order of subtotals when the query names none: each behind its group.
    pub(crate) fn usual_order(&self) -> Vec<String> {
        if self.sets.is_empty() {
            return Vec::new();
        }
        let keys = self.keys.iter().enumerate();
        keys.flat_map(|(place, (_, shown))| [format!("((sets.bits >> {place}) & 1)"), shown.clone()]).collect()
    }
}

fn masked(key: &Expression<'_>, place: usize) -> String {
    // A CASE forgets how its texts compare.
    let collation = if key.kind.is_text() { " COLLATE sf_ci" } else { "" };
    format!("(CASE WHEN (sets.bits >> {place}) & 1 THEN NULL ELSE {} END{collation})", key.sql)
}
