//! The conflict inbox on the command line: listed, shown, decided, taken back; out to a spreadsheet and in again.

use super::args::{
    AssignConflicts, ConflictKindArg, ConflictRuleArg, ConflictStateArg, Conflicts, ExportConflicts, ListConflicts,
    PickedConflicts, ResolveConflicts, WhichConflicts,
};
use super::{Answer, Result, moment, print};
use crate::connect::write::FileKind;
use crate::store::{
    Answered, ConflictCard, ConflictEvent, ConflictFilter, ConflictId, ConflictOrder, ConflictState, IntegrationId,
};
use crate::sync::{Choice, Disputed, End, Matter, MatterKind, Resolution, Strategy, Way};
use crate::workspace::{ConflictStory, Wish, Workspace, WorkspaceError};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The ends in the order in which people see them: the org stands first.
const ENDS: [End; 2] = [End::Right, End::Left];

pub(super) fn conflicts(workspace: &Workspace, what: &Conflicts) -> Result<Answer> {
    match what {
        Conflicts::List(what) => list(workspace, what),
        Conflicts::Show { id } => show(workspace, ConflictId(*id)),
        Conflicts::Resolve(what) => resolve(workspace, what),
        Conflicts::Undo { again } => undo(workspace, *again),
        Conflicts::Assign(what) => assign(workspace, what),
        Conflicts::Comment { id, text } => comment(workspace, ConflictId(*id), text),
        Conflicts::Export(what) => export(workspace, what),
        Conflicts::Import { file, preview } => import(workspace, file, *preview),
    }
}

fn filter(workspace: &Workspace, which: &WhichConflicts, state: ConflictStateArg) -> Result<ConflictFilter> {
    let integration = match &which.integration {
        Some(name) => Some(workspace.find_integration(name)?.0),
        None => None,
    };
    let kinds = match which.kind {
        None => Vec::new(),
        Some(ConflictKindArg::Fields) => vec![MatterKind::Fields],
        Some(ConflictKindArg::Formatting) => vec![MatterKind::Formatting],
        Some(ConflictKindArg::Deleted) => vec![MatterKind::DeletedLeft, MatterKind::DeletedRight],
        Some(ConflictKindArg::Ambiguous) => vec![MatterKind::Ambiguous],
    };
    let states = match state {
        ConflictStateArg::Open => vec![ConflictState::Open],
        ConflictStateArg::Decided => vec![ConflictState::Decided],
        ConflictStateArg::Written => vec![ConflictState::Written],
        ConflictStateArg::Ignored => vec![ConflictState::Ignored],
        ConflictStateArg::Settled => vec![ConflictState::Settled],
        ConflictStateArg::Any => Vec::new(),
    };
    let now = jiff::Timestamp::now().as_millisecond();
    Ok(ConflictFilter {
        states,
        integration,
        object: which.object.clone(),
        kinds,
        field: which.field.clone(),
        assignee: which
            .assignee
            .as_ref()
            .map(|name| Some(name.clone()).filter(|name| !name.eq_ignore_ascii_case("nobody"))),
        opened_before: which.older_than.as_deref().map(age).transpose()?.map(|age| now - age),
        text: which.search.clone().unwrap_or_default(),
        ..ConflictFilter::default()
    })
}

/// `2d` in milliseconds.
fn age(text: &str) -> Result<i64> {
    let text = text.trim();
    let unit = match text.chars().next_back() {
        Some('m') => 60_000,
        Some('h') => 3_600_000,
        Some('d') => 86_400_000,
        Some('w') => 7 * 86_400_000,
        _ => 0,
    };
    let number = text.get(..text.len().saturating_sub(1)).and_then(|number| number.trim().parse::<i64>().ok());
    number.filter(|number| unit > 0 && *number >= 0).and_then(|number| number.checked_mul(unit)).ok_or_else(|| {
        WorkspaceError::new(format!("{text} is no age"))
            .hint("Write minutes, hours, days or weeks, as in 30m, 12h, 2d, 1w.")
    })
}

/// The conflicts that are meant; each number must be one.
fn picked(workspace: &Workspace, picked: &PickedConflicts) -> Result<ConflictFilter> {
    if picked.all {
        return filter(workspace, &picked.which, picked.state);
    }
    let ids: Vec<_> = picked.ids.iter().map(|id| ConflictId(*id)).collect();
    for id in &ids {
        workspace.conflict(*id)?;
    }
    Ok(ConflictFilter { ids: Some(ids), ..ConflictFilter::default() })
}

