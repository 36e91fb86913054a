//! Tests of the client's manners on the line: what it sends, what it never sends, and how it sorts what goes wrong.

use super::scripted::{Heard, Scripted};
use super::*;
use crate::cancel::Cancel;
use crate::retry::{Again, Transient};
use crate::secret::Secret;
use std::io::Read;
use std::sync::atomic::AtomicUsize;

const ROWS: &[u8] = b"{\"attributes\":{\"type\":\"Account\"},\"Name\":\"A\"}";

fn expired() -> String {
    r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#.to_owned()
}

fn write(org: &Org) -> Result<Vec<RowResult>, OrgError> {
    org.write(Write::Create, ROWS, &WriteOptions::default(), &Cancel::new()).map(|(results, _)| results)
}

#[test]
fn every_call_says_who_calls_and_learns_what_every_answer_tells() {
    let server = Scripted::new(|_| {
        (200, "{}".into(), "Sforce-Limit-Info: api-usage=18/5000\r\nDate: Wed, 21 Oct 2099 07:28:00 GMT\r\n")
    });
    let org = server.org();
    assert_eq!(org.usage(), None);
    org.limits(&Cancel::new()).unwrap();
    let heard = &server.heard()[0];
    assert!(heard.line.starts_with("GET /services/data/v67.0/limits "), "{}", heard.line);
    for part in [
        "authorization: bearer 00dgeheim!token",
        "sforce-call-options: client=linkspan",
        "user-agent: linkspan/",
        "accept-encoding: gzip",
    ] {
        assert!(heard.headers.contains(part), "{part} in {}", heard.headers);
    }
    assert_eq!((org.usage().map(|usage| usage.used), org.calls()), (Some(18), 1));
    assert!(org.now().starts_with("2099-10-21T07:2"), "{}", org.now());
}

#[test]
fn a_write_whose_answer_is_lost_says_so_and_a_read_may_be_asked_again() {
    for said in [(0, String::new(), ""), (200, "{\"half\":".into(), ""), (502, "<html>".into(), "")] {
        let server = Scripted::new(move |_| said.clone());
        let org = server.org();
        let lost = write(&org).unwrap_err();
        assert!(matches!(lost, OrgError::Lost { .. }), "{lost:?}");
        assert_eq!(lost.again(), Again::No);
        assert_eq!(server.heard().len(), 1, "sent once");
        assert_eq!(org.calls(), 1);
    }
    let server = Scripted::new(|_| (0, String::new(), ""));
    let interrupted = server.org().limits(&Cancel::new()).unwrap_err();
    assert_eq!(interrupted.again(), Again::Yes { after: None }, "{interrupted:?}");
}

#[test]
fn nobody_there_means_nothing_was_done() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let auth = Auth::Session { token: Secret::new("t") };
    let org = Org::new(OrgSettings { alias: "gone".into(), url, auth, api_version: Some("67.0".into()) });
    let error = write(&org).unwrap_err();
    assert!(matches!(error, OrgError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("cannot connect") && error.hint().is_some(), "{error}");
    assert_eq!((error.again(), org.calls()), (Again::Yes { after: None }, 0));
}

