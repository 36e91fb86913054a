//! The document as Markdown, with tables as GitHub and most editors draw them.

use super::words::document;
use super::{Grid, Known, Line, Page, Piece};
use crate::integration::Integration;

/// The columns of a table of rules.
pub(super) const RULE_COLUMNS: [&str; 5] = ["From", "How", "To", "Policies", "Note"];

/// Writes an integration as Markdown.
pub fn markdown(integration: &Integration, known: &Known<'_>) -> String {
    let document = document(integration, known);
    let mut out = format!("# {}\n", escaped(&document.title));
    sentences(&document.about, &mut out);
    if !document.problems.is_empty() {
        out.push_str("\n## Problems\n");
        sentences(&document.problems, &mut out);
    }
    for page in &document.steps {
        step(page, &mut out);
    }
    if !document.tables.is_empty() {
        out.push_str("\n## Tables\n");
        document.tables.iter().for_each(|table| grid(table, &mut out));
    }
    if !document.left_out.is_empty() {
        out.push_str("\n## In the file that it came from, and not done here\n\n");
        for what in &document.left_out {
            out.push_str(&format!("- {}: {}\n", tick(&what.place), escaped(&what.why)));
        }
    }
    out
}

fn step(page: &Page, out: &mut String) {
    out.push_str(&format!("\n## {}\n", escaped(&page.title)));
    sentences(&page.about, out);
    let rows: Vec<Vec<String>> = page.rules.iter().map(|row| row.iter().map(|cell| line(cell)).collect()).collect();
    if rows.is_empty() {
        out.push_str("\nNothing is mapped yet.\n");
    } else {
        table(&RULE_COLUMNS.map(str::to_owned), &rows, out);
    }
    page.maps.iter().for_each(|map| grid(map, out));
    if !page.unused.is_empty() {
        sentences(&page.unused, out);
    }
}

fn sentences(lines: &[Line], out: &mut String) {
    out.push('\n');
    for sentence in lines {
        out.push_str(&format!("- {}\n", line(sentence)));
    }
}

fn grid(grid: &Grid, out: &mut String) {
    out.push_str(&format!("\n### {}\n", line(&grid.title)));
    let columns: Vec<String> = grid.columns.iter().map(|column| escaped(column)).collect();
    let rows: Vec<Vec<String>> = grid.rows.iter().map(|row| row.iter().map(|cell| tick(cell)).collect()).collect();
    if !rows.is_empty() {
        table(&columns, &rows, out);
    }
    if !grid.after.is_empty() {
        out.push_str(&format!("\n{}\n", line(&grid.after)));
    }
}

fn table(columns: &[String], rows: &[Vec<String>], out: &mut String) {
    out.push_str(&format!("\n| {} |\n|{}\n", columns.join(" | "), "---|".repeat(columns.len())));
    for row in rows {
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
}

fn line(pieces: &[Piece]) -> String {
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Words(text) => escaped(text),
        Piece::Code(text) => tick(text),
    });
    pieces.collect()
}

/// Code: in backticks where it can stand there, else in HTML, which says anything.
fn tick(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let plain = !text.contains(['`', '|', '\n', '\r', '\\', '<', '&']) && text.trim() == text;
    if plain { format!("`{text}`") } else { format!("<code>{}</code>", entities(text)) }
}

/// Every character that Markdown or HTML could take for more than itself, as its number.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("<br>"),
            '\r' => {}
            c if c.is_ascii_punctuation() => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// Words, with a backslash before what Markdown would take for more. An underscore inside a word is none of that.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let chars: Vec<char> = text.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        match c {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '_' => {
                let inside = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
                let before = chars[..at].iter().rev().find(|c| **c != '_');
                let after = chars[at..].iter().find(|c| **c != '_');
                out.push_str(if inside(before) && inside(after) { "_" } else { "\\_" });
            }
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '#' | '!' | '$' => {
                out.push('\\');
                out.push(*c);
            }
            c => out.push(*c),
        }
    }
    out
}
