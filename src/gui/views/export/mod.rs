//! Rows out of an org: a query put together by eye or typed, what it gives, and a file that goes on where it stopped.

mod fields;
mod query;
mod write;

use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, PickItem, Picker};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, icon, tokens};
use egui::{CentralPanel, Frame, Id, Margin, Panel, Stroke, Ui};

pub(in crate::gui) use write::begin;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    write::bar_ui(ui, state, draft, out);
    let ground = Frame::new().fill(tokens(ui).surface).inner_margin(Margin::same(16));
    let typed = draft.export.typed.is_some();
    if !typed && !draft.export.design.object.is_empty() {
        let side = Panel::left("export fields")
            .default_size(300.0)
            .size_range(220.0..=460.0)
            .resizable(true)
            .show_separator_line(false);
        side.frame(ground).show(ui, |ui| {
            let edge = ui.max_rect().expand(16.0);
            ui.painter().vline(edge.right(), edge.y_range(), Stroke::new(1.0, tokens(ui).hairline));
            fields::ui(ui, state, draft);
        });
    }
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin::symmetric(24, 16));
    CentralPanel::default().frame(ground).show(ui, |ui| {
        egui::ScrollArea::vertical().id_salt("export").auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 10.0;
            // Room for the ring around what has the focus.
            ui.add_space(3.0);
            sentence_ui(ui, state, draft);
            if draft.export.design.object.is_empty() && !typed {
                write::list_ui(ui, state, draft, out);
                return;
            }
            query::ui(ui, state, draft, out);
            query::answer_ui(ui, state, draft, out);
            write::list_ui(ui, state, draft, out);
        });
    });
}

/// Which records of which org.
fn sentence_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.label(theme::heading("Export").color(tokens(ui).strong));
        if draft.export.typed.is_none() {
            object_ui(ui, state, draft);
        } else {
            ui.label("the rows of a query");
        }
        ui.label("of");
        org_ui(ui, state, draft);
    });
    if draft.export.design.object.is_empty() && draft.export.typed.is_none() {
        ui.label(
            theme::small("Choose an object, then its fields; or write a query of your own.").color(tokens(ui).quiet),
        );
    }
    let mut own = draft.export.typed.is_some();
    let help = "The query as text: fields, conditions and order are then what you write";
    if parts::check_ui(ui, &mut own, "Write the query myself", help) {
        draft.export.typed = own.then(|| draft.export.soql(state).unwrap_or_default());
    }
}

fn object_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let (org, object) = (draft.export.org.clone(), draft.export.design.object.clone());
    let label = state.object(&org, &object).map_or(object.as_str(), |card| card.label.as_str()).to_owned();
    let objects = state.objects.get(&org);
    let hint = if matches!(objects, Some(Fact::Waiting)) { "Listing objects…" } else { "Choose an object…" };
    let label = format::middle(&label, 36);
    let picker = Picker::new(Id::unique("export object"), "Object to export", &label).hint(hint).icon(icon::DATABASE);
    let items = || {
        let cards = objects.and_then(Fact::here).into_iter().flatten();
        cards.map(|card| PickItem::new(&card.name, &card.label).detail(&card.name).icon(icon::DATABASE)).collect()
    };
    if let Some(object) = picker.list_width(420.0).ui(ui, items) {
        draft.export.choose_object(&object);
    }
}

fn org_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let card = state.org(&draft.export.org);
    let shown = card.map_or_else(|| draft.export.org.clone(), format::org);
    let mark = parts::org_mark(card.and_then(|card| card.environment));
    let picker = Picker::new(Id::unique("export org"), "Org to export from", &shown).icon(mark).list_width(380.0);
    let items = || {
        let item = |card: &crate::workspace::OrgCard| {
            PickItem::new(&card.alias, format::org(card)).icon(parts::org_mark(card.environment))
        };
        state.orgs.iter().flatten().map(item).collect()
    };
    if let Some(org) = picker.ui(ui, items) {
        draft.export.org = org;
        draft.export.choose_object("");
    }
}
