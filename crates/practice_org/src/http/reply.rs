//! An answer as handlers give it, and how it goes out: whole, or piece by piece from a file, compressed if wanted.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_core::Stream;
use serde_json::Value as Json;
use tokio::sync::mpsc;

use crate::failure::Refusal;

/// Answers shorter than this are not worth compressing.
const SMALLEST_GZIP: usize = 512;
/// Bytes read from a file at once.
const PIECE: usize = 128 * 1024;

/// A piece of a long answer.
#[derive(Debug)]
pub(crate) enum Part {
    /// From memory.
    Bytes(Vec<u8>),
    /// From a file.
    File {
        /// Which.
        path: PathBuf,
        /// First byte.
        start: u64,
        /// Bytes.
        length: u64,
    },
}

/// Where an answer breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nowhere.
    No,
    /// In the middle, with the connection.
    Connection,
    /// In the middle of its compressed data, in an answer that is whole by the look of it.
    Gzip,
}

#[derive(Debug)]
enum Content {
    Whole(Vec<u8>),
    Parts(Vec<Part>),
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// HTTP status.
    pub(crate) status: u16,
    headers: Vec<(&'static str, String)>,
    content: Content,
}

impl Reply {
    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Reply { status, headers: Vec::new(), content: Content::Whole(Vec::new()) }
    }

    /// A JSON answer.
    pub(crate) fn json(status: u16, body: &Json) -> Self {
        Reply::bytes(status, "application/json;charset=UTF-8", body.to_string().into_bytes())
    }

    /// A text.
    pub(crate) fn text(status: u16, kind: &str, text: &str) -> Self {
        Reply::bytes(status, kind, text.as_bytes().to_vec())
    }

    /// Any body.
    pub(crate) fn bytes(status: u16, kind: &str, body: Vec<u8>) -> Self {
        Reply { status, headers: vec![("Content-Type", kind.to_owned())], content: Content::Whole(body) }
    }

    /// A long CSV in pieces.
    pub(crate) fn csv(parts: Vec<Part>) -> Self {
        Reply {
            status: 200,
            headers: vec![("Content-Type", "text/csv;charset=UTF-8".into())],
            content: Content::Parts(parts),
        }
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A header, if there is one of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The same, laid out for people, if it is JSON and in memory.
    pub(crate) fn pretty(mut self) -> Self {
        let json = self.header("Content-Type").is_some_and(|kind| kind.starts_with("application/json"));
        if let (true, Content::Whole(bytes)) = (json, &self.content)
            && let Ok(value) = serde_json::from_slice::<Json>(bytes)
        {
            self.content = Content::Whole(super::pretty::print(&value).into_bytes());
        }
        self
    }

    /// Status, headers and body, for whoever puts this answer into another. Pieces of files are not in it.
    pub(crate) fn into_parts(self) -> (u16, Vec<(&'static str, String)>, Vec<u8>) {
        let body = match self.content {
            Content::Whole(bytes) => bytes,
            Content::Parts(_) => Vec::new(),
        };
        (self.status, self.headers, body)
    }

    /// The HTTP response, whole or not.
    pub(crate) fn into_response(self, gzip: bool, cut: Cut) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value)) {
                response.headers_mut().append(name, value);
            }
        }
        let long = match &self.content {
            Content::Whole(bytes) => bytes.len() >= SMALLEST_GZIP,
            Content::Parts(_) => true,
        };
        let gzip = gzip && long;
        if gzip {
            response.headers_mut().insert("content-encoding", HeaderValue::from_static("gzip"));
            response.headers_mut().insert("vary", HeaderValue::from_static("Accept-Encoding"));
        }
        *response.body_mut() = match self.content {
            Content::Whole(bytes) => whole(bytes, gzip, cut),
            Content::Parts(parts) => stream(parts, gzip, cut),
        };
        response
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Reply::json(refusal.status, &refusal.body())
    }
}

fn whole(bytes: Vec<u8>, gzip: bool, cut: Cut) -> Body {
    if cut != Cut::No {
        return stream(vec![Part::Bytes(bytes)], gzip, cut);
    }
    Body::from(if gzip { compress(&bytes) } else { bytes })
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    match encoder.write_all(bytes).and_then(|()| encoder.finish()) {
        Ok(packed) => packed,
        Err(error) => unreachable!("writing to memory does not fail: {error}"),
    }
}

fn broken() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the answer breaks off here, as ordered")
}

type Piece = Result<Bytes, std::io::Error>;

struct Pieces(mpsc::Receiver<Piece>);

impl Stream for Pieces {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Piece>> {
        self.0.poll_recv(context)
    }
}

fn stream(parts: Vec<Part>, gzip: bool, cut: Cut) -> Body {
    let (sender, receiver) = mpsc::channel(8);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = send_parts(parts, gzip, cut, &sender) {
            // The reader may be gone; then there is nobody to tell.
            sender.blocking_send(Err(error)).ok();
        }
    });
    Body::from_stream(Pieces(receiver))
}

/// Where pieces go: straight out, or through the compressor first.
struct Outlet<'a> {
    sender: &'a mpsc::Sender<Piece>,
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl Outlet<'_> {
    fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match &mut self.encoder {
            None => self.pass(bytes.to_vec()),
            Some(encoder) => {
                encoder.write_all(bytes)?;
                let ready = std::mem::take(encoder.get_mut());
                self.pass(ready)
            }
        }
    }

    fn pass(&self, bytes: Vec<u8>) -> std::io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.sender.blocking_send(Ok(Bytes::from(bytes))).map_err(|_| std::io::ErrorKind::BrokenPipe.into())
    }
}

fn send_parts(parts: Vec<Part>, gzip: bool, cut: Cut, sender: &mpsc::Sender<Piece>) -> std::io::Result<()> {
    let encoder = gzip.then(|| GzEncoder::new(Vec::new(), Compression::fast()));
    let mut outlet = Outlet { sender, encoder };
    let total: u64 = parts.iter().map(Part::length).sum();
    let mut left = if cut == Cut::No { total } else { total / 2 };
    let mut buffer = vec![0u8; PIECE];
    for part in parts {
        match part {
            Part::Bytes(bytes) => {
                let take = bytes.len().min(left as usize);
                outlet.send(&bytes[..take])?;
                left -= take as u64;
            }
            Part::File { path, start, length } => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(start))?;
                let mut rest = length.min(left);
                while rest > 0 {
                    let want = buffer.len().min(rest as usize);
                    file.read_exact(&mut buffer[..want])?;
                    outlet.send(&buffer[..want])?;
                    rest -= want as u64;
                    left -= want as u64;
                }
            }
        }
    }
    if cut == Cut::Gzip && gzip {
        // What the compressor still holds is never sent, nor its checksum.
        return Ok(());
    }
    if cut != Cut::No {
        // Without a pause the half that was promised would never leave the server's buffer.
        tokio::runtime::Handle::current().block_on(tokio::time::sleep(Duration::from_millis(50)));
        return Err(broken());
    }
    if let Some(encoder) = outlet.encoder.take() {
        let tail = encoder.finish()?;
        outlet.pass(tail)?;
    }
    Ok(())
}

impl Part {
    fn length(&self) -> u64 {
        match self {
            Part::Bytes(bytes) => bytes.len() as u64,
            Part::File { length, .. } => *length,
        }
    }
}
