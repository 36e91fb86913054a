//! How fast a practice org is, beside SQLite alone in the same run.
//!
//! `cargo bench -p practice_org [-- ROWS [ROUNDS]]` prints, as medians of rounds taken in turn, since machines drift:
//!
//! - rows a second of Bulk 2.0 ingest over HTTP, from creating the job until it is complete, with every check and every
//!   result row written, beside a prepared-statement insert of the same rows, ready-made, into the same table with the
//!   same indexes; both with a data file, 10,000 rows a transaction
//! - the peak memory of this process, which is client and server in one, before and after the ingest
//! - single-row REST calls and indexed SOQL queries on what has been loaded: median and 99th percentile
#![expect(clippy::print_stdout, reason = "a benchmark's output is its purpose")]

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use practice_org::{Limits, Options, PracticeOrg, Seed, Storage};
use reqwest::blocking::{Client, RequestBuilder};
use rusqlite::{Connection, ToSql};
use serde_json::{Value, json};

/// Rows of one job; a million would not fit into the 150 MB of one upload.
const JOB: usize = 500_000;
/// Rows of one transaction.
const BATCH: usize = 10_000;
/// Single-row calls.
const CALLS: usize = 10_000;
/// Queries of each kind.
const QUERIES: usize = 300;

/// Twelve columns as customer files have them.
const COLUMNS: [&str; 12] = [
    "ERP_Id__c",
    "Name",
    "BillingStreet",
    "BillingCity",
    "BillingPostalCode",
    "BillingCountry",
    "Phone",
    "Website",
    "AnnualRevenue",
    "NumberOfEmployees",
    "Active__c",
    "Customer_Since__c",
];
/// What the org adds to each row.
const ADDED: [&str; 7] =
    ["Id", "OwnerId", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"];

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let rows: usize = numbers.next().unwrap_or(100_000);
    let rounds: usize = numbers.next().unwrap_or(3);
    let _set = rustls::crypto::ring::default_provider().install_default().is_ok();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let uploads = write_uploads(folder.path(), rows);
    let (mut plain, mut bulk, mut fetched, mut last) = (Vec::new(), Vec::new(), Vec::new(), None);
    println!("{rows} Account rows of {} columns, {rounds} rounds in turn, load {}", COLUMNS.len(), load_average());
    for round in 0..rounds {
        drop(last.take());
        let place = folder.path().join(format!("round-{round}"));
        std::fs::create_dir(&place).expect("a folder for the round");
        let org = Caller::start(&place.join("org.db"));
        let insert = insert(&place.join("plain.db"), &place.join("org.db"), rows);
        reset_peak();
        let before = peak();
        let load = org.load(&uploads);
        let after = peak();
        let fetch = org.fetch();
        println!(
            "round {}: insert {} rows/s, ingest {} rows/s, ratio {:.2}; peak memory {before} MB before, {after} MB after; results fetched at {} rows/s",
            round + 1,
            speed(rows, insert),
            speed(rows, load),
            insert.as_secs_f64() / load.as_secs_f64(),
            speed(rows, fetch),
        );
        plain.push(insert);
        bulk.push(load);
        fetched.push(fetch);
        std::fs::remove_file(place.join("plain.db")).expect("removed");
        last = Some(org);
    }
    let (plain, bulk, fetched) = (median(plain), median(bulk), median(fetched));
    println!(
        "median: insert {} rows/s, ingest {} rows/s, ratio {:.2}; results fetched at {} rows/s",
        speed(rows, plain),
        speed(rows, bulk),
        plain.as_secs_f64() / bulk.as_secs_f64(),
        speed(rows, fetched),
    );
    if let Some(org) = last {
        org.single_rows();
        org.beside(&uploads[0]);
        org.queries(rows);
    }
    println!("load {}", load_average());
}

