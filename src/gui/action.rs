//! What a person can do by a key, a menu or the palette: one table that feeds them all.

use super::command::{Command, Outbox};
use super::conflicts::{ConflictsAsk, ConflictsDeed};
use super::draft::{Draft, Palette, Screen};
use super::errors::{ErrorsAsk, ErrorsDeed};
use super::practice::{PracticeAsk, PracticeDeed};
use super::state::State;
use super::theme::icon;
use egui::{Key, KeyboardShortcut, Modifiers};

/// Something a person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Pick a file to import.
    OpenFile,
    /// Type the path of a file to import.
    TypePath,
    /// Begin a new integration.
    NewIntegration,
    /// Suggest which column goes into which field.
    Suggest,
    /// Edit the tables of the integration.
    Tables,
    /// Show how the object on the screen is loaded.
    StepSettings,
    /// Write the integration into a file.
    ExportDesign,
    /// Go to the first screen.
    Home,
    /// Go to the import.
    Import,
    /// Go to the exports.
    Exports,
    /// Go to the integrations.
    Integrations,
    /// Go to the runs.
    Runs,
    /// Go to the errors.
    Errors,
    /// Go to the conflicts.
    Conflicts,
    /// Decide similar conflicts as the one on the screen.
    DecideSimilar,
    /// Decide all conflicts that are listed.
    DecideListed,
    /// Take decisions from a spreadsheet.
    ImportDecisions,
    /// Go to the orgs.
    Orgs,
    /// Go to the practice org.
    Practice,
    /// Decide about a reset of the practice org.
    ResetPractice,
    /// Switch all bad days off.
    ClearBadDays,
    /// Go to the settings.
    Settings,
    /// Add an org.
    AddOrg,
    /// Start what is on the screen, or its summary first.
    Start,
    /// Say what would happen, over every row.
    DryRun,
    /// Start a trial of the first rows.
    Trial,
    /// Keep the import as an integration.
    Keep,
    /// Take the last change back.
    Undo,
    /// Do again what was taken back.
    Redo,
    /// Narrow the list on the screen.
    Filter,
    /// Export rows of the run.
    Export,
    /// Retry the failed rows of the run.
    Retry,
    /// Ask what taking the run back would do.
    UndoRun,
    /// Read everything again.
    Refresh,
    /// Open the palette.
    Palette,
    /// Show the keys.
    Keys,
    /// Show what happened.
    Notices,
    /// Open or close the rail.
    Rail,
    /// Bigger text.
    Bigger,
    /// Smaller text.
    Smaller,
    /// Text of ordinary size.
    Normal,
    /// Light or dark.
    Theme,
}

/// A line of the table.
#[derive(Debug)]
pub(crate) struct ActionInfo {
    /// What it does.
    pub action: Action,
    /// Its name, as in menus.
    pub name: &'static str,
    /// More words by which the palette finds it.
    pub also: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// Its key.
    pub key: Option<KeyboardShortcut>,
}

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

const fn key(modifiers: Modifiers, key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(modifiers, key))
}

const fn line(
    action: Action,
    name: &'static str,
    also: &'static str,
    icon: &'static str,
    key: Option<KeyboardShortcut>,
) -> ActionInfo {
    ActionInfo { action, name, also, icon, key }
}

