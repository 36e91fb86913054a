//! What is left of the day.

use serde_json::{Map, Value as Json, json};

use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::limits::Quota;
use crate::org::Org;

/// What a developer org allows of things that nothing here uses up.
const UNUSED: [(&str, u64); 46] = [
    ("AnalyticsExternalDataSizeMB", 40_960),
    ("ConcurrentAsyncGetReportInstances", 200),
    ("ConcurrentEinsteinDataInsightsStoryCreation", 5),
    ("ConcurrentEinsteinDiscoveryStoryCreation", 2),
    ("ConcurrentSyncReportRuns", 20),
    ("DailyAnalyticsDataflowJobExecutions", 60),
    ("DailyAnalyticsUploadedFilesSizeMB", 51_200),
    ("DailyAsyncApexExecutions", 250_000),
    ("DailyAsyncApexTests", 500),
    ("DailyDeliveredPlatformEvents", 10_000),
    ("DailyDurableGenericStreamingApiEvents", 10_000),
    ("DailyDurableStreamingApiEvents", 10_000),
    ("DailyEinsteinDataInsightsStoryCreation", 1_000),
    ("DailyEinsteinDiscoveryPredictAPICalls", 50_000),
    ("DailyEinsteinDiscoveryPredictionsByCDC", 500_000),
    ("DailyEinsteinDiscoveryStoryCreation", 100),
    ("DailyFunctionsApiCallLimit", 235_000),
    ("DailyGenericStreamingApiEvents", 10_000),
    ("DailyStandardVolumePlatformEvents", 10_000),
    ("DailyStreamingApiEvents", 10_000),
    ("DailyWorkflowEmails", 390),
    ("DurableStreamingApiConcurrentClients", 20),
    ("FileStorageMB", 1_024),
    ("HourlyAsyncReportRuns", 1_200),
    ("HourlyDashboardRefreshes", 200),
    ("HourlyDashboardResults", 5_000),
    ("HourlyDashboardStatuses", 999_999_999),
    ("HourlyLongTermIdMapping", 100_000),
    ("HourlyManagedContentPublicRequests", 50_000),
    ("HourlyODataCallout", 20_000),
    ("HourlyPublishedPlatformEvents", 50_000),
    ("HourlyPublishedStandardVolumePlatformEvents", 1_000),
    ("HourlyShortTermIdMapping", 100_000),
    ("HourlySyncReportRuns", 500),
    ("HourlyTimeBasedWorkflow", 50),
    ("MassEmail", 10),
    ("MonthlyEinsteinDiscoveryStoryCreation", 500),
    ("Package2VersionCreates", 6),
    ("Package2VersionCreatesWithoutValidation", 500),
    ("PermissionSets", 1_500),
    ("PrivateConnectOutboundCalloutHourlyLimitMB", 0),
    ("SingleEmail", 15),
    ("StreamingApiConcurrentClients", 20),
    ("ActiveScratchOrgs", 3),
    ("DailyScratchOrgs", 6),
    ("PublishCallbackUsageInApex", 1),
];

/// What a row counts for, whatever it holds.
const ROW_KB: u64 = 2;

/// `GET …/limits`.
pub(crate) fn limits(org: &Org) -> Result<Reply, Refusal> {
    let limits = org.usage.limits();
    let used = |quota| org.usage.used(quota);
    let mut list: Vec<(&str, u64, u64)> = vec![
        ("DailyApiRequests", limits.daily_api_requests, used(Quota::Requests)),
        ("DailyBulkApiBatches", limits.daily_bulk_batches, used(Quota::Batches)),
        (
            "DailyBulkV2QueryFileStorageMB",
            limits.daily_bulk_query_storage_mb,
            used(Quota::QueryBytes).div_ceil(1024 * 1024),
        ),
        ("DailyBulkV2QueryJobs", limits.daily_bulk_query_jobs, used(Quota::QueryJobs)),
        ("DataStorageMB", limits.data_storage_mb, (stored_rows(org)? * ROW_KB).div_ceil(1024)),
    ];
    let known: Vec<&str> = list.iter().map(|(name, ..)| *name).chain(UNUSED.iter().map(|(name, _)| *name)).collect();
    for (name, most) in UNUSED {
        list.push((name, limits.others.get(name).copied().unwrap_or(most), 0));
    }
    for (name, most) in limits.others.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        list.push((name, *most, 0));
    }
    list.sort_unstable();
    let mut map = Map::new();
    for (name, most, used) in list {
        let mut entry = json!({"Max": most, "Remaining": most as i64 - used as i64});
        if name == "PermissionSets" {
            entry["CreateCustom"] = json!({"Max": 1000, "Remaining": 1000});
        }
        map.insert(name.into(), entry);
    }
    Ok(Reply::json(200, &Json::Object(map)))
}

/// All rows, those in the recycle bin too.
fn stored_rows(org: &Org) -> Result<u64, Refusal> {
    org.database.read(|conn| {
        let mut sum = 0;
        for object in org.schema.objects.iter().filter(|object| object.is_stored() && !object.is_definition()) {
            // Without a condition, the narrowest index is counted instead of the table.
            let sql = format!("SELECT count(*) FROM \"{}\"", object.name);
            sum += conn.query_row(&sql, [], |row| row.get::<_, i64>(0))?;
        }
        Ok(sum as u64)
    })
}

/// `GET …/limits/recordCount`.
pub(crate) fn record_count(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let wanted: Option<Vec<&str>> = call.parameter("sObjects").map(|list| list.split(',').map(str::trim).collect());
    let counts: Vec<Json> = org
        .record_counts()?
        .into_iter()
        .filter(|(name, count)| {
            *count > 0 && wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|one| one.eq_ignore_ascii_case(name)))
        })
        .map(|(name, count)| json!({"count": count, "name": name}))
        .collect();
    Ok(Reply::json(200, &json!({"sObjects": counts})))
}
