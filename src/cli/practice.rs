//! The workspace's practice org on the command line.

use super::args::Practice;
use super::orgs::stop_on_interrupt;
use super::{Answer, Result, moment, print};
use crate::workspace::{
    BAD_DAYS, PracticeCall, PracticeFault, PracticeSnapshot, PracticeStatus, Workspace, WorkspaceError, world_label,
};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// How often the log is asked for while it is followed.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

pub(super) fn practice(workspace: &Workspace, what: Practice, json: bool) -> Result<Answer> {
    match what {
        Practice::Serve => serve(workspace),
        Practice::Status => status(workspace, json),
        Practice::SignIn => sign_in(workspace, json),
        Practice::Log { follow, after } => log(workspace, follow, after, json),
        Practice::Reset { world } => {
            let seed = workspace.practice_reset_to(&world)?;
            let records = workspace.practice_status()?.all_records();
            print::talk(&format!("The practice org was planted with {world}: {records} records"));
            Ok(Answer::ok(json!({ "world": seed, "records": records })))
        }
        Practice::Fault { script } => {
            if workspace.practice_status()?.here {
                return Err(WorkspaceError::new(
                    "nobody runs the practice org, so a bad day would end with this command",
                )
                .hint("Open the window, or run linkspan practice serve, then try again."));
            }
            let path = Path::new(&script);
            let ids = if path.is_file() {
                workspace.practice_play_file(path)?
            } else {
                workspace.practice_play_text(&script)?
            };
            let faults: Vec<_> =
                workspace.practice_faults()?.into_iter().filter(|fault| ids.contains(&fault.id)).collect();
            for fault in &faults {
                print::talk(&format!("{}: {} is on", fault.id, fault.title()));
            }
            Ok(Answer::ok(json!({ "ids": ids })))
        }
        Practice::Faults { known: true } => known(json),
        Practice::Faults { known: false } => faults(workspace, json),
        Practice::Clear { number: None } => {
            workspace.practice_clear()?;
            print::talk("All bad days are off");
            Ok(Answer::ok(json!({ "cleared": "all" })))
        }
        Practice::Clear { number: Some(number) } => {
            workspace.practice_switch_off(number)?;
            print::talk(&format!("Bad day {number} is off"));
            Ok(Answer::ok(json!({ "cleared": number })))
        }
        Practice::AddSchema { file } => {
            workspace.practice_add_schema(&file)?;
            print::talk("The practice org has the objects and fields of the file");
            Ok(Answer::ok(json!({ "added": file })))
        }
        Practice::CopySchema { alias, objects } => copy_schema(workspace, &alias, &objects),
        Practice::Snapshot { name } => {
            let name = workspace.practice_snapshot(name.as_deref())?;
            print::talk(&format!("Kept as {name}"));
            Ok(Answer::ok(json!({ "snapshot": name })))
        }
        Practice::Restore { name } => {
            workspace.practice_restore(&name)?;
            let records = workspace.practice_status()?.all_records();
            print::talk(&format!("{name} is back: {records} records"));
            Ok(Answer::ok(json!({ "restored": name, "records": records })))
        }
        Practice::Snapshots { delete: Some(name) } => {
            workspace.practice_delete_snapshot(&name)?;
            print::talk(&format!("Deleted {name}"));
            Ok(Answer::ok(json!({ "deleted": name })))
        }
        Practice::Snapshots { delete: None } => snapshots(&workspace.practice_snapshots()?, json),
    }
}

fn copy_schema(workspace: &Workspace, alias: &str, objects: &[String]) -> Result<Answer> {
    let stop = stop_on_interrupt()?;
    let copied = workspace.practice_copy_schema(alias, objects, &stop, &mut |progress| {
        print::passing(&format!("{} of {}: {}", progress.done + 1, progress.of, progress.object));
    });
    print::settled();
    let copied = copied?;
    for remark in &copied.remarks {
        print::talk(remark);
    }
    print::talk(&format!(
        "{} objects added, {} brought into shape, {} new fields; {} calls to {alias}",
        copied.added.len(),
        copied.changed.len(),
        copied.fields,
        copied.calls
    ));
    Ok(Answer::ok(json!({
        "added": copied.added, "changed": copied.changed, "fields": copied.fields, "remarks": copied.remarks,
        "calls": copied.calls,
    })))
}

fn status(workspace: &Workspace, json: bool) -> Result<Answer> {
    let status = workspace.practice_status()?;
    if !json {
        let runs = if status.here { "run by this command, until it ends" } else { "run by another Linkspan" };
        print::data(&format!("Address   {} ({runs})", status.url));
        print::data(&format!("World     {}", status.world.as_ref().map_or("unknown", world_label)));
        print::data(&format!("Calls     {} of {} today", status.used, status.allowed));
        for fault in status.live() {
            print::data(&format!("Bad day   {}: {}, {} hits", fault.id, fault.title(), fault.hits));
        }
        let rows: Vec<_> = status.records.iter().filter(|(_, count)| *count > 0).map(record_line).collect();
        print::data("");
        print::table(&["OBJECT", "RECORDS"], &rows);
    }
    Ok(Answer::ok(status_json(&status)))
}

fn record_line((name, count): &(String, u64)) -> Vec<String> {
    vec![name.clone(), count.to_string()]
}

