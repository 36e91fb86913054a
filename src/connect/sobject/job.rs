//! Large deliveries: one bulk job.
//!
//! Staged, the job is open and holds its rows; nothing has happened in the org. Committing closes it, waits for its own end, and
//! reads what it did. All of that may be repeated: a job that was closed, or has ended, is asked again.

use super::pair::{Fate, Results};
use super::{Action, SObjectTarget, rejection, unconfirmed};
use crate::cancel::{Cancel, Cancelled};
use crate::connect::{ConnectError, EncodedRows, Report, RowOutcome, Sent, Ticket};
use crate::record::Rejection;
use crate::salesforce::{Chunks, IngestJob, Job, JobInfo, JobState, OrgError, Part, Stop, Stopped, quoted};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Small jobs end in a blink, and one more look costs little.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// How a job ended for us.
enum End {
    /// It ended by itself or was stopped while at work: its results say the rest.
    Ended(JobInfo),
    /// It was stopped before it began.
    NeverBegan,
}

impl SObjectTarget {
    /// Makes a job and fills it. If that fails the job is taken back, so that the rows may be staged anew.
    pub(super) fn stage_job(&self, rows: &mut dyn EncodedRows, cancel: &Cancel) -> Result<Ticket, ConnectError> {
        let rule = self.assignment_rule(cancel)?;
        let job = IngestJob {
            object: &self.spec.object,
            operation: match &self.spec.action {
                Action::Insert => "insert",
                Action::Update => "update",
                Action::Upsert { .. } => "upsert",
                Action::Delete if self.spec.hard_delete => "hardDelete",
                Action::Delete => "delete",
            },
            external_id: match &self.spec.action {
                Action::Upsert { key } => Some(key),
                Action::Insert | Action::Update | Action::Delete => None,
            },
            assignment_rule: rule.as_deref(),
        };
        let opened = self.org.open_job(&job, cancel)?;
        let noted = rows.opened(&opened.job.id, &opened.job.version);
        let mut pieces = Pieces { rows, broke: noted.err() };
        let filled = match pieces.broke {
            None => self.org.fill_job(&opened.job, &mut pieces, cancel),
            Some(_) => Err(OrgError::Cancelled),
        };
        if let Err(error) = filled {
            // Left open it would do nothing and vanish within a day; that it cannot be stopped now is no second error.
            if let Err(left) = self.org.abort_job(&opened.job, Stop::when_forced(cancel)) {
                tracing::warn!(job = opened.job.id, %left, "an open job is left behind");
            }
            return Err(pieces.broke.unwrap_or_else(|| error.into()));
        }
        let Job { id, version } = opened.job;
        Ok(Ticket { job: Some(id), version, prepared_at: opened.at, ..Ticket::default() })
    }

    /// The rule to name in a job: jobs run none of themselves.
    fn assignment_rule(&self, cancel: &Cancel) -> Result<Option<String>, ConnectError> {
        if self.spec.assignment_rules != Some(true) {
            return Ok(None);
        }
        let object = quoted(&self.spec.object);
        let soql = format!("SELECT Id FROM AssignmentRule WHERE SobjectType = {object} AND Active = true");
        let page = self.org.query(&soql, false, cancel)?;
        let rule = page.rows.into_iter().next().and_then(|row| row.into_iter().next());
        rule.map(Some).ok_or_else(|| {
            ConnectError::refused(
                format!("{} has no active assignment rule", self.spec.object),
                "Run without assignment rules, or activate one in Setup.",
            )
        })
    }

    /// Commits a job, or asks what became of it, which is the same: see `asking`.
    pub(super) fn commit_job(
        &self,
        ticket: &Ticket,
        sent: &Sent,
        asking: Asking,
        cancel: &Cancel,
        report: &mut Report,
    ) -> Result<(), ConnectError> {
        let Some(id) = &ticket.job else {
            return Err(ConnectError::Lost { message: "the note of this delivery names no job".to_owned() });
        };
        let job = Job { id: id.clone(), version: ticket.version.clone() };
        let mut begun = asking == Asking::Whatever;
        let told = |error: OrgError, begun: bool| told(error, begun, asking, cancel);
        let info = match self.end_of(&job, &mut begun, cancel) {
            Ok(End::Ended(info)) => info,
            Ok(End::NeverBegan) => return Ok(()),
            Err(error) if begun && error.has_code("NOT_FOUND") => {
                for (row, _) in &sent.rows {
                    report(*row, forgotten(&job));
                }
                return Ok(());
            }
            Err(error) => return Err(told(error, begun)),
        };
        let mut results = Results::new(sent, &self.spec.columns, self.terms.pair_by);
        self.read_results(&job, &info, &mut results, cancel).map_err(|error| told(error, true))?;
        results.all_read();
        if results.strangers > 0 {
            tracing::warn!(job = job.id, results.strangers, "results that belong to no row sent");
        }
        self.report_job(&job, &info, results, sent, report);
        Ok(())
    }

