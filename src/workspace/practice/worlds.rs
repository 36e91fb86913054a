//! What the practice org can be planted with, in people's words.

use super::Seed;
use crate::workspace::WorkspaceError;

/// A world that can be chosen.
#[derive(Debug)]
pub struct World {
    /// Its name on the command line and in JSON.
    pub word: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What it holds.
    pub about: &'static str,
}

/// All of them, the usual one first. `large` needs numbers.
pub static WORLDS: &[World] = &[
    World {
        word: "demo",
        label: "Demo",
        about: "500 invented companies with two years of people, deals, cases, tasks and orders",
    },
    World {
        word: "small",
        label: "Small",
        about: "A dozen invented companies with people, deals, products and prices",
    },
    World {
        word: "northwind",
        label: "Northwind",
        about: "The trader's customers, products, prices and orders, as its ERP loads them",
    },
    World { word: "large", label: "Large", about: "As many generated records as you say, to try how long things take" },
    World { word: "empty", label: "Empty", about: "Users and the standard price book, and nothing else" },
];

/// What people call a planted world.
pub fn world_label(seed: &Seed) -> &'static str {
    let word = match seed {
        Seed::Empty => "empty",
        Seed::Small => "small",
        Seed::Demo => "demo",
        Seed::Northwind => "northwind",
        Seed::Large(_) => "large",
    };
    WORLDS.iter().find(|world| world.word == word).map_or("", |world| world.label)
}

/// Reads a world as it is typed: `demo`, `large:Account=1000`.
pub(super) fn read(text: &str) -> Result<Seed, WorkspaceError> {
    text.parse().map_err(|error: practice_org::UnknownSeed| WorkspaceError::new(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_world_that_can_be_chosen_is_one() {
        for world in WORLDS {
            let text = if world.word == "large" { "large:Account=5" } else { world.word };
            assert_eq!(world_label(&read(text).unwrap()), world.label);
        }
        assert!(read("mars").unwrap_err().message.contains("northwind"));
    }
}