fn list(workspace: &Workspace, what: &ListConflicts) -> Result<Answer> {
    let filter = filter(workspace, &what.which, what.state)?;
    let cards = workspace.conflicts(&filter, ConflictOrder::Oldest, 0, what.limit)?;
    let names: BTreeMap<IntegrationId, String> =
        workspace.integrations()?.into_iter().map(|card| (card.id, card.name)).collect();
    let name = |card: &ConflictCard| names.get(&card.integration).map_or("", String::as_str);
    let rows: Vec<_> = cards
        .iter()
        .map(|card| {
            let fields = if card.fields.is_empty() { String::new() } else { card.fields.join(", ") };
            vec![
                card.id.0.to_string(),
                card.record.clone(),
                fields,
                card.kind.label().to_owned(),
                card.object.clone(),
                name(card).to_owned(),
                moment(card.opened_at),
                card.assignee.clone().unwrap_or_default(),
                standing(card).to_owned(),
            ]
        })
        .collect();
    let count = workspace.count_conflicts(&filter)?;
    if rows.is_empty() {
        print::talk("No conflict fits.");
    } else {
        let header = ["ID", "RECORD", "FIELDS", "KIND", "OBJECT", "INTEGRATION", "FOUND", "FOR", "STATE"];
        print::table(&header, &rows);
        if count > rows.len() as u64 {
            print::talk(&format!("{} of {count} are shown; --limit shows more", rows.len()));
        }
    }
    let counts = workspace.conflict_counts()?;
    let listed: Vec<_> = cards.iter().map(|card| card_json(card, name(card))).collect();
    Ok(Answer::ok(json!({
        "conflicts": listed,
        "count": count,
        "counts": {
            "open": counts.open, "overtaken": counts.drafts, "decided": counts.decided, "ignored": counts.ignored,
            "over": counts.over,
        },
    })))
}

fn standing(card: &ConflictCard) -> &'static str {
    let came_back = card.draft && card.state == ConflictState::Open;
    if came_back { "Open, was decided before" } else { card.state.label() }
}

fn card_json(card: &ConflictCard, integration: &str) -> Value {
    json!({
        "id": card.id,
        "record": card.record,
        "object": card.object,
        "integration": integration,
        "step": card.step + 1,
        "kind": card.kind.word(),
        "fields": card.fields,
        "state": card.state.word(),
        "overtaken": card.draft && card.state == ConflictState::Open,
        "found_at": moment(card.opened_at),
        "changed_at": moment(card.changed_at),
        "assignee": card.assignee,
    })
}

fn show(workspace: &Workspace, id: ConflictId) -> Result<Answer> {
    let story = workspace.conflict(id)?;
    let (card, matter) = (&story.conflict.card, &story.conflict.matter);
    let integrations = workspace.integrations()?;
    let integration = integrations.iter().find(|known| known.id == card.integration).map_or("", |known| &known.name);
    print::data(&format!("{} ({}, {integration}): {}", matter.name, matter.object, card.kind.label()));
    print::data(&format!("{}, found {}", standing(card), moment(card.opened_at)));
    for end in ENDS {
        print::data(&format!("{}: {}", matter.end(end), side(&story, end)));
    }
    if card.state == ConflictState::Open {
        print::data(&matter.otherwise());
    }
    tell_lines(matter, story.conflict.resolution.as_ref());
    for (label, resolution) in [("Decided", &story.conflict.resolution), ("Decided before", &story.conflict.draft)] {
        if let Some(resolution) = resolution {
            print::data(&format!("{label}: {}", in_words(matter, resolution)));
        }
    }
    if let Some(problem) = &story.conflict.problem {
        print::data(&format!("It could not be written: {problem}"));
    }
    for habit in &story.habits {
        let line = matter.open().find(|line| line.path == habit.path).map_or(habit.path.as_str(), |line| &line.label);
        print::talk(&format!("{} was chosen for {line} the last {} times", choice(matter, &habit.choice), habit.times));
    }
    let others = workspace.records_in_step(card.integration, card.step)?;
    if others > 0 {
        let records = if others == 1 { "record of this sync is" } else { "records of this sync are" };
        print::talk(&format!("{others} other {records} in step"));
    }
    if story.similar > 0 {
        print::talk(&format!("{} other open conflicts have the same fields in dispute", story.similar));
    }
    for event in &story.events {
        let note = if event.note.is_empty() { String::new() } else { format!(": {}", event.note) };
        let after = event.after.as_ref().map(|after| format!(": {}", in_words(matter, after))).unwrap_or_default();
        print::data(&format!("{}  {}  {}{after}{note}", moment(event.at), event.who, event.label()));
    }
    Ok(Answer::ok(story_json(&story, integration)))
}

