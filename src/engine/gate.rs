//! The gate before every piece of work that costs API requests: it lets a run through, lets it wait for its hour, or ends it at its
//! limit.
//!
//! The limit itself is kept by the client, which makes no call beyond it whatever happens; the gate closes a little before, so that
//! what is under way can still be asked for.

use super::meter::Meter;
use super::{Desk, EngineError, Reach};
use crate::integration::Budget;
use crate::salesforce::CallCap;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Calls kept back for what is under way when the gate closes: each delivery of a job needs its end and three result sets.
const KEPT_BACK: u64 = 8;

/// How long a run waits before it looks again whether the org has requests left.
const LOOK_AGAIN: i64 = 15 * 60_000;

/// Longest sleep at a time: a computer that was asleep itself is to notice the hour.
const NAP: i64 = 30_000;

/// The gate of one stretch of a run.
pub(super) struct Gate {
    zone: TimeZone,
    cap: CallCap,
    /// Requests in use at which the run pauses, by alias.
    shares: Mutex<BTreeMap<String, u64>>,
    landing: Mutex<()>,
}

impl Gate {
    /// A gate for a run that has made so many calls in earlier stretches; its orgs make no call beyond the limit.
    pub(super) fn new(job: &super::Job<'_>, calls_before: u64) -> Gate {
        let limits = job.plan.steps.iter().filter_map(|planned| planned.step.options.budget.most_calls);
        let cap = CallCap::new(limits.min().map(|most| most.saturating_sub(calls_before)));
        job.ends.iter().filter_map(Reach::org).for_each(|org| org.cap_calls(&cap));
        let zone = TimeZone::get(&job.plan.integration.formulas.time_zone).unwrap_or(TimeZone::UTC);
        Gate { zone, cap, shares: Mutex::default(), landing: Mutex::default() }
    }

    /// One delivery's turn to hold what became of its rows: a job has many, and they are written one delivery after the other anyway.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        self.landing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the run through, or waits until it may go on.
    pub(super) fn pass(&self, desk: &Desk<'_>, step: usize, meter: &Meter) -> Result<(), EngineError> {
        let budget = &desk.plan.steps[step].step.options.budget;
        let org = desk.ends[step].org();
        loop {
            desk.cancel.check()?;
            if org.is_some() && self.cap.left().is_some_and(|left| left <= KEPT_BACK) {
                return Err(EngineError::Ceiling(budget.most_calls.unwrap_or_default()));
            }
            let Some((until, why)) = self.quiet(budget, desk.clock.now()).or_else(|| self.spent(desk, step)) else {
                meter.paused(None);
                return Ok(());
            };
            meter.paused(Some((until, why)));
            while desk.clock.now() < until {
                let left = (until - desk.clock.now()).clamp(1, NAP);
                desk.cancel.sleep(Duration::from_millis(left as u64))?;
            }
            // What others used meanwhile is known only by asking.
            if let Some(Err(error)) = org.map(|org| org.limits(desk.cancel)) {
                tracing::warn!(%error, "the org's limits are not known");
            }
        }
    }

    /// Until when the hours are quiet.
    fn quiet(&self, budget: &Budget, now: i64) -> Option<(i64, String)> {
        let quiet = budget.quiet?;
        let time = self.zone.to_datetime(jiff::Timestamp::from_millisecond(now).ok()?);
        let minute = time.hour() as u16 * 60 + time.minute() as u16;
        let left = quiet.left(minute).filter(|left| *left > 0)?;
        let into_minute = i64::from(time.second()) * 1000 + i64::from(time.millisecond());
        Some((now + i64::from(left) * 60_000 - into_minute, "quiet hours".to_owned()))
    }

    /// Until when to wait because the run's share of the day is used up.
    fn spent(&self, desk: &Desk<'_>, step: usize) -> Option<(i64, String)> {
        let share = u64::from(desk.plan.steps[step].step.options.budget.share_of_day);
        let org = desk.ends[step].org()?;
        let usage = org.usage()?;
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = usage.used + usage.allowed.saturating_sub(usage.used) * share / 100;
        let until = *shares.entry(org.alias().to_owned()).or_insert(fresh);
        (share < 100 && usage.used >= until).then(|| {
            let why = format!(
                "{} of {} API requests of the day are used, and the run may use {share} % of what was left",
                usage.used, usage.allowed
            );
            (desk.clock.now() + LOOK_AGAIN, why)
        })
    }
}
