//! One row of an ingest job: read from its cells, written to its table, told in a result line.

use super::chunk::{NOTHING, key};
use super::columns::Column;
use super::job::Operation;
use super::lines::Row;
use super::load::{Load, Outcome};
use super::spool::push_quoted;
use crate::failure::Failure;
use crate::ids;
use crate::rows::Desk;
use crate::rows::given::{Given, foreign_key};
use crate::rows::value::Cell;
use crate::schema::Kind;

impl Load<'_> {
    /// What a row meets whose key another row of its chunk has too.
    pub(super) fn repeated(&self, row: Row<'_>) -> Failure {
        let name = self.job.external_id_field.as_deref().unwrap_or("Id");
        let key = self.key_column.and_then(|column| key(row, column)).unwrap_or_default();
        Failure::of("DUPLICATE_VALUE", name, format!("Duplicate external id specified: {key}"))
    }

    /// Carries out one row.
    pub(super) fn row(&mut self, desk: &mut Desk<'_>, row: Row<'_>, read: &mut (Given, Option<Failure>)) -> Outcome {
        let id = self.id_column.and_then(|column| key(row, column));
        if matches!(self.job.operation, Operation::Delete | Operation::HardDelete) {
            return self.remove(desk, id);
        }
        let (given, failure) = read;
        let found = match failure.take() {
            Some(failure) => Err(failure),
            None => self.find_parents(desk, row, given),
        };
        match found {
            Ok(()) => self.write_row(desk, id, given),
            Err(failure) => Err((id.and_then(ids::normal), failure)),
        }
    }

    fn find_parents(&mut self, desk: &mut Desk<'_>, row: Row<'_>, given: &mut Given) -> Result<(), Failure> {
        let schema = desk.schema;
        for (at, text) in row.cells().enumerate() {
            let Column::Parent { field, target, key } = &self.columns[at] else {
                continue;
            };
            match text {
                "" => {}
                NOTHING => given.set(*field, Cell::Null),
                text => {
                    let known = self.parents[at].as_ref().filter(|(known, _)| known == text);
                    let id = match known {
                        Some((_, id)) => id.clone(),
                        None => foreign_key(desk, &schema.objects[*target], key, text)?,
                    };
                    // A row of the job's own object may lose its key, or itself, from one row to the next.
                    if known.is_none() && *target != self.object.number {
                        self.parents[at] = Some((text.to_owned(), id.clone()));
                    }
                    given.set(*field, Cell::Text(id));
                }
            }
        }
        Ok(())
    }

    fn write_row(&self, desk: &mut Desk<'_>, id: Option<&str>, given: &mut Given) -> Outcome {
        let object = self.object;
        let alone = |failure| (None, failure);
        match self.job.operation {
            Operation::Insert if id.is_some() => {
                Err((None, Failure::of("INVALID_FIELD_FOR_INSERT_UPDATE", "Id", "cannot specify Id in an insert call")))
            }
            Operation::Upsert if self.key.is_some_and(|place| object.fields[place].kind != Kind::Id) => {
                let place = self.key.unwrap_or_default();
                let field = &object.fields[place];
                let cell = given.take(place).unwrap_or(Cell::Null);
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

    /// Tells a row's outcome in its result file; `echo` is the rest of its line.
    pub(super) fn write_line(&mut self, echo: &[u8], outcome: Outcome) {
        let sign = self.job.delimiter_byte();
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
        line.extend_from_slice(echo);
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
