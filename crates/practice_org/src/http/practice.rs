//! `/__practice/…`: what only a practice org has, for its app and for tests that hold nothing but the program.
//!
//! | call | what it does |
//! |---|---|
//! | `GET status` | address, calls, rows by object, faults |
//! | `GET log?after=N` | calls answered after the Nth, oldest first |
//! | `GET faults` | every fault and how often it struck |
//! | `POST faults` | switches on a fault, a list of them, or a script with a seed; tells their numbers |
//! | `DELETE faults`, `DELETE faults/N` | switches off all, or one |
//! | `GET limits` | what the org allows |
//! | `PUT limits` `{"daily_api_requests": 100}` | changes that; what is missing is as in a developer org |
//! | `GET sign-in` | everything that a client needs, secrets among it |
//! | `GET key` | the app's private key for the JWT bearer flow, made when first asked for |
//! | `POST reset` `{"seed": "demo"}` | empties the org and plants a world, also `{"seed": {"large": {"Account": 1000}}}` |
//! | `GET snapshots` | copies of the org |
//! | `POST snapshots` `{"name": "before"}` | keeps a copy; without a name it gets the time |
//! | `POST snapshots/NAME/restore` | brings a copy back |
//! | `DELETE snapshots/NAME` | forgets a copy |
//! | `POST schema` | adds objects and fields from a schema file |
//! | `POST adopt` `{"global": …, "describes": […]}` | makes objects and fields as another org describes them |
//! | `GET rules`, `POST rules`, `DELETE rules/OBJECT/NAME` | duplicate and validation rules, see [`crate::PracticeOrg::rules`] |
//! | `GET locks`, `POST locks` `{"ids": […]}`, `DELETE locks/ID` | rows that nobody may change |
//! | `POST undelete`, `POST erase` `{"ids": […]}`, `DELETE bin` | out of the recycle bin: back, or for good |
//! | `POST merge` `{"master": …, "others": […], "fields": {…}}` | makes one row of up to three |
//!
//! Errors have Salesforce's shape. Any token that this org ever gave out will do, expired or not: otherwise a test that
//! expired its tokens could not undo that. A page in a browser is turned away, whoever's it is.

mod rows;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Map, Value as Json, json};

use super::call::Call;
use super::reply::Reply;
use crate::failure::Refusal;
use crate::fault::{Fault, FaultScript};
use crate::limits::Limits;
use crate::oauth::key;
use crate::org::{Org, Shared, USUAL_VERSION};
use crate::worlds::{Seed, keep};

