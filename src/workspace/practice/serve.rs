//! Found where it runs, or started.
//!
//! Whoever needs it first serves it and holds a lock while it runs; others find its address in a file that only this user can
//! read and that is gone when it stops. In a workspace the address is never stored.

use crate::salesforce::{Auth, OrgSettings};
use crate::secret::Secret;
use crate::workspace::open::unwritable;
use crate::workspace::{Workspace, WorkspaceError, explain};
use practice_org::{FaultScript, Limits, Options, PracticeOrg, Seed, Storage};
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::Duration;

/// The alias that always means the practice org.
pub(in crate::workspace) const PRACTICE: &str = "practice";

/// The practice org that this process serves to others of the same workspace.
pub(in crate::workspace) struct Served {
    org: PracticeOrg,
    _lock: File,
    address_file: PathBuf,
}

/// Where it answers, for other processes of this user.
#[derive(Serialize, Deserialize)]
pub(super) struct Address {
    pub(super) url: String,
    pub(super) access_token: String,
    client_id: String,
    client_secret: String,
}

impl Address {
    fn of(org: &PracticeOrg) -> Address {
        let credentials = org.credentials();
        Address {
            url: org.url(),
            access_token: credentials.access_token,
            client_id: credentials.client_id,
            client_secret: credentials.client_secret,
        }
    }

    /// Linkspan renews its session there as an integration does, so that one that is made to expire ends nothing.
    fn settings(self) -> OrgSettings {
        let by = Auth::ClientCredentials { client_id: self.client_id, client_secret: Secret::new(self.client_secret) };
        let auth = Auth::Renewed { token: Secret::new(self.access_token), by: Box::new(by) };
        OrgSettings { alias: PRACTICE.to_owned(), url: self.url, auth, api_version: None }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.address_file) {
            tracing::debug!("{}: {error}", self.address_file.display());
        }
    }
}

impl Workspace {
    /// Starts the practice org unless it runs already, here or in another process.
    pub fn start_practice_org(&self) -> Result<(), WorkspaceError> {
        self.practice_settings().map(drop)
    }

    /// How to reach the practice org, which is started if nobody runs it.
    pub(in crate::workspace) fn practice_settings(&self) -> Result<OrgSettings, WorkspaceError> {
        self.practice_address().map(Address::settings)
    }

    /// Whether this process runs it.
    pub(super) fn practice_is_here(&self) -> bool {
        self.0.practice.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Where it answers, if somebody runs it now; it is not started.
    pub(super) fn practice_running(&self) -> Option<Address> {
        let served = self.0.practice.lock().unwrap_or_else(PoisonError::into_inner);
        match &*served {
            Some(served) => Some(Address::of(&served.org)),
            None => read_address(&beside(self.path(), ".practice.address")),
        }
    }

    /// A file beside the workspace that goes with its practice org.
    pub(super) fn beside_practice(&self, ending: &str) -> PathBuf {
        beside(self.path(), ending)
    }

    /// Where it answers; it is started if nobody runs it.
    pub(super) fn practice_address(&self) -> Result<Address, WorkspaceError> {
        let mut served = self.0.practice.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(served) = &*served {
            return Ok(Address::of(&served.org));
        }
        let beside = |ending: &str| beside(self.path(), ending);
        let lock_file = beside(".practice.lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&lock_file);
        let lock = lock.map_err(|error| unwritable(&lock_file, &error))?;
        let address_file = beside(".practice.address");
        // Whoever has the lock may still be starting.
        for _ in 0..100 {
            match lock.try_lock() {
                Ok(()) => {
                    let data = beside(".practice");
                    make_private(&data)?;
                    let org = start(Options { storage: Storage::File(data), ..Options::default() })?;
                    let address = Address::of(&org);
                    write_private(&address_file, &serde_json::json!(address).to_string())?;
                    *served = Some(Served { org, _lock: lock, address_file });
                    return Ok(address);
                }
                Err(TryLockError::WouldBlock) => {
                    if let Some(address) = read_address(&address_file) {
                        return Ok(address);
                    }
                }
                Err(TryLockError::Error(error)) => return Err(unwritable(&lock_file, &error)),
            }
            if crate::cancel::Cancel::new().sleep(Duration::from_millis(100)).is_err() {
                break;
            }
        }
        Err(WorkspaceError::new("the practice org is being started by another process and does not answer")
            .hint("Close the other Linkspan, then try again."))
    }
}

fn start(options: Options) -> Result<PracticeOrg, WorkspaceError> {
    PracticeOrg::start(options).map_err(|error| {
        WorkspaceError::new(format!("the practice org cannot start: {}", explain(&error)))
            .hint("Is another program using its port or its data file?")
    })
}

pub(super) fn beside(workspace: &Path, ending: &str) -> PathBuf {
    let mut name = workspace.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    workspace.with_file_name(name)
}

fn read_address(path: &Path) -> Option<Address> {
    serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

/// Makes a file that only this user can read, unless it is there already: invented as they are, it holds tokens.
fn make_private(path: &Path) -> Result<(), WorkspaceError> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unwritable(path, &error)),
    }
}

