//! The window itself, apart from the system's: facts, drafts, and what is on its way out.

use super::action;
use super::command::{Command, Outbox};
use super::draft::{Closing, Draft, Preferences, Screen, ThemeChoice};
use super::event::Event;
use super::state::State;
use super::views;
use egui::{Context, ThemePreference, Ui};
use std::time::Duration;

/// The window, as anything can drive it: the system's event loop, or a test.
#[derive(Debug, Default)]
pub struct Window {
    /// The facts.
    pub state: State,
    /// What is half done.
    pub draft: Draft,
    out: Outbox,
}

impl Window {
    /// A window that remembers these preferences.
    pub fn new(preferences: Preferences) -> Window {
        Window { draft: Draft::new(preferences), ..Window::default() }
    }

    /// Takes note of what became true, before a frame. `now` is in milliseconds since 1970.
    pub fn logic(&mut self, ctx: &Context, now: i64, events: impl IntoIterator<Item = Event>) {
        self.state.now = now;
        for event in events {
            if let Event::FilePicked(path) = &event {
                self.file_came(path.clone());
            }
            if let Event::PathPicked(command) = &event {
                self.out.push(command.as_ref().clone());
            }
            if let Event::PlacePicked(path) = &event {
                self.draft.place_picked(path, &mut self.out);
            }
            if matches!(event, Event::NoDialog) {
                self.draft.no_dialog();
            }
            self.state.apply(event);
        }
        self.draft.follow(&self.state, &mut self.out);
        self.guard_closing(ctx);
        self.apply_preferences(ctx);
    }

    /// Draws.
    pub fn ui(&mut self, ui: &mut Ui) {
        self.files_dropped(ui.ctx());
        self.cells_pasted(ui.ctx());
        action::keys(ui.ctx(), &self.state, &mut self.draft, &mut self.out);
        views::ui(ui, &self.state, &mut self.draft, &mut self.out);
        // What was changed in this frame is followed in this frame, so that questions leave at once.
        self.draft.follow(&self.state, &mut self.out);
        self.wake_for_toasts(ui.ctx());
    }

    /// Closing the window would lose unsaved changes, or end runs: it stays until somebody says so.
    fn guard_closing(&mut self, ctx: &Context) {
        let at_work = !self.state.live.is_empty();
        let asked = ctx.input(|input| input.viewport().close_requested());
        if self.draft.leaving == Some(Closing::Waiting) && !at_work {
            self.draft.leaving = None;
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        } else if asked && at_work {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.draft.leaving.get_or_insert(Closing::Asked);
        } else if self.draft.closing {
            self.draft.closing = false;
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        } else if asked && self.draft.designer.unsaved() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.draft.ask_about_changes(super::draft::Next::Close);
        }
    }

    /// Asks for something, as a view does.
    pub fn ask(&mut self, command: Command) {
        self.out.push(command);
    }

    /// What was asked for since the last time.
    pub fn take_commands(&mut self) -> Vec<Command> {
        self.out.take()
    }

    fn apply_preferences(&self, ctx: &Context) {
        let preferences = &self.draft.preferences;
        let theme = match preferences.theme {
            ThemeChoice::System => ThemePreference::System,
            ThemeChoice::Light => ThemePreference::Light,
            ThemeChoice::Dark => ThemePreference::Dark,
        };
        if ctx.options(|options| options.theme_preference) != theme {
            ctx.set_theme(theme);
        }
        if (ctx.zoom_factor() - preferences.text_size).abs() > 0.001 {
            ctx.set_zoom_factor(preferences.text_size);
        }
    }

    fn files_dropped(&mut self, ctx: &Context) {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        if let Some(path) = dropped.into_iter().map(|file| file.path().to_owned()).next() {
            self.file_came(path);
        }
    }

    /// A file that was picked or dropped goes where a file is asked for, and else into a new import.
    fn file_came(&mut self, path: std::path::PathBuf) {
        if self.draft.screen == Screen::Designer && self.draft.designer.adding.is_some() {
            self.draft.designer.look_for_step(path, &self.state, &mut self.out);
        } else {
            self.out.push(Command::Inspect(path));
            self.draft.go(Screen::Import);
        }
    }

    /// Cells pasted anywhere but into a field are a file to import.
    fn cells_pasted(&mut self, ctx: &Context) {
        // The designer takes them as rows of a value map.
        if ctx.text_edit_focused() || self.draft.screen == Screen::Designer {
            return;
        }
        let pasted = ctx.input(|input| {
            input.events.iter().find_map(|event| match event {
                egui::Event::Paste(text) if text.contains('\t') || text.trim().contains('\n') => Some(text.clone()),
                _ => None,
            })
        });
        if let Some(text) = pasted {
            self.out.push(Command::Paste(text));
            self.draft.go(Screen::Import);
        }
    }

    /// A toast goes when its time is over, even if nobody moves.
    fn wake_for_toasts(&self, ctx: &Context) {
        let next = self.state.notices.toasts(self.state.now).map(|notice| notice.stays_until()).min();
        if let Some(next) = next {
            ctx.request_repaint_after(Duration::from_millis((next - self.state.now).max(1) as u64 + 50));
        }
    }
}
