//! The objects in load order, and what of them is on the screen.

use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::draft::designer::{Tab, both_ways};
use crate::gui::format;
use crate::gui::parts::Press;
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::integration::Step;
use egui::scroll_area::ScrollBarVisibility;
use egui::{Align, Frame, Key, Layout, Margin, Mesh, Modifiers, Panel, Popup, Rect, ScrollArea, Ui};

const HEIGHT: f32 = 40.0;

/// Width over which objects fade where the strip goes on.
const FADE: f32 = 28.0;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, _out: &mut Outbox) {
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin::symmetric(16, 0));
    Panel::top("designer strip").exact_size(HEIGHT).resizable(false).frame(ground).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                tabs_ui(ui, draft);
                both_ways_ui(ui, draft);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    scrolled_ui(ui, state, draft);
                });
            });
        });
    });
}

/// Whether the step goes both ways, and the way to how.
fn both_ways_ui(ui: &mut Ui, draft: &mut Draft) {
    let Some(step) = draft.designer.at() else { return };
    let both = step.sync.is_some();
    if !both && both_ways::why_not(step).is_some() {
        return;
    }
    let (text, help) = match both {
        true => ("↔ Both ways", "How both ends are kept in step: who is right, what deletions do, where keys are kept"),
        false => {
            ("→ One way", "It loads from its source into its object. It can also go both ways, and keep both in step")
        }
    };
    // From the right: apart from what chooses between the drawing and its runs.
    ui.add_space(12.0);
    let shown = draft.designer.inspector && draft.designer.hand.field.is_none();
    let press = Press::new(text).name("One way or both ways").quiet().low().chosen(both && shown);
    if press.ui(ui).on_hover_text(help).clicked() {
        draft.designer.show_settings();
    }
}

/// The objects, as far as there is room; where they go on, they fade, and an arrow goes there.
fn scrolled_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let area = ScrollArea::horizontal().id_salt("steps");
    let mut area = area.scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden);
    if let Some(offset) = draft.designer.strip_offset.take() {
        area = area.horizontal_scroll_offset(offset);
    }
    let shown = area.show(ui, |ui| {
        ui.horizontal_centered(|ui| steps_ui(ui, state, draft));
    });
    let (inner, offset) = (shown.inner_rect, shown.state.clamped_offset().x);
    let most = shown.content_size.x - inner.width();
    let mut moved = 0.0;
    if offset > 1.0 && more_ui(ui, inner, false) {
        moved = -inner.width() * 0.7;
    }
    if offset < most - 1.0 && more_ui(ui, inner, true) {
        moved = inner.width() * 0.7;
    }
    if moved != 0.0 {
        draft.designer.strip_offset = Some((offset + moved).clamp(0.0, most.max(0.0)));
        ui.ctx().request_repaint();
    }
}

/// A fade at one end of the strip, and the arrow on it. Gives back whether it was clicked.
fn more_ui(ui: &mut Ui, strip: Rect, right: bool) -> bool {
    let tokens = tokens(ui);
    let (whole, clear) = (tokens.canvas, tokens.canvas.gamma_multiply(0.0));
    let button = 26.0;
    let (solid, fade) = if right {
        let solid = strip.with_min_x(strip.right() - button);
        (solid, strip.with_min_x(solid.left() - FADE).with_max_x(solid.left()))
    } else {
        let solid = strip.with_max_x(strip.left() + button);
        (solid, strip.with_min_x(solid.right()).with_max_x(solid.right() + FADE))
    };
    let mut mesh = Mesh::default();
    let (left_colour, right_colour) = if right { (clear, whole) } else { (whole, clear) };
    mesh.colored_vertex(fade.left_top(), left_colour);
    mesh.colored_vertex(fade.right_top(), right_colour);
    mesh.colored_vertex(fade.right_bottom(), right_colour);
    mesh.colored_vertex(fade.left_bottom(), left_colour);
    mesh.add_triangle(0, 1, 2);
    mesh.add_triangle(0, 2, 3);
    ui.painter().add(mesh);
    ui.painter().rect_filled(solid, 0.0, whole);
    let (mark, name) = if right { ("›", "More objects to the right") } else { ("‹", "More objects to the left") };
    let at = Rect::from_center_size(solid.center(), egui::vec2(button, theme::CONTROL));
    ui.scope_builder(egui::UiBuilder::new().max_rect(at), |ui| {
        Press::new(mark).name(name).quiet().low().ui(ui).clicked()
    })
    .inner
}

