//! A target that only swallows bytes: what of Salesforce's HTTP a bulk insert needs, and every row answered as created.
//!
//! It keeps the CSV of each job and gives it back line by line, each with an id in front and every cell in quotes, as Salesforce
//! does. It runs in a process of its own, so that what it costs is not counted as ours.

use crate::common::object;
use linkspan::record::{Kind, id15_to_18};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

const DATA: &str = "/services/data/v67.0";
/// Bytes handed to the network at once.
const PIECE: usize = 256 << 10;

/// The target in its own process.
pub(crate) struct Swallower {
    process: Child,
    /// `http://127.0.0.1:1234`
    pub(crate) url: String,
}

impl Swallower {
    /// Starts one of that manner.
    pub(crate) fn start(manner: Manner) -> Swallower {
        let program = std::env::current_exe().expect("a program has a path");
        let mut process = Command::new(program)
            .args(["target", manner.word()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts again");
        let mut port = String::new();
        BufReader::new(process.stdout.take().expect("it is piped")).read_line(&mut port).expect("it says its port");
        Swallower { process, url: format!("http://127.0.0.1:{}", port.trim()) }
    }
}

impl Drop for Swallower {
    fn drop(&mut self) {
        let _ended = self.process.kill().is_ok();
        let _reaped = self.process.wait().is_ok();
    }
}

/// How a target answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Its first field takes each value once only, so that results are told by it.
    Unique,
    /// No field tells a row: results are told by all that was sent.
    Plain,
    /// It refuses every row, one in a hundred for another reason.
    Refusing,
}

impl Manner {
    const ALL: [Manner; 3] = [Manner::Unique, Manner::Plain, Manner::Refusing];

    fn word(self) -> &'static str {
        match self {
            Manner::Unique => "unique",
            Manner::Plain => "plain",
            Manner::Refusing => "refusing",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Manner> {
        Manner::ALL.into_iter().find(|manner| manner.word() == word)
    }

    /// The set of results that has the rows.
    fn set(self) -> &'static str {
        if self == Manner::Refusing { "failedResults" } else { "successfulResults" }
    }
}

#[derive(Default)]
struct Jobs {
    made: AtomicU64,
    ids: AtomicU64,
    bodies: Mutex<HashMap<String, Job>>,
}

#[derive(Default)]
struct Job {
    body: Arc<Vec<u8>>,
    rows: usize,
    closed: bool,
}

/// Serves until somebody ends the process.
pub(crate) fn serve(manner: Manner) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    println!("{}", listener.local_addr().expect("it is bound").port());
    let jobs = Arc::new(Jobs::default());
    for line in listener.incoming().flatten() {
        let jobs = jobs.clone();
        std::thread::spawn(move || converse(&line, &jobs, manner));
    }
}

struct Request {
    method: String,
    path: String,
    length: Option<usize>,
    chunked: bool,
    expects: bool,
}

/// Answers one connection until it ends.
fn converse(line: &TcpStream, jobs: &Jobs, manner: Manner) {
    let _faster = line.set_nodelay(true).is_ok();
    let mut input = BufReader::with_capacity(PIECE, line);
    while let Some(request) = request(&mut input) {
        let mut out = line;
        if request.expects {
            let _told = out.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok();
        }
        let Some(body) = body(&request, &mut input) else { return };
        if answer(&request, body, jobs, manner, out).is_none() {
            return;
        }
    }
}

fn request(input: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    input.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_ascii_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut request = Request { method, path, length: None, chunked: false, expects: false };
    loop {
        let mut header = String::new();
        input.read_line(&mut header).ok().filter(|read| *read > 0)?;
        let header = header.trim_end().to_ascii_lowercase();
        match header.split_once(':').map(|(name, value)| (name, value.trim())) {
            None => return Some(request),
            Some(("content-length", value)) => request.length = value.parse().ok(),
            Some(("transfer-encoding", _)) => request.chunked = true,
            Some(("expect", _)) => request.expects = true,
            Some(_) => {}
        }
    }
}

fn body(request: &Request, input: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(request.length.unwrap_or_default());
    if !request.chunked {
        input.take(request.length.unwrap_or_default() as u64).read_to_end(&mut body).ok()?;
        return Some(body);
    }
    loop {
        let mut size = String::new();
        input.read_line(&mut size).ok()?;
        let size = u64::from_str_radix(size.trim(), 16).ok()?;
        input.take(size).read_to_end(&mut body).ok()?;
        input.read_line(&mut String::new()).ok()?;
        if size == 0 {
            return Some(body);
        }
    }
}

