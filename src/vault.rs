//! Where secrets sleep: the system keychain, an owner-only file, or the environment.
//!
//! Nothing here prompts on a machine without a desktop, and nothing hangs: a keychain that does not answer in time is an error
//! that says so. The key of the workspace sleeps here too, away from the workspace itself.

use crate::secret::Secret;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;
use zeroize::Zeroizing;

/// The kinds of vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VaultKind {
    /// The system's keychain.
    Keychain,
    /// A file that its owner alone can read.
    File,
    /// Environment variables named after the secret, `LINKSPAN_SECRET_<NAME>`; they can be read only.
    Env,
}

/// The environment variable that chooses the vault.
pub const CHOICE: &str = "LINKSPAN_VAULT";

/// The name under which everything stands in the keychain.
const SERVICE: &str = "linkspan";

/// Longest time that a keychain may take; long enough for a person to type a password.
const PATIENCE: Duration = Duration::from_secs(60);

/// Longest time to find out whether there is a keychain.
const PROBE: Duration = Duration::from_secs(2);

/// A vault that is open.
pub struct Vault {
    kind: VaultKind,
    folder: PathBuf,
    variable: fn(&str) -> Option<String>,
}

/// Why a secret could not be had or kept.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The choice of a vault names none.
    #[error("there is no vault called {word}; {CHOICE} takes keychain, file or env")]
    Unknown {
        /// The word.
        word: String,
    },
    /// The keychain refused, or gave no answer.
    #[error("the system keychain does not give or keep {name}: {reason}")]
    Keychain {
        /// Which secret.
        name: String,
        /// What the keychain said.
        reason: String,
    },
    /// The file can be read by others.
    #[error("{path} can be read by others (mode {mode:o})")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file cannot be read or written.
    #[error("{path} cannot be read or written: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file is not what we wrote.
    #[error("{path} is damaged: {error}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        error: serde_json::Error,
    },
    /// The environment cannot be written.
    #[error("secrets in the environment cannot be changed: {variable}")]
    ReadOnly {
        /// The variable that would have been set.
        variable: String,
    },
    /// The system has no random numbers.
    #[error("the system gave no random numbers: {0}")]
    Random(getrandom::Error),
}

impl VaultError {
    /// What a person can do about it.
    pub fn hint(&self) -> String {
        match self {
            VaultError::Unknown { .. } => format!("Set {CHOICE} to one of them, or remove it."),
            VaultError::Keychain { .. } => {
                format!("Unlock the keychain, or set {CHOICE}=file to keep secrets in a file.")
            }
            VaultError::Exposed { path, .. } => {
                format!("Run chmod 600 {}, and change the secrets in it if others may have read them.", path.display())
            }
            VaultError::File { .. } => "Check the folder's rights and the room on its disk.".to_owned(),
            VaultError::Damaged { path, .. } => {
                format!("Restore {} from a backup, or remove it and sign in again.", path.display())
            }
            VaultError::ReadOnly { variable } => {
                format!("Set {variable} before starting Linkspan, or set {CHOICE}=file.")
            }
            VaultError::Random(_) => "Try again; if it stays so, the system is not set up fully.".to_owned(),
        }
    }
}

impl VaultKind {
    /// The kind of that word.
    pub fn from_word(word: &str) -> Result<VaultKind, VaultError> {
        match word {
            "keychain" => Ok(VaultKind::Keychain),
            "file" => Ok(VaultKind::File),
            "env" => Ok(VaultKind::Env),
            _ => Err(VaultError::Unknown { word: word.to_owned() }),
        }
    }

    /// What `LINKSPAN_VAULT` says; else the keychain if it answers without asking anybody, else a file.
    pub fn chosen() -> Result<VaultKind, VaultError> {
        match variable(CHOICE).filter(|word| !word.is_empty()) {
            Some(word) => VaultKind::from_word(&word),
            None if keychain_answers() => Ok(VaultKind::Keychain),
            None => Ok(VaultKind::File),
        }
    }
}

impl Vault {
    /// Opens a vault; `folder` is the user's data folder, in which a file would be.
    pub fn open(kind: VaultKind, folder: &Path) -> Vault {
        Vault { kind, folder: folder.to_owned(), variable }
    }

    /// Its kind.
    pub fn kind(&self) -> VaultKind {
        self.kind
    }

