//! The run of a sync: what its steps did at which end, and how the pairs stand now.

use super::equation::list;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::Press;
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::gui::views::sync::notes;
use crate::workspace::{RowFilter, RunCard};
use egui::{Label, RichText, Ui};

/// The steps that had something to do, each of which lists its rows; the others are one word at the end.
pub(super) fn steps_ui(ui: &mut Ui, draft: &mut Draft, card: &RunCard) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        for step in card.run.steps.iter().filter(|step| step.read > 0) {
            let chosen = draft.run.filter.step == Some(step.index);
            let text = format!("{}  {}", step.sentence, format::number(step.read));
            let name = format!("{}: {}", step.sentence, format::count(step.read, "row", "rows"));
            if Press::new(&text).name(&name).low().chosen(chosen).ui(ui).clicked() {
                let step = (!chosen).then_some(step.index);
                list(draft, RowFilter { step, ..RowFilter::default() });
            }
        }
        let idle: Vec<&str> = idle(card).collect();
        if !idle.is_empty() {
            let words = match idle.len() == card.run.steps.len() {
                true => "No step had anything to do".to_owned(),
                false => format!("{} had nothing to do", format::count(idle.len() as u64, "step", "steps")),
            };
            ui.add_space(4.0);
            let words = Label::new(theme::small(words).color(tokens(ui).quiet)).extend();
            ui.add(words).on_hover_text(idle.join("\n"));
        }
    });
}

fn idle(card: &RunCard) -> impl Iterator<Item = &str> {
    card.run.steps.iter().filter(|step| step.read == 0).map(|step| step.sentence.as_str())
}

/// How the pairs stand: `94 pairs in step · 1 pair waits for a person`.
pub(super) fn pairs_ui(ui: &mut Ui, state: &State, draft: &mut Draft, card: &RunCard) {
    let Some(looks) = state.syncs.counts.get(&card.run.id) else { return };
    for look in looks {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(6.0, 2.0);
            if looks.len() > 1 {
                let step = format!("{} and {}", look.ends[0], look.object);
                ui.label(theme::medium(step).size(theme::SMALL).color(tokens(ui).text));
            }
            for note in notes(look, true).iter().rev() {
                let colour = match note.meaning {
                    Meaning::Plain => tokens(ui).quiet,
                    meaning => tokens(ui).tint(meaning).strong,
                };
                ui.label(RichText::new(note.icon).font(theme::icon_font(12.5)).color(colour));
                ui.label(theme::small(&note.text).color(tokens(ui).text));
                ui.add_space(8.0);
            }
            let waits = look.counts.conflicts + look.counts.ambiguous > 0;
            if let Some(id) = card.run.integration.filter(|_| waits)
                && Press::new("Open conflicts").icon(icon::FLAG).low().ui(ui).clicked()
            {
                draft.go_to_conflicts(id);
            }
        });
    }
}

/// What its steps did, in words: `Change in Salesforce 2 · Make in Northwind ERP 1`.
pub(in crate::gui::views) fn did(card: &RunCard) -> String {
    let done = card.run.steps.iter().filter(|step| step.read > 0);
    let said: Vec<_> = done.map(|step| format!("{} {}", step.sentence, format::number(step.read))).collect();
    if said.is_empty() { "Both ends, and nothing to do".to_owned() } else { said.join(" · ") }
}