fn answer(request: &Request, body: Vec<u8>, jobs: &Jobs, manner: Manner, out: &TcpStream) -> Option<()> {
    let path = request.path.split('?').next().unwrap_or_default();
    if let Some(job) = path.strip_prefix(DATA).and_then(|rest| rest.strip_prefix("/jobs/ingest")) {
        return ingest(&request.method, job, body, jobs, manner, out);
    }
    let answer = match path.strip_prefix(DATA) {
        _ if path == "/services/data" => json!([{ "label": "Bench", "url": DATA, "version": "67.0" }]),
        _ if path == "/services/oauth2/userinfo" => json!({
            "user_id": "005BN000000Bench1AAA", "organization_id": "00DBN000000Bench1AA", "preferred_username": "bench@example.com",
            "name": "Bench",
        }),
        Some("/query") => json!({ "totalSize": 1, "done": true, "records": [{
            "attributes": { "type": "Organization" }, "Name": "Bench", "IsSandbox": true, "TrialExpirationDate": null,
            "OrganizationType": "Developer Edition",
        }] }),
        Some("/limits") => json!({ "DailyApiRequests": { "Max": 100_000, "Remaining": 99_000 } }),
        Some("/sobjects") => json!({ "sobjects": [described(manner == Manner::Unique)] }),
        Some("/sobjects/Account/describe") => described(manner == Manner::Unique),
        Some("" | "/") => json!({}),
        _ => {
            let missing = json!([{ "errorCode": "NOT_FOUND", "message": format!("no {path} here") }]);
            return whole(404, "application/json", missing.to_string().as_bytes(), out);
        }
    };
    whole(200, "application/json", answer.to_string().as_bytes(), out)
}

fn ingest(method: &str, rest: &str, body: Vec<u8>, jobs: &Jobs, manner: Manner, out: &TcpStream) -> Option<()> {
    let mut parts = rest.split('/').skip(1);
    let (id, part) = (parts.next().unwrap_or_default().to_owned(), parts.next());
    let mut known = jobs.bodies.lock().ok()?;
    match (method, part) {
        ("POST", _) => {
            let id = format!("750BN{:013}", jobs.made.fetch_add(1, Ordering::Relaxed));
            known.insert(id.clone(), Job::default());
            whole(200, "application/json", told(&id, "Open", 0).as_bytes(), out)
        }
        ("PUT", _) => {
            let rows = body.iter().filter(|byte| **byte == b'\n').count().saturating_sub(1);
            known.insert(id, Job { body: Arc::new(body), rows, closed: false });
            whole(201, "application/json", b"", out)
        }
        ("PATCH", _) => {
            known.entry(id.clone()).or_default().closed = true;
            whole(200, "application/json", told(&id, "UploadComplete", 0).as_bytes(), out)
        }
        ("GET", None) => {
            let job = known.entry(id.clone()).or_default();
            let state = if job.closed { "JobComplete" } else { "Open" };
            whole(200, "application/json", told(&id, state, job.rows).as_bytes(), out)
        }
        ("GET", Some(part)) => {
            let csv = known.get(&id).map(|job| job.body.clone()).unwrap_or_default();
            if part == "successfulResults" {
                // Each set is asked for once, and this one last.
                known.remove(&id);
            }
            drop(known);
            results(part, &csv, jobs, manner, out)
        }
        _ => whole(404, "application/json", b"[]", out),
    }
}

fn told(id: &str, state: &str, rows: usize) -> String {
    json!({ "id": id, "state": state, "apiVersion": 67.0, "numberRecordsProcessed": rows, "numberRecordsFailed": 0 })
        .to_string()
}

fn whole(status: u16, kind: &str, body: &[u8], mut out: &TcpStream) -> Option<()> {
    let head = format!(
        "HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nSforce-Limit-Info: api-usage=1/100000\r\n\r\n",
        body.len()
    );
    out.write_all(&[head.as_bytes(), body].concat()).ok()
}