    /// The secret of that name, if there is one.
    pub fn get(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        match self.kind {
            VaultKind::Keychain => keychain(name, PATIENCE, |entry| match entry.get_password() {
                Ok(text) => Ok(Some(Secret::new(text))),
                Err(keyring::Error::NoEntry) => Ok(None),
                Err(error) => Err(error),
            }),
            VaultKind::File => Ok(self.read_file()?.remove(name).map(|text| Secret::new(text.as_str()))),
            VaultKind::Env => Ok((self.variable)(&variable_name(name)).map(Secret::new)),
        }
    }

    /// Keeps a secret under that name, in place of the one before.
    pub fn set(&self, name: &str, secret: &Secret) -> Result<(), VaultError> {
        match self.kind {
            VaultKind::Keychain => {
                let secret = secret.clone();
                keychain(name, PATIENCE, move |entry| entry.set_password(secret.expose()))
            }
            VaultKind::File => self.change_file(|secrets| {
                secrets.insert(name.to_owned(), Zeroizing::new(secret.expose().to_owned()));
            }),
            VaultKind::Env => Err(VaultError::ReadOnly { variable: variable_name(name) }),
        }
    }

    /// Forgets the secret of that name; nothing happens if there is none.
    pub fn remove(&self, name: &str) -> Result<(), VaultError> {
        match self.kind {
            VaultKind::Keychain => keychain(name, PATIENCE, |entry| match entry.delete_credential() {
                Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
                Err(error) => Err(error),
            }),
            VaultKind::File => self.change_file(|secrets| {
                secrets.remove(name);
            }),
            VaultKind::Env => Err(VaultError::ReadOnly { variable: variable_name(name) }),
        }
    }

    /// The key of a workspace, 32 random bytes in hexadecimal, made when it is first asked for. Where secrets come from the
    /// environment and it has no such key, the key sleeps in the file.
    pub fn workspace_key(&self, name: &str) -> Result<Secret, VaultError> {
        if let Some(key) = self.get(name)? {
            return Ok(key);
        }
        if self.kind == VaultKind::Env {
            return Vault::open(VaultKind::File, &self.folder).workspace_key(name);
        }
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice()).map_err(VaultError::Random)?;
        let mut key = String::with_capacity(64);
        for byte in bytes.iter() {
            for digit in [byte >> 4, byte & 15] {
                key.extend(char::from_digit(digit.into(), 16));
            }
        }
        let key = Secret::new(key);
        if self.kind != VaultKind::File {
            self.set(name, &key)?;
            return Ok(key);
        }
        // Another process may have made one meanwhile; only under the lock can we tell.
        let mut kept = key;
        self.change_file(|secrets| {
            let text = secrets.entry(name.to_owned()).or_insert_with(|| Zeroizing::new(kept.expose().to_owned()));
            kept = Secret::new(text.as_str());
        })?;
        Ok(kept)
    }

    fn path(&self) -> PathBuf {
        self.folder.join("secrets.json")
    }

    fn read_file(&self) -> Result<BTreeMap<String, Zeroizing<String>>, VaultError> {
        let path = self.path();
        let text = match fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(VaultError::File { path, error }),
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let about = fs::metadata(&path).map_err(|error| VaultError::File { path: path.clone(), error })?;
            let mode = about.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(VaultError::Exposed { path, mode });
            }
        }
        let secrets: BTreeMap<String, String> =
            serde_json::from_str(&text).map_err(|error| VaultError::Damaged { path, error })?;
        Ok(secrets.into_iter().map(|(name, secret)| (name, Zeroizing::new(secret))).collect())
    }

    /// Reads the file, changes it and writes it whole, alone among all processes.
    fn change_file(&self, change: impl FnOnce(&mut BTreeMap<String, Zeroizing<String>>)) -> Result<(), VaultError> {
        let failed = |error| VaultError::File { path: self.path(), error };
        private_folder(&self.folder).map_err(failed)?;
        let lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.folder.join("secrets.lock"))
            .map_err(failed)?;
        lock.lock().map_err(failed)?;
        let mut secrets = self.read_file()?;
        change(&mut secrets);
        let plain: BTreeMap<&str, &str> =
            secrets.iter().map(|(name, secret)| (name.as_str(), secret.as_str())).collect();
        let text = Zeroizing::new(serde_json::to_vec_pretty(&plain).map_err(|error| failed(error.into()))?);
        // Temporary files are made for their owner alone.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        file.persist(self.path()).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// `LINKSPAN_SECRET_MY_ORG` for `my-org`.
fn variable_name(name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    format!("LINKSPAN_SECRET_{}", plain.collect::<String>())
}