/// Everything a person can do, in the order of the palette. Keys with Shift stand before the same keys without.
pub(crate) static ACTIONS: &[ActionInfo] = &[
    line(Action::TypePath, "Import a file by its path…", "open type", icon::FILE_TEXT, key(CTRL_SHIFT, Key::O)),
    line(Action::OpenFile, "Import a file…", "open load csv excel workbook", icon::UPLOAD, key(CTRL, Key::O)),
    line(Action::NewIntegration, "New integration…", "design mapping create", icon::WORKFLOW, key(CTRL, Key::N)),
    line(Action::Suggest, "Suggest a mapping…", "match proposals automatic", icon::SPARKLES, None),
    line(Action::Tables, "Tables of the integration…", "value map countries edit", icon::TABLE_2, None),
    line(
        Action::StepSettings,
        "How this object is loaded…",
        "find duplicates blanks zone",
        icon::SLIDERS_HORIZONTAL,
        None,
    ),
    line(Action::ExportDesign, "Export the integration…", "json sfdmu cumulusci html sdl", icon::DOWNLOAD, None),
    line(Action::Start, "Start what is on the screen", "run load send", icon::PLAY, key(CTRL, Key::Enter)),
    line(Action::DryRun, "Dry run: say what would happen", "look preview count nothing written", icon::EYE, None),
    line(Action::Trial, "Trial run of the first rows", "test", icon::PLAY, None),
    line(Action::Keep, "Keep as an integration…", "save", icon::BOOKMARK, key(CTRL, Key::S)),
    line(Action::Redo, "Do again", "redo", icon::REDO_2, key(CTRL_SHIFT, Key::Z)),
    line(Action::Undo, "Take back the last change", "undo", icon::UNDO_2, key(CTRL, Key::Z)),
    line(Action::Filter, "Narrow the list", "filter find search", icon::FUNNEL, key(CTRL, Key::F)),
    line(Action::Export, "Export the rows on the screen…", "save csv excel results", icon::DOWNLOAD, key(CTRL, Key::E)),
    line(Action::Retry, "Retry the rows that failed", "again", icon::ROTATE_CCW, None),
    line(Action::UndoRun, "Undo this run…", "take back revert restore rollback", icon::UNDO_2, None),
    line(Action::Home, "Go to Home", "start", icon::HOME, key(CTRL, Key::Num1)),
    line(Action::Import, "Go to Import", "mapping", icon::FILE_INPUT, key(CTRL, Key::Num2)),
    line(Action::Exports, "Go to Export", "query soql download extract", icon::DOWNLOAD, key(CTRL, Key::Num9)),
    line(Action::Integrations, "Go to Integrations", "saved", icon::WORKFLOW, key(CTRL, Key::Num3)),
    line(Action::Runs, "Go to Runs", "history", icon::HISTORY, key(CTRL, Key::Num4)),
    line(
        Action::Errors,
        "Go to Errors",
        "error queue failed refused rows correct repair retry",
        icon::CIRCLE_ALERT,
        key(CTRL, Key::Num8),
    ),
    line(
        Action::DecideListed,
        "Decide all listed conflicts…",
        "bulk resolve filter keep",
        icon::COPY_CHECK,
        key(CTRL_SHIFT, Key::D),
    ),
    line(
        Action::Conflicts,
        "Go to Conflicts",
        "inbox decide resolve sync disagree differ",
        icon::FLAG,
        key(CTRL, Key::D),
    ),
    line(
        Action::DecideSimilar,
        "Apply the choice to similar conflicts…",
        "same fields all like this",
        icon::COPY_CHECK,
        key(CTRL_SHIFT, Key::A),
    ),
    line(
        Action::ImportDecisions,
        "Take decisions from a spreadsheet…",
        "conflicts import csv excel",
        icon::UPLOAD,
        None,
    ),
    line(Action::Orgs, "Go to Orgs", "salesforce sign in", icon::CLOUD, key(CTRL, Key::Num5)),
    line(Action::Settings, "Go to Settings", "preferences", icon::SETTINGS, key(CTRL, Key::Num6)),
    line(
        Action::Practice,
        "Go to the practice org",
        "bad days faults log sandbox sign-in details objects",
        icon::FLASK_CONICAL,
        key(CTRL, Key::Num7),
    ),
    line(Action::ResetPractice, "Reset the practice org…", "world seed demo northwind empty", icon::ROTATE_CCW, None),
    line(Action::ClearBadDays, "Switch all bad days off", "faults clear practice org", icon::SUN, None),
    line(Action::AddOrg, "Add an org…", "connect sign in token", icon::PLUS, None),
    line(Action::Refresh, "Read everything again", "reload update", icon::REFRESH_CW, key(Modifiers::NONE, Key::F5)),
    line(Action::Palette, "Search or run a command", "palette", icon::SEARCH, key(CTRL, Key::K)),
    line(Action::Notices, "Show notifications", "messages bell history", icon::BELL, None),
    line(Action::Rail, "Open or close the rail", "sidebar navigation", icon::PANEL_LEFT_OPEN, key(CTRL, Key::B)),
    line(Action::Bigger, "Bigger text", "zoom in", icon::TYPE, key(CTRL, Key::Plus)),
    line(Action::Smaller, "Smaller text", "zoom out", icon::TYPE, key(CTRL, Key::Minus)),
    line(Action::Normal, "Text of ordinary size", "zoom reset", icon::TYPE, key(CTRL, Key::Num0)),
    line(Action::Theme, "Light or dark", "theme mode", icon::MOON, None),
    line(Action::Keys, "Show the keys", "keyboard shortcuts help", icon::KEYBOARD, key(Modifiers::NONE, Key::F1)),
];

