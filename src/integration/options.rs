//! How a step runs. Every option is visible, is kept with the integration, and says in a sentence what it does.

use super::{TryAgain, is_default};
use crate::connect::{Api, Operation};
use crate::retry::RetryPolicy;
use serde::{Deserialize, Serialize};

/// How a step runs. Every option is visible and stored with the integration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Which API rows go through. Default: chosen by the number of rows, and by what only one of them can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// Whether a row that finds no record makes one. Default true; of meaning for upserts.
    pub create: bool,
    /// Rows in a REST call, 1 to 200. Default 200.
    pub rows_per_call: u16,
    /// Deliveries under way at once, 1 to 10. Default: 4 calls of REST, 3 jobs of the Bulk API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u8>,
    /// Whether the first row that cannot be sent ends the run. Default false.
    pub stop_at_first_bad_row: bool,
    /// Whether a REST call with one bad row does nothing at all. Default false; REST only.
    pub all_or_none: bool,
    /// Whether assignment rules run for leads, cases and accounts. Default false: the same on every API.
    pub assignment_rules: bool,
    /// Whether records are saved although a duplicate rule warns. Default false; REST only.
    pub save_duplicates: bool,
    /// Whether deleted records skip the recycle bin, so that nothing can bring them back. Default false; Bulk API only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hard_delete: bool,
    /// What happens to rows of the file that are about the same record. Default: none of them is sent.
    pub duplicates: Duplicates,
    /// Whether the text `#N/A` empties a field, as in Data Loader. Default true.
    pub clear_mark: bool,
    /// Whether rows whose record has every value already are left out. Default true; costs a look at each record.
    pub skip_equal: bool,
    /// Whether the values that a run changes or deletes are kept, so that the run can be undone. Default true; costs a look at
    /// each record.
    pub keep_before: bool,
    /// What happens to records of the org that are no longer in the source.
    #[serde(skip_serializing_if = "is_default")]
    pub absent: Absent,
    /// How much of the org's API requests the run may take, and when.
    #[serde(skip_serializing_if = "is_default")]
    pub budget: Budget,
    /// How patiently a passing fault is met.
    #[serde(skip_serializing_if = "is_default")]
    pub retry: RetryPolicy,
    /// How often rows that did not get through are tried, and when by themselves.
    #[serde(skip_serializing_if = "is_default")]
    pub again: TryAgain,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            api: None,
            create: true,
            rows_per_call: 200,
            parallel: None,
            stop_at_first_bad_row: false,
            all_or_none: false,
            assignment_rules: false,
            save_duplicates: false,
            hard_delete: false,
            duplicates: Duplicates::Reject,
            clear_mark: true,
            skip_equal: true,
            keep_before: true,
            absent: Absent::default(),
            budget: Budget::default(),
            retry: RetryPolicy::default(),
            again: TryAgain::default(),
        }
    }
}

/// What happens to rows of one file that are about the same record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// None of them is sent.
    #[default]
    Reject,
    /// The first is taken, whatever becomes of it; the others are skipped.
    First,
    /// The last is taken, whatever becomes of it; the others are skipped.
    Last,
}

/// What happens to records of the org that are no longer in the source: those that have a key which no row has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Absent {
    /// What happens to them. Default: nothing.
    pub then: AbsentThen,
    /// Which records of the object belong to this source, as a condition of a query; blank for all that have a key.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub within: String,
    /// Records above which a person must confirm. Default 50.
    pub confirm_above: u64,
}

impl Default for Absent {
    fn default() -> Self {
        Absent { then: AbsentThen::Leave, within: String::new(), confirm_above: 50 }
    }
}

/// What happens to a record that is no longer in the source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsentThen {
    /// Nothing, and nobody looks for it.
    #[default]
    Leave,
    /// It is listed among the run's rows, as skipped.
    List,
    /// A field of it is set.
    Set {
        /// The field, such as `IsActive`.
        field: String,
        /// Its value, such as `false`.
        value: String,
    },
    /// It is deleted.
    Delete,
}

/// How much of the org's API requests a run may take, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// API calls that the run may never exceed; it stops before, and can be continued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_calls: Option<u64>,
    /// Share of the day's remaining API requests that the run may use, in percent; then it pauses. Default 80.
    pub share_of_day: u8,
    /// Hours of the day in which nothing is sent: the run pauses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { most_calls: None, share_of_day: 80, quiet: None }
    }
}

/// Hours of the day in which nothing is sent, in the integration's time zone; may reach over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// Minute of the day at which they begin, 0 to 1,439.
    pub from: u16,
    /// Minute of the day at which they end.
    pub to: u16,
}

