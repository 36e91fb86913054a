//! A running org and a way to call it, as every test wants them.

pub(crate) use std::time::{Duration, Instant};

pub(crate) use practice_org::{Credentials, Fault, Options, PracticeOrg, Seed, Storage, When};
pub(crate) use reqwest::blocking::{Client, RequestBuilder, Response};
pub(crate) use serde_json::{Value, json};

/// Waits for something in another thread that nothing announces.
pub(crate) fn pause(time: Duration) {
    let (_kept, silence) = std::sync::mpsc::channel::<()>();
    silence.recv_timeout(time).unwrap_err();
}

pub(crate) struct Org {
    pub(crate) org: PracticeOrg,
    pub(crate) http: Client,
    pub(crate) who: Credentials,
}

pub(crate) fn start_with(options: Options) -> Org {
    // Several tests set it; the first wins, and all want the same.
    let _set = rustls::crypto::ring::default_provider().install_default().is_ok();
    let org = PracticeOrg::start(options).unwrap();
    let who = org.credentials();
    Org { org, http: Client::builder().no_gzip().build().unwrap(), who }
}

pub(crate) fn empty() -> Org {
    start_with(Options { seed: Seed::Empty, ..Options::default() })
}

pub(crate) fn small() -> Org {
    start_with(Options { seed: Seed::Small, ..Options::default() })
}

impl Org {
    pub(crate) fn at(&self, path: &str) -> String {
        if path.starts_with("/services") || path.starts_with("/id") || path.starts_with("/__practice") {
            return format!("{}{path}", self.org.url());
        }
        format!("{}/services/data/v67.0/{path}", self.org.url())
    }
    pub(crate) fn with(&self, request: RequestBuilder) -> Response {
        request.bearer_auth(&self.who.access_token).send().unwrap()
    }
    pub(crate) fn get(&self, path: &str) -> Response {
        self.with(self.http.get(self.at(path)))
    }
    pub(crate) fn json(&self, path: &str) -> Value {
        self.get(path).json().unwrap()
    }
    pub(crate) fn send(&self, verb: &str, path: &str, body: &Value) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(verb.as_bytes()).unwrap();
        let answer = self.with(self.http.request(method, self.at(path)).json(body));
        let status = answer.status().as_u16();
        (status, answer.json().unwrap_or(Value::Null))
    }
    pub(crate) fn soql(&self, query: &str) -> Value {
        let answer = self.with(self.http.get(self.at("query")).query(&[("q", query)]));
        answer.json().unwrap()
    }
    pub(crate) fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let answer = self.http.post(self.at("/services/oauth2/token")).form(form).send().unwrap();
        (answer.status().as_u16(), answer.json().unwrap())
    }
    pub(crate) fn job(&self, settings: Value, csv: &str) -> String {
        let (status, job) = self.send("POST", "jobs/ingest", &settings);
        assert_eq!(status, 200, "{job}");
        assert_eq!(job["state"], "Open");
        let id = job["id"].as_str().unwrap().to_owned();
        let url = format!("{}/{}", self.org.url(), job["contentUrl"].as_str().unwrap());
        let put = self.with(self.http.put(url).header("Content-Type", "text/csv").body(csv.to_owned()));
        assert_eq!(put.status(), 201);
        let (status, _) = self.send("PATCH", &format!("jobs/ingest/{id}"), &json!({"state": "UploadComplete"}));
        assert_eq!(status, 200);
        id
    }
    pub(crate) fn wait(&self, path: &str) -> Value {
        let begun = Instant::now();
        loop {
            let job = self.json(path);
            if ["JobComplete", "Failed", "Aborted"].contains(&job["state"].as_str().unwrap()) {
                return job;
            }
            assert!(begun.elapsed() < Duration::from_secs(15), "{job}");
            pause(Duration::from_millis(10));
        }
    }
    pub(crate) fn load(&self, settings: Value, csv: &str) -> (String, Value) {
        let id = self.job(settings, csv);
        let job = self.wait(&format!("jobs/ingest/{id}"));
        (id, job)
    }
    pub(crate) fn rows(&self, path: &str) -> Vec<String> {
        self.get(path).text().unwrap().lines().map(str::to_owned).collect()
    }
}
