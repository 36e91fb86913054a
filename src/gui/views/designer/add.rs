//! Adding a step: a source, an object, and what happens there.

use crate::connect::Operation;
use crate::gui::action::Action;
use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::draft::designer::Adding;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, icon, tokens};
use egui::{Id, Key, Modal, Ui};

/// The operations and their words.
pub(super) const OPERATIONS: [(Operation, &str, &str); 4] = [
    (Operation::Insert, "Insert", "makes a record of each row"),
    (Operation::Update, "Update", "changes records that are there"),
    (Operation::Upsert, "Upsert", "changes records, and makes those that are missing"),
    (Operation::Delete, "Delete", "deletes records"),
];

pub(super) fn ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(mut adding) = draft.designer.adding.take() else { return };
    let mut path = None;
    let mut add = false;
    let modal = Modal::new(Id::unique("add step")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(520.0);
        parts::section_ui(ui, "Add an object", |_| {});
        path = source_ui(ui, state, draft, &mut adding, out);
        ui.add_space(4.0);
        target_ui(ui, state, &mut adding);
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let why_not = match () {
                () if adding.source.is_none() && adding.asks => Some("Try the query first"),
                () if adding.source.is_none() => Some("Choose where its rows come from"),
                () if adding.object.is_empty() => Some("Choose an object"),
                () => None,
            };
            add = Press::new("Add").primary().why_not(why_not).ui(ui).clicked();
            if Press::new("Cancel").ui(ui).clicked() {
                ui.close();
            }
        });
    });
    if shown.should_close() && !add {
        return;
    }
    draft.designer.adding = Some(adding);
    if let Some(path) = path {
        draft.designer.look_for_step(path, state, out);
    }
    if add {
        draft.designer.add_step();
    }
}

/// Where rows come from: a source of another step, or a file. Gives back the path of a file to look at.
fn source_ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    adding: &mut Adding,
    out: &mut Outbox,
) -> Option<std::path::PathBuf> {
    let mut known = Vec::new();
    for step in &draft.designer.integration().steps {
        if !known.contains(&step.source) {
            known.push(step.source.clone());
        }
    }
    ui.label(theme::small("Rows from").color(tokens(ui).quiet));
    if !known.is_empty() {
        ui.horizontal_wrapped(|ui| {
            for source in known {
                let chosen = adding.source.as_ref() == Some(&source);
                let name = source.name();
                let press = Press::new(&name).icon(icon::FILE_SPREADSHEET).chosen(chosen);
                if press.ui(ui).on_hover_text("The same rows make records of several objects").clicked() {
                    adding.asks = false;
                    adding.forget_trial();
                    adding.source = Some(source);
                    adding.path.clear();
                }
            }
        });
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (asks, name, mark) in [(false, "A file", icon::FILE_SPREADSHEET), (true, "A query of an org", icon::CLOUD)]
        {
            if Press::new(name).icon(mark).low().quiet().chosen(adding.asks == asks).ui(ui).clicked() {
                adding.asks = asks;
                adding.forget_trial();
            }
        }
    });
    if adding.asks {
        if super::query::ui(ui, state, adding, out) {
            adding.try_query(out);
        }
        return None;
    }
    file_ui(ui, state, draft, adding, out)
}

/// The file. Gives back the path of one to look at.
fn file_ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    adding: &mut Adding,
    out: &mut Outbox,
) -> Option<std::path::PathBuf> {
    let mut look = false;
    ui.horizontal(|ui| {
        let edit = egui::TextEdit::singleline(&mut adding.path).font(egui::TextStyle::Monospace);
        let edit = edit.hint_text("/home/me/customers.csv").desired_width(360.0);
        let field = ui.add(edit.margin(egui::Margin::symmetric(8, 5))).accessible_name("Path of a file");
        look = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if adding.path.is_empty() && adding.source.is_none() && ui.memory(|memory| memory.focused().is_none()) {
            field.request_focus();
        }
        look |= Press::new("Look").name("Look at the file").enabled(!adding.path.is_empty()).ui(ui).clicked();
        if !state.no_dialog && Press::icon_only(icon::FOLDER_OPEN, "Pick a file").ui(ui).clicked() {
            Action::OpenFile.perform(state, draft, out);
        }
    });
    match (&state.design.new_file, adding.looking()) {
        (_, true) => {
            ui.label(theme::small("Reading the file…").color(tokens(ui).quiet));
        }
        (Some((_, Fact::Failed(error))), false) if adding.source.is_none() && !adding.path.is_empty() => {
            parts::error_ui(ui, error, out, |_| {});
        }
        _ => {
            if let Some(source) = adding.source.as_ref().filter(|_| !adding.path.is_empty()) {
                parts::note_ui(ui, theme::Meaning::Good, &format!("{} can be read", source.name()));
            }
        }
    }
    look.then(|| adding.path.trim().trim_matches('"').into())
}

fn target_ui(ui: &mut Ui, state: &State, adding: &mut Adding) {
    ui.label(theme::small("Into").color(tokens(ui).quiet));
    ui.horizontal(|ui| {
        let orgs = || {
            let orgs = state.orgs.iter().flatten();
            orgs.map(|org| {
                PickItem::new(&org.alias, crate::gui::format::org(org)).icon(parts::org_mark(org.environment))
            })
            .collect()
        };
        let shown = state.org(&adding.org).map_or_else(|| adding.org.clone(), crate::gui::format::org);
        if let Some(org) = Picker::new(Id::unique("add org"), "Org", &shown).width(170.0).ui(ui, orgs) {
            adding.org = org;
            adding.choose_object("");
        }
        let card = state.object(&adding.org, &adding.object);
        let shown = card.map_or(adding.object.as_str(), |card| card.label.as_str());
        let objects = || {
            let cards = state.objects.get(&adding.org).and_then(|fact| fact.here()).into_iter().flatten();
            cards.map(|card| PickItem::new(&card.name, &card.label).detail(&card.name)).collect()
        };
        let picker = Picker::new(Id::unique("add object"), "Object", shown).hint("Choose an object…").width(200.0);
        if let Some(object) = picker.ui(ui, objects) {
            adding.choose_object(&object);
        }
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (operation, name, what) in OPERATIONS {
            let chosen = adding.operation == operation;
            if Press::new(name).low().quiet().chosen(chosen).ui(ui).on_hover_text(what).clicked() {
                adding.operation = operation;
            }
        }
    });
}
