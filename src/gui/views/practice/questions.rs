//! What is asked before the practice org is reset, kept or brought back.

use super::deed;
use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::practice::{PracticeDeed, ResetDraft};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::{PracticeSnapshot, WORLDS, World};
use egui::{
    CornerRadius, DragValue, Id, Key, Label, Modal, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo,
};

/// The question that is open, if one is.
pub(in crate::gui::views) fn ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    reset_ui(ui, state, draft, out);
    snapshot_ui(ui, draft, out);
    restore_ui(ui, state, draft, out);
}

fn records(state: &State) -> String {
    let count = state.practice.status.as_ref().map_or(0, |status| status.all_records());
    format::count(count, "record", "records")
}

fn reset_ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(mut reset) = draft.practice.reset.take() else { return };
    let mut go = false;
    let modal = Modal::new(Id::unique("reset")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(500.0);
        parts::section_ui(ui, "Reset the practice org", |_| {});
        ui.label(theme::small("What should it hold?").color(tokens(ui).quiet));
        ui.spacing_mut().item_spacing.y = 4.0;
        for world in WORLDS {
            if world_ui(ui, world, reset.word == world.word) {
                reset.word = world.word;
            }
            if world.word == "large" && reset.word == "large" {
                large_ui(ui, &mut reset);
            }
        }
        ui.add_space(4.0);
        ui.checkbox(&mut reset.keep, "Take a snapshot first, to be able to go back");
        let text = format!("{} are removed", records(state));
        parts::banner_ui(ui, Meaning::Bad, &text, Some("Who is signed in stays signed in."), |_| {});
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let label = WORLDS.iter().find(|world| world.word == reset.word).map_or("", |world| world.label);
            let verb = format!("Remove {} and plant {label}", records(state));
            let why_not = reset.seed().is_none().then_some("Say how many records first");
            go = Press::new(&verb).danger().icon(icon::ROTATE_CCW).why_not(why_not).ui(ui).clicked();
            let cancel = Press::new("Cancel").ui(ui);
            if ui.memory(|memory| memory.focused().is_none()) {
                cancel.request_focus();
            }
            if cancel.clicked() {
                ui.close();
            }
        });
    });
    if let (true, Some(seed)) = (go, reset.seed()) {
        let kept = reset.keep.then(|| kept_name(state.now));
        deed(out, PracticeDeed::Reset(seed, kept));
    } else if !shown.should_close() {
        draft.practice.reset = Some(reset);
    }
}

/// `Before reset 2026-01-02 10.15.30`
fn kept_name(now: i64) -> String {
    format!("Before reset {}", format::file_time(now))
}

fn world_ui(ui: &mut Ui, world: &World, chosen: bool) -> bool {
    let shown = ui.scope_builder(UiBuilder::new().sense(Sense::click()).id_salt(world.word), |ui| {
        let tokens = tokens(ui);
        let (ground, line) = match (chosen, ui.response().hovered()) {
            (true, _) => (tokens.selected, tokens.accent),
            (false, true) => (tokens.hover, tokens.hairline),
            (false, false) => (tokens.surface, tokens.hairline),
        };
        let card = parts::card(ui).inner_margin(egui::Margin::symmetric(12, 7)).fill(ground);
        card.stroke(Stroke::new(1.0, line)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.label(theme::medium(world.label).color(tokens.strong));
            ui.add(Label::new(theme::small(world.about).color(tokens.quiet)).wrap());
        });
    });
    let response = shown.response;
    let name = format!("{}: {}", world.label, world.about);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &name));
    if response.has_focus() {
        let stroke = Stroke::new(2.0, tokens(ui).accent);
        ui.painter().rect_stroke(response.rect, CornerRadius::same(8), stroke, StrokeKind::Outside);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

fn large_ui(ui: &mut Ui, reset: &mut ResetDraft) {
    ui.horizontal(|ui| {
        ui.add_space(12.0);
        for (object, count) in &mut reset.large {
            ui.label(theme::small(*object).color(tokens(ui).quiet));
            let value = DragValue::new(count).range(0..=1_000_000).speed(250.0);
            ui.add(value).accessible_name(format!("Records of {object}"));
        }
    });
}

fn snapshot_ui(ui: &Ui, draft: &mut Draft, out: &mut Outbox) {
    let Some(mut name) = draft.practice.snapshot.take() else { return };
    let mut go = false;
    let modal = Modal::new(Id::unique("snapshot")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(420.0);
        parts::section_ui(ui, "Take a snapshot", |_| {});
        let help = "A copy of every record as it is now, to come back to. Bad days are not part of it.";
        ui.add(Label::new(theme::small(help).color(tokens(ui).quiet)).wrap());
        let field = parts::text_ui(ui, "Name of the snapshot", "The time, if it has no name", &mut name);
        go = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if ui.memory(|memory| memory.focused().is_none()) {
            field.request_focus();
        }
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            go |= Press::new("Take it").icon(icon::BOOKMARK).primary().ui(ui).clicked();
            if Press::new("Cancel").ui(ui).clicked() {
                ui.close();
            }
        });
    });
    if go {
        let name = name.trim();
        deed(out, PracticeDeed::Snapshot((!name.is_empty()).then(|| name.to_owned())));
    } else if !shown.should_close() {
        draft.practice.snapshot = Some(name);
    }
}

