//! What carried a row: the call or the job, what was sent for it and what came back, word for word.

use crate::gui::command::{Command, Outbox};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::theme::{self, icon, tokens};
use crate::workspace::RowCarried;
use egui::{CollapsingHeader, Label, Margin, ScrollArea, Ui};
use std::time::Duration;

/// Characters of a body that are shown; all of it can be copied.
const SHOWN: usize = 4_000;

pub(super) fn ui(ui: &mut Ui, out: &mut Outbox, carried: &[RowCarried]) {
    if carried.is_empty() {
        return;
    }
    ui.add_space(8.0);
    parts::section_ui(ui, "What carried it", |_| {});
    for (at, one) in carried.iter().enumerate() {
        parts::card(ui).inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 5.0;
            one_ui(ui, out, one, at);
        });
    }
}

fn one_ui(ui: &mut Ui, out: &mut Outbox, one: &RowCarried, at: usize) {
    let quiet = tokens(ui).quiet;
    let head = match (&one.call, &one.job) {
        (Some(call), _) => format!(
            "{} answered {} in {}",
            call.method,
            call.status,
            format::duration(Duration::from_millis(call.took_ms))
        ),
        (None, Some(job)) => format!("Bulk job {job}"),
        (None, None) => "A call whose words are no longer kept".to_owned(),
    };
    ui.label(theme::medium(head).color(tokens(ui).strong)).on_hover_text(format::exact(one.at));
    if let Some(call) = &one.call {
        ui.add(Label::new(theme::mono(&call.path).size(11.0).color(quiet)).wrap().selectable(true));
    }
    let texts = [("Sent for this row", &one.sent), ("Came back for it", &one.heard)];
    for (name, text) in texts {
        if let Some(text) = text {
            body_ui(ui, out, name, text);
        }
    }
    if let Some(call) = &one.call {
        CollapsingHeader::new("The whole call").id_salt(("whole call", at)).show(ui, |ui| {
            let headers: Vec<_> = call.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            body_ui(ui, out, "Headers", &headers.join("\n"));
            body_ui(ui, out, "Request", &String::from_utf8_lossy(&call.request));
            body_ui(ui, out, "Answer", &String::from_utf8_lossy(&call.response));
        });
    }
}

/// A text as it was, with a way to copy it.
fn body_ui(ui: &mut Ui, out: &mut Outbox, name: &str, text: &str) {
    ui.horizontal(|ui| {
        ui.label(theme::small(name).color(tokens(ui).quiet));
        let copy = format!("Copy: {name}");
        if Press::icon_only(icon::COPY, &copy).low().ui(ui).clicked() {
            out.push(Command::Copy(text.to_owned()));
        }
    });
    let end = text.char_indices().nth(SHOWN).map_or(text.len(), |(end, _)| end);
    let shown = if end < text.len() { format!("{}…", &text[..end]) } else { text.to_owned() };
    ScrollArea::vertical().id_salt((name, "body")).max_height(160.0).auto_shrink([false, true]).show(ui, |ui| {
        ui.add(Label::new(theme::mono(shown).size(11.0).color(tokens(ui).text)).wrap().selectable(true));
    });
}
