//! A file, rewritten as a whole: it is what it was, or what it is to be, and never something between.
//!
//! The new content is written beside the file, to the disk, and then takes its place. All that a delivery does not touch is copied byte
//! for byte.

use super::table::{Table, held, is_held};
use super::write::Edits;
use crate::connect::ConnectError;
use crate::connect::file::unwritable;
use crate::connect::write::beside;
use std::fs;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What a file is to be, on the disk beside it.
pub(super) struct Prepared {
    new: NamedTempFile,
    path: PathBuf,
}

/// Writes what a file is to be beside it.
pub(super) fn prepare(table: &Table, edits: &Edits) -> Result<Prepared, ConnectError> {
    let write = || -> io::Result<NamedTempFile> {
        let new = beside(table.path.parent().unwrap_or(Path::new(".")))?;
        keep_rights(&table.path, new.as_file())?;
        let mut out = BufWriter::new(new.as_file());
        lay_over(table, edits, &mut fs::File::open(&table.path)?, &mut out)?;
        out.flush()?;
        drop(out);
        new.as_file().sync_all()?;
        Ok(new)
    };
    let new = write().map_err(|error| unwritable(&table.path, &error))?;
    Ok(Prepared { new, path: table.path.clone() })
}

impl Prepared {
    /// Puts it in the place of the file.
    pub(super) fn put(self) -> Result<(), ConnectError> {
        let Prepared { new, path } = self;
        new.persist(&path).map_err(|error| match error.error {
            // Where a file is open, Windows only says that its place may not be taken.
            error if is_held(&error) || (cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied) => {
                held(&path)
            }
            error => unwritable(&path, &error),
        })?;
        remember_name(&path).map_err(|error| ConnectError::Lost {
            message: format!("{} failed while a delivery was written to it: {error}", path.display()),
        })
    }
}

/// The file with the edits in it.
fn lay_over(table: &Table, edits: &Edits, old: &mut (impl Read + Seek), out: &mut impl Write) -> io::Result<()> {
    let (tail, before_new) = table.tail();
    let mut at = 0;
    let mut copy = |from: u64, to: u64, out: &mut dyn Write| -> io::Result<()> {
        old.seek(SeekFrom::Start(from))?;
        let copied = io::copy(&mut old.by_ref().take(to - from), out)?;
        if copied < to - from { Err(io::Error::other("it became shorter while it was copied")) } else { Ok(()) }
    };
    for (row, text) in &edits.rows {
        let (from, to) = table.place(*row);
        copy(at, from, out)?;
        out.write_all(text.as_deref().unwrap_or_default())?;
        at = to;
    }
    copy(at, tail, out)?;
    let last_goes = edits.rows.get(&table.last_row()).is_some_and(Option::is_none);
    if !edits.new.is_empty() && !last_goes {
        out.write_all(&table.encoded(before_new).unwrap_or_default())?;
    }
    edits.new.iter().try_for_each(|row| out.write_all(row))?;
    copy(tail, table.length(), out)
}

/// Gives a new file the rights of the one that it is to replace, and its owner where that may be done.
fn keep_rights(old: &Path, new: &fs::File) -> io::Result<()> {
    let about = fs::metadata(old)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        // Only some may give files away; the rights are kept in any case.
        let _given = fchown(new, Some(about.uid()), Some(about.gid())).is_ok();
    }
    new.set_permissions(about.permissions())
}

/// Sees to it that the new file is found under its name even after the power has failed.
fn remember_name(path: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
}
