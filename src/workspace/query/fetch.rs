//! A page of a query job's rows, fetched into a file by a thread of its own. Its records are counted as they come and compared with what
//! Salesforce says; a page that broke off is fetched again.

use super::super::WorkspaceError;
use super::{Failed, News, QueryError, patient};
use crate::cancel::Cancel;
use crate::connect::file::unwritable;
use crate::retry::{Again, Transient};
use crate::salesforce::{Job, Org, OrgError, download_error};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A page on its way.
pub(super) struct Fetching {
    thread: JoinHandle<Result<Fetched, QueryError>>,
    /// Why it does not move.
    waiting: Arc<Mutex<Option<String>>>,
}

/// A page that is here.
pub(super) struct Fetched {
    /// The file.
    pub(super) file: PathBuf,
    /// Where the page after it is, as it told; nothing when it was here already.
    pub(super) next: Option<String>,
}

/// What to fetch.
pub(super) struct Fetch {
    pub(super) org: Org,
    pub(super) job: Job,
    /// Where the page is; `None` is the first.
    pub(super) place: Option<String>,
    /// The file to be.
    pub(super) file: PathBuf,
    /// Whether an earlier reading may have fetched it already.
    pub(super) may_be_here: bool,
    pub(super) cancel: Cancel,
}

impl Fetching {
    /// Begins.
    pub(super) fn begin(fetch: Fetch) -> Fetching {
        let waiting = Arc::new(Mutex::new(None));
        let told = Arc::clone(&waiting);
        let thread = std::thread::spawn(move || {
            let mut hear = |news| {
                if let News::Waiting(why) = news {
                    *told.lock().unwrap_or_else(PoisonError::into_inner) = why;
                }
            };
            let page = patient(&fetch.cancel, &mut hear, || fetch.once());
            page.map_err(|failed| failed.into_query_error(&fetch.file))
        });
        Fetching { thread, waiting }
    }

    /// Whether there is nothing to wait for.
    pub(super) fn is_here(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for it; `hear` learns why it does not move.
    pub(super) fn wait(self, cancel: &Cancel, hear: &mut super::Hear<'_>) -> Result<Fetched, QueryError> {
        const LOOK: Duration = Duration::from_millis(20);
        let mut told = None;
        while !self.thread.is_finished() {
            let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if waiting != told {
                told.clone_from(&waiting);
                hear(News::Waiting(waiting));
            }
            if cancel.sleep(LOOK).is_err() {
                return Err(QueryError::Cancelled);
            }
        }
        self.join()
    }

    /// Waits for it, whatever happens.
    pub(super) fn join(self) -> Result<Fetched, QueryError> {
        let broke =
            |_| Err(QueryError::Failed(WorkspaceError::new("a page could not be fetched by a fault of this program")));
        self.thread.join().unwrap_or_else(broke)
    }
}

enum FetchError {
    Org(OrgError),
    Disk(io::Error),
}

impl std::fmt::Display for FetchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FetchError::Org(error) => error.fmt(f),
            FetchError::Disk(error) => error.fmt(f),
        }
    }
}

impl Transient for FetchError {
    fn again(&self) -> Again {
        match self {
            FetchError::Org(error) => error.again(),
            FetchError::Disk(_) => Again::No,
        }
    }
}

impl From<OrgError> for FetchError {
    fn from(error: OrgError) -> FetchError {
        FetchError::Org(error)
    }
}

impl Failed<FetchError> {
    fn into_query_error(self, file: &Path) -> QueryError {
        match self.error {
            FetchError::Org(error) if super::bulk::gone(&error) => {
                QueryError::Gone(format!("Salesforce no longer has the answer ({error}): it keeps one for seven days"))
            }
            FetchError::Org(error) => Failed { error, attempts: self.attempts, seconds: self.seconds }.into(),
            FetchError::Disk(error) => QueryError::Failed(unwritable(file, &error).into()),
        }
    }
}

impl Fetch {
    fn once(&self) -> Result<Fetched, FetchError> {
        if self.may_be_here && self.file.exists() {
            return Ok(Fetched { file: self.file.clone(), next: None });
        }
        let page = self.org.query_page(&self.job, self.place.as_deref(), &self.cancel)?;
        let mut body = page.body;
        // It gets its name when it is whole, so that what is there after a crash can be used.
        let half = self.file.with_extension("half");
        let mut out = File::create(&half).map_err(FetchError::Disk)?;
        let mut records = Records::default();
        let mut chunk = vec![0; 64 << 10];
        loop {
            let read = body.read(&mut chunk).map_err(|error| FetchError::Org(download_error(error)))?;
            if read == 0 {
                break;
            }
            records.count(&chunk[..read]);
            out.write_all(&chunk[..read]).map_err(FetchError::Disk)?;
        }
        let came = records.rows();
        if let Some(told) = page.rows.filter(|told| *told != came) {
            return Err(FetchError::Org(OrgError::Interrupted {
                call: format!("the page of {told} rows"),
                why: format!("{came} rows came"),
                after: None,
            }));
        }
        out.flush().map_err(FetchError::Disk)?;
        std::fs::rename(&half, &self.file).map_err(FetchError::Disk)?;
        Ok(Fetched { file: self.file.clone(), next: page.next })
    }
}

/// Counts records of a CSV that comes in pieces.
#[derive(Default)]
struct Records {
    ends: u64,
    quoted: bool,
    /// Whether something came since the last end.
    open: bool,
}

impl Records {
    fn count(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'"' => {
                    self.quoted = !self.quoted;
                    self.open = true;
                }
                b'\n' if !self.quoted => {
                    self.ends += u64::from(self.open);
                    self.open = false;
                }
                b'\r' if !self.quoted => {}
                _ => self.open = true,
            }
        }
    }

    /// Records without the header.
    fn rows(&self) -> u64 {
        (self.ends + u64::from(self.open)).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_wherever_the_pieces_break() {
        for (text, rows) in [
            ("", 0),
            ("\"Id\"\n", 0),
            ("\"Id\"\n\"1\"\n\"2\"", 2),
            ("\"Id\",\"Text\"\r\n\"1\",\"a\n\"\"b\"\"\nc\"\r\n\"2\",\"\"\r\n", 2),
            ("\"Id\"\n\"\"\n\"\"\n", 2),
        ] {
            for size in 1..=text.len().max(1) {
                let mut records = Records::default();
                text.as_bytes().chunks(size).for_each(|piece| records.count(piece));
                assert_eq!(records.rows(), rows, "{text:?} in pieces of {size}");
            }
        }
    }
}