/// A set of results; only one of the three has rows.
fn results(part: &str, csv: &[u8], jobs: &Jobs, manner: Manner, mut out: &TcpStream) -> Option<()> {
    let first: &[u8] = match part {
        "successfulResults" => b"\"sf__Id\",\"sf__Created\",",
        "failedResults" => b"\"sf__Id\",\"sf__Error\",",
        _ => b"",
    };
    out.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n").ok()?;
    let mut lines = Lines { rest: csv };
    let mut piece = Vec::with_capacity(PIECE + 4096);
    piece.extend_from_slice(first);
    lines.next(&mut piece);
    while part == manner.set() && !lines.rest.is_empty() {
        let number = jobs.ids.fetch_add(1, Ordering::Relaxed);
        let _infallible = match manner {
            Manner::Refusing if number.is_multiple_of(100) => {
                write!(piece, "\"\",\"STRING_TOO_LONG:Phone: data value too large:Phone --\",")
            }
            Manner::Refusing => {
                write!(piece, "\"\",\"FIELD_CUSTOM_VALIDATION_EXCEPTION:The country is not served:BillingCountry --\",")
            }
            Manner::Unique | Manner::Plain => write!(piece, "\"{}\",\"true\",", id(number)),
        }
        .is_ok();
        lines.next(&mut piece);
        if piece.len() >= PIECE {
            chunk(&piece, out)?;
            piece.clear();
        }
    }
    chunk(&piece, out)?;
    out.write_all(b"0\r\n\r\n").ok()
}

/// The id of a record, counted up as Salesforce does.
fn id(mut number: u64) -> String {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut id = *b"001BN0000000000";
    for place in id[6..].iter_mut().rev() {
        *place = LETTERS[(number % 62) as usize];
        number /= 62;
    }
    str::from_utf8(&id).ok().and_then(id15_to_18).expect("letters and digits make an id")
}

fn chunk(piece: &[u8], mut out: &TcpStream) -> Option<()> {
    write!(out, "{:x}\r\n", piece.len()).ok()?;
    out.write_all(piece).ok()?;
    out.write_all(b"\r\n").ok()
}

/// Lines of CSV.
struct Lines<'a> {
    rest: &'a [u8],
}

impl Lines<'_> {
    /// Writes the next line with every cell in quotes.
    fn next(&mut self, out: &mut Vec<u8>) {
        loop {
            out.push(b'"');
            if self.rest.first() == Some(&b'"') {
                // In quotes already, with every quote inside doubled.
                let mut at = 1;
                while let Some(quote) = memchr::memchr(b'"', &self.rest[at..]) {
                    at += quote + 1;
                    match self.rest.get(at) {
                        Some(b'"') => at += 1,
                        _ => break,
                    }
                }
                out.extend_from_slice(&self.rest[1..at]);
                self.rest = &self.rest[at..];
            } else {
                let end = memchr::memchr2(b',', b'\n', self.rest).unwrap_or(self.rest.len());
                out.extend_from_slice(&self.rest[..end]);
                out.push(b'"');
                self.rest = &self.rest[end..];
            }
            let sign = self.rest.first().copied();
            self.rest = self.rest.get(1..).unwrap_or_default();
            if sign != Some(b',') {
                out.push(b'\n');
                return;
            }
            out.push(b',');
        }
    }
}

fn described(unique: bool) -> Value {
    let object = object();
    let fields = object.fields.iter().enumerate().map(|(index, field)| {
        let kind = match field.kind {
            Kind::LongText => "textarea",
            Kind::Phone => "phone",
            Kind::Url => "url",
            Kind::Number => "currency",
            Kind::Integer => "int",
            Kind::Boolean => "boolean",
            Kind::Date => "date",
            _ => "string",
        };
        json!({
            "name": field.name, "label": field.name, "type": kind, "length": field.length, "digits": 9, "precision": 18, "scale": 2,
            "nillable": true, "createable": true, "updateable": true, "filterable": true, "unique": unique && index == 0,
            "externalId": index == 0, "idLookup": index == 0, "custom": field.name.ends_with("__c"), "picklistValues": [],
            "referenceTo": [],
        })
    });
    json!({
        "name": "Account", "label": "Account", "labelPlural": "Accounts", "keyPrefix": "001", "createable": true, "updateable": true,
        "deletable": true, "queryable": true, "custom": false, "fields": fields.collect::<Vec<_>>(),
    })
}
