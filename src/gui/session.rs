//! A window with somebody behind it: facts come from a worker, and what is asked for is done. The system's event loop drives one,
//! and so does a test without a screen.

use super::command::{Command, ExportKind};
use super::draft::Preferences;
use super::event::Event;
use super::window::Window;
use super::worker::{Teller, Worker};
use egui::{Context, Ui};
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

/// Shortest time between two frames that events ask for.
const FRAME: Duration = Duration::from_millis(33);

/// A window and its worker.
pub struct Session {
    /// The window.
    pub window: Window,
    worker: Worker,
}

impl Session {
    /// Opens the project, by default the one in the user's data folder, behind a window that is there at once.
    pub fn start(ctx: &Context, preferences: Preferences, project: Option<PathBuf>) -> Session {
        let ctx = ctx.clone();
        let wake = Arc::new(move || ctx.request_repaint_after(FRAME));
        Session { window: Window::new(preferences), worker: Worker::start(project, wake) }
    }

    /// What happens before a frame.
    pub fn logic(&mut self, ctx: &Context) {
        let events = self.worker.events();
        self.window.logic(ctx, jiff::Timestamp::now().as_millisecond(), events);
        self.send(ctx);
    }

    /// A frame.
    pub fn ui(&mut self, ui: &mut Ui) {
        self.window.ui(ui);
        let ctx = ui.ctx().clone();
        if self.send(&ctx) {
            // What was asked for is marked as asked in the next frame.
            ctx.request_repaint_after(FRAME);
        }
    }

    fn send(&mut self, ctx: &Context) -> bool {
        let commands = self.window.take_commands();
        let some = !commands.is_empty();
        for command in commands {
            match command {
                Command::PickFile => pick_file(self.worker.teller()),
                Command::PickExport { run, rows, kind, name } => {
                    let event = move |path| Event::PathPicked(Box::new(Command::Export { run, rows, kind, path }));
                    pick_path(self.worker.teller(), kind, name, event);
                }
                Command::PickPlace { save, title, name, filter } => {
                    pick_place(self.worker.teller(), save, title, name, filter);
                }
                Command::Copy(text) => ctx.copy_text(text),
                Command::OpenPage(url) => ctx.open_url(egui::OpenUrl::new_tab(url)),
                command => {
                    let sent = self.worker.send(command);
                    self.window.state.apply(sent);
                }
            }
        }
        some
    }
}

/// Shows the system's dialog on a thread of its own, and tells what was picked.
fn pick_file(teller: Teller) {
    std::thread::spawn(move || {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Import a file")
            .add_filter(
                "Tables",
                &["csv", "tsv", "txt", "xlsx", "xlsm", "xlsb", "xls", "ods", "db", "sqlite", "sqlite3", "db3"],
            )
            .add_filter("Integrations", &["json", "yml", "yaml"])
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

fn pick_place(
    teller: Teller,
    save: bool,
    title: String,
    name: String,
    filter: (&'static str, &'static [&'static str]),
) {
    std::thread::spawn(move || {
        let dialog = rfd::AsyncFileDialog::new().set_title(title).add_filter(filter.0, filter.1);
        if !dialogs_work() {
            return teller.tell(Event::NoDialog);
        }
        let file = if save { wait(dialog.set_file_name(name).save_file()) } else { wait(dialog.pick_file()) };
        if let Some(file) = file {
            teller.tell(Event::PlacePicked(file.path().to_owned()));
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
        match future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
