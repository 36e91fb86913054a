//! Conflicts in a spreadsheet: a line for each field in dispute, decided there, and taken back in as one deed.
//!
//! Whatever was changed at an end since the file was written is not decided by it: each line says what was in dispute, and that is
//! compared first.

use super::wish::named;
use super::{Workspace, WorkspaceError, no_conflict, who};
use crate::connect::file::{self, FileFormat};
use crate::connect::write::{FileKind, TableWriter};
use crate::store::{Answered, ConflictFilter, ConflictId, ConflictOrder, ConflictRecord, ConflictState, Store};
use crate::sync::{Choice, Disputed, End, Matter, Resolution};
use crate::workspace::Written;
use std::collections::BTreeMap;
use std::path::Path;

/// Columns before those of the ends, and behind them.
const BEFORE: [&str; 4] = ["Conflict", "Record", "Field", "Last agreed"];
const BEHIND: [&str; 2] = ["Decision", "Value"];

/// Conflicts written at a time.
const AT_ONCE: usize = 500;

/// Lines that are told of one by one; the rest is counted.
const TOLD: usize = 1_000;

/// What the words in the column of decisions may be.
const DECISIONS: &str = "Write keep and the name of an end, keep last-agreed, or value with the value beside it; for a deleted record \
                         delete, make again or let go; ignore for any; or leave it blank.";

/// A line of a file that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLine {
    /// Its line in the file.
    pub line: u64,
    /// Why.
    pub why: String,
}

/// What a file of decisions came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SheetTaken {
    /// What was decided, or would be.
    pub answered: Answered,
    /// Conflicts of the file that have no decision in it.
    pub blank: u64,
    /// Lines that cannot be taken, in order; no more than can be read.
    pub refused: Vec<RefusedLine>,
    /// How many they are.
    pub refused_lines: u64,
}

/// A line as it stands in the file.
struct Line {
    at: u64,
    field: String,
    agreed: String,
    /// What each column of an end has, by its header.
    ends: Vec<(String, String)>,
    decision: String,
    value: String,
}

impl Workspace {
    /// Writes conflicts to a file, a line for each field in dispute. Decided there, it can be read in again.
    pub fn export_conflicts(
        &self,
        filter: &ConflictFilter,
        kind: FileKind,
        path: &Path,
    ) -> Result<Written, WorkspaceError> {
        let store = self.store()?;
        let ends = self.conflict_ends(filter)?;
        let columns: Vec<String> = ends.iter().map(|name| column_of(name)).collect();
        let mut table = TableWriter::create(path, kind)?;
        let header = BEFORE.into_iter().chain(columns.iter().map(String::as_str)).chain(BEHIND);
        table.header(&header.collect::<Vec<_>>())?;
        let mut written = 0;
        loop {
            let cards = store.conflicts(filter, ConflictOrder::Oldest, written, AT_ONCE)?;
            for card in &cards {
                let record = store.conflict(card.id)?.ok_or_else(|| no_conflict(card.id))?;
                for line in lines(&record, &ends) {
                    table.row(line.iter().map(String::as_str))?;
                }
            }
            written += cards.len() as u64;
            if cards.len() < AT_ONCE {
                break;
            }
        }
        table.finish()?;
        store.log(self.now(), &format!("{written} conflicts written to {}", path.display()), None)?;
        Ok(Written { path: path.to_owned(), rows: written })
    }

    /// Takes the decisions of a file that was written here; or, with `only_look`, says what they would come to. Everything that can be
    /// taken is one deed.
    pub fn import_conflicts(&self, path: &Path, only_look: bool) -> Result<SheetTaken, WorkspaceError> {
        let mut taken = SheetTaken::default();
        let conflicts = self.read_sheet(path, &mut taken)?;
        let store = self.store()?;
        let mut decided = BTreeMap::new();
        for (id, lines) in &conflicts {
            match decision(&store, *id, lines)? {
                Said::So(resolution) => drop(decided.insert(*id, resolution)),
                Said::Nothing => taken.blank += 1,
                Said::Wrong(refused) => refused.into_iter().for_each(|line| taken.refuse(line.line, line.why)),
            }
        }
        if !decided.is_empty() {
            let filter = ConflictFilter { ids: Some(decided.keys().copied().collect()), ..ConflictFilter::default() };
            let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let what = format!("Decisions of {file}");
            let mut answer = |record: &ConflictRecord| match decided.get(&record.card.id) {
                Some(resolution) => Ok(resolution.clone()),
                None => Err("the file does not decide it".to_owned()),
            };
            taken.answered = store.answer_conflicts(&filter, self.now(), &who(), &what, only_look, &mut answer)?;
        }
        taken.refused.sort_by_key(|line| line.line);
        Ok(taken)
    }

