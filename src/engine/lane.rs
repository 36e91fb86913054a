//! Lanes: the ways that rows of one step take. Most steps have one; a step whose records we look up ourselves has one for records
//! that exist and one for those that do not yet.

use super::Desk;
use super::links::RowFound;
use crate::connect::sobject::TargetSpec;
use crate::connect::{Action, Api, Encoder, Encoding, From, Operation, OutColumn, Target};
use crate::integration::{Key, PlannedStep};
use crate::mapping::{CLEAR_MARK, Mapped, MappedCell, Write};
use crate::record::{Kind, Rejection, Row};

/// One way that rows of a step take.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    /// What happens to the records.
    pub(super) action: Action,
    /// The columns sent, and where each comes from.
    columns: Vec<(From, OutColumn)>,
    takes: Takes,
    /// Cells that a new record must have.
    required: Vec<usize>,
    /// Cells that say which record a row is about; none may be blank.
    keys: Vec<usize>,
    /// Whether the text `#N/A` cannot be sent, because it would empty the field.
    holds_marks: bool,
}

/// A lane and the target at its end.
pub(super) type OpenLane = (Lane, Box<dyn Target>);

/// Opens the target at the end of a lane; `change` has the last word on the terms of an org's.
pub(super) fn open_target(
    desk: &Desk<'_>,
    step: usize,
    api: Api,
    lane: &Lane,
    change: impl FnOnce(&mut TargetSpec),
) -> Box<dyn Target> {
    desk.ends[step].target(&desk.plan.steps[step], lane, api, change)
}

/// Which rows take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    All,
    WithRecord,
    WithoutRecord,
}

impl Lane {
    /// The lanes of a step, in the order in which rows are sent.
    pub(super) fn of(planned: &PlannedStep) -> Vec<Lane> {
        let lane = |action, takes| Lane::new(planned, action, takes);
        match (&planned.key, planned.step.operation) {
            (Key::None, _) => vec![lane(Action::Insert, Takes::All)],
            (Key::External(cell), _) => {
                vec![lane(Action::Upsert { key: planned.mapper.target(*cell).path.clone() }, Takes::All)]
            }
            (Key::FirstPass, _) => vec![lane(Action::Update, Takes::WithRecord)],
            (Key::Id(_), Operation::Delete) => vec![lane(Action::Delete, Takes::All)],
            (Key::Id(_), _) => vec![lane(Action::Update, Takes::All)],
            (Key::Lookup(_), Operation::Delete) => vec![lane(Action::Delete, Takes::WithRecord)],
            (Key::Lookup(_), _) => {
                let mut lanes = vec![lane(Action::Update, Takes::WithRecord)];
                if planned.creates() {
                    lanes.push(lane(Action::Insert, Takes::WithoutRecord));
                }
                lanes
            }
        }
    }

    fn new(planned: &PlannedStep, action: Action, takes: Takes) -> Lane {
        let id = OutColumn { path: planned.shape.object.id_field().to_owned(), kind: Kind::Id };
        let mut columns = Vec::new();
        if takes == Takes::WithRecord {
            columns.push((From::Record, id));
        }
        for (index, target) in planned.mapper.targets().enumerate() {
            let field = &target.field;
            let is_key = planned.key_cells().contains(&index);
            // What a relationship path sets is the lookup field of the object.
            let set = target.lookup.as_ref().and_then(|name| planned.shape.object.field(name)).unwrap_or(field);
            let writable = match action {
                Action::Insert => set.createable && planned.mapper.write(index) != Write::OnUpdate,
                Action::Update => set.updateable && planned.mapper.write(index) != Write::OnCreate,
                Action::Upsert { .. } => set.createable || set.updateable,
                Action::Delete => false,
            };
            let named = is_key && takes == Takes::All;
            if named || writable {
                columns.push((From::Cell(index), OutColumn { path: target.path.clone(), kind: field.kind }));
            }
        }
        let creates = matches!(action, Action::Insert | Action::Upsert { .. });
        let required = if creates {
            planned
                .mapper
                .targets()
                .enumerate()
                .filter(|(i, t)| {
                    t.lookup.is_none()
                        && t.field.required
                        && planned.mapper.write(*i) != Write::OnUpdate
                        && !planned.mapper.may_be_left_out(*i)
                })
                .map(|(i, _)| i)
                .collect()
        } else {
            Vec::new()
        };
        Lane { action, columns, takes, required, keys: planned.key_cells().to_vec(), holds_marks: false }
    }

    /// Whether it sends the cell at this place.
    pub(super) fn writes(&self, cell: usize) -> bool {
        self.columns.iter().any(|(from, _)| *from == From::Cell(cell))
    }

    /// Whether it makes records.
    pub(super) fn creates(&self) -> bool {
        self.action == Action::Insert
    }

