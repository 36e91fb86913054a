//! The sheet of suggestions: which column may go into which field, how sure that is and why. Nothing that a person did is touched.

use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::mapping::suggest::Candidate;
use egui::{Align, CornerRadius, Id, Label, Layout, Modal, Rect, RichText, ScrollArea, Sense, Slider, Ui, Vec2};
use std::sync::Arc;

/// Height of a suggestion.
const LINE: f32 = 40.0;

pub(super) fn ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    if !draft.designer.sheet.open {
        return;
    }
    let backdrop = tokens(ui).veil;
    let modal = Modal::new(Id::unique("suggestions")).backdrop_color(backdrop).frame(parts::dialog(ui));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(640.0);
        parts::section_ui(ui, "Suggested mapping", |ui| {
            if Press::icon_only(icon::X, "Close the suggestions").low().ui(ui).clicked() {
                ui.close();
            }
        });
        match draft.designer.candidates(state) {
            Some(Fact::Here(candidates)) => sheet_ui(ui, draft, &candidates.clone()),
            Some(Fact::Failed(error)) => parts::error_ui(ui, error, out, |_| {}),
            Some(Fact::Waiting) | None => parts::waiting_ui(ui, "Matching columns to fields", 6),
        }
    });
    if shown.should_close() {
        draft.designer.sheet.open = false;
    }
}

fn sheet_ui(ui: &mut Ui, draft: &mut Draft, candidates: &Arc<Vec<Candidate>>) {
    let open: Vec<&Candidate> = candidates.iter().filter(|candidate| draft.designer.may_apply(candidate)).collect();
    if open.is_empty() {
        let sentence = if candidates.is_empty() {
            "No free column looks like a free field"
        } else {
            "Everything suggested is mapped"
        };
        parts::empty_ui(ui, icon::SPARKLES, sentence, None);
        return;
    }
    let words = "What is mapped already stays as it is; each suggestion says what speaks for it";
    ui.label(theme::small(words).color(tokens(ui).quiet));
    ui.add_space(4.0);
    let mut apply: Vec<Candidate> = Vec::new();
    let height = LINE * open.len().min(9) as f32;
    let area = ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink([false, true]);
    ui.spacing_mut().item_spacing.y = 0.0;
    area.show_rows(ui, LINE, open.len(), |ui, range| {
        for candidate in &open[range] {
            if line_ui(ui, candidate) {
                apply.push((*candidate).clone());
            }
        }
    });
    ui.spacing_mut().item_spacing.y = 8.0;
    ui.add_space(10.0);
    ui.horizontal(|ui| {
        let least = &mut draft.designer.sheet.least;
        let label = ui.label(theme::small("At least").color(tokens(ui).quiet));
        ui.add(Slider::new(least, 30..=95).suffix(" %").trailing_fill(true)).labelled_by(label.id);
        let sure: Vec<&&Candidate> = open.iter().filter(|candidate| candidate.confidence >= *least).collect();
        let text = format!("Apply {}", format::count(sure.len() as u64, "suggestion", "suggestions"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let why_not = sure.is_empty().then_some("None is as sure as that");
            if Press::new(&text).primary().why_not(why_not).ui(ui).clicked() {
                apply = sure.iter().map(|candidate| (**candidate).clone()).collect();
                ui.close();
            }
        });
    });
    draft.designer.apply(&apply);
}

/// One suggestion. Gives back whether it is applied.
fn line_ui(ui: &mut Ui, candidate: &Candidate) -> bool {
    let tokens = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), LINE), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, tokens.hairline.gamma_multiply(0.6)));
    let meaning = match candidate.confidence {
        75.. => Meaning::Good,
        50..75 => Meaning::Information,
        _ => Meaning::Attention,
    };
    let tint = tokens.tint(meaning);
    let share = Rect::from_min_size(rect.left_center() + Vec2::new(2.0, -9.0), Vec2::new(44.0, 18.0));
    ui.painter().rect_filled(share, CornerRadius::same(9), tint.faint);
    let text = format!("{} %", candidate.confidence);
    let font = theme::medium_font(11.5);
    ui.painter().text(share.center(), egui::Align2::CENTER_CENTER, text, font, tint.strong);
    let inner = rect.with_min_x(rect.left() + 56.0);
    let mut clicked = false;
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner).id_salt(&candidate.target), |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = format!("Map {} to {}", candidate.column, candidate.target);
            clicked = Press::new("Apply").name(&name).low().ui(ui).clicked();
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                let column = format::middle(&candidate.column, 24);
                ui.label(theme::medium(column).color(tokens.strong));
                ui.label(RichText::new(icon::ARROW_RIGHT).size(12.0).color(tokens.quiet));
                ui.label(theme::medium(format::middle(&candidate.target, 28)).color(tokens.strong));
                let why: Vec<&str> = candidate.evidence.iter().map(|evidence| evidence.text.as_str()).collect();
                let response = ui.add(Label::new(theme::small(why.join("; ")).color(tokens.quiet)).truncate());
                response.on_hover_ui(|ui| {
                    for evidence in &candidate.evidence {
                        let sign = if evidence.weight < 0 { "−" } else { "+" };
                        ui.label(format!("{sign}{}  {}", evidence.weight.abs(), evidence.text));
                    }
                });
            });
        });
    });
    clicked
}
