//! A step that goes both ways: what a person says about it beside the mapping.
//!
//! The step's source is the left end, its object the right one; its mapping says how left values look at the right end, where both are
//! compared. What goes back is the inverse of a line, or a rule of its own.

mod inverse;
mod plan;

pub use plan::{LineWay, SyncLine, SyncPlan, SyncSide};

use super::{Integration, Problem, Shapes, Step, is_default};
use crate::connect::{SyncPart, SyncSettings};
use crate::mapping::{Expression, Mapping, TargetShape};
use crate::record::Schema;
use crate::sync::{Deletes, Direction, End, Leniency, MatchBy, Strategy};
use serde::{Deserialize, Serialize};

/// How a step goes both ways.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sync {
    /// What people call the left end; blank for the name of its table or file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub left: String,
    /// What people call the right end. Default: Salesforce.
    pub right: String,
    /// The column that tells the left end's records apart.
    pub key: String,
    /// The left end's column that says when a record was changed last; blank where it has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stamp: String,
    /// The left end's column that says who changed it; blank where it has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub changed_by: String,
    /// Where each end keeps the other's key and the time of the last sync.
    #[serde(skip_serializing_if = "is_default")]
    pub keeps: Keeps,
    /// Which records of the object take part, as a condition of a query; blank for all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub within: String,
    /// Who is right about a field that both ends changed, unless its line says otherwise. Default: a person decides.
    pub strategy: Strategy,
    /// What is said of single lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineTerms>,
    /// How values go back where the inverse of their line does not say it: rules for columns of the left end, over fields of the right.
    #[serde(skip_serializing_if = "is_default")]
    pub back: Mapping,
    /// How records without a partner find one, in this order, after what they keep of each other's keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matching: Vec<MatchRule>,
    /// Whether records that only the right end has are made at the left one. Default true.
    pub create_left: bool,
    /// Whether records that only the left end has are made at the right one. Default true.
    pub create_right: bool,
    /// What a deletion at the left end does to the record at the right one. Default: nothing.
    pub deleted_left: Deletes,
    /// What a deletion at the right end does to the record at the left one. Default: nothing.
    pub deleted_right: Deletes,
    /// What marks a record of the left end as archived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive_left: Option<Mark>,
    /// What marks a record of the right end as archived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive_right: Option<Mark>,
    /// Seconds by which the clocks of both ends may disagree. Default 60.
    pub skew_seconds: u32,
    /// Who is right where stamps are closer than that; nobody, then a person decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tie: Option<End>,
    /// Records above which deletions must be confirmed. Default 50.
    pub confirm_deletes_above: u64,
    /// Minutes that a reading of the right end looks back behind the end of the last one. Default 10.
    pub overlap_minutes: u32,
}

impl Default for Sync {
    fn default() -> Self {
        Sync {
            left: String::new(),
            right: "Salesforce".to_owned(),
            key: String::new(),
            stamp: String::new(),
            changed_by: String::new(),
            keeps: Keeps::default(),
            within: String::new(),
            strategy: Strategy::Manual,
            lines: Vec::new(),
            back: Mapping::default(),
            matching: Vec::new(),
            create_left: true,
            create_right: true,
            deleted_left: Deletes::Ignore,
            deleted_right: Deletes::Ignore,
            archive_left: None,
            archive_right: None,
            skew_seconds: 60,
            tie: None,
            confirm_deletes_above: 50,
            overlap_minutes: 10,
        }
    }
}

/// Where each end keeps the other's key and the time of the last sync; blank for nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keeps {
    /// The left end's column for the record id of the partner, such as `SalesforceId`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub left_id: String,
    /// The left end's column for the time of the last sync, such as `LastSyncDate`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub left_synced: String,
    /// The right end's field for the time of the last sync, such as `LastSyncDate__c`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub right_synced: String,
    /// The right end's field for the hash of what both ends agree on, such as `SyncHash__c`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub right_hash: String,
}

/// What is said of one line of the mapping.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LineTerms {
    /// The field at the right end.
    pub target: String,
    /// Which way its values go. Default: both ways where they can go back, else to the right end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Who is right when both ends changed it. Default: what holds for the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// The formula that decides, where the strategy is a formula.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// What is no difference.
    #[serde(skip_serializing_if = "is_default")]
    pub ignore: Leniency,
}

/// One way in which records find their partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchRule {
    /// The field at the right end, which must have a line.
    pub target: String,
    /// How its values are compared.
    pub by: MatchBy,
}

/// What marks a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The column or field.
    pub field: String,
    /// What it then holds.
    pub value: String,
}

/// What the run of a sync keeps of its design, so that it goes on as it began whatever was changed since.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Synced {
    /// The integration's number.
    pub id: i64,
    /// What was designed.
    pub design: Integration,
    /// What both ends of each step looked like.
    pub shapes: Vec<SyncShapes>,
    /// Lines that are left out because an end has lost their column or field: the step, and a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspended: Vec<(usize, String)>,
    /// Whether the right ends are read whole although the last window is known.
    #[serde(default)]
    pub full: bool,
    /// Whether only what people decided is carried out.
    #[serde(default)]
    pub only_decisions: bool,
    /// Deletions that a person has confirmed.
    #[serde(default)]
    pub deletes: Option<u64>,
}

