//! Causes in plain words, and the repair that fits each.

use super::read::Pages;
use super::{ids_in, place_of};
use crate::cancel::Cancel;
use crate::connect::sobject::{SObjectTarget, TargetSpec};
use crate::connect::{Action, Api, Keys, Target as _};
use crate::integration::{Plan, PlannedStep};
use crate::mapping::{Expression, Mapped};
use crate::record::{BatchBuilder, Field, Kind, RowNumber};
use crate::salesforce::passing;
use crate::store::{Cause, RunId, WAITING_FOR_PARENT};
use crate::workspace::retry::Selected;
use crate::workspace::runs::{in_passes, no_run};
use crate::workspace::{Workspace, WorkspaceError};
use std::collections::HashMap;

/// Values of a column that are listed.
const LISTED: usize = 50;

/// Different values that are counted; beyond, the list is of those met first.
const COUNTED: usize = 10_000;

/// Existing records that are shown.
const EXISTING: usize = 10;

/// What is known of a group's cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// The cause in plain words.
    pub words: String,
    /// What to do first.
    pub suggestion: Suggestion,
    /// The field it is about.
    pub field: Option<String>,
    /// Where the field's value comes from.
    pub made_by: MadeBy,
    /// Values that the field takes, where it is a list: stored, and shown.
    pub allowed: Vec<(String, String)>,
    /// Longest text that the field takes; 0 where there is no such limit.
    pub length: u32,
    /// What the column holds in these rows and how often, the commonest first.
    pub values: Vec<(String, u64)>,
}

/// What to do about a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suggestion {
    /// Map the values to those that the field takes.
    Map,
    /// Cut the texts to the field's length.
    Trim,
    /// Give blank cells a value.
    Default,
    /// Correct the cells one by one.
    Edit,
    /// Choose what becomes of records that exist already.
    Duplicates,
    /// Just try again.
    Retry,
    /// Get the parent rows through.
    Parent,
    /// Change the mapping.
    Mapping,
    /// Show it to whoever maintains the org.
    Org,
    /// Look up what became of them: continue the run.
    Continue,
}

/// Where the value of a field comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MadeBy {
    /// From this column.
    Column(String),
    /// From a formula over these columns.
    Formula(Vec<String>),
    /// From the mapping alone, the same for every row.
    Constant,
    /// From nowhere: it is not mapped.
    Nothing,
}

impl Advice {
    /// Values that the field does not take, the commonest first; all of them, where it is no list.
    pub fn to_map(&self) -> impl Iterator<Item = &(String, u64)> {
        self.values.iter().filter(|(value, _)| !self.allowed.iter().any(|(allowed, _)| allowed == value))
    }
}

impl Advice {
    /// The value that a field's list has in place of this one, where one is much like it.
    pub fn proposed(&self, value: &str) -> Option<&str> {
        let allowed = || self.allowed.iter().map(|(value, _)| value.as_str());
        let label = self.allowed.iter().find(|(_, label)| label.trim().eq_ignore_ascii_case(value.trim()));
        label.map(|(value, _)| value.as_str()).or_else(|| crate::formula::nearest(value, allowed()))
    }
}

impl MadeBy {
    /// The column to correct, where one is to blame alone.
    pub fn column(&self) -> Option<&str> {
        match self {
            MadeBy::Column(column) => Some(column),
            MadeBy::Formula(columns) if columns.len() == 1 => columns.first().map(String::as_str),
            MadeBy::Formula(_) | MadeBy::Constant | MadeBy::Nothing => None,
        }
    }
}

/// A record that may be the one a row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// Its id.
    pub id: String,
    /// What tells it from others: fields and what they hold.
    pub values: Vec<(String, String)>,
}

