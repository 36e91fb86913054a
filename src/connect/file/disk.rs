//! Files on disk, and in words what can be wrong with them.

use crate::connect::ConnectError;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file that notices when it changes while it is read.
#[derive(Debug)]
pub(crate) struct File {
    file: fs::File,
    length: u64,
    modified: Option<SystemTime>,
    read: u64,
}

impl File {
    /// Opens the file at `path`.
    pub(crate) fn open(path: &Path) -> Result<File, ConnectError> {
        let open = || {
            let file = fs::File::open(path)?;
            let about = file.metadata()?;
            if about.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            Ok(File { file, length: about.len(), modified: about.modified().ok(), read: 0 })
        };
        open().map_err(|error| unreadable(path, &error))
    }

    /// Bytes it had when it was opened.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }
}

impl Read for File {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.read += length as u64;
        if length == 0 && !buffer.is_empty() {
            let about = self.file.metadata()?;
            // Pipes and the like have neither length nor date worth comparing.
            if about.is_file() && (self.read != self.length || about.modified().ok() != self.modified) {
                let change = match self.read.cmp(&self.length) {
                    std::cmp::Ordering::Less => "it became shorter",
                    std::cmp::Ordering::Greater => "it became longer",
                    std::cmp::Ordering::Equal => "it was written to",
                };
                return Err(io::Error::other(format!(
                    "{change} while it was read: {} bytes at first, {} in the end",
                    self.length, self.read
                )));
            }
        }
        Ok(length)
    }
}

/// The last part of a path, for messages and as the name of a table.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// A file could not be opened.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> ConnectError {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => ConnectError::refused(
            format!("there is no file {path}"),
            "Check its name and folder; it may have been moved or renamed.",
        ),
        io::ErrorKind::PermissionDenied => ConnectError::refused(
            format!("you may not read {path}"),
            "Give yourself permission to read it, or copy it to a folder of your own.",
        ),
        io::ErrorKind::IsADirectory => ConnectError::refused(format!("{path} is a folder"), "Choose a file within it."),
        _ => ConnectError::refused(
            format!("{path} cannot be read: {error}"),
            "Check that the disk or the network folder is there, and that no other program holds the file.",
        ),
    }
}

/// Reading stopped in the middle of a file.
pub(crate) fn interrupted(path: &Path, line: u64, error: &io::Error) -> ConnectError {
    ConnectError::refused(
        format!("{}: reading stopped at line {line}: {error}", path.display()),
        "Read from a copy that no other program writes to.",
    )
}

/// A file could not be written.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> ConnectError {
    let folder: PathBuf = path.parent().map(Path::to_owned).unwrap_or_default();
    let hint = match error.kind() {
        io::ErrorKind::NotFound => format!("Make the folder {} first, or choose another.", folder.display()),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "Choose a folder that you may write to, or close the program that has the file open.".to_owned()
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "The disk is full: make room, or choose another disk.".to_owned()
        }
        io::ErrorKind::FileTooLarge => {
            "The disk, or your account on it, takes no file as large as this: choose another disk.".to_owned()
        }
        io::ErrorKind::IsADirectory => "There is a folder of that name: choose another name.".to_owned(),
        _ => "Check that the disk or the network folder is there, or choose another.".to_owned(),
    };
    ConnectError::refused(format!("{} cannot be written: {error}", path.display()), hint)
}
