//! temp
#![allow(missing_docs)]
use std::path::PathBuf;
pub struct Options {
    pub port: u16,
    pub storage: Storage,
    pub seed: Seed,
    pub shuffle_results: bool,
}
impl Default for Options {
    fn default() -> Self {
        Options { port: 0, storage: Storage::Memory, seed: Seed::Demo, shuffle_results: true }
    }
}
pub enum Storage {
    Memory,
    File(PathBuf),
}
pub enum Seed {
    Demo,
    Empty,
}
pub struct PracticeOrg;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct StartError;
pub struct Credentials {
    pub access_token: String,
    pub refresh_token: String,
    pub username: String,
    pub password: String,
    pub client_id: String,
    pub client_secret: String,
    pub org_id: String,
    pub user_id: String,
    pub api_version: String,
}
impl PracticeOrg {
    pub fn start(_options: Options) -> Result<PracticeOrg, StartError> {
        Err(StartError)
    }
    pub fn url(&self) -> String {
        String::new()
    }
    pub fn credentials(&self) -> Credentials {
        unreachable!()
    }
    pub fn private_key_pem(&self) -> Result<String, StartError> {
        Err(StartError)
    }
}