impl Quiet {
    /// Minutes left of the quiet hours at a minute of the day; `None` outside them.
    pub fn left(self, minute: u16) -> Option<u16> {
        const DAY: u16 = 24 * 60;
        let (from, to) = (self.from % DAY, self.to % DAY);
        let inside = if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to };
        inside.then(|| (to + DAY - minute) % DAY)
    }
}

/// Rows from which the Bulk API is the better door.
pub const BULK_FROM_ROWS: u64 = 2_000;

/// Objects that the Bulk API does not take, as its documentation and other tools' maintained lists have them.
const NOT_IN_BULK: [&str; 16] = [
    "AcceptedEventRelation",
    "Attachment",
    "CaseStatus",
    "ContentDocumentLink",
    "ContentVersion",
    "ContractStatus",
    "DeclinedEventRelation",
    "Document",
    "EventWhoRelation",
    "OrderStatus",
    "PartnerRole",
    "SolutionStatus",
    "TaskPriority",
    "TaskStatus",
    "TaskWhoRelation",
    "UndecidedEventRelation",
];

impl Options {
    /// The API for so many rows of an object, and the reason in words. What only one of the two can do decides, even against a choice.
    pub fn api_for(&self, operation: Operation, object: &str, rows: u64) -> (Api, String) {
        let (many, few) = (grouped(rows), grouped(BULK_FROM_ROWS));
        let (rest, bulk) = (Api::Rest.label(), Api::Bulk.label());
        if let Some(why) = self.needs_rest(object) {
            return (Api::Rest, format!("{rest} because {why}"));
        }
        if operation == Operation::Delete && self.hard_delete {
            return (Api::Bulk, format!("{bulk} because only it deletes without the recycle bin"));
        }
        // An org has no other door.
        match self.api.filter(|api| *api != Api::Direct) {
            Some(api) => (api, format!("{} as chosen", api.label())),
            None if rows < BULK_FROM_ROWS => (Api::Rest, format!("{rest} because {many} rows are fewer than {few}")),
            None => (Api::Bulk, format!("{bulk} because {many} rows are {few} or more")),
        }
    }

    /// Why rows of this object must go through REST, if they must.
    fn needs_rest(&self, object: &str) -> Option<String> {
        let lacks = |what: &str| Some(format!("{what}, which {} cannot", Api::Bulk.label()));
        if self.all_or_none {
            lacks("a call is to be done whole or not at all")
        } else if self.save_duplicates {
            lacks("records are to be saved although a duplicate rule warns")
        } else if NOT_IN_BULK.iter().any(|name| name.eq_ignore_ascii_case(object)) {
            Some(format!("{} does not take {object}", Api::Bulk.label()))
        } else {
            None
        }
    }
}

/// A count as people read it: `1,000,000`.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_follows_the_rows_unless_somebody_chose() {
        let options = Options::default();
        let api = |options: &Options, rows| options.api_for(Operation::Insert, "Account", rows);
        assert_eq!(api(&options, 93), (Api::Rest, "REST collections because 93 rows are fewer than 2,000".to_owned()));
        assert_eq!(api(&options, 1_000_000).1, "Bulk API 2.0 because 1,000,000 rows are 2,000 or more");
        assert_eq!(api(&Options { api: Some(Api::Rest), ..options }, 2_000).0, Api::Rest);
    }

    #[test]
    fn what_only_one_api_can_do_decides() {
        let bulk = Options { api: Some(Api::Bulk), ..Options::default() };
        for options in
            [Options { all_or_none: true, ..bulk.clone() }, Options { save_duplicates: true, ..bulk.clone() }]
        {
            let (api, why) = options.api_for(Operation::Upsert, "Account", 1_000_000);
            assert!(api == Api::Rest && why.contains("which Bulk API 2.0 cannot"), "{why}");
        }
        assert_eq!(bulk.api_for(Operation::Insert, "contentversion", 5_000).0, Api::Rest);
        let hard = Options { hard_delete: true, api: Some(Api::Rest), ..Options::default() };
        assert_eq!(hard.api_for(Operation::Delete, "Account", 3).0, Api::Bulk);
        assert_eq!(hard.api_for(Operation::Update, "Account", 3).0, Api::Rest);
    }

    #[test]
    fn quiet_hours_reach_over_midnight() {
        let night = Quiet { from: 22 * 60, to: 6 * 60 };
        assert_eq!([21 * 60, 22 * 60, 0, 6 * 60].map(|minute| night.left(minute)), [None, Some(480), Some(360), None]);
        let noon = Quiet { from: 12 * 60, to: 13 * 60 };
        assert_eq!([11 * 60, 12 * 60 + 30, 13 * 60].map(|minute| noon.left(minute)), [None, Some(30), None]);
    }
}
