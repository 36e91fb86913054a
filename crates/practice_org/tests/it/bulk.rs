//! Bulk 2.0, loads and queries.

use super::org::*;

#[test]
fn a_bulk_upsert_tells_the_fate_of_every_row() {
    let org = small();
    let csv = "ERP_Id__c,Name,AnnualRevenue,Owner.Username,Parent.ERP_Id__c,Phone\n\
               ALFKI,Alfreds,912000000,mira@practice.linkspan.example,LK-1001,#N/A\n\
               N1,\"Quote \"\"Q\"\" Ltd\",5,,,\n\
               N2,,1,,,\n\
               N3,Bad owner,1,nobody@x.example,,\n\
               N4,Bad number,12k,,,\n\
               ,No key,1,,,\n";
    let settings = json!({"object": "Account", "operation": "upsert", "externalIdFieldName": "ERP_Id__c"});
    let (id, job) = org.load(settings, csv);
    assert_eq!(job["state"], "JobComplete", "{job}");
    assert_eq!(
        (&job["numberRecordsProcessed"], &job["numberRecordsFailed"], &job["apiVersion"]),
        (&json!(6), &json!(4), &json!(67.0))
    );
    let good = org.rows(&format!("jobs/ingest/{id}/successfulResults/"));
    assert_eq!(
        good[0],
        "\"sf__Id\",\"sf__Created\",ERP_Id__c,Name,AnnualRevenue,Owner.Username,Parent.ERP_Id__c,Phone"
    );
    assert!(good.iter().any(|line| line.contains("\"false\",\"ALFKI\",\"Alfreds\",\"9.12E8\"")), "{good:?}");
    assert!(good.iter().any(|line| line.contains("\"true\",\"N1\",\"Quote \"\"Q\"\" Ltd\",\"5.0\"")), "{good:?}");
    let bad = org.rows(&format!("jobs/ingest/{id}/failedResults"));
    for part in [
        "\"\",\"REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --\",\"N2\"",
        "INVALID_FIELD:Foreign key external ID: nobody@x.example not found for field Username in entity User:--",
        "INVALID_TYPE_ON_FIELD_IN_RECORD:Annual Revenue: value not of required type: 12k:AnnualRevenue --",
        "MISSING_ARGUMENT:ERP_Id__c not specified:ERP_Id__c --",
    ] {
        assert!(bad.iter().any(|line| line.contains(part)), "{part} {bad:?}");
    }
    assert_eq!(org.rows(&format!("jobs/ingest/{id}/unprocessedRecords/")).len(), 1);
    let row = org.soql("SELECT Name, Phone, Parent.Name, Owner.Name FROM Account WHERE ERP_Id__c = 'ALFKI'")["records"]
        [0]
    .clone();
    assert_eq!(
        (&row["Phone"], &row["Parent"]["Name"], &row["Owner"]["Name"]),
        (&Value::Null, &json!("Aurora Kitchenware"), &json!("Mira Holm"))
    );
}

#[test]
fn bulk_knows_polymorphic_parents_chunks_and_one_shot_jobs() {
    let org = small();
    let csv = "LastName;Company;User:Owner.Username\nOne;Co;mira@practice.linkspan.example\nTwo;Co;olga@practice.linkspan.example\n";
    let settings = json!({"object": "Lead", "operation": "insert", "columnDelimiter": "SEMICOLON"});
    let (id, job) = org.load(settings, csv);
    assert_eq!(job["numberRecordsFailed"], 1, "{job}");
    let bad = org.rows(&format!("jobs/ingest/{id}/failedResults"));
    assert!(bad[1].contains("INACTIVE_OWNER_OR_USER"), "{bad:?}");
    let (_, job) =
        org.load(json!({"object": "Lead", "operation": "insert"}), "LastName,Company,Owner.Username\nOne,Co,x\n");
    assert_eq!(job["errorMessage"], "InvalidBatch : Field name not found : Owner.Username");
    let mut csv = String::from("ERP_Id__c,Name\n");
    for number in 0..201 {
        csv.push_str(&format!("K{},A\n", if number == 200 { 0 } else { number }));
    }
    csv.push_str("Twice,A\ntwice,B\n");
    let upsert = json!({"object": "Account", "operation": "upsert", "externalIdFieldName": "ERP_Id__c"});
    let (id, job) = org.load(upsert, &csv);
    assert_eq!(job["numberRecordsFailed"], 2, "the two of one chunk, not the two of different chunks");
    assert!(
        org.rows(&format!("jobs/ingest/{id}/failedResults"))[1]
            .contains("DUPLICATE_VALUE:Duplicate external id specified: ")
    );
    let body = "--B\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name=\"job\"\r\n\r\n\
                {\"object\":\"Account\",\"operation\":\"insert\"}\r\n--B\r\nContent-Type: text/csv\r\n\
                Content-Disposition: form-data; name=\"content\"; filename=\"content\"\r\n\r\nName\nOne shot\n\r\n--B--\r\n";
    let request =
        org.http.post(org.at("jobs/ingest")).header("Content-Type", "multipart/form-data; boundary=B").body(body);
    let job: Value = org.with(request).json().unwrap();
    assert_eq!(job["state"], "UploadComplete", "{job}");
    let path = format!("jobs/ingest/{}", job["id"].as_str().unwrap());
    assert_eq!(org.wait(&path)["numberRecordsProcessed"], 1);
    let found = org.soql("SELECT Id FROM Account WHERE Name = 'one SHOT'");
    let csv = format!("Id\n{}\n", found["records"][0]["Id"].as_str().unwrap());
    let (_, job) = org.load(json!({"object": "Account", "operation": "delete"}), &csv);
    assert_eq!(job["numberRecordsFailed"], 0);
    assert_eq!(org.soql("SELECT Id FROM Account WHERE Name = 'One Shot'")["totalSize"], 0);
}

