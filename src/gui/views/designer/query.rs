//! Rows from a query: the org that is asked, the query, and what it answers when it is tried.

use crate::gui::command::Outbox;
use crate::gui::draft::designer::Adding;
use crate::gui::format;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, Meaning, icon, tokens};
use egui::{Id, Key, Label, Modifiers, TextEdit, Ui};

/// Columns that are named.
const NAMED: usize = 12;

/// The question. Gives back whether the query is to be tried.
pub(super) fn ui(ui: &mut Ui, state: &State, adding: &mut Adding, out: &mut Outbox) -> bool {
    let mut go = false;
    let mut changed = false;
    ui.horizontal(|ui| {
        let items = || {
            let orgs = state.orgs.iter().flatten();
            orgs.map(|org| PickItem::new(&org.alias, format::org(org)).icon(parts::org_mark(org.environment))).collect()
        };
        let shown = state.org(&adding.asked.org).map_or_else(|| adding.asked.org.clone(), format::org);
        let picker = Picker::new(Id::unique("query org"), "Org that is asked", &shown).hint("Choose an org…");
        if let Some(org) = picker.width(200.0).ui(ui, items) {
            adding.asked.org = org;
            changed = true;
        }
        let why_not = match () {
            () if adding.asked.org.is_empty() => Some("Choose the org that is asked"),
            () if adding.asked.soql.trim().is_empty() => Some("Write the query first"),
            () => None,
        };
        go = Press::new("Try").name("Try the query").icon(icon::PLAY).why_not(why_not).ui(ui).clicked();
        let deleted = ui.checkbox(&mut adding.asked.deleted, "Deleted too");
        changed |= deleted.on_hover_text("Records in the recycle bin, and archived activities").changed();
    });
    let enter = ui.input(|input| input.modifiers.matches_exact(Modifiers::COMMAND) && input.key_pressed(Key::Enter));
    let edit = TextEdit::multiline(&mut adding.asked.soql).font(egui::TextStyle::Monospace).desired_rows(4);
    let edit = edit.hint_text("SELECT Id, Name, Owner.Username FROM Account").desired_width(f32::INFINITY);
    let field = ui.add(edit.margin(egui::Margin::symmetric(8, 6))).accessible_name("Query");
    changed |= field.changed();
    go |= enter && field.has_focus() && !adding.asked.org.is_empty() && !adding.asked.soql.trim().is_empty();
    if changed {
        adding.forget_trial();
    }
    answer_ui(ui, state, adding, out);
    go
}

fn answer_ui(ui: &mut Ui, state: &State, adding: &Adding, out: &mut Outbox) {
    let Some(tried) = adding.tried() else {
        let words = "It is tried before the object is added, so that its columns are known. Ctrl+Enter tries it too";
        ui.add(Label::new(theme::small(words).color(tokens(ui).quiet)).wrap());
        return;
    };
    match state.design.look(tried) {
        None | Some(Fact::Waiting) => {
            ui.label(theme::small("Asking the org…").color(tokens(ui).quiet));
        }
        Some(Fact::Failed(error)) => parts::error_ui(ui, error, out, |_| {}),
        Some(Fact::Here(look)) => {
            let columns: Vec<&str> = look.columns.fields.iter().map(|field| field.name.as_str()).collect();
            if columns.is_empty() {
                let text = "The answer has no columns. Name the fields that are wanted";
                return parts::note_ui(ui, Meaning::Bad, text);
            }
            let rows = match look.rows {
                Some(rows) => format::count(rows, "row", "rows"),
                None => format!("more than {} rows", format::number(look.head.len() as u64)),
            };
            let count = format::count(columns.len() as u64, "column", "columns");
            parts::note_ui(ui, Meaning::Good, &format!("It answers with {rows} of {count}"));
            let mut words = columns.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            if columns.len() > NAMED {
                words.push_str(&format!(" and {} more", columns.len() - NAMED));
            }
            ui.add(Label::new(theme::mono(words).color(tokens(ui).text)).wrap());
        }
    }
}