#[test]
fn no_error_shows_a_token_or_a_query() {
    let secret = "00Dgeheim!token";
    let client_secret = || Secret::new("sehrgeheim");
    let mut shown = String::new();
    for said in [
        (0, String::new(), ""),
        (401, expired(), ""),
        (400, "[]".into(), ""),
        (500, "x".into(), ""),
        (200, "<html>".into(), ""),
    ] {
        let server = Scripted::new(move |_| said.clone());
        let org = server.org();
        let cancel = Cancel::new();
        for error in [
            org.query("SELECT Id FROM Account WHERE Name = 'vertraulich'", false, &cancel).unwrap_err(),
            org.write(Write::Delete, b"001vertraulich", &WriteOptions::default(), &cancel).unwrap_err(),
            server
                .org_with(Auth::ClientCredentials { client_id: "id".into(), client_secret: client_secret() })
                .limits(&cancel)
                .unwrap_err(),
        ] {
            shown.push_str(&format!("{error} {error:?} {:?} {org:?}", error.hint()));
        }
    }
    for part in [secret, "vertraulich", "sehrgeheim"] {
        assert!(!shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn a_token_is_taken_as_it_was_pasted() {
    let server = Scripted::new(|_| (200, "{}".into(), ""));
    server.org_with(Auth::Session { token: Secret::new(" 00D!abc\r\n") }).limits(&Cancel::new()).unwrap();
    assert!(server.heard()[0].headers.contains("authorization: bearer 00d!abc\r\n"));
    let broken = server.org_with(Auth::Session { token: Secret::new("00D!a\nbc") }).limits(&Cancel::new()).unwrap_err();
    assert!(broken.hint().unwrap().contains("line breaks") && !broken.to_string().contains("00D!a"), "{broken}");
}

#[test]
fn a_pasted_token_cannot_be_renewed() {
    let server = Scripted::new(|_| (401, expired(), ""));
    let error = server.org().limits(&Cancel::new()).unwrap_err();
    assert!(
        matches!(error, OrgError::SignedOut { .. }) && error.hint().unwrap().contains("Sign in again"),
        "{error:?}"
    );
    assert_eq!(server.heard().len(), 1);
}

/// Signs in with tokens `t1`, `t2`…; `good` says which of them lets calls in.
fn renewing(good: &'static str, because: String) -> Scripted {
    let signed_in = AtomicUsize::new(0);
    Scripted::new(move |heard: &Heard| {
        if heard.line.contains("/oauth2/token") {
            let number = signed_in.fetch_add(1, Ordering::SeqCst) + 1;
            let host = heard.headers.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().trim();
            return (
                200,
                format!(r#"{{"access_token":"t{number}","instance_url":"http://{host}","token_type":"Bearer"}}"#),
                "",
            );
        }
        if heard.headers.contains(&format!("bearer {good}\r\n")) {
            (200, "{}".into(), "")
        } else {
            (401, because.clone(), "")
        }
    })
}

fn app() -> Auth {
    Auth::ClientCredentials { client_id: "3MVG".into(), client_secret: Secret::new("s") }
}

fn signed_in(server: &Scripted) -> usize {
    server.heard().iter().filter(|heard| heard.line.contains("/oauth2/token")).count()
}

#[test]
fn a_session_that_ended_is_renewed_once_for_all_threads() {
    let server = renewing("t2", expired());
    let org = server.org_with(app());
    // Each thread finds the first session worn.
    let session = org.session(None, &Stop::from(&Cancel::new())).unwrap();
    assert_eq!(session.number, 1);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| org.limits(&Cancel::new()).unwrap());
        }
    });
    assert_eq!(signed_in(&server), 2);
}

#[test]
fn a_renewed_session_that_is_refused_too_ends_it() {
    let server = renewing("never", expired());
    let error = server.org_with(app()).limits(&Cancel::new()).unwrap_err();
    assert!(matches!(error, OrgError::SignedOut { .. }), "{error:?}");
    assert_eq!(signed_in(&server), 2);

    let never =
        r#"[{"message":"This session is not valid for use with the REST API","errorCode":"INVALID_SESSION_ID"}]"#;
    let server = renewing("never", never.to_owned());
    let error = server.org_with(app()).limits(&Cancel::new()).unwrap_err();
    assert!(error.hint().unwrap().contains("scope"), "{error:?}");
    assert_eq!(signed_in(&server), 1);
}

#[test]
fn the_token_follows_no_redirect_to_another_host() {
    let elsewhere = Scripted::new(|_| (200, "{}".into(), ""));
    let port = elsewhere.url.rsplit(':').next().unwrap().to_owned();
    // localhost and 127.0.0.1 are two hosts to whoever compares names.
    let location: &'static str =
        Box::leak(format!("Location: http://localhost:{port}/services/data/v67.0/limits\r\n").into());
    let server = Scripted::new(move |_| (302, String::new(), location));
    let error = server.org().limits(&Cancel::new()).unwrap_err();
    assert!(error.to_string().contains("leads to localhost"), "{error}");
    assert!(elsewhere.heard().is_empty());

    let server = Scripted::new(|heard: &Heard| match heard.line.contains("/limits") {
        true => (301, String::new(), "Location: /services/moved\r\n"),
        false => (200, "{}".into(), ""),
    });
    server.org().limits(&Cancel::new()).unwrap();
    assert_eq!(server.heard().len(), 2);
}

#[test]
fn an_answer_that_leads_elsewhere_is_not_followed_with_the_token() {
    let server = Scripted::new(|_| (200, "{}".into(), ""));
    let error = server.org().query_more("http://localhost:1/services/data/v67.0/query/x", &[], &Cancel::new());
    assert!(error.is_err());
    let error = server.org().query_more("//localhost:1/x", &[], &Cancel::new());
    assert!(error.is_err());
    assert!(server.heard().is_empty());
}

