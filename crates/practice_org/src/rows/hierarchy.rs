//! Rows of one object under each other, such as accounts under accounts: nobody may become its own ancestor.

use super::Desk;
use super::given::Given;
use super::value::Cell;
use crate::failure::Failure;
use crate::schema::Object;

/// Levels that are looked at. Deeper trees than this are not checked further up.
const MOST_LEVELS: usize = 500;

impl Desk<'_> {
    /// Refuses parents that are below the row, or the row itself.
    pub(super) fn check_hierarchy(&mut self, object: &Object, id: &str, given: &Given) -> Result<(), Failure> {
        for (place, cell) in given.cells() {
            let place = usize::from(*place);
            let field = &object.fields[place];
            // Lookups of the org's own may go in circles; a tree is what the standard fields make.
            if field.to != [object.name.as_str()] || field.is_custom() {
                continue;
            }
            let mut above = cell.clone();
            for _ in 0..MOST_LEVELS {
                let Cell::Text(parent) = above else { break };
                if parent == id {
                    return Err(Failure::of(
                        "CIRCULAR_DEPENDENCY",
                        &field.name,
                        "attempt to violate hierarchy constraints",
                    ));
                }
                above = self.read(object, &parent, &[place])?.and_then(|mut cells| cells.pop()).unwrap_or(Cell::Null);
            }
        }
        Ok(())
    }
}