/// Everything below `/__practice/`.
pub(crate) fn route(org: &Org, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    // The host has been checked already; a browser adds the origin of whoever asks.
    if call.header("origin").is_some_and(|origin| origin != org.url()) {
        return Err(Refusal::new(403, "FORBIDDEN", "The practice org is not controlled from web pages"));
    }
    if call.bearer().and_then(|token| org.sessions.find(&token)).is_none() {
        return Err(Refusal::new(401, "INVALID_SESSION_ID", "Session expired or invalid"));
    }
    match (rest, call.method.as_str()) {
        (["faults"], "GET") => Ok(Reply::json(200, &json!({"faults": org.faults.list()}))),
        (["faults"], "POST") => {
            let script = FaultScript::read(&call.json()?)
                .map_err(|error| Refusal::new(400, "INVALID_FAULT", error.to_string()))?;
            Ok(Reply::json(200, &json!({"ids": play(org.shared(), script)})))
        }
        (["faults"], "DELETE") => {
            clear(org);
            Ok(Reply::empty(204))
        }
        (["faults", id], "DELETE") => {
            let ended = id.parse().is_ok_and(|id| org.faults.end(id));
            hold_rows(org);
            if ended { Ok(Reply::empty(204)) } else { Err(Refusal::not_found()) }
        }
        (["faults"], verb) => Err(Refusal::method(verb, &["GET", "POST", "DELETE"])),
        (["status"], "GET") => status(org),
        (["log"], "GET") => {
            let after = call.parameter("after").and_then(|text| text.parse().ok()).unwrap_or(0);
            Ok(Reply::json(200, &json!({"calls": org.log.after(after)})))
        }
        (["limits"], "GET") => Ok(Reply::json(200, &json!(org.usage.limits()))),
        (["limits"], "PUT") => {
            let limits: Limits = serde_json::from_value(call.json()?)
                .map_err(|error| Refusal::new(400, "INVALID_LIMITS", format!("no such limits: {error}")))?;
            org.usage.set_limits(limits);
            Ok(Reply::empty(204))
        }
        (["limits"], verb) => Err(Refusal::method(verb, &["GET", "PUT"])),
        (["sign-in"], "GET") => Ok(Reply::json(200, &sign_in(org)?).with("Cache-Control", "no-store")),
        (["key"], "GET") => {
            let pem = key::private_pem(&org.database).map_err(|why| Refusal::new(500, "UNKNOWN_EXCEPTION", why))?;
            Ok(Reply::json(200, &json!({"private_key": pem})).with("Cache-Control", "no-store"))
        }
        (["reset"], "POST") => {
            let seed = call.object()?.remove("seed").unwrap_or_default();
            let seed: Seed = serde_json::from_value(seed)
                .map_err(|error| Refusal::new(400, "INVALID_SEED", format!("no such world: {error}")))?;
            keep::reset(org, &seed)?;
            Ok(Reply::empty(204))
        }
        (["snapshots"], "GET") => Ok(Reply::json(200, &json!({"snapshots": keep::list(org)?}))),
        (["snapshots"], "POST") => {
            let body = call.object()?;
            let name = body.get("name").and_then(Json::as_str).map_or_else(keep::usual_name, str::to_owned);
            keep::take(org, &name)?;
            Ok(Reply::json(201, &json!({"name": name})))
        }
        (["snapshots", name, "restore"], "POST") => keep::restore(org, name).map(|()| Reply::empty(204)),
        (["snapshots", name], "DELETE") => keep::forget(org, name).map(|()| Reply::empty(204)),
        (["schema"], "POST") => match org.shared().add_schema(&String::from_utf8_lossy(call.bytes())) {
            Ok(()) => Ok(Reply::empty(204)),
            Err(error) => Err(Refusal::new(400, "INVALID_SCHEMA", error.message)),
        },
        (["adopt"], "POST") => {
            let body = call.object()?;
            let describes = body.get("describes").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
            let global = body.get("global").cloned().unwrap_or_default();
            let report = org.shared().grow(|growth| growth.adopt(&global, describes))?;
            Ok(Reply::json(200, &json!(report)))
        }
        (["rules" | "locks" | "undelete" | "erase" | "bin" | "merge", ..], _) => rows::route(org, call, rest),
        _ => Err(Refusal::not_found()),
    }
}

fn sign_in(org: &Org) -> Result<Json, Refusal> {
    let identity = &org.identity;
    Ok(json!({
        "url": org.url(),
        "access_token": org.database.setting("access_token")?,
        "refresh_token": org.database.setting("refresh_token")?,
        "username": identity.username,
        "password": identity.password,
        "client_id": identity.client_id,
        "client_secret": identity.client_secret,
        "org_id": identity.org_id,
        "user_id": identity.user_id,
        "api_version": USUAL_VERSION,
    }))
}

fn status(org: &Org) -> Result<Reply, Refusal> {
    let records: Map<String, Json> =
        org.record_counts()?.into_iter().map(|(name, count)| (name, count.into())).collect();
    let faults: Vec<_> = org.faults.list().into_iter().filter(|known| !known.over).collect();
    Ok(Reply::json(
        200,
        &json!({
            "url": org.url(),
            "seed": keep::seed(org)?,
            "requests": org.requests.load(Ordering::Relaxed),
            "daily_requests": org.usage.limit(|limits| limits.daily_api_requests),
            "records": records,
            "faults": faults,
        }),
    ))
}

/// Switches a fault on. What concerns tokens and the address is done here, since the faults know of neither.
pub(crate) fn set(org: &Arc<Shared>, fault: Fault) -> u64 {
    match fault {
        Fault::ExpireTokens => org.sessions.expire_all(),
        // What cannot be written down holds until the org is started again.
        Fault::RevokeRefreshTokens => org.sessions.revoke_all(&org.database).unwrap_or_default(),
        Fault::InstanceUrlChange => {
            // Without a free port the org stays where it is, and the fault is told of as over all the same.
            super::move_away(org).ok();
        }
        _ => {}
    }
    let id = org.faults.set(fault);
    hold_rows(org);
    id
}

/// Switches all faults off.
pub(crate) fn clear(org: &Shared) {
    org.faults.clear();
    hold_rows(org);
}

/// Tells whoever writes rows which of them are held.
fn hold_rows(org: &Shared) {
    if let Some(held) = org.faults.held_rows() {
        org.database.hold(held);
    }
}

/// Switches a script's faults on.
pub(crate) fn play(org: &Arc<Shared>, script: FaultScript) -> Vec<u64> {
    if let Some(seed) = script.seed {
        org.faults.seed(seed);
    }
    script.faults.into_iter().map(|fault| set(org, fault)).collect()
}