impl Workspace {
    /// The cause of a group in plain words, and the repair that fits. The values of its column are counted over the first `most` rows.
    pub fn advice(
        &self,
        run: RunId,
        step: usize,
        cause: &Cause,
        gave_up: bool,
        most: u64,
    ) -> Result<Advice, WorkspaceError> {
        let plan = self.plan_of(run)?;
        let planned = plan.steps.get(step).ok_or_else(|| no_run(run))?;
        let field = cause.fields.first().cloned();
        let described = field.as_deref().and_then(|field| described(planned, field));
        let made_by = field.as_deref().map_or(MadeBy::Nothing, |field| made_by(planned, field));
        let suggestion = suggestion(cause, &made_by);
        let values = match made_by.column() {
            Some(column) => {
                let rows = Selected::Cause { step, cause: cause.clone(), gave_up };
                self.values_of(run, step, &rows, column, most)?
            }
            None => Vec::new(),
        };
        let listed = described.iter().flat_map(|field| &field.values).filter(|value| value.active);
        Ok(Advice {
            words: words(cause, described.as_ref(), &made_by),
            suggestion,
            allowed: listed.map(|value| (value.value.clone(), value.label.clone())).collect(),
            length: described.as_ref().map_or(0, |field| field.length),
            field,
            made_by,
            values,
        })
    }

    /// What a column of these rows holds, and how often, the commonest first.
    fn values_of(
        &self,
        run: RunId,
        step: usize,
        rows: &Selected,
        column: &str,
        most: u64,
    ) -> Result<Vec<(String, u64)>, WorkspaceError> {
        let store = self.store()?;
        let (record, form, _) = self.recorded(&store, run)?;
        let columns = &record.steps[step].columns;
        let which = self.each_which(&record, &form, rows).into_iter().find(|(index, _)| *index == step);
        let (Some((_, which)), Some(at)) = (which, place_of(columns, column)) else { return Ok(Vec::new()) };
        let mut counts: HashMap<String, u64> = HashMap::new();
        let mut pages = Pages::new(&store, run, step, columns, which, 1, super::PAGE);
        let mut seen = 0;
        while seen < most
            && let Some(row) = pages.next_row()?
        {
            seen += 1;
            let cell = super::cell(&row, at).trim();
            if let Some(count) = counts.get_mut(cell) {
                *count += 1;
            } else if counts.len() < COUNTED {
                counts.insert(cell.to_owned(), 1);
            }
        }
        let mut values: Vec<_> = counts.into_iter().collect();
        values.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        values.truncate(LISTED);
        Ok(values)
    }

    /// The length of the field that a column goes into as it is, where it has one.
    pub fn length_of(&self, run: RunId, column: &str) -> Result<Option<u32>, WorkspaceError> {
        let plan = self.plan_of(run)?;
        let lengths = plan.steps.iter().flat_map(|planned| {
            let targets = planned.mapper.targets().enumerate();
            targets.filter_map(|(cell, target)| {
                let from = planned.mapper.column(cell)?;
                let same = planned.source.fields[from].name.eq_ignore_ascii_case(column);
                (same && target.field.length > 0).then_some(target.field.length)
            })
        });
        Ok(lengths.min())
    }