/// The cells of a row, as text.
fn cells(number: usize, cells: &mut [String; 12]) {
    const CITIES: [&str; 5] = ["Hamburg", "San Francisco", "Lyon", "Zürich", "Minneapolis"];
    const COUNTRIES: [&str; 5] = ["Germany", "United States", "France", "Switzerland", "United States"];
    let mut tell = |place: usize, text: std::fmt::Arguments<'_>| {
        cells[place].clear();
        cells[place].write_fmt(text).expect("writing to memory");
    };
    tell(0, format_args!("C{number:09}"));
    tell(1, format_args!("Customer {number} of {}", CITIES[number % 5]));
    tell(2, format_args!("{} Harbour Road, Building {}", number % 997, number % 13));
    tell(3, format_args!("{}", CITIES[number % 5]));
    tell(4, format_args!("{:05}", (number * 7919) % 100_000));
    tell(5, format_args!("{}", COUNTRIES[number % 5]));
    tell(6, format_args!("+49 40 {:07}", (number * 31) % 10_000_000));
    tell(7, format_args!("https://www.customer-{number}.example/about"));
    tell(8, format_args!("{}", (number * 1009) % 90_000_000));
    tell(9, format_args!("{}", number % 5000));
    tell(10, format_args!("{}", if number.is_multiple_of(3) { "true" } else { "false" }));
    tell(11, format_args!("20{:02}-{:02}-{:02}", number % 26, number % 12 + 1, number % 28 + 1));
}

fn write_uploads(folder: &Path, rows: usize) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut row: [String; 12] = Default::default();
    for start in (0..rows).step_by(JOB) {
        let path = folder.join(format!("upload-{start}.csv"));
        let mut file = BufWriter::new(File::create(&path).expect("created"));
        writeln!(file, "{}", COLUMNS.join(",")).expect("written");
        for number in start..rows.min(start + JOB) {
            cells(number, &mut row);
            row[2] = format!("\"{}\"", row[2]);
            writeln!(file, "{}", row.join(",")).expect("written");
        }
        file.flush().expect("written");
        paths.push(path);
    }
    paths
}

/// The yardstick: the rows are ready-made when the clock starts.
fn insert(path: &Path, org: &Path, rows: usize) -> Duration {
    let conn = Connection::open(path).expect("a new data file");
    conn.create_collation("sf_ci", compare).expect("a collation");
    conn.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
         PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536;",
    )
    .expect("settings of the org");
    let model = Connection::open(org).expect("the org's data file");
    let mut statement =
        model.prepare("SELECT sql FROM sqlite_master WHERE tbl_name = 'Account' AND sql IS NOT NULL").expect("SQL");
    let tables = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
    for sql in tables {
        conn.execute_batch(&sql.expect("SQL")).expect("the table of the org");
    }
    let columns: Vec<String> = COLUMNS.iter().chain(&ADDED).map(|name| format!("\"{name}\"")).collect();
    let marks = vec!["?"; columns.len()].join(",");
    let sql = format!("INSERT INTO \"Account\" ({}) VALUES ({marks})", columns.join(","));
    let mut statement = conn.prepare(&sql).expect("the insert");
    let user = "005Lk000000000001AAA";
    let now = 1_780_000_000_000_i64;
    let mut row: [String; 12] = Default::default();
    let mut time = Duration::ZERO;
    for start in (0..rows).step_by(BATCH) {
        let mut batch: Vec<Vec<Box<dyn ToSql>>> = Vec::with_capacity(BATCH);
        for number in start..rows.min(start + BATCH) {
            cells(number, &mut row);
            let mut values: Vec<Box<dyn ToSql>> = Vec::with_capacity(19);
            for (place, text) in row.iter().enumerate() {
                values.push(match place {
                    8 => Box::new(text.parse::<f64>().expect("a number")),
                    9 => Box::new(text.parse::<i64>().expect("a number")),
                    10 => Box::new(text == "true"),
                    _ => Box::new(text.clone()),
                });
            }
            values.push(Box::new(format!("001Lk0{number:09}AAA")));
            for value in [user, "", user, "", user] {
                values.push(if value.is_empty() { Box::new(now) } else { Box::new(value) });
            }
            values.push(Box::new(now));
            batch.push(values);
        }
        let begun = Instant::now();
        conn.execute_batch("BEGIN IMMEDIATE").expect("begun");
        for values in &batch {
            for (place, value) in values.iter().enumerate() {
                statement.raw_bind_parameter(place + 1, value).expect("bound");
            }
            statement.raw_execute().expect("inserted");
        }
        conn.execute_batch("COMMIT").expect("committed");
        time += begun.elapsed();
    }
    time
}