    /// Closes the job if it is open, waits for its end however long that takes, and stops it when somebody asks. `begun` says
    /// whether it may have begun, also when this fails.
    fn end_of(&self, job: &Job, begun: &mut bool, cancel: &Cancel) -> Result<End, OrgError> {
        let mut wait = FIRST_LOOK;
        let mut closed = false;
        let mut stopped = false;
        loop {
            let stopping = cancel.requested();
            let stop = if stopping { Stop::when_forced(cancel) } else { Stop::from(cancel) };
            let info = match self.org.job(job, stop) {
                // Somebody asked to stop while we looked: look again, and stop the job.
                Err(OrgError::Cancelled) if !cancel.forced() => continue,
                result => result?,
            };
            *begun |= info.state != JobState::Open;
            match info.state {
                JobState::Open if stopping && !closed => {
                    self.org.abort_job(job, Stop::when_forced(cancel))?;
                    return Ok(End::NeverBegan);
                }
                JobState::Open if !closed => {
                    let result = self.org.close_job(job, Stop::from(cancel));
                    if let Err(OrgError::Cancelled) = result {
                        continue;
                    }
                    closed = true;
                    *begun |= matches!(result, Ok(_) | Err(OrgError::Lost { .. }));
                    result?;
                    continue;
                }
                _ if info.state.ended() => return Ok(End::Ended(info)),
                _ if stopping && !stopped => {
                    stopped = true;
                    match self.org.abort_job(job, Stop::when_forced(cancel)) {
                        // It ended just before: its results are as good.
                        Ok(_) | Err(OrgError::Refused { .. }) => continue,
                        Err(error) => return Err(error),
                    }
                }
                _ => {}
            }
            if cancel.forced() {
                return Err(OrgError::Cancelled);
            }
            match cancel.sleep(wait) {
                Ok(()) => wait = (wait * 2).min(LONGEST_LOOK),
                // Asked to stop, a sleep ends at once; what is left to wait for is the job's answer to that.
                Err(Cancelled) if stopped => pause(FIRST_LOOK * 10),
                Err(Cancelled) => {}
            }
        }
    }

    fn read_results(
        &self,
        job: &Job,
        info: &JobInfo,
        results: &mut Results<'_>,
        cancel: &Cancel,
    ) -> Result<(), OrgError> {
        for part in [Part::Failed, Part::Unprocessed, Part::Successful] {
            match self.org.job_results(job, part, Stop::when_forced(cancel)) {
                Ok(csv) => results.read(part, csv)?,
                // A job that did not get through need not have every set.
                Err(OrgError::Refused { refusal, .. }) if info.state != JobState::Complete => {
                    tracing::warn!(job = job.id, ?part, %refusal, "no such results");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn report_job(&self, job: &Job, info: &JobInfo, mut results: Results<'_>, sent: &Sent, report: &mut Report) {
        // Sent again, such rows would fail again, for ever.
        let refused_whole = (info.state == JobState::Failed && !results.anything_done())
            .then(|| Arc::new(rejection::of_job(info.error.as_deref())));
        let mut known: HashMap<u32, Arc<Rejection>> = HashMap::new();
        for ((row, _), fate) in sent.rows.iter().zip(std::mem::take(&mut results.fates)) {
            let outcome = match fate {
                Fate::Done(id, created) => self.done(id, created),
                Fate::Refused(number) => {
                    let told = known.entry(number).or_insert_with(|| Arc::new(results.reason(number)));
                    RowOutcome::Failed(Arc::clone(told))
                }
                Fate::Unknown | Fate::Untried if let Some(why) = &refused_whole => RowOutcome::Failed(why.clone()),
                Fate::Untried => continue,
                Fate::Unknown => unconfirmed(
                    format!("the row is in none of the three result sets of job {}", job.id),
                    "Look for its record in the org before running it again.",
                ),
            };
            report(*row, outcome);
        }
    }
}

/// Waits a moment that nobody can cut short.
fn pause(time: Duration) {
    // A wish of its own, which nobody knows and so nobody utters.
    let _never_cancelled = Cancel::new().sleep(time).is_ok();
}

/// What is known before a job is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    /// It was just staged, and nobody has closed it.
    ForTheFirstTime,
    /// It may be open, at work, ended or gone.
    Whatever,
}

/// The error as the engine must take it: once a job may have begun, no failure to hear of it says that nothing was done. A
/// refusal stays one, since asking again at once is in vain; of a delivery with a job it says nothing about the rows.
fn told(error: OrgError, begun: bool, asking: Asking, cancel: &Cancel) -> ConnectError {
    match ConnectError::from(error) {
        _ if begun && cancel.forced() => {
            ConnectError::Lost { message: "the job's end was not awaited; it goes on in the org".to_owned() }
        }
        // Asking again is safe however often.
        ConnectError::Lost { message } if asking == Asking::Whatever => ConnectError::Busy { message, after: None },
        ConnectError::Busy { message, .. } if begun && asking == Asking::ForTheFirstTime => {
            ConnectError::Lost { message }
        }
        error => error,
    }
}

fn forgotten(job: &Job) -> RowOutcome {
    unconfirmed(
        format!("job {} is no longer in the org, which keeps jobs for seven days", job.id),
        "Look for the row's record in the org before running it again.",
    )
}

/// The engine's rows as the client takes them.
struct Pieces<'a> {
    rows: &'a mut dyn EncodedRows,
    /// Why they stopped coming.
    broke: Option<ConnectError>,
}

impl Chunks for Pieces<'_> {
    fn next(&mut self) -> Result<Option<Vec<u8>>, Stopped> {
        self.rows.next().map_err(|error| {
            self.broke = Some(error);
            Stopped
        })
    }

    fn rewind(&mut self) {
        self.rows.rewind();
    }
}
