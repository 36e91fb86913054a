//! Opening a workspace: where it is, its key, and what a new one holds.

use super::practice::PRACTICE;
use super::{Workspace, WorkspaceError};
use crate::clock::Clock;
use crate::integration::Integration;
use crate::store::{AuthKind, OrgRecord, Store, StoreKey};
use crate::vault::{Vault, VaultKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// How to open a workspace.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// The file; by default the one in the user's data folder.
    pub path: Option<PathBuf>,
    /// Where secrets sleep; by default what `LINKSPAN_VAULT` says, else the keychain if there is one.
    pub vault: Option<VaultKind>,
    /// The time; by default the system's.
    pub clock: Option<Clock>,
}

/// The user's data folder for Linkspan.
pub(super) fn data_folder() -> Result<PathBuf, WorkspaceError> {
    let folders = directories::ProjectDirs::from("", "", "linkspan").ok_or_else(|| {
        WorkspaceError::new("this user has no home folder")
            .hint("Set HOME, or give the workspace file with --workspace.")
    })?;
    Ok(folders.data_dir().to_owned())
}

/// Where the workspace is unless somebody says otherwise.
pub fn default_path() -> Result<PathBuf, WorkspaceError> {
    Ok(data_folder()?.join("My project.linkspan"))
}

impl Workspace {
    /// Opens a workspace, and makes it if it is not there yet.
    pub fn open(options: OpenOptions) -> Result<Workspace, WorkspaceError> {
        let path = match options.path {
            Some(path) => path,
            None => default_path()?,
        };
        let path = std::path::absolute(&path).unwrap_or(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        }
        let kind = match options.vault {
            Some(kind) => kind,
            None => VaultKind::chosen()?,
        };
        let vault = Vault::open(kind, &data_folder()?);
        let key = workspace_key(&path, &vault)?;
        let store = Store::open(&path, &key)?;
        let clock = options.clock.unwrap_or_else(Clock::system);
        let inner = super::Inner {
            path,
            key,
            vault,
            clock,
            practice: Mutex::default(),
            query_shapes: Mutex::default(),
            queues: Mutex::default(),
        };
        let workspace = Workspace(Arc::new(inner));
        if store.org(PRACTICE)?.is_none() {
            workspace.furnish(&store)?;
        }
        Ok(workspace)
    }

    /// What a new workspace holds: the practice org, and one integration that waits to be run.
    fn furnish(&self, store: &Store) -> Result<(), WorkspaceError> {
        store.save_org(&OrgRecord {
            alias: PRACTICE.to_owned(),
            url: String::new(),
            auth: AuthKind::Practice,
            client_id: None,
            login: None,
            environment: Some("practice".to_owned()),
            name: "Practice org".to_owned(),
            org_id: String::new(),
            user_id: String::new(),
            username: String::new(),
            api_version: String::new(),
            api_usage: None,
            seen_at: None,
            problem: None,
        })?;
        let file = data_folder()?.join("examples").join("northwind-customers.csv");
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        }
        std::fs::write(&file, EXAMPLE_ROWS).map_err(|error| unwritable(&file, &error))?;
        let mut example = Integration::from_file(EXAMPLE)?;
        for source in example.steps.iter_mut().filter_map(|step| step.source.file_mut()) {
            source.path.clone_from(&file);
        }
        store.save_integration(None, &example, self.now())?;
        store.log(self.now(), "Workspace made, with the practice org and an example", None)?;
        Ok(())
    }
}

/// The example that a new workspace holds.
const EXAMPLE: &str = include_str!("../../assets/examples/northwind-customers.json");
const EXAMPLE_ROWS: &[u8] = include_bytes!("../../assets/examples/northwind-customers.csv");

pub(super) fn unwritable(path: &Path, error: &std::io::Error) -> WorkspaceError {
    WorkspaceError::new(format!("{} cannot be written: {error}", path.display()))
        .hint("Check that the folder exists, that you may write to it, and that the disk has space.")
}

/// The key of a workspace file: from the vault, or a new one for a new file. The file's salt, which anybody may read, names it.
fn workspace_key(path: &Path, vault: &Vault) -> Result<StoreKey, WorkspaceError> {
    let name = |salt: &str| format!("workspace-{salt}");
    if let Some(salt) = StoreKey::salt_of(path)? {
        let mut key = vault.get(&name(&salt))?;
        if key.is_none() && vault.kind() == VaultKind::Env {
            key = Vault::open(VaultKind::File, &data_folder()?).get(&name(&salt))?;
        }
        let key = key.ok_or_else(|| {
            WorkspaceError::new(format!("the key of {} is not in this user's vault", path.display()))
                .hint("Open it as the user who made it, set LINKSPAN_VAULT as it was then, or choose another file.")
        })?;
        return Ok(StoreKey { key, salt });
    }
    let salt = random_salt()?;
    let key = vault.workspace_key(&name(&salt))?;
    Ok(StoreKey { key, salt })
}

fn random_salt() -> Result<String, WorkspaceError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| WorkspaceError::new(format!("the system gives no random numbers: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
