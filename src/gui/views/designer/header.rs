//! The line above: what the step does in words, what is wrong, and what can be done with the whole.

use crate::connect::Operation;
use crate::gui::action::{self, Action};
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Confirm, Decision, Draft};
use crate::gui::format;
use crate::gui::parts::Press;
use crate::gui::state::State;
use crate::gui::syncing::SyncOf;
use crate::gui::theme::{self, icon, tokens};
use crate::integration::Step;
use egui::{Align, Frame, Key, Label, Layout, Margin, Panel, Popup, TextEdit, Ui};

const HEIGHT: f32 = 44.0;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin::symmetric(16, 0));
    Panel::top("designer header").exact_size(HEIGHT).resizable(false).frame(ground).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                buttons_ui(ui, state, draft, out);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| words_ui(ui, state, draft));
            });
        });
    });
}

fn words_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let tokens = tokens(ui);
    if name_ui(ui, draft) {
        return;
    }
    let designer = &draft.designer;
    let sentence = designer.at().map_or_else(|| "Nothing is designed yet".to_owned(), Step::sentence);
    let rows = designer.file(state).and_then(|file| file.rows);
    let one_way = designer.at().filter(|step| step.sync.is_none());
    let why = one_way.zip(rows).map(|(step, rows)| step.api_for(rows).1);
    ui.add(Label::new(theme::medium(&sentence).color(tokens.strong)).truncate());
    if let Some(why) = why.filter(|_| ui.available_width() > 220.0) {
        ui.add(Label::new(theme::small(why).color(tokens.quiet)).truncate());
    }
}

/// The name, while it is changed. Gives back whether it is.
fn name_ui(ui: &mut Ui, draft: &mut Draft) -> bool {
    let Some(mut name) = draft.designer.renaming.take() else { return false };
    let edit = TextEdit::singleline(&mut name).id(egui::Id::unique("name of the integration"));
    let edit = edit.hint_text("What the integration is called").desired_width(260.0);
    let response = ui.add(edit.margin(Margin::symmetric(8, 5))).accessible_name("Name of the integration");
    // It is there for as long as it has the focus, also where something else had it before.
    if !response.has_focus() && !response.lost_focus() {
        response.request_focus();
    }
    let (enter, escape) = ui.input(|input| (input.key_pressed(Key::Enter), input.key_pressed(Key::Escape)));
    if !response.lost_focus() {
        draft.designer.renaming = Some(name);
    } else if !escape || enter {
        let name = name.trim().to_owned();
        if !name.is_empty() {
            draft.designer.change("Rename", |integration| integration.name = name);
        }
    }
    true
}

fn buttons_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    if draft.designer.at().is_none() {
        return;
    }
    menu_ui(ui, draft);
    run_ui(ui, state, draft, out);
    let unsaved = draft.designer.unsaved();
    let save = Press::new("Save").icon(icon::BOOKMARK).name("Save the integration");
    let why_not = (!unsaved).then_some("All changes are saved");
    if save.why_not(why_not).ui(ui).on_hover_text(action::tooltip(Action::Keep)).clicked() {
        draft.designer.save(out);
    }
    if ui.available_width() > 620.0 {
        let words = if unsaved { "Unsaved changes" } else { "All changes saved" };
        ui.label(theme::small(words).color(tokens(ui).quiet));
    }
    if Press::new("Suggest").icon(icon::SPARKLES).name("Suggest a mapping").ui(ui).clicked() {
        draft.designer.open_sheet();
    }
    let redo = draft.designer.redoes().map(|what| format!("Do again: {what}"));
    let press = Press::icon_only(icon::REDO_2, redo.as_deref().unwrap_or("Nothing to do again"));
    if press.enabled(redo.is_some()).ui(ui).clicked() {
        draft.designer.redo();
    }
    let undo = draft.designer.undoes().map(|what| format!("Take back: {what}"));
    let press = Press::icon_only(icon::UNDO_2, undo.as_deref().unwrap_or("Nothing to take back"));
    if press.enabled(undo.is_some()).ui(ui).clicked() {
        draft.designer.undo();
    }
    badge_ui(ui, state, draft);
}

/// What else there is for the whole.
fn menu_ui(ui: &mut Ui, draft: &mut Draft) {
    let more = Press::icon_only(icon::ELLIPSIS, "More about the integration").ui(ui);
    Popup::menu(&more).show(|ui| {
        ui.set_min_width(220.0);
        let count = draft.designer.integration().tables.len();
        let tables = if count == 0 { "Tables…".to_owned() } else { format!("Tables ({count})…") };
        if Press::new(&tables).name("Tables of the integration").icon(icon::TABLE_2).line().ui(ui).clicked() {
            draft.designer.tables.open = Some(0);
            ui.close();
        }
        let both = draft.designer.at().is_some_and(|step| step.sync.is_some());
        let how = if both { "How it is synced…" } else { "How it is loaded…" };
        if Press::new(how).icon(icon::SLIDERS_HORIZONTAL).line().ui(ui).clicked() {
            draft.designer.show_settings();
            ui.close();
        }
        if Press::new("Export…").name("Export the integration").icon(icon::DOWNLOAD).line().ui(ui).clicked() {
            let name = draft.designer.integration().name.clone();
            draft.ask_for_export(None, &name);
            ui.close();
        }
        if Press::new("Rename…").icon(icon::PENCIL).line().ui(ui).clicked() {
            draft.designer.renaming = Some(draft.designer.integration().name.clone());
            ui.close();
        }
    });
}

