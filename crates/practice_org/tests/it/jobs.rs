//! Bulk jobs: how they are made, listed, watched and ended.

use super::org::*;

/// The ids of all jobs in a list, page after page.
fn listed(org: &Org, path: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut url = path.to_owned();
    loop {
        let page = org.json(&url);
        ids.extend(page["records"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()));
        match page["nextRecordsUrl"].as_str() {
            Some(next) => url = next.to_owned(),
            None => {
                assert_eq!(page["done"], true);
                return ids;
            }
        }
    }
}

#[test]
fn a_job_that_cannot_be_is_refused() {
    let org = empty();
    for (settings, code, words) in [
        (json!({"object": "Account"}), "INVALIDJOB", "No operation specified"),
        (json!({"operation": "insert"}), "INVALIDJOB", "No object specified"),
        (json!({"object": "Account", "operation": "merge"}), "INVALIDJOB", "Unsupported operation: merge"),
        (json!({"object": "Nope", "operation": "insert"}), "INVALIDENTITY", "Unable to find object: Nope"),
        (json!({"object": "Organization", "operation": "insert"}), "INVALIDENTITY", "not supported by the Bulk API"),
        (json!({"object": "Account", "operation": "upsert"}), "INVALIDJOB", "External ID was blank"),
        (
            json!({"object": "Account", "operation": "upsert", "externalIdFieldName": "Site"}),
            "INVALIDJOB",
            "does not match an External ID",
        ),
        (
            json!({"object": "Account", "operation": "insert", "externalIdFieldName": "ERP_Id__c"}),
            "INVALIDJOB",
            "upsert only",
        ),
        (json!({"object": "Account", "operation": "insert", "contentType": "XML"}), "INVALIDJOB", "contentType"),
        (
            json!({"object": "Account", "operation": "insert", "columnDelimiter": "COLON"}),
            "INVALIDJOB",
            "columnDelimiter",
        ),
        (json!({"object": "Account", "operation": "insert", "lineEnding": "CR"}), "INVALIDJOB", "lineEnding"),
    ] {
        let (status, answer) = org.send("POST", "jobs/ingest", &settings);
        assert_eq!((status, &answer[0]["errorCode"]), (400, &json!(code)), "{settings} {answer}");
        assert!(answer[0]["message"].as_str().unwrap().contains(words), "{settings} {answer}");
        assert_eq!(answer[0].as_object().unwrap().keys().next().unwrap(), "errorCode", "Bulk tells the code first");
    }
    let settings = json!({
        "object": "account", "operation": "upsert", "externalIdFieldName": "erp_id__c", "contentType": "CSV",
        "columnDelimiter": "PIPE", "lineEnding": "CRLF", "assignmentRuleId": "01Q000000000001AAA"
    });
    let (_, job) = org.send("POST", "jobs/ingest", &settings);
    for (name, value) in [
        ("object", json!("Account")),
        ("externalIdFieldName", json!("ERP_Id__c")),
        ("assignmentRuleId", json!("01Q000000000001AAA")),
        ("columnDelimiter", json!("PIPE")),
        ("lineEnding", json!("CRLF")),
        ("concurrencyMode", json!("Parallel")),
        ("apiVersion", json!(67.0)),
        ("state", json!("Open")),
    ] {
        assert_eq!(job[name], value, "{name}");
    }
    assert!(job["contentUrl"].as_str().unwrap().starts_with("services/data/v67.0/jobs/ingest/750"));
}

