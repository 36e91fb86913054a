//! Asking the practice org about itself, and telling it what to do: its control API, whoever runs it.

use super::days;
use super::serve::{Address, PRACTICE, write_private};
use super::state::{PracticeCall, PracticeFault, PracticeSignIn, PracticeSnapshot, PracticeStatus};
use super::{Seed, worlds};
use crate::cancel::Cancel;
use crate::salesforce::{Auth, Org, OrgSettings, escaped, quoted};
use crate::secret::Secret;
use crate::workspace::{Workspace, WorkspaceError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

type Result<T> = std::result::Result<T, WorkspaceError>;

#[derive(Deserialize)]
struct Status {
    url: String,
    seed: Option<Seed>,
    requests: u64,
    daily_requests: u64,
    records: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct Faults {
    faults: Vec<FaultState>,
}

#[derive(Deserialize)]
struct FaultState {
    id: u64,
    fault: Value,
    hits: u64,
    over: bool,
}

#[derive(Deserialize)]
struct SignIn {
    url: String,
    access_token: String,
    refresh_token: String,
    username: String,
    password: String,
    client_id: String,
    client_secret: String,
    org_id: String,
    user_id: String,
    api_version: String,
}

impl Workspace {
    /// The practice org as it stands; it is started if nobody runs it.
    pub fn practice_status(&self) -> Result<PracticeStatus> {
        let status: Status = self.practice_ask("GET", "status", None)?;
        Ok(PracticeStatus {
            url: status.url,
            here: self.practice_is_here(),
            world: status.seed,
            used: status.requests,
            allowed: status.daily_requests,
            records: status.records.into_iter().collect(),
            faults: self.practice_faults()?,
        })
    }

    /// Every bad day that was switched on and not cleared.
    pub fn practice_faults(&self) -> Result<Vec<PracticeFault>> {
        let faults: Faults = self.practice_ask("GET", "faults", None)?;
        Ok(faults.faults.into_iter().map(fault).collect())
    }

    /// The bad days that strike now, without starting a practice org for that.
    pub fn practice_bad_days(&self) -> Result<Vec<PracticeFault>> {
        let Some(address) = self.practice_running() else { return Ok(Vec::new()) };
        let faults: Faults = ask(address, "GET", "faults", None)?;
        Ok(faults.faults.into_iter().map(fault).filter(|fault| !fault.over).collect())
    }

    /// Calls after the one with this number, oldest first. The latest two thousand are remembered.
    pub fn practice_calls(&self, after: u64) -> Result<Vec<PracticeCall>> {
        #[derive(Deserialize)]
        struct Calls {
            calls: Vec<PracticeCall>,
        }
        let calls: Calls = self.practice_ask("GET", &format!("log?after={after}"), None)?;
        Ok(calls.calls)
    }

    /// What another program needs to sign in.
    pub fn practice_sign_in(&self) -> Result<PracticeSignIn> {
        let told: SignIn = self.practice_ask("GET", "sign-in", None)?;
        Ok(PracticeSignIn {
            url: told.url,
            username: told.username,
            password: Secret::new(told.password),
            client_id: told.client_id,
            client_secret: Secret::new(told.client_secret),
            access_token: Secret::new(told.access_token),
            refresh_token: Secret::new(told.refresh_token),
            org_id: told.org_id,
            user_id: told.user_id,
            api_version: told.api_version,
        })
    }

    /// A file, readable by this user alone, with the private key for signing in with a JWT. Made on the first call, which takes a
    /// moment.
    pub fn practice_key_file(&self) -> Result<PathBuf> {
        #[derive(Deserialize)]
        struct Key {
            private_key: String,
        }
        let key: Key = self.practice_ask("GET", "key", None)?;
        let path = self.beside_practice(".practice.key.pem");
        write_private(&path, &key.private_key)?;
        Ok(path)
    }

    /// Switches bad days on: one as a script says it, a list of them, or a script with a seed. Tells their numbers.
    pub fn practice_play(&self, script: &Value) -> Result<Vec<u64>> {
        #[derive(Deserialize)]
        struct Ids {
            ids: Vec<u64>,
        }
        let script = self.with_ids(script)?;
        let ids: Ids = self.practice_ask("POST", "faults", Some(&script))?;
        Ok(ids.ids)
    }

    /// Plays a script from a file.
    pub fn practice_play_file(&self, path: &Path) -> Result<Vec<u64>> {
        let name = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            WorkspaceError::new(format!("{name} cannot be read: {error}")).hint("Choose a JSON file with bad days.")
        })?;
        self.practice_play(&read_script(&text).map_err(|error| {
            let hint = error.hint.clone().unwrap_or_default();
            WorkspaceError::new(format!("{name}: {}", error.message)).hint(hint)
        })?)
    }

    /// Plays a script that somebody typed.
    pub fn practice_play_text(&self, text: &str) -> Result<Vec<u64>> {
        self.practice_play(&read_script(text)?)
    }

    /// Switches one bad day off.
    pub fn practice_switch_off(&self, id: u64) -> Result<()> {
        if self.practice_faults()?.iter().all(|fault| fault.id != id) {
            return Err(WorkspaceError::new(format!("no bad day has the number {id}"))
                .hint("linkspan practice faults lists them with their numbers."));
        }
        self.practice_ask("DELETE", &format!("faults/{id}"), None)
    }

    /// Switches all bad days off.
    pub fn practice_clear(&self) -> Result<()> {
        self.practice_ask("DELETE", "faults", None)
    }

    /// Removes every record and plants a world. Who is signed in stays signed in.
    pub fn practice_reset(&self, world: &Seed) -> Result<()> {
        self.practice_ask("POST", "reset", Some(&json!({ "seed": world })))
    }

    /// The same, with the world as it is typed: `demo`, `large:Account=1000`.
    pub fn practice_reset_to(&self, world: &str) -> Result<Seed> {
        let seed = worlds::read(world)?;
        self.practice_reset(&seed)?;
        Ok(seed)
    }

    /// Keeps a copy of the practice org; without a name it gets the time. Tells its name.
    pub fn practice_snapshot(&self, name: Option<&str>) -> Result<String> {
        #[derive(Deserialize)]
        struct Kept {
            name: String,
        }
        let body = name.map_or_else(|| json!({}), |name| json!({ "name": name }));
        let kept: Kept = self.practice_ask("POST", "snapshots", Some(&body))?;
        Ok(kept.name)
    }

    /// Brings a copy back: every record is as it was then.
    pub fn practice_restore(&self, name: &str) -> Result<()> {
        self.known_snapshot(name)?;
        self.practice_ask("POST", &format!("snapshots/{}/restore", escaped(name)), Some(&json!({})))
    }

    /// Deletes a copy.
    pub fn practice_delete_snapshot(&self, name: &str) -> Result<()> {
        self.known_snapshot(name)?;
        self.practice_ask("DELETE", &format!("snapshots/{}", escaped(name)), None)
    }

    /// Every copy, newest first.
    pub fn practice_snapshots(&self) -> Result<Vec<PracticeSnapshot>> {
        #[derive(Deserialize)]
        struct Snapshots {
            snapshots: Vec<PracticeSnapshot>,
        }
        let list: Snapshots = self.practice_ask("GET", "snapshots", None)?;
        Ok(list.snapshots)
    }

    fn known_snapshot(&self, name: &str) -> Result<()> {
        let known = self.practice_snapshots()?;
        if known.iter().any(|snapshot| snapshot.name == name) {
            return Ok(());
        }
        let names: Vec<&str> = known.iter().map(|snapshot| snapshot.name.as_str()).collect();
        let hint = match names.as_slice() {
            [] => "None was taken yet.".to_owned(),
            names => format!("There are: {}.", names.join(", ")),
        };
        Err(WorkspaceError::new(format!("there is no snapshot called {name:?}")).hint(hint))
    }

    /// People say an account by its name; the practice org wants its id.
    fn with_ids(&self, script: &Value) -> Result<Value> {
        let named = script["lock_parent"]["id"].as_str().map(str::trim).filter(|text| !days::is_id(text));
        let Some(name) = named else { return Ok(script.clone()) };
        let org = Org::new(self.practice_settings()?);
        let soql = format!("SELECT Id FROM Account WHERE Name = {} LIMIT 2", quoted(name));
        let page = org.query(&soql, false, &Cancel::new())?;
        match page.rows.first().and_then(|row| row.first()) {
            Some(id) => Ok(json!({ "lock_parent": { "id": id.to_string() } })),
            None => Err(WorkspaceError::new(format!("no account in the practice org is called {name:?}"))
                .hint("Give the whole name as the org has it, or a record's id.")),
        }
    }

    pub(super) fn practice_ask<T: DeserializeOwned>(
        &self,
        method: &str,
        what: &str,
        body: Option<&Value>,
    ) -> Result<T> {
        ask(self.practice_address()?, method, what, body)
    }
}