/// Whether there is a keychain that answers without asking anybody.
fn keychain_answers() -> bool {
    if cfg!(target_os = "linux") {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let bus = set("DBUS_SESSION_BUS_ADDRESS")
            || variable("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).join("bus").exists());
        // Without a desktop nobody could answer a prompt.
        if !bus || !(set("DISPLAY") || set("WAYLAND_DISPLAY")) {
            return false;
        }
    }
    // Asking for what was never kept unlocks nothing.
    let probed = keychain("probe", PROBE, |entry| match entry.get_password() {
        Ok(_) | Err(keyring::Error::NoEntry) => Ok(()),
        Err(error) => Err(error),
    });
    probed.is_ok()
}

/// Asks the keychain on a thread of its own, so that one that hangs does not hang us.
fn keychain<T: Send + 'static>(
    name: &str,
    patience: Duration,
    ask: impl FnOnce(&keyring::Entry) -> Result<T, keyring::Error> + Send + 'static,
) -> Result<T, VaultError> {
    let refused = |reason: String| VaultError::Keychain { name: name.to_owned(), reason };
    let (sender, answer) = mpsc::channel();
    let entry = name.to_owned();
    std::thread::Builder::new()
        .name("keychain".to_owned())
        .spawn(move || {
            let result = keyring::Entry::new(SERVICE, &entry).and_then(|entry| ask(&entry));
            // Nobody may be waiting any more.
            let _late = sender.send(result).is_err();
        })
        .map_err(|error| refused(error.to_string()))?;
    match answer.recv_timeout(patience) {
        Ok(result) => result.map_err(|error| refused(error.to_string())),
        Err(_) => Err(refused(format!("no answer within {} seconds", patience.as_secs()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_secrets_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("data/linkspan");
        let vault = Vault::open(VaultKind::File, &home);
        assert_eq!(vault.get("sandbox").unwrap(), None);
        vault.set("sandbox", &Secret::new("5Aep8")).unwrap();
        vault.set("other", &Secret::new("x")).unwrap();
        vault.remove("other").unwrap();
        vault.remove("never there").unwrap();
        let again = Vault::open(VaultKind::File, &home);
        assert_eq!(again.get("sandbox").unwrap().unwrap().expose(), "5Aep8");
        assert_eq!(again.get("other").unwrap(), None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&home), mode(&vault.path())), (0o700, 0o600));
            fs::set_permissions(vault.path(), fs::Permissions::from_mode(0o644)).unwrap();
            let error = vault.get("sandbox").unwrap_err();
            assert!(matches!(error, VaultError::Exposed { mode: 0o644, .. }));
            assert!(error.hint().contains("chmod 600"));
        }
    }

    #[test]
    fn a_damaged_file_is_told_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(VaultKind::File, folder.path());
        vault.set("a", &Secret::new("x")).unwrap();
        fs::write(vault.path(), "{").unwrap();
        assert!(matches!(vault.set("b", &Secret::new("y")), Err(VaultError::Damaged { .. })));
        assert_eq!(fs::read_to_string(vault.path()).unwrap(), "{");
    }

    #[test]
    fn the_environment_is_read_only() {
        let folder = tempfile::tempdir().unwrap();
        let variable = |name: &str| (name == "LINKSPAN_SECRET_MY_ORG").then(|| "t0ken".to_owned());
        let vault = Vault { kind: VaultKind::Env, folder: folder.path().to_owned(), variable };
        assert_eq!(vault.get("my-org").unwrap().unwrap().expose(), "t0ken");
        assert_eq!(vault.get("other").unwrap(), None);
        let error = vault.set("other", &Secret::new("x")).unwrap_err();
        assert!(error.hint().contains("LINKSPAN_SECRET_OTHER"));
        assert!(vault.remove("my-org").is_err());
        // The key of the workspace is made all the same.
        assert_eq!(vault.workspace_key("workspace").unwrap(), vault.workspace_key("workspace").unwrap());
    }

    #[test]
    fn a_workspace_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<_> = std::thread::scope(|scope| {
            let make = || Vault::open(VaultKind::File, folder.path()).workspace_key("w").unwrap();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(keys[0].expose().len(), 64);
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
        assert_ne!(Vault::open(VaultKind::File, folder.path()).workspace_key("v").unwrap(), keys[0]);
    }

    #[test]
    fn the_choice_is_a_word() {
        assert_eq!(VaultKind::from_word("file").unwrap(), VaultKind::File);
        assert!(VaultKind::from_word("safe").unwrap_err().to_string().contains("keychain, file or env"));
    }
}