/// Writes a file that only this user can read, whole or not at all.
pub(in crate::workspace) fn write_private(path: &Path, text: &str) -> Result<(), WorkspaceError> {
    let write = || {
        // A temporary file is readable by its owner alone from its first moment.
        let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        file.write_all(text.as_bytes())?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error: std::io::Error| unwritable(path, &error))
}

/// How to run a practice org on its own.
#[derive(Debug, Clone)]
pub struct PracticeSettings {
    /// Address of this computer to listen on; 127.0.0.1 unless there is a reason.
    pub listen: IpAddr,
    /// Port on this computer; 0 for any that is free.
    pub port: u16,
    /// Where its records are.
    pub storage: PracticeStorage,
    /// What it holds when it is new.
    pub seed: Seed,
    /// How long an access token lives.
    pub session: Duration,
    /// Whether using a refresh token replaces it.
    pub rotate_refresh_tokens: bool,
    /// Calls a day.
    pub daily_calls: u64,
    /// A script of faults to begin with.
    pub faults: Option<PathBuf>,
}

/// Where a practice org's records are.
#[derive(Debug, Clone)]
pub enum PracticeStorage {
    /// Gone when it stops.
    Memory,
    /// In this file.
    File(PathBuf),
}

/// A practice org that runs until it is dropped.
pub struct RunningPracticeOrg {
    _org: PracticeOrg,
    /// Everything a client needs, as one JSON object. It holds the practice org's own, invented secrets.
    pub welcome: serde_json::Value,
}

fn read_script(path: &Path) -> Result<FaultScript, WorkspaceError> {
    let wrong = |what: String| {
        WorkspaceError::new(format!("{}: {what}", path.display()))
            .hint("A script looks like {\"seed\": 7, \"faults\": [{\"lock_rows\": {\"share\": 0.05}}]}.")
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let json = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    FaultScript::read(&json).map_err(|error| wrong(error.to_string()))
}

/// Runs a practice org on its own, for other clients.
pub fn start_practice_org(settings: PracticeSettings) -> Result<RunningPracticeOrg, WorkspaceError> {
    let key_file = match &settings.storage {
        PracticeStorage::File(path) => beside(path, ".key.pem"),
        PracticeStorage::Memory => {
            std::env::temp_dir().join(format!("linkspan-practice-{}.key.pem", std::process::id()))
        }
    };
    let storage = match settings.storage {
        PracticeStorage::Memory => Storage::Memory,
        PracticeStorage::File(path) => Storage::File(path),
    };
    let script = settings.faults.as_deref().map(read_script).transpose()?;
    let org = start(Options {
        listen: settings.listen,
        port: settings.port,
        storage,
        seed: settings.seed,
        limits: Limits { daily_api_requests: settings.daily_calls, ..Limits::default() },
        session_lifetime: settings.session,
        rotate_refresh_tokens: settings.rotate_refresh_tokens,
        ..Options::default()
    })?;
    if let Some(script) = script {
        org.play(script);
    }
    let key = org
        .private_key_pem()
        .map_err(|error| WorkspaceError::new(format!("the practice org cannot make a key: {}", explain(&error))))?;
    write_private(&key_file, &key)?;
    let credentials = org.credentials();
    let welcome = serde_json::json!({
        "url": org.url(),
        "access_token": credentials.access_token,
        "refresh_token": credentials.refresh_token,
        "username": credentials.username,
        "password": credentials.password,
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "private_key_file": key_file,
        "org_id": credentials.org_id,
        "user_id": credentials.user_id,
        "api_version": credentials.api_version,
    });
    Ok(RunningPracticeOrg { _org: org, welcome })
}
