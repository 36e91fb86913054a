//! temp
use crate::secret::Secret;
use std::path::{Path, PathBuf};
/// t
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultKind {
    /// f
    File,
    /// e
    Env,
    /// k
    Keychain,
}
/// t
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct VaultError(String);
impl VaultError {
    /// t
    pub fn hint(&self) -> Option<&str> {
        None
    }
}
/// t
pub struct Vault(PathBuf);
#[allow(missing_docs)]
impl Vault {
    pub fn open(_k: VaultKind, folder: &Path) -> Result<Vault, VaultError> {
        std::fs::create_dir_all(folder.join("v")).ok();
        Ok(Vault(folder.join("v")))
    }
    pub fn get(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        Ok(std::fs::read_to_string(self.0.join(name)).ok().map(Secret::new))
    }
    pub fn set(&self, name: &str, s: &Secret) -> Result<(), VaultError> {
        std::fs::write(self.0.join(name), s.expose()).map_err(|e| VaultError(e.to_string()))
    }
    pub fn remove(&self, name: &str) -> Result<(), VaultError> {
        std::fs::remove_file(self.0.join(name)).ok();
        Ok(())
    }
    pub fn get_own(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        self.get(name)
    }
    pub fn set_own(&self, name: &str, s: &Secret) -> Result<(), VaultError> {
        self.set(name, s)
    }
}
impl VaultKind {
    /// t
    pub fn from_environment() -> Result<VaultKind, VaultError> {
        Ok(VaultKind::File)
    }
}
