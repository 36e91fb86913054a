//! One answer to many conflicts, as a person says it: ends by their own names.

use crate::sync::{Choice, End, Matter, Resolution, Way};

/// One answer to many conflicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// The end of this name is right, whatever its side: its values, and where it deleted the record, the deletion.
    Keep(String),
    /// A way, as it fits each.
    Way(Way),
    /// The same resolution for each that it answers.
    Same(Resolution),
}

impl Wish {
    /// What it comes to for a matter; why it does not answer it, where it does not.
    pub fn answer(&self, matter: &Matter) -> Result<Resolution, String> {
        match self {
            Wish::Keep(name) => {
                let end = named(&matter.ends, name).ok_or_else(|| format!("it has no end called {name}"))?;
                matter.resolve(&Way::Keep(end))
            }
            Wish::Way(way) => matter.resolve(way),
            Wish::Same(resolution) => Ok(resolution.clone()),
        }
    }

    /// What it does, for the list of what was done: *Kept Salesforce*. `ends` are the names of the left and the right end.
    pub(super) fn words(&self, ends: Option<&[String; 2]>) -> String {
        let name = |end: End| ends.map_or("one end", |[left, right]| if end == End::Left { left } else { right });
        match self {
            Wish::Keep(name) => format!("Kept {name}"),
            Wish::Way(Way::Keep(end)) => format!("Kept {}", name(*end)),
            Wish::Way(Way::Agreed) => "Kept the last agreement".to_owned(),
            Wish::Way(Way::By(strategy)) => format!("Decided by rule: {}", strategy.label().to_lowercase()),
            Wish::Way(Way::Value { path, value }) => format!("Set {path} to \"{value}\""),
            Wish::Way(Way::LetGo) | Wish::Same(Resolution::LetGo) => "Let go".to_owned(),
            Wish::Way(Way::Ignore) | Wish::Same(Resolution::Ignore) => "Ignored".to_owned(),
            Wish::Same(Resolution::Delete) => "Deleted at the other end too".to_owned(),
            Wish::Same(Resolution::Restore) => "Made again where it was deleted".to_owned(),
            Wish::Same(Resolution::Pairs(_)) => "Said who belongs to whom".to_owned(),
            Wish::Same(Resolution::Fields(choices)) => {
                let said: Vec<_> = choices
                    .iter()
                    .map(|(path, choice)| match choice {
                        Choice::Keep(end) => format!("{path} as in {}", name(*end)),
                        Choice::Agreed => format!("{path} as last agreed"),
                        Choice::Value(value) => format!("{path} set to \"{value}\""),
                    })
                    .collect();
                format!("Kept {}", said.join(", "))
            }
        }
    }
}

/// The end of that name, without case.
pub(super) fn named(ends: &[String; 2], name: &str) -> Option<End> {
    let wanted = name.trim().to_lowercase();
    let is = |end: &String| end.trim().to_lowercase() == wanted;
    // Salesforce first: of two ends with one name, people mean the org.
    if is(&ends[1]) {
        Some(End::Right)
    } else if is(&ends[0]) {
        Some(End::Left)
    } else {
        None
    }
}
