//! Orgs on the command line.

use super::args::{AddOrg, Describe, Org, PracticeOrg};
use super::{Answer, Result, moment, print};
use crate::cancel::Cancel;
use crate::secret::Secret;
use crate::workspace::{
    NewOrg, OrgCard, PracticeSettings, PracticeStorage, SignIn, Workspace, WorkspaceError, start_practice_org,
};
use serde_json::{Value, json};
use std::io::Read as _;
use std::time::Duration;

/// Runs a practice org until somebody stops it.
pub(super) fn practice_org(what: PracticeOrg) -> Result<Answer> {
    let storage = what.data.map_or(PracticeStorage::Memory, PracticeStorage::File);
    if !what.listen.is_loopback() {
        print::talk(&format!(
            "Warning: anybody who reaches {} can sign in to this practice org and change it. Load nothing into it that is not invented.",
            what.listen
        ));
    }
    let running = start_practice_org(PracticeSettings {
        listen: what.listen,
        port: what.port,
        storage,
        seed: what.seed,
        session: Duration::from_secs(60 * u64::from(what.session_minutes)),
        rotate_refresh_tokens: what.rotate_refresh_tokens,
        daily_calls: what.daily_calls,
        faults: what.faults,
    })?;
    print::data(&running.welcome.to_string());
    let stop = stop_on_interrupt()?;
    while stop.sleep(Duration::from_secs(3600)).is_ok() {}
    drop(running);
    Ok(Answer::ok(json!({ "state": "stopped" })))
}

/// A wish that Ctrl+C utters; pressed twice, it forces.
pub(super) fn stop_on_interrupt() -> Result<Cancel> {
    let cancel = Cancel::new();
    let wish = cancel.clone();
    ctrlc::set_handler(move || wish.request())
        .map_err(|error| WorkspaceError::new(format!("Ctrl+C cannot be watched for: {error}")))?;
    Ok(cancel)
}

pub(super) fn org(workspace: &Workspace, what: Org) -> Result<Answer> {
    match what {
        Org::Add(what) => {
            let card = workspace.add_org(new_org(*what)?)?;
            print::talk(&format!("Added {}: {} as {}", card.alias, card.name, card.username));
            Ok(Answer::ok(org_json(&card)))
        }
        Org::List => list(workspace),
        Org::Test { alias } => {
            let card = workspace.test_org(&alias)?;
            let kind = card.environment.map_or("Org", |environment| environment.label());
            print::talk(&format!("{}: {kind} {} ({}) as {}", card.alias, card.name, card.org_id, card.username));
            Ok(Answer::ok(org_json(&card)))
        }
        Org::Remove { alias } => {
            workspace.remove_org(&alias)?;
            print::talk(&format!("Removed {alias}"));
            Ok(Answer::ok(json!({ "removed": alias })))
        }
    }
}

fn list(workspace: &Workspace) -> Result<Answer> {
    let orgs = workspace.orgs()?;
    let rows: Vec<_> = orgs
        .iter()
        .map(|org| {
            vec![
                org.alias.clone(),
                org.environment.map_or("", |environment| environment.label()).to_owned(),
                org.name.clone(),
                org.username.clone(),
                org.seen_at.map(moment).unwrap_or_default(),
            ]
        })
        .collect();
    print::table(&["ALIAS", "KIND", "NAME", "ACTING AS", "LAST SEEN"], &rows);
    Ok(Answer::ok(json!({ "orgs": orgs.iter().map(org_json).collect::<Vec<_>>() })))
}

fn org_json(org: &OrgCard) -> Value {
    json!({
        "alias": org.alias,
        "environment": org.environment,
        "name": org.name,
        "url": org.url,
        "org_id": org.org_id,
        "username": org.username,
        "auth": org.auth.word(),
        "api_version": org.api_version,
        "api_used": org.api_usage.map(|usage| usage.0),
        "api_allowed": org.api_usage.map(|usage| usage.1),
        "seen_at": org.seen_at.map(moment),
        "problem": org.problem,
    })
}

fn new_org(what: AddOrg) -> Result<NewOrg> {
    let given = |value: Option<String>| value.unwrap_or_default();
    let sign_in = if what.jwt {
        let path = what.key.unwrap_or_default();
        let key = std::fs::read_to_string(&path).map_err(|error| {
            WorkspaceError::new(format!("the key {} cannot be read: {error}", path.display()))
                .hint("Give the app's private key as a PEM file.")
        })?;
        SignIn::Jwt { client_id: given(what.client_id), username: given(what.username), key: Secret::new(key) }
    } else if what.client_credentials {
        let client_secret = from_environment(&given(what.client_secret_env))?;
        SignIn::ClientCredentials { client_id: given(what.client_id), client_secret }
    } else if what.token_stdin {
        let mut token = String::new();
        std::io::stdin()
            .read_to_string(&mut token)
            .map_err(|error| WorkspaceError::new(format!("stdin cannot be read: {error}")))?;
        SignIn::Token(Secret::new(token.trim()))
    } else if let Some(variable) = what.token_env {
        SignIn::Token(from_environment(&variable)?)
    } else {
        SignIn::Token(Secret::new(given(what.token)))
    };
    Ok(NewOrg { alias: what.alias, url: what.url, sign_in })
}

fn from_environment(variable: &str) -> Result<Secret> {
    std::env::var(variable).map(|value| Secret::new(value.trim())).map_err(|_| {
        WorkspaceError::new(format!("the environment variable {variable} is not set"))
            .hint("Set it in the shell that runs linkspan.")
    })
}

pub(super) fn describe(workspace: &Workspace, what: &Describe, json: bool) -> Result<Answer> {
    let Some(object) = &what.object else {
        let objects = workspace.objects(&what.alias)?;
        if !json {
            let rows: Vec<_> = objects
                .iter()
                .map(|object| {
                    vec![object.name.clone(), object.label.clone(), object.key_prefix.clone().unwrap_or_default()]
                })
                .collect();
            print::table(&["OBJECT", "LABEL", "PREFIX"], &rows);
        }
        let objects: Vec<_> = objects
            .iter()
            .map(|object| {
                json!({
                    "name": object.name, "label": object.label, "key_prefix": object.key_prefix, "custom": object.custom,
                    "createable": object.createable, "updateable": object.updateable, "deletable": object.deletable,
                })
            })
            .collect();
        return Ok(Answer::ok(json!({ "objects": objects })));
    };
    let described = workspace.describe(&what.alias, object, true)?;
    if !json {
        let rows: Vec<_> = described
            .schema
            .fields
            .iter()
            .map(|field| {
                let mut notes = Vec::new();
                for (is, note) in [
                    (field.required, "required"),
                    (field.external_id, "external id"),
                    (field.unique, "unique"),
                    (!field.createable && !field.updateable, "read-only"),
                ] {
                    notes.extend(is.then_some(note));
                }
                vec![field.name.clone(), field.label.clone(), field.kind.label().to_owned(), notes.join(", ")]
            })
            .collect();
        print::table(&["FIELD", "LABEL", "KIND", ""], &rows);
    }
    Ok(Answer::ok(json!({ "described_at": moment(described.described_at), "object": described.schema.as_ref() })))
}