fn ask<T: DeserializeOwned>(address: Address, method: &str, what: &str, body: Option<&Value>) -> Result<T> {
    let auth = Auth::Session { token: Secret::new(address.access_token) };
    let org = Org::new(OrgSettings { alias: PRACTICE.to_owned(), url: address.url, auth, api_version: None });
    let path = format!("/__practice/{what}");
    let answer = org.raw(method, &path, body.map(Value::to_string), &Cancel::new())?;
    if !(200..300).contains(&answer.status) {
        return Err(refused(&answer.body));
    }
    let body: &[u8] = if answer.body.is_empty() { b"null" } else { &answer.body };
    serde_json::from_slice(body).map_err(|error| {
        WorkspaceError::new(format!("the practice org's answer to {method} {what} cannot be read: {error}"))
            .hint("Is it run by an older Linkspan? Close that one, then try again.")
    })
}

fn refused(body: &[u8]) -> WorkspaceError {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    let first = &told[0];
    let message = first["message"].as_str().unwrap_or("the practice org refused without saying why");
    let error = WorkspaceError::new(message);
    match first["errorCode"].as_str() {
        Some("INVALID_FAULT") => error.hint("linkspan practice faults --known lists the bad days and their settings."),
        Some("INVALID_SEED") => error.hint("Choose empty, small, demo, northwind or large:Account=1000."),
        Some("NOT_FOUND") => error.hint("It may be gone already."),
        _ => error,
    }
}

fn read_script(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| {
        WorkspaceError::new(format!("this is no JSON: {error}"))
            .hint(r#"A bad day looks like this: {"lock_rows": {"share": 0.05}}"#)
    })
}

fn fault(state: FaultState) -> PracticeFault {
    let (name, settings) = match state.fault {
        Value::String(name) => (name, Value::Null),
        Value::Object(object) => first(object),
        other => (other.to_string(), Value::Null),
    };
    PracticeFault { id: state.id, name, settings, hits: state.hits, over: state.over }
}

fn first(object: Map<String, Value>) -> (String, Value) {
    object.into_iter().next().unwrap_or_default()
}