    /// Records that a refused row may be about: those that Salesforce named, then those that share what tells records apart.
    pub fn existing(&self, run: RunId, step: usize, row: RowNumber) -> Result<Vec<Existing>, WorkspaceError> {
        let store = self.store()?;
        let plan = self.plan_of(run)?;
        let planned = plan.steps.get(step).ok_or_else(|| no_run(run))?;
        if planned.step.into.is_some() {
            // What a table refuses names the value that it has already.
            return Ok(Vec::new());
        }
        let rows = self.queue_rows(run, &Selected::Rows { step, rows: vec![row] }, 1, 1)?;
        let Some(queued) = rows.first() else { return Ok(Vec::new()) };
        let mut builder = BatchBuilder::new(1, queued.cells.len());
        queued.cells.iter().for_each(|cell| builder.cell(cell));
        builder.end_row(queued.line, None);
        let batch = builder.finish();
        let mut mapped = Mapped::default();
        let linked = store.found_between(run, step, row, row)?;
        let link = |lookup: usize| linked.iter().find(|l| l.slot == lookup + 1).map(|l| l.record.as_str());
        if let Some(row) = batch.row(0) {
            planned.mapper.map(row, &link, &mut mapped, |_, _| ());
        }
        let object = &planned.shape.object;
        let telling = |name: &str| {
            let field = object.field(name)?;
            let cell = planned.mapper.position(name)?;
            let value = mapped.value(cell).trim().to_owned();
            (field.filterable && !value.is_empty()).then(|| (field.name.clone(), value))
        };
        let mut questions: Vec<Vec<(String, String)>> = Vec::new();
        let ids = queued.outcome.rejection().map(|why| ids_in(&why.message)).unwrap_or_default();
        questions.extend(ids.into_iter().map(|id| vec![("Id".to_owned(), id)]));
        let names = |field: &&Field| field.unique || field.external_id || matches!(field.kind, Kind::Email);
        questions
            .extend(object.fields.iter().filter(names).filter_map(|field| telling(&field.name)).map(|pair| vec![pair]));
        if let (Some(first), Some(last)) = (telling("FirstName"), telling("LastName")) {
            questions.push(vec![first, last]);
        } else if let Some(last) = telling("LastName") {
            questions.push(std::iter::once(last).chain(telling("Company")).collect());
        }
        questions.extend(telling("Name").map(|pair| vec![pair]));
        questions.extend(telling("Phone").map(|pair| vec![pair]));
        let shown: Vec<String> = ["Name", "Email", "Phone", "BillingCity", "Company"]
            .into_iter()
            .filter_map(|name| object.field(name).map(|field| field.name.clone()))
            .collect();
        let target = SObjectTarget::new(self.connect(&planned.step.org)?, question(&object.name));
        let mut found: Vec<Existing> = Vec::new();
        for question in questions {
            if found.len() >= EXISTING {
                break;
            }
            let (fields, values): (Vec<_>, Vec<_>) = question.into_iter().unzip();
            let matches = target.current(&Keys { fields, values: vec![values] }, &shown, &Cancel::new())?;
            for record in matches.into_iter().flatten() {
                if found.len() < EXISTING && !found.iter().any(|known| known.id == record.id) {
                    let values = shown.iter().cloned().zip(record.values).filter(|(_, value)| !value.is_empty());
                    found.push(Existing { id: record.id, values: values.collect() });
                }
            }
        }
        Ok(found)
    }

    /// The plan of a run as it ran.
    fn plan_of(&self, run: RunId) -> Result<Plan, WorkspaceError> {
        let store = self.store()?;
        let (record, form, shapes) = self.recorded(&store, run)?;
        let plan = Plan::compile(&form, shapes, record.began_at).map_err(|found| WorkspaceError::problems(&found))?;
        in_passes(plan)
    }
}

/// A target that is only asked.
fn question(object: &str) -> TargetSpec {
    TargetSpec {
        object: object.to_owned(),
        action: Action::Update,
        columns: Vec::new(),
        api: Api::Rest,
        rows_per_call: None,
        all_or_none: false,
        assignment_rules: None,
        save_duplicates: false,
        hard_delete: false,
        parallel: None,
        unique_column: None,
    }
}

/// What the org says of a field, or of the parent's field that finds it.
fn described(planned: &PlannedStep, field: &str) -> Option<Field> {
    match planned.mapper.position(field) {
        Some(cell) => Some(planned.mapper.target(cell).field.clone()),
        None => planned.shape.object.field(field).cloned(),
    }
}