#[test]
fn bulk_jobs_fail_as_a_whole_for_what_is_wrong_with_the_file() {
    let org = small();
    for (csv, error) in [
        ("Name,Nope\nA,1\n", "InvalidBatch : Field name not found : Nope"),
        ("Name,Margin__c\nA,1\n", "InvalidBatch : Field name not found : Margin__c"),
        ("Name\r\nA\r\n", "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF"),
    ] {
        let (id, job) = org.load(json!({"object": "Account", "operation": "insert"}), csv);
        assert_eq!((job["state"].as_str(), job["errorMessage"].as_str()), (Some("Failed"), Some(error)));
        assert_eq!(org.rows(&format!("jobs/ingest/{id}/unprocessedrecords")).len(), 2);
    }
    let (_, open) = org.send(
        "POST",
        "jobs/ingest",
        &json!({"object": "Account", "operation": "insert", "lineEnding": "CRLF", "columnDelimiter": "SEMICOLON"}),
    );
    let path = format!("jobs/ingest/{}", open["id"].as_str().unwrap());
    let put = || {
        org.with(
            org.http
                .put(org.at(&format!("{path}/batches/")))
                .header("Content-Type", "text/csv")
                .body("Name;Site\r\nA;B\r\n"),
        )
    };
    assert_eq!(put().status(), 201);
    assert_eq!(put().status(), 400);
    assert_eq!(org.send("DELETE", &path, &Value::Null).1[0]["errorCode"], "API_ERROR");
    assert_eq!(org.send("PATCH", &path, &json!({"state": "UploadComplete"})).0, 200);
    assert_eq!(org.wait(&path)["numberRecordsProcessed"], 1);
    assert_eq!(
        org.send("PATCH", &path, &json!({"state": "Aborted"})).1[0]["message"],
        "Aborting already Completed Job not allowed"
    );
    assert_eq!(org.send("DELETE", &path, &Value::Null).0, 204);
    assert_eq!(org.send("POST", "jobs/ingest", &json!({"object": "Nope", "operation": "insert"})).0, 400);
}

#[test]
fn bulk_queries_page_with_their_headers() {
    let org = small();
    let (status, job) = org.send("POST", "jobs/query", &json!({"operation": "query", "query": "SELECT Id, Name, Parent.Name, AnnualRevenue, IsDeleted, CreatedDate FROM Account"}));
    assert_eq!((status, &job["state"]), (200, &json!("UploadComplete")), "{job}");
    let path = format!("jobs/query/{}", job["id"].as_str().unwrap());
    assert_eq!(org.wait(&path)["numberRecordsProcessed"], 12);
    let mut locator = String::new();
    let mut rows = 0;
    loop {
        let answer = org.get(&format!("{path}/results?maxRecords=5&locator={locator}"));
        let count: usize = answer.headers()["sforce-numberofrecords"].to_str().unwrap().parse().unwrap();
        locator = answer.headers()["sforce-locator"].to_str().unwrap().to_owned();
        let text = answer.text().unwrap();
        assert!(
            text.starts_with("\"Id\",\"Name\",\"Parent.Name\",\"AnnualRevenue\",\"IsDeleted\",\"CreatedDate\"\n"),
            "{text}"
        );
        assert_eq!(text.lines().count(), count + 1);
        rows += count;
        if locator == "null" {
            break;
        }
    }
    assert_eq!(rows, 12);
    assert_eq!(org.get(&format!("/services/data/v66.0/{path}/results")).status(), 409);
    assert_eq!(org.json(&format!("{path}/resultPages"))["done"], true);
    let (status, _) =
        org.send("POST", "jobs/query", &json!({"operation": "query", "query": "SELECT COUNT(Id) FROM Account"}));
    assert_eq!(status, 400);
}

