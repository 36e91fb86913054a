//! What a file looked like at some moment, to tell later whether it is still the same.

use sha2::{Digest as _, Sha256};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes at the beginning and at the end that are looked at: a mark of a large file must not cost a second reading of it.
const LOOKED_AT: u64 = 256 * 1024;

/// A file as it was. Equal marks mean that length, time of change, beginning and end are the same.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FileMark {
    path: PathBuf,
    bytes: u64,
    /// Milliseconds since 1970.
    modified: Option<i64>,
    /// SHA-256 of the beginning and the end, in hex.
    digest: String,
}

/// What has become of a file since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSince {
    /// It is as it was.
    Same,
    /// Something else is in it.
    Edited,
    /// It is no longer there.
    Gone,
}

impl FileMark {
    /// The file at `path` as it is now; `None` where it cannot be read or is no plain file.
    pub fn of(path: &Path) -> Option<FileMark> {
        let mut file = std::fs::File::open(path).ok()?;
        let about = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
        let bytes = about.len();
        let mut digest = Sha256::new();
        let mut take = |from: u64| {
            let mut part = Vec::new();
            file.seek(SeekFrom::Start(from)).ok()?;
            file.by_ref().take(LOOKED_AT).read_to_end(&mut part).ok()?;
            digest.update(&part);
            Some(())
        };
        take(0)?;
        take(bytes.saturating_sub(LOOKED_AT))?;
        let modified = about.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let digest = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Some(FileMark {
            path: path.to_owned(),
            bytes,
            modified: modified.map(|since| since.as_millis() as i64),
            digest,
        })
    }

    /// Where it was.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What has become of it. A file that was only copied over itself or touched is the same.
    pub fn since(&self) -> FileSince {
        match FileMark::of(&self.path) {
            None => FileSince::Gone,
            Some(now) if now.bytes == self.bytes && now.digest == self.digest => match self.bytes > 2 * LOOKED_AT {
                // The middle was not looked at, so that the time has to tell.
                true if now.modified != self.modified => FileSince::Edited,
                _ => FileSince::Same,
            },
            Some(_) => FileSince::Edited,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_and_a_move_are_noticed_and_a_touch_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, "Id,Name\n1,Acme\n").unwrap();
        let mark = FileMark::of(&path).unwrap();
        assert_eq!(mark.since(), FileSince::Same);
        std::fs::write(&path, "Id,Name\n1,Acme\n").unwrap();
        assert_eq!(mark.since(), FileSince::Same);
        std::fs::write(&path, "Id,Name\n1,Acma\n").unwrap();
        assert_eq!(mark.since(), FileSince::Edited);
        std::fs::rename(&path, folder.path().join("moved.csv")).unwrap();
        assert_eq!(mark.since(), FileSince::Gone);
        assert_eq!(FileMark::of(folder.path()), None);
    }
}
