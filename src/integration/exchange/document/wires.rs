//! The wires of a step as a drawing: columns left, fields right, a small node where more than a copy happens.

use super::html::escaped;
use super::{End, Wire};

const WIDTH: usize = 960;
const ROW: usize = 28;
/// Where wires leave the columns, and where they reach the fields.
const LEFT: usize = 330;
const RIGHT: usize = 630;
/// Characters of a name that fit beside the wires.
const FITS: usize = 38;

/// Draws the wires.
pub(super) fn svg(title: &str, wires: &[Wire]) -> String {
    let mut ends: Vec<&End> = Vec::new();
    for end in wires.iter().flat_map(|wire| &wire.from) {
        if !ends.contains(&end) {
            ends.push(end);
        }
    }
    let height = ROW * ends.len().max(wires.len()).max(1) + 16;
    let y = |row: usize| 8 + ROW * row + ROW / 2;
    let title = escaped(title);
    let mut out = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"Wires of {title}\" xmlns=\"http://www.w3.org/2000/svg\">\n"
    );
    let (mut paths, mut marks) = (String::new(), String::new());
    for (row, wire) in wires.iter().enumerate() {
        let (to, middle) = (y(row), (LEFT + RIGHT) / 2);
        // A node stands near its field, where wires lie apart.
        let (node, bend) = (RIGHT - 45, (LEFT + RIGHT - 45) / 2);
        for end in &wire.from {
            let from = y(ends.iter().position(|other| *other == end).unwrap_or_default());
            paths.push_str(&match wire.node {
                Some(_) => format!("<path d=\"M{LEFT} {from}C{bend} {from} {bend} {to} {node} {to}\"/>\n"),
                None => format!("<path d=\"M{LEFT} {from}C{middle} {from} {middle} {to} {RIGHT} {to}\"/>\n"),
            });
        }
        if let Some((letter, word)) = wire.node {
            paths.push_str(&format!("<path d=\"M{node} {to}H{RIGHT}\"/>\n"));
            marks.push_str(&format!(
                "<g class=\"node\"><title>{word}</title><circle cx=\"{node}\" cy=\"{to}\" r=\"10\"/><text x=\"{node}\" y=\"{}\">{letter}</text></g>\n",
                to + 4
            ));
        }
        marks.push_str(&format!("<circle class=\"pin\" cx=\"{RIGHT}\" cy=\"{to}\" r=\"3\"/>\n"));
        marks.push_str(&name("", RIGHT + 12, to, &wire.to, &wire.to));
    }
    for (row, end) in ends.iter().enumerate() {
        let at = y(row);
        marks.push_str(&format!("<circle class=\"pin\" cx=\"{LEFT}\" cy=\"{at}\" r=\"3\"/>\n"));
        marks.push_str(&match end {
            End::Column(column) => name("left", LEFT - 12, at, column, column),
            End::Constant(text) => name("left constant", LEFT - 12, at, &format!("\"{text}\""), text),
        });
    }
    out.push_str(&paths);
    out.push_str(&marks);
    out.push_str("</svg>\n");
    out
}

/// A name, cut to what fits, with the whole of it as its title.
fn name(class: &str, x: usize, y: usize, shown: &str, whole: &str) -> String {
    let mut short: String = shown.chars().take(FITS).collect();
    if shown.chars().count() > FITS {
        short.push('…');
    }
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    format!("<text{class} x=\"{x}\" y=\"{}\">{}<title>{}</title></text>\n", y + 4, escaped(&short), escaped(whole))
}
