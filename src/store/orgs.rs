//! Orgs that the workspace knows. Their secrets sleep in the vault.

use serde::{Deserialize, Serialize};

/// How one signs in to an org.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthKind {
    /// The practice org that runs beside the program.
    Practice,
    /// A pasted session id or access token.
    Token,
    /// OAuth JWT bearer.
    Jwt,
    /// OAuth client credentials.
    ClientCredentials,
}
