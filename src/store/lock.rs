//! Who works on a run or an export: a lock that the system drops when its process dies, however it dies. (A heartbeat would not do: a
//! computer that sleeps has none.)

use super::{ExportId, IntegrationId, RunId, StoreError};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Held by the process that works on a run.
#[derive(Debug)]
pub struct RunLock {
    _file: LockFile,
}

/// Held by whoever works on an export.
#[derive(Debug)]
pub struct ExportLock {
    _file: LockFile,
}

/// Held by the process that syncs an integration: two at once would make every new record twice.
#[derive(Debug)]
pub struct SyncLock {
    _file: LockFile,
}

#[derive(Debug)]
struct LockFile {
    _file: File,
    path: PathBuf,
}

fn path_of(workspace: &Path, what: &str, number: i64) -> PathBuf {
    let mut name = workspace.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{what}{number}.lock"));
    workspace.with_file_name(name)
}

impl RunLock {
    /// Takes the run, or says that another process has it.
    pub fn take(workspace: &Path, run: RunId) -> Result<RunLock, StoreError> {
        let file = LockFile::take(path_of(workspace, "run", run.0), StoreError::RunBusy(run.0))?;
        Ok(RunLock { _file: file })
    }

    /// Whether some process works on the run.
    pub fn is_taken(workspace: &Path, run: RunId) -> bool {
        is_taken(&path_of(workspace, "run", run.0))
    }
}

impl SyncLock {
    /// Takes the sync of an integration, or says that another process has it.
    pub fn take(workspace: &Path, integration: IntegrationId) -> Result<SyncLock, StoreError> {
        let file = LockFile::take(path_of(workspace, "sync", integration.0), StoreError::SyncBusy)?;
        Ok(SyncLock { _file: file })
    }
}

impl ExportLock {
    /// Takes the export, or says that somebody has it.
    pub fn take(workspace: &Path, export: ExportId) -> Result<ExportLock, StoreError> {
        let file = LockFile::take(path_of(workspace, "export", export.0), StoreError::ExportBusy(export.0))?;
        Ok(ExportLock { _file: file })
    }

    /// Whether somebody works on the export.
    pub fn is_taken(workspace: &Path, export: ExportId) -> bool {
        is_taken(&path_of(workspace, "export", export.0))
    }
}

fn is_taken(path: &Path) -> bool {
    match File::open(path) {
        Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

impl LockFile {
    fn take(path: PathBuf, busy: StoreError) -> Result<LockFile, StoreError> {
        let fail = |source| StoreError::File { path: path.clone(), source };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => Ok(LockFile { _file: file, path }),
            Err(TryLockError::WouldBlock) => Err(busy),
            Err(TryLockError::Error(source)) => Err(StoreError::File { path, source }),
        }
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // A file that stays behind does no harm: it is not locked.
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!("{}: {error}", self.path.display());
        }
    }
}
