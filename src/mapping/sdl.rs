//! Data Loader's mapping files (`.sdl`): read in its import direction, and written.
//!
//! Such a file is a Java `.properties` file, `SourceColumn=SalesforceField`, in ISO-8859-1 with `\uXXXX` for the rest. Constants
//! stand in double quotes and win over columns. What we cannot express yet, several columns joined into one field, is a problem
//! that names its line; nothing is dropped in silence.

use super::{Expression, Mapping, Rule};

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

/// A pair of the file, with the line on which it begins.
struct Pair {
    line: usize,
    key: String,
    value: String,
}

/// Reads a mapping file.
pub fn read(bytes: &[u8]) -> Sdl {
    // In ISO-8859-1 every byte is the character of its number.
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let mut sdl = Sdl::default();
    let mut pairs: Vec<Pair> = Vec::new();
    for (line, text) in logical_lines(&text) {
        match pair(line, &text) {
            Ok(pair) => {
                // Of two lines for one key Java keeps the last.
                pairs.retain(|other| other.key != pair.key);
                pairs.push(pair);
            }
            Err(problem) => sdl.problems.push(problem),
        }
    }
    let (constants, columns): (Vec<Pair>, Vec<Pair>) =
        pairs.into_iter().partition(|pair| constant(&pair.key).is_some());
    let mut lines: Vec<(String, usize)> = Vec::new();
    for pair in &columns {
        let targets: Vec<String> = targets(&pair.value).collect();
        if targets.is_empty() {
            sdl.unmapped.push(pair.key.clone());
        } else if pair.key.contains(',') {
            sdl.problems.push(SdlProblem {
                message: format!("line {}: {} joins several columns into {}", pair.line, pair.key, targets.join(", ")),
                hint: "Columns cannot be joined yet: join them in the file, or map one of them.".to_owned(),
            });
        } else {
            for target in targets {
                let before = lines.iter().find(|(other, _)| other.eq_ignore_ascii_case(&target));
                if let Some((_, before)) = before {
                    sdl.problems.push(SdlProblem {
                        message: format!("line {}: {target} is mapped already on line {before}", pair.line),
                        hint: "A field takes one column: remove one of the two lines.".to_owned(),
                    });
                    continue;
                }
                sdl.mapping.set(&target, Expression::Column(pair.key.clone()));
                lines.push((target, pair.line));
            }
        }
    }
    for pair in &constants {
        for target in targets(&pair.value) {
            let text = constant(&pair.key).unwrap_or_default();
            sdl.mapping.set(&target, Expression::Constant(text.to_owned()));
        }
    }
    sdl
}

/// Writes a mapping as Data Loader reads it. Blank cells are not said anything about: there it is a setting of the whole load.
pub fn write(mapping: &Mapping) -> Result<Vec<u8>, SdlProblem> {
    // A key comes once, with all its targets: of two lines Java would keep the last.
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for Rule { target, from, .. } in &mapping.rules {
        let key = match from {
            Expression::Column(column) if column.contains(',') || constant(column).is_some() || column.is_empty() => {
                return Err(SdlProblem {
                    message: format!("{target}: Data Loader cannot name the column {column}"),
                    hint: "Rename the column: no comma in it, and no quotes around it.".to_owned(),
                });
            }
            Expression::Column(column) => column.clone(),
            Expression::Constant(text) => format!("\"{text}\""),
            Expression::Formula(_) => {
                return Err(SdlProblem {
                    message: format!("{target}: Data Loader has no formulas"),
                    hint: "Export the integration as JSON instead.".to_owned(),
                });
            }
        };
        let target = to_data_loader(target);
        match lines.iter_mut().find(|(other, _)| *other == key) {
            Some((_, targets)) => targets.push(target),
            None => lines.push((key, vec![target])),
        }
    }
    let mut out = String::from("#Mapping values\n");
    for (key, targets) in lines {
        escape(&key, true, &mut out);
        out.push('=');
        escape(&targets.join(", "), false, &mut out);
        out.push('\n');
    }
    Ok(out.into_bytes())
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

const BLANKS: [char; 3] = [' ', '\t', '\u{c}'];

/// Lines with their continuations, without blank lines and comments; each with its number.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut continued = false;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for (number, line) in (1..).zip(text.split('\n')) {
        let line = line.trim_start_matches(BLANKS);
        if !continued && (line.is_empty() || line.starts_with(['#', '!'])) {
            continue;
        }
        let open = line.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1;
        let content = if open { &line[..line.len() - 1] } else { line };
        match lines.last_mut() {
            Some((_, last)) if continued => last.push_str(content),
            _ => lines.push((number, content.to_owned())),
        }
        continued = open;
    }
    lines
}