#[test]
fn jobs_end_in_every_way() {
    let org = empty();
    let path = |job: &Value| format!("jobs/ingest/{}", job["id"].as_str().unwrap());
    let settings = json!({"object": "Account", "operation": "insert"});
    let (_, open) = org.send("POST", "jobs/ingest", &settings);
    let open = path(&open);
    for (verb, at, code) in [
        ("DELETE", open.clone(), "API_ERROR"),
        ("GET", format!("{open}/successfulResults"), "INVALIDJOBSTATE"),
        ("GET", "jobs/ingest/750Lk0000000999AAA".into(), "NOT_FOUND"),
        ("PUT", open.clone(), "METHOD_NOT_ALLOWED"),
    ] {
        assert_eq!(org.send(verb, &at, &Value::Null).1[0]["errorCode"], code, "{verb} {at}");
    }
    assert_eq!(org.send("PATCH", &open, &json!({"state": "JobComplete"})).0, 400);
    assert_eq!(org.send("PATCH", &open, &json!({"state": "Aborted"})).1["state"], "Aborted");
    let put = org.http.put(org.at(&format!("{open}/batches"))).header("Content-Type", "text/csv").body("Name\nA\n");
    assert_eq!(org.with(put).json::<Value>().unwrap()[0]["errorCode"], "INVALIDJOBSTATE");
    assert_eq!(org.get(&format!("{open}/unprocessedrecords")).text().unwrap(), "");
    assert_eq!(org.send("DELETE", &open, &Value::Null).0, 204);
    assert_eq!(org.get(&open).status(), 404);
    let (_, empty) = org.send("POST", "jobs/ingest", &settings);
    org.send("PATCH", &path(&empty), &json!({"state": "UploadComplete"}));
    let job = org.wait(&path(&empty));
    assert_eq!((&job["state"], &job["numberRecordsProcessed"]), (&json!("JobComplete"), &json!(0)));
    let closing = org.send("PATCH", &path(&empty), &json!({"state": "UploadComplete"}));
    assert_eq!(closing.1[0]["errorCode"], "INVALIDJOBSTATE");
}

#[test]
fn lists_are_paged_filtered_and_tidied() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("org.db");
    let options = || Options { storage: Storage::File(file.clone()), seed: Seed::Empty, ..Options::default() };
    let first = start_with(options());
    let (_, open) = first.send("POST", "jobs/ingest", &json!({"object": "Account", "operation": "insert"}));
    let (done, _) = first.load(json!({"object": "Account", "operation": "insert"}), "Name\nA\n");
    first.send("POST", "jobs/query", &json!({"operation": "query", "query": "SELECT Id FROM Organization"}));
    first.send("POST", "jobs/query", &json!({"operation": "query", "query": "SELECT Id FROM Account"}));
    assert_eq!(listed(&first, "jobs/ingest").len(), 2);
    assert_eq!(listed(&first, "jobs/ingest?jobType=V2Ingest&isPkChunkingEnabled=false").len(), 2);
    assert_eq!(listed(&first, "jobs/ingest?jobType=Classic").len(), 0);
    assert_eq!(listed(&first, "jobs/query?isPkChunkingEnabled=true").len(), 1, "Organization is not read in chunks");
    assert_eq!(listed(&first, "jobs/query?concurrencyMode=serial").len(), 0);
    assert_eq!(first.get("jobs/ingest?jobType=Nope").status(), 400);
    assert_eq!(first.get("jobs/ingest?queryLocator=01g-7").status(), 400);
    drop(first);
    // What time and patience would do.
    let conn = rusqlite::Connection::open(&file).unwrap();
    let body = |id: &str| -> Value {
        let sql = "SELECT body FROM practice_job WHERE id = ?1";
        let body: String = conn.query_row(sql, [id], |row| row.get(0)).unwrap();
        serde_json::from_str(&body).unwrap()
    };
    let keep = |body: &Value| {
        let sql = "INSERT OR REPLACE INTO practice_job (id, body) VALUES (?1, ?2)";
        conn.execute(sql, [body["id"].as_str().unwrap(), &body.to_string()]).unwrap();
    };
    let hours = |body: &Value, hours: i64| json!(body["created"].as_i64().unwrap() - hours * 3_600_000);
    let mut left_open = body(open["id"].as_str().unwrap());
    left_open["created"] = hours(&left_open, 25);
    keep(&left_open);
    let finished = body(&done);
    let mut old = finished.clone();
    old["created"] = hours(&old, 7 * 24 + 1);
    keep(&old);
    conn.execute_batch("BEGIN").unwrap();
    for number in 0..1500 {
        let mut copy = finished.clone();
        copy["id"] = json!(format!("750Lk00000X{number:04}AAA"));
        keep(&copy);
    }
    conn.execute_batch("COMMIT").unwrap();
    drop(conn);
    let second = start_with(options());
    let page = second.json("jobs/ingest");
    assert_eq!((page["records"].as_array().unwrap().len(), &page["done"]), (1000, &json!(false)));
    assert_eq!(
        (&page["records"][0]["jobType"], &page["records"][0]["columnDelimiter"]),
        (&json!("V2Ingest"), &json!("COMMA"))
    );
    let mut all = listed(&second, "jobs/ingest");
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 1501, "the copies and the job that was left open");
    assert_eq!(second.get(&format!("jobs/ingest/{done}")).status(), 404, "kept for seven days");
    let left_open = second.json(&format!("jobs/ingest/{}", open["id"].as_str().unwrap()));
    assert_eq!(left_open["state"], "Aborted", "open for a day");
}

