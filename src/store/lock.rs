//! Who works on a run: a lock that the system drops when its process dies, however it dies. (A heartbeat would not do: a
//! computer that sleeps has none.)

use super::{RunId, StoreError};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Held by the process that works on a run.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
    path: PathBuf,
}

fn path_of(workspace: &Path, run: RunId) -> PathBuf {
    let mut name = workspace.file_name().unwrap_or_default().to_owned();
    name.push(format!(".run{}.lock", run.0));
    workspace.with_file_name(name)
}

impl RunLock {
    /// Takes the run, or says that another process has it.
    pub fn take(workspace: &Path, run: RunId) -> Result<RunLock, StoreError> {
        let path = path_of(workspace, run);
        let fail = |source| StoreError::File { path: path.clone(), source };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => Ok(RunLock { _file: file, path }),
            Err(TryLockError::WouldBlock) => Err(StoreError::RunBusy(run.0)),
            Err(TryLockError::Error(source)) => Err(StoreError::File { path, source }),
        }
    }

    /// Whether some process works on the run.
    pub fn is_taken(workspace: &Path, run: RunId) -> bool {
        match File::open(path_of(workspace, run)) {
            Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
            Err(_) => false,
        }
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // A file that stays behind does no harm: it is not locked.
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!("{}: {error}", self.path.display());
        }
    }
}