#[test]
fn bulk_faults_leave_rows_where_they_should_be() {
    let org = empty();
    let mut csv = String::from("Name\n");
    for number in 0..1000 {
        csv.push_str(&format!("A{number}\n"));
    }
    let insert = json!({"object": "Account", "operation": "insert"});
    org.org.set_fault(Fault::JobFails { after_rows: 400 });
    let (id, job) = org.load(insert.clone(), &csv);
    assert_eq!((&job["state"], &job["numberRecordsProcessed"]), (&json!("Failed"), &json!(400)));
    assert_eq!(org.rows(&format!("jobs/ingest/{id}/successfulResults")).len(), 401);
    assert_eq!(org.rows(&format!("jobs/ingest/{id}/unprocessedrecords")).len(), 601);
    org.org.set_fault(Fault::JobStuck);
    let id = org.job(insert.clone(), &csv);
    pause(Duration::from_millis(150));
    assert_eq!(org.json(&format!("jobs/ingest/{id}"))["state"], "InProgress");
    org.org.clear_faults();
    org.wait(&format!("jobs/ingest/{id}"));
    let results = org.rows(&format!("jobs/ingest/{id}/successfulResults"));
    let order: Vec<&str> = results[1..].iter().map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_ne!(order[..5], ["\"A0\"", "\"A1\"", "\"A2\"", "\"A3\"", "\"A4\""], "results are shuffled");
    org.org.set_fault(Fault::MissingResults { share: 0.5 });
    org.org.set_fault(Fault::LockRows { share: 0.1 });
    let hits = || org.org.faults().iter().rev().take(2).map(|fault| fault.hits).collect::<Vec<_>>();
    assert_eq!(hits(), [0, 0]);
    let (id, job) = org.load(insert, &csv);
    let shown = org.rows(&format!("jobs/ingest/{id}/successfulResults")).len()
        + org.rows(&format!("jobs/ingest/{id}/failedResults")).len();
    assert!((300..700).contains(&shown), "{shown}");
    assert!(job["numberRecordsFailed"].as_u64().unwrap() > 30);
    assert!(hits().iter().all(|hits| *hits > 30), "rows are counted, too: {:?}", hits());
}

#[test]
fn a_job_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        || Options { storage: Storage::File(folder.path().join("org.db")), seed: Seed::Empty, ..Options::default() };
    let first = start_with(options());
    first.org.set_fault(Fault::JobStuck);
    let id =
        first.job(json!({"object": "Account", "operation": "insert", "lineEnding": "CRLF"}), "Name\r\nOne\r\nTwo\r\n");
    pause(Duration::from_millis(100));
    assert_eq!(first.json(&format!("jobs/ingest/{id}"))["state"], "InProgress");
    drop(first);
    let second = start_with(options());
    assert_eq!(second.wait(&format!("jobs/ingest/{id}"))["numberRecordsProcessed"], 2);
    assert_eq!(second.soql("SELECT COUNT() FROM Account")["totalSize"], 2);
}

#[test]
fn a_broken_row_fails_the_job_and_loses_nothing() {
    let org = empty();
    let mut csv = String::from("Name,Site\r\n");
    for number in 0..500 {
        csv.push_str(&format!("A{number},{}\r\n", if number == 450 { "x,y" } else { "x" }));
    }
    let (id, job) = org.load(json!({"object": "Account", "operation": "insert", "lineEnding": "CRLF"}), &csv);
    assert_eq!((&job["state"], &job["numberRecordsProcessed"]), (&json!("Failed"), &json!(400)), "{job}");
    let rest = org.get(&format!("jobs/ingest/{id}/unprocessedrecords")).text().unwrap();
    assert!(rest.starts_with("Name,Site\r\nA400,x\r\n"), "{}", &rest[..40]);
}

#[test]
fn callers_are_served_while_a_job_runs() {
    let org = empty();
    let mut csv = String::from("Name,ERP_Id__c\n");
    for number in 0..30_000 {
        csv.push_str(&format!("A{number},K{number}\n"));
    }
    let id = org.job(json!({"object": "Account", "operation": "insert"}), &csv);
    std::thread::scope(|scope| {
        for hand in 0..4 {
            let org = &org;
            scope.spawn(move || {
                for number in 0..5 {
                    let row = json!({"LastName": format!("P{hand}-{number}")});
                    assert_eq!(org.send("POST", "sobjects/Contact", &row).0, 201);
                    assert!(org.soql("SELECT COUNT() FROM Account")["totalSize"].is_u64());
                }
            });
        }
    });
    let state = org.json(&format!("jobs/ingest/{id}"))["state"].clone();
    assert_ne!(state, "JobComplete", "single rows do not wait for the end of a load");
    let job = org.wait(&format!("jobs/ingest/{id}"));
    assert_eq!((&job["numberRecordsProcessed"], &job["numberRecordsFailed"]), (&json!(30_000), &json!(0)));
    assert_eq!(org.soql("SELECT COUNT() FROM Contact")["totalSize"], 20);
    assert_eq!(org.rows(&format!("jobs/ingest/{id}/successfulResults")).len(), 30_001);
}