#[test]
fn a_slow_job_can_be_watched_and_aborted() {
    let org = empty();
    org.org.set_fault(Fault::JobSpeed { rows_per_second: 4000 });
    let csv: String = std::iter::once("Name\n".to_owned()).chain((0..20_000).map(|row| format!("A{row}\n"))).collect();
    let id = org.job(json!({"object": "Account", "operation": "insert"}), &csv);
    let path = format!("jobs/ingest/{id}");
    let mut seen = vec![0];
    while seen.len() < 4 {
        let job = org.json(&path);
        let processed = job["numberRecordsProcessed"].as_u64().unwrap();
        assert!(["UploadComplete", "InProgress"].contains(&job["state"].as_str().unwrap()), "{job}");
        assert!(processed >= *seen.last().unwrap());
        if processed > *seen.last().unwrap() {
            seen.push(processed);
        }
        pause(Duration::from_millis(5));
    }
    assert_eq!(org.send("DELETE", &path, &Value::Null).1[0]["errorCode"], "API_ERROR");
    assert_eq!(org.send("PATCH", &path, &json!({"state": "Aborted"})).0, 200);
    let job = org.json(&path);
    let processed = job["numberRecordsProcessed"].as_u64().unwrap() as usize;
    assert_eq!(job["state"], "Aborted");
    assert!(processed > 0 && processed < 20_000, "{processed}");
    assert_eq!(org.soql("SELECT COUNT() FROM Account")["totalSize"], processed);
    assert_eq!(org.rows(&format!("{path}/successfulResults")).len(), processed + 1);
    assert_eq!(org.rows(&format!("{path}/unprocessedrecords")).len(), 20_000 - processed + 1);
    let next = org.job(json!({"object": "Account", "operation": "insert"}), "Name\nNext\n");
    assert_eq!(org.wait(&format!("jobs/ingest/{next}"))["numberRecordsProcessed"], 1);
}

#[test]
fn rows_are_found_by_id_and_removed_for_good() {
    let org = empty();
    let (id, _) = org.load(json!({"object": "Account", "operation": "insert"}), "Name\nA\nB\nC\n");
    let ids: Vec<String> = org.rows(&format!("jobs/ingest/{id}/successfulResults"))[1..]
        .iter()
        .map(|line| line[1..19].to_owned())
        .collect();
    let (one, two, three) = (&ids[0], &ids[1], &ids[2]);
    let upsert = json!({"object": "Account", "operation": "upsert", "externalIdFieldName": "Id"});
    let csv = format!("Id,Site\n{one},X\n{},Y\n{two},Z\n,\n001000000000000AAA,W\n", &one[..15]);
    let (id, job) = org.load(upsert, &csv);
    assert_eq!(job["numberRecordsFailed"], 4, "{job}");
    let bad = org.rows(&format!("jobs/ingest/{id}/failedResults"));
    for words in [
        format!("DUPLICATE_VALUE:Duplicate external id specified: {one}:Id --"),
        format!("DUPLICATE_VALUE:Duplicate external id specified: {}:Id --", &one[..15]),
        "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --".into(),
        "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--".into(),
    ] {
        assert!(bad.iter().any(|line| line.contains(&words)), "{words} {bad:?}");
    }
    let remove = |operation: &str, id: &str| {
        let (job, _) = org.load(json!({"object": "Account", "operation": operation}), &format!("Id\n{id}\n"));
        let bad = org.rows(&format!("jobs/ingest/{job}/failedResults"));
        bad.get(1).cloned().unwrap_or_default()
    };
    assert_eq!(remove("delete", two), "");
    assert!(remove("delete", two).contains("ENTITY_IS_DELETED"));
    assert_eq!(remove("hardDelete", three), "");
    assert!(remove("delete", three).contains("INVALID_CROSS_REFERENCE_KEY"));
    let all = org.json("queryAll?q=SELECT+Id+FROM+Account");
    assert_eq!(all["totalSize"], 2, "one is there, one in the bin, one gone");
    org.org.set_limits(practice_org::Limits { hard_delete: false, ..org.org.limits() });
    let (status, refused) = org.send("POST", "jobs/ingest", &json!({"object": "Account", "operation": "hardDelete"}));
    assert_eq!((status, &refused[0]["errorCode"]), (400, &json!("FEATURENOTENABLED")));
}

