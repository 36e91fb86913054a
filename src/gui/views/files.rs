//! The question for a file, and the list of what was left out of one.

use crate::gui::command::{Command, Outbox};
use crate::gui::designing::{Form, Rows};
use crate::gui::draft::{Draft, FileQuestion, Purpose};
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use egui::{Id, Key, Label, Modal, RichText, ScrollArea, Ui};

/// The question: its path, and the button that does it.
pub(super) fn ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(mut question) = draft.files.take() else { return };
    let mut done = false;
    let modal = Modal::new(Id::unique("file question")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(540.0);
        let (title, help) = words(&question.purpose);
        parts::section_ui(ui, &title, |_| {});
        if let Purpose::Export(_, _, form) = question.purpose {
            forms_ui(ui, &mut question, form);
        }
        ui.add(Label::new(theme::small(help).color(tokens(ui).quiet)).wrap());
        let writes = question.purpose.writes();
        let name = if writes { "Save as" } else { "Path of the file" };
        let field = parts::path_ui(ui, name, "/home/me/countries.csv", &mut question.path);
        let empty = question.path.trim().is_empty();
        done = field.lost_focus() && !empty && ui.input(|input| input.key_pressed(Key::Enter));
        if ui.memory(|memory| memory.focused().is_none()) {
            field.request_focus();
        }
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let why_not = empty.then_some("Say which file first");
            let (verb, mark) = if writes { ("Save", icon::DOWNLOAD) } else { ("Read", icon::UPLOAD) };
            done |= Press::new(verb)
                .name(&format!("{verb} the file"))
                .icon(mark)
                .primary()
                .why_not(why_not)
                .ui(ui)
                .clicked();
            let pick = if writes { "Choose a folder…" } else { "Pick a file…" };
            if !state.no_dialog && Press::new(pick).icon(icon::FOLDER_OPEN).ui(ui).clicked() {
                let name = std::path::Path::new(&question.path).file_name();
                let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                out.push(Command::PickPlace { save: writes, title, name, filter: question.purpose.filter() });
            }
            if Press::new("Cancel").ui(ui).clicked() {
                ui.close();
            }
        });
    });
    if done || !shown.should_close() {
        draft.files = Some(question);
    }
    if done {
        draft.file_answered(out);
    }
}

fn forms_ui(ui: &mut Ui, question: &mut FileQuestion, form: Form) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(2.0, 2.0);
        for other in Form::ALL {
            let press = Press::new(other.label()).low().quiet().chosen(other == form);
            if press.ui(ui).on_hover_text(other.help()).clicked() {
                question.choose_form(other);
            }
        }
    });
}

fn words(purpose: &Purpose) -> (String, &'static str) {
    let of = |place: &Rows| match place {
        Rows::Map { target, .. } => format!("the value map of {target}"),
        Rows::Table(_) => "the table".to_owned(),
    };
    match purpose {
        Purpose::Export(_, name, form) => (format!("Export {name}"), form.help()),
        Purpose::ReadErrors { run, .. } => (
            format!("Corrected rows of run {}", run.0),
            "A file that was exported here. Its rows are found by sf__Row, and the cells that changed are taken",
        ),
        Purpose::WriteErrors(_) => (
            "Export the rows of this cause".to_owned(),
            "All columns as they are corrected, with sf__Error, sf__Row and sf__Tries. A name that ends in .xlsx makes a workbook",
        ),
        Purpose::WriteConflicts(_) => (
            "Decide in a spreadsheet".to_owned(),
            "A line for each field in dispute. Write keep and the name of an end, keep last-agreed, or value into the column Decision, \
             then take the file in again. A name that ends in .csv makes a CSV, whose cells Excel may take for numbers or formulas",
        ),
        Purpose::ReadDecisions => (
            "Decisions from a spreadsheet".to_owned(),
            "A file that was exported here. What was changed since is not decided by it, and said line by line",
        ),
        Purpose::AddSchema => (
            "Objects and fields from a file".to_owned(),
            "JSON in the words of the Metadata API, as linkspan practice add-schema takes it",
        ),
        Purpose::PlayDays => (
            "Play bad days from a file".to_owned(),
            "JSON: one bad day, a list of them, or a script with a seed, as linkspan practice fault takes it",
        ),
        Purpose::ReplaceSource => (
            "Replace the file".to_owned(),
            "It is read as the one before, where that fits. With * or ? in its name, each run reads the newest file that fits",
        ),
        Purpose::ReadTable(place @ Rows::Map { .. }) => (
            format!("Read {} from a file", of(place)),
            "Its first column says what is in the rows, its second what it becomes. What is listed already gets its new meaning",
        ),
        Purpose::ReadTable(place) => {
            (format!("Read {} from a file", of(place)), "Its columns and rows take the place of what is there")
        }
        Purpose::WriteTable(place) => {
            (format!("Write {} into a file", of(place)), "CSV with a header: UTF-8, separated by commas")
        }
    }
}

/// What was left out of a file, each with its place and the reason.
pub(super) fn left_out_ui(ui: &Ui, draft: &mut Draft) {
    let Some((title, list)) = draft.left_out.clone() else { return };
    let modal = Modal::new(Id::unique("left out")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(600.0);
        parts::section_ui(ui, &title, |ui| {
            if Press::icon_only(icon::X, "Close the list").low().ui(ui).clicked() {
                ui.close();
            }
        });
        let words = "This is left out, and nothing else; the integration here keeps what it says";
        ui.label(theme::small(words).color(tokens(ui).quiet));
        ui.add_space(4.0);
        ScrollArea::vertical().max_height(360.0).auto_shrink([false, true]).show(ui, |ui| {
            for left in list.iter() {
                ui.horizontal_top(|ui| {
                    ui.label(RichText::new(icon::CIRCLE_MINUS).size(13.0).color(tokens(ui).attention.strong));
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 1.0;
                        if !left.place.is_empty() {
                            ui.add(Label::new(theme::mono(&left.place).color(tokens(ui).quiet)).wrap());
                        }
                        ui.add(Label::new(RichText::new(&left.why).color(tokens(ui).text)).wrap());
                    });
                });
            }
        });
    });
    if shown.should_close() {
        draft.left_out = None;
    }
}
