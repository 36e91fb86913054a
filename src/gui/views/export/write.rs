//! The file: its kind and place, the button, how far it is, and exports that stopped.

use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Draft, Screen};
use crate::gui::exporting::ExportAsk;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::{ExportCard, ExportFormat, ExportProgress, ExportState};
use egui::{Align, Frame, Label, Layout, Margin, Panel, Stroke, TextEdit, Ui, Vec2};

/// Ended exports listed.
const LISTED: usize = 10;

pub(super) fn bar_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin::symmetric(16, 10));
    Panel::bottom("export bar").resizable(false).frame(ground).show(ui, |ui| {
        let edge = ui.max_rect().expand2(egui::vec2(16.0, 10.0));
        ui.painter().hline(edge.x_range(), edge.top(), Stroke::new(1.0, tokens(ui).hairline));
        if let Some(progress) = &state.exports.live {
            progress_ui(ui, progress, out);
            return;
        }
        ended_ui(ui, state, draft, out);
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let why_not = why_not(state, draft);
                let press = Press::new("Export").icon(icon::DOWNLOAD).tall().primary().why_not(why_not.as_deref());
                if press.ui(ui).on_hover_text("Ctrl+Enter").clicked() {
                    begin(state, draft, out);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| place_ui(ui, draft));
            });
        });
    });
}

/// Kind of file, and its path.
fn place_ui(ui: &mut Ui, draft: &mut Draft) {
    ui.spacing_mut().item_spacing.x = 4.0;
    for format in ExportFormat::ALL {
        let press = Press::new(format.label()).low().chosen(draft.export.format == format);
        if press.ui(ui).on_hover_text(format.help()).clicked() && draft.export.format != format {
            let end = format!(".{}", draft.export.format.extension());
            draft.export.path = format!("{}.{}", draft.export.path.trim_end_matches(&end), format.extension());
            draft.export.format = format;
        }
    }
    ui.add_space(8.0);
    let width = ui.available_width().max(80.0);
    let edit = TextEdit::singleline(&mut draft.export.path).desired_width(width).margin(Margin::symmetric(8, 5));
    if ui.add(edit).accessible_name("Save as").changed() {
        draft.export.typed_path();
    }
}

fn why_not(state: &State, draft: &Draft) -> Option<String> {
    if let Err(why) = draft.export.soql(state) {
        return Some(why);
    }
    if draft.export.path.trim().is_empty() {
        return Some("Say where the file goes".to_owned());
    }
    let looked = state.exports.looked.as_ref().filter(|_| draft.export.is_current(state));
    looked.and_then(|(_, answer)| answer.as_ref().err()).map(|_| "The query is refused".to_owned())
}

/// Starts the export that is on the screen.
pub(in crate::gui) fn begin(state: &State, draft: &mut Draft, out: &mut Outbox) {
    if state.exports.live.is_none()
        && why_not(state, draft).is_none()
        && let Some(job) = draft.export.job(state)
    {
        out.push(Command::Exporting(ExportAsk::Begin(Box::new(job))));
    }
}

fn progress_ui(ui: &mut Ui, progress: &ExportProgress, out: &mut Outbox) {
    let quiet = tokens(ui).quiet;
    ui.horizontal(|ui| {
        ui.label(theme::medium(progress.stage.label()).color(tokens(ui).strong));
        let mut facts = vec![match progress.total {
            Some(total) => format!("{} of {} rows", format::number(progress.rows), format::number(total)),
            None => format::count(progress.rows, "row", "rows"),
        }];
        if progress.rows_per_second >= 1.0 {
            facts.push(format!("{} rows/s", format::number(progress.rows_per_second.round() as u64)));
        }
        for fact in facts {
            ui.label(theme::small(fact).color(quiet));
        }
        if let Some(waiting) = &progress.waiting {
            parts::note_ui(ui, Meaning::Attention, waiting);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let help = "What is written stays, and the export can be gone on with";
            if Press::new("Stop").icon(icon::SQUARE).name("Stop the export").ui(ui).on_hover_text(help).clicked() {
                out.push(Command::Exporting(ExportAsk::Stop));
            }
        });
    });
    let share = progress.total.filter(|total| *total > 0).map_or(0.0, |total| progress.rows as f32 / total as f32);
    let name = format!("{} rows written", format::number(progress.rows));
    parts::bar_ui(ui, share.min(1.0), Vec2::new(ui.available_width(), 4.0), Meaning::Accent, &name);
}

/// How the last one ended, and what can be done with its file.
fn ended_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    match &state.exports.ended {
        Some(Err(error)) => parts::error_ui(ui, error, out, |_| {}),
        Some(Ok(card)) if card.state == ExportState::Complete => {
            let text = format!("{} in {}", format::count(card.rows, "row", "rows"), card.job.path.display());
            parts::banner_ui(ui, Meaning::Good, &text, None, |ui| {
                if Press::new("Copy the path").icon(icon::COPY).low().ui(ui).clicked() {
                    out.push(Command::Copy(card.job.path.display().to_string()));
                }
                let again =
                    matches!(card.job.format, ExportFormat::Csv | ExportFormat::CsvForExcel | ExportFormat::Xlsx);
                if again && Press::new("Import this file").icon(icon::UPLOAD).low().ui(ui).clicked() {
                    out.push(Command::Inspect(card.job.path.clone()));
                    draft.go(Screen::Import);
                }
            });
        }
        _ => {}
    }
}

/// Exports that stopped, to be gone on with, and the latest that ended.
pub(super) fn list_ui(ui: &mut Ui, state: &State, _draft: &mut Draft, out: &mut Outbox) {
    let Some(list) = state.exports.list.as_ref().filter(|list| !list.is_empty()) else { return };
    ui.add_space(8.0);
    parts::section_ui(ui, "Exports so far", |_| {});
    let live = state.exports.live.as_ref().map(|progress| progress.id);
    for card in list.iter().filter(|card| Some(card.id) != live).take(LISTED) {
        line_ui(ui, card, live.is_none(), out);
    }
}

fn line_ui(ui: &mut Ui, card: &ExportCard, free: bool, out: &mut Outbox) {
    let quiet = tokens(ui).quiet;
    ui.horizontal(|ui| {
        let (meaning, mark) = match card.state {
            ExportState::Complete => (Meaning::Good, icon::CIRCLE_CHECK),
            ExportState::Incomplete => (Meaning::Attention, icon::TRIANGLE_ALERT),
            _ => (Meaning::Plain, icon::CIRCLE_DASHED),
        };
        parts::pill_ui(ui, meaning, mark, card.state.label());
        let name = card.job.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        ui.label(theme::medium(format::middle(&name, 40)).color(tokens(ui).strong))
            .on_hover_text(card.job.path.display().to_string());
        ui.label(theme::small(format::count(card.rows, "row", "rows")).color(quiet));
        if card.state == ExportState::Incomplete {
            let why_not = (!free).then_some("Another export is at work");
            if Press::new("Go on").icon(icon::PLAY).low().why_not(why_not).ui(ui).clicked() {
                out.push(Command::Exporting(ExportAsk::Resume(card.id)));
            }
            if Press::new("Give up").icon(icon::TRASH_2).low().quiet().ui(ui).clicked() {
                out.push(Command::Exporting(ExportAsk::Discard(card.id)));
            }
        }
        ui.add(Label::new(theme::small(format::one_line(&card.job.soql)).color(quiet)).truncate());
    });
}
