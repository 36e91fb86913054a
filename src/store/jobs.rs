//! Bulk jobs that were opened for a run, from the moment of their making until a note says what is in them.
//!
//! A job that is open does nothing in the org. One whose program died before it was noted is of no use to anybody, and is stopped
//! when the run goes on or the program starts.

use super::{RunId, Store, StoreError};

/// A job that was opened and is in no note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedJob {
    /// Salesforce's id for it.
    pub id: String,
    /// The run it was made for.
    pub run: RunId,
    /// The step.
    pub step: usize,
    /// The API version it was made with.
    pub version: String,
}

impl Store {
    /// Writes down that a job was opened.
    pub fn job_opened(&self, job: &OpenedJob) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute(
                "INSERT INTO job (id, run, step, version) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                (&job.id, job.run.0, job.step as i64, &job.version),
            )
            .map(drop)
        })
    }

    /// Forgets a job that is of no further use.
    pub fn forget_job(&self, id: &str) -> Result<(), StoreError> {
        self.write(|db| db.execute("DELETE FROM job WHERE id = ?1", [id]).map(drop))
    }

    /// Jobs that were opened and are in no note.
    pub fn opened_jobs(&self) -> Result<Vec<OpenedJob>, StoreError> {
        let list = || {
            let mut query =
                self.connection.prepare_cached("SELECT id, run, step, version FROM job ORDER BY run, step")?;
            let read = |row: &rusqlite::Row<'_>| {
                Ok(OpenedJob {
                    id: row.get(0)?,
                    run: RunId(row.get(1)?),
                    step: row.get::<_, i64>(2)? as usize,
                    version: row.get(3)?,
                })
            };
            query.query_map([], read)?.collect()
        };
        self.sql(list())
    }

    /// The run that a job belongs to, whether it is open, under way or done.
    pub fn run_of_job(&self, id: &str) -> Result<Option<RunId>, StoreError> {
        let find = || {
            let mut query = self.connection.prepare_cached(
                "SELECT run FROM job WHERE id = ?1 UNION ALL SELECT run FROM note WHERE json_extract(ticket, '$.job') = ?1 \
                 UNION ALL SELECT run FROM carried WHERE job = ?1 LIMIT 1",
            )?;
            query.query_map([id], |row| Ok(RunId(row.get(0)?)))?.next().transpose()
        };
        self.sql(find())
    }
}
