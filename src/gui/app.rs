//! The window in the system's event loop: events in before a frame, commands out after it, and the few things that only a window
//! can do: dialogs, the clipboard, the browser.

use super::command::{Command, ExportKind};
use super::draft::Preferences;
use super::event::Event;
use super::theme;
use super::window::Window;
use super::worker::{Teller, Worker};
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Shortest time between two frames that events ask for.
const FRAME: Duration = Duration::from_millis(33);

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

struct App {
    window: Window,
    worker: Worker,
}

impl App {
    fn new(creation: &eframe::CreationContext<'_>, project: Option<PathBuf>) -> App {
        let ctx = creation.egui_ctx.clone();
        theme::install(&ctx);
        let stored = creation.storage.and_then(|storage| eframe::get_value(storage, PREFERENCES));
        let preferences: Preferences = stored.unwrap_or_default();
        let wake = Arc::new(move || ctx.request_repaint_after(FRAME));
        App { window: Window::new(preferences), worker: Worker::start(project, wake) }
    }

    fn send(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::PickFile => pick_file(self.worker.teller()),
            Command::PickExport { run, rows, kind, name } => {
                let teller = self.worker.teller();
                pick_path(teller, kind, name, move |path| {
                    Event::PathPicked(Box::new(Command::Export { run, rows, kind, path }))
                });
            }
            Command::Copy(text) => ctx.copy_text(text),
            Command::OpenPage(url) => ctx.open_url(egui::OpenUrl::new_tab(url)),
            command => {
                let sent = self.worker.send(command);
                self.window.state.apply(sent);
            }
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        let events = self.worker.events();
        self.window.logic(ctx, jiff::Timestamp::now().as_millisecond(), events);
        for command in self.window.take_commands() {
            self.send(ctx, command);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.window.ui(ui);
        let ctx = ui.ctx().clone();
        let commands = self.window.take_commands();
        if !commands.is_empty() {
            // What was asked for is marked as asked in the next frame.
            ctx.request_repaint_after(FRAME);
        }
        for command in commands {
            self.send(&ctx, command);
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, PREFERENCES, &self.window.draft.preferences);
    }

    fn persist_egui_memory(&self) -> bool {
        // Column widths belong to files that are gone; the window's place is kept apart.
        false
    }
}

/// Shows the system's dialog on a thread of its own, and tells what was picked.
fn pick_file(teller: Teller) {
    std::thread::spawn(move || {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Import a file")
            .add_filter("Tables", &["csv", "tsv", "txt", "xlsx", "xlsm", "xlsb", "xls", "ods"])
            .add_filter("All files", &["*"]);
        if !dialogs_work() {
            return teller.tell(Event::NoDialog);
        }
        if let Some(file) = wait(dialog.pick_file()) {
            teller.tell(Event::FilePicked(file.path().to_owned()));
        }
    });
}

fn pick_path(teller: Teller, kind: ExportKind, name: String, event: impl FnOnce(PathBuf) -> Event + Send + 'static) {
    std::thread::spawn(move || {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Save rows as")
            .set_file_name(name)
            .add_filter(kind.label(), &[kind.extension()]);
        if !dialogs_work() {
            return teller.tell(Event::NoDialog);
        }
        if let Some(file) = wait(dialog.save_file()) {
            teller.tell(event(file.path().to_owned()));
        }
    });
}

/// Whether the system has dialogs: on Linux a session bus for the portal, or zenity.
fn dialogs_work() -> bool {
    if !cfg!(target_os = "linux") || std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some() {
        return true;
    }
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join("zenity").exists())
}

/// Waits for a future on this thread.
fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