fn tabs_ui(ui: &mut Ui, draft: &mut Draft) {
    for (tab, name) in [(Tab::History, "History"), (Tab::Design, "Design")] {
        if Press::new(name).quiet().chosen(draft.designer.tab == tab).ui(ui).clicked() {
            draft.designer.tab = tab;
        }
    }
}

fn steps_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    ui.spacing_mut().item_spacing.x = 4.0;
    let steps = draft.designer.integration().steps.clone();
    for (at, step) in steps.iter().enumerate() {
        if at > 0 {
            ui.label(egui::RichText::new(icon::ARROW_RIGHT).size(13.0).color(tokens(ui).quiet));
        }
        step_ui(ui, state, draft, at, step, steps.len());
    }
    let empty = steps.is_empty();
    let press = Press::new(if empty { "Add an object…" } else { "Add" }).name("Add an object").icon(icon::PLUS);
    let press = if empty { press.primary() } else { press.quiet() };
    if press.ui(ui).clicked() {
        let preferred = draft.preferences.org.clone();
        draft.designer.begin_step(state, preferred.as_deref());
    }
}

fn step_ui(ui: &mut Ui, state: &State, draft: &mut Draft, at: usize, step: &Step, count: usize) {
    let label = state.object(&step.org, &step.object).map_or(&step.object, |card| &card.label_plural);
    let rows = state.design.look(&step.source).and_then(|fact| fact.here()).and_then(|look| look.rows);
    let rows = rows.map(|rows| format!(" · {}", format::number(rows))).unwrap_or_default();
    let wrong = draft.designer.found(state).iter().filter(|problem| problem.step == at).count() as u64;
    let text = format!("{} {}{rows}", at + 1, format::middle(label, 28));
    let problems = if wrong > 0 { format!(", {}", format::count(wrong, "problem", "problems")) } else { String::new() };
    let name = format!("Step {} of {count}: {label}{problems}", at + 1);
    let here = at == draft.designer.step;
    let mut press = Press::new(&text).name(&name).chosen(here);
    if wrong > 0 {
        press = press.icon(icon::CIRCLE_ALERT).icon_colour(tokens(ui).bad.strong);
    }
    let response = press.ui(ui);
    if response.has_focus() {
        let alt = |key| ui.input_mut(|input| input.consume_key(Modifiers::ALT, key));
        if alt(Key::ArrowLeft) && at > 0 {
            draft.designer.move_step(at, at - 1);
        } else if alt(Key::ArrowRight) {
            draft.designer.move_step(at, at + 1);
        }
    }
    if here && draft.designer.reveal_step {
        draft.designer.reveal_step = false;
        response.scroll_to_me(Some(Align::Center));
    }
    if response.on_hover_text(step.sentence()).clicked() {
        draft.designer.show_step(at);
    }
    if here {
        let more = Press::icon_only(icon::ELLIPSIS, &format!("More about {label}")).low().ui(ui);
        Popup::menu(&more).show(|ui| menu_ui(ui, draft, at, count));
    }
}

fn menu_ui(ui: &mut Ui, draft: &mut Draft, at: usize, count: usize) {
    ui.set_min_width(190.0);
    let line = |ui: &mut Ui, words: &str, icon: &'static str, can: bool| {
        let clicked = Press::new(words).icon(icon).line().enabled(can).ui(ui).clicked();
        if clicked {
            ui.close();
        }
        clicked
    };
    let both = draft.designer.integration().steps.get(at).is_some_and(|step| step.sync.is_some());
    let how = if both { "How it is synced…" } else { "How it is loaded…" };
    if line(ui, how, icon::SLIDERS_HORIZONTAL, true) {
        draft.designer.show_settings();
    }
    if line(ui, "Load it earlier", " ", at > 0) {
        draft.designer.move_step(at, at - 1);
    }
    if line(ui, "Load it later", " ", at + 1 < count) {
        draft.designer.move_step(at, at + 1);
    }
    if line(ui, "Remove", icon::TRASH_2, true) {
        draft.designer.remove_step(at);
    }
    if line(ui, "Rename the integration…", icon::PENCIL, true) {
        draft.designer.renaming = Some(draft.designer.integration().name.clone());
    }
}
