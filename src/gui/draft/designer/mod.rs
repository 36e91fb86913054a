//! The integration on the screen of the designer: what it is, what may be taken back, what is chosen, and the questions under way.

mod adding;
pub(crate) mod both_ways;
pub(crate) mod columns;
pub(crate) mod edit;
mod follow;
mod hand;
mod lists;
mod replace;
mod sheet;
pub(crate) mod tables;
mod undo;

pub(crate) use adding::Adding;
pub(crate) use hand::{Drag, Hand, Pane, Taken};
pub(crate) use lists::{ColumnRow, Found, Group, Line, Lists, Narrow, Node, TargetRow, Way};
pub(crate) use sheet::Sheet;

use crate::connect::profile::Profile;
use crate::gui::designing::Ask;
use crate::gui::event::Answer;
use crate::gui::state::State;
use crate::gui::{Command, Outbox};
use crate::integration::{Drift, Integration, LineTerms, Problem, Step};
use crate::record::Schema;
use crate::store::IntegrationId;
use crate::workspace::{Checked, Environment, SourceLook, StartRun};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What of an integration is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// The canvas.
    #[default]
    Design,
    /// Its runs.
    History,
}

/// Which fields the target card lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Chip {
    /// All.
    #[default]
    All,
    /// Those with a rule.
    Mapped,
    /// Those that could have one.
    Unmapped,
    /// Those that new records need.
    Required,
    /// Those with something wrong.
    Problems,
    /// Those whose rule differs from the stored one.
    Changed,
}

impl Chip {
    /// All of them, in the order of the card.
    pub(crate) const ALL: [Chip; 6] =
        [Chip::All, Chip::Mapped, Chip::Unmapped, Chip::Required, Chip::Problems, Chip::Changed];

    /// The words people see.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Chip::All => "All",
            Chip::Mapped => "Mapped",
            Chip::Unmapped => "Unmapped",
            Chip::Required => "Required",
            Chip::Problems => "Problems",
            Chip::Changed => "Changed",
        }
    }

    /// Whether it lists a field.
    pub(crate) fn takes(self, row: &TargetRow) -> bool {
        match self {
            Chip::All => true,
            Chip::Mapped => row.rule.is_some(),
            Chip::Unmapped => !row.is_set() && row.closed.is_none(),
            Chip::Required => row.required || row.key,
            Chip::Problems => row.problem.is_some(),
            Chip::Changed => row.changed,
        }
    }
}

/// What is half typed in the inspector.
#[derive(Debug, Default)]
pub struct Typing {
    /// Where the cursor of the formula stands, in bytes.
    pub cursor: usize,
    /// The chosen line of the completion.
    pub completion: usize,
    /// Whether the completion was put away.
    pub completion_off: bool,
    /// What narrows the value map.
    pub filter: String,
    /// Whether the formula should get the focus.
    pub focus: bool,
}

/// The designer.
#[derive(Debug)]
pub struct DesignerDraft {
    /// Whether an integration is on the screen.
    pub open: bool,
    /// Its number, once it is stored.
    pub id: Option<IntegrationId>,
    /// What is on the screen.
    integration: Arc<Integration>,
    /// What is stored.
    saved: Option<Arc<Integration>>,
    /// The step on the screen.
    pub step: usize,
    /// Whether the step should come into view among the others.
    pub reveal_step: bool,
    /// How far the steps are to be scrolled.
    pub strip_offset: Option<f32>,
    /// What of it is on the screen.
    pub tab: Tab,
    /// What narrows and orders the lists.
    pub(crate) narrow: Narrow,
    /// What the hand does on the canvas.
    pub hand: Hand,
    /// Whether the inspector is open.
    pub inspector: bool,
    /// Whether the list of problems is open.
    pub problems: bool,
    /// Whether the preview is folded away.
    pub preview_folded: bool,
    /// The row at hand, counted from 0.
    pub row: usize,
    /// Whether the preview should show the row at hand.
    pub go_to_row: bool,
    /// The sheet of suggestions.
    pub sheet: Sheet,
    /// Tables being edited or read.
    pub tables: tables::Tables,
    /// The step that is being added.
    pub adding: Option<Adding>,
    /// The file that is to take the place of a step's.
    replacing: Option<replace::Replacing>,
    /// The name being typed.
    pub renaming: Option<String>,
    /// An integration that came while this one has unsaved changes; somebody must say which to keep.
    pub instead: Option<IntegrationId>,
    /// What the inspector is about to take.
    pub typing: Typing,
    past: Vec<undo::Before>,
    future: Vec<undo::Before>,
    /// Counts the changes.
    version: u64,
    lists: Option<(ListsKey, Arc<Lists>)>,
    follow: follow::Following,
}

