//! The only place that writes to stdout and stderr. Stdout is data, stderr is talk.
#![expect(clippy::print_stderr, reason = "this is where output happens")]

use std::io::{IsTerminal as _, Write as _};

/// A line of data. A reader that has gone away is no error of ours.
pub(super) fn data(line: &str) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// A line for a person.
pub(super) fn talk(line: &str) {
    eprintln!("{line}");
}

/// A line for a person that the next one may overwrite; nothing where nobody watches.
pub(super) fn passing(line: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{line}");
        // A lost progress line is no loss.
        let _shown = std::io::stderr().flush().is_ok();
    }
}

/// Wipes the passing line.
pub(super) fn settled() {
    passing("");
}

/// A table with columns as wide as their widest cell.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([header[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..header.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<_> = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        data(padded.join("  ").trim_end());
    };
    line(&mut header.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
}