    /// A word by which a note finds its lane again.
    pub(super) fn word(&self) -> &'static str {
        match self.action {
            Action::Insert => "insert",
            Action::Update => "update",
            Action::Upsert { .. } => "upsert",
            Action::Delete => "delete",
        }
    }

    /// The lane as rows take it through that API.
    pub(super) fn through(self, api: Api) -> Lane {
        Lane { holds_marks: api != Api::Rest, ..self }
    }

    /// The columns sent.
    pub(super) fn out_columns(&self) -> Vec<OutColumn> {
        self.columns.iter().map(|(_, out)| out.clone()).collect()
    }

    /// Refuses texts that would be taken for something else.
    fn hold_marks(&self, planned: &PlannedStep, mapped: &Mapped, rejected: &mut Option<Box<Rejection>>) {
        for cell in (0..mapped.len()).filter(|cell| mapped.value(*cell) == CLEAR_MARK) {
            let path = &planned.mapper.target(cell).path;
            let (who, hint) = match planned.shape.object.is_table() {
                true => ("a delivery", "Change the value in the mapping."),
                false => ("the Bulk API", "Send the rows through REST, or change the value."),
            };
            let message = format!("{path} would get the text {CLEAR_MARK}, which {who} takes for an emptied field");
            add(rejected, blame(planned, cell, Rejection::new("clear_mark", message)).hint(hint));
        }
    }

    /// What the target must know.
    pub(super) fn spec(&self, planned: &PlannedStep, api: Api) -> TargetSpec {
        let options = &planned.step.options;
        let unique = |(from, _): &(From, OutColumn)| match from {
            From::Cell(cell) => {
                planned.mapper.target(*cell).lookup.is_none() && planned.mapper.target(*cell).field.unique
            }
            From::Record => true,
        };
        TargetSpec {
            object: planned.shape.object.name.clone(),
            action: self.action.clone(),
            columns: self.out_columns(),
            api,
            rows_per_call: Some(usize::from(options.rows_per_call)),
            all_or_none: options.all_or_none,
            assignment_rules: Some(options.assignment_rules),
            save_duplicates: options.save_duplicates,
            hard_delete: options.hard_delete,
            parallel: options.parallel.map(usize::from),
            unique_column: self.columns.iter().position(unique),
        }
    }

    /// Writes rows of this lane.
    pub(super) fn encoder(&self, object: &str, encoding: Encoding) -> Encoder {
        Encoder::new(encoding, object, self.columns.clone())
    }

    /// Whether a row whose record was found to be `id` (`None`: not looked up) takes this lane.
    pub(super) fn takes(&self, id: Option<&str>) -> bool {
        match self.takes {
            Takes::All => true,
            Takes::WithRecord => id.is_some_and(|id| !id.is_empty()),
            Takes::WithoutRecord => id.is_some_and(str::is_empty),
        }
    }

    /// Whether rows of unknown record, which only a rejection awaits, are met on this lane.
    pub(super) fn is_first(&self) -> bool {
        self.takes != Takes::WithoutRecord
    }

    /// Maps a row, or says why it cannot be sent.
    pub(super) fn map(
        &self,
        planned: &PlannedStep,
        row: Row<'_>,
        found: RowFound<'_>,
        mapped: &mut Mapped,
    ) -> Result<(), Box<Rejection>> {
        if let Some(fault) = row.fault() {
            return Err(Box::new(fault.clone()));
        }
        let mut rejected: Option<Box<Rejection>> = None;
        planned.mapper.map(row, &|lookup| found.link(lookup), mapped, |_, rejection| add(&mut rejected, rejection));
        found.filled().iter().for_each(|cell| mapped.keep(*cell));
        if self.holds_marks && planned.mapper.clear_mark_is_text() {
            self.hold_marks(planned, mapped, &mut rejected);
        }
        for cell in &self.keys {
            if mapped.value(*cell).trim().is_empty() && !is_about(rejected.as_deref(), planned, *cell) {
                let path = &planned.mapper.target(*cell).path;
                let rejection = Rejection::new("no_key", format!("{path} is blank, so the record cannot be found"));
                add(&mut rejected, blame(planned, *cell, rejection).hint("Fill the cell, or leave the row out."));
            }
        }
        for cell in self.required.iter().filter(|cell| !self.keys.contains(cell)) {
            if mapped.value(*cell).is_empty() && !is_about(rejected.as_deref(), planned, *cell) {
                let path = &planned.mapper.target(*cell).path;
                let rejection = Rejection::new("required_blank", format!("{path} is required and the cell is blank"));
                add(&mut rejected, blame(planned, *cell, rejection).hint("Fill the cell, or map a constant."));
            }
        }
        if self.action == Action::Update {
            for (cell, target) in planned.mapper.targets().enumerate() {
                if target.field.required && target.lookup.is_none() && mapped.cell(cell) == MappedCell::Clear {
                    let rejection = Rejection::new("required_cleared", format!("{} cannot be emptied", target.path));
                    add(&mut rejected, blame(planned, cell, rejection));
                }
            }
        }
        match rejected {
            Some(rejection) => Err(rejection),
            None => Ok(()),
        }
    }
}

/// All that is wrong with a row in one rejection, led by the first.
fn add(rejected: &mut Option<Box<Rejection>>, more: Rejection) {
    match rejected {
        None => *rejected = Some(Box::new(more)),
        Some(first) => first.add(more),
    }
}

fn is_about(rejected: Option<&Rejection>, planned: &PlannedStep, cell: usize) -> bool {
    rejected.is_some_and(|rejection| rejection.fields.contains(&planned.mapper.target(cell).path))
}

fn blame(planned: &PlannedStep, cell: usize, rejection: Rejection) -> Rejection {
    let rejection = rejection.field(planned.mapper.target(cell).path.clone());
    match planned.mapper.column(cell) {
        Some(column) => rejection.column(planned.source.fields[column].name.clone()),
        None => rejection,
    }
}
