//! The functions as a document: what `docs/formulas.md` and the command line show.

use super::functions::{self, Function, Group, SAMPLE};
use std::fmt::Write as _;

/// All functions in Markdown, group by group.
pub fn markdown() -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let mut _infallible = write!(out, "Examples are about this row: ").is_ok();
    let fields = SAMPLE.map(|(name, kind, value)| {
        let value = if value.is_empty() { "blank".to_owned() } else { format!("`{value}`") };
        format!("{name} ({}) {value}", kind.label())
    });
    _infallible = writeln!(out, "{}.", fields.join(", ")).is_ok();
    for group in Group::ALL {
        _infallible = write!(out, "\n### {}\n\n", group.label()).is_ok();
        if group == Group::Refused {
            out.push_str("| Function | Why not, and what instead |\n|---|---|\n");
        } else {
            out.push_str("| Function | Result | What it does | Examples |\n|---|---|---|---|\n");
        }
        for function in functions::all().filter(|function| function.group == group) {
            out.push_str(&row(function));
        }
    }
    out
}

fn row(function: &Function) -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    if function.refused() {
        return format!("| {} | {} |\n", function.name, cell(function.help));
    }
    let shapes: Vec<_> = function.shapes().iter().map(|shape| format!("`{}`", cell(shape))).collect();
    let mut results: Vec<_> = function.signatures.iter().map(|signature| result(signature.result)).collect();
    results.dedup();
    let examples = function.examples.iter().map(|(formula, result)| {
        let result = if result.is_empty() { "blank".to_owned() } else { format!("`{}`", cell(result)) };
        format!("`{}` → {result}", cell(formula))
    });
    let examples: Vec<_> = examples.collect();
    format!(
        "| {} | {} | {} | {} |\n",
        shapes.join("<br>"),
        results.join(", "),
        cell(function.help),
        examples.join("<br>")
    )
}

fn result(kind: super::Type) -> &'static str {
    match kind {
        super::Type::Null => "as its arguments",
        kind => kind.label(),
    }
}

/// One function as text for a terminal.
pub fn plain(function: &Function) -> String {
    let mut out = function.shapes().join("\n");
    out.push('\n');
    if function.own() {
        out.push_str("Linkspan's own; Salesforce does not know it.\n");
    }
    if function.refused() {
        out.push_str("Works only inside an org.\n");
    }
    out.push_str(function.help);
    for (formula, result) in function.examples {
        let result = if result.is_empty() { "blank" } else { result };
        out.push_str(&format!("\n  {formula} → {result}"));
    }
    out
}