fn pair(line: usize, text: &str) -> Result<Pair, SdlProblem> {
    let mut escaped = false;
    let end = text.find(|c: char| {
        let ends = !escaped && (matches!(c, '=' | ':') || BLANKS.contains(&c));
        escaped = c == '\\' && !escaped;
        ends
    });
    let (key, rest) = text.split_at(end.unwrap_or(text.len()));
    let rest = rest.trim_start_matches(BLANKS);
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(BLANKS);
    let unescape = |text| {
        unescape(text).ok_or_else(|| SdlProblem {
            message: format!("line {line}: \\u is not followed by the four digits of a character"),
            hint: "Write \\uXXXX with four hexadecimal digits.".to_owned(),
        })
    };
    Ok(Pair { line, key: unescape(key)?, value: unescape(value)? })
}

fn unescape(text: &str) -> Option<String> {
    // Characters beyond 16 bits are written as two, so the whole is put together in UTF-16.
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\u{c}',
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).collect();
                    let valid = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
                    units.push(u16::from_str_radix(&digits, 16).ok().filter(|_| valid)?);
                    continue;
                }
                Some(other) => other,
                None => continue,
            },
            other => other,
        };
        units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16(&units).ok()
}

fn escape(text: &str, key: bool, out: &mut String) {
    for (index, c) in text.chars().enumerate() {
        match c {
            // Blanks end a key, and are dropped at the beginning of a value.
            ' ' if key || index == 0 => out.push_str("\\ "),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{c}' => out.push_str("\\f"),
            '\\' | '=' | ':' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04X}"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn column(target: &str, column: &str) -> Rule {
        Rule::new(target, Expression::Column(column.into()))
    }

    fn text(target: &str, text: &str) -> Rule {
        Rule::new(target, Expression::Constant(text.into()))
    }

    #[test]
    fn a_file_as_data_loader_writes_it() {
        let file = b"#Mapping values\n#Thu Jan 01 12:00:00 CET 2026\n! also a comment\n\nAccount\\ Name=Name\nStra\xdfe : BillingStreet\n\
            K\\u00E4ufer\\\n   \\ Nr=ERP_Id__c\nPhone=Phone, Other_Phone__c\nID=\nOwnerLogin=Owner\\:Username\nMail=Who\\:Contact-Email\n\
            Land=BillingCountry\n\"Canada\"=BillingCountry\n\"two\\ words\"=Type\nTab\tType2\r\n";
        let sdl = read(file);
        assert_eq!(sdl.problems, []);
        assert_eq!(sdl.unmapped, ["ID"]);
        assert_eq!(
            sdl.mapping.rules,
            [
                column("Name", "Account Name"),
                column("BillingStreet", "Straße"),
                column("ERP_Id__c", "Käufer Nr"),
                column("Phone", "Phone"),
                column("Other_Phone__c", "Phone"),
                column("Owner.Username", "OwnerLogin"),
                column("Contact:Who.Email", "Mail"),
                text("BillingCountry", "Canada"),
                column("Type2", "Tab"),
                text("Type", "two words"),
            ]
        );
    }

    #[test]
    fn what_has_no_place_is_a_problem_with_its_line() {
        let sdl = read(b"# c\nCity,\\ State=Description\nA=Name\nB=Name\n\\u00zz=X\n");
        let lines: Vec<_> = sdl.problems.iter().map(|problem| &problem.message[..6]).collect();
        assert_eq!(lines, ["line 5", "line 2", "line 4"]);
        assert_eq!(sdl.mapping.rules, [column("Name", "A")]);
        assert!(write(&Mapping { rules: vec![column("Name", "a,b")] }).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            froms in prop::collection::vec((any::<bool>(), "[a-zA-Z \\\\=:#!\t\nä€😀-]{1,10}"), 0..8),
            parents in any::<[bool; 8]>(),
        ) {
            let mut rules: Vec<Rule> = froms.iter().zip(parents).enumerate().map(|(index, ((constant, from), parent))| {
                let target = match (parent, index % 2) {
                    (false, _) => format!("Field{index}__c"),
                    (true, 0) => format!("Rel{index}__r.Key__c"),
                    (true, _) => format!("Lead:Rel{index}.Email"),
                };
                if *constant { text(&target, from) } else { column(&target, from) }
            }).collect();
            let bytes = write(&Mapping { rules: rules.clone() }).unwrap();
            let sdl = read(&bytes);
            prop_assert_eq!(sdl.problems, []);
            let mut got = sdl.mapping.rules;
            let by_target = |a: &Rule, b: &Rule| a.target.cmp(&b.target);
            rules.sort_by(by_target);
            got.sort_by(by_target);
            prop_assert_eq!(got, rules);
        }

        #[test]
        fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            read(&bytes);
        }
    }
}
