//! What a day allows.

use practice_org::Limits;

use super::org::*;

fn left(org: &Org, name: &str) -> i64 {
    org.json("limits")[name]["Remaining"].as_i64().unwrap()
}

#[test]
fn limits_tell_what_a_developer_org_tells() {
    let org = small();
    let limits = org.json("limits");
    let limits = limits.as_object().unwrap();
    assert!(limits.len() > 45, "{}", limits.len());
    for (name, most) in [
        ("DailyApiRequests", 15_000),
        ("DailyBulkApiBatches", 15_000),
        ("DailyBulkV2QueryJobs", 10_000),
        ("DailyBulkV2QueryFileStorageMB", 976_562),
        ("ConcurrentAsyncGetReportInstances", 200),
        ("SingleEmail", 15),
    ] {
        assert_eq!(limits[name]["Max"], most, "{name}");
    }
    assert!(limits.iter().all(|(_, entry)| entry["Max"].is_u64() && entry["Remaining"].is_i64()));
    let names: Vec<&String> = limits.keys().collect();
    assert!(names.is_sorted());
    assert!(limits["DataStorageMB"]["Remaining"].as_i64() < limits["DataStorageMB"]["Max"].as_i64());
}

#[test]
fn allocations_count_down_and_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options {
        storage: Storage::File(folder.path().join("org.db")),
        seed: Seed::Empty,
        limits: Limits {
            others: [("MassEmail".to_owned(), 3), ("Invented".to_owned(), 4)].into(),
            ..Limits::default()
        },
        ..Options::default()
    };
    let first = start_with(options());
    let before = left(&first, "DailyApiRequests");
    let usage = first.get("limits").headers()["sforce-limit-info"].to_str().unwrap().to_owned();
    assert_eq!(usage, format!("api-usage={}/15000", 15_000 - before + 1));
    assert_eq!(left(&first, "DailyApiRequests"), before - 2);
    let csv: String = std::iter::once("Name\n".to_owned()).chain((0..10_001).map(|row| format!("A{row}\n"))).collect();
    first.load(json!({"object": "Account", "operation": "insert"}), &csv);
    assert_eq!(left(&first, "DailyBulkApiBatches"), 15_000 - 2, "10,001 rows are two batches");
    assert!(left(&first, "DataStorageMB") <= 5_120 - 20, "10,001 rows of 2 KB");
    let (_, job) = first.send("POST", "jobs/query", &json!({"operation": "query", "query": "SELECT Id FROM Account"}));
    first.wait(&format!("jobs/query/{}", job["id"].as_str().unwrap()));
    assert_eq!((left(&first, "DailyBulkV2QueryJobs"), left(&first, "DailyBulkV2QueryFileStorageMB")), (9_999, 976_561));
    assert_eq!((left(&first, "MassEmail"), left(&first, "Invented")), (3, 4));
    let calls = left(&first, "DailyApiRequests");
    drop(first);
    let second = start_with(options());
    assert_eq!(left(&second, "DailyApiRequests"), calls - 1);
    assert_eq!(left(&second, "DailyBulkApiBatches"), 15_000 - 2);
    assert_eq!(left(&second, "DailyBulkV2QueryJobs"), 9_999);
}