/// Where a record is and who changed it, in a line.
fn side(story: &ConflictStory, end: End) -> String {
    let side = story.conflict.matter.side(end);
    let place = story.place(end);
    let mut told = vec![if side.gone { "deleted" } else { side.key.as_str() }.to_owned()];
    told.extend(place.url.clone());
    told.extend(place.file.as_ref().map(|file| file.display().to_string()));
    let by = side.changed_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    told.extend(side.changed_at.map(|at| format!("changed {}{by}", moment(at))));
    told.retain(|part| !part.is_empty());
    told.join(", ")
}

/// What both ends have, field by field, or the records among which is to be chosen.
fn tell_lines(matter: &Matter, resolution: Option<&Resolution>) {
    if !matter.claims.is_empty() {
        let rows: Vec<_> = ENDS
            .into_iter()
            .flat_map(|end| matter.claims_of(end).map(move |claim| (end, claim)))
            .map(|(end, claim)| {
                let values: Vec<_> = claim.values.iter().map(|(label, value)| format!("{label}: {value}")).collect();
                vec![matter.end(end).to_owned(), claim.key.clone(), claim.name.clone(), values.join(", ")]
            })
            .collect();
        return print::table(&["END", "KEY", "NAME", "WHAT TELLS IT APART"], &rows);
    }
    let rows: Vec<_> = matter
        .open()
        .chain(matter.settled().filter(|line| !matter.of_fields() && line.left.text != line.right.text))
        .map(|line| {
            let chosen = match resolution {
                Some(Resolution::Fields(choices)) => choices.get(&line.path),
                _ => None,
            };
            let result = chosen.and_then(|choice| matter.chosen(line, choice)).unwrap_or_default();
            let agreed = line.agreed.as_deref().unwrap_or("(never)");
            let texts = [agreed, &line.right.text, &line.left.text, result];
            let mut cells = vec![line.label.clone()];
            cells.extend(texts.map(|text| text.replace("\r\n", " ").replace('\n', " ")));
            cells
        })
        .collect();
    if !rows.is_empty() {
        print::table(&["FIELD", "LAST AGREED", matter.end(End::Right), matter.end(End::Left), "RESULT"], &rows);
    }
    for line in matter.open() {
        if let Some(why) = line.why {
            print::talk(&format!("{}: {}", line.label, why.sentence()));
        }
        for end in ENDS {
            if let Some(fault) = &line.at(end).fault {
                print::talk(&format!("{}: the value of {} cannot be taken: {fault}", line.label, matter.end(end)));
            }
        }
    }
}

fn choice(matter: &Matter, choice: &Choice) -> String {
    match choice {
        Choice::Keep(end) => matter.end(*end).to_owned(),
        Choice::Agreed => "the last agreement".to_owned(),
        Choice::Value(value) => format!("\"{value}\""),
    }
}

fn in_words(matter: &Matter, resolution: &Resolution) -> String {
    match resolution {
        Resolution::Fields(choices) => {
            let label = |path: &str| {
                let line = matter.lines.iter().find(|line| line.path == path);
                line.map_or_else(|| path.to_owned(), |line| line.label.clone())
            };
            let told = choices.iter().map(|(path, chosen)| format!("{} = {}", label(path), choice(matter, chosen)));
            told.collect::<Vec<_>>().join(", ")
        }
        Resolution::Pairs(pairs) if pairs.is_empty() => "none of them belong together".to_owned(),
        Resolution::Pairs(pairs) => {
            let told = pairs.iter().map(|(left, right)| format!("{right} belongs to {left}"));
            told.collect::<Vec<_>>().join(", ")
        }
        other => matter.deed(other),
    }
}

