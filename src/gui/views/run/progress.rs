//! Where a run stands: four counters that list their rows, a thin bar, and how fast it goes.

use super::equation::list;
use crate::connect::{Api, Outcome};
use crate::engine::{Phase, Progress};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts;
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::{RowFilter, RunCard};
use egui::{Align2, CornerRadius, CursorIcon, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};
use std::time::Duration;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, card: &RunCard) {
    let Some(progress) = state.live.get(&card.run.id) else {
        parts::waiting_ui(ui, "Another process works on this run", 1);
        return;
    };
    let done = progress.tally.total();
    let attention = progress.tally.attention();
    let fine = done - attention;
    let queued = progress.read.saturating_sub(done + progress.in_flight);
    ui.add_space(2.0);
    ui.columns(4, |columns| {
        let counters = [
            ("Queued", queued, icon::CIRCLE_DASHED, Meaning::Plain, waiting()),
            ("In flight", progress.in_flight, icon::SEND, Meaning::Accent, waiting()),
            ("Done", fine, icon::CIRCLE_CHECK, Meaning::Good, through()),
            ("Failed", attention, icon::CIRCLE_X, Meaning::Bad, held()),
        ];
        for (ui, (name, count, icon, meaning, filter)) in columns.iter_mut().zip(counters) {
            let chosen = draft.run.filter == filter;
            if counter_ui(ui, name, count, icon, meaning, chosen).clicked() {
                list(draft, if chosen { RowFilter::default() } else { filter });
            }
        }
    });
    let share = if progress.read_all && progress.read > 0 { done as f32 / progress.read as f32 } else { 0.0 };
    let name = format!("{} of {} rows done", format::number(done), format::number(progress.read));
    parts::bar_ui(ui, share, Vec2::new(ui.available_width(), 4.0), Meaning::Accent, &name);
    if let Some((until, why)) = &progress.paused {
        paused_ui(ui, state.now, *until, why);
    }
    line_ui(ui, progress, done);
}

/// Why nothing is sent now, and when it goes on by itself.
fn paused_ui(ui: &mut Ui, now: i64, until: i64, why: &str) {
    let left = Duration::from_millis(u64::try_from(until - now).unwrap_or_default());
    // Seconds of a time so long would only flicker.
    let left = if left.as_secs() >= 60 { Duration::from_secs(left.as_secs().div_ceil(60) * 60) } else { left };
    let left = match left.as_secs() {
        0 => String::new(),
        seconds @ 60..3_600 => format!(", in {} min", seconds / 60),
        _ => format!(", in {}", format::duration(left)),
    };
    let text = format!("Paused. It goes on by itself at {}{left}", format::until(until, now));
    let mut letters = why.chars();
    let why: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let hint = format!("{why}. Cancel stops it now; the rest can be continued at any time.");
    parts::banner_ui(ui, Meaning::Information, &text, Some(&hint), |_| {});
    ui.ctx().request_repaint_after(Duration::from_secs(10));
}

fn line_ui(ui: &mut Ui, progress: &Progress, done: u64) {
    let tokens = tokens(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        let doing = if progress.paused.is_some() { "Paused" } else { progress.phase.label() };
        let phase = if progress.steps > 1 {
            format!("{doing} ({} of {})", progress.step + 1, progress.steps)
        } else {
            doing.to_owned()
        };
        ui.label(theme::medium(phase).color(tokens.strong));
        if let Some(waiting) = progress.waiting.as_ref().filter(|_| progress.paused.is_none()) {
            parts::note_ui(ui, Meaning::Attention, waiting);
        }
        let read = if progress.read_all { "read" } else { "read so far" };
        let mut facts = vec![format!("{} {read}", format::count(progress.read, "row", "rows"))];
        if progress.read_all {
            facts.push(format::percent(done, progress.read));
        }
        if progress.paused.is_none() && progress.rows_per_second >= 0.5 && progress.phase != Phase::Waiting {
            facts.push(format!("{} rows/s", format::number(progress.rows_per_second.round() as u64)));
        }
        // A job answers all at once, when it ends: until then nobody can tell.
        if let Some(left) = progress.left.filter(|_| progress.paused.is_none() && progress.phase != Phase::Waiting) {
            facts.push(format!("{} left", format::duration(left)));
        }
        // A database is written without any.
        if progress.calls > 0 || !matches!(progress.api, Some((Api::Direct, _))) {
            facts.push(format::count(progress.calls, "API call", "API calls"));
        }
        for fact in facts {
            ui.label(theme::small(fact).color(tokens.quiet));
        }
    });
}

fn waiting() -> RowFilter {
    RowFilter { waiting: true, ..RowFilter::default() }
}

fn through() -> RowFilter {
    let outcomes = Outcome::ALL.into_iter().filter(|outcome| !outcome.wants_attention()).collect();
    RowFilter { outcomes, ..RowFilter::default() }
}

fn held() -> RowFilter {
    let outcomes = Outcome::ALL.into_iter().filter(|outcome| outcome.wants_attention()).collect();
    RowFilter { outcomes, ..RowFilter::default() }
}

fn counter_ui(ui: &mut Ui, name: &str, count: u64, icon: &str, meaning: Meaning, chosen: bool) -> Response {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 56.0), Sense::click());
    let said = format!("{name}: {}", format::number(count));
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &said));
    let tint = tokens.tint(meaning).strong;
    let ground = match (chosen, response.hovered()) {
        (true, _) => tokens.selected,
        (false, true) => tokens.hover,
        (false, false) => tokens.surface,
    };
    let line = if chosen { tokens.accent } else { tokens.hairline };
    ui.painter().rect(rect, CornerRadius::same(8), ground, Stroke::new(1.0, line), StrokeKind::Inside);
    if response.has_focus() {
        parts::focus_ring(ui, rect);
    }
    let inner = rect.shrink2(Vec2::new(14.0, 8.0));
    let quiet = count == 0;
    let icon_colour = if quiet { tokens.quiet } else { tint };
    ui.painter().text(
        inner.left_top() + Vec2::new(0.0, 1.0),
        Align2::LEFT_TOP,
        icon,
        theme::icon_font(13.0),
        icon_colour,
    );
    let at = inner.left_top() + Vec2::new(20.0, 0.0);
    ui.painter().text(at, Align2::LEFT_TOP, name, theme::small_font(), tokens.quiet);
    let font = egui::FontId::new(19.0, egui::FontFamily::Name(theme::FAMILY_STRONG.into()));
    let colour = if quiet { tokens.quiet } else { tokens.strong };
    ui.painter().text(inner.left_bottom(), Align2::LEFT_BOTTOM, format::number(count), font, colour);
    response.on_hover_cursor(CursorIcon::PointingHand)
}
