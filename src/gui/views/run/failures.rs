//! What went wrong, grouped by cause, with what to do beside it.

use super::equation::list;
use crate::gui::draft::{Draft, Screen};
use crate::gui::errors::Group;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::store::RunId;
use crate::workspace::{FailureGroup, RowFilter};
use egui::{
    CursorIcon, Frame, Label, Margin, Panel, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo,
};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, groups: &[FailureGroup], run: RunId, attention: u64) {
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin::same(14));
    Panel::right("failures").default_size(330.0).size_range(260.0..=520.0).resizable(true).frame(ground).show(
        ui,
        |ui| {
            ui.painter().hline(
                ui.max_rect().expand(14.0).x_range(),
                ui.max_rect().top() - 14.0,
                Stroke::new(1.0, tokens(ui).hairline),
            );
            let heading = format!("{} to look at", format::count(attention, "row", "rows"));
            parts::section_ui(ui, &heading, |ui| correct_ui(ui, state, draft, run));
            if state.run(run).is_some_and(|card| card.sync) {
                let next = "They are not sent again. The next sync compares them again.";
                ui.add(Label::new(theme::small(next).color(tokens(ui).text)).wrap());
            }
            let causes = format::count(groups.len() as u64, "cause", "causes");
            ui.label(theme::small(format!("{causes}, the most frequent first")).color(tokens(ui).quiet));
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                for (index, group) in groups.iter().enumerate() {
                    ui.push_id(index, |ui| group_ui(ui, draft, group));
                }
            });
        },
    );
}

/// The way to where the rows are corrected: to the cause that is listed, or the first one.
fn correct_ui(ui: &mut Ui, state: &State, draft: &mut Draft, run: RunId) {
    let mine = || state.errors.cards().iter().filter(|card| card.run == run);
    let listed = draft.run.filter.code.clone();
    let card =
        mine().find(|card| listed.as_ref().is_some_and(|code| *code == card.cause.code)).or_else(|| mine().next());
    let Some(card) = card else { return };
    let help = "Correct these rows in a grid or by a rule, and retry them";
    if Press::new("Correct…").icon(icon::PENCIL).low().ui(ui).on_hover_text(help).clicked() {
        draft.go(Screen::Errors);
        draft.errors.look_at(Group::of(card));
    }
}

fn group_ui(ui: &mut Ui, draft: &mut Draft, group: &FailureGroup) {
    let tokens = tokens(ui);
    let filter = RowFilter { outcomes: vec![group.outcome], code: Some(group.code.clone()), ..RowFilter::default() };
    let chosen = draft.run.filter == filter;
    let response = ui
        .scope_builder(UiBuilder::new().sense(Sense::click()).id_salt("group"), |ui| {
            let over = ui.response().hovered();
            let mut card = parts::card(ui).inner_margin(Margin::same(12));
            if chosen {
                card = card.fill(tokens.selected).stroke(Stroke::new(1.0, tokens.accent));
            } else if over {
                card = card.fill(tokens.hover);
            }
            card.show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = 4.0;
                let mark = parts::outcome_mark(Some(group.outcome));
                ui.horizontal(|ui| {
                    let tint = tokens.tint(mark.meaning).strong;
                    ui.label(RichText::new(mark.icon).size(14.0).color(tint));
                    ui.label(theme::medium(format::count(group.rows, "row", "rows")).color(tokens.strong));
                    ui.label(theme::small(mark.word.to_lowercase()).color(tint));
                });
                ui.add(Label::new(RichText::new(&group.example).color(tokens.strong)).wrap());
                if let Some(hint) = &group.hint {
                    ui.add(Label::new(theme::small(hint).color(tokens.text)).wrap());
                }
                let mut facts = group.code.clone();
                if !group.fields.is_empty() {
                    facts = format!("{facts}  {}", group.fields.join(", "));
                }
                ui.add(Label::new(theme::mono(facts).size(11.0).color(tokens.quiet)).truncate());
            });
        })
        .response;
    let name = format!("{} {}: {}", format::count(group.rows, "row", "rows"), group.outcome.label(), group.example);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
    if response.has_focus() {
        ui.painter().rect_stroke(response.rect, 8.0, Stroke::new(2.0, tokens.accent), StrokeKind::Outside);
    }
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
        list(draft, if chosen { RowFilter::default() } else { filter });
    }
}
