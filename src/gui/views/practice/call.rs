//! One call, with everything that is known of it.

use super::copy_ui;
use super::log::{mark, status_text};
use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::{BAD_DAYS, PracticeCall};
use egui::{Align, Label, Layout, ScrollArea, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, call: &PracticeCall) {
    ui.spacing_mut().item_spacing.y = 6.0;
    ui.horizontal(|ui| {
        let (meaning, mark) = mark(call);
        parts::pill_ui(ui, meaning, mark, &status_text(call));
        ui.label(theme::medium(&call.method).color(tokens(ui).strong));
        ui.label(theme::small(format!("call {}", format::number(call.number))).color(tokens(ui).quiet));
        if let Some(fault) = &call.fault {
            let text = format!("Hit by: {}", fault_title(fault));
            parts::pill_ui(ui, Meaning::Attention, icon::TRIANGLE_ALERT, &format::middle(&text, 44));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if Press::icon_only(icon::X, "Close the call").low().ui(ui).clicked() {
                draft.practice.call = None;
            }
            copy_ui(ui, state, draft, out, "the call", &copied(call));
        });
    });
    ScrollArea::vertical().id_salt("call path").max_height(72.0).show(ui, |ui| {
        ui.add(Label::new(theme::mono(&call.path).color(tokens(ui).text)).wrap().selectable(true));
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(16.0, 2.0);
        let cost = match call.cost {
            0 => "cost nothing of the quota".to_owned(),
            cost => format!("cost {}", format::count(u64::from(cost), "API call", "API calls")),
        };
        let client = if call.client.is_empty() { "no name given" } else { &call.client };
        let mut facts = vec![format::exact(call.at), format!("took {} ms", format::number(call.ms)), cost];
        facts.push(format!("from {client}"));
        for fact in facts {
            ui.label(theme::small(fact).color(tokens(ui).quiet));
        }
    });
}

/// What people call a bad day that is named as in scripts. Several have the same name there; then the words that they share.
pub(super) fn fault_title(name: &str) -> String {
    match name {
        "fail_next" => "Calls are refused".to_owned(),
        "drop_connection" => "The connection drops".to_owned(),
        name => {
            let day = BAD_DAYS.iter().find(|day| day.fault == name);
            day.map_or_else(|| name.replace('_', " "), |day| day.title.to_owned())
        }
    }
}

/// The call as a spreadsheet takes it, with its header.
pub(super) fn copied(call: &PracticeCall) -> String {
    let at = format::exact(call.at);
    let fault = call.fault.as_deref().unwrap_or_default();
    format!(
        "Number\tTime\tMethod\tPath\tStatus\tMilliseconds\tCost\tClient\tBad day\n{}\t{at}\t{}\t{}\t{}\t{}\t{}\t{}\t{fault}",
        call.number, call.method, call.path, call.status, call.ms, call.cost, call.client
    )
}
