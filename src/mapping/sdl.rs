//! Data Loader's mapping files (`.sdl`): read in its import direction, and written.
//!
//! Such a file is a Java `.properties` file, `SourceColumn=SalesforceField`, in ISO-8859-1 with `\uXXXX` for the rest. Constants
//! stand in double quotes and win over columns; several columns are joined with a comma and a space. Whatever the format can say
//! is read and written without loss; what has no place is listed, in either direction, and nothing is dropped in silence.

mod properties;

use super::{Blank, Expression, Mapping, Rule, TooLong, Write};
use crate::formula::names;
use properties::{Pair, escape, logical_lines, pair};
use std::collections::HashMap;

/// Bytes beyond which a file is none that people map with: Salesforce has at most 800 fields in an object.
const MOST_BYTES: usize = 1 << 20;

/// What stands between two columns that are joined.
const JOINED: &str = " & \", \" & ";

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sdl {
    /// The rules, in the order of the file, constants last.
    pub mapping: Mapping,
    /// Columns that the file names and maps to nothing.
    pub unmapped: Vec<String>,
    /// What could not be taken over.
    pub problems: Vec<SdlProblem>,
}

/// Something in a mapping file that has no place in a mapping, or the other way round.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SdlProblem {
    /// What, and on which line or for which field.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl SdlProblem {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> SdlProblem {
        SdlProblem { message: message.into(), hint: hint.into() }
    }
}

/// Reads a mapping file.
pub fn read(bytes: &[u8]) -> Sdl {
    let mut sdl = Sdl::default();
    let text = match text(bytes) {
        Ok(text) => text,
        Err(problem) => return Sdl { problems: vec![problem], ..sdl },
    };
    // Of two lines for one key Java keeps the last.
    let mut last: HashMap<String, usize> = HashMap::new();
    let mut pairs: Vec<Option<Pair>> = Vec::new();
    for (line, text) in logical_lines(&text) {
        match pair(line, &text) {
            Ok(pair) => {
                if let Some(before) = last.insert(pair.key.clone(), pairs.len()) {
                    pairs[before] = None;
                }
                pairs.push(Some(pair));
            }
            Err(problem) => sdl.problems.push(problem),
        }
    }
    let (constants, columns): (Vec<Pair>, Vec<Pair>) =
        pairs.into_iter().flatten().partition(|pair| constant(&pair.key).is_some());
    // Where each target has its rule, and on which line.
    let mut places: HashMap<String, (usize, usize)> = HashMap::new();
    for pair in &columns {
        let targets: Vec<String> = targets(&pair.value).collect();
        if targets.is_empty() {
            sdl.unmapped.push(pair.key.clone());
            continue;
        }
        let from = match from_key(&pair.key) {
            Ok(from) => from,
            Err(why) => {
                sdl.problems.push(SdlProblem::new(
                    format!("line {}: {why}", pair.line),
                    "Rename the column in the source, or map it by hand.",
                ));
                continue;
            }
        };
        for target in targets {
            let place = (sdl.mapping.rules.len(), pair.line);
            match places.entry(target.to_lowercase()) {
                std::collections::hash_map::Entry::Occupied(before) => sdl.problems.push(SdlProblem::new(
                    format!("line {}: {target} is mapped already on line {}", pair.line, before.get().1),
                    "A field takes one column: remove one of the two lines.",
                )),
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert(place);
                    sdl.mapping.rules.push(Rule::new(target, from.clone()));
                }
            }
        }
    }
    for pair in &constants {
        let from = Expression::Constant(constant(&pair.key).unwrap_or_default().to_owned());
        if targets(&pair.value).next().is_none() {
            sdl.unmapped.push(pair.key.clone());
        }
        for target in targets(&pair.value) {
            let from = from.clone();
            match places.get(&target.to_lowercase()) {
                Some((place, _)) => sdl.mapping.rules[*place].from = from,
                None => {
                    places.insert(target.to_lowercase(), (sdl.mapping.rules.len(), pair.line));
                    sdl.mapping.rules.push(Rule::new(target, from));
                }
            }
        }
    }
    // A column whose every field is set by constants goes nowhere.
    let overruled = columns.iter().filter(|pair| {
        let constant = |target: String| {
            let rule = places.get(&target.to_lowercase()).map(|(place, _)| &sdl.mapping.rules[*place]);
            rule.is_some_and(|rule| matches!(rule.from, Expression::Constant(_)))
        };
        targets(&pair.value).next().is_some() && targets(&pair.value).all(constant)
    });
    sdl.unmapped.extend(overruled.map(|pair| pair.key.clone()));
    sdl
}

/// Writes a mapping as Data Loader reads it, with the columns that are mapped to nothing. What it cannot say is left out and
/// listed. Blank cells are not said anything about: there it is a setting of the whole load.
pub fn write(mapping: &Mapping, unmapped: &[String]) -> (Vec<u8>, Vec<SdlProblem>) {
    let mut left_out = Vec::new();
    // A key comes once, with all its targets: of two lines Java would keep the last.
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for rule in &mapping.rules {
        let key = match to_key(rule) {
            Ok(key) => key,
            Err(problem) => {
                left_out.push(problem);
                continue;
            }
        };
        left_out.extend(unsaid(rule).into_iter().map(|what| {
            SdlProblem::new(
                format!("{}: {what} cannot be said there", rule.target),
                "The line is written without it: Data Loader sends the plain value.",
            )
        }));
        let target = to_data_loader(&rule.target);
        let place = *places.entry(key.clone()).or_insert_with(|| {
            lines.push((key, Vec::new()));
            lines.len() - 1
        });
        lines[place].1.push(target);
    }
    for column in unmapped {
        // A mapped column has its line already.
        if !places.contains_key(column) {
            lines.push((column.clone(), Vec::new()));
        }
    }
    let mut out = String::from("#Mapping values\n");
    for (key, targets) in lines {
        escape(&key, true, &mut out);
        out.push('=');
        escape(&targets.join(", "), false, &mut out);
        out.push('\n');
    }
    (out.into_bytes(), left_out)
}

