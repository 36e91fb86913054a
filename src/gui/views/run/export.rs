//! Saving the rows of a run: by the system's dialog, or at a path that is typed.

use crate::connect::Outcome;
use crate::gui::command::{Command, ExportKind, Outbox};
use crate::gui::draft::{Draft, ExportDraft, Screen};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::workspace::{ExportRows, RunCard};
use egui::{Id, Modal, Popup, Ui};

/// The button that opens the question.
pub(super) fn button_ui(ui: &mut Ui, draft: &mut Draft, card: &RunCard) {
    let button = Press::new("Export").icon(icon::DOWNLOAD).ui(ui);
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(230.0);
        for rows in [ExportRows::Success, ExportRows::Error] {
            let count = count(card, rows);
            let (name, icon) = match rows {
                ExportRows::Success => ("Rows that got through", icon::CIRCLE_CHECK),
                ExportRows::Error => ("Rows that did not", icon::CIRCLE_X),
            };
            let text = format!("{name}: {}", format::number(count));
            let why_not = (count == 0).then_some("There are none");
            if Press::new(&text).icon(icon).line().why_not(why_not).ui(ui).clicked() {
                draft.run.export = Some(ExportDraft {
                    rows,
                    kind: ExportKind::Workbook,
                    path: path(card, rows, ExportKind::Workbook),
                });
            }
        }
    });
}

/// Opens the question from the keyboard: the rows that did not get through, if there are any.
pub(in crate::gui) fn open(state: &State, draft: &mut Draft) {
    let Screen::Run(run) = draft.screen else { return };
    let Some(card) = state.run(run) else { return };
    let rows = if count(card, ExportRows::Error) > 0 { ExportRows::Error } else { ExportRows::Success };
    draft.run.export =
        Some(ExportDraft { rows, kind: ExportKind::Workbook, path: path(card, rows, ExportKind::Workbook) });
}

/// The question: what kind of file, and where.
pub(super) fn ui(ui: &Ui, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
    let Some(mut export) = draft.run.export.take() else { return };
    let mut done = false;
    let run = card.run.id;
    let modal = Modal::new(Id::unique("export")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui)).show(
        ui.ctx(),
        |ui| {
            ui.set_width(540.0);
            let rows = count(card, export.rows);
            let which = match export.rows {
                ExportRows::Success => "that got through",
                ExportRows::Error => "that did not get through",
            };
            parts::section_ui(ui, &format!("Export {} {which}", format::count(rows, "row", "rows")), |_| {});
            let columns = match export.rows {
                ExportRows::Success => "All columns of the source in its order, with sf__Id and sf__Created",
                ExportRows::Error => "All columns of the source in its order, with sf__Error",
            };
            ui.label(theme::small(columns).color(tokens(ui).quiet));
            ui.horizontal(|ui| {
                for kind in ExportKind::ALL {
                    if Press::new(kind.label()).chosen(export.kind == kind).ui(ui).clicked() && export.kind != kind {
                        let end = format!(".{}", export.kind.extension());
                        export.path = format!("{}.{}", export.path.trim_end_matches(&end), kind.extension());
                        export.kind = kind;
                    }
                }
            });
            let help = match export.kind {
                ExportKind::Workbook => "Ids and leading zeros stay as they are",
                ExportKind::CsvForExcel => {
                    "Opens right with a double click: marked as UTF-8, separated as in this country"
                }
                ExportKind::Csv => "UTF-8, commas, for other programs",
            };
            ui.label(theme::small(help).color(tokens(ui).quiet));
            parts::path_ui(ui, "Save as", "/home/me/errors.xlsx", &mut export.path);
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                let why_not = export.path.trim().is_empty().then_some("Say where first");
                if Press::new("Save").icon(icon::DOWNLOAD).primary().why_not(why_not).ui(ui).clicked() {
                    let path = export.path.trim().into();
                    out.push(Command::Export { run, rows: export.rows, kind: export.kind, path });
                    done = true;
                }
                if Press::new("Choose a folder…").icon(icon::FOLDER_OPEN).ui(ui).clicked() {
                    let name = std::path::Path::new(&export.path).file_name();
                    let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                    out.push(Command::PickExport { run, rows: export.rows, kind: export.kind, name });
                    draft.run.export_asked = Some(export.clone());
                    done = true;
                }
                if Press::new("Cancel").ui(ui).clicked() {
                    ui.close();
                }
            });
        },
    );
    if !done && !modal.should_close() {
        draft.run.export = Some(export);
    }
}

fn count(card: &RunCard, rows: ExportRows) -> u64 {
    match rows {
        ExportRows::Success => {
            let through = [Outcome::Created, Outcome::Updated, Outcome::Deleted, Outcome::Unchanged];
            through.into_iter().map(|outcome| card.tally.of(outcome)).sum()
        }
        ExportRows::Error => card.tally.attention() + card.tally.of(Outcome::Skipped),
    }
}

/// Beside the documents of the person, named after the run.
fn path(card: &RunCard, rows: ExportRows, kind: ExportKind) -> String {
    let word = match rows {
        ExportRows::Success => "success",
        ExportRows::Error => "error",
    };
    let safe = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    let name: String = card.run.name.chars().map(safe).collect();
    let name = name.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
    let file = format!("{name}_run{}_{word}.{}", card.run.id.0, kind.extension());
    let folder = directories::UserDirs::new()
        .map(|dirs| dirs.download_dir().or(dirs.document_dir()).unwrap_or(dirs.home_dir()).to_owned());
    folder.map_or(file.clone(), |folder| folder.join(&file).display().to_string())
}
