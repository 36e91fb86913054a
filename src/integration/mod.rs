//! What a person designs: an [`Integration`] of [`Step`]s, checked into a [`Plan`], or [`Problem`]s that say why it cannot run.

mod again;
mod drift;
pub mod exchange;
mod form;
mod options;
mod passes;
mod plan;
mod repair;
mod sync;

pub use again::{TryAgain, WhenAgain};
pub use drift::{Change, Drift, Seen, SeenColumn, SeenField};
pub use form::{FORMAT_VERSION, FormError};
pub use options::{Absent, AbsentThen, BULK_FROM_ROWS, Budget, Duplicates, Options, Quiet};
pub use passes::Pass;
pub use plan::{Key, Plan, PlannedStep, Problem, Shapes};
pub use sync::{Keeps, LineTerms, LineWay, Mark, MatchRule, Sync, SyncLine, SyncPlan, SyncShapes, SyncSide, Synced};

use crate::connect::file::FileFormat;
use crate::connect::{Api, DatabaseSettings, Operation, SourceSettings};
use crate::formula::Blanks;
use crate::mapping::{Mapping, Reading, Table};
use serde::{Deserialize, Serialize};

/// One or more steps in the order in which they run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Integration {
    /// What people call it.
    pub name: String,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Tables that formulas and value maps may use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
    /// What its formulas go by.
    #[serde(default, skip_serializing_if = "is_default")]
    pub formulas: FormulaTerms,
    /// Of the run of a sync: what was designed, whose deeds its steps do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synced: Option<Box<Synced>>,
    /// The file of another tool that it was read from, so that saving it there loses nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<exchange::Foreign>,
}

/// What the formulas of an integration go by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FormulaTerms {
    /// What blank numbers are: `zero`, as in Salesforce unless somebody says otherwise, or `blank`. Default zero.
    #[serde(with = "blanks")]
    pub blanks: Blanks,
    /// The time zone in which TODAY() and DATEVALUE() tell the day, `Europe/Berlin`. Default UTC.
    pub time_zone: String,
}

impl Default for FormulaTerms {
    fn default() -> Self {
        FormulaTerms { blanks: Blanks::Zero, time_zone: "UTC".to_owned() }
    }
}

/// Blanks as a word.
mod blanks {
    use crate::formula::Blanks;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(blanks: &Blanks, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match blanks {
            Blanks::Zero => "zero",
            Blanks::Blank => "blank",
        })
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Blanks, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "zero" => Ok(Blanks::Zero),
            "blank" => Ok(Blanks::Blank),
            other => Err(serde::de::Error::custom(format!("blanks are zero or blank, not {other}"))),
        }
    }
}

/// Rows from a source, in the shape of a mapping, into an object of an org, a table of a database or a text file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Where rows come from.
    pub source: SourceSettings,
    /// Alias of the org they go to; blank where they go into a database or a file.
    #[serde(default)]
    pub org: String,
    /// The database or text file they go to, where that is no org.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<DatabaseSettings>,
    /// API name of the object, or the name of the table; that of a text file is the file's.
    pub object: String,
    /// What happens to its records.
    pub operation: Operation,
    /// How the record of a row is found; of no meaning for inserts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub find: Find,
    /// Which column goes into which field.
    pub mapping: Mapping,
    /// How it runs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: Options,
    /// That it goes both ways, and how; else it loads from its source into its object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<Box<Sync>>,
    /// What both ends looked like when a person last said that they are right; what has changed since is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
}

/// How the record that a row is about is found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Find {
    /// By its record id.
    #[default]
    Id,
    /// By an external id or lookup field, which Salesforce looks up itself.
    ExternalId(String),
    /// By any fields that must all agree, looked up beforehand without case. A row that finds several records is held.
    Match(Vec<String>),
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Integration {
    /// An integration without steps, in the time zone of this computer.
    pub fn new(name: impl Into<String>) -> Integration {
        let zone = jiff::tz::TimeZone::system().iana_name().map(str::to_owned);
        let formulas =
            zone.map_or_else(FormulaTerms::default, |time_zone| FormulaTerms { time_zone, ..FormulaTerms::default() });
        Integration { name: name.into(), steps: Vec::new(), tables: Vec::new(), formulas, synced: None, foreign: None }
    }

    /// Whether some step goes both ways, so that it is synced and not run.
    pub fn goes_both_ways(&self) -> bool {
        self.steps.iter().any(|step| step.sync.is_some())
    }

    /// Whether its steps do what a sync has decided: it is what the run of a sync is made of.
    pub fn does_deeds(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.source, SourceSettings::Sync(_)))
    }

    /// How the source of a step is to be read, and what its formulas go by. `now` is the time of the run.
    pub fn reading(&self, step: &Step, now: i64) -> Reading {
        Reading {
            formats: step.source.formats(),
            columns: step.source.columns(),
            tables: self.tables.clone(),
            clear_mark: step.options.clear_mark,
            blanks: self.formulas.blanks,
            zone: jiff::tz::TimeZone::get(&self.formulas.time_zone).unwrap_or(jiff::tz::TimeZone::UTC),
            now,
        }
    }
}

impl Step {
    /// Where its rows go, as people call it: the org's alias, or the name of the file.
    pub fn place(&self) -> String {
        self.into.as_ref().map_or_else(|| self.org.clone(), DatabaseSettings::name)
    }

    /// Whether another step writes to the same org or database.
    pub fn same_place(&self, other: &Step) -> bool {
        self.into == other.into && self.org.eq_ignore_ascii_case(&other.org)
    }

    /// The API for so many rows, and the reason in words.
    pub fn api_for(&self, rows: u64) -> (Api, String) {
        match &self.into {
            Some(into) if into.csv.is_some() => {
                return (Api::Direct, "the file itself because the rows go into a text file".to_owned());
            }
            Some(_) => return (Api::Direct, format!("{} because the rows go into a table", Api::Direct.label())),
            None => {}
        }
        self.options.api_for(self.operation, &self.object, rows)
    }

    /// The table that its rows come from, where they come from a database: what can also be written to, and so be an end of a sync.
    pub fn source_table(&self) -> Option<&str> {
        match &self.source.file()?.format {
            FileFormat::Sqlite(sqlite) => Some(&sqlite.table),
            FileFormat::Csv(_) | FileFormat::Workbook(_) => None,
        }
    }

    /// What it does, in words: *Upsert Account by ERP_Id__c from customers.csv*; *Sync Customers of northwind.db with Account both ways*.
    pub fn sentence(&self) -> String {
        if self.sync.is_some() {
            let source = self.source.name();
            let source = self.source_table().map_or_else(|| source.clone(), |table| format!("{table} of {source}"));
            return format!("Sync {source} with {} both ways", self.object);
        }
        let verb = match self.operation {
            Operation::Insert => "Insert",
            Operation::Update => "Update",
            Operation::Upsert => "Upsert",
            Operation::Delete => "Delete",
        };
        let source = self.source.name();
        let by = match (self.operation, &self.find) {
            (Operation::Insert, _) => String::new(),
            (_, Find::Id) if self.into.is_some() => " by key".to_owned(),
            (_, Find::Id) => " by record id".to_owned(),
            (_, Find::ExternalId(field)) => format!(" by {field}"),
            (_, Find::Match(fields)) => format!(" by {}", fields.join(" and ")),
        };
        format!("{verb} {}{by} from {source}", self.object)
    }
}
