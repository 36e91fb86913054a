//! Which window of changes a run reads.

use super::{Workspace, WorkspaceError};
use crate::connect::changes::Changes;
use crate::integration::{Integration, Step};
use crate::store::IntegrationId;

impl Workspace {
    /// Says to each step that is read only for what has changed which window it is: from the end of the last complete run of the same
    /// query of the same org to now.
    pub fn set_windows(&self, id: Option<IntegrationId>, integration: &mut Integration) -> Result<(), WorkspaceError> {
        let changes = |step: &Step| step.source.query().is_some_and(|query| query.changes.is_some());
        if !integration.steps.iter().any(changes) {
            return Ok(());
        }
        let store = self.store()?;
        let last = id.map(|id| store.last_complete_form(id)).transpose()?.flatten().map(|(form, _)| form);
        for (index, step) in integration.steps.iter_mut().enumerate() {
            let Some(query) = step.source.query_mut() else { continue };
            let Some(changes) = query.changes.clone() else { continue };
            let org = self.connect(&query.org)?;
            let identity = self.identify(&query.org, &org)?;
            let before = last.as_ref().and_then(|form| form.steps.get(index)?.source.query());
            let same = before.filter(|before| before.soql == query.soql && before.deleted == query.deleted);
            let window = same.and_then(|before| before.changes.as_ref());
            // An alias may lead elsewhere by now.
            let window = window.filter(|window| window.org_id == identity.org_id);
            let until = window.and_then(|window| window.until.as_deref());
            query.changes = Some(Changes { org_id: identity.org_id, ..changes.after(until, &org.now()) });
        }
        Ok(())
    }
}