/// The file's text: UTF-8 where it can be nothing else, as editors save it, else ISO-8859-1, as Java does.
fn text(bytes: &[u8]) -> Result<String, SdlProblem> {
    if bytes.len() > MOST_BYTES {
        return Err(SdlProblem::new(
            format!("the file has {} bytes, and a mapping file has at most {MOST_BYTES}", bytes.len()),
            "Choose the .sdl file, not the data.",
        ));
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
        let message = format!("line {line}: there is a NUL byte, so that this is no mapping file, or one in UTF-16");
        return Err(SdlProblem::new(message, "Save it as plain text, in ISO-8859-1 or UTF-8."));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // In ISO-8859-1 every byte is the character of its number.
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    })
}

/// What a key that is no constant takes the value from.
fn from_key(key: &str) -> Result<Expression, String> {
    let columns: Vec<&str> = key.split(',').map(str::trim).filter(|column| !column.is_empty()).collect();
    match columns.as_slice() {
        [] => Err(format!("\"{key}\" names no column")),
        [_] if !key.contains(',') => Ok(Expression::Column(key.to_owned())),
        [only] => Ok(Expression::Column((*only).to_owned())),
        several => match several.iter().find(|column| !can_be_braced(column)) {
            Some(column) => Err(format!("a formula cannot name the column {column}")),
            None => Ok(Expression::Formula(joined(several))),
        },
    }
}

/// The key that stands for where a rule's value comes from.
fn to_key(rule: &Rule) -> Result<String, SdlProblem> {
    let target = &rule.target;
    let left_out = |message: String, hint: &str| Err(SdlProblem::new(message, hint));
    if target.contains(',') || target.trim() != target || from_data_loader(&to_data_loader(target)) != *target {
        return left_out(format!("Data Loader cannot name the field {target}"), "Choose another field.");
    }
    if rule.lookup.is_some() {
        let hint = "Map to the parent's external id instead, such as Owner.Username.";
        return left_out(format!("{target}: Data Loader looks up parents by external id only"), hint);
    }
    match &rule.from {
        Expression::Column(column) if column.contains(',') || constant(column).is_some() || column.is_empty() => {
            left_out(
                format!("{target}: Data Loader cannot name the column {column}"),
                "Rename the column: no comma in it, and no quotes around it.",
            )
        }
        Expression::Column(column) => Ok(column.clone()),
        Expression::Constant(text) => Ok(format!("\"{text}\"")),
        Expression::Formula(formula) => match columns_joined(formula) {
            Some(columns) => Ok(columns.join(", ")),
            None => left_out(
                format!("{target}: Data Loader has no formulas"),
                "Compute the value in the source, in a column of its own.",
            ),
        },
    }
}

/// What a rule says beyond where its value comes from.
fn unsaid(rule: &Rule) -> Vec<&'static str> {
    let all = [
        (rule.map.is_some(), "the value map"),
        (matches!(rule.blank, Blank::Default(_)), "the value for blanks"),
        (rule.too_long == TooLong::Trim, "cutting long texts for this field alone"),
        (rule.write != Write::Always, "when the field is written"),
        (!rule.note.is_empty(), "the note"),
    ];
    all.into_iter().filter(|(said, _)| *said).map(|(_, what)| what).collect()
}

/// Columns joined as Data Loader joins them.
fn joined(columns: &[&str]) -> String {
    let names: Vec<_> = columns.iter().map(|column| names::written(column)).collect();
    names.join(JOINED)
}

/// The columns, where a formula joins some as Data Loader does.
fn columns_joined(formula: &str) -> Option<Vec<&str>> {
    let columns: Vec<&str> = formula.split(JOINED).map(only_name).collect::<Option<_>>()?;
    let sound = columns.iter().all(|column| can_be_braced(column) && !column.contains(',')) && columns.len() > 1;
    // Quotes around the whole key would make it a constant.
    (sound && constant(&columns.join(", ")).is_none()).then_some(columns)
}

/// The field, where a piece of a formula names one and does nothing else.
fn only_name(piece: &str) -> Option<&str> {
    match names::fields(piece.trim()).as_slice() {
        [(name, place)] if *place == (0..piece.trim().len()) => Some(name),
        _ => None,
    }
}

fn can_be_braced(column: &str) -> bool {
    !column.is_empty() && column.trim() == column && !column.contains(['{', '}', '\n', '\r'])
}

/// The text between the quotes, where the key is a constant.
fn constant(key: &str) -> Option<&str> {
    key.strip_prefix('"')?.strip_suffix('"')
}

fn targets(value: &str) -> impl Iterator<Item = String> {
    value.split(',').map(str::trim).filter(|target| !target.is_empty()).map(from_data_loader)
}

/// `Owner:Username` as `Owner.Username`, `Who:Contact-Email` as `Contact:Who.Email`.
fn from_data_loader(target: &str) -> String {
    match target.split_once(':') {
        Some((relationship, field)) => match field.split_once('-') {
            Some((object, field)) => format!("{object}:{relationship}.{field}"),
            None => format!("{relationship}.{field}"),
        },
        None => target.to_owned(),
    }
}

fn to_data_loader(target: &str) -> String {
    match target.split_once('.') {
        Some((relationship, field)) => match relationship.split_once(':') {
            Some((object, relationship)) => format!("{relationship}:{object}-{field}"),
            None => format!("{relationship}:{field}"),
        },
        None => target.to_owned(),
    }
}

#[cfg(test)]
mod tests;
