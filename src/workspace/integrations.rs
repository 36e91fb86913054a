//! Integrations: kept, checked, and as files.

use super::{Checked, Described, IntegrationCard, SyncCard, Workspace, WorkspaceError};
use crate::connect::DatabaseSettings;
use crate::integration::{Integration, Plan, Problem, Seen, Shapes, Step};
use crate::mapping::{Mapping, TargetShape};
use crate::store::{ConflictFilter, ConflictState, IntegrationId, Store};
use std::sync::Arc;

impl Workspace {
    /// All integrations, the last changed first.
    pub fn integrations(&self) -> Result<Vec<IntegrationCard>, WorkspaceError> {
        let store = self.store()?;
        let mut cards = Vec::new();
        for stored in store.integrations()? {
            let steps = &stored.integration.steps;
            cards.push(IntegrationCard {
                id: stored.id,
                sentences: steps.iter().map(Step::sentence).collect(),
                // The org first: it is the one to be careful with.
                org: steps
                    .iter()
                    .find(|step| step.into.is_none())
                    .or(steps.first())
                    .map(Step::place)
                    .unwrap_or_default(),
                last_run: self.seen_now(store.last_run(stored.id)?),
                sync: sync_card(&store, stored.id, &stored.integration)?,
                changed_at: stored.changed_at,
                name: stored.integration.name,
            });
        }
        Ok(cards)
    }

    /// One integration.
    pub fn integration(&self, id: IntegrationId) -> Result<Integration, WorkspaceError> {
        let found = self.store()?.integration(id)?;
        found.map(|stored| stored.integration).ok_or_else(|| {
            WorkspaceError::new(format!("there is no integration {}", id.0)).hint("It may have been deleted.")
        })
    }

    /// The integration of that name, or of that number.
    pub fn find_integration(&self, name: &str) -> Result<(IntegrationId, Integration), WorkspaceError> {
        let all = self.store()?.integrations()?;
        let named: Vec<_> = all.iter().filter(|stored| stored.integration.name.eq_ignore_ascii_case(name)).collect();
        let found = match named.as_slice() {
            [only] => Some(*only),
            [] => all.iter().find(|stored| stored.id.0.to_string() == name),
            several => {
                let ids: Vec<_> = several.iter().map(|stored| stored.id.0.to_string()).collect();
                return Err(WorkspaceError::new(format!("{} integrations are called {name}", several.len()))
                    .hint(format!("Name it by number: {}.", ids.join(", "))));
            }
        };
        found.map(|stored| (stored.id, stored.integration.clone())).ok_or_else(|| {
            let known: Vec<_> = all.iter().map(|stored| format!("\"{}\"", stored.integration.name)).collect();
            WorkspaceError::new(format!("there is no integration called {name}"))
                .hint(format!("Known integrations: {}.", known.join(", ")))
        })
    }

    /// Keeps an integration: a new one, or the changed form of an old one.
    pub fn save_integration(
        &self,
        id: Option<IntegrationId>,
        integration: &Integration,
    ) -> Result<IntegrationId, WorkspaceError> {
        if integration.name.trim().is_empty() {
            return Err(WorkspaceError::new("an integration needs a name").hint("Say what it does, in a few words."));
        }
        let store = self.store()?;
        let mut integration = integration.clone();
        for step in &mut integration.steps {
            // An end that cannot be looked at now is looked at another time.
            if let Ok(shapes) = self.shapes(step, false) {
                let now = Seen::now(step, &shapes);
                step.seen.get_or_insert_default().complete(now);
            }
        }
        let saved = store.save_integration(id, &integration, self.now())?;
        let done = if id == Some(saved) { "changed" } else { "kept" };
        store.log(self.now(), &format!("Integration \"{}\" {done}", integration.name), None)?;
        Ok(saved)
    }

