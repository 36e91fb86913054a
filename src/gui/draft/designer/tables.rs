//! Tables of the integration and of value maps: made, changed, filled from files.

use super::DesignerDraft;
use crate::gui::designing::Rows;
use crate::gui::format;
use crate::gui::state::State;
use crate::gui::theme::Meaning;
use crate::mapping::{Rule, Table, ValueMap};
use crate::workspace::TableFile;
use std::collections::HashMap;

/// What is half done with tables.
#[derive(Debug, Default)]
pub struct Tables {
    /// The table on the screen, while the editor is open.
    pub open: Option<usize>,
    /// Where a file is being read for.
    pub(crate) reading: Option<Rows>,
    /// What came of the last file, where its rows went.
    pub(crate) word: Option<Word>,
    /// Files taken over.
    taken: u64,
}

impl Tables {
    /// What goes on when another integration comes to the screen.
    pub(super) fn for_another(self) -> Tables {
        Tables { taken: self.taken, ..Tables::default() }
    }
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    /// Where its rows went.
    pub place: Rows,
    /// Good, or something to look at.
    pub meaning: Meaning,
    /// What happened.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
}

/// How rows came to others.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Merged {
    /// Rows that are new.
    pub added: u64,
    /// Rows whose meaning changed.
    pub changed: u64,
    /// Keys with several meanings among the rows that came.
    pub doubled: Vec<String>,
}

/// Adds pairs to a value map. A key that is there gets its new meaning; one with two meanings among the new pairs keeps both, so
/// that somebody decides.
pub(crate) fn merge(map: &mut ValueMap, pairs: Vec<(String, String)>) -> Merged {
    let key = |text: &str| if map.match_case { text.trim().to_owned() } else { text.trim().to_lowercase() };
    let mut places: HashMap<String, usize> = HashMap::new();
    for (at, (from, _)) in map.rows.iter().enumerate() {
        places.entry(key(from)).or_insert(at);
    }
    let mut came: HashMap<String, String> = HashMap::new();
    let mut merged = Merged::default();
    for (from, to) in pairs.into_iter().filter(|(from, _)| !from.trim().is_empty()) {
        let key = key(&from);
        match came.get(&key) {
            Some(before) if *before == to => continue,
            Some(_) => {
                if !merged.doubled.contains(&from) {
                    merged.doubled.push(from.clone());
                }
                map.rows.push((from, to));
                continue;
            }
            None => {}
        }
        came.insert(key.clone(), to.clone());
        match places.get(&key) {
            Some(at) if map.rows[*at].1 == to => {}
            Some(at) => {
                map.rows[*at].1 = to;
                merged.changed += 1;
            }
            None => {
                map.rows.push((from, to));
                merged.added += 1;
            }
        }
    }
    merged
}

/// What is wrong with a table, in sentences.
pub(crate) fn problems(tables: &[Table], at: usize) -> Vec<String> {
    let Some(table) = tables.get(at) else { return Vec::new() };
    let mut problems = Vec::new();
    if table.name.trim().is_empty() {
        problems.push("It has no name, so that nothing can use it".to_owned());
    }
    let same = |(other, it): (usize, &Table)| other != at && it.name.eq_ignore_ascii_case(&table.name);
    if tables.iter().enumerate().any(same) {
        problems.push(format!("Two tables are called {}; case makes no difference", table.name));
    }
    if let Some(key) = table.doubled_key() {
        problems.push(format!("Two rows for \"{key}\" say different things; keep one of them"));
    }
    let mut names = std::collections::BTreeSet::new();
    if let Some(column) = table.columns.iter().find(|name| !names.insert(name.to_lowercase())) {
        problems.push(format!("Two columns are called {column}"));
    }
    problems
}

impl DesignerDraft {
    fn map_at(&self, step: usize, target: &str) -> Option<&ValueMap> {
        self.integration.steps.get(step)?.mapping.rule(target)?.map.as_ref()
    }