#[test]
fn a_used_up_day_is_refused_with_its_code() {
    let org = empty();
    let limits = Limits { daily_bulk_batches: 1, daily_bulk_query_jobs: 1, ..Limits::default() };
    org.org.set_limits(limits.clone());
    let insert = json!({"object": "Account", "operation": "insert"});
    let (_, open) = org.send("POST", "jobs/ingest", &insert);
    org.load(insert.clone(), "Name\nA\n");
    let (status, refused) = org.send("POST", "jobs/ingest", &insert);
    assert_eq!((status, &refused[0]["errorCode"]), (400, &json!("EXCEEDEDQUOTA")), "{refused}");
    let path = format!("jobs/ingest/{}", open["id"].as_str().unwrap());
    org.with(org.http.put(org.at(&format!("{path}/batches"))).header("Content-Type", "text/csv").body("Name\nB\n"));
    org.send("PATCH", &path, &json!({"state": "UploadComplete"}));
    let job = org.wait(&path);
    assert_eq!(
        (&job["state"], &job["errorMessage"]),
        (&json!("Failed"), &json!("ExceededQuota : ApiBatchItems Limit exceeded."))
    );
    assert_eq!(org.rows(&format!("{path}/unprocessedrecords")), ["Name", "B"]);
    let query = json!({"operation": "query", "query": "SELECT Id FROM Account"});
    assert_eq!(org.send("POST", "jobs/query", &query).0, 200);
    let (status, refused) = org.send("POST", "jobs/query", &query);
    assert_eq!((status, &refused[0]["errorCode"]), (400, &json!("LIMIT_EXCEEDED")), "{refused}");
    assert_eq!(refused[0]["message"], "Max bulk v2 query jobs (1) per 24 hrs has been reached (1)");
    org.org.set_limits(Limits { daily_api_requests: 0, ..limits });
    assert_eq!(org.org.limits().daily_api_requests, 0);
    let answer = org.get("sobjects");
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.json::<Value>().unwrap()[0]["errorCode"], "REQUEST_LIMIT_EXCEEDED");
}

#[test]
fn limits_can_be_set_while_the_org_runs() {
    let org = empty();
    assert_eq!(org.json("/__practice/limits")["daily_api_requests"], 15_000);
    let (status, _) = org.send("PUT", "/__practice/limits", &json!({"daily_api_requests": 1}));
    assert_eq!(status, 204);
    assert_eq!(org.org.limits(), Limits { daily_api_requests: 1, ..Limits::default() });
    assert_eq!(
        (org.get("limits").status(), org.get("limits").status()),
        (reqwest::StatusCode::OK, reqwest::StatusCode::FORBIDDEN)
    );
    assert_eq!(org.send("PUT", "/__practice/limits", &json!({"daily": 1})).1[0]["errorCode"], "INVALID_LIMITS");
    assert_eq!(org.send("PUT", "/__practice/limits", &json!("none")).0, 400);
    assert_eq!(org.send("POST", "/__practice/limits", &json!({})).0, 405);
}

#[test]
fn rows_of_a_day_run_out_in_the_middle_of_a_job() {
    let org = empty();
    org.org.set_limits(Limits { daily_bulk_rows: 450, ..Limits::default() });
    let csv: String = std::iter::once("Name\n".to_owned()).chain((0..1000).map(|row| format!("A{row}\n"))).collect();
    let (id, job) = org.load(json!({"object": "Account", "operation": "insert"}), &csv);
    assert_eq!((&job["state"], &job["numberRecordsProcessed"]), (&json!("Failed"), &json!(400)), "{job}");
    assert_eq!(org.rows(&format!("jobs/ingest/{id}/unprocessedrecords")).len(), 601);
}

#[test]
fn only_so_many_calls_run_long_at_a_time() {
    let org = empty();
    org.org.set_limits(Limits { concurrent_long_requests: 1, long_request_seconds: 0, ..Limits::default() });
    assert_eq!(org.get("limits").status(), 200, "one at a time is fine");
    org.org.set_fault(Fault::SlowAnswers { ms: 300, path_contains: String::new() });
    let answers: Vec<(u16, String)> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let answer = org.get("sobjects");
                    (answer.status().as_u16(), answer.text().unwrap())
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let refused: Vec<_> = answers.iter().filter(|(status, _)| *status == 403).collect();
    assert!(!refused.is_empty(), "{:?}", answers.iter().map(|(status, _)| status).collect::<Vec<_>>());
    assert!(refused.iter().all(|(_, body)| body.contains("REQUEST_LIMIT_EXCEEDED")));
}
