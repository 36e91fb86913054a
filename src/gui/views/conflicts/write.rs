//! What is decided and not written yet, with the button that writes it.

use crate::gui::action::{self, Action};
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Confirm, Decision, Draft};
use crate::gui::format;
use crate::gui::parts::Press;
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::store::IntegrationId;
use crate::workspace::Environment;
use egui::{Frame, Label, Margin, Panel, Stroke, Ui};

/// Integrations whose decisions can be written from here; the others follow.
const MOST: usize = 3;

/// The foot of the list; nothing while nothing is decided.
pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    if state.conflicts.decided.is_empty() {
        return;
    }
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin { left: 0, right: 12, top: 8, bottom: 8 });
    let panel = Panel::bottom("decisions to write").resizable(false).show_separator_line(false).frame(ground);
    panel.show(ui, |ui| {
        let edge = ui.max_rect().expand2(egui::vec2(0.0, 8.0));
        ui.painter().hline(edge.x_range(), edge.top(), Stroke::new(1.0, tokens(ui).hairline));
        ui.spacing_mut().item_spacing.y = 4.0;
        let only = state.conflicts.decided.len() == 1;
        for (id, decisions) in state.conflicts.decided.iter().take(MOST) {
            ui.push_id(id, |ui| integration_ui(ui, state, draft, out, (*id, *decisions), only));
        }
    });
}

fn integration_ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    out: &mut Outbox,
    (id, decisions): (IntegrationId, u64),
    only: bool,
) {
    let card = state.integrations.iter().flatten().find(|card| card.id == id);
    let name = card.map_or_else(|| format!("Integration {}", id.0), |card| card.name.clone());
    let org = card.and_then(|card| state.org(&card.org));
    let many = format::count(decisions, "decision", "decisions");
    let words = format!("{}: decided, not yet written", format::middle(&name, 24));
    ui.add(Label::new(theme::small(words).color(tokens(ui).quiet)).truncate()).on_hover_text(&name);
    let to = org.map_or_else(String::new, |org| format!(" to {}", format::middle(&format::org(org), 28)));
    let label = format!("Write {many}{to}");
    let why_not = if state.conflicts.busy { Some("Others are being decided") } else { state.starting() };
    let mut press = Press::new(&label).icon(icon::SEND).width(ui.available_width()).why_not(why_not);
    // While something is open, that is what to do first.
    if state.conflicts.open() == 0 {
        press = press.primary();
    }
    let help =
        "Both ends get what was decided, and nothing else. What somebody changed meanwhile comes back undecided.";
    let key = if only { format!("\n{}", action::tooltip(Action::Start)) } else { String::new() };
    if press.ui(ui).on_hover_text(format!("{help}{key}")).clicked() {
        begin(state, draft, out, id, decisions);
    }
}

/// Writes; asks first where that is production.
pub(super) fn begin(state: &State, draft: &mut Draft, out: &mut Outbox, id: IntegrationId, decisions: u64) {
    let card = state.integrations.iter().flatten().find(|card| card.id == id);
    match card.filter(|card| state.environment(&card.org) == Some(Environment::Production)) {
        Some(card) => {
            let what = Decision::WriteDecisions { id, decisions, org: card.org.clone() };
            draft.confirm = Some(Confirm { what, typed: String::new() });
        }
        None => out.push(Command::WriteDecisions { id, production: None }),
    }
}
