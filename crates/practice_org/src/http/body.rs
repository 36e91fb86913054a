//! Bodies on their way in: bounded, decompressed, into memory or onto disk.

use std::io::{self, Write};
use std::path::Path;
use std::pin::Pin;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::HeaderMap;
use flate2::write::{GzDecoder, ZlibDecoder};
use futures_core::Stream;

use super::call::Payload;
use crate::failure::Refusal;

/// Largest body that is kept in memory.
pub(crate) const MOST_JSON: u64 = 6 * 1024 * 1024;
/// Largest CSV.
pub(crate) const MOST_CSV: u64 = 150 * 1024 * 1024;

fn too_large(most: u64) -> Refusal {
    Refusal::new(413, "REQUEST_ENTITY_TOO_LARGE", format!("The request body is larger than {most} bytes"))
}

fn broken() -> Refusal {
    Refusal::new(400, "UNKNOWN_EXCEPTION", "The request body could not be read")
}

/// Counts what goes through and refuses more than enough.
struct Bounded<W> {
    inner: W,
    left: u64,
}

impl<W: Write> Write for Bounded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.left {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let written = self.inner.write(bytes)?;
        self.left -= written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

enum Unpacker<W: Write> {
    Plain(Bounded<W>),
    Gzip(GzDecoder<Bounded<W>>),
    Deflate(ZlibDecoder<Bounded<W>>),
}

impl<W: Write> Unpacker<W> {
    fn new(headers: &HeaderMap, inner: W, most: u64) -> Self {
        let bounded = Bounded { inner, left: most };
        let coding = headers.get("content-encoding").and_then(|value| value.to_str().ok()).unwrap_or_default();
        match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Unpacker::Gzip(GzDecoder::new(bounded)),
            "deflate" => Unpacker::Deflate(ZlibDecoder::new(bounded)),
            _ => Unpacker::Plain(bounded),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Unpacker::Plain(writer) => writer.write_all(bytes),
            Unpacker::Gzip(writer) => writer.write_all(bytes),
            Unpacker::Deflate(writer) => writer.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<W> {
        Ok(match self {
            Unpacker::Plain(writer) => writer.inner,
            Unpacker::Gzip(writer) => writer.finish()?.inner,
            Unpacker::Deflate(writer) => writer.finish()?.inner,
        })
    }
}

async fn next(stream: &mut BodyDataStream) -> Option<Result<Bytes, axum::Error>> {
    std::future::poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}

/// Lets a sender finish, within reason: one that is cut off in the middle of its body never reads why.
async fn drain(stream: &mut BodyDataStream, most: u64) {
    let mut left = most;
    while let Some(Ok(piece)) = next(stream).await {
        match left.checked_sub(piece.len() as u64) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

async fn unpack<W: Write>(headers: &HeaderMap, body: Body, inner: W, most: u64) -> Result<W, Refusal> {
    let mut unpacker = Unpacker::new(headers, inner, most);
    let mut stream = body.into_data_stream();
    while let Some(piece) = next(&mut stream).await {
        let piece = piece.map_err(|_| broken())?;
        if let Err(error) = unpacker.write(&piece) {
            drain(&mut stream, most).await;
            return Err(if error.kind() == io::ErrorKind::FileTooLarge { too_large(most) } else { broken() });
        }
    }
    unpacker.finish().map_err(|_| broken())
}

/// Reads a body into memory.
pub(crate) async fn into_memory(headers: &HeaderMap, body: Body) -> Result<Payload, Refusal> {
    unpack(headers, body, Vec::new(), MOST_JSON).await.map(Payload::Bytes)
}

/// Reads a body into a new file.
pub(crate) async fn onto_disk(headers: &HeaderMap, body: Body, folder: &Path) -> Result<Payload, Refusal> {
    let file = tempfile::Builder::new().prefix("upload").tempfile_in(folder)?;
    // Until it is whole the file goes with whoever gives up on it: this call, or a connection that is cut.
    let (handle, path) = file.into_parts();
    let writer = io::BufWriter::with_capacity(256 * 1024, handle);
    let writer = unpack(headers, body, writer, MOST_CSV).await?;
    writer.into_inner().map_err(|error| Refusal::from(error.into_error()))?;
    Ok(Payload::File(path.keep().map_err(|error| Refusal::from(error.error))?))
}
