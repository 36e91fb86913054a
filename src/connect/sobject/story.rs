//! Tests of whole deliveries against a server that follows a script: which calls are made, in which order, and what is said of
//! each row when something goes wrong in between.

use super::*;
use crate::connect::Digester;
use crate::record::{Kind, RowNumber};
use crate::salesforce::scripted::{Heard, Said, Scripted};
use std::sync::atomic::{AtomicUsize, Ordering};

struct Rows {
    pieces: Vec<Result<Vec<u8>, ()>>,
    at: usize,
}

impl Rows {
    fn new(body: &str) -> Rows {
        Rows { pieces: vec![Ok(body.into())], at: 0 }
    }
}

impl EncodedRows for Rows {
    fn next(&mut self) -> Result<Option<Vec<u8>>, ConnectError> {
        self.at += 1;
        match self.pieces.get(self.at - 1) {
            None => Ok(None),
            Some(Ok(piece)) => Ok(Some(piece.clone())),
            Some(Err(())) => Err(ConnectError::refused("accounts.csv cannot be read", "Is the disk still there?")),
        }
    }

    fn rewind(&mut self) {
        self.at = 0;
    }
}

fn columns(paths: &[&str]) -> Vec<OutColumn> {
    paths.iter().map(|path| OutColumn { path: (*path).into(), kind: Kind::Text }).collect()
}

fn target(server: &Scripted, api: Api, action: Action, paths: &[&str]) -> SObjectTarget {
    SObjectTarget::new(
        server.org(),
        TargetSpec {
            object: "Account".into(),
            action,
            columns: columns(paths),
            api,
            rows_per_call: None,
            all_or_none: false,
            assignment_rules: None,
            save_duplicates: false,
            hard_delete: false,
            parallel: None,
            unique_column: None,
        },
    )
}

/// Rows told by one text each, as the engine takes digests of keys.
fn sent(keys: &[&str]) -> Sent {
    let digest = |key: &&str| {
        let mut digester = Digester::default();
        digester.cell(Kind::Text, key);
        digester.finish()
    };
    Sent { rows: (1..).zip(keys.iter().map(digest)).collect() }
}

type Outcomes = Vec<(RowNumber, RowOutcome)>;

fn committed(target: &SObjectTarget, ticket: &Ticket, sent: &Sent, cancel: &Cancel) -> Result<Outcomes, ConnectError> {
    let mut outcomes = Vec::new();
    target.commit(ticket, sent, cancel, &mut |row, outcome| outcomes.push((row, outcome)))?;
    Ok(outcomes)
}

fn settled(
    target: &SObjectTarget,
    ticket: &Ticket,
    sent: &Sent,
    keys: &[&str],
    body: &str,
) -> Result<Outcomes, ConnectError> {
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    let mut outcomes = Vec::new();
    let mut report = |row, outcome| outcomes.push((row, outcome));
    target.settle(ticket, sent, &keys, &mut Rows::new(body), &Cancel::new(), &mut report)?;
    outcomes.sort_by_key(|(row, _)| *row);
    Ok(outcomes)
}

fn said(outcome: &RowOutcome) -> String {
    let word = outcome.outcome().word();
    match (outcome.id(), outcome.rejection()) {
        (Some(id), _) => format!("{word} {id}"),
        (_, Some(why)) => format!("{word} {}", why.code),
        _ => word.to_owned(),
    }
}

fn all_said(outcomes: &Outcomes) -> Vec<String> {
    outcomes.iter().map(|(row, outcome)| format!("{row} {}", said(outcome))).collect()
}

fn lines(server: &Scripted) -> Vec<String> {
    let line = |heard: &Heard| {
        let mut words = heard.line.split_whitespace();
        let verb = words.next().unwrap_or_default();
        let path = words.next().unwrap_or_default().replace("/services/data/v67.0/", "");
        format!("{verb} {path} {}", String::from_utf8_lossy(&heard.body)).trim().to_owned()
    };
    server.heard().iter().map(line).collect()
}