    /// The lines of a file, by conflict.
    fn read_sheet(
        &self,
        path: &Path,
        taken: &mut SheetTaken,
    ) -> Result<BTreeMap<ConflictId, Vec<Line>>, WorkspaceError> {
        let name = path.display();
        let mut inspection = self.inspect(path)?;
        if let FileFormat::Csv(csv) = &mut inspection.settings.format
            && !csv.header
        {
            // The columns that must be there have names.
            csv.header = true;
            inspection = self.inspect_as(&inspection.settings)?;
        }
        let header: Vec<String> = inspection.columns.fields.iter().map(|field| field.name.clone()).collect();
        let place = |wanted: &str| header.iter().position(|column| column.trim().eq_ignore_ascii_case(wanted));
        let mut places = Vec::new();
        for wanted in BEFORE.into_iter().chain(BEHIND) {
            places.push(place(wanted).ok_or_else(|| {
                WorkspaceError::new(format!("{name} has no column {wanted}"))
                    .hint("Decide in a file that was exported from the conflicts, and keep its columns.")
            })?);
        }
        let ends: Vec<usize> = (0..header.len()).filter(|at| !places.contains(at)).collect();
        let mut conflicts: BTreeMap<ConflictId, Vec<Line>> = BTreeMap::new();
        let mut source = file::open(&inspection.settings)?;
        while let Some(batch) = source.read()? {
            for row in batch.rows() {
                if let Some(fault) = row.fault() {
                    taken.refuse(row.line(), fault.message.clone());
                    continue;
                }
                let cell = |at: usize| row.cell(places[at]).to_owned();
                let Ok(id) = cell(0).trim().parse() else {
                    taken.refuse(row.line(), format!("\"{}\" is no number of a conflict", cell(0).trim()));
                    continue;
                };
                conflicts.entry(ConflictId(id)).or_default().push(Line {
                    at: row.line(),
                    field: cell(2),
                    agreed: cell(3),
                    ends: ends.iter().map(|at| (header[*at].clone(), row.cell(*at).to_owned())).collect(),
                    decision: cell(4),
                    value: cell(5),
                });
            }
        }
        Ok(conflicts)
    }
}

impl SheetTaken {
    fn refuse(&mut self, line: u64, why: String) {
        self.refused_lines += 1;
        if self.refused.len() < TOLD {
            self.refused.push(RefusedLine { line, why });
        }
    }
}

/// The header of an end's column: its name, unless that is the name of another column.
fn column_of(end: &str) -> String {
    let taken = BEFORE.into_iter().chain(BEHIND).any(|name| name.eq_ignore_ascii_case(end.trim()));
    if taken { format!("{end} has") } else { end.to_owned() }
}

/// What a field is called in a line: its label, unless another one is called the same.
fn field_of<'a>(matter: &'a Matter, line: &'a Disputed) -> &'a str {
    let alike = matter.open().filter(|other| other.label.eq_ignore_ascii_case(&line.label)).count();
    if alike > 1 { &line.path } else { &line.label }
}