fn story_json(story: &ConflictStory, integration: &str) -> Value {
    let (record, matter) = (&story.conflict, &story.conflict.matter);
    let side = |end: End| {
        let (side, place) = (matter.side(end), story.place(end));
        json!({
            "end": matter.end(end),
            "key": side.key,
            "deleted": side.gone,
            "changed_at": side.changed_at.map(moment),
            "changed_by": side.changed_by,
            "url": place.url,
            "file": place.file,
        })
    };
    let claims: Vec<_> = matter
        .claims
        .iter()
        .map(|claim| {
            let values: Map<String, Value> =
                claim.values.iter().map(|(label, value)| (label.clone(), Value::from(value.clone()))).collect();
            json!({ "end": matter.end(claim.end), "key": claim.key, "name": claim.name, "values": values })
        })
        .collect();
    let events: Vec<_> = story.events.iter().map(|event| event_json(matter, event)).collect();
    let habits = story.habits.iter().map(
        |habit| json!({ "field": habit.path, "choice": choice_json(matter, &habit.choice), "times": habit.times }),
    );
    let mut json = card_json(&record.card, integration);
    let more = json!({
        "ends": ENDS.map(side),
        "otherwise": matter.otherwise(),
        "fields_in_dispute": matter.open().map(|line| line_json(matter, line)).collect::<Vec<_>>(),
        "fields_in_step": matter.settled().map(|line| line_json(matter, line)).collect::<Vec<_>>(),
        "claims": claims,
        "decision": record.resolution.as_ref().map(|resolution| resolution_json(matter, resolution)),
        "decided_before": record.draft.as_ref().map(|draft| resolution_json(matter, draft)),
        "problem": record.problem,
        "habits": habits.collect::<Vec<_>>(),
        "similar": story.similar,
        "history": events,
    });
    if let (Value::Object(json), Value::Object(more)) = (&mut json, more) {
        json.extend(more);
    }
    json
}

fn line_json(matter: &Matter, line: &Disputed) -> Value {
    let mut has = Map::new();
    for end in ENDS {
        has.insert(matter.end(end).to_owned(), Value::from(line.at(end).text.clone()));
    }
    let faults: Map<String, Value> = ENDS
        .into_iter()
        .filter_map(|end| Some((matter.end(end).to_owned(), Value::from(line.at(end).fault.clone()?))))
        .collect();
    json!({
        "field": line.path,
        "label": line.label,
        "column": line.column,
        "last_agreed": line.agreed,
        "values": has,
        "cannot_be_taken": faults,
        "merged": line.merged,
        "why": line.why.map(crate::sync::Disagreement::sentence),
    })
}

fn choice_json(matter: &Matter, choice: &Choice) -> Value {
    match choice {
        Choice::Keep(end) => json!({ "keep": matter.end(*end) }),
        Choice::Agreed => json!({ "keep": "last-agreed" }),
        Choice::Value(value) => json!({ "value": value }),
    }
}

fn resolution_json(matter: &Matter, resolution: &Resolution) -> Value {
    match resolution {
        Resolution::Fields(choices) => {
            let fields: Map<String, Value> =
                choices.iter().map(|(path, choice)| (path.clone(), choice_json(matter, choice))).collect();
            json!({ "fields": fields })
        }
        Resolution::Delete => json!("delete"),
        Resolution::Restore => json!("restore"),
        Resolution::LetGo => json!("let_go"),
        Resolution::Ignore => json!("ignore"),
        Resolution::Pairs(pairs) => {
            let pair = |(left, right): &(String, String)| {
                let mut pair = Map::new();
                pair.insert(matter.end(End::Right).to_owned(), Value::from(right.clone()));
                pair.insert(matter.end(End::Left).to_owned(), Value::from(left.clone()));
                pair
            };
            json!({ "pairs": pairs.iter().map(pair).collect::<Vec<_>>() })
        }
    }
}

fn event_json(matter: &Matter, event: &ConflictEvent) -> Value {
    json!({
        "at": moment(event.at),
        "who": event.who,
        "what": event.what,
        "note": event.note,
        "before": event.before.as_ref().map(|before| resolution_json(matter, before)),
        "after": event.after.as_ref().map(|after| resolution_json(matter, after)),
    })
}

fn resolve(workspace: &Workspace, what: &ResolveConflicts) -> Result<Answer> {
    let filter = picked(workspace, &what.picked)?;
    let wish = wish(workspace, &filter, what)?;
    let answered = workspace.resolve_as(&filter, &wish, what.preview)?;
    if answered.decided == 0 && answered.left.is_empty() {
        if !what.picked.all {
            let which = what.picked.ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
            return Err(WorkspaceError::new(format!("conflict {which} needs no decision any more")));
        }
        print::talk("No conflict fits.");
    }
    tell_answered(&answered, what.preview);
    tell_how_to_write(workspace, &answered, what.preview)?;
    Ok(Answer { code: u8::from(!answered.left.is_empty()), json: answered_json(&answered, what.preview) })
}