/// A job that ends in `state` once it is closed, with these three sets of results; `working` looks see it at work before.
fn job_server(state: &'static str, working: usize, results: [&'static str; 3]) -> Scripted {
    let closed = AtomicUsize::new(0);
    let aborted = AtomicUsize::new(0);
    let looks = AtomicUsize::new(0);
    Scripted::new(move |heard: &Heard| -> Said {
        let ok = |body: &str| (200, body.to_owned(), "Date: Wed, 21 Oct 2026 07:28:00 GMT\r\n");
        let job = |state: &str| {
            ok(&format!(
                r#"{{"id":"750A","state":"{state}","errorMessage":"InvalidBatch : Field name not found : Foo__c"}}"#
            ))
        };
        let body = String::from_utf8_lossy(&heard.body);
        match heard.line.split(' ').next().unwrap() {
            "POST" => job("Open"),
            "PUT" => (201, String::new(), ""),
            "PATCH" if body.contains("UploadComplete") => {
                closed.store(1, Ordering::SeqCst);
                job("UploadComplete")
            }
            "PATCH" => {
                aborted.store(1, Ordering::SeqCst);
                job("Aborted")
            }
            _ if heard.line.contains("failedResults") => ok(results[0]),
            _ if heard.line.contains("unprocessed") => ok(results[1]),
            _ if heard.line.contains("successfulResults") => ok(results[2]),
            _ if aborted.load(Ordering::SeqCst) == 1 => job("Aborted"),
            _ if closed.load(Ordering::SeqCst) == 0 => job("Open"),
            _ if looks.fetch_add(1, Ordering::SeqCst) < working => job("InProgress"),
            _ => job(state),
        }
    })
}

const FAILED: &str = "\"sf__Id\",\"sf__Error\",\"Name\"\n\"\",\"STRING_TOO_LONG:too long:Name --\",\"A\"\n";
const DONE: &str = "\"sf__Id\",\"sf__Created\",\"Name\"\n\"001B\",\"true\",\"B\"\n";
const UNTRIED: &str = "\"Name\"\n\"C\"\n";