/// The lines of a conflict; `ends` are the names of the columns between.
fn lines(record: &ConflictRecord, ends: &[String]) -> Vec<Vec<String>> {
    let matter = &record.matter;
    let chosen = record.resolution.as_ref();
    let mut lines = Vec::new();
    let mut line = |field: &str, agreed: &str, has: &dyn Fn(End) -> String, (decision, value): (String, String)| {
        let mut cells = vec![record.card.id.0.to_string(), matter.name.clone(), field.to_owned(), agreed.to_owned()];
        cells.extend(ends.iter().map(|name| named(&matter.ends, name).map_or_else(String::new, has)));
        cells.extend([decision, value]);
        lines.push(cells);
    };
    if matter.of_fields() {
        for disputed in matter.open() {
            let choice = match chosen {
                Some(Resolution::Fields(choices)) => choices.get(&disputed.path),
                _ => None,
            };
            let said = match (choice, chosen) {
                (Some(Choice::Keep(end)), _) => (format!("keep {}", matter.end(*end)), String::new()),
                (Some(Choice::Agreed), _) => ("keep last-agreed".to_owned(), String::new()),
                (Some(Choice::Value(value)), _) => ("value".to_owned(), value.clone()),
                (None, chosen) => (chosen.map(|chosen| word(matter, chosen)).unwrap_or_default(), String::new()),
            };
            let agreed = disputed.agreed.as_deref().unwrap_or_default();
            line(field_of(matter, disputed), agreed, &|end| disputed.at(end).text.clone(), said);
        }
    } else {
        let said = chosen.map(|chosen| word(matter, chosen)).unwrap_or_default();
        line("", "", &|end| state(matter, end), (said, String::new()));
    }
    lines
}

/// What an end has of a record as a whole.
fn state(matter: &Matter, end: End) -> String {
    if !matter.claims.is_empty() {
        return matter.claims_of(end).map(|claim| claim.key.as_str()).collect::<Vec<_>>().join("; ");
    }
    if matter.side(end).gone {
        return "deleted".to_owned();
    }
    let changed = matter.lines.iter().filter(|line| line.agreed.as_deref() != Some(&line.at(end).text));
    let changed = changed.map(|line| format!("{} = {}", line.label, line.at(end).text));
    format!("changed: {}", changed.collect::<Vec<_>>().join("; "))
}

/// A resolution that is not of fields, as a decision of a line.
fn word(matter: &Matter, resolution: &Resolution) -> String {
    match resolution {
        Resolution::Fields(_) => String::new(),
        Resolution::Delete => "delete".to_owned(),
        Resolution::Restore => "make again".to_owned(),
        Resolution::LetGo => "let go".to_owned(),
        Resolution::Ignore => "ignore".to_owned(),
        Resolution::Pairs(pairs) => {
            let told = pairs.iter().map(|(left, right)| format!("{right}={left}"));
            let told = told.collect::<Vec<_>>().join("; ");
            let none = told.is_empty() || matter.claims.is_empty();
            if none { "pair nothing".to_owned() } else { format!("pair {told}") }
        }
    }
}

/// What the lines of a conflict say.
enum Said {
    /// Nothing.
    Nothing,
    /// That it is decided so.
    So(Resolution),
    /// What cannot be taken.
    Wrong(Vec<RefusedLine>),
}

fn decision(store: &Store, id: ConflictId, lines: &[Line]) -> Result<Said, WorkspaceError> {
    let said: Vec<&Line> = lines.iter().filter(|line| line.says_something()).collect();
    let Some(first) = said.first().copied() else { return Ok(Said::Nothing) };
    let refused = |line: &Line, why: String| RefusedLine { line: line.at, why };
    let all = |why: String| Said::Wrong(said.iter().map(|line| refused(line, why.clone())).collect());
    let Some(record) = store.conflict(id)? else { return Ok(all(format!("there is no conflict {}", id.0))) };
    if matches!(record.card.state, ConflictState::Written | ConflictState::Settled) {
        return Ok(all(format!("conflict {} needs no decision any more", id.0)));
    }
    let matter = &record.matter;
    if !matter.of_fields() {
        let resolution = whole(matter, first);
        return Ok(resolution.map_or_else(|why| Said::Wrong(vec![refused(first, why)]), Said::So));
    }
    // A conflict that is left alone is left alone as a whole.
    if let Some(resolution) = alone(&first.decision) {
        return Ok(Said::So(resolution));
    }
    let (mut choices, mut wrong) = (BTreeMap::new(), Vec::new());
    for line in said {
        match choice(matter, line) {
            Ok((path, _)) if choices.contains_key(&path) => {
                wrong.push(refused(line, format!("{} is decided twice", line.field)));
            }
            Ok((path, choice)) => drop(choices.insert(path, choice)),
            Err(why) => wrong.push(refused(line, why)),
        }
    }
    let resolution = Resolution::Fields(choices);
    Ok(match matter.answered_by(&resolution) {
        _ if !wrong.is_empty() => Said::Wrong(wrong),
        Ok(()) => Said::So(resolution),
        Err(why) => Said::Wrong(vec![refused(first, why)]),
    })
}

