//! Person accounts: in an org that has them, an Account is a company with a `Name`, or a person with a `LastName`, and Salesforce
//! refuses a row that sets both. A mapping that maps both splits its rows: a row with a last name is a person.

use super::target::ResolvedTarget;
use crate::record::Schema;

/// The cells of a mapping that belong to companies, and those that belong to persons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Persons {
    last_name: usize,
    pub(super) company: Vec<usize>,
    pub(super) person: Vec<usize>,
}

impl Persons {
    /// How rows are split; `None` where the object has no persons or the mapping does not map both.
    pub(super) fn of<'a>(object: &Schema, targets: impl Iterator<Item = &'a ResolvedTarget>) -> Option<Persons> {
        if object.is_table() || object.name != "Account" || object.field("IsPersonAccount").is_none() {
            return None;
        }
        let (mut last_name, mut company, mut person) = (None, Vec::new(), Vec::new());
        for (cell, target) in targets.enumerate().filter(|(_, target)| target.lookup.is_none()) {
            match target.path.as_str() {
                "Name" => company.push(cell),
                path if is_of_person(path) => {
                    person.push(cell);
                    if path == "LastName" {
                        last_name = Some(cell);
                    }
                }
                _ => {}
            }
        }
        let last_name = last_name.filter(|_| !company.is_empty())?;
        Some(Persons { last_name, company, person })
    }

    /// The cells that a row leaves out, by the value of its last name.
    pub(super) fn left_out<'a>(&self, value: impl Fn(usize) -> &'a str) -> &[usize] {
        if value(self.last_name).trim().is_empty() { &self.person } else { &self.company }
    }
}

/// Whether only persons have the field.
fn is_of_person(path: &str) -> bool {
    const NAMES: [&str; 5] = ["FirstName", "LastName", "MiddleName", "Salutation", "Suffix"];
    NAMES.contains(&path) || path.starts_with("Person") || path.ends_with("__pc")
}
