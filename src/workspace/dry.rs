//! Dry runs: what a run would do over every row, and what it would take of each org.

use super::{Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::engine::{Forecast, Preview};
use crate::integration::Integration;
use crate::salesforce::{Limit, Org};

/// What a run would do, over every row.
#[derive(Debug, Clone, PartialEq)]
pub struct DryRun {
    /// What each step would do.
    pub steps: Vec<Preview>,
    /// What it would take of each org that it writes to.
    pub api_use: Vec<ApiUse>,
}

/// What a run would take of an org, and what the org has left.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiUse {
    /// The org's alias.
    pub org: String,
    /// What the run would take, about.
    pub forecast: Forecast,
    /// API requests that the day has left, and how many a day has.
    pub calls_left: Option<(u64, u64)>,
    /// Bulk batches that the day has left.
    pub batches_left: Option<u64>,
    /// Platform events that the hour has left.
    pub events_left: Option<u64>,
    /// Why the run would pause or stop on its way, with what to do about it.
    pub concerns: Vec<String>,
}

impl ApiUse {
    fn new(org: &str, forecast: Forecast, limits: &[Limit]) -> ApiUse {
        let limit = |name: &str| {
            let limit = limits.iter().find(|limit| limit.name == name)?;
            Some((u64::try_from(limit.remaining).unwrap_or(0), u64::try_from(limit.max).unwrap_or(0)))
        };
        let left = |names: [&str; 2]| names.into_iter().find_map(limit).map(|(left, _)| left);
        ApiUse {
            org: org.to_owned(),
            forecast,
            calls_left: limit("DailyApiRequests"),
            batches_left: left(["DailyBulkApiBatches", "DailyBulkApiRequests"]),
            events_left: left(["HourlyPublishedPlatformEvents", "HourlyPublishedStandardVolumePlatformEvents"]),
            concerns: Vec::new(),
        }
    }

    /// What it takes, in a sentence.
    pub fn sentence(&self) -> String {
        let Forecast { calls, jobs, bulk_rows, events, .. } = self.forecast;
        let mut what = format!("About {calls} API requests");
        if jobs > 0 {
            what.push_str(&format!(", {bulk_rows} rows in {jobs} Bulk jobs"));
        }
        if events > 0 {
            what.push_str(&format!(", {events} platform events"));
        }
        match self.calls_left {
            Some((left, of)) => format!("{what}; {} has {left} of {of} requests left today.", self.org),
            None => format!("{what}; {} does not say how many it has left.", self.org),
        }
    }

    /// Notes what stands in the way.
    fn weigh(&mut self, share: u64, ceiling: Option<u64>) {
        let Forecast { calls, batches, events, .. } = self.forecast;
        if let Some(most) = ceiling.filter(|most| calls > *most) {
            self.concerns.push(format!(
                "The run may make {most} requests at most, so that it will probably stop on its way. Raise the limit in the step's options."
            ));
        }
        if let Some((left, _)) = self.calls_left
            && calls > left * share / 100
        {
            self.concerns.push(format!(
                "It may use {share} % of the {left} requests that {} has left, so that it will probably pause until the org has more. \
                 Bulk takes fewer requests; or run it at another hour.",
                self.org
            ));
        }
        for (need, left, what) in
            [(batches, self.batches_left, "Bulk batches of the day"), (events, self.events_left, "events of the hour")]
        {
            if let Some(left) = left.filter(|left| need > *left) {
                let org = &self.org;
                self.concerns.push(format!(
                    "It needs about {need} {what}, and {org} has {left} left. Run it in parts, or later."
                ));
            }
        }
    }
}

impl Workspace {
    /// What a run would do, over every row.
    pub fn dry_run(&self, integration: &Integration, cancel: &Cancel) -> Result<DryRun, WorkspaceError> {
        if integration.goes_both_ways() {
            let name = &integration.name;
            return Err(WorkspaceError::new(format!(
                "\"{name}\" goes both ways, so that no run of it can be foretold"
            ))
            .hint(format!("Look at what its sync would do with: linkspan sync \"{name}\" --look")));
        }
        let steps = self.look(integration, 200, true, cancel)?;
        let mut api_use: Vec<ApiUse> = Vec::new();
        for (preview, step) in steps.iter().zip(&integration.steps) {
            let Some(forecast) = preview.forecast.filter(|_| step.into.is_none()) else { continue };
            match api_use.iter_mut().find(|known| known.org.eq_ignore_ascii_case(&step.org)) {
                Some(known) => known.forecast += forecast,
                None => api_use.push(ApiUse::new(&step.org, forecast, &self.limits_of(&step.org, cancel)?)),
            }
        }
        for used in &mut api_use {
            let budgets = || {
                let orgs = integration.steps.iter().filter(|step| step.into.is_none());
                let steps = orgs.filter(|step| step.org.eq_ignore_ascii_case(&used.org));
                steps.map(|step| &step.options.budget)
            };
            let share = budgets().map(|budget| budget.share_of_day).min().unwrap_or(100);
            let ceiling = budgets().filter_map(|budget| budget.most_calls).min();
            used.weigh(u64::from(share), ceiling);
        }
        Ok(DryRun { steps, api_use })
    }

    /// The limits of an org; none where the user may not see them.
    fn limits_of(&self, alias: &str, cancel: &Cancel) -> Result<Vec<Limit>, WorkspaceError> {
        let org: Org = self.connect(alias)?;
        Ok(org.limits(cancel).unwrap_or_else(|error| {
            tracing::warn!(%error, "the org's limits are not known");
            Vec::new()
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(forecast: Forecast, limits: &[(&str, i64, i64)], share: u64, ceiling: Option<u64>) -> ApiUse {
        let limits: Vec<Limit> = limits
            .iter()
            .map(|(name, remaining, max)| Limit { name: (*name).to_owned(), max: *max, remaining: *remaining })
            .collect();
        let mut used = ApiUse::new("erp", forecast, &limits);
        used.weigh(share, ceiling);
        used
    }

    #[test]
    fn what_is_enough_is_no_concern() {
        let forecast = Forecast { calls: 80, ..Forecast::default() };
        let used = used(forecast, &[("DailyApiRequests", 100, 5_000)], 80, Some(80));
        assert_eq!(used.sentence(), "About 80 API requests; erp has 100 of 5000 requests left today.");
        assert!(used.concerns.is_empty(), "{used:?}");
    }

    #[test]
    fn what_is_too_little_is_said_with_what_to_do() {
        let forecast = Forecast { calls: 81, jobs: 2, bulk_rows: 200_000, batches: 20, events: 7, kept_bytes: 0 };
        let limits = [
            ("DailyApiRequests", -3, 5_000),
            ("DailyBulkApiBatches", 19, 15_000),
            ("HourlyPublishedPlatformEvents", 6, 9),
        ];
        let used = used(forecast, &limits, 80, Some(80));
        assert_eq!(used.concerns.len(), 4, "{used:?}");
        assert!(
            used.sentence()
                .starts_with("About 81 API requests, 200000 rows in 2 Bulk jobs, 7 platform events; erp has 0 of")
        );
    }
}