fn tell_answered(answered: &Answered, preview: bool) {
    let verb = if preview { "would be decided" } else { "decided, not yet written" };
    print::talk(&format!("{} {verb}", answered.decided));
    for (why, count) in &answered.left {
        print::talk(&format!("{count} stay: {why}"));
    }
}

/// What writes decisions, once some wait.
fn tell_how_to_write(workspace: &Workspace, answered: &Answered, preview: bool) -> Result<()> {
    if preview || answered.decided == 0 {
        return Ok(());
    }
    for (id, _) in workspace.decided_conflicts()? {
        let name = workspace.integration(id)?.name;
        print::talk(&format!("Write them with: linkspan sync \"{name}\" --only-decisions"));
    }
    Ok(())
}

fn answered_json(answered: &Answered, preview: bool) -> Value {
    let stay: Vec<_> = answered.left.iter().map(|(why, count)| json!({ "why": why, "conflicts": count })).collect();
    json!({
        "decided": answered.decided,
        "stay": answered.left.values().sum::<u64>(),
        "why_they_stay": stay,
        "preview": preview,
    })
}

/// The decision that was asked for.
fn wish(workspace: &Workspace, filter: &ConflictFilter, what: &ResolveConflicts) -> Result<Wish> {
    if let Some(end) = &what.keep {
        return keep(workspace, filter, end);
    }
    if let Some(rule) = what.rule {
        return Ok(Wish::Way(Way::By(match rule {
            ConflictRuleArg::Longest => Strategy::Longest,
            ConflictRuleArg::LastWrite => Strategy::LastWrite,
            ConflictRuleArg::NonBlank => Strategy::NonBlank,
            ConflictRuleArg::Greatest => Strategy::Greatest,
            ConflictRuleArg::Least => Strategy::Least,
        })));
    }
    if !what.values.is_empty() {
        return values(workspace, filter, &what.values);
    }
    if !what.pairs.is_empty() {
        return pairs(workspace, &what.picked, &what.pairs);
    }
    Ok(match () {
        () if what.let_go => Wish::Way(Way::LetGo),
        () if what.ignore => Wish::Way(Way::Ignore),
        () if what.delete => Wish::Same(Resolution::Delete),
        () => Wish::Same(Resolution::Restore),
    })
}

/// An end by its name; a wrong one is told which there are.
fn keep(workspace: &Workspace, filter: &ConflictFilter, end: &str) -> Result<Wish> {
    let names = workspace.conflict_ends(filter)?;
    if let Some(name) = names.iter().find(|name| name.to_lowercase() == end.trim().to_lowercase()) {
        return Ok(Wish::Keep(name.clone()));
    }
    if end.trim().eq_ignore_ascii_case("last-agreed") {
        return Ok(Wish::Way(Way::Agreed));
    }
    if names.is_empty() {
        return Ok(Wish::Keep(end.to_owned()));
    }
    Err(WorkspaceError::new(format!("there is no end called {end}"))
        .hint(format!("Write one of: {}, last-agreed.", names.join(", "))))
}

/// Values of fields, by their labels or names.
fn values(workspace: &Workspace, filter: &ConflictFilter, values: &[String]) -> Result<Wish> {
    let first = workspace.conflicts(filter, ConflictOrder::Oldest, 0, 1)?;
    let lines = match first.first() {
        Some(card) => workspace.conflict(card.id)?.conflict.matter.lines,
        None => Vec::new(),
    };
    let mut choices = BTreeMap::new();
    for value in values {
        let (field, value) = value.split_once('=').ok_or_else(|| {
            WorkspaceError::new(format!("{value} does not say which field holds what")).hint("Write it as FIELD=VALUE.")
        })?;
        let is = |line: &&Disputed| {
            line.label.eq_ignore_ascii_case(field.trim()) || line.path.eq_ignore_ascii_case(field.trim())
        };
        let path = lines.iter().find(is).map_or_else(|| field.trim().to_owned(), |line| line.path.clone());
        choices.insert(path, Choice::Value(value.to_owned()));
    }
    Ok(Wish::Same(Resolution::Fields(choices)))
}