fn made_by(planned: &PlannedStep, field: &str) -> MadeBy {
    let cell = planned.mapper.position(field).or_else(|| {
        let set = |target: &crate::mapping::ResolvedTarget| {
            target.lookup.as_deref().is_some_and(|lookup| lookup.eq_ignore_ascii_case(field))
        };
        planned.mapper.targets().position(set)
    });
    let Some(cell) = cell else { return MadeBy::Nothing };
    let name = |column: &usize| planned.source.fields[*column].name.clone();
    let columns: Vec<_> = planned.mapper.columns_read(cell).iter().map(name).collect();
    match planned.step.mapping.rule(&planned.mapper.target(cell).path).map(|rule| &rule.from) {
        Some(Expression::Constant(_)) => MadeBy::Constant,
        Some(Expression::Formula(_)) if columns.is_empty() => MadeBy::Constant,
        Some(Expression::Formula(_)) => MadeBy::Formula(columns),
        Some(Expression::Column(_)) | None => columns.into_iter().next().map_or(MadeBy::Constant, MadeBy::Column),
    }
}

fn suggestion(cause: &Cause, made_by: &MadeBy) -> Suggestion {
    let fitting = match cause.code.as_str() {
        WAITING_FOR_PARENT => return Suggestion::Parent,
        "unconfirmed" => return Suggestion::Continue,
        "DUPLICATES_DETECTED" | "DUPLICATE_VALUE" => return Suggestion::Duplicates,
        code if passing(code) => return Suggestion::Retry,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" | "not_in_picklist" | "not_in_map" => Suggestion::Map,
        "STRING_TOO_LONG" | "too_long" => Suggestion::Trim,
        "REQUIRED_FIELD_MISSING" | "required_blank" | "no_key" => Suggestion::Default,
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
        | "CANNOT_EXECUTE_FLOW_TRIGGER"
        | "CUSTOM_APEX_ERROR"
        | "APEX_ERROR"
        | "INSUFFICIENT_ACCESS"
        | "INSUFFICIENT_ACCESS_OR_READONLY"
        | "OPERATION_NOT_ALLOWED"
        | "left_out" => return Suggestion::Org,
        "INVALID_FIELD_FOR_INSERT_UPDATE" | "broken_formula" => return Suggestion::Mapping,
        _ => Suggestion::Edit,
    };
    match made_by {
        // No cell of the source is to blame: only the mapping can change it.
        MadeBy::Constant if !cause.fields.is_empty() => Suggestion::Mapping,
        MadeBy::Nothing if fitting == Suggestion::Default => Suggestion::Mapping,
        _ => fitting,
    }
}

