//! All runs, newest first.

use super::heading_ui;
use crate::connect::Outcome;
use crate::gui::action::Action;
use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::store::RunState;
use crate::workspace::RunCard;
use egui::{Align2, CornerRadius, Frame, Margin, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo};

pub(super) const LINE: f32 = 44.0;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    Frame::new().inner_margin(Margin { left: 24, right: 24, top: 24, bottom: 0 }).show(ui, |ui| {
        let Some(runs) = state.runs.as_deref() else {
            heading_ui(ui, "Runs", |_| {});
            parts::waiting_ui(ui, "Reading the project", 6);
            return;
        };
        let attention = runs.iter().filter(|card| card.tally.attention() > 0).count() as u64;
        heading_ui(ui, "Runs", |ui| {
            let mut focus = std::mem::take(&mut draft.focus_filter);
            parts::filter_ui(ui, "Narrow by name or object", 200.0, &mut draft.filter, &mut focus);
        });
        if runs.is_empty() {
            let sentence = "No run yet. Every run stays here with what became of each of its rows.";
            if parts::empty_ui(ui, icon::HISTORY, sentence, Some("Import a file…")) {
                Action::OpenFile.perform(state, draft, out);
            }
            return;
        }
        let only = &mut draft.runs_with_attention;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let all = format!("All {}", format::number(runs.len() as u64));
            if Press::new(&all).low().quiet().chosen(!*only).ui(ui).clicked() {
                *only = false;
            }
            let some = format!("With rows that need attention {}", format::number(attention));
            if Press::new(&some).low().quiet().chosen(*only).ui(ui).clicked() {
                *only = true;
            }
        });
        let only = *only;
        let wanted = draft.filter.to_lowercase();
        let fits = |card: &&RunCard| {
            let step = card.run.steps.first();
            let text = format!("{} {}", card.run.name, step.map_or("", |step| &step.object)).to_lowercase();
            text.contains(&wanted) && (!only || card.tally.attention() > 0)
        };
        let shown: Vec<&RunCard> = runs.iter().filter(fits).collect();
        if shown.is_empty() {
            parts::empty_ui(ui, icon::FUNNEL, "No run fits", None);
            return;
        }
        ui.add_space(4.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        let frame = parts::card(ui).inner_margin(Margin::same(4));
        frame.show(ui, |ui| {
            let area = ScrollArea::vertical().auto_shrink([false, true]).max_height(ui.available_height() - 24.0);
            area.show_rows(ui, LINE, shown.len(), |ui, range| {
                for card in &shown[range] {
                    if line_ui(ui, state, card) {
                        draft.go_to_run(card.run.id, out);
                    }
                }
            });
        });
    });
}

/// One run on a line. Gives back whether it was chosen.
pub(super) fn line_ui(ui: &mut Ui, state: &State, card: &RunCard) -> bool {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), LINE), Sense::click());
    let works = state.works(card.run.id);
    let mark = parts::state_mark(card.run.state);
    let name = format!("Run {}: {}, {}", card.run.id.0, card.run.name, mark.word);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    if response.hovered() {
        ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS), tokens.hover);
    }
    if response.has_focus() {
        parts::focus_ring(ui, rect.shrink(2.0));
    }
    let inner = rect.shrink2(Vec2::new(10.0, 0.0));
    let tint = tokens.tint(mark.meaning).strong;
    let painter = ui.painter().clone();
    painter.text(inner.left_center(), Align2::LEFT_CENTER, mark.icon, theme::icon_font(15.0), tint);
    let when = card.run.began_at;
    let right = painter.text(
        inner.right_center(),
        Align2::RIGHT_CENTER,
        format::ago(when, state.now),
        theme::small_font(),
        tokens.quiet,
    );
    let counts_right = (inner.right() - 116.0).min(right.left() - 16.0);
    let counts_left = counts_right - 290.0_f32.min(inner.width() * 0.42);
    let counts = Rect::from_x_y_ranges(counts_left..=counts_right, inner.y_range());
    let (text, colour) = counts_of(state, card, works, tokens);
    parts::grid::elided(ui, counts, &text, theme::body_font(), colour, true);
    let names = Rect::from_x_y_ranges(inner.left() + 26.0..=counts_left - 12.0, inner.y_range());
    let (top, bottom) = names.split_top_bottom_at_y(names.center().y);
    let top = top.with_min_y(top.min.y + 5.0);
    let bottom = bottom.with_max_y(bottom.max.y - 5.0);
    parts::grid::elided(ui, top, &card.run.name, theme::medium_font(theme::BODY), tokens.strong, false);
    let step = card.run.steps.first();
    let mut about = step.map_or(String::new(), |step| format!("{} in {}", step.sentence, step.org));
    if card.sync {
        about = super::run::did(card);
    }
    if let Some(of) = card.run.retry_of {
        about = format!("Retry of run {}. {about}", of.0);
    }
    if let Some(of) = card.run.undo_of {
        about = format!("Undo of run {}. {about}", of.0);
    } else if let Some(by) = super::run::undone_by(state, card) {
        about = format!("Undone by run {}. {about}", by.0);
    }
    if let Some(trial) = card.run.trial {
        about = format!("Trial of {}. {about}", format::count(trial, "row", "rows"));
    }
    parts::grid::elided(ui, bottom, &about, theme::small_font(), tokens.quiet, false);
    let clicked = response.clicked();
    response.on_hover_text(format!("Run {}, {}, began {}", card.run.id.0, mark.word, format::exact(when)));
    clicked
}

fn counts_of(state: &State, card: &RunCard, works: bool, tokens: &theme::Tokens) -> (String, egui::Color32) {
    if let Some(progress) = state.live.get(&card.run.id).filter(|_| works) {
        let done = format::number(progress.tally.total());
        if let Some((until, _)) = &progress.paused {
            return (format!("Paused until {}", format::until(*until, state.now)), tokens.attention.strong);
        }
        return (
            format!("{}, {done} of {} done", progress.phase.label(), format::number(progress.read)),
            tokens.accent_text,
        );
    }
    let attention = card.tally.attention();
    let fine: u64 = [Outcome::Created, Outcome::Updated, Outcome::Deleted, Outcome::Unchanged]
        .into_iter()
        .map(|outcome| card.tally.of(outcome))
        .sum();
    let mut text = format!("{} of {}", format::number(fine), format::count(card.rows, "row", "rows"));
    if card.unaccounted > 0 {
        return (format!("{text}, {} unaccounted", format::number(card.unaccounted)), tokens.bad.strong);
    }
    if attention > 0 {
        text = format!("{text}, {} need attention", format::number(attention));
        return (text, tokens.attention.strong);
    }
    if card.waiting > 0 && card.run.state == RunState::Running {
        return (format!("{text}, in another window or process"), tokens.accent_text);
    }
    if card.waiting > 0 {
        let (fine, all) = (format::number(fine), format::number(card.rows));
        let text = format!("Incomplete: {fine} of {all}, {} waiting", format::number(card.waiting));
        return (text, tokens.attention.strong);
    }
    (text, tokens.text)
}
