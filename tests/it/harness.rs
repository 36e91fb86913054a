//! A home folder, a practice org and the real binary, for one test.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// The program under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_linkspan");

/// An empty home folder, a practice org in a process of its own, and an org `p` that leads to it.
pub(crate) struct Bench {
    pub(crate) home: TempDir,
    pub(crate) org: Org,
}

/// A practice org in a process of its own.
pub(crate) struct Org {
    process: Child,
    pub(crate) welcome: Value,
}

impl Drop for Org {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.process.kill().is_ok();
        let _reaped = self.process.wait().is_ok();
    }
}

/// What a command came to.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// The JSON object on the last line of stdout.
    pub(crate) fn json(&self) -> Value {
        let line = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON on the last line: {self:?}"))
    }

    /// A count of the JSON object.
    pub(crate) fn count(&self, name: &str) -> u64 {
        self.json()[name].as_u64().unwrap_or_else(|| panic!("no count {name}: {self:?}"))
    }

    /// The equation of every run.
    pub(crate) fn accounted(&self) -> &Done {
        let outcomes =
            ["created", "updated", "deleted", "unchanged", "skipped", "not_sent", "failed", "conflict", "unconfirmed"];
        let sum: u64 = outcomes.iter().map(|name| self.count(name)).sum();
        assert_eq!(sum + self.count("waiting"), self.count("rows"), "{self:?}");
        assert_eq!(self.count("unaccounted"), 0, "{self:?}");
        self
    }
}

impl std::fmt::Debug for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Done {
        Done {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Org {
    /// Starts one: `arguments` after `practice-org`.
    pub(crate) fn start(home: &Path, arguments: &[&str]) -> Org {
        let mut process = program(home)
            .arg("practice-org")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the binary starts");
        let mut first = String::new();
        let out = process.stdout.take().expect("it was piped");
        BufReader::new(out).read_line(&mut first).expect("its first line is text");
        let welcome = serde_json::from_str(&first).unwrap_or_else(|_| panic!("no JSON on its first line: {first}"));
        Org { process, welcome }
    }

    /// Orders a bad day.
    pub(crate) fn fault(&self, fault: &Value) {
        let answer = self.http("POST", "/__practice/faults", &fault.to_string());
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// Ends all bad days.
    pub(crate) fn clear_faults(&self) {
        let answer = self.http("DELETE", "/__practice/faults", "");
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    }

    /// Gives the org more objects and fields.
    pub(crate) fn add_schema(&self, file: &Value) {
        let answer = self.http("POST", "/__practice/schema", &file.to_string());
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    }

    /// Sets a duplicate or validation rule.
    pub(crate) fn set_rule(&self, rule: &Value) {
        let answer = self.http("POST", "/__practice/rules", &rule.to_string());
        assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    }

    /// How often the faults that are switched on have struck.
    pub(crate) fn hits(&self) -> u64 {
        let told = self.get("/__practice/faults");
        told["faults"].as_array().unwrap().iter().map(|fault| fault["hits"].as_u64().unwrap()).sum()
    }

    /// How many calls the org has answered with nothing: dropped or held.
    pub(crate) fn unanswered(&self) -> usize {
        self.calls(|call| call["status"] == 0)
    }

    /// How many of the latest calls are such.
    pub(crate) fn calls(&self, is_such: impl Fn(&Value) -> bool) -> usize {
        let calls = self.get("/__practice/log?after=0");
        calls["calls"].as_array().unwrap().iter().filter(|call| is_such(call)).count()
    }

    /// The records of a query, asked of the org itself and not through the program.
    pub(crate) fn select(&self, soql: &str) -> Vec<Value> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let coded = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        let soql: String = soql.bytes().map(coded).collect();
        let mut records = Vec::new();
        let mut next = Some(format!("/services/data/v60.0/query?q={soql}"));
        while let Some(path) = next {
            let mut page = self.get(&path);
            let Value::Array(rows) = page["records"].take() else { panic!("no records: {page}") };
            records.extend(rows);
            next = page["nextRecordsUrl"].as_str().map(str::to_owned);
        }
        records
    }

    /// The JSON that a GET is answered with.
    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.http("GET", path, "");
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {answer}"))
    }

    /// A call of the org, answered as it stands on the wire.
    pub(crate) fn http(&self, method: &str, path: &str, body: &str) -> String {
        ask(&self.welcome, method, path, body)
    }
}

/// A call of the org that greets so, answered as it stands on the wire.
pub(crate) fn ask(welcome: &Value, method: &str, path: &str, body: &str) -> String {
    let address = welcome["url"].as_str().unwrap().trim_start_matches("http://");
    let token = welcome["access_token"].as_str().unwrap();
    let mut line = TcpStream::connect(address).unwrap();
    write!(
            line,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).unwrap();
    answer
}

/// The program with an empty home and a vault that needs no keychain.
pub(crate) fn program(home: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("LINKSPAN_VAULT", "file")
        .env_remove("LINKSPAN_WORKSPACE")
        .current_dir(home);
    command
}

impl Bench {
    /// An org with the demo schema and no rows.
    pub(crate) fn empty() -> Bench {
        Bench::with(&["--memory", "--seed", "empty"])
    }