/// Keys of lists, pickers and grids, for the list of keys.
pub(crate) static OTHER_KEYS: &[(&str, &str)] = &[
    ("Tab  Shift+Tab", "Next and previous field"),
    ("↑ ↓  Enter", "Move in a list, and choose"),
    ("Space", "Press the button that has the focus"),
    ("Page up  Page down  Home  End", "Move in a grid"),
    ("Ctrl+C", "Copy the row of a grid, as Excel takes it"),
    ("F2  Enter", "Among errors: edit the cell; Enter keeps it, Tab goes on, Esc gives up"),
    ("Alt+1  Alt+2  Alt+3", "Among conflicts: take what was last agreed, what Salesforce has, what the other end has"),
    ("1  2  3", "The same for the field under the keyboard"),
    ("Enter", "Decide, and go to the next open conflict"),
    ("F2  or typing, on a field", "Another value; for long texts an editor with both. Enter keeps it, or Ctrl+Enter"),
    ("S  I  A  C  H", "Skip, ignore, assign, comment; take what was always taken"),
    ("F6  → ←", "Among conflicts: from the list to the fields and back"),
    ("F6", "In the designer: from the columns to the fields and back"),
    ("Enter", "On a column: pick it up, then set it down on a field; on a field: its rule"),
    ("A letter, then more", "Find a column or a field by its name"),
    ("F8  Shift+F8", "Next and previous problem"),
    ("Delete", "Disconnect what is chosen"),
    ("F7", "On a field of a sync: let its values go the other way, or both ways"),
    ("Alt+←  Alt+→", "On an object: load it earlier or later"),
    ("Esc", "Close what is open; never cancels a run"),
    ("?", "Show these keys"),
];

/// The line of an action.
pub(crate) fn info(action: Action) -> &'static ActionInfo {
    ACTIONS.iter().find(|info| info.action == action).expect("a test checks that the table has every action")
}

/// The name of an action with its key, for a tooltip.
pub(crate) fn tooltip(action: Action) -> String {
    let info = info(action);
    match info.key {
        Some(key) => format!("{}  {}", info.name, key_text(&key)),
        None => info.name.to_owned(),
    }
}

/// `Ctrl+K`
pub(crate) fn key_text(key: &KeyboardShortcut) -> String {
    let mut text = String::new();
    if key.modifiers.command || key.modifiers.ctrl {
        text.push_str(if cfg!(target_os = "macos") { "⌘" } else { "Ctrl+" });
    }
    if key.modifiers.shift {
        text.push_str("Shift+");
    }
    text.push_str(match key.logical_key {
        Key::Plus => "+",
        Key::Minus => "−",
        key => key.symbol_or_name(),
    });
    text
}

