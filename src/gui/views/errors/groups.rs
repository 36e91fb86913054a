//! The causes, over all runs, with ways to narrow them.

use crate::gui::draft::Draft;
use crate::gui::errors::{Age, Group};
use crate::gui::format;
use crate::gui::parts::{self, PickItem, Picker};
use crate::gui::state::State;
use crate::gui::theme::{self, tokens};
use crate::workspace::QueueCard;
use egui::{
    CursorIcon, Frame, Id, Label, Margin, Panel, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo,
};

/// The groups that are listed, the biggest first within a run, the newest run first.
pub(super) fn fitting<'a>(state: &'a State, draft: &Draft) -> Vec<&'a QueueCard> {
    let words: Vec<String> = draft.filter.split_whitespace().map(str::to_lowercase).collect();
    let fits = |card: &&QueueCard| {
        let errors = &draft.errors;
        let text = format!(
            "{} {} {} {} {} {} run {}",
            card.words(),
            card.cause.code,
            card.cause.fields.join(" "),
            card.object,
            card.name,
            card.example,
            card.run.0
        );
        let text = text.to_lowercase();
        errors.name.as_ref().is_none_or(|name| *name == card.name)
            && errors.object.as_ref().is_none_or(|object| *object == card.object)
            && errors.age.fits(card.at, state.now)
            && words.iter().all(|word| text.contains(word.as_str()))
    };
    state.errors.cards().iter().filter(fits).collect()
}

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, cards: &[QueueCard]) {
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin { left: 16, right: 12, top: 16, bottom: 8 });
    let width = if ui.available_width() < 1_000.0 { 280.0 } else { 330.0 };
    let panel = Panel::left("causes").default_size(width).size_range(240.0..=480.0).resizable(true);
    panel.frame(ground).show(ui, |ui| {
        let rows: u64 = cards.iter().map(|card| card.rows).sum();
        parts::section_ui(ui, "Errors", |ui| {
            ui.label(theme::small(format::count(rows, "row", "rows")).color(tokens(ui).quiet));
        });
        let mut focus = std::mem::take(&mut draft.focus_filter);
        let room = ui.available_width();
        parts::filter_ui(ui, "Search causes, codes, fields", room - 34.0, &mut draft.filter, &mut focus);
        narrow_ui(ui, draft, cards);
        let shown = fitting(state, draft);
        ui.add_space(2.0);
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            for card in shown {
                let group = Group::of(card);
                ui.push_id(&group, |ui| {
                    if group_ui(ui, state, draft.errors.group.as_ref() == Some(&group), card) {
                        draft.errors.look_at(group.clone());
                    }
                });
            }
        });
    });
}

/// Only of this integration, this object, this age. What would leave nothing out is not offered.
fn narrow_ui(ui: &mut Ui, draft: &mut Draft, cards: &[QueueCard]) {
    let different = |of: fn(&QueueCard) -> &str| {
        let mut names: Vec<&str> = cards.iter().map(of).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let names = different(|card| &card.name);
    let objects = different(|card| &card.object);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        let errors = &mut draft.errors;
        let mut pick = |name: &str, all: &str, known: Vec<String>, chosen: &mut Option<String>| {
            if known.len() < 2 && chosen.is_none() {
                return;
            }
            let shown = chosen.clone().unwrap_or_else(|| all.to_owned());
            let shown = format::middle(&shown, 20);
            let picker = Picker::new(Id::unique(("errors", name)), name, &shown).quiet();
            let items = || {
                let every = PickItem::new("", all);
                std::iter::once(every).chain(known.iter().map(|name| PickItem::new(name, name))).collect()
            };
            if let Some(key) = picker.ui(ui, items) {
                *chosen = Some(key).filter(|key| !key.is_empty());
            }
        };
        pick("Integration", "All integrations", names, &mut errors.name);
        pick("Object", "All objects", objects, &mut errors.object);
        let picker = Picker::new(Id::unique("errors age"), "Age", errors.age.label()).quiet();
        let items = || Age::ALL.map(|age| PickItem::new(age.label(), age.label())).to_vec();
        if let Some(key) = picker.ui(ui, items) {
            errors.age = Age::ALL.into_iter().find(|age| age.label() == key).unwrap_or_default();
        }
    });
}

/// One cause. Gives back whether it was chosen.
fn group_ui(ui: &mut Ui, state: &State, chosen: bool, card: &QueueCard) -> bool {
    let tokens = tokens(ui);
    let words = card.words();
    let response = ui
        .scope_builder(UiBuilder::new().sense(Sense::click()).id_salt("group"), |ui| {
            let over = ui.response().hovered();
            let mut frame = parts::card(ui).inner_margin(Margin::symmetric(12, 10));
            if chosen {
                frame = frame.fill(tokens.selected).stroke(Stroke::new(1.0, tokens.accent));
            } else if over {
                frame = frame.fill(tokens.hover);
            }
            frame.show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = 3.0;
                let mark = parts::outcome_mark(Some(card.cause.outcome));
                ui.horizontal(|ui| {
                    let tint = tokens.tint(mark.meaning).strong;
                    ui.label(RichText::new(mark.icon).size(14.0).color(tint));
                    ui.label(theme::medium(format::count(card.rows, "row", "rows")).color(tokens.strong));
                    let word = if card.gave_up { "gave up" } else { mark.word };
                    ui.label(theme::small(word.to_lowercase()).color(tint));
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        ui.label(theme::small(format::ago(card.at, state.now)).color(tokens.quiet));
                    });
                });
                ui.add(Label::new(RichText::new(&words).color(tokens.strong)).wrap());
                let name = format!("{}, {}", card.object, format::middle(&card.name, 32));
                ui.add(Label::new(theme::small(name).color(tokens.quiet)).truncate());
                ui.add(Label::new(theme::mono(&card.cause.code).size(11.0).color(tokens.quiet)).truncate());
            });
        })
        .response;
    let gave_up = if card.gave_up { ", gave up" } else { "" };
    let name =
        format!("{} of {}, run {}{gave_up}: {words}", format::count(card.rows, "row", "rows"), card.object, card.run.0);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
    if response.has_focus() {
        ui.painter().rect_stroke(response.rect, 8.0, Stroke::new(2.0, tokens.accent), StrokeKind::Outside);
    }
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}