    /// An org with the demo rows.
    pub(crate) fn demo() -> Bench {
        Bench::with(&["--memory", "--seed", "demo"])
    }

    pub(crate) fn with(arguments: &[&str]) -> Bench {
        let home = TempDir::new().unwrap();
        let org = Org::start(home.path(), arguments);
        let bench = Bench { home, org };
        bench.know_org();
        bench
    }

    /// Lets the alias `p` lead to the org.
    pub(crate) fn know_org(&self) {
        let (url, token) = (&self.org.welcome["url"], &self.org.welcome["access_token"]);
        let mut command = program(self.home.path());
        command.args(["org", "add", "p", "--url", url.as_str().unwrap(), "--token-env", "TOKEN"]);
        command.env("TOKEN", token.as_str().unwrap());
        let done = Done::from(command.output().unwrap());
        assert_eq!(done.code, 0, "{done:?}");
    }

    /// An org without rows, signed in to with the app's own secret, so that a session that ends can be renewed.
    pub(crate) fn with_app() -> Bench {
        let bench = Bench::empty();
        let (url, client) = (&bench.org.welcome["url"], &bench.org.welcome["client_id"]);
        assert_eq!(bench.run(&["org", "remove", "p"]).code, 0);
        let mut command = program(bench.home.path());
        command.args(["org", "add", "p", "--url", url.as_str().unwrap(), "--client-credentials"]);
        command.args(["--client-id", client.as_str().unwrap(), "--client-secret-env", "SECRET"]);
        command.env("SECRET", bench.org.welcome["client_secret"].as_str().unwrap());
        let done = Done::from(command.output().unwrap());
        assert_eq!(done.code, 0, "{done:?}");
        bench
    }

    /// Runs the program with `--json`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        Done::from(program(self.home.path()).args(arguments).arg("--json").output().unwrap())
    }

    /// Imports a file into an object of the org: `more` are further arguments.
    pub(crate) fn import(&self, file: &Path, object: &str, operation: &str, more: &[&str]) -> Done {
        let mut arguments = vec!["import", file.to_str().unwrap(), "--org", "p", "--object", object];
        arguments.extend(["--operation", operation]);
        arguments.extend(more);
        self.run(&arguments)
    }

    /// The rows of a query, each a line of CSV without the header.
    pub(crate) fn query(&self, soql: &str) -> Vec<String> {
        let done = Done::from(program(self.home.path()).args(["query", "p", soql]).output().unwrap());
        assert_eq!(done.code, 0, "{done:?}");
        done.stdout.lines().skip(1).map(str::to_owned).collect()
    }

    /// How many records the org has.
    pub(crate) fn records(&self, object: &str) -> u64 {
        let rows = self.query(&format!("SELECT COUNT(Id) n FROM {object}"));
        rows[0].trim_end_matches(".0").parse().unwrap_or_else(|_| panic!("{rows:?}"))
    }

    /// Starts the program with `--json` and does not wait for its end.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = program(self.home.path());
        command.args(arguments).arg("--json").stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Outcomes of a run's rows, as JSON.
    pub(crate) fn results(&self, run: u64, more: &[&str]) -> Vec<Value> {
        let run = run.to_string();
        let mut arguments = vec!["results", &run];
        arguments.extend(more);
        let done = self.run(&arguments);
        assert_eq!(done.code, 0, "{done:?}");
        let lines = done.stdout.lines().count();
        done.stdout.lines().take(lines - 1).map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Writes a file into the home folder.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// A file of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// The mapping of Northwind's customers.
pub(crate) const CUSTOMERS: &str = r#"[
  {"target": "ERP_Id__c", "column": "CustomerID"}, {"target": "Name", "column": "CompanyName"},
  {"target": "BillingStreet", "column": "Address"}, {"target": "BillingCity", "column": "City"},
  {"target": "BillingPostalCode", "column": "PostalCode"}, {"target": "BillingCountry", "column": "Country"},
  {"target": "Phone", "column": "Phone"}, {"target": "Fax", "column": "Fax"}
]"#;
