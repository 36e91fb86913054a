//! Rows that are read on a thread of their own, a few batches ahead: readers that borrow from what they have open, and such as a damaged
//! file may bring down.

use super::file;
use super::{ConnectError, Source};
use crate::record::{Batch, Schema};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Batches that are read ahead.
const AHEAD: usize = 2;

/// What the reading thread says: first its columns, then its rows, then how it ended.
pub(super) enum Message {
    Schema(Schema),
    Batch(Batch),
    End(Result<(), ConnectError>),
}

struct Ahead {
    path: PathBuf,
    schema: Schema,
    batches: Option<Receiver<Message>>,
    thread: Option<JoinHandle<()>>,
    broken: fn(&Path) -> ConnectError,
}

/// Starts the reading, and waits for the columns. `broken` is what is said when the thread ends without a word.
pub(super) fn read_ahead(
    path: &Path,
    broken: fn(&Path) -> ConnectError,
    work: impl FnOnce(&SyncSender<Message>) -> Result<(), ConnectError> + Send + 'static,
) -> Result<Box<dyn Source>, ConnectError> {
    let (sender, batches) = sync_channel(AHEAD);
    let thread = std::thread::Builder::new()
        .name("read ahead".to_owned())
        .spawn(move || {
            let end = work(&sender);
            // Nobody may be listening any more.
            let _gone = sender.send(Message::End(end)).is_err();
        })
        .map_err(|error| file::unreadable(path, &error))?;
    match batches.recv() {
        Ok(Message::Schema(schema)) => {
            Ok(Box::new(Ahead { path: path.to_owned(), schema, batches: Some(batches), thread: Some(thread), broken }))
        }
        Ok(Message::End(Err(error))) => Err(error),
        _ => Err(broken(path)),
    }
}

impl Source for Ahead {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn read(&mut self) -> Result<Option<Batch>, ConnectError> {
        let Some(batches) = &self.batches else { return Ok(None) };
        let end = match batches.recv() {
            Ok(Message::Batch(batch)) => return Ok(Some(batch)),
            Ok(Message::End(end)) => end,
            Ok(Message::Schema(_)) | Err(_) => Err((self.broken)(&self.path)),
        };
        self.batches = None;
        end.map(|()| None)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        // The thread stops at its next batch when nobody listens; it is awaited so that the file is closed.
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join().is_err();
        }
    }
}