/// The order of the org's texts, for the yardstick's indexes.
fn compare(left: &str, right: &str) -> std::cmp::Ordering {
    if left.is_ascii() && right.is_ascii() {
        let upper = |byte: u8| byte.to_ascii_uppercase();
        return left.bytes().map(upper).cmp(right.bytes().map(upper));
    }
    left.chars().flat_map(char::to_uppercase).cmp(right.chars().flat_map(char::to_uppercase))
}

/// Someone who calls the org over HTTP.
struct Caller {
    org: PracticeOrg,
    http: Client,
    token: String,
    jobs: std::cell::RefCell<Vec<String>>,
}

impl Caller {
    fn start(file: &Path) -> Caller {
        let options = Options {
            storage: Storage::File(file.to_owned()),
            seed: Seed::Empty,
            limits: Limits { daily_api_requests: 100_000_000, ..Limits::default() },
            ..Options::default()
        };
        let org = PracticeOrg::start(options).expect("a running org");
        let token = org.credentials().access_token;
        let http = Client::builder().no_gzip().timeout(None).build().expect("an HTTP client");
        Caller { org, http, token, jobs: Default::default() }
    }

    fn at(&self, path: &str) -> String {
        format!("{}/services/data/v67.0/{path}", self.org.url())
    }

    fn json(&self, request: RequestBuilder) -> Value {
        let answer = request.bearer_auth(&self.token).send().expect("an answer");
        let status = answer.status();
        let text = answer.text().expect("a body");
        assert!(status.is_success(), "{status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// From creating the first job until the last is complete.
    fn load(&self, uploads: &[PathBuf]) -> Duration {
        let begun = Instant::now();
        for path in uploads {
            let job = self.json(
                self.http.post(self.at("jobs/ingest")).json(&json!({"object": "Account", "operation": "insert"})),
            );
            let id = job["id"].as_str().expect("an id").to_owned();
            let url = self.at(&format!("jobs/ingest/{id}"));
            let csv = File::open(path).expect("the upload");
            self.json(self.http.put(format!("{url}/batches")).header("Content-Type", "text/csv").body(csv));
            self.json(self.http.patch(&url).json(&json!({"state": "UploadComplete"})));
            self.jobs.borrow_mut().push(id);
        }
        for id in self.jobs.borrow().iter() {
            loop {
                let job = self.json(self.http.get(self.at(&format!("jobs/ingest/{id}"))));
                match job["state"].as_str() {
                    Some("UploadComplete" | "InProgress") => std::thread::park_timeout(Duration::from_millis(5)),
                    Some("JobComplete") if job["numberRecordsFailed"] == 0 => break,
                    _ => panic!("{job}"),
                }
            }
        }
        begun.elapsed()
    }

    /// All result rows, read and thrown away.
    fn fetch(&self) -> Duration {
        let begun = Instant::now();
        for id in self.jobs.borrow().iter() {
            let url = self.at(&format!("jobs/ingest/{id}/successfulResults"));
            let mut answer = self.http.get(url).bearer_auth(&self.token).send().expect("an answer");
            answer.copy_to(&mut std::io::sink()).expect("the results");
        }
        begun.elapsed()
    }

    fn single_rows(&self) {
        let (mut creates, mut updates, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..CALLS / 2 {
            let row = json!({"Name": format!("Single {number}"), "ERP_Id__c": format!("S{number}"), "Phone": "1"});
            let (made, time) = timed(|| self.json(self.http.post(self.at("sobjects/Account")).json(&row)));
            ids.push(made["id"].as_str().expect("an id").to_owned());
            creates.push(time);
        }
        for id in &ids {
            let row = json!({"Phone": "2", "Site": "Harbour"});
            updates.push(timed(|| self.json(self.http.patch(self.at(&format!("sobjects/Account/{id}"))).json(&row))).1);
        }
        tell("REST create of one row", creates);
        tell("REST update of one row", updates);
    }

    /// Single rows while a load goes on; its rows are all refused, for their keys are there already.
    fn beside(&self, upload: &Path) {
        let job = self
            .json(self.http.post(self.at("jobs/ingest")).json(&json!({"object": "Account", "operation": "insert"})));
        let url = self.at(&format!("jobs/ingest/{}", job["id"].as_str().expect("an id")));
        let csv = File::open(upload).expect("the upload");
        self.json(self.http.put(format!("{url}/batches")).header("Content-Type", "text/csv").body(csv));
        self.json(self.http.patch(&url).json(&json!({"state": "UploadComplete"})));
        let mut creates = Vec::new();
        while matches!(self.json(self.http.get(&url))["state"].as_str(), Some("UploadComplete" | "InProgress")) {
            let row = json!({"Name": format!("Beside {}", creates.len())});
            creates.push(timed(|| self.json(self.http.post(self.at("sobjects/Account")).json(&row))).1);
        }
        tell("REST create of one row while a load goes on", creates);
    }

    fn queries(&self, rows: usize) {
        let ask = |query: &str| {
            let (answer, time) = timed(|| self.json(self.http.get(self.at("query")).query(&[("q", query)])));
            (answer["records"].as_array().expect("records").clone(), time)
        };
        let (mut by_key, mut by_id, mut by_time) = (Vec::new(), Vec::new(), Vec::new());
        let first = ask("SELECT SystemModstamp FROM Account LIMIT 1").0[0]["SystemModstamp"].clone();
        let first = first.as_str().expect("an instant").replace("+0000", "Z");
        for turn in 0..QUERIES {
            let number = turn * 7919 % rows;
            let (found, time) = ask(&format!("SELECT Id, Name FROM Account WHERE ERP_Id__c = 'C{number:09}'"));
            assert_eq!(found.len(), 1);
            by_key.push(time);
            let id = found[0]["Id"].as_str().expect("an id");
            let (found, time) = ask(&format!("SELECT Id, Name, Phone FROM Account WHERE Id = '{id}'"));
            assert_eq!(found.len(), 1);
            by_id.push(time);
            let query = "SELECT Id, Name, ERP_Id__c, SystemModstamp FROM Account WHERE SystemModstamp >= ";
            let (found, time) = ask(&format!("{query}{first} AND SystemModstamp <= 2100-01-01T00:00:00Z LIMIT 2000"));
            assert_eq!(found.len(), rows.min(2000));
            by_time.push(time);
        }
        tell("SOQL by external id", by_key);
        tell("SOQL by Id", by_id);
        tell("SOQL by SystemModstamp range, LIMIT 2000", by_time);
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let answer = work();
    (answer, begun.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn tell(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let (middle, late) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!("{what}: median {:.2} ms, p99 {:.2} ms, {} calls", millis(middle), millis(late), times.len());
}

fn speed(rows: usize, time: Duration) -> u64 {
    (rows as f64 / time.as_secs_f64()) as u64
}

fn load_average() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "unknown".into()).trim().to_owned()
}

/// Peak memory in MB, where the system tells.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
}

/// Lets the peak begin anew, where the system can.
fn reset_peak() {
    // Without it the peak of an earlier round is shown.
    std::fs::write("/proc/self/clear_refs", "5").ok();
}
