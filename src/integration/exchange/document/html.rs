//! The document as one HTML page that needs nothing else: style and drawings are in it, no script, nothing is fetched.

use super::markdown::RULE_COLUMNS;
use super::words::document;
use super::{Grid, Known, Line, Page, Piece, wires};
use crate::integration::Integration;

/// Light and dark as the reader's system has it; black on white on paper.
const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#fff;--card:#f6f7f9;--text:#1c2330;--soft:#5b6577;--line:#d5dae3;--wire:#2f6fde;--node:#fff;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ground:#14171d;--card:#1d222b;--text:#e6e9ef;--soft:#9aa4b5;--line:#343b48;--wire:#7ab0ff;--node:#14171d;--bad:#ff8a80}}
@media print{:root{--ground:#fff;--card:#fff;--text:#000;--soft:#444;--line:#999;--wire:#000;--node:#fff;--bad:#000}section,table,svg{break-inside:avoid}body{max-width:none;padding:0}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:2rem;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.8rem;margin:0 0 1rem}h2{font-size:1.3rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1.5rem 0 .5rem}
code{font:0.9em ui-monospace,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:.5rem 0;font-size:.92rem}
th,td{border:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top}
th{background:var(--card);font-weight:600}
.problems li{color:var(--bad)}
figure{margin:1rem 0;padding:1rem;background:var(--card);border:1px solid var(--line);border-radius:8px;overflow-x:auto}
svg{display:block;width:100%;min-width:40rem;height:auto}
svg text{fill:var(--text);font:13px ui-monospace,Consolas,monospace}
svg text.constant{fill:var(--soft);font-style:italic}
svg path{fill:none;stroke:var(--wire);stroke-width:1.5}
svg .pin{fill:var(--wire)}
svg .node circle{fill:var(--node);stroke:var(--wire);stroke-width:1.5}
svg .node text{text-anchor:middle;fill:var(--wire)}
svg text.left{text-anchor:end}
";

/// Writes an integration as an HTML page.
pub fn html(integration: &Integration, known: &Known<'_>) -> String {
    let document = document(integration, known);
    let title = escaped(&document.title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    sentences("", &document.about, &mut out);
    if !document.problems.is_empty() {
        out.push_str("<h2>Problems</h2>\n");
        sentences(" class=\"problems\"", &document.problems, &mut out);
    }
    for page in &document.steps {
        step(page, &mut out);
    }
    if !document.tables.is_empty() {
        out.push_str("<h2>Tables</h2>\n");
        document.tables.iter().for_each(|table| grid(table, &mut out));
    }
    if !document.left_out.is_empty() {
        out.push_str("<h2>In the file that it came from, and not done here</h2>\n<ul>\n");
        for what in &document.left_out {
            out.push_str(&format!("<li><code>{}</code>: {}</li>\n", escaped(&what.place), escaped(&what.why)));
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn step(page: &Page, out: &mut String) {
    out.push_str(&format!("<section>\n<h2>{}</h2>\n", escaped(&page.title)));
    sentences("", &page.about, out);
    if page.rules.is_empty() {
        out.push_str("<p>Nothing is mapped yet.</p>\n");
    } else {
        out.push_str(&format!("<figure>\n{}</figure>\n", wires::svg(&page.title, &page.wires)));
        let rows: Vec<Vec<String>> = page.rules.iter().map(|row| row.iter().map(|cell| line(cell)).collect()).collect();
        table(&RULE_COLUMNS.map(str::to_owned), &rows, out);
    }
    page.maps.iter().for_each(|map| grid(map, out));
    sentences("", &page.unused, out);
    out.push_str("</section>\n");
}

fn sentences(class: &str, lines: &[Line], out: &mut String) {
    if lines.is_empty() {
        return;
    }
    out.push_str(&format!("<ul{class}>\n"));
    for sentence in lines {
        out.push_str(&format!("<li>{}</li>\n", line(sentence)));
    }
    out.push_str("</ul>\n");
}

fn grid(grid: &Grid, out: &mut String) {
    out.push_str(&format!("<h3>{}</h3>\n", line(&grid.title)));
    if !grid.rows.is_empty() {
        let code = |cell: &String| format!("<code>{}</code>", escaped(cell));
        let rows: Vec<Vec<String>> = grid.rows.iter().map(|row| row.iter().map(code).collect()).collect();
        table(&grid.columns, &rows, out);
    }
    if !grid.after.is_empty() {
        out.push_str(&format!("<p>{}</p>\n", line(&grid.after)));
    }
}

/// A table; the cells are HTML already, the heads are not.
fn table(columns: &[String], rows: &[Vec<String>], out: &mut String) {
    let heads: String = columns.iter().map(|column| format!("<th scope=\"col\">{}</th>", escaped(column))).collect();
    out.push_str(&format!("<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n"));
    for row in rows {
        let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        out.push_str(&format!("<tr>{cells}</tr>\n"));
    }
    out.push_str("</tbody>\n</table>\n");
}

fn line(pieces: &[Piece]) -> String {
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Words(text) => escaped(text),
        Piece::Code(text) => format!("<code>{}</code>", escaped(text)),
    });
    pieces.collect()
}

/// A text that can stand in HTML and in its attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Characters that no XML may hold, which the drawing is.
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
