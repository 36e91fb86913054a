//! The settings of `export.json`: which of them a step can say, and why not the others.

use super::super::LeftOut;
use super::super::foreign::is_off;
use serde_json::{Map, Value};

/// Keys of the root that are said by steps.
const ROOT_SAID: [&str; 12] = [
    "objects",
    "objectSets",
    "allOrNone",
    "allowFieldTruncation",
    "csvInsertNulls",
    "csvFileDelimiter",
    "csvReadFileDelimiter",
    "csvFileEncoding",
    "csvUseEuropeanDateFormat",
    "keepObjectOrderWhileExecute",
    "restApiBatchSize",
    "$schema",
];

/// Keys of an object that are said by its step.
const OBJECT_SAID: [&str; 17] = [
    "query",
    "operation",
    "externalId",
    "excluded",
    "useFieldMapping",
    "fieldMapping",
    "useValuesMapping",
    "useCSVValuesMapping",
    "updateWithMockData",
    "mockFields",
    "excludedFields",
    "excludedFromUpdateFields",
    "polymorphicLookups",
    "useSourceCSVFile",
    "useQueryAll",
    "alwaysUseRestApi",
    "alwaysUseBulkApi",
];

/// Why a setting has no place in a step; for others it is enough that there is none.
const WHY: [(&str, &str); 33] = [
    ("orgs", "orgs are known by alias here, and sign in with `linkspan org add`"),
    ("apiVersion", "the newest version that the org offers is used"),
    ("bulkThreshold", "REST is used below 2,000 rows and Bulk API 2.0 from there, unless a step says otherwise"),
    ("queryBulkApiThreshold", "the way of querying cannot be chosen"),
    ("bulkApiVersion", "only Bulk API 2.0 is used"),
    ("bulkApiV1BatchSize", "only Bulk API 2.0 is used, which makes its own batches"),
    ("concurrencyMode", "Bulk API 2.0 runs its batches as it sees fit"),
    ("pollingIntervalMs", "how often a job is asked after cannot be set"),
    ("pollingQueryTimeoutMs", "a job is awaited until it ends"),
    ("parallelBulkJobs", "how many jobs run side by side cannot be set"),
    ("parallelRestJobs", "how many calls run side by side cannot be set"),
    ("promptOnMissingParentObjects", "nobody is asked: a row whose parent is missing is held, with the reason"),
    ("promptOnIssuesInCSVFiles", "nobody is asked: a row that cannot be read is held, with the reason"),
    ("validateCSVFilesOnly", "use --dry-run for that"),
    ("simulationMode", "use --dry-run for that"),
    ("importCSVFilesAsIs", "files are never changed"),
    ("proxyUrl", "the proxy of the system is used"),
    ("master", "all rows of the query are taken, not only those that belong to other objects of the file"),
    ("deleteOldData", "no record is deleted beforehand: make a step that deletes them if you want that"),
    ("deleteQuery", "no record is deleted beforehand: make a step that deletes them if you want that"),
    ("sourceRecordsFilter", "rows of the source are not filtered a second time: put the condition into the query"),
    ("targetRecordsFilter", "rows are not filtered before they are sent: put the condition into the query"),
    ("targetFullQueryRecordsThreshold", "records of the target are looked up by their keys"),
    ("queryAllTarget", "records of the target are looked up by their keys"),
    ("skipExistingRecords", "records that exist are updated: make it an insert, or write fields on new records only"),
    ("skipRecordsComparison", "records are not compared before they are sent"),
    ("respectOrderByOnDeleteRecords", "the order in which records are deleted cannot be set"),
    ("includedInClauseFields", "the source is asked with the query alone"),
    ("excludedFromInClauseFields", "the source is asked with the query alone"),
    ("beforeAddons", "add-ons are programs of SFDMU"),
    ("afterAddons", "add-ons are programs of SFDMU"),
    ("dataRetrievedAddons", "add-ons are programs of SFDMU"),
    ("alwaysUseBulkApiToUpdateRecords", "one API is used for all rows of a step"),
];

/// Lists the settings of the root that have no place.
pub(super) fn unsaid_of_root(root: &Map<String, Value>, left_out: &mut Vec<LeftOut>) {
    unsaid("", root, &ROOT_SAID, left_out);
}

/// Lists the settings of an object that have no place.
pub(super) fn unsaid_of_object(place: &str, object: &Map<String, Value>, left_out: &mut Vec<LeftOut>) {
    unsaid(&format!("{place}."), object, &OBJECT_SAID, left_out);
}

fn unsaid(prefix: &str, map: &Map<String, Value>, said: &[&str], left_out: &mut Vec<LeftOut>) {
    for (key, value) in map {
        // Objects are masters unless they say no.
        let off = if key == "master" { *value == Value::Bool(true) } else { is_off(value) };
        if off || said.contains(&key.as_str()) {
            continue;
        }
        let known = WHY.iter().find(|(name, _)| name == key).map(|(_, why)| *why);
        let addon = key.ends_with("Addons").then_some("add-ons are programs of SFDMU");
        let why = known.or(addon).unwrap_or("there is no such setting here");
        left_out.push(LeftOut { place: format!("{prefix}{key}"), why: why.to_owned() });
    }
}

/// Takes out what no project file may keep, and lists it.
pub(super) fn without_secrets(root: &mut Value, left_out: &mut Vec<LeftOut>) {
    for (at, org) in root.get_mut("orgs").and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
        let taken = org.as_object_mut().and_then(|org| org.shift_remove("accessToken"));
        if taken.is_some_and(|token| !is_off(&token)) {
            let why = "it is a secret, which is kept in no file: sign in with `linkspan org add`";
            left_out.push(LeftOut { place: format!("orgs[{at}].accessToken"), why: why.to_owned() });
        }
    }
    let proxy = root.get("proxyUrl").and_then(Value::as_str).is_some_and(|url| url.contains('@'));
    if let (true, Some(root)) = (proxy, root.as_object_mut()) {
        root.shift_remove("proxyUrl");
        let why = "it holds a password, which is kept in no file; the proxy of the system is used";
        left_out.push(LeftOut { place: "proxyUrl".to_owned(), why: why.to_owned() });
    }
}
