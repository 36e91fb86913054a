//! Duplicate rules at work: rows that look like the one being saved are found, and the caller is told.

use std::sync::Arc;

use rusqlite::params_from_iter;
use serde_json::{Map, Value as Json, json};

use super::Desk;
use super::given::Given;
use super::policy::{Action, Matching};
use super::value::Cell;
use crate::failure::Failure;
use crate::schema::{Kind, Object};
use crate::time;

/// Rows that are told about.
const MOST_FOUND: usize = 5;

impl Desk<'_> {
    /// Refuses the row if a rule finds others like it, and neither rule nor caller lets that pass.
    pub(super) fn look_for_duplicates(
        &mut self,
        object: &Object,
        given: &Given,
        own: Option<&str>,
        rules: &[Matching],
    ) -> Result<(), Failure> {
        for rule in rules {
            // A row that exists is looked at again only when what is compared has changed.
            if own.is_some() && !rule.places.iter().any(|place| given.get(*place).is_some()) {
                continue;
            }
            if rule.action == Action::Allow && self.options.allow_duplicates {
                continue;
            }
            let found = self.like(object, given, own, &rule.places)?;
            if !found.is_empty() {
                let detail = self.result(object, rule, &found)?;
                return Err(Failure {
                    detail: Some(Arc::new(detail)),
                    ..Failure::new("DUPLICATES_DETECTED", &rule.message)
                });
            }
        }
        Ok(())
    }

    /// Ids of the living rows that equal this one in all these fields. A row with a blank among them is like no other.
    fn like(
        &mut self,
        object: &Object,
        given: &Given,
        own: Option<&str>,
        places: &[usize],
    ) -> Result<Vec<String>, Failure> {
        let stored = match own {
            Some(id) => self.read(object, id, places)?.unwrap_or_default(),
            None => Vec::new(),
        };
        let mut cells = Vec::with_capacity(places.len() + 1);
        for (at, place) in places.iter().enumerate() {
            match given.get(*place).or(stored.get(at)) {
                Some(Cell::Null) | None => return Ok(Vec::new()),
                Some(cell) => cells.push(cell.clone()),
            }
        }
        cells.push(Cell::text(own.unwrap_or_default()));
        let conditions: Vec<String> =
            places.iter().map(|place| format!("\"{}\" = ? AND ", object.fields[*place].name)).collect();
        let alive = if object.has_bin() { " AND \"IsDeleted\" = 0" } else { "" };
        let sql = format!(
            "SELECT \"Id\" FROM \"{}\" WHERE {}\"Id\" <> ?{alive} LIMIT {MOST_FOUND}",
            object.name,
            conditions.concat()
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(&cells), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The result as REST shows it beside the error.
    fn result(&mut self, object: &Object, rule: &Matching, found: &[String]) -> Result<Json, Failure> {
        let mut records = Vec::with_capacity(found.len());
        for id in found {
            records.push(json!({
                "additionalInformation": [],
                "fieldDiffs": [],
                "matchConfidence": 100.0,
                "record": self.shown(object, id)?,
            }));
        }
        let (engine, matching) = match rule.name.strip_suffix("_Duplicate_Rule").filter(|_| is_standard(&rule.name)) {
            Some(stem) => ("FuzzyMatchEngine", format!("{stem}_Match_Rule_v1_1")),
            None => ("ExactMatchEngine", format!("{}_Match_Rule", rule.name)),
        };
        Ok(json!({
            "allowSave": rule.action == Action::Allow,
            "duplicateRule": rule.name,
            "duplicateRuleEntityType": object.name,
            "errorMessage": rule.message,
            "matchResults": [{
                "entityType": object.name,
                "errors": [],
                "matchEngine": engine,
                "matchRecords": records,
                "rule": matching,
                "size": found.len(),
                "success": true,
            }],
        }))
    }

    /// A found row: its id, or all its fields if the caller wants them.
    fn shown(&mut self, object: &Object, id: &str) -> Result<Json, Failure> {
        let mut record = Map::new();
        let url = format!("/services/data/v{}/sobjects/{}/{id}", self.options.version, object.name);
        record.insert("attributes".into(), json!({"type": object.name, "url": url}));
        record.insert("Id".into(), id.into());
        if self.options.record_details {
            let fields = &object.fields;
            let places: Vec<usize> = (0..fields.len())
                .filter(|place| fields[*place].is_stored() && !fields[*place].hidden && fields[*place].kind != Kind::Id)
                .collect();
            let cells = self.read(object, id, &places)?.unwrap_or_default();
            for (place, cell) in places.into_iter().zip(cells) {
                let value = match (cell, fields[place].kind) {
                    (Cell::Null, _) => Json::Null,
                    (Cell::Integer(number), Kind::Boolean) => (number != 0).into(),
                    (Cell::Integer(instant), Kind::DateTime) => time::rest(instant).into(),
                    (Cell::Integer(number), _) => number.into(),
                    (Cell::Real(number), _) => json!(number),
                    (Cell::Text(text), _) => text.into(),
                };
                record.insert(fields[place].name.clone(), value);
            }
        }
        Ok(Json::Object(record))
    }
}

fn is_standard(name: &str) -> bool {
    name.starts_with("Standard_")
}