/// What the lists were made from.
#[derive(Debug, PartialEq)]
struct ListsKey {
    version: u64,
    step: usize,
    narrow: Narrow,
    saved: Option<Same<Integration>>,
    object: Option<Same<Schema>>,
    file: Option<Same<SourceLook>>,
    check: Option<u64>,
}

/// A shared value, known by where it is.
#[derive(Debug)]
struct Same<T>(Arc<T>);

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Same<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Default for DesignerDraft {
    fn default() -> Self {
        DesignerDraft {
            open: false,
            id: None,
            integration: Arc::new(Integration::new("")),
            saved: None,
            step: 0,
            reveal_step: false,
            strip_offset: None,
            tab: Tab::Design,
            narrow: Narrow { closed: [Group::Closed].into(), ..Narrow::default() },
            hand: Hand::default(),
            inspector: false,
            problems: false,
            preview_folded: false,
            row: 0,
            go_to_row: false,
            sheet: Sheet::default(),
            replacing: None,
            tables: tables::Tables::default(),
            adding: None,
            renaming: None,
            instead: None,
            typing: Typing::default(),
            past: Vec::new(),
            future: Vec::new(),
            version: 0,
            lists: None,
            follow: follow::Following::default(),
        }
    }
}

impl DesignerDraft {
    /// Begins an integration that is not stored yet.
    pub(crate) fn begin(&mut self, name: &str) {
        let integration = Arc::new(Integration::new(name));
        self.replace(None, integration, None);
    }

    /// Puts another integration on the screen.
    fn replace(&mut self, id: Option<IntegrationId>, integration: Arc<Integration>, saved: Option<Arc<Integration>>) {
        let follow = std::mem::take(&mut self.follow).for_another();
        let preview_folded = self.preview_folded;
        let tables = std::mem::take(&mut self.tables).for_another();
        let version = self.version + 1;
        *self = DesignerDraft { follow, preview_folded, tables, version, ..DesignerDraft::default() };
        (self.open, self.id, self.integration, self.saved) = (true, id, integration, saved);
        self.arrange();
    }

    /// What is on the screen.
    pub(crate) fn integration(&self) -> &Integration {
        &self.integration
    }

    /// The step on the screen.
    pub(crate) fn at(&self) -> Option<&Step> {
        self.integration.steps.get(self.step)
    }

    /// The field that is inspected.
    pub(crate) fn inspected(&self) -> Option<&str> {
        self.hand.field.as_deref().filter(|_| self.inspector)
    }

    /// Whether something is not stored yet.
    pub(crate) fn unsaved(&self) -> bool {
        self.open && self.saved.as_deref() != Some(&*self.integration) && !self.integration.steps.is_empty()
    }

    /// Stores it.
    pub(crate) fn save(&mut self, out: &mut Outbox) {
        if !self.unsaved() || self.follow.saving.is_some() {
            return;
        }
        let ticket = self.follow.ticket();
        self.follow.saving = Some((ticket, self.integration.clone()));
        let integration = Box::new(Integration::clone(&self.integration));
        out.push(Command::Design(Ask::Save { id: self.id, integration, ticket }));
        self.end_stretch();
        self.arrange();
    }

    /// Lets go of what is not stored.
    pub(crate) fn forget_changes(&mut self) {
        match self.saved.clone() {
            Some(saved) => self.replace(self.id, saved.clone(), Some(saved)),
            None => self.open = false,
        }
    }

    /// Shows another step.
    pub(crate) fn show_step(&mut self, step: usize) {
        if step != self.step {
            self.step = step;
            self.reveal_step = true;
            self.hand = Hand::default();
            self.narrow.columns.clear();
            self.narrow.targets.clear();
            self.row = 0;
            self.arrange();
        }
    }

    /// Puts the fields that have a rule now among the mapped ones. They stay there while one works, so that nothing jumps.
    pub(crate) fn arrange(&mut self) {
        let rules = self.at().map(|step| &step.mapping.rules);
        self.narrow.arranged = rules.into_iter().flatten().map(|rule| rule.target.to_lowercase()).collect();
    }

