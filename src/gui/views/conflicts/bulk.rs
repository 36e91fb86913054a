//! Many conflicts decided at once: how, what that comes to, and what stays and why, before anything is done.

use super::cells;
use crate::gui::command::{Command, Outbox};
use crate::gui::conflicts::{Bulk, ConflictsAsk, ConflictsDeed, WAYS, wish_of};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::store::Answered;
use egui::{CornerRadius, Id, Key, Label, Modal, Modifiers, Role, Sense, Ui, Vec2, WidgetInfo};

const DIGITS: [Key; 10] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9, Key::Num0];

pub(super) fn ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(mut bulk) = draft.conflicts.bulk.take() else { return };
    let known = state.conflicts.ends.as_ref().filter(|(filter, _)| *filter == bulk.filter);
    if let Some((_, ends)) = known.filter(|(_, ends)| !ends.is_empty() && *ends != bulk.ends) {
        bulk.ends.clone_from(ends);
    }
    let look = state.conflicts.look.as_ref().filter(|(ticket, _)| *ticket == bulk.ticket && bulk.wish.is_some());
    let look = look.map(|(_, fact)| fact);
    let decides = look.and_then(Fact::here).map_or(0, |answered| answered.decided);
    let (mut chosen, mut done) = (None, false);
    let modal = Modal::new(Id::unique("many conflicts")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        parts::section_ui(ui, &bulk.title, |_| {});
        if !bulk.what.is_empty() {
            ui.add(Label::new(egui::RichText::new(&bulk.what).color(tokens(ui).text)).wrap());
        }
        if bulk.choose {
            chosen = ways_ui(ui, &bulk);
        }
        look_ui(ui, out, look);
        ui.add_space(4.0);
        let entered = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        ui.horizontal(|ui| {
            let why_not = match look {
                _ if bulk.wish.is_none() => Some("Choose first how they are decided"),
                Some(Fact::Here(_)) if decides == 0 => Some("That answers none of them"),
                Some(Fact::Here(_)) => None,
                _ => Some("They are being counted"),
            };
            let words = match decides {
                0 => "Decide".to_owned(),
                count => format!("Decide {}", format::count(count, "conflict", "conflicts")),
            };
            let press = Press::new(&words).icon(icon::COPY_CHECK).primary().why_not(why_not);
            done = press.ui(ui).on_hover_text("Enter").clicked() || (entered && why_not.is_none());
            if Press::new("Cancel").ui(ui).on_hover_text("Esc").clicked() {
                ui.close();
            }
        });
        let help = "Nothing is written yet, and Ctrl+Z takes all of it back.";
        ui.label(theme::small(help).color(tokens(ui).quiet));
    });
    if done && let Some(wish) = bulk.wish.take() {
        let deed = ConflictsDeed::ResolveAll { filter: Box::new(bulk.filter), wish };
        out.push(Command::Conflicts(ConflictsAsk::Do(deed)));
        draft.conflicts.focus = true;
        return;
    }
    if shown.should_close() {
        draft.conflicts.focus = true;
        return;
    }
    if let Some(at) = chosen {
        bulk.wish = wish_of(&bulk.ends, at).map(|(_, wish)| wish);
        return draft.conflicts.ask_bulk(bulk, out);
    }
    draft.conflicts.bulk = Some(bulk);
}

/// The answers that can be given. Gives back the one that was chosen.
fn ways_ui(ui: &mut Ui, bulk: &Bulk) -> Option<usize> {
    let mut chosen = None;
    ui.spacing_mut().item_spacing.y = 1.0;
    let count = bulk.ends.len() + WAYS.len();
    for at in 0..count {
        let Some((words, wish)) = wish_of(&bulk.ends, at) else { continue };
        let key = DIGITS.get(at);
        if way_ui(ui, &words, key.map(|_| (at + 1) % 10), bulk.wish.as_ref() == Some(&wish))
            || key.is_some_and(|key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, *key)))
        {
            chosen = Some(at);
        }
    }
    ui.spacing_mut().item_spacing.y = 8.0;
    ui.add_space(6.0);
    chosen
}

fn way_ui(ui: &mut Ui, words: &str, digit: Option<usize>, chosen: bool) -> bool {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), theme::ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, words));
    let ground = match (chosen, response.hovered()) {
        (true, _) => tokens.selected,
        (false, true) => tokens.hover,
        (false, false) => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS), ground);
    let at = egui::pos2(rect.left() + 16.0, rect.center().y);
    if chosen {
        let font = theme::icon_font(14.0);
        ui.painter().text(at, egui::Align2::CENTER_CENTER, icon::CHECK, font, tokens.accent_text);
    } else if let Some(digit) = digit {
        cells::key_cap(ui, at, &digit.to_string());
    }
    let text = rect.with_min_x(rect.left() + 34.0);
    parts::grid::elided(ui, text, words, theme::body_font(), tokens.strong, false);
    if response.has_focus() {
        parts::focus_ring(ui, rect);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

/// What it comes to.
fn look_ui(ui: &mut Ui, out: &mut Outbox, look: Option<&Fact<Answered>>) {
    match look {
        None => {}
        Some(Fact::Waiting) => drop(ui.label(theme::small("Counting what that comes to…").color(tokens(ui).quiet))),
        Some(Fact::Failed(error)) => parts::error_ui(ui, error, out, |_| {}),
        Some(Fact::Here(answered)) => answered_ui(ui, answered),
    }
}

/// How many are decided, and why others stay.
pub(super) fn answered_ui(ui: &mut Ui, answered: &Answered) {
    let words = format!("{} will be decided", format::count(answered.decided, "conflict", "conflicts"));
    let meaning = if answered.decided > 0 { Meaning::Good } else { Meaning::Attention };
    ui.horizontal(|ui| {
        let tint = tokens(ui).tint(meaning).strong;
        ui.label(egui::RichText::new(parts::meaning_icon(meaning)).size(14.0).color(tint));
        ui.add(Label::new(theme::medium(words).color(tokens(ui).strong)));
    });
    for (why, count) in &answered.left {
        let stay = if *count == 1 { "stays as it is" } else { "stay as they are" };
        let words = format!("{} {stay}: {why}", format::number(*count));
        parts::note_ui(ui, Meaning::Attention, &words);
    }
}
