//! The window in the system's event loop, and what it remembers from one start to the next.

use super::draft::Preferences;
use super::session::Session;
use super::theme;
use std::path::PathBuf;

/// Under which name preferences are kept.
const PREFERENCES: &str = "preferences";

/// Why the window does not open.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The system has no screen, or no way to draw on it.
    #[error("the window cannot be opened: {0}")]
    NoWindow(String),
}

impl WindowError {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        "Start it where there is a screen (DISPLAY or WAYLAND_DISPLAY is set) and OpenGL (on Debian: libegl1, libgl1, \
         libxkbcommon-x11-0), or use the command line: linkspan --help."
    }
}

/// Opens the window, and returns when it is closed. Without a path it opens the project in the user's data folder.
pub fn run(project: Option<PathBuf>) -> Result<(), WindowError> {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Linkspan")
        .with_app_id("linkspan")
        .with_inner_size(theme::FIRST_WINDOW)
        .with_min_inner_size(theme::SMALLEST_WINDOW)
        .with_drag_and_drop(true);
    let options = eframe::NativeOptions { viewport, persist_window: true, ..eframe::NativeOptions::default() };
    eframe::run_native("linkspan", options, Box::new(|creation| Ok(Box::new(App::new(creation, project)))))
        .map_err(|error| WindowError::NoWindow(error.to_string()))
}

struct App(Session);

impl App {
    fn new(creation: &eframe::CreationContext<'_>, project: Option<PathBuf>) -> App {
        theme::install(&creation.egui_ctx);
        let stored = creation.storage.and_then(|storage| eframe::get_value(storage, PREFERENCES));
        let preferences: Preferences = stored.unwrap_or_default();
        App(Session::start(&creation.egui_ctx, preferences, project))
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.0.logic(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.0.ui(ui);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, PREFERENCES, &self.0.window.draft.preferences);
    }

    fn persist_egui_memory(&self) -> bool {
        // Column widths belong to files that are gone; the window's place is kept apart.
        false
    }
}
