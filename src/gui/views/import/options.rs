//! How the run will go: every option, with what it does.

use crate::connect::Api;
use crate::gui::draft::Draft;
use crate::gui::parts::{self, Press};
use crate::gui::theme::{self, icon, tokens};
use crate::integration::BULK_FROM_ROWS;
use egui::{DragValue, Frame, Margin, Panel, ScrollArea, Stroke, Ui};

pub(super) fn ui(ui: &mut Ui, draft: &mut Draft) {
    let ground = Frame::new().fill(tokens(ui).surface).inner_margin(Margin::same(16));
    Panel::right("options").exact_size(320.0).resizable(false).frame(ground).show(ui, |ui| {
        let edge = ui.max_rect().expand(16.0);
        ui.painter().hline(edge.x_range(), edge.top(), Stroke::new(1.0, tokens(ui).hairline));
        parts::section_ui(ui, "Options", |ui| {
            if Press::icon_only(icon::X, "Close the options").ui(ui).clicked() {
                draft.import.options_open = false;
            }
        });
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let mut options = draft.import.design.options.clone();
            ui.spacing_mut().item_spacing.y = 10.0;
            api_ui(ui, &mut options.api);
            number_ui(ui, "Rows of a trial run", 1..=100_000, &mut draft.import.trial);
            let mut rows = u64::from(options.rows_per_call);
            number_ui(ui, "Rows in a REST call", 1..=200, &mut rows);
            options.rows_per_call = rows.min(200) as u16;
            ui.separator();
            parts::check_ui(
                ui,
                &mut options.stop_at_first_bad_row,
                "Stop at the first bad row",
                "Otherwise a bad row is held back and the others go on",
            );
            parts::check_ui(
                ui,
                &mut options.all_or_none,
                "All rows of a call or none",
                "One bad row undoes the whole REST call",
            );
            parts::check_ui(
                ui,
                &mut options.assignment_rules,
                "Run assignment rules",
                "They give new leads and cases to their owners",
            );
            parts::check_ui(
                ui,
                &mut options.save_duplicates,
                "Save although a duplicate rule warns",
                "Rules that block still block",
            );
            ui.separator();
            let mut tries = u64::from(options.retry.attempts);
            number_ui(ui, "Tries when Salesforce is busy", 1..=20, &mut tries);
            options.retry.attempts = tries.min(20) as u32;
            draft.import.change(|design| design.options = options);
        });
    });
}

fn api_ui(ui: &mut Ui, api: &mut Option<Api>) {
    ui.label(theme::medium("API").color(tokens(ui).strong));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (choice, name) in [(None, "By itself"), (Some(Api::Rest), "REST"), (Some(Api::Bulk), "Bulk 2.0")] {
            if Press::new(name).chosen(*api == choice).ui(ui).clicked() {
                *api = choice;
            }
        }
    });
    let rows = crate::gui::format::number(BULK_FROM_ROWS);
    let help = match api {
        None => format!("REST below {rows} rows, which answers at once; Bulk 2.0 from there, which takes any number"),
        Some(Api::Rest) => "Up to 200 rows in a call, answered at once".to_owned(),
        Some(Api::Bulk) => "Jobs of any size; Salesforce answers when a job ends".to_owned(),
    };
    ui.add(egui::Label::new(theme::small(help).color(tokens(ui).quiet)).wrap());
}

fn number_ui(ui: &mut Ui, name: &str, range: std::ops::RangeInclusive<u64>, value: &mut u64) {
    ui.horizontal(|ui| {
        let label = ui.label(name);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add(DragValue::new(value).range(range)).labelled_by(label.id);
        });
    });
}
