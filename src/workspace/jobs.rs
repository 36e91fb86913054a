//! Bulk jobs in an org: those of our runs, and those that others left behind.

use super::{Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::salesforce::{Job, JobState, ListedJob};
use crate::store::{OpenedJob, RunId, RunLock};

/// A job that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerJob {
    /// What the org says of it.
    pub job: ListedJob,
    /// The run of this workspace that it belongs to.
    pub run: Option<RunId>,
}

impl Workspace {
    /// Bulk jobs of an org that have not ended, the newest first.
    pub fn server_jobs(&self, alias: &str, cancel: &Cancel) -> Result<Vec<ServerJob>, WorkspaceError> {
        let store = self.store()?;
        let mut open = Vec::new();
        for job in self.connect(alias)?.jobs(cancel)?.into_iter().filter(|job| !job.state.ended()) {
            let run = store.run_of_job(&job.id)?;
            open.push(ServerJob { job, run });
        }
        open.sort_by(|a, b| b.job.created_at.cmp(&a.job.created_at));
        Ok(open)
    }

    /// Stops a job of an org, unless a run of this workspace waits for it.
    pub fn abort_job(&self, alias: &str, id: &str, cancel: &Cancel) -> Result<(), WorkspaceError> {
        let store = self.store()?;
        if let Some(run) = store.run_of_job(id)?
            && RunLock::is_taken(self.path(), run)
        {
            return Err(WorkspaceError::new(format!("run {} is at work with job {id}", run.0))
                .hint("Cancel the run: it stops the job and fetches what was done."));
        }
        let org = self.connect(alias)?;
        let known = org.jobs(cancel)?.into_iter().find(|job| job.id == id);
        let job = known.ok_or_else(|| {
            WorkspaceError::new(format!("{alias} has no Bulk job {id}")).hint("List its jobs, and choose one of them.")
        })?;
        org.abort_job(&Job { id: job.id, version: job.version }, cancel)?;
        store.forget_job(id)?;
        store.log(self.now(), &format!("Bulk job {id} in {alias} stopped"), None)?;
        Ok(())
    }

    /// Stops jobs that runs of this workspace opened and whose rows they never noted, because the program died in between. They
    /// would do nothing, and show in Salesforce as open. Says which.
    pub fn stop_left_jobs(&self, cancel: &Cancel) -> Result<Vec<String>, WorkspaceError> {
        let store = self.store()?;
        let mut stopped = Vec::new();
        for left in store.opened_jobs()? {
            let Some(run) = store.run(left.run)?.filter(|run| !RunLock::is_taken(self.path(), run.id)) else {
                continue;
            };
            let Some(step) = run.steps.get(left.step) else { continue };
            let org = self.connect(&step.org)?;
            let OpenedJob { id, version, .. } = left;
            let job = Job { id, version };
            match org.job(&job, cancel) {
                Ok(info) if info.state == JobState::Open => {
                    org.abort_job(&job, cancel)?;
                    let line = format!("Bulk job {}, which run {} left open, stopped", job.id, run.id.0);
                    store.log(self.now(), &line, Some(run.id))?;
                    stopped.push(line);
                }
                Ok(_) => {}
                Err(error) if error.has_code("NOT_FOUND") => {}
                Err(error) => return Err(error.into()),
            }
            store.forget_job(&job.id)?;
        }
        Ok(stopped)
    }
}