fn status_json(status: &PracticeStatus) -> Value {
    let records: serde_json::Map<_, _> =
        status.records.iter().map(|(name, count)| (name.clone(), json!(count))).collect();
    json!({
        "url": status.url,
        "world": status.world,
        "calls": status.used,
        "calls_allowed": status.allowed,
        "records": records,
        "faults": status.faults.iter().map(fault_json).collect::<Vec<_>>(),
    })
}

fn fault_json(fault: &PracticeFault) -> Value {
    json!({
        "id": fault.id, "title": fault.title(), "fault": fault.script(), "hits": fault.hits, "over": fault.over,
    })
}

/// Runs it until somebody stops it.
fn serve(workspace: &Workspace) -> Result<Answer> {
    workspace.start_practice_org()?;
    if !workspace.practice_status()?.here {
        return Err(WorkspaceError::new("another Linkspan runs the practice org already")
            .hint("Use it as it is: linkspan practice status says where."));
    }
    print::data(&sign_in_json(workspace)?.to_string());
    let stop = stop_on_interrupt()?;
    while stop.sleep(Duration::from_secs(3600)).is_ok() {}
    Ok(Answer::ok(json!({ "state": "stopped" })))
}

fn sign_in(workspace: &Workspace, json: bool) -> Result<Answer> {
    let told = sign_in_json(workspace)?;
    if !json {
        for (name, value) in told.as_object().into_iter().flatten() {
            print::data(&format!("{name:<17} {}", value.as_str().unwrap_or_default()));
        }
    }
    Ok(Answer::ok(told))
}

fn sign_in_json(workspace: &Workspace) -> Result<Value> {
    let told = workspace.practice_sign_in()?;
    let key_file = workspace.practice_key_file()?;
    Ok(json!({
        "url": told.url,
        "username": told.username,
        "password": told.password.expose(),
        "client_id": told.client_id,
        "client_secret": told.client_secret.expose(),
        "access_token": told.access_token.expose(),
        "refresh_token": told.refresh_token.expose(),
        "private_key_file": key_file,
        "org_id": told.org_id,
        "user_id": told.user_id,
        "api_version": told.api_version,
    }))
}

fn log(workspace: &Workspace, follow: bool, after: u64, json: bool) -> Result<Answer> {
    let mut last = after;
    let mut count = 0_u64;
    let stop = if follow { Some(stop_on_interrupt()?) } else { None };
    loop {
        for call in workspace.practice_calls(last)? {
            last = call.number;
            count += 1;
            print::data(&if json { json!(call).to_string() } else { line(&call) });
        }
        match &stop {
            Some(stop) if stop.sleep(FOLLOW_EVERY).is_ok() => {}
            _ => return Ok(Answer::ok(json!({ "calls": count, "last": last }))),
        }
    }
}

fn line(call: &PracticeCall) -> String {
    let status = if call.status == 0 { "no answer".to_owned() } else { call.status.to_string() };
    let fault = call.fault.as_ref().map(|fault| format!("  [{fault}]")).unwrap_or_default();
    format!(
        "{} {} {:<6} {:<9} {:>6} ms  {}  {}{fault}",
        call.number,
        moment(call.at),
        call.method,
        status,
        call.ms,
        call.path,
        call.client
    )
}

fn faults(workspace: &Workspace, json: bool) -> Result<Answer> {
    let faults = workspace.practice_faults()?;
    if !json {
        let rows: Vec<_> = faults
            .iter()
            .map(|fault| {
                let state = if fault.over { "used up" } else { "on" };
                let id = fault.id.to_string();
                vec![id, fault.title(), state.to_owned(), fault.hits.to_string(), fault.script().to_string()]
            })
            .collect();
        print::table(&["NUMBER", "BAD DAY", "", "HITS", "SCRIPT"], &rows);
    }
    Ok(Answer::ok(json!({ "faults": faults.iter().map(fault_json).collect::<Vec<_>>() })))
}

/// The bad days there are, each with its script as it would be without a word.
fn known(json: bool) -> Result<Answer> {
    let script = |day: &crate::workspace::BadDay| day.script(&day.at_first());
    if !json {
        let rows: Vec<_> = BAD_DAYS
            .iter()
            .map(|day| vec![day.group.to_owned(), day.title.to_owned(), script(day).to_string()])
            .collect();
        print::table(&["GROUP", "BAD DAY", "SCRIPT"], &rows);
    }
    let days: Vec<_> = BAD_DAYS
        .iter()
        .map(|day| {
            json!({
                "group": day.group, "title": day.title, "happens": day.happens, "linkspan": day.linkspan,
                "fault": script(day),
            })
        })
        .collect();
    Ok(Answer::ok(json!({ "known": days })))
}

fn snapshots(list: &[PracticeSnapshot], json: bool) -> Result<Answer> {
    if !json {
        let rows: Vec<_> = list
            .iter()
            .map(|kept| vec![kept.name.clone(), moment(kept.made), format!("{} kB", kept.bytes.div_ceil(1000))])
            .collect();
        print::table(&["NAME", "MADE", "SIZE"], &rows);
    }
    let list: Vec<_> =
        list.iter().map(|kept| json!({ "name": kept.name, "made": moment(kept.made), "bytes": kept.bytes })).collect();
    Ok(Answer::ok(json!({ "snapshots": list })))
}
