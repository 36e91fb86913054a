//! A server for tests that says what a script tells it, and forgets nothing of what it heard.

use super::{Auth, Org, OrgSettings};
use crate::secret::Secret;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it came over the line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    pub(crate) line: String,
    pub(crate) headers: String,
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its proper end.
    pub(crate) whole: bool,
}

pub(crate) struct Scripted {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

/// What the script answers: a status, a body, and more header lines. Status 0 hangs up.
pub(crate) type Said = (u16, String, &'static str);

impl Scripted {
    pub(crate) fn new(script: impl Fn(&Heard) -> Said + Send + Sync + 'static) -> Scripted {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(script);
        let all = heard.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, all) = (script.clone(), all.clone());
                std::thread::spawn(move || converse(stream.unwrap(), &*script, &all));
            }
        });
        Scripted { url, heard }
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits until enough was heard; a test that waits in vain fails.
    pub(crate) fn until(&self, enough: impl Fn(&[Heard]) -> bool) {
        let begun = std::time::Instant::now();
        while !enough(&self.heard.lock().unwrap()) {
            assert!(begun.elapsed() < std::time::Duration::from_secs(20), "heard only {:?}", self.heard());
            std::thread::yield_now();
        }
    }

    /// An org here with a pasted token.
    pub(crate) fn org(&self) -> Org {
        self.org_with(Auth::Session { token: Secret::new("00Dgeheim!token") })
    }

    pub(crate) fn org_with(&self, auth: Auth) -> Org {
        let settings =
            OrgSettings { alias: "test".into(), url: self.url.clone(), auth, api_version: Some("67.0".into()) };
        Org::new(settings)
    }
}

fn converse(stream: TcpStream, script: &dyn Fn(&Heard) -> Said, all: &Mutex<Vec<Heard>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some(heard) = listen(&mut reader) {
        all.lock().unwrap().push(heard.clone());
        let (status, body, more) = script(&heard);
        if status == 0 || !heard.whole {
            return;
        }
        let length = body.len();
        let said = format!(
            "HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\nContent-Type: application/json\r\n{more}\r\n{body}"
        );
        if stream.write_all(said.as_bytes()).is_err() {
            return;
        }
    }
}

fn listen(reader: &mut BufReader<TcpStream>) -> Option<Heard> {
    let mut heard = Heard { whole: true, ..Heard::default() };
    reader.read_line(&mut heard.line).ok().filter(|bytes| *bytes > 0)?;
    let mut line = String::new();
    while reader.read_line(&mut line).ok()? > 2 {
        heard.headers.push_str(&line.to_ascii_lowercase());
        line.clear();
    }
    let length = heard.headers.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    if heard.headers.contains("transfer-encoding: chunked") {
        heard.whole = chunks(reader, &mut heard.body).is_some();
    } else {
        heard.body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut heard.body).ok()?;
    }
    Some(heard)
}

/// `None` when the body broke off before its last chunk.
fn chunks(reader: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> Option<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        let length = usize::from_str_radix(line.trim(), 16).ok()?;
        let mut chunk = vec![0; length + 2];
        reader.read_exact(&mut chunk).ok()?;
        body.extend_from_slice(&chunk[..length]);
        if length == 0 {
            return Some(());
        }
    }
}