#[test]
fn a_wish_to_stop_drops_a_read_at_once_and_a_write_only_when_forced() {
    let server = Scripted::new(|_| {
        // Holds the answer back until the test is over.
        std::thread::park();
        (0, String::new(), "")
    });
    let org = server.org();
    let cancel = Cancel::new();
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| org.limits(&cancel));
        let writing = scope.spawn(|| org.write(Write::Create, ROWS, &WriteOptions::default(), &cancel));
        server.until(|heard| heard.len() == 2);
        cancel.request();
        assert!(matches!(reading.join().unwrap(), Err(OrgError::Cancelled)));
        assert!(!writing.is_finished());
        cancel.request();
        assert!(matches!(writing.join().unwrap(), Err(OrgError::Lost { .. })));
    });
    // Nothing begins once somebody asked, but for putting things in order.
    assert!(matches!(write_with(&org, &cancel), Err(OrgError::Cancelled)));
    assert_eq!(server.heard().len(), 2);
}

fn write_with(org: &Org, cancel: &Cancel) -> Result<Vec<RowResult>, OrgError> {
    org.write(Write::Create, ROWS, &WriteOptions::default(), cancel).map(|(results, _)| results)
}

struct Pieces {
    left: usize,
    rewound: usize,
    breaks: bool,
}

impl Chunks for Pieces {
    fn next(&mut self) -> Result<Option<Vec<u8>>, Stopped> {
        match self.left {
            0 if self.breaks => Err(Stopped),
            0 => Ok(None),
            _ => {
                self.left -= 1;
                Ok(Some(b"Name\nAcme\n".repeat(1000)))
            }
        }
    }

    fn rewind(&mut self) {
        self.rewound += 1;
        self.left = 3;
    }
}

#[test]
fn an_upload_goes_out_in_pieces_and_again_with_a_renewed_session() {
    let server = renewing("t2", expired());
    let org = server.org_with(app());
    let job = Job { id: "750A".into(), version: "67.0".into() };
    let mut pieces = Pieces { left: 3, rewound: 0, breaks: false };
    org.fill_job(&job, &mut pieces, &Cancel::new()).unwrap();
    assert_eq!(pieces.rewound, 1);
    let heard = server.heard();
    let last = heard.last().unwrap();
    assert!(last.line.starts_with("PUT /services/data/v67.0/jobs/ingest/750A/batches "), "{}", last.line);
    assert_eq!((last.body.len(), last.whole), (30_000, true));
    assert!(last.headers.contains("content-type: text/csv"));
}

#[test]
fn an_upload_that_breaks_off_is_never_taken_for_whole() {
    let server = Scripted::new(|_| (201, String::new(), ""));
    let org = server.org();
    let job = Job { id: "750A".into(), version: "67.0".into() };
    // So many that the first are on the line before the last is asked for.
    let mut pieces = Pieces { left: 200, rewound: 0, breaks: true };
    let error = org.fill_job(&job, &mut pieces, &Cancel::new()).unwrap_err();
    assert!(matches!(error, OrgError::Stopped { .. }), "{error:?}");
    server.until(|heard| !heard.is_empty());
    assert!(!server.heard()[0].whole);
}

#[test]
fn a_download_is_read_as_it_comes_and_a_refusal_is_an_error() {
    let server = Scripted::new(|heard: &Heard| match heard.line.contains("failedResults") {
        true => (404, r#"[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]"#.into(), ""),
        false => (200, "\"sf__Id\"\n".repeat(100_000), "Sforce-Locator: null\r\n"),
    });
    let org = server.org();
    let job = Job { id: "750A".into(), version: "67.0".into() };
    let mut body = Vec::new();
    org.job_results(&job, Part::Successful, &Cancel::new()).unwrap().read_to_end(&mut body).unwrap();
    assert_eq!(body.len(), 900_000);
    let error = org.job_results(&job, Part::Failed, &Cancel::new()).map(drop).unwrap_err();
    assert!(error.has_code("not_found"), "{error:?}");
    let page = org.query_page(&job, None, &Cancel::new()).unwrap();
    assert_eq!((page.next, page.rows), (None, None));
}

#[test]
fn a_description_is_fetched_only_if_it_changed() {
    let server = Scripted::new(|heard: &Heard| match heard.headers.contains("if-modified-since: tue, 10 aug 2026") {
        true => (304, String::new(), ""),
        false => {
            (200, r#"{"sobjects":[{"name":"Account"}]}"#.into(), "Last-Modified: Tue, 10 Aug 2026 00:00:00 GMT\r\n")
        }
    });
    let org = server.org();
    let described = org.describe_global(None, &Cancel::new()).unwrap().unwrap();
    assert_eq!(described.objects[0].name, "Account");
    assert_eq!(org.describe_global(described.last_modified.as_deref(), &Cancel::new()).unwrap(), None);
}