#[test]
fn a_job_is_staged_open_and_does_nothing_before_it_is_committed() {
    let server = job_server("JobComplete", 2, [FAILED, "", DONE]);
    let target = target(&server, Api::Bulk, Action::Insert, &["Name"]);
    let cancel = Cancel::new();
    let ticket = target.stage(&mut Rows::new("Name\nA\nB\n"), &cancel).unwrap();
    assert_eq!((ticket.job.as_deref(), ticket.version.as_str()), (Some("750A"), "67.0"));
    assert!(ticket.prepared_at.starts_with("2026-10-21T07:2"), "{}", ticket.prepared_at);
    assert_eq!(lines(&server).len(), 2);
    assert_eq!(lines(&server)[1], "PUT jobs/ingest/750A/batches Name\nA\nB");
    assert!(server.heard()[0].body.starts_with(br#"{"object":"Account","operation":"insert""#));

    // As after a crash: only what was written down.
    let ticket: Ticket = serde_json::from_str(&serde_json::to_string(&ticket).unwrap()).unwrap();
    let outcomes = committed(&target, &ticket, &sent(&["A", "B"]), &cancel).unwrap();
    assert_eq!(all_said(&outcomes), ["1 failed STRING_TOO_LONG", "2 created 001B"]);
    assert!(lines(&server)[3].contains("UploadComplete"));
    // Asked again it tells the same, and closes nothing twice.
    let again = settled(&target, &ticket, &sent(&["A", "B"]), &[], "").unwrap();
    assert_eq!(again, outcomes);
    assert_eq!(lines(&server).iter().filter(|line| line.starts_with("PATCH")).count(), 1);
}

#[test]
fn a_job_whose_rows_cannot_be_read_is_taken_back() {
    let server = job_server("JobComplete", 0, ["", "", ""]);
    let target = target(&server, Api::Bulk, Action::Insert, &["Name"]);
    let mut rows = Rows { pieces: vec![Ok(b"Name\n".to_vec()), Err(())], at: 0 };
    let error = target.stage(&mut rows, &Cancel::new()).unwrap_err();
    assert_eq!(error.to_string(), "accounts.csv cannot be read");
    assert!(lines(&server).iter().any(|line| line == r#"PATCH jobs/ingest/750A {"state":"Aborted"}"#));
}

#[test]
fn a_job_whose_upload_breaks_is_taken_back_and_may_be_staged_anew() {
    let server = Scripted::new(|heard: &Heard| match heard.line.split(' ').next() {
        Some("PUT") => (0, String::new(), ""),
        _ => (200, r#"{"id":"750A","state":"Open"}"#.into(), ""),
    });
    let target = target(&server, Api::Bulk, Action::Insert, &["Name"]);
    let error = target.stage(&mut Rows::new("Name\nA\n"), &Cancel::new()).unwrap_err();
    assert!(matches!(error, ConnectError::Busy { .. }), "{error:?}");
    assert!(lines(&server).last().unwrap().contains("Aborted"));
}

#[test]
fn every_row_of_a_job_is_told_or_certainly_untried() {
    let server = job_server("JobComplete", 0, [FAILED, UNTRIED, DONE]);
    let target = target(&server, Api::Bulk, Action::Upsert { key: "name".into() }, &["Name"]);
    let ticket = target.stage(&mut Rows::new("Name\nA\n"), &Cancel::new()).unwrap();
    let outcomes = committed(&target, &ticket, &sent(&["A", "B", "C", "D"]), &Cancel::new()).unwrap();
    assert_eq!(all_said(&outcomes), ["1 failed STRING_TOO_LONG", "2 created 001B", "4 unconfirmed unconfirmed"]);
    let why = outcomes[2].1.rejection().unwrap();
    assert!(why.message.contains("none of the three result sets"), "{why:?}");
}

#[test]
fn a_job_that_fails_as_a_whole_tells_every_row_why() {
    let server = job_server("Failed", 0, ["", "\"Name\"\n\"A\"\n\"B\"\n", ""]);
    let target = target(&server, Api::Bulk, Action::Insert, &["Name"]);
    let ticket = target.stage(&mut Rows::new("Name\nA\n"), &Cancel::new()).unwrap();
    let outcomes = committed(&target, &ticket, &sent(&["A", "B"]), &Cancel::new()).unwrap();
    assert_eq!(all_said(&outcomes), ["1 failed InvalidBatch", "2 failed InvalidBatch"]);
    // One that got half-way leaves the untried rows to be sent.
    let server = job_server("Failed", 0, [FAILED, UNTRIED, DONE]);
    let target = super::story::target(&server, Api::Bulk, Action::Insert, &["Name"]);
    let outcomes = committed(&target, &ticket, &sent(&["A", "B", "C"]), &Cancel::new()).unwrap();
    assert_eq!(all_said(&outcomes), ["1 failed STRING_TOO_LONG", "2 created 001B"]);
}

#[test]
fn a_wish_to_stop_before_a_job_began_leaves_all_rows_unsent() {
    let server = job_server("JobComplete", 0, [FAILED, "", DONE]);
    let target = target(&server, Api::Bulk, Action::Insert, &["Name"]);
    let cancel = Cancel::new();
    let ticket = target.stage(&mut Rows::new("Name\nA\n"), &cancel).unwrap();
    cancel.request();
    assert_eq!(committed(&target, &ticket, &sent(&["A"]), &cancel).unwrap(), []);
    assert!(lines(&server).last().unwrap().contains("Aborted"));
}

#[test]
fn a_job_stopped_at_work_tells_what_it_did() {
    let server = job_server("InProgress", 0, [FAILED, UNTRIED, DONE]);
    let target = target(&server, Api::Bulk, Action::Insert, &["Name"]);
    let cancel = Cancel::new();
    let ticket = target.stage(&mut Rows::new("Name\nA\n"), &cancel).unwrap();
    let sent = sent(&["A", "B", "C"]);
    std::thread::scope(|scope| {
        let committing = scope.spawn(|| committed(&target, &ticket, &sent, &cancel));
        server
            .until(|heard| heard.iter().filter(|heard| heard.line.ends_with("/ingest/750A HTTP/1.1\r\n")).count() > 2);
        cancel.request();
        let outcomes = committing.join().unwrap().unwrap();
        assert_eq!(all_said(&outcomes), ["1 failed STRING_TOO_LONG", "2 created 001B"]);
    });
    assert!(lines(&server).iter().any(|line| line.contains("Aborted")));
}

#[test]
fn a_forced_stop_says_that_the_end_was_not_awaited() {
    let server = job_server("InProgress", 0, ["", "", ""]);
    let target = target(&server, Api::Bulk, Action::Insert, &["Name"]);
    let cancel = Cancel::new();
    let ticket = target.stage(&mut Rows::new("Name\nA\n"), &cancel).unwrap();
    let sent = sent(&["A"]);
    std::thread::scope(|scope| {
        let committing = scope.spawn(|| committed(&target, &ticket, &sent, &cancel));
        server
            .until(|heard| heard.iter().filter(|heard| heard.line.ends_with("/ingest/750A HTTP/1.1\r\n")).count() > 2);
        cancel.request();
        cancel.request();
        let error = committing.join().unwrap().unwrap_err();
        assert!(matches!(error, ConnectError::Lost { .. }), "{error:?}");
    });
}

#[test]
fn results_cut_off_half_way_are_asked_for_again_and_no_row_is_told_twice() {
    let cut = AtomicUsize::new(0);
    let server = Scripted::new(move |heard: &Heard| {
        let whole = cut.load(Ordering::SeqCst) > 1;
        match heard.line.contains("Results") {
            true if heard.line.contains("failed") => (200, FAILED.into(), ""),
            true if whole => (200, DONE.into(), ""),
            true => {
                cut.fetch_add(1, Ordering::SeqCst);
                (0, String::new(), "")
            }
            false if heard.line.contains("unprocessed") => (200, String::new(), ""),
            false => (200, r#"{"id":"750A","state":"JobComplete"}"#.into(), ""),
        }
    });
    let target = target(&server, Api::Bulk, Action::Insert, &["Name"]);
    let ticket = Ticket { job: Some("750A".into()), version: "67.0".into(), ..Ticket::default() };
    let sent = sent(&["A", "B"]);
    // Told as busy the rows would count as untouched, and be sent a second time.
    let error = committed(&target, &ticket, &sent, &Cancel::new()).unwrap_err();
    assert!(matches!(error, ConnectError::Lost { .. }), "{error:?}");
    // Asked, on the other hand, it may be asked again.
    let mut tries = 0;
    let outcomes = loop {
        match settled(&target, &ticket, &sent, &[], "") {
            Ok(outcomes) => break outcomes,
            Err(error) => assert!(matches!(error, ConnectError::Busy { .. }), "{error:?}"),
        }
        tries += 1;
        assert!(tries < 10);
    };
    assert_eq!(all_said(&outcomes), ["1 failed STRING_TOO_LONG", "2 created 001B"]);
}

#[test]
fn once_a_job_may_have_begun_it_is_not_called_untouched() {
    const SIGNED_OUT: &str = r#"[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]"#;
    const BUSY: &str = r#"[{"errorCode":"SERVER_UNAVAILABLE","message":"busy"}]"#;
    // What the call that closes the job is told, and what every look after it.
    for (close, look, wanted) in [
        (
            Said::from((200, r#"{"id":"750A","state":"UploadComplete"}"#.into(), "")),
            (401, SIGNED_OUT.into(), ""),
            "refused",
        ),
        ((200, r#"{"id":"750A","state":"UploadComplete"}"#.into(), ""), (503, BUSY.into(), ""), "lost"),
        ((200, r#"{"id":"750A","state":"UploadComplete"}"#.into(), ""), (0, String::new(), ""), "lost"),
        ((0, String::new(), ""), (200, r#"{"id":"750A","state":"Open"}"#.into(), ""), "lost"),
        ((503, BUSY.into(), ""), (0, String::new(), ""), "busy"),
        ((401, SIGNED_OUT.into(), ""), (0, String::new(), ""), "refused"),
    ] {
        let looks = AtomicUsize::new(0);
        let what = format!("{close:?} {look:?}");
        let server = Scripted::new(move |heard: &Heard| match heard.line.starts_with("PATCH") {
            true => close.clone(),
            false if looks.fetch_add(1, Ordering::SeqCst) == 0 => (200, r#"{"id":"750A","state":"Open"}"#.into(), ""),
            false => look.clone(),
        });
        let target = target(&server, Api::Bulk, Action::Insert, &["Name"]);
        let ticket = Ticket { job: Some("750A".into()), version: "67.0".into(), ..Ticket::default() };
        let error = committed(&target, &ticket, &sent(&["A"]), &Cancel::new()).unwrap_err();
        let kind = match &error {
            ConnectError::Busy { .. } => "busy",
            ConnectError::Lost { .. } => "lost",
            ConnectError::Refused { hint: Some(_), .. } => "refused",
            _ => "other",
        };
        assert_eq!(kind, wanted, "{what}: {error:?}");
    }
}

#[test]
fn a_job_that_is_gone_leaves_its_rows_unconfirmed() {
    let server = Scripted::new(|_| (404, r#"[{"errorCode":"NOT_FOUND","message":"gone"}]"#.into(), ""));
    let target = target(&server, Api::Bulk, Action::Insert, &["Name"]);
    let ticket = Ticket { job: Some("750A".into()), version: "67.0".into(), ..Ticket::default() };
    let outcomes = settled(&target, &ticket, &sent(&["A"]), &[], "").unwrap();
    assert_eq!(all_said(&outcomes), ["1 unconfirmed unconfirmed"]);
}

const RECORDS: &str =
    r#"{"attributes":{"type":"Account"},"ERP_Id__c":"A1"},{"attributes":{"type":"Account"},"ERP_Id__c":"A2"}"#;

#[test]
fn a_call_is_answered_row_by_row_and_rows_left_out_are_not_guessed() {
    let server = Scripted::new(|_| {
        let answer = r#"[{"id":"001A","success":true,"created":true,"errors":[]},
            {"success":false,"errors":[{"statusCode":"UNABLE_TO_LOCK_ROW","message":"busy","fields":[]}]}]"#;
        (200, answer.into(), "")
    });
    let target = target(&server, Api::Rest, Action::Upsert { key: "ERP_Id__c".into() }, &["ERP_Id__c"]);
    let ticket = target.stage(&mut Rows::new(RECORDS), &Cancel::new()).unwrap();
    assert!(server.heard().is_empty(), "staged without a call");
    let outcomes = committed(&target, &ticket, &sent(&["A1", "A2", "A3"]), &Cancel::new()).unwrap();
    assert_eq!(all_said(&outcomes), ["1 created 001A", "2 failed UNABLE_TO_LOCK_ROW", "3 unconfirmed unconfirmed"]);
    let body = format!("{{\"allOrNone\":false,\"records\":[{RECORDS}]}}");
    assert_eq!(lines(&server), [format!("PATCH composite/sobjects/Account/ERP_Id__c {body}")]);
    // After a crash there is no body, and whether it was sent is not known.
    let noted: Ticket = serde_json::from_str(&serde_json::to_string(&ticket).unwrap()).unwrap();
    assert!(matches!(committed(&target, &noted, &sent(&["A1"]), &Cancel::new()), Err(ConnectError::Lost { .. })));
}

#[test]
fn a_lost_upsert_is_sent_again_and_the_record_says_whether_it_was_made() {
    let server = Scripted::new(|heard: &Heard| {
        let body = if heard.line.starts_with("PATCH") {
            r#"[{"id":"001A","success":true,"created":false},{"id":"001B","success":true,"created":false},{"id":"001C","success":true,"created":true}]"#
        } else if heard.line.contains("userinfo") {
            r#"{"user_id":"005xx000001SwiUAAS","organization_id":"00Dxx0000001gPLEAY"}"#
        } else if heard.line.contains("Organization") {
            r#"{"totalSize":1,"done":true,"records":[{"Name":"Acme"}]}"#
        } else {
            r#"{"totalSize":2,"done":true,"records":[
                {"Id":"001A","CreatedById":"005xx000001SwiUAAS","CreatedDate":"2026-10-21T07:28:00.000+0000"},
                {"Id":"001B","CreatedById":"005xx000001SwiUAAS","CreatedDate":"2026-10-21T07:27:59.000+0000"}]}"#
        };
        (200, body.into(), "")
    });
    let target = target(&server, Api::Rest, Action::Upsert { key: "ERP_Id__c".into() }, &["ERP_Id__c"]);
    let ticket = Ticket { prepared_at: "2026-10-21T07:28:00Z".into(), version: "67.0".into(), ..Ticket::default() };
    let records = r#"{"ERP_Id__c":"A1"},{"ERP_Id__c":"A2"},{"Name":"keyless"},{"ERP_Id__c":"A4"}"#;
    let outcomes = settled(&target, &ticket, &sent(&["A1", "A2", "", "A4"]), &["A1", "A2", "", "A4"], records).unwrap();
    assert_eq!(
        all_said(&outcomes),
        ["1 created 001A", "2 updated 001B", "3 unconfirmed unconfirmed", "4 created 001C"]
    );
    assert!(!lines(&server).iter().any(|line| line.contains("keyless")), "a row without a key is not sent again");
}

#[test]
fn a_lost_delete_is_sent_again_only_for_what_is_still_there() {
    let server = Scripted::new(|heard: &Heard| match heard.line.starts_with("DELETE") {
        true => (200, r#"[{"id":"001B","success":true,"errors":[]}]"#.into(), ""),
        false => (
            200,
            r#"{"totalSize":2,"done":true,"records":[{"Id":"001A","IsDeleted":true},{"Id":"001B","IsDeleted":false}]}"#
                .into(),
            "",
        ),
    });
    let target = target(&server, Api::Rest, Action::Delete, &["Id"]);
    let outcomes = settled(&target, &Ticket::default(), &sent(&["001A", "001B"]), &[], "001A,001B").unwrap();
    assert_eq!(all_said(&outcomes), ["1 deleted 001A", "2 deleted 001B"]);
    let lines = lines(&server);
    assert!(lines[0].starts_with("GET queryAll?"), "{lines:?}");
    assert_eq!(lines[1], "DELETE composite/sobjects?ids=001B&allOrNone=false");
}

#[test]
fn a_lost_insert_is_never_sent_again() {
    let server = Scripted::new(|heard: &Heard| {
        let body = if heard.line.contains("userinfo") {
            r#"{"user_id":"005xx000001SwiUAAS","organization_id":"00Dxx0000001gPLEAY"}"#
        } else if heard.line.contains("Organization") {
            r#"{"totalSize":1,"done":true,"records":[{"Name":"Acme"}]}"#
        } else if heard.line.contains("/describe") {
            r#"{"name":"Account","fields":[{"name":"Name","type":"string"}]}"#
        } else {
            r#"{"totalSize":1,"done":true,"records":[{"Id":"001A","Name":"A"}]}"#
        };
        (200, body.into(), "")
    });
    let target = target(&server, Api::Rest, Action::Insert, &["Name"]);
    let ticket = Ticket { prepared_at: "2026-10-21T07:28:00Z".into(), ..Ticket::default() };
    let outcomes = settled(&target, &ticket, &sent(&["A", "B"]), &[], r#"{"Name":"A"},{"Name":"B"}"#).unwrap();
    assert_eq!(all_said(&outcomes), ["1 created 001A", "2 unconfirmed unconfirmed"]);
    let hint = outcomes[1].1.rejection().unwrap().hint.clone().unwrap();
    assert!(hint.ends_with("AND CreatedDate >= 2026-10-21T07:28:00Z AND Name = 'B'"), "{hint}");
    assert!(lines(&server).iter().all(|line| line.starts_with("GET")));
    // The same record is not taken for a second row's.
    let outcomes = settled(&target, &ticket, &sent(&["A"]), &[], r#"{"Name":"A"}"#).unwrap();
    assert_eq!(all_said(&outcomes), ["1 unconfirmed unconfirmed"]);
}

#[test]
fn records_are_found_without_case_and_all_of_them() {
    let server = Scripted::new(|heard: &Heard| {
        let body = match heard.line.contains("/describe") {
            true => {
                r#"{"name":"Account","fields":[{"name":"Name","type":"string","filterable":true},
                {"name":"Description","type":"textarea","filterable":false}]}"#
            }
            false => {
                r#"{"totalSize":3,"done":true,"records":[{"Id":"001A","Name":"ÖL AG","Type":null},
                {"Id":"001B","Name":"Öl ag","Type":"Other"},{"Id":"001C","Name":"somebody","Type":null}]}"#
            }
        };
        (200, body.into(), "")
    });
    let target = target(&server, Api::Rest, Action::Insert, &["Name"]);
    let values = ["öl AG", "", "nobody", "Öl AG"].map(|name| vec![name.to_owned()]).into();
    let keys = Keys { fields: vec!["name".into()], values };
    let found = target.current(&keys, &["Type".to_owned()], &Cancel::new()).unwrap();
    let ids = |place: usize| found[place].iter().map(|found| found.id.as_str()).collect::<Vec<_>>();
    assert_eq!((ids(0), ids(1), ids(2), ids(3)), (vec!["001A", "001B"], vec![], vec![], vec!["001A", "001B"]));
    assert_eq!(found[0][1].values, ["Other"]);
    assert_eq!(target.calls(), 2, "one description and one query");

    for (field, part) in
        [("Description", "cannot search"), ("Nmae", "no field Nmae"), ("Owner.Name", "no relationship Owner")]
    {
        let keys = Keys { fields: vec![field.into()], values: vec![vec!["x".into()]] };
        let error = target.current(&keys, &[], &Cancel::new()).unwrap_err();
        assert!(error.to_string().contains(part) && error.hint().is_some(), "{error}");
    }
}
