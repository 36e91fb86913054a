//! What a Bulk upload may look like.

use std::io::Read;

use super::org::*;

fn insert() -> Value {
    json!({"object": "Account", "operation": "insert"})
}

#[test]
fn every_delimiter_and_line_end_is_read_and_written() {
    let org = empty();
    for (name, sign) in
        [("COMMA", ','), ("TAB", '\t'), ("PIPE", '|'), ("SEMICOLON", ';'), ("CARET", '^'), ("BACKQUOTE", '`')]
    {
        for (ending, end) in [("LF", "\n"), ("CRLF", "\r\n")] {
            let settings =
                json!({"object": "Account", "operation": "insert", "columnDelimiter": name, "lineEnding": ending});
            let key = format!("{name}-{ending}");
            let csv = format!(
                "Name{sign}ERP_Id__c{sign}BillingStreet{sign}AnnualRevenue{end}\
                 \"A \"\"B\"\" {sign} C\"{sign}{key}{sign}\"1 Way{end}Floor 2\"{sign}1500{end}"
            );
            let (id, job) = org.load(settings, &csv);
            assert_eq!((&job["state"], &job["numberRecordsFailed"]), (&json!("JobComplete"), &json!(0)), "{job}");
            let row = org.soql(&format!("SELECT Id, Name, BillingStreet FROM Account WHERE ERP_Id__c = '{key}'"));
            let row = &row["records"][0];
            assert_eq!(row["Name"], format!("A \"B\" {sign} C"));
            assert_eq!(row["BillingStreet"], format!("1 Way{end}Floor 2"));
            let good = org.get(&format!("jobs/ingest/{id}/successfulResults/")).text().unwrap();
            let id = row["Id"].as_str().unwrap();
            let wanted = format!(
                "\"sf__Id\"{sign}\"sf__Created\"{sign}Name{sign}ERP_Id__c{sign}BillingStreet{sign}AnnualRevenue{end}\
                 \"{id}\"{sign}\"true\"{sign}\"A \"\"B\"\" {sign} C\"{sign}\"{key}\"{sign}\"1 Way{end}Floor 2\"{sign}\"1500.0\"{end}"
            );
            assert_eq!(good, wanted);
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_fails_its_job_and_stays_whole() {
    let org = empty();
    let long_header = format!("Name,{}\nA,B\n", "x".repeat(32_000));
    let long_value = format!("Name\n{}\n", "x".repeat(131_073));
    let bytes = |text: &str| text.as_bytes().to_vec();
    for (csv, error) in [
        (bytes("\u{feff}Name\nA\n"), "InvalidBatch : Field name not found : \u{feff}Name"),
        (bytes("\u{feff}\"Name\"\nA\n"), "InvalidBatch : Failed to parse CSV. Found unescaped quote"),
        (bytes(""), "InvalidBatch : the data has no header row"),
        (bytes("Name\nA \"quoted\" word\n"), "InvalidBatch : Failed to parse CSV. Found unescaped quote"),
        (bytes("Name\n\"A\" \n"), "InvalidBatch : Failed to parse CSV. Found unescaped quote"),
        (bytes("Name\n\"A\n"), "InvalidBatch : Failed to parse CSV. Found unescaped quote"),
        (
            bytes("Name\nA\r\n"),
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF",
        ),
        (bytes("Name,Site\nA\n"), "InvalidBatch : row 1 has 1 columns but the header has 2"),
        (bytes("Name,Site\nA,B,C\n"), "InvalidBatch : row 1 has 3 columns but the header has 2"),
        (bytes("Name,name\nA,B\n"), "InvalidBatch : Duplicate field name : name"),
        (b"Name\n\xFF\n".to_vec(), "ClientInputError : the data is not UTF-8"),
        (b"N\xFFme\nA\n".to_vec(), "ClientInputError : the data is not UTF-8"),
        (long_header.into_bytes(), "InvalidBatch : the header is longer than 32000 characters"),
        (long_value.into_bytes(), "InvalidBatch : a value has more than 131072 characters"),
    ] {
        let (_, job) = org.send("POST", "jobs/ingest", &insert());
        let path = format!("jobs/ingest/{}", job["id"].as_str().unwrap());
        let put = org.http.put(org.at(&format!("{path}/batches"))).header("Content-Type", "text/csv");
        assert_eq!(org.with(put.body(csv.clone())).status(), 201);
        org.send("PATCH", &path, &json!({"state": "UploadComplete"}));
        let job = org.wait(&path);
        assert_eq!(job["state"], "Failed", "{error}");
        let told = job["errorMessage"].as_str().unwrap();
        assert!(told.starts_with(error), "{told} instead of {error}");
        assert_eq!(job["numberRecordsProcessed"], 0, "{error}");
        let rest = org.get(&format!("{path}/unprocessedrecords/")).bytes().unwrap();
        assert_eq!(rest, csv, "{error}");
    }
    assert_eq!(org.soql("SELECT COUNT() FROM Account")["totalSize"], 0);
}

#[test]
fn blank_lines_and_a_header_alone_are_no_rows() {
    let org = empty();
    let (id, job) = org.load(insert(), "Name\n");
    assert_eq!((&job["state"], &job["numberRecordsProcessed"]), (&json!("JobComplete"), &json!(0)));
    assert_eq!(org.rows(&format!("jobs/ingest/{id}/successfulResults")), ["\"sf__Id\",\"sf__Created\",Name"]);
    let (_, job) = org.load(insert(), "\nName,Site\n\nA,B\n\n\nC,\"D\"");
    assert_eq!((&job["state"], &job["numberRecordsProcessed"]), (&json!("JobComplete"), &json!(2)), "{job}");
}

#[test]
fn an_upload_comes_once_packed_or_not_and_not_too_large() {
    let org = empty();
    let open = || {
        let (_, job) = org.send("POST", "jobs/ingest", &insert());
        format!("jobs/ingest/{}", job["id"].as_str().unwrap())
    };
    let put = |path: &str| org.http.put(org.at(&format!("{path}/batches"))).header("Content-Type", "text/csv");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packer, b"Name\nPacked\n").unwrap();
    let path = open();
    let packed = put(&path).header("Content-Encoding", "gzip").body(packer.finish().unwrap());
    assert_eq!(org.with(packed).status(), 201);
    let again = org.with(put(&path).body("Name\nAgain\n"));
    assert_eq!(again.status(), 400);
    let again: Value = again.json().unwrap();
    assert!(again[0]["message"].as_str().unwrap().starts_with("Found multiple contents for job: <750"), "{again}");
    org.send("PATCH", &path, &json!({"state": "UploadComplete"}));
    org.wait(&path);
    assert_eq!(org.soql("SELECT COUNT() FROM Account WHERE Name = 'Packed'")["totalSize"], 1);
    let path = open();
    let endless = std::io::repeat(b'x').take(150 * 1024 * 1024 + 1);
    let answer = org.with(put(&path).body(reqwest::blocking::Body::new(endless)));
    assert_eq!(answer.status(), 413);
    assert_eq!(org.with(put(&path).body("Name\nSmall\n")).status(), 201, "the job can still have its data");
    let path = open();
    let wrong = org.http.put(org.at(&format!("{path}/batches"))).json(&json!({}));
    assert_eq!(org.with(wrong).status(), 415);
}