/// What both ends of a step that goes both ways look like.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SyncShapes {
    /// The left end as it is read.
    pub source: Schema,
    /// The left end as it is written.
    pub left: TargetShape,
    /// The right end.
    pub right: TargetShape,
}

impl PartialEq for Synced {
    fn eq(&self, other: &Synced) -> bool {
        self.design == other.design && self.id == other.id
    }
}

impl Synced {
    /// Leaves lines out whose column or field an end has lost, so that the others go on. What tells records apart cannot be left out.
    pub fn suspend(&mut self) {
        for (index, (step, shapes)) in self.design.steps.iter_mut().zip(&self.shapes).enumerate() {
            let Some(sync) = step.sync.as_mut() else { continue };
            let mut lost = Vec::new();
            step.mapping.rules.retain(|rule| {
                let column = match &rule.from {
                    Expression::Column(column) if *column != sync.key => shapes.source.position(column).is_none(),
                    _ => false,
                };
                let field = !rule.target.contains('.') && shapes.right.object.field(&rule.target).is_none();
                if column || field {
                    let (end, what) = match &rule.from {
                        Expression::Column(name) if column => (&shapes.source.name, format!("column {name}")),
                        _ => (&shapes.right.object.name, format!("field {}", rule.target)),
                    };
                    lost.push((
                        rule.target.clone(),
                        format!("{} is left out: {end} has no {what} any more", rule.target),
                    ));
                }
                !(column || field)
            });
            let gone = |target: &str| lost.iter().any(|(path, _)| path.eq_ignore_ascii_case(target));
            sync.lines.retain(|line| !gone(&line.target));
            sync.matching.retain(|rule| !gone(&rule.target));
            sync.back.rules.retain(|rule| shapes.left.object.field(&rule.target).is_some());
            self.suspended.extend(lost.into_iter().map(|(_, sentence)| (index, sentence)));
        }
    }

    /// The plan of a step as it was designed.
    pub fn plan(&self, step: usize, now: i64) -> Result<SyncPlan, Vec<Problem>> {
        let shapes = self.shapes.get(step).cloned();
        let Some(SyncShapes { source, left, right }) = shapes else {
            return Err(vec![Problem::of(step, "the sync has no such step")]);
        };
        SyncPlan::compile(&self.design, step, Shapes { source, target: right }, left, now)
    }

    /// What is done about deeds of one kind, in words: *Change in Salesforce*; of several steps, *Change Account in Salesforce*.
    pub fn sentence(&self, deeds: SyncSettings) -> String {
        let Some((step, sync)) = self.design.steps.get(deeds.step).and_then(|step| Some((step, step.sync.as_ref()?)))
        else {
            return String::new();
        };
        let [left, right] = sync.ends(step);
        let several = self.design.steps.len() > 1;
        let queried = step.source.query().map(|query| query.object().to_owned());
        let table = step.source_table().map(str::to_owned).or(queried).unwrap_or_else(|| step.source.name());
        let named = |before: &str, name: &str| if several { format!("{before}{name}") } else { String::new() };
        let (rows, records) = (named(" ", &table), named(" ", &step.object));
        match deeds.part {
            SyncPart::SettleRight => format!("Write decisions{} to {right}", named(" about ", &step.object)),
            SyncPart::ChangeRight => format!("Change{records} in {right}"),
            SyncPart::CreateRight => format!("Make{records} in {right}"),
            SyncPart::ChangeLeft => format!("Change{rows} in {left}"),
            SyncPart::CreateLeft => format!("Make{rows} in {left}"),
            SyncPart::LinkRight => format!("Write {left} keys back{}", named(" to ", &step.object)),
            SyncPart::LinkLeft if sync.keeps.left_id.is_empty() => format!("Note the time of the sync in {left}"),
            SyncPart::LinkLeft => format!("Write {right} ids back{}", named(" to ", &table)),
            SyncPart::DeleteRight => format!("Delete{records} in {right}"),
            SyncPart::DeleteLeft => format!("Delete{rows} in {left}"),
        }
    }
}

impl Sync {
    /// What is said of a line.
    pub fn line(&self, target: &str) -> Option<&LineTerms> {
        self.lines.iter().find(|line| line.target.eq_ignore_ascii_case(target))
    }

    /// What people call the ends, left and right; one that has no name is called after its file or its org.
    pub fn ends(&self, step: &Step) -> [String; 2] {
        let named =
            |name: &str, or: &dyn Fn() -> String| if name.trim().is_empty() { or() } else { name.trim().to_owned() };
        [named(&self.left, &|| stem(&step.source.name())), named(&self.right, &|| step.org.clone())]
    }

    /// What formulas call the ends, left and right: `Northwind_ERP.Phone`.
    pub fn formula_ends(&self, step: &Step) -> [String; 2] {
        let plain = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
        self.ends(step).map(|name| name.chars().map(plain).collect())
    }
}

/// A file's name without its ending.
fn stem(name: &str) -> String {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
}