impl Action {
    /// Whether it can be done now; what cannot is shown grey in the palette.
    pub(crate) fn possible(self, state: &State, draft: &Draft) -> bool {
        let designing = draft.screen == Screen::Designer && draft.designer.open;
        let on_import = draft.screen == Screen::Import && draft.import.file(state).is_some();
        let run = match draft.screen {
            Screen::Run(run) => state.run(run).filter(|_| !state.works(run)),
            _ => None,
        };
        let cause = super::views::shown_errors(state, &draft.errors).filter(|_| draft.screen == Screen::Errors);
        match self {
            Action::Undo | Action::Redo if draft.screen == Screen::Errors => {
                let undone = self == Action::Redo;
                let changes = state.errors.changes.iter().flat_map(|(_, changes)| changes);
                changes.filter(|change| change.undone == undone).count() > 0
            }
            Action::Export | Action::Retry if draft.screen == Screen::Errors => cause.is_some(),
            Action::Undo | Action::Redo if draft.screen == Screen::Conflicts => {
                let free = !state.conflicts.busy && !draft.conflicts.asks();
                free && state.conflicts.next_deed(self == Action::Redo).is_some()
            }
            Action::DecideSimilar => super::views::decide_similar(state, draft).is_some(),
            Action::DecideListed | Action::Export if draft.screen == Screen::Conflicts => {
                !state.conflicts.busy && !draft.conflicts.asks() && state.conflicts.list.known() > 0
            }
            Action::DecideListed => false,
            Action::Start if draft.screen == Screen::Export => draft.export.soql(state).is_ok(),
            Action::Start if draft.screen == Screen::Conflicts => super::views::can_write_decisions(state),
            Action::Start if designing => draft.designer.ready(state) && draft.designer.id.is_some(),
            Action::DryRun if designing => draft.designer.ready(state),
            Action::Start | Action::Trial | Action::DryRun => on_import && draft.import.ready(state),
            Action::Keep if designing => draft.designer.unsaved(),
            Action::Undo if designing => draft.designer.undoes().is_some(),
            Action::Redo if designing => draft.designer.redoes().is_some(),
            Action::Keep => on_import && !draft.import.design.object.is_empty(),
            Action::Undo => on_import && draft.import.can_undo(),
            Action::Redo => on_import && draft.import.can_redo(),
            Action::Suggest => designing && draft.designer.file(state).is_some(),
            Action::Tables | Action::StepSettings | Action::ExportDesign => designing,
            Action::Export => run.is_some(),
            Action::ClearBadDays => !state.practice.bad_days.is_empty(),
            Action::ResetPractice => state.practice.busy.is_none(),
            Action::Retry => run.is_some_and(|card| card.tally.attention() > 0 && !card.sync),
            Action::UndoRun => run.is_some_and(|card| super::views::can_undo_run(state, card.run.id)),
            _ => true,
        }
    }

    /// Does it.
    pub(crate) fn perform(self, state: &State, draft: &mut Draft, out: &mut Outbox) {
        if !self.possible(state, draft) {
            return;
        }
        match self {
            Action::OpenFile if state.no_dialog => draft.path = Some(String::new()),
            Action::OpenFile => out.push(Command::PickFile),
            Action::TypePath => draft.path = Some(String::new()),
            Action::NewIntegration => draft.begin_integration(state),
            Action::Suggest => draft.designer.open_sheet(),
            Action::Tables => draft.designer.tables.open = Some(0),
            Action::StepSettings => draft.designer.show_settings(),
            Action::ExportDesign => {
                let name = draft.designer.integration().name.clone();
                draft.ask_for_export(None, &name);
            }
            Action::Home => draft.go(Screen::Home),
            Action::Import => draft.go(Screen::Import),
            Action::Exports => draft.go(Screen::Export),
            Action::Integrations => draft.go(Screen::Integrations),
            Action::Runs => draft.go(Screen::Runs),
            Action::Errors => draft.go(Screen::Errors),
            Action::Conflicts => draft.go(Screen::Conflicts),
            Action::DecideSimilar => {
                if let Some(bulk) = super::views::decide_similar(state, draft) {
                    draft.conflicts.ask_bulk(bulk, out);
                }
            }
            Action::DecideListed => super::views::decide_conflicts(state, draft, out),
            Action::ImportDecisions => super::views::import_decisions(draft),
            Action::Orgs => draft.go(Screen::Orgs),
            Action::Practice => draft.go(Screen::Practice),
            Action::ResetPractice => {
                draft.go(Screen::Practice);
                draft.practice.reset = Some(Default::default());
            }
            Action::ClearBadDays => out.push(Command::Practice(PracticeAsk::Do(PracticeDeed::Clear))),
            Action::Settings => draft.go(Screen::Settings),
            Action::AddOrg => {
                draft.go(Screen::Orgs);
                draft.org.open = true;
            }
            Action::Start if draft.screen == Screen::Export => super::views::begin_export(state, draft, out),
            Action::Start if draft.screen == Screen::Conflicts => super::views::write_decisions(state, draft, out),
            Action::Start if draft.screen == Screen::Designer => super::views::start_design(state, draft, out),
            Action::Start => super::views::start(state, draft, None, out),
            Action::DryRun => super::views::look_dry(state, draft, out),
            Action::Trial => {
                let rows = draft.import.trial;
                super::views::start(state, draft, Some(rows), out);
            }
            Action::Undo | Action::Redo if draft.screen == Screen::Errors => {
                if let Some((run, _)) = &state.errors.changes {
                    let deed = ErrorsDeed::Undo { run: *run, again: self == Action::Redo };
                    out.push(Command::Errors(ErrorsAsk::Do(deed)));
                }
            }
            Action::Undo | Action::Redo if draft.screen == Screen::Conflicts => {
                let deed = ConflictsDeed::Undo { again: self == Action::Redo };
                out.push(Command::Conflicts(ConflictsAsk::Do(deed)));
            }
            Action::Export if draft.screen == Screen::Conflicts => super::views::export_conflicts(state, draft),
            Action::Export if draft.screen == Screen::Errors => super::views::export_errors(state, draft),
            Action::Retry if draft.screen == Screen::Errors => super::views::retry_errors(state, draft, out),
            Action::Keep if draft.screen == Screen::Designer => draft.designer.save(out),
            Action::Undo if draft.screen == Screen::Designer => draft.designer.undo(),
            Action::Redo if draft.screen == Screen::Designer => draft.designer.redo(),
            Action::Keep => draft.import.keep_open = true,
            Action::Undo => draft.import.undo(),
            Action::Redo => draft.import.redo(),
            Action::Filter => draft.focus_filter = true,
            Action::Export => super::views::open_export(state, draft),
            Action::Retry => {
                if let Screen::Run(run) = draft.screen {
                    super::views::retry(state, draft, out, run);
                }
            }
            Action::UndoRun => {
                if let Screen::Run(run) = draft.screen {
                    super::views::undo_run(state, draft, out, run);
                }
            }
            Action::Refresh => out.push(Command::Refresh),
            Action::Palette => draft.palette = Some(Palette::default()),
            Action::Keys => draft.keys_open = !draft.keys_open,
            Action::Notices => draft.notices_open = !draft.notices_open,
            Action::Rail => {
                let open = draft.preferences.rail_open.unwrap_or(false);
                draft.preferences.rail_open = Some(!open);
            }
            Action::Bigger => resize(draft, 0.1),
            Action::Smaller => resize(draft, -0.1),
            Action::Normal => draft.preferences.text_size = 1.0,
            Action::Theme => {
                use super::draft::ThemeChoice;
                draft.preferences.theme = match draft.preferences.theme {
                    ThemeChoice::Dark => ThemeChoice::Light,
                    ThemeChoice::Light | ThemeChoice::System => ThemeChoice::Dark,
                };
            }
        }
    }
}

