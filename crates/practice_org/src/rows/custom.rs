//! What holds for every custom object and field, whatever it is called: auto numbers, names, and parents that must stay.

use super::Desk;
use super::given::Given;
use super::value::Cell;
use crate::failure::Failure;
use crate::schema::{Field, Kind, Object};
use crate::time::{self, Millis};

impl Desk<'_> {
    /// Gives a new row its auto numbers, in these fields.
    pub(super) fn number_rows(&self, object: &Object, numbered_places: &[usize], given: &mut Given) {
        for place in numbered_places.iter().copied() {
            if let Some(number) = object.fields[place].auto_number.as_ref().filter(|_| given.is_blank(place)) {
                let count = self.number(object) as i64 + number.offset;
                given.set(place, Cell::Text(numbered(&number.format, count, self.now)));
            }
        }
    }

    /// Refuses to remove a row that others must point to.
    pub(super) fn check_needed(&mut self, object: &Object, id: &str) -> Result<(), Failure> {
        let schema = self.schema;
        for children in schema.children(object) {
            let child = &schema.objects[children.object];
            let field = &child.fields[children.field];
            if !(field.restricted_delete && field.is_custom() && child.is_stored()) {
                continue;
            }
            let rows = self.children_of(child, children.field, id)?;
            if !rows.is_empty() {
                let shown: Vec<&str> = rows.iter().take(5).map(|id| &id[..15]).collect();
                return Err(Failure::new(
                    "DELETE_FAILED",
                    format!(
                        "Your attempt to delete {id} could not be completed because it is associated with the following {}.: {}",
                        child.plural.to_lowercase(),
                        shown.join(", ")
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// A row of a custom object without a name is called by its id.
pub(super) fn name_by_id(object: &Object, given: &mut Given, id: &str) {
    let is_text = |field: &Field| field.kind == Kind::String && field.auto_number.is_none();
    if object.is_custom() && is_text(&object.fields[object.name_field]) && given.is_blank(object.name_field) {
        given.set(object.name_field, Cell::text(&id[..15]));
    }
}

/// `INV-00042` for `INV-{00000}` and 42.
fn numbered(format: &str, number: i64, now: Millis) -> String {
    let today = time::civil(now).date();
    let mut text = String::with_capacity(format.len() + 8);
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((mark, after)) = after.split_once('}') else {
            rest = after;
            break;
        };
        match mark {
            "YYYY" => text.push_str(&format!("{:04}", today.year())),
            "YY" => text.push_str(&format!("{:02}", today.year() % 100)),
            "MM" => text.push_str(&format!("{:02}", today.month())),
            "DD" => text.push_str(&format!("{:02}", today.day())),
            zeros => text.push_str(&format!("{number:0width$}", width = zeros.len())),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_filled_up_and_dated() {
        let day = time::parse_datetime("2026-03-04T05:06:07Z", true).unwrap();
        for (format, number, text) in [
            ("INV-{00000}", 42, "INV-00042"),
            ("{0}", 123, "123"),
            ("{YYYY}/{MM}/{DD}-{YY}-{000}-x", 7, "2026/03/04-26-007-x"),
        ] {
            assert_eq!(numbered(format, number, day), text, "{format}");
        }
    }
}
