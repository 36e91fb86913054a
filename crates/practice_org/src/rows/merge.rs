//! Merging rows that stand for the same company or person: one stays, the others go, and what pointed to them points to it.

use super::Desk;
use super::changes::Change;
use super::given::Given;
use super::value::Cell;
use crate::failure::Failure;
use crate::ids;
use crate::schema::{Object, Trait};

/// Rows that may be merged into another at once.
const MOST_MERGED: usize = 2;

impl Desk<'_> {
    /// Merges `others` into `master`, which also gets the fields in `given`.
    pub(crate) fn merge(
        &mut self,
        object: &Object,
        master: &str,
        others: &[String],
        given: &mut Given,
    ) -> Result<(), Failure> {
        let Some(merged_into) = object.find("MasterRecordId").filter(|_| object.has(Trait::Mergeable)) else {
            return Err(Failure::new("INVALID_OPERATION", format!("entity type cannot be merged: {}", object.name)));
        };
        let fits = (1..=MOST_MERGED).contains(&others.len());
        let apart = others.iter().enumerate().all(|(at, id)| id != master && !others[..at].contains(id));
        if !fits || !apart {
            return Err(Failure::new("INVALID_OPERATION", "one or two other records can be merged into a record"));
        }
        if let Some(id) = others.iter().find(|id| !ids::has_prefix(id, &object.prefix)) {
            return Err(Failure::new("INVALID_ID_FIELD", format!("{id} is no {}", object.label.to_lowercase())));
        }
        self.all_or_nothing(|desk| {
            desk.must_live(object, master)?;
            for other in others {
                desk.must_live(object, other)?;
                desk.check_unlocked(other)?;
                desk.move_children(object, other, master)?;
                desk.seen.clear();
                let mut gone = Given::default();
                gone.set(object.place("IsDeleted"), Cell::Integer(1));
                gone.set(merged_into, Cell::text(master));
                desk.stamp_change(object, &mut gone);
                desk.put(object, other, &gone, Change::Deleted)?;
            }
            desk.change(object, master, given)
        })
    }

    fn move_children(&mut self, object: &Object, from: &str, to: &str) -> Result<(), Failure> {
        let schema = self.schema;
        for children in schema.children(object) {
            let child = &schema.objects[children.object];
            let field = &child.fields[children.field];
            if (field.children.is_none() && !field.is_custom()) || !child.is_stored() {
                continue;
            }
            for row in self.children_of(child, children.field, from)? {
                let mut given = Given::default();
                // A parent that was below the row it is merged with would be its own parent.
                given.set(children.field, if row == to { Cell::Null } else { Cell::text(to) });
                self.stamp_system(child, &mut given);
                self.put(child, &row, &given, Change::Changed)?;
            }
        }
        Ok(())
    }
}