fn resize(draft: &mut Draft, step: f32) {
    let size = draft.preferences.text_size + step;
    draft.preferences.text_size = ((size * 10.0).round() / 10.0).clamp(0.8, 2.0);
}

/// Does what the keys pressed in this frame ask for.
pub(crate) fn keys(ctx: &egui::Context, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let typing = ctx.text_edit_focused();
    // A decision hides everything else, and so do its keys.
    if draft.decides() {
        return;
    }
    for info in ACTIONS {
        // A text field has its own undo.
        if typing && matches!(info.action, Action::Undo | Action::Redo) {
            continue;
        }
        // Nothing starts behind a question, and the key keeps a text that is put together.
        let starts = matches!(info.action, Action::Start | Action::Trial);
        if starts && (draft.asks() || draft.conflicts.editing.is_some()) {
            continue;
        }
        if let Some(key) = &info.key
            && ctx.input_mut(|input| input.consume_shortcut(key))
        {
            info.action.perform(state, draft, out);
        }
    }
    // Bigger text is asked for with and without Shift, depending on the keyboard.
    if ctx.input_mut(|input| input.consume_key(CTRL, Key::Equals)) {
        Action::Bigger.perform(state, draft, out);
    }
    if !typing
        && ctx.input(|input| input.events.iter().any(|event| matches!(event, egui::Event::Text(text) if text == "?")))
    {
        Action::Keys.perform(state, draft, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_keys_are_unique() {
        for (index, one) in ACTIONS.iter().enumerate() {
            for other in &ACTIONS[..index] {
                assert_ne!(one.name, other.name);
                assert_ne!(one.action, other.action);
                assert!(one.key.is_none() || one.key != other.key, "{} and {}", one.name, other.name);
            }
        }
    }

    #[test]
    fn the_table_has_every_action() {
        // The last variant counts them all.
        assert_eq!(ACTIONS.len(), Action::Theme as usize + 1);
        assert_eq!(key_text(&info(Action::Palette).key.unwrap()), "Ctrl+K");
        assert_eq!(tooltip(Action::Bigger), "Bigger text  Ctrl++");
    }
}