/// Who belongs to whom, in one conflict.
fn pairs(workspace: &Workspace, picked: &PickedConflicts, pairs: &[String]) -> Result<Wish> {
    let [id] = picked.ids.as_slice() else {
        return Err(WorkspaceError::new("--pair decides one conflict at a time").hint("Give its number."));
    };
    if let [only] = pairs
        && only.eq_ignore_ascii_case("nothing")
    {
        return Ok(Wish::Same(Resolution::Pairs(Vec::new())));
    }
    let matter = workspace.conflict(ConflictId(*id))?.conflict.matter;
    let pairs: std::result::Result<Vec<_>, String> = pairs.iter().map(|pair| matter.pair(pair)).collect();
    Ok(Wish::Same(Resolution::Pairs(pairs.map_err(WorkspaceError::new)?)))
}

fn undo(workspace: &Workspace, again: bool) -> Result<Answer> {
    let (deed, conflicts) = workspace.undo_resolution(again)?.ok_or_else(|| {
        let which = if again { "taken back" } else { "decided" };
        WorkspaceError::new(format!("nothing was {which}"))
    })?;
    let verb = if again { "Decided again" } else { "Taken back" };
    let rest = deed.conflicts.saturating_sub(conflicts);
    let stay = if rest > 0 { format!("; {rest} have moved on since and stay") } else { String::new() };
    print::talk(&format!("{verb}: {} ({conflicts} conflicts{stay})", deed.what));
    Ok(Answer::ok(json!({ "what": deed.what, "conflicts": conflicts, "stay": rest, "undone": !again })))
}

fn assign(workspace: &Workspace, what: &AssignConflicts) -> Result<Answer> {
    let filter = picked(workspace, &what.picked)?;
    let assigned = workspace.assign(&filter, what.to.as_deref())?;
    let to = what.to.as_deref().unwrap_or("nobody");
    print::talk(&format!("{assigned} conflicts are for {to} now"));
    Ok(Answer::ok(json!({ "assigned": assigned, "to": what.to })))
}

fn comment(workspace: &Workspace, id: ConflictId, text: &str) -> Result<Answer> {
    workspace.conflict(id)?;
    workspace.comment(id, text)?;
    print::talk(&format!("Noted at conflict {}", id.0));
    Ok(Answer::ok(json!({ "id": id, "comment": text.trim() })))
}

fn export(workspace: &Workspace, what: &ExportConflicts) -> Result<Answer> {
    let filter = filter(workspace, &what.which, what.state)?;
    let kind = match FileKind::of(&what.file) {
        FileKind::Csv if what.for_excel => FileKind::CsvForExcel,
        kind => kind,
    };
    let written = workspace.export_conflicts(&filter, kind, &what.file)?;
    print::talk(&format!("{} conflicts written to {}", written.rows, written.path.display()));
    Ok(Answer::ok(json!({ "path": written.path, "conflicts": written.rows })))
}

fn import(workspace: &Workspace, file: &Path, preview: bool) -> Result<Answer> {
    let taken = workspace.import_conflicts(file, preview)?;
    tell_answered(&taken.answered, preview);
    tell_how_to_write(workspace, &taken.answered, preview)?;
    if taken.blank > 0 {
        print::talk(&format!("{} have no decision in the file", taken.blank));
    }
    for refused in &taken.refused {
        print::talk(&format!("{} line {}: {}", file.display(), refused.line, refused.why));
    }
    let untold = taken.refused_lines - taken.refused.len() as u64;
    if untold > 0 {
        print::talk(&format!("and {untold} more lines"));
    }
    let lines: Vec<_> = taken.refused.iter().map(|line| json!({ "line": line.line, "why": line.why })).collect();
    let mut json = answered_json(&taken.answered, preview);
    json["blank"] = taken.blank.into();
    json["refused_lines"] = taken.refused_lines.into();
    json["refused"] = lines.into();
    let all_taken = taken.refused_lines == 0 && taken.answered.left.is_empty();
    Ok(Answer { code: u8::from(!all_taken), json })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_number_and_a_unit() {
        assert_eq!(age("2d").unwrap(), 2 * 86_400_000);
        assert_eq!(age("90m").unwrap(), 90 * 60_000);
        for wrong in ["", "d", "2", "-1d", "2y", "99999999999999w"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