    /// Forgets an integration. Its runs stay.
    pub fn delete_integration(&self, id: IntegrationId) -> Result<(), WorkspaceError> {
        let name = self.integration(id)?.name;
        let store = self.store()?;
        store.delete_integration(id)?;
        store.log(self.now(), &format!("Integration \"{name}\" deleted"), None)?;
        Ok(())
    }

    /// Whether an integration can run, and if not, why.
    pub fn check(&self, integration: &Integration) -> Result<Checked, WorkspaceError> {
        let shapes = self.all_shapes(integration, false)?;
        let mut drift = Vec::new();
        for (index, (step, shapes)) in integration.steps.iter().zip(&shapes).enumerate() {
            drift.extend(step.seen.iter().flat_map(|seen| seen.drift(index, step, shapes)));
        }
        if integration.goes_both_ways() {
            return Ok(Checked { drift, ..self.check_both_ways(integration, false)? });
        }
        Ok(match Plan::compile(integration, shapes, self.now()) {
            Ok(plan) => Checked { drift, warnings: plan.warnings(), ..Checked::default() },
            Err(problems) => Checked { problems, drift, ..Checked::default() },
        })
    }

    /// The integration with both ends seen as they are now: what has changed so far is no longer told.
    pub fn accept_drift(&self, integration: &Integration) -> Result<Integration, WorkspaceError> {
        let mut accepted = integration.clone();
        let shapes = self.all_shapes(integration, true)?;
        for (step, shapes) in accepted.steps.iter_mut().zip(&shapes) {
            step.seen = Some(Seen::now(step, shapes));
        }
        Ok(accepted)
    }

    /// Checks an integration into a plan.
    pub(super) fn plan(
        &self,
        integration: &Integration,
        refresh: bool,
    ) -> Result<Result<Plan, Vec<Problem>>, WorkspaceError> {
        Ok(Plan::compile(integration, self.all_shapes(integration, refresh)?, self.now()))
    }

    fn all_shapes(&self, integration: &Integration, refresh: bool) -> Result<Vec<Shapes>, WorkspaceError> {
        integration.steps.iter().map(|step| self.shapes(step, refresh)).collect()
    }

    /// What both ends of a step look like.
    pub(super) fn shapes(&self, step: &Step, refresh: bool) -> Result<Shapes, WorkspaceError> {
        let source = self.source_shape(&step.source, refresh)?;
        Ok(Shapes { source, target: self.step_shape(step, &step.mapping, refresh)? })
    }

    /// A table's columns, as they are now.
    pub fn describe_table(&self, into: &DatabaseSettings, table: &str) -> Result<Described, WorkspaceError> {
        let schema = Arc::new(into.table_schema(table)?);
        Ok(Described { schema, described_at: self.now() })
    }

    /// What the end of a step looks like to a mapping.
    pub(super) fn step_shape(
        &self,
        step: &Step,
        mapping: &Mapping,
        refresh: bool,
    ) -> Result<TargetShape, WorkspaceError> {
        match &step.into {
            Some(into) => {
                let object = into.table_schema(&step.object)?;
                Ok(TargetShape { object, ..TargetShape::default() })
            }
            None => self.target_shape(&step.org, &step.object, mapping, refresh),
        }
    }
}

/// How the sync of an integration stands; nothing where it goes one way.
fn sync_card(store: &Store, id: IntegrationId, integration: &Integration) -> Result<Option<SyncCard>, WorkspaceError> {
    let Some((step, sync)) = integration.steps.first().and_then(|step| Some((step, step.sync.as_ref()?))) else {
        return Ok(None);
    };
    let (mut first, mut synced_at) = (false, None);
    for step in 0..integration.steps.len() {
        let state = store.sync_state(id, step)?.unwrap_or_default();
        first |= !state.accepted;
        synced_at = synced_at.max(state.synced_at);
    }
    let open = ConflictFilter { states: vec![ConflictState::Open], integration: Some(id), ..ConflictFilter::default() };
    let conflicts = store.count_conflicts(&open)?;
    Ok(Some(SyncCard { ends: sync.ends(step), first, synced_at, conflicts }))
}
