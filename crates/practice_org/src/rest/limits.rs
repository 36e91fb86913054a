//! What is left of the day.

use serde_json::{Map, Value as Json, json};

use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::Org;
use std::sync::atomic::Ordering;

/// Bulk batches a day.
const BULK_BATCHES: u64 = 15_000;
/// Bulk query jobs a day.
const QUERY_JOBS: u64 = 10_000;

/// `GET …/limits`.
pub(crate) fn limits(org: &Org) -> Result<Reply, Refusal> {
    let requests = org.settings.daily_requests;
    let used = org.requests.load(Ordering::Relaxed);
    let (batches, queries) = org.jobs.used();
    let mut limits = Map::new();
    for (name, most, used) in [
        ("DailyApiRequests", requests, used),
        ("DailyAsyncApexExecutions", 250_000, 0),
        ("DailyBulkApiBatches", BULK_BATCHES, batches),
        ("DailyBulkV2QueryFileStorageMB", 976_562, 0),
        ("DailyBulkV2QueryJobs", QUERY_JOBS, queries),
        ("DataStorageMB", 1024, 0),
        ("FileStorageMB", 1024, 0),
    ] {
        let left = most as i64 - used as i64;
        limits.insert(name.into(), json!({"Max": most, "Remaining": left}));
    }
    Ok(Reply::json(200, &Json::Object(limits)))
}

/// `GET …/limits/recordCount`.
pub(crate) fn record_count(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let wanted: Option<Vec<&str>> = call.parameter("sObjects").map(|list| list.split(',').map(str::trim).collect());
    let counts: Vec<Json> = org
        .record_counts()?
        .into_iter()
        .filter(|(name, _)| {
            wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|one| one.eq_ignore_ascii_case(name)))
        })
        .map(|(name, count)| json!({"count": count, "name": name}))
        .collect();
    Ok(Reply::json(200, &json!({"sObjects": counts})))
}
