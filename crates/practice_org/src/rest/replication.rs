//! Which rows were changed or deleted in a span of time.

use serde_json::json;

use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::Org;
use crate::schema::{Object, Trait};
use crate::time::{self, Millis};

const MINUTE: Millis = 60_000;
const THIRTY_DAYS: Millis = 30 * 24 * 60 * MINUTE;
/// Most ids in one answer.
const MOST_IDS: usize = 600_000;

struct Span<'s> {
    object: &'s Object,
    from: Millis,
    to: Millis,
}

fn span<'s>(org: &'s Org, call: &Call, name: &str) -> Result<Span<'s>, Refusal> {
    let object = org.schema.object(name).ok_or_else(Refusal::not_found)?;
    if object.find("SystemModstamp").is_none() || !object.has(Trait::Replicateable) {
        return Err(Refusal::new(400, "INVALID_TYPE", format!("{} is not replicateable", object.name)));
    }
    let bad = |message: &str| Refusal::new(400, "INVALID_REPLICATION_DATE", message);
    // A plus sign that was not escaped arrives as a blank.
    let read = |name: &str| call.parameter(name).and_then(|text| time::parse_datetime(&text.replace(' ', "+"), true));
    let from = read("start").ok_or_else(|| bad("start is not a date and time"))?;
    let to = read("end").ok_or_else(|| bad("end is not a date and time"))?;
    let whole = |millis: Millis| millis - millis.rem_euclid(MINUTE);
    let (from, to) = (whole(from), whole(to));
    if to - from < MINUTE {
        return Err(bad("endDate must be at least one minute greater than startDate"));
    }
    if time::now_exact() - from > THIRTY_DAYS {
        return Err(bad("startDate cannot be more than 30 days ago"));
    }
    Ok(Span { object, from, to })
}

fn rows(org: &Org, span: &Span<'_>, deleted: bool) -> Result<Vec<(String, Millis)>, Refusal> {
    let state = match (span.object.has_bin(), deleted) {
        (true, deleted) => format!(" AND \"IsDeleted\" = {}", i32::from(deleted)),
        (false, true) => " AND 0".to_owned(),
        (false, false) => String::new(),
    };
    let sql = format!(
        "SELECT \"Id\", \"SystemModstamp\" FROM \"{}\" WHERE \"SystemModstamp\" >= ?1 AND \"SystemModstamp\" < ?2{state} LIMIT {}",
        span.object.name,
        MOST_IDS + 1
    );
    let found = org.database.read(|conn| {
        let mut statement = conn.prepare(&sql)?;
        let mut rows = statement.query([span.from, span.to])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((row.get(0)?, row.get(1)?));
        }
        Ok(found)
    })?;
    if found.len() > MOST_IDS {
        return Err(Refusal::new(400, "EXCEEDED_ID_LIMIT", "too many ids; ask for a shorter span"));
    }
    Ok(found)
}

fn covered(span: &Span<'_>) -> String {
    time::rest(span.to.min(time::now()))
}

/// `GET …/sobjects/T/deleted?start=&end=`.
pub(crate) fn deleted(org: &Org, call: &Call, name: &str) -> Result<Reply, Refusal> {
    let span = span(org, call, name)?;
    let rows: Vec<serde_json::Value> =
        rows(org, &span, true)?.into_iter().map(|(id, at)| json!({"id": id, "deletedDate": time::rest(at)})).collect();
    Ok(Reply::json(
        200,
        &json!({
            "deletedRecords": rows,
            "earliestDateAvailable": time::rest(time::now() - THIRTY_DAYS),
            "latestDateCovered": covered(&span),
        }),
    ))
}

/// `GET …/sobjects/T/updated?start=&end=`.
pub(crate) fn updated(org: &Org, call: &Call, name: &str) -> Result<Reply, Refusal> {
    let span = span(org, call, name)?;
    let ids: Vec<String> = rows(org, &span, false)?.into_iter().map(|(id, _)| id).collect();
    Ok(Reply::json(200, &json!({"ids": ids, "latestDateCovered": covered(&span)})))
}
