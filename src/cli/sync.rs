//! Two-way syncs on the command line.

use super::args::Sync;
use super::orgs::stop_on_interrupt;
use super::runs::follow;
use super::{Answer, Result, print};
use crate::sync::End;
use crate::workspace::{StartSync, SyncCounts, SyncLook, Workspace};
use serde_json::{Value, json};

pub(super) fn sync(workspace: &Workspace, what: &Sync) -> Result<Answer> {
    let (id, _) = workspace.find_integration(&what.integration)?;
    let start = StartSync {
        full: what.full,
        only_decisions: what.only_decisions,
        accepted: what.accept,
        deletes: what.delete_up_to,
        production: what.production.clone(),
        ..StartSync::new(id)
    };
    if what.look {
        return look(workspace, &start, 0);
    }
    if !what.accept && workspace.never_synced(id)? {
        // Nothing is made or paired before a person has seen what that would be.
        let answer = look(workspace, &start, 2)?;
        print::talk("This is the first sync, and nothing was written. If that is right, add --accept.");
        return Ok(answer);
    }
    let followed = follow(workspace, |tell| workspace.sync(&start, tell))?;
    let looks = workspace.sync_counts(followed.run)?;
    looks.iter().for_each(|look| say(look, true));
    let mut json = followed.answer.json;
    if let Value::Object(object) = &mut json {
        object.insert("sync".into(), looks.iter().map(look_json).collect());
    }
    Ok(Answer { json, ..followed.answer })
}

fn look(workspace: &Workspace, start: &StartSync, code: u8) -> Result<Answer> {
    let cancel = stop_on_interrupt()?;
    let looks = workspace.look_sync(start.id, start.full, &cancel)?;
    looks.iter().for_each(|look| say(look, false));
    Ok(Answer { code, json: json!({ "sync": looks.iter().map(look_json).collect::<Vec<_>>() }) })
}

fn say(look: &SyncLook, done: bool) {
    print::talk(&sentence(look, done));
    look.notes.iter().for_each(|note| print::talk(&format!("{} {}", note.sentence, note.action)));
}

/// `Northwind ERP and Account: pair 812, make 90 in Salesforce and 14 in Northwind ERP, 6 ambiguous`
fn sentence(look: &SyncLook, done: bool) -> String {
    let SyncLook { ends, object, counts, .. } = look;
    let mut parts = Vec::new();
    let mut say = |count: u64, words: String| {
        if count > 0 {
            parts.push(format!("{} {words}", count));
        }
    };
    // Before the first sync nothing is in step yet; what will be is told by what is paired and made.
    say(if look.first { 0 } else { counts.in_step }, "in step".to_owned());
    say(counts.paired, if done { "paired".to_owned() } else { "to pair".to_owned() });
    for (what, of) in [("make", counts.create), ("change", counts.change), ("delete", counts.delete)] {
        for end in [End::Right, End::Left] {
            say(of[end as usize], format!("to {what} in {}", ends[end as usize]));
        }
    }
    say(counts.ambiguous, "ambiguous".to_owned());
    say(counts.conflicts, "to be decided by a person".to_owned());
    say(counts.decided, "decided and carried out".to_owned());
    say(counts.let_go, "let go, because one end has deleted them".to_owned());
    for end in [End::Right, End::Left] {
        let name = &ends[end as usize];
        say(counts.alone[end as usize], format!("only in {name}, which stay there"));
        say(counts.no_key[end as usize], format!("without a key in {name}, which take no part"));
        say(counts.doubled[end as usize], format!("with a key of another record in {name}, which take no part"));
        say(counts.unreadable[end as usize], format!("that cannot be read in {name}"));
    }
    let what = if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") };
    format!("{} and {object} in {}: {what}", ends[0], ends[1])
}

fn look_json(look: &SyncLook) -> Value {
    let SyncLook { ends, object, first, counts, notes, .. } = look;
    let notes: Vec<_> = notes.iter().map(|note| json!({ "note": note.sentence, "action": note.action })).collect();
    let SyncCounts { known, paired, let_go, ambiguous, conflicts, decided, in_step, full, .. } = counts;
    let both = |of: [u64; 2]| json!({ &ends[0]: of[0], &ends[1]: of[1] });
    json!({
        "ends": ends,
        "object": object,
        "first": first,
        "read": both(counts.read),
        "known": known,
        "paired": paired,
        "in_step": in_step,
        "create": both(counts.create),
        "change": both(counts.change),
        "delete": both(counts.delete),
        "alone": both(counts.alone),
        "let_go": let_go,
        "ambiguous": ambiguous,
        "conflicts": conflicts,
        "decided": decided,
        "no_key": both(counts.no_key),
        "doubled": both(counts.doubled),
        "unreadable": both(counts.unreadable),
        "full": full,
        "notes": notes,
    })
}