/// A cause in plain words.
fn words(cause: &Cause, field: Option<&Field>, made_by: &MadeBy) -> String {
    let field = field.map(|field| if field.label.is_empty() { &field.name } else { &field.label });
    let known = field.or(cause.fields.first());
    let field = known.map_or("a field", String::as_str);
    let words = match cause.code.as_str() {
        WAITING_FOR_PARENT => "The record they belong to did not get through".to_owned(),
        "unconfirmed" => "Sent, and the answer was lost".to_owned(),
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" | "not_in_picklist" => {
            format!("{field} takes only listed values, and these rows have another")
        }
        "not_in_map" => format!("The value map of {field} does not list the value"),
        "STRING_TOO_LONG" | "too_long" => format!("The text is too long for {field}"),
        "REQUIRED_FIELD_MISSING" | "required_blank" => format!("{field} is required and blank"),
        "no_key" => format!("{field} is blank, so the record cannot be found"),
        "shared_key" => format!("Several rows of the file have the same {field}"),
        "DUPLICATES_DETECTED" => "A duplicate rule found records like these".to_owned(),
        "DUPLICATE_VALUE" if known.is_none() => "Another record has the same value".to_owned(),
        "DUPLICATE_VALUE" => format!("Another record has the same {field}"),
        "INVALID_EMAIL_ADDRESS" => format!("{field} is no e-mail address"),
        "wrong_kind" | "INVALID_TYPE_ON_FIELD_IN_RECORD" => format!("{field} takes another kind of value"),
        "lookup_none" => format!("No record was found for {field}"),
        "lookup_several" | "several_found" => "Several records fit".to_owned(),
        "too_few_cells" => "The row has fewer cells than the header".to_owned(),
        "UNABLE_TO_LOCK_ROW" | "TOO_MANY_LOCK_FAILURE" | "COLLISION_DETECTED" => {
            "Another process held the record; trying again helps".to_owned()
        }
        "FIELD_CUSTOM_VALIDATION_EXCEPTION" => "A validation rule of the org refused them".to_owned(),
        "INVALID_CROSS_REFERENCE_KEY" if known.is_none() => {
            "They point to a record that is missing or not visible".to_owned()
        }
        "INVALID_CROSS_REFERENCE_KEY" | "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY" => {
            format!("{field} points to a record that is missing or not visible")
        }
        "INVALID_FIELD" if cause.fields.is_empty() => "A parent record or a field was not found".to_owned(),
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" | "CANNOT_EXECUTE_FLOW_TRIGGER" | "CUSTOM_APEX_ERROR" | "APEX_ERROR" => {
            "Automation in the org stopped them".to_owned()
        }
        "not_unique" if known.is_none() => "Another row of the table is the same where it must differ".to_owned(),
        "not_unique" => format!("Another row of the table has the same {field}"),
        "check" => "They break a rule of the table".to_owned(),
        "no_parent" => format!("{field} points to a row that is not there"),
        "has_children" => "Rows of other tables point to them".to_owned(),
        "trigger" | "left_out" => "A trigger of the table refused them".to_owned(),
        "not_found" => "No row of the table has their key".to_owned(),
        "would_change" => format!("{field} would not keep the value as it is"),
        code if passing(code) => "Salesforce was busy; trying again helps".to_owned(),
        code => plain(code),
    };
    let words = match cause.fields.get(1..).unwrap_or_default() {
        [] => words,
        more => format!("{words}; also {}", more.join(", ")),
    };
    match made_by {
        MadeBy::Constant if !cause.fields.is_empty() => format!("{words} (the mapping sets it for every row)"),
        _ => words,
    }
}

/// `FIELD_INTEGRITY_EXCEPTION` as people write: *Field integrity exception*.
fn plain(code: &str) -> String {
    let words = code.replace('_', " ").to_lowercase();
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A group's cause in plain words, without looking anything up.
pub(super) fn plain_words(cause: &Cause) -> String {
    words(cause, None, &MadeBy::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::Outcome;

    fn cause(code: &str, field: &str) -> Cause {
        let fields = Some(field).filter(|field| !field.is_empty()).map(str::to_owned).into_iter().collect();
        Cause { outcome: Outcome::Failed, code: code.to_owned(), fields }
    }

    #[test]
    fn each_cause_has_the_repair_that_fits() {
        let column = MadeBy::Column("Country".to_owned());
        for (code, field, made_by, fits) in [
            ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Rating", &column, Suggestion::Map),
            ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Rating", &MadeBy::Constant, Suggestion::Mapping),
            ("STRING_TOO_LONG", "Name", &column, Suggestion::Trim),
            ("REQUIRED_FIELD_MISSING", "Name", &column, Suggestion::Default),
            ("REQUIRED_FIELD_MISSING", "Name", &MadeBy::Nothing, Suggestion::Mapping),
            ("DUPLICATES_DETECTED", "", &MadeBy::Nothing, Suggestion::Duplicates),
            ("UNABLE_TO_LOCK_ROW", "", &MadeBy::Nothing, Suggestion::Retry),
            (WAITING_FOR_PARENT, "Account.Key", &column, Suggestion::Parent),
            ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "", &MadeBy::Nothing, Suggestion::Edit),
        ] {
            assert_eq!(suggestion(&cause(code, field), made_by), fits, "{code}");
        }
        assert_eq!(plain_words(&cause("FIELD_INTEGRITY_EXCEPTION", "")), "Field integrity exception");
        assert_eq!(plain_words(&cause("STRING_TOO_LONG", "Name")), "The text is too long for Name");
    }
}