#[test]
fn old_versions_tell_failed_rows_without_ids() {
    let org = empty();
    for (version, header) in [("52.0", "\"sf__Error\",Name,Site"), ("53.0", "\"sf__Id\",\"sf__Error\",Name,Site")] {
        let at = |path: &str| format!("/services/data/v{version}/{path}");
        let (_, job) = org.send("POST", &at("jobs/ingest"), &json!({"object": "Account", "operation": "insert"}));
        let path = at(&format!("jobs/ingest/{}", job["id"].as_str().unwrap()));
        let put = org.http.put(org.at(&format!("{path}/batches"))).header("Content-Type", "text/csv");
        org.with(put.body("Name,Site\n,X\n"));
        org.send("PATCH", &path, &json!({"state": "UploadComplete"}));
        org.wait(&path);
        let bad = org.rows(&format!("{path}/failedResults"));
        assert_eq!(bad[0], header, "{version}");
        assert_eq!(bad[1].split(',').count(), header.split(',').count(), "{bad:?}");
    }
}

#[test]
fn query_jobs_take_less_than_queries_and_tell_columns_by_version() {
    let org = small();
    let ask = |version: &str, body: Value| org.send("POST", &format!("/services/data/v{version}/jobs/query"), &body);
    for (query, words) in [
        ("SELECT COUNT() FROM Account", "not supported in Bulk Query"),
        ("SELECT Industry, COUNT(Id) FROM Account GROUP BY Industry", "not supported in Bulk Query"),
        ("SELECT Id FROM Account LIMIT 5 OFFSET 2", "OFFSET is not supported in Bulk Query"),
        ("SELECT Id, BillingAddress FROM Account", "Selecting compound data not supported in Bulk Query"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "not supported in Bulk Query"),
        ("SELECT Id FROM", "unexpected"),
    ] {
        let (status, refused) = ask("67.0", json!({"operation": "query", "query": query}));
        assert_eq!(status, 400, "{query}");
        assert!(refused[0]["message"].as_str().unwrap().contains(words), "{query} {refused}");
    }
    assert_eq!(ask("67.0", json!({"operation": "insert", "query": "SELECT Id FROM Account"})).0, 400);
    assert_eq!(ask("67.0", json!({"operation": "query"})).0, 400);
    for (version, header) in [("50.0", "\"Name\"|\"Id\"|\"Parent.Name\""), ("49.0", "\"Id\"|\"Name\"|\"Parent.Name\"")]
    {
        let query = "SELECT Name, Id, Parent.Name FROM Account";
        let settings =
            json!({"operation": "queryAll", "query": query, "columnDelimiter": "PIPE", "lineEnding": "CRLF"});
        let (_, job) = ask(version, settings);
        assert!(job.get("contentUrl").is_none());
        let path = format!("/services/data/v{version}/jobs/query/{}", job["id"].as_str().unwrap());
        let job = org.wait(&path);
        assert_eq!((&job["jobType"], &job["isPkChunkingSupported"]), (&json!("V2Query"), &json!(true)));
        let answer = org.get(&format!("{path}/results"));
        assert_eq!(answer.headers()["sforce-locator"], "null");
        assert!(answer.text().unwrap().starts_with(&format!("{header}\r\n")), "{version}");
        assert_eq!(org.get(&format!("{path}/results?maxRecords=0")).status(), 400);
        assert_eq!(org.get(&format!("{path}/results?locator=nonsense")).status(), 400);
        assert_eq!(org.get(&format!("{path}/resultPages")).status(), 404, "since 58.0");
        assert_eq!(org.send("PATCH", &path, &json!({"state": "Aborted"})).1[0]["errorCode"], "INVALIDJOBSTATE");
        assert_eq!(org.send("DELETE", &path, &Value::Null).0, 204);
        assert_eq!(org.get(&format!("{path}/results")).status(), 404);
    }
}