impl Line {
    fn says_something(&self) -> bool {
        !self.decision.trim().is_empty() || !self.value.is_empty()
    }

    /// What the file says that an end has.
    fn has(&self, end: &str) -> Option<&str> {
        let column = column_of(end);
        let found = self.ends.iter().find(|(name, _)| name.trim().to_lowercase() == column.trim().to_lowercase());
        found.map(|(_, text)| text.as_str())
    }
}

/// Whether a text came back as it went out; spreadsheets end lines in their own way.
fn alike(told: &str, is: &str) -> bool {
    told == is || told.replace("\r\n", "\n") == is.replace("\r\n", "\n")
}

/// A decision that leaves both records as they are.
fn alone(decision: &str) -> Option<Resolution> {
    match decision.trim().to_lowercase().as_str() {
        "ignore" => Some(Resolution::Ignore),
        "let go" => Some(Resolution::LetGo),
        _ => None,
    }
}

/// What a line decides about its field, if that is still in dispute as the line says.
fn choice(matter: &Matter, line: &Line) -> Result<(String, Choice), String> {
    let field = line.field.trim();
    let is = |disputed: &&Disputed| {
        field_of(matter, disputed).eq_ignore_ascii_case(field) || disputed.path.eq_ignore_ascii_case(field)
    };
    let disputed = matter.open().find(is).ok_or_else(|| format!("{field} is not in dispute (any more)"))?;
    let agreed = alike(&line.agreed, disputed.agreed.as_deref().unwrap_or_default());
    let ends = End::BOTH.into_iter().all(|end| {
        let told = line.has(matter.end(end));
        told.is_some_and(|told| alike(told, &disputed.at(end).text))
    });
    if !agreed || !ends {
        return Err(format!("{field} has been changed since it was exported"));
    }
    let decision = line.decision.trim();
    let lower = decision.to_lowercase();
    let choice = match lower.strip_prefix("keep").map(str::trim) {
        Some("last-agreed" | "last agreed") => Choice::Agreed,
        Some(name) => match named(&matter.ends, name) {
            Some(end) => Choice::Keep(end),
            None => {
                let known = format!("{} and {}", matter.end(End::Right), matter.end(End::Left));
                return Err(format!("there is no end called \"{}\": the ends are {known}", decision[4..].trim()));
            }
        },
        None if lower == "value" || lower.is_empty() => Choice::Value(line.value.clone()),
        None => return Err(format!("\"{decision}\" is no decision. {DECISIONS}")),
    };
    if matter.chosen(disputed, &choice).is_none() {
        return Err(format!("{field} has no such value"));
    }
    Ok((disputed.path.clone(), choice))
}

/// What a line decides about a record as a whole.
fn whole(matter: &Matter, line: &Line) -> Result<Resolution, String> {
    if let Some(resolution) = alone(&line.decision) {
        return Ok(resolution);
    }
    let same = |end: End| line.has(matter.end(end)).is_some_and(|told| alike(told.trim(), state(matter, end).trim()));
    if !End::BOTH.into_iter().all(same) {
        return Err("the records have been changed since they were exported".to_owned());
    }
    let decision = line.decision.trim();
    let resolution = match decision.to_lowercase().as_str() {
        "delete" => Resolution::Delete,
        "make again" | "restore" => Resolution::Restore,
        "pair nothing" => Resolution::Pairs(Vec::new()),
        lower if lower.starts_with("pair ") => {
            let pairs = decision[5..].split(';').map(str::trim).filter(|pair| !pair.is_empty());
            Resolution::Pairs(pairs.map(|pair| matter.pair(pair)).collect::<Result<_, _>>()?)
        }
        _ => return Err(format!("\"{decision}\" is no decision. {DECISIONS}")),
    };
    matter.answered_by(&resolution)?;
    Ok(resolution)
}
