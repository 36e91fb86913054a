//! The file while it grows: `accounts.csv.part` beside its place, and a folder with pages that wait to be written into it.
//!
//! It is put in its place at the very end, whole. Whatever is said to be in it is on the disk; what a crash left behind that is cut off.

use super::super::WorkspaceError;
use super::form::ExportFormat;
use crate::connect::file::{unreadable, unwritable};
use crate::connect::write::{FileKind, TableWriter};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Characters of a cell, more than which Excel does not take.
pub(super) const EXCEL_CELL: usize = 32_767;

/// Columns of a sheet.
pub(super) const EXCEL_COLUMNS: usize = 16_384;

/// A file that grows.
pub(super) struct PartFile {
    path: PathBuf,
    file: File,
    bytes: u64,
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or(OsStr::new("export")).to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// The file while it grows.
pub(super) fn part_of(path: &Path) -> PathBuf {
    beside(path, ".part")
}

/// The folder for pages.
pub(super) fn pages_of(path: &Path) -> PathBuf {
    beside(path, ".pages")
}

impl PartFile {
    /// Begins a file that will be at `path`.
    pub(super) fn create(path: &Path) -> Result<PartFile, WorkspaceError> {
        if path.is_dir() {
            return Err(unwritable(path, &io::ErrorKind::IsADirectory.into()).into());
        }
        let part = part_of(path);
        match File::options().write(true).create_new(true).open(&part) {
            Ok(file) => Ok(PartFile { path: path.to_owned(), file, bytes: 0 }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(WorkspaceError::new(format!(
                "{} is there already, and no export of this workspace writes it",
                part.display()
            ))
            .hint("Another program may be writing it. Delete it if not, or choose another name.")),
            Err(error) => Err(unwritable(path, &error).into()),
        }
    }

    /// Goes on with a file, of which so many bytes are sure.
    pub(super) fn reopen(path: &Path, bytes: u64) -> Option<PartFile> {
        let mut file = File::options().write(true).open(part_of(path)).ok()?;
        if file.metadata().ok()?.len() < bytes {
            return None;
        }
        file.set_len(bytes).ok()?;
        file.seek(SeekFrom::Start(bytes)).ok()?;
        Some(PartFile { path: path.to_owned(), file, bytes })
    }

    /// Adds to it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), WorkspaceError> {
        self.file.write_all(bytes).map_err(|error| unwritable(&self.path, &error))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Bytes so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes sure that it is on the disk; says how many bytes that are.
    pub(super) fn sync(&mut self) -> Result<u64, WorkspaceError> {
        self.file.sync_data().map_err(|error| unwritable(&self.path, &error))?;
        Ok(self.bytes)
    }

    /// Forgets what is in it.
    pub(super) fn empty(&mut self) -> Result<(), WorkspaceError> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map_err(|error| unwritable(&self.path, &error))?;
        self.bytes = 0;
        Ok(())
    }

    /// Puts it in its place; says how many bytes it has there.
    pub(super) fn finish(self, format: ExportFormat) -> Result<u64, WorkspaceError> {
        self.file.sync_all().map_err(|error| unwritable(&self.path, &error))?;
        drop(self.file);
        let part = part_of(&self.path);
        if format == ExportFormat::Xlsx {
            workbook(&part, &self.path)?;
            fs::remove_file(&part).map_err(|error| unwritable(&part, &error))?;
        } else {
            fs::rename(&part, &self.path).map_err(|error| unwritable(&self.path, &error))?;
        }
        Ok(fs::metadata(&self.path).map_or(self.bytes, |file| file.len()))
    }
}

/// Makes a workbook of a CSV file.
fn workbook(csv: &Path, path: &Path) -> Result<(), WorkspaceError> {
    let mut table = TableWriter::create(path, FileKind::Xlsx)?;
    let damaged = |error: csv::Error| WorkspaceError::from(unreadable(csv, &error.into()));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(csv).map_err(damaged)?;
    let header = reader.headers().map_err(damaged)?.clone();
    table.header(&header.iter().collect::<Vec<_>>())?;
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(damaged)? {
        table.row(&row)?;
    }
    Ok(table.finish()?)
}

/// Removes a half file and its pages, as far as they are there.
pub(super) fn discard(path: &Path) -> Result<(), WorkspaceError> {
    let gone = |result: io::Result<()>| match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    gone(fs::remove_file(part_of(path))).map_err(|error| unwritable(&part_of(path), &error))?;
    gone(fs::remove_dir_all(pages_of(path))).map_err(|error| unwritable(&pages_of(path), &error))?;
    Ok(())
}

/// Makes the folder for pages.
pub(super) fn make_pages(path: &Path) -> Result<PathBuf, WorkspaceError> {
    let pages = pages_of(path);
    fs::create_dir_all(&pages).map_err(|error| unwritable(&pages, &error))?;
    Ok(pages)
}

/// Removes the pages, as far as they are there.
pub(super) fn drop_pages(path: &Path) {
    let pages = pages_of(path);
    if let Err(error) = fs::remove_dir_all(&pages)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!("{}: {error}", pages.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_and_goes_on_where_it_is_sure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let mut part = PartFile::create(&path).unwrap();
        part.write(b"Id\n1\n").unwrap();
        let sure = part.sync().unwrap();
        part.write(b"2\n3").unwrap();
        drop(part);
        assert!(!path.exists());
        assert!(PartFile::create(&path).err().unwrap().hint.unwrap().contains("another name"));
        assert!(PartFile::reopen(&path, 1_000).is_none(), "shorter than what is sure");
        let mut part = PartFile::reopen(&path, sure).unwrap();
        part.write(b"4\n").unwrap();
        part.finish(ExportFormat::Csv).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "Id\n1\n4\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn where_nothing_can_be_written_it_is_said_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let error = PartFile::create(&folder.path().join("none/a.csv")).err().unwrap();
        assert!(error.hint.unwrap().contains("Make the folder"), "{}", error.message);
        let error = PartFile::create(folder.path()).err().unwrap();
        assert!(error.hint.unwrap().contains("another name"), "{}", error.message);
    }
}
