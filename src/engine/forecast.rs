//! What a run is going to take of an org: requests, jobs, rows by Bulk, events; worked out by a dry run.
//!
//! Requests of looking at what is there are as many as the dry run itself made. Those of sending follow from the rows that would be
//! sent; how often a job is asked for its end depends on the org, so that the sum is a good guess, and rather too high.

use super::Reach;
use super::lane::Lane;
use super::preview::{Preview, PreviewRow, Verdict};
use crate::connect::{Api, Terms};
use crate::integration::{Key, PlannedStep};

/// Rows that Bulk API 2.0 takes as one batch of the day's.
const BATCH: u64 = 10_000;
/// Requests of a job beside asking for its end: make, upload, close, and three sets of results.
const CALLS_OF_JOB: u64 = 6;
/// How often a job is asked for its end, at a guess, for each batch in it.
const POLLS_OF_BATCH: u64 = 5;

/// What a step is going to take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forecast {
    /// API requests, about.
    pub calls: u64,
    /// Bulk jobs.
    pub jobs: u64,
    /// Rows sent by Bulk jobs.
    pub bulk_rows: u64,
    /// Batches of the day's that those jobs count as.
    pub batches: u64,
    /// Platform events published.
    pub events: u64,
    /// Bytes of former values that are kept so that the run can be undone, about.
    pub kept_bytes: u64,
}

impl std::ops::AddAssign for Forecast {
    fn add_assign(&mut self, other: Forecast) {
        self.calls += other.calls;
        self.jobs += other.jobs;
        self.bulk_rows += other.bulk_rows;
        self.batches += other.batches;
        self.events += other.events;
        self.kept_bytes += other.kept_bytes;
    }
}

/// What the rows looked at would weigh.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight {
    sent: u64,
    kept: u64,
}

impl Weight {
    pub(super) fn add(&mut self, row: &PreviewRow) {
        use super::preview::CellChange::{Clear, From, Keep};
        if matches!(row.verdict, Verdict::Create | Verdict::Update | Verdict::Delete) {
            let written = row.cells.iter().filter(|cell| cell.change != Keep);
            self.sent += 20 + written.map(|cell| cell.new.len() as u64 + 3).sum::<u64>();
        }
        if row.verdict == Verdict::Update {
            let old = row.cells.iter().map(|cell| match &cell.change {
                From(old) | Clear(old) => old.len() as u64 + 2,
                _ => 2,
            });
            self.kept += 40 + old.sum::<u64>();
        }
    }
}

/// What a step takes when all its rows were looked at with so many requests.
pub(super) fn forecast(planned: &PlannedStep, end: &Reach, preview: &Preview, weight: Weight, looked: u64) -> Forecast {
    let options = &planned.step.options;
    let (api, _) = planned.step.api_for(preview.looked_at);
    let by_lane = match (&planned.key, preview.delete) {
        (_, 1..) => [preview.delete, 0],
        (Key::Lookup(_), 0) => [preview.update, preview.create],
        (_, 0) => [preview.create + preview.update, 0],
    };
    let rows: u64 = by_lane.iter().sum();
    let mut all = Forecast { calls: looked, ..Forecast::default() };
    if options.keep_before {
        all.kept_bytes = weight.kept;
    }
    if planned.shape.object.name.ends_with("__e") {
        all.events = rows;
    }
    let terms = |lane: &Lane| end.target(planned, lane, api, |_| ()).terms().clone();
    for (lane, rows) in Lane::of(planned).iter().zip(by_lane).filter(|(_, rows)| *rows > 0) {
        let share = weight.sent * rows / by_lane.iter().sum::<u64>().max(1);
        let deliveries = deliveries(&terms(lane), rows, share);
        match api {
            Api::Rest => all.calls += deliveries,
            Api::Direct => {}
            Api::Bulk => {
                let batches = rows.div_ceil(BATCH).max(deliveries);
                all.jobs += deliveries;
                all.bulk_rows += rows;
                all.batches += batches;
                all.calls += deliveries * CALLS_OF_JOB + batches * POLLS_OF_BATCH;
            }
        }
    }
    all
}

fn deliveries(terms: &Terms, rows: u64, bytes: u64) -> u64 {
    rows.div_ceil(terms.rows.max(1) as u64).max(bytes.div_ceil(terms.bytes.max(1) as u64))
}