fn restore_ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(mut chosen) = draft.practice.restore.take() else { return };
    let mut go = false;
    let modal = Modal::new(Id::unique("restore")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        parts::section_ui(ui, "Bring a snapshot back", |_| {});
        let list = state.practice.snapshots.as_ref();
        match list {
            None | Some(Fact::Waiting) => parts::waiting_ui(ui, "Listing the snapshots", 3),
            Some(Fact::Failed(error)) => parts::error_ui(ui, error, out, |_| {}),
            Some(Fact::Here(list)) if list.is_empty() => {
                ui.label(theme::small("No snapshot was taken yet").color(tokens(ui).quiet));
            }
            Some(Fact::Here(list)) => {
                ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 4.0;
                    for snapshot in list {
                        snapshot_line_ui(ui, state, out, snapshot, &mut chosen);
                    }
                });
            }
        }
        let known = list.and_then(Fact::here);
        if chosen.as_ref().is_some_and(|name| known.is_some_and(|list| list.iter().all(|kept| kept.name != *name))) {
            chosen = None;
        }
        if chosen.is_some() {
            let text = format!("{} of now are replaced by those of the snapshot", records(state));
            parts::banner_ui(ui, Meaning::Bad, &text, None, |_| {});
        }
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let verb = chosen.as_ref().map_or_else(|| "Go back".to_owned(), |name| format!("Go back to \"{name}\""));
            let why_not = chosen.is_none().then_some("Choose a snapshot first");
            go = Press::new(&format::middle(&verb, 44)).danger().icon(icon::HISTORY).why_not(why_not).ui(ui).clicked();
            let cancel = Press::new("Cancel").ui(ui);
            if ui.memory(|memory| memory.focused().is_none()) {
                cancel.request_focus();
            }
            if cancel.clicked() {
                ui.close();
            }
        });
    });
    if go && let Some(name) = chosen {
        deed(out, PracticeDeed::Restore(name));
    } else if !shown.should_close() {
        draft.practice.restore = Some(chosen);
    }
}

fn snapshot_line_ui(
    ui: &mut Ui,
    state: &State,
    out: &mut Outbox,
    snapshot: &PracticeSnapshot,
    chosen: &mut Option<String>,
) {
    ui.horizontal(|ui| {
        let is = chosen.as_deref() == Some(&snapshot.name);
        let shown = format::middle(&snapshot.name, 34);
        let clicked = ui.allocate_ui(egui::vec2(250.0, theme::CONTROL), |ui| {
            Press::new(&shown).line().icon(icon::BOOKMARK).chosen(is).name(&snapshot.name).ui(ui).clicked()
        });
        if clicked.inner {
            *chosen = if is { None } else { Some(snapshot.name.clone()) };
        }
        let about = format!("{}, {}", format::ago(snapshot.made, state.now), format::bytes(snapshot.bytes));
        ui.label(theme::small(about).color(tokens(ui).quiet)).on_hover_text(format::exact(snapshot.made));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let name = format!("Delete the snapshot {}", snapshot.name);
            if Press::icon_only(icon::TRASH_2, &name).low().ui(ui).clicked() {
                deed(out, PracticeDeed::DeleteSnapshot(snapshot.name.clone()));
            }
        });
    });
}