    /// The rows of a place, as a table of their own.
    pub(crate) fn table_of(&self, place: &Rows) -> Option<Table> {
        match place {
            Rows::Table(at) => self.integration.tables.get(*at).cloned(),
            Rows::Map { step, target } => {
                let map = self.map_at(*step, target)?;
                let rows = map.rows.iter().map(|(from, to)| vec![from.clone(), to.clone()]).collect();
                Some(Table { name: target.clone(), columns: vec!["From".to_owned(), "To".to_owned()], rows })
            }
        }
    }

    /// Takes over the file that was read last.
    pub(super) fn take_table(&mut self, state: &State) {
        let Some((count, place, answer)) = &state.design.table else { return };
        if *count == self.tables.taken {
            return;
        }
        self.tables.taken = *count;
        if self.tables.reading.take().as_ref() != Some(place) {
            return;
        }
        let (meaning, text, hint) = match answer {
            Err(error) => (Meaning::Bad, error.message.clone(), error.hint.clone()),
            Ok(file) => match place {
                Rows::Map { step, target } => self.fill_map(*step, target, file),
                Rows::Table(at) => self.fill_table(*at, file),
            },
        };
        self.tables.word = Some(Word { place: place.clone(), meaning, text, hint });
    }

    fn fill_map(&mut self, step: usize, target: &str, file: &TableFile) -> (Meaning, String, Option<String>) {
        if file.table.columns.len() < 2 {
            let text = "The file has one column, and a value map needs two".to_owned();
            return (
                Meaning::Bad,
                text,
                Some("The first says what is in the rows, the second what it becomes.".to_owned()),
            );
        }
        let cell = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
        let pairs = file.table.rows.iter().map(|row| (cell(row, 0), cell(row, 1))).collect();
        let mut merged = Merged::default();
        self.change(format!("Import the value map of {target}"), |integration| {
            let rule = integration.steps.get_mut(step).and_then(|step| step.mapping.rule_mut(target));
            if let Some(map) = rule.and_then(|rule| rule.map.as_mut()) {
                merged = merge(map, pairs);
            }
        });
        let mut text = format!("{} added, {} changed", format::count(merged.added, "value", "values"), merged.changed);
        text.push_str(&header_words(file));
        match merged.doubled.as_slice() {
            [] => (Meaning::Good, text, None),
            doubled => {
                let text = format!("{text}. The file has several meanings for {}", some_of(doubled));
                (Meaning::Attention, text, Some("All are listed; keep one of each.".to_owned()))
            }
        }
    }

    fn fill_table(&mut self, at: usize, file: &TableFile) -> (Meaning, String, Option<String>) {
        let new = file.table.clone();
        self.change("Import a table", |integration| {
            if let Some(table) = integration.tables.get_mut(at) {
                table.columns = new.columns;
                table.rows = new.rows;
            }
        });
        let count = format::count(file.table.rows.len() as u64, "row", "rows");
        (Meaning::Good, format!("{count} read in the place of what was there{}", header_words(file)), None)
    }

    /// Makes a table of the rows that a value map has, and lets the map use it. Gives back its place.
    pub(crate) fn table_from_map(&mut self, rule: &Rule) -> usize {
        let at = self.integration.tables.len();
        let taken = |name: &str| self.integration.tables.iter().any(|table| table.name.eq_ignore_ascii_case(name));
        let stem = rule.target.rsplit('.').next().unwrap_or("Table").trim_end_matches("__c").to_owned();
        let name = (1..).map(|n| if n == 1 { stem.clone() } else { format!("{stem} {n}") }).find(|name| !taken(name));
        let name = name.unwrap_or(stem);
        let here = Rows::Map { step: self.step, target: rule.target.clone() };
        let mut table = self.table_of(&here).unwrap_or_default();
        table.name.clone_from(&name);
        let (step, target) = (self.step, rule.target.clone());
        self.change(format!("Make the table {name}"), |integration| {
            integration.tables.push(table);
            let rule = integration.steps.get_mut(step).and_then(|step| step.mapping.rule_mut(&target));
            if let Some(map) = rule.and_then(|rule| rule.map.as_mut()) {
                map.table = Some(name);
                map.rows.clear();
            }
        });
        at
    }