    /// The source of the step on the screen, if it could be read.
    pub(crate) fn file<'a>(&self, state: &'a State) -> Option<&'a Arc<SourceLook>> {
        self.file_of(state, self.at()?)
    }

    fn file_of<'a>(&self, state: &'a State, step: &Step) -> Option<&'a Arc<SourceLook>> {
        state.design.look(&step.source)?.here()
    }

    /// What all rows of its source hold, once they were looked at.
    pub(crate) fn profile<'a>(&self, state: &'a State) -> Option<&'a Arc<Profile>> {
        state.design.profile(&self.at()?.source)?.here()
    }

    /// The object of the step on the screen, if it is described.
    pub(crate) fn object<'a>(&self, state: &'a State) -> Option<&'a Arc<Schema>> {
        let step = self.at()?;
        Some(&state.end(step)?.here()?.schema)
    }

    /// The newest check, as long as it still speaks of what is on the screen or of what was there a moment ago.
    pub(crate) fn check<'a>(&self, state: &'a State) -> Option<&'a Answer<Checked>> {
        state.design.checked.as_ref().map(|(_, answer)| answer).filter(|_| self.follow.checked_once())
    }

    /// Whether that check speaks of exactly what is on the screen.
    pub(crate) fn check_is_fresh(&self, state: &State) -> bool {
        self.follow.fresh(self.version, state.design.checked.as_ref().map(|(ticket, _)| *ticket))
    }

    /// The problems known.
    pub(crate) fn found<'a>(&self, state: &'a State) -> &'a [Problem] {
        match self.check(state) {
            Some(Ok(checked)) => &checked.problems,
            _ => &[],
        }
    }

    /// What has changed at both ends, and what is doubtful; nothing of it keeps the integration from running.
    pub(crate) fn doubts<'a>(&self, state: &'a State) -> (&'a [Drift], &'a [Problem]) {
        match self.check(state) {
            Some(Ok(checked)) => (&checked.drift, &checked.warnings),
            _ => (&[], &[]),
        }
    }

    fn found_here<'a>(&self, state: &'a State) -> Found<'a> {
        let problems = self.found(state).iter().filter(|problem| problem.step == self.step).collect();
        let (drift, warnings) = self.doubts(state);
        let mut doubts = Vec::new();
        for drift in drift.iter().filter(|drift| drift.step == self.step) {
            doubts.extend(drift.targets.iter().map(|target| (target.as_str(), drift.message.as_str())));
        }
        for warning in warnings.iter().filter(|warning| warning.step == self.step) {
            doubts.extend(warning.target.as_deref().map(|target| (target, warning.message.as_str())));
        }
        let ways = match self.check(state) {
            Some(Ok(checked)) => checked.ways.iter().filter(|way| way.step == self.step).collect(),
            _ => Vec::new(),
        };
        Found { problems, doubts, ways }
    }

    /// Whether nothing stands in the way of a run, as far as is known.
    pub(crate) fn ready(&self, state: &State) -> bool {
        self.check_is_fresh(state) && matches!(self.check(state), Some(Ok(checked)) if checked.problems.is_empty())
    }

    /// The newest preview of the step on the screen, and whether a newer one is on its way.
    pub(crate) fn preview<'a>(&self, state: &'a State) -> Option<(&'a Answer<Arc<crate::engine::Preview>>, bool)> {
        let (ticket, answer) = state.design.preview.as_ref()?;
        let fresh = self.follow.preview_is(*ticket, self.version, self.step)?;
        Some((answer, !fresh))
    }

    /// What to start, with the production orgs confirmed if some are.
    pub(crate) fn start(&self, state: &State, trial: Option<u64>, confirmed: bool) -> Option<StartRun> {
        let production = self.production(state).filter(|_| confirmed).map(|org| org.org_id.clone());
        let integration = Integration::clone(&self.integration);
        (!integration.steps.is_empty()).then_some(StartRun { integration, id: self.id, trial, production })
    }

    /// The production org that some step writes to.
    pub(crate) fn production<'a>(&self, state: &'a State) -> Option<&'a crate::workspace::OrgCard> {
        let steps = self.integration.steps.iter().filter(|step| step.into.is_none());
        let mut orgs = steps.filter_map(|step| state.org(&step.org));
        orgs.find(|org| org.environment == Some(Environment::Production))
    }

    /// The lists of the canvas, made anew when something changed.
    pub(crate) fn lists(&mut self, state: &State) -> Arc<Lists> {
        let key = ListsKey {
            version: self.version,
            step: self.step,
            narrow: self.narrow.clone(),
            saved: self.saved.clone().map(Same),
            object: self.object(state).cloned().map(Same),
            file: self.file(state).cloned().map(Same),
            check: state.design.checked.as_ref().map(|(ticket, _)| *ticket),
        };
        if let Some((known, lists)) = &self.lists
            && *known == key
        {
            return lists.clone();
        }
        let lists = Arc::new(self.build(state));
        self.lists = Some((key, lists.clone()));
        lists
    }

    fn build(&self, state: &State) -> Lists {
        let Some(step) = self.at() else { return Lists::default() };
        let file = self.file(state);
        let columns = file.map_or(&[][..], |file| &file.columns.fields);
        let found = self.found_here(state);
        let saved = self.saved.as_ref().and_then(|saved| saved.steps.get(self.step)).map(|step| &step.mapping);
        Lists::build(step, saved, columns, self.object(state).map(|object| &**object), &found, &self.narrow)
    }

    /// The fields that are chosen, and the one under the keyboard if none is.
    pub(crate) fn chosen(&self) -> BTreeSet<String> {
        if self.hand.chosen.is_empty() { self.hand.field.iter().cloned().collect() } else { self.hand.chosen.clone() }
    }

    /// Removes the rules of what is chosen.
    pub(crate) fn disconnect_chosen(&mut self) {
        let chosen = self.chosen();
        let mapped = |target: &&String| self.at().is_some_and(|step| step.mapping.rule(target).is_some());
        let gone: Vec<String> = chosen.iter().filter(mapped).cloned().collect();
        let what = match gone.as_slice() {
            [] => return,
            [one] => format!("Disconnect {one}"),
            several => format!("Disconnect {} fields", several.len()),
        };
        self.change_step(what, |step| edit::disconnect(step, gone.iter().map(String::as_str)));
    }

    /// Leads a column into a field; asks first where something goes there already.
    pub(crate) fn connect(&mut self, column: &str, target: &str, at: egui::Pos2) {
        let Some(step) = self.at() else { return };
        match step.mapping.rule(target) {
            Some(rule) if rule.from == crate::mapping::Expression::Column(column.to_owned()) => {}
            Some(_) => {
                self.hand.taken =
                    Some(Taken { column: column.to_owned(), target: target.to_owned(), instead_of: None, at });
            }
            None => self.change_step(format!("Map {target}"), |step| edit::connect(step, column, target)),
        }
        self.hand.choose_field(target);
        self.hand.column = Some(column.to_owned());
    }

    /// Lets the values of a line go the next way that is possible; where there is no other, its rule is shown, with why.
    pub(crate) fn turn(&mut self, row: &TargetRow) {
        let Some(way) = &row.way else { return };
        self.hand.choose_field(&row.path);
        let Some((next, step)) = way.next().zip(self.at()) else {
            self.inspector = true;
            return;
        };
        let ends = step.sync.as_deref().map(|sync| sync.ends(step)).unwrap_or_default();
        let what = format!("Let {} go {}", row.path, both_ways::words(next, &ends));
        self.change_line(what, &row.path, |line| line.direction = Some(next));
    }

    /// Changes what a sync says of a line.
    pub(crate) fn change_line(&mut self, what: impl Into<String>, target: &str, change: impl FnOnce(&mut LineTerms)) {
        self.change_step(what, |step| {
            if let Some(sync) = &mut step.sync {
                both_ways::say(sync, target, change);
            }
        });
    }

    /// Lets the step on the screen go both ways, or one way again.
    pub(crate) fn go_both_ways(&mut self, state: &State, both: bool) {
        let Some(step) = self.at() else { return };
        if !both {
            return self.change_step(format!("Load {} one way", step.object), |step| step.sync = None);
        }
        let table = state.table(step).and_then(|fact| fact.here()).map(|described| &*described.schema);
        let object = state.end(step).and_then(|fact| fact.here()).map(|described| &*described.schema);
        self.change_step(format!("Sync {} both ways", step.object), |step| both_ways::begin(step, table, object));
        self.arrange();
    }

    /// Shows how the step is loaded, instead of a field's rule.
    pub(crate) fn show_settings(&mut self) {
        self.hand.field = None;
        self.hand.chosen.clear();
        self.tab = Tab::Design;
        self.inspector = true;
    }

    /// Goes to a field: it is chosen, brought into view, and its rule is inspected.
    pub(crate) fn go_to_field(&mut self, step: usize, target: &str) {
        self.show_step(step);
        self.tab = Tab::Design;
        self.narrow.targets.clear();
        self.narrow.chip = Chip::All;
        self.hand.choose_field(target);
        self.hand.reveal_field = true;
        self.inspector = true;
    }
}

#[cfg(test)]
mod tests;
