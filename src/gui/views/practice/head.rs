//! How the practice org stands, and what can be done to all of it.

use super::copy_ui;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::practice::PracticeAsk;
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::{PracticeStatus, Seed, world_label};
use egui::{Align, Layout, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, status: &PracticeStatus) {
    let busy = state.practice.busy;
    ui.horizontal(|ui| {
        let heading = ui.label(theme::title("Practice org").size(17.0).color(tokens(ui).strong));
        heading.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, "Practice org"));
        match (busy, &state.practice.error) {
            (Some(words), _) => parts::pill_ui(ui, Meaning::Accent, icon::LOADER_CIRCLE, words),
            (None, Some(_)) => parts::pill_ui(ui, Meaning::Bad, icon::CIRCLE_X, "Does not answer"),
            (None, None) => parts::pill_ui(ui, Meaning::Good, icon::CIRCLE_CHECK, "Running"),
        };
        ui.label(theme::small("On this computer, with invented data").color(tokens(ui).quiet));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if Press::new("Reset…").icon(icon::ROTATE_CCW).why_not(busy).ui(ui).clicked() {
                draft.practice.reset = Some(Default::default());
            }
            if Press::new("Restore…").icon(icon::HISTORY).why_not(busy).ui(ui).clicked() {
                out.push(Command::Practice(PracticeAsk::Snapshots));
                draft.practice.restore = Some(None);
            }
            if Press::new("Take snapshot…").icon(icon::BOOKMARK).why_not(busy).ui(ui).clicked() {
                draft.practice.snapshot = Some(String::new());
            }
        });
    });
    ui.horizontal(|ui| {
        let quiet = tokens(ui).quiet;
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.label(theme::small("Address").color(quiet));
        ui.add(egui::Label::new(theme::mono(&status.url).color(tokens(ui).text)).selectable(true));
        copy_ui(ui, state, draft, out, "the address", &status.url);
        ui.add_space(10.0);
        ui.label(theme::small("World").color(quiet));
        let world = ui.label(theme::medium(world(status)).size(theme::SMALL).color(tokens(ui).strong));
        world.on_hover_text("What it was last planted with; changes since then are not undone by this");
        ui.add_space(10.0);
        let objects = status.records.iter().filter(|(_, count)| *count > 0).count() as u64;
        let records = format::count(status.all_records(), "record", "records");
        let text = format!("{records} in {}", format::count(objects, "object", "objects"));
        ui.label(theme::small(text).color(quiet));
        ui.add_space(10.0);
        parts::gauge_ui(ui, status.used, status.allowed, 96.0);
        if !status.here {
            ui.add_space(10.0);
            parts::chip_text_ui(ui, icon::INFO, "Run by another Linkspan");
        }
    });
}

fn world(status: &PracticeStatus) -> String {
    match &status.world {
        None => "unknown".to_owned(),
        Some(Seed::Large(counts)) => {
            let counts: Vec<String> =
                counts.iter().take(2).map(|(name, count)| format!("{} {name}", format::number(*count))).collect();
            format!("Large ({})", counts.join(", "))
        }
        Some(seed) => world_label(seed).to_owned(),
    }
}