    /// Adds an empty table, and shows it.
    pub(crate) fn add_table(&mut self) {
        let tables = &self.integration.tables;
        let taken = |name: &str| tables.iter().any(|table| table.name.eq_ignore_ascii_case(name));
        let name = (1..).map(|n| format!("Table {n}")).find(|name| !taken(name)).unwrap_or_default();
        self.tables.open = Some(tables.len());
        self.change(format!("Add {name}"), |integration| {
            let columns = vec!["From".to_owned(), "To".to_owned()];
            integration.tables.push(Table { name, columns, rows: Vec::new() });
        });
    }

    /// Renames a table, also in the value maps that use it.
    pub(crate) fn rename_table(&mut self, at: usize, name: &str) {
        let Some(old) = self.integration.tables.get(at).map(|table| table.name.clone()) else { return };
        self.type_all("Rename a table", &format!("table {at} name"), |integration| {
            integration.tables[at].name = name.to_owned();
            let rules = integration.steps.iter_mut().flat_map(|step| &mut step.mapping.rules);
            for map in rules.filter_map(|rule| rule.map.as_mut()) {
                if map.table.as_deref().is_some_and(|table| table.eq_ignore_ascii_case(&old)) {
                    map.table = Some(name.to_owned());
                }
            }
        });
    }

    /// The fields whose value maps use a table, with their objects.
    pub(crate) fn users_of(&self, name: &str) -> Vec<String> {
        let uses = |rule: &&Rule| {
            let table = rule.map.as_ref().and_then(|map| map.table.as_deref());
            table.is_some_and(|table| table.eq_ignore_ascii_case(name))
        };
        let steps = self.integration.steps.iter();
        steps
            .flat_map(|step| {
                step.mapping.rules.iter().filter(uses).map(|rule| format!("{}.{}", step.object, rule.target))
            })
            .collect()
    }
}

fn header_words(file: &TableFile) -> String {
    if !file.header {
        return "; its first row counts as values".to_owned();
    }
    let names: Vec<_> = file.table.columns.iter().take(2).cloned().collect();
    format!("; its first row, {}, counts as names", names.join(" and "))
}

/// The first few of many, as people list them.
fn some_of(all: &[String]) -> String {
    let shown: Vec<_> = all.iter().take(3).map(|it| format!("\"{it}\"")).collect();
    match all.len().saturating_sub(3) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(rows: &[(&str, &str)]) -> Vec<(String, String)> {
        rows.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    #[test]
    fn a_doubled_key_is_told_and_kept() {
        let mut map = ValueMap { rows: pairs(&[("DE", "Germany"), ("FR", "Frankreich")]), ..ValueMap::default() };
        let new = pairs(&[("fr", "France"), ("UK", "Britain"), ("uk", "United Kingdom"), ("UK", "Britain"), ("", "x")]);
        let merged = merge(&mut map, new);
        assert_eq!(merged, Merged { added: 1, changed: 1, doubled: vec!["uk".to_owned()] });
        let expected = pairs(&[("DE", "Germany"), ("FR", "France"), ("UK", "Britain"), ("uk", "United Kingdom")]);
        assert_eq!(map.rows, expected);
        map.match_case = true;
        assert_eq!(merge(&mut map, pairs(&[("de", "Deutschland")])).added, 1);
    }

    #[test]
    fn what_is_wrong_with_a_table_is_said() {
        let table = |name: &str, columns: &[&str], rows: &[[&str; 2]]| Table {
            name: name.to_owned(),
            columns: columns.iter().map(|it| (*it).to_owned()).collect(),
            rows: rows.iter().map(|row| row.iter().map(|it| (*it).to_owned()).collect()).collect(),
        };
        let tables = [table("A", &["x", "X"], &[["k", "1"], ["K", "2"]]), table("a", &["x", "y"], &[])];
        assert_eq!(problems(&tables, 0).len(), 3);
        assert_eq!(problems(&tables, 1).len(), 1);
        assert_eq!(problems(&tables[1..], 0), Vec::<String>::new());
    }
}