/// The button that starts it, with what it does and where.
fn run_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(step) = draft.designer.at() else { return };
    if step.sync.is_some() {
        return sync_ui(ui, state, draft, out);
    }
    let production = draft.designer.production(state).is_some();
    let card = state.org(&step.org).filter(|_| step.into.is_none());
    let org = card.map_or_else(|| step.place(), format::org);
    let label = format!("Run in {}", format::middle(&org, 28));
    let starting = state.working.values().any(|words| words == "Starting");
    let why_not = match () {
        () if starting => Some("It is being started"),
        () if draft.designer.id.is_none() => Some("Save it first"),
        () if !draft.designer.ready(state) && draft.designer.found(state).is_empty() => Some("It is being checked"),
        () if !draft.designer.ready(state) => Some("Mend the problems first"),
        () => None,
    };
    let press = Press::new(&label).why_not(why_not);
    let press = if production { press.danger().icon(icon::LOCK) } else { press.primary().icon(icon::PLAY) };
    if press.ui(ui).clicked() {
        start(state, draft, out);
    }
    // It reads the drawing as it is, saved or not.
    let why_not_dry = (!draft.designer.ready(state)).then_some("Mend the problems first");
    let dry = Press::icon_only(icon::EYE, "Dry run").why_not(why_not_dry).ui(ui);
    if dry.on_hover_text("Dry run: look at every row and say what would happen; nothing is written").clicked() {
        crate::gui::views::look_dry(state, draft, out);
    }
}

/// The button that syncs it, and the one that looks at what that would do.
fn sync_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let of = SyncOf::design(&draft.designer, state);
    let first = of.as_ref().is_none_or(|of| of.first);
    let why_not = match () {
        () if state.starting().is_some() => state.starting(),
        () if draft.designer.id.is_none() => Some("Save it first"),
        () if !draft.designer.ready(state) && draft.designer.found(state).is_empty() => Some("It is being checked"),
        () if !draft.designer.ready(state) => Some("Mend the problems first"),
        () => None,
    };
    let press = Press::new(if first { "Sync…" } else { "Sync now" }).name("Sync").why_not(why_not);
    let production = draft.designer.production(state).is_some();
    let press = if production { press.danger().icon(icon::LOCK) } else { press.primary().icon(icon::REFRESH_CW) };
    if press.ui(ui).clicked() {
        start(state, draft, out);
    }
    let look = Press::icon_only(icon::EYE, "Look first").why_not(why_not).ui(ui);
    if look.on_hover_text("Look first: compare both ends and say what a sync would do; nothing is written").clicked() {
        look_at_sync(state, draft, out);
    }
}

/// Says what a sync of what is on the screen would do, as it is on the screen.
pub(in crate::gui) fn look_at_sync(state: &State, draft: &mut Draft, out: &mut Outbox) {
    draft.designer.save(out);
    if let Some(of) = SyncOf::design(&draft.designer, state) {
        draft.sync.look(of, false, out);
    }
}

/// Starts what is on the screen; asks first where it writes to production or deletes.
pub(in crate::gui) fn start(state: &State, draft: &mut Draft, out: &mut Outbox) {
    let starting = state.working.values().any(|words| words == "Starting");
    if starting || draft.designer.id.is_none() || !draft.designer.ready(state) {
        return;
    }
    // A retry takes the stored form, so that both must be the same.
    draft.designer.save(out);
    if draft.designer.integration().goes_both_ways() {
        if let Some(of) = SyncOf::design(&draft.designer, state) {
            draft.sync_now(of, state, out);
        }
        return;
    }
    let deletes = draft.designer.integration().steps.iter().any(|step| step.operation == Operation::Delete);
    if draft.designer.production(state).is_some() || deletes {
        draft.confirm = Some(Confirm { what: Decision::RunDesign, typed: String::new() });
    } else if let Some(run) = draft.designer.start(state, None, false) {
        out.push(Command::Start(Box::new(run)));
    }
}

/// How many things are wrong; a click lists them.
fn badge_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let tokens = tokens(ui);
    let count = draft.designer.found(state).len() as u64;
    let (drift, warnings) = draft.designer.doubts(state);
    let doubts = drift.len() + warnings.len();
    let (text, mark, colour) = match (draft.designer.check(state), count) {
        (None, _) => ("Checking…".to_owned(), icon::LOADER_CIRCLE, tokens.quiet),
        (Some(Err(_)), _) => ("Cannot be checked".to_owned(), icon::CIRCLE_X, tokens.bad.strong),
        (Some(Ok(_)), 0) if doubts > 0 => {
            (format!("{doubts} to look at"), icon::TRIANGLE_ALERT, tokens.attention.strong)
        }
        (Some(Ok(_)), 0) => ("No problems".to_owned(), icon::CIRCLE_CHECK, tokens.good.strong),
        (Some(Ok(_)), count) => (format::count(count, "problem", "problems"), icon::CIRCLE_ALERT, tokens.bad.strong),
    };
    let open = draft.designer.problems;
    if Press::new(&text).quiet().icon(mark).icon_colour(colour).chosen(open).ui(ui).clicked() {
        draft.designer.problems = !open;
    }
}
