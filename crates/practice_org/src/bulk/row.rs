//! One row of an ingest job: read from its cells, written to its table, told in a result line.

use std::collections::HashMap;

use csv::StringRecord;

use super::columns::Column;
use super::job::Operation;
use super::load::{Load, Outcome};
use super::spool::push_quoted;
use crate::failure::Failure;
use crate::ids;
use crate::java;
use crate::rows::Desk;
use crate::rows::given::{Given, foreign_key};
use crate::rows::value::{self, Cell, parse_number};
use crate::soql::collate::fold;

/// What sets a field to null.
const NOTHING: &str = "#N/A";

impl Load<'_> {
    /// The value of the upsert key in a row.
    pub(super) fn key<'r>(&self, record: &'r StringRecord) -> Option<&'r str> {
        let name = self.job.external_id_field.as_deref()?;
        let place = self.columns.iter().position(|column| match column {
            Column::Id => name == "Id",
            Column::Field(place) => self.object.fields[*place].name == name,
            Column::Parent { .. } => false,
        })?;
        record.get(place).map(str::trim).filter(|key| !key.is_empty())
    }

    /// Which rows of the chunk share their key with another. Empty when none can.
    pub(super) fn repeated_keys(&self, count: usize) -> Vec<bool> {
        if self.job.operation != Operation::Upsert {
            return Vec::new();
        }
        let keys: Vec<Option<String>> = self.chunk[..count].iter().map(|record| self.key(record).map(fold)).collect();
        let mut seen: HashMap<&str, usize> = HashMap::with_capacity(count);
        for key in keys.iter().flatten() {
            *seen.entry(key).or_default() += 1;
        }
        keys.iter().map(|key| key.as_ref().is_some_and(|key| seen[key.as_str()] > 1)).collect()
    }

    /// Carries out one row.
    pub(super) fn row(&mut self, desk: &mut Desk<'_>, record: &StringRecord) -> Outcome {
        let id = self.columns.iter().position(|column| *column == Column::Id).and_then(|place| record.get(place));
        let id = id.map(str::trim).filter(|id| !id.is_empty());
        if matches!(self.job.operation, Operation::Delete | Operation::HardDelete) {
            return self.remove(desk, id);
        }
        let mut given = std::mem::take(&mut self.given);
        given.clear();
        let outcome = match self.read_row(desk, record, &mut given) {
            Ok(()) => self.write_row(desk, id, record, &mut given),
            Err(failure) => Err((id.and_then(ids::normal), failure)),
        };
        self.given = given;
        outcome
    }

    fn read_row(&self, desk: &mut Desk<'_>, record: &StringRecord, given: &mut Given) -> Result<(), Failure> {
        let schema = desk.schema;
        for (column, text) in self.columns.iter().zip(record) {
            if text.is_empty() {
                continue;
            }
            match column {
                Column::Id => {}
                Column::Field(place) if text == NOTHING => given.set(*place, Cell::Null),
                Column::Field(place) => given.set(*place, value::from_csv(&self.object.fields[*place], text)?),
                Column::Parent { field, .. } if text == NOTHING => given.set(*field, Cell::Null),
                Column::Parent { field, target, key } => {
                    let id = foreign_key(desk, &schema.objects[*target], key, text)?;
                    given.set(*field, Cell::Text(id));
                }
            }
        }
        Ok(())
    }

    fn write_row(&self, desk: &mut Desk<'_>, id: Option<&str>, record: &StringRecord, given: &mut Given) -> Outcome {
        let object = self.object;
        let alone = |failure| (None, failure);
        let key = self.job.external_id_field.as_deref();
        match self.job.operation {
            Operation::Insert if id.is_some() => {
                Err((None, Failure::of("INVALID_FIELD_FOR_INSERT_UPDATE", "Id", "cannot specify Id in an insert call")))
            }
            Operation::Upsert if key != Some("Id") => {
                let place = key.and_then(|key| object.find(key)).unwrap_or_default();
                let field = &object.fields[place];
                let cell = given.take(place).filter(|_| self.key(record).is_some()).unwrap_or(Cell::Null);
                if cell == Cell::Null {
                    return Err((
                        None,
                        Failure::of("MISSING_ARGUMENT", &field.name, format!("{} not specified", field.name)),
                    ));
                }
                let found = desk.find(object, place, &cell).map_err(alone)?;
                match found.as_slice() {
                    [] => {
                        given.set(place, cell);
                        Ok((desk.create(object, given).map_err(alone)?, true))
                    }
                    [one] => {
                        desk.change(object, one, given).map_err(|failure| (Some(one.clone()), failure))?;
                        Ok((one.clone(), false))
                    }
                    several => Err((
                        None,
                        Failure::of(
                            "DUPLICATE_EXTERNAL_ID",
                            &field.name,
                            format!(
                                "{}: more than one record found for external id field: [{}]",
                                field.name,
                                several.join(", ")
                            ),
                        ),
                    )),
                }
            }
            Operation::Insert => Ok((desk.create(object, given).map_err(alone)?, true)),
            Operation::Upsert if id.is_none() => Ok((desk.create(object, given).map_err(alone)?, true)),
            _ => {
                let id = self.row_id(id)?;
                desk.change(object, &id, given).map_err(|failure| gone(&id, failure))?;
                Ok((id, false))
            }
        }
    }

    fn row_id(&self, id: Option<&str>) -> Result<String, (Option<String>, Failure)> {
        let text =
            id.ok_or_else(|| (None, Failure::of("MISSING_ARGUMENT", "Id", "Id not specified in an update call")))?;
        ids::normal(text).filter(|id| ids::has_prefix(id, &self.object.prefix)).ok_or_else(|| {
            let label = &self.object.fields[self.object.place("Id")].label;
            (None, Failure::of("MALFORMED_ID", "Id", format!("{label}: id value of incorrect type: {text}")))
        })
    }

    fn remove(&self, desk: &mut Desk<'_>, id: Option<&str>) -> Outcome {
        let id = self.row_id(id)?;
        match self.job.operation {
            Operation::HardDelete => desk.erase(self.object, &id),
            _ => desk.remove(self.object, &id),
        }
        .map_err(|failure| gone(&id, failure))?;
        Ok((id, false))
    }

    /// Tells a row's outcome in its result file.
    pub(super) fn write_line(&mut self, record: &StringRecord, outcome: Outcome) {
        let sign = self.job.delimiter_byte();
        let end = self.job.line_end();
        let spool = if outcome.is_ok() { &mut self.good } else { &mut self.bad };
        let line = &mut spool.bytes;
        match outcome {
            Ok((id, created)) => {
                push_quoted(line, &id);
                line.push(sign);
                push_quoted(line, if created { "true" } else { "false" });
            }
            Err((id, failure)) => {
                if self.job.version >= 53 {
                    push_quoted(line, id.as_deref().unwrap_or_default());
                    line.push(sign);
                }
                push_quoted(line, &failure.as_bulk());
            }
        }
        for (text, decimal) in record.iter().zip(&self.decimals) {
            line.push(sign);
            match decimal.then(|| parse_number(text)).flatten() {
                Some(number) => push_quoted(line, &java::double(number)),
                None => push_quoted(line, text),
            }
        }
        line.extend_from_slice(end.as_bytes());
        spool.end_line();
    }
}

/// A row that is not there, in words for a list of rows.
fn gone(id: &str, failure: Failure) -> (Option<String>, Failure) {
    let failure = match failure.code {
        "NOT_FOUND" => Failure::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
        _ => failure,
    };
    (Some(id.to_owned()), failure)
}
