//! Transactions: one around a single write, or one around everything that a thread writes and reads for a while.
//!
//! Whoever writes takes its turn first. A thread whose turn it is may call handlers that know nothing of it: what they
//! write becomes a part of its transaction, undone alone when it fails, and what they read includes what was written.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::{Database, Pen, lock};
use crate::failure::Refusal;

/// Whose turn it is to write.
#[derive(Default)]
pub(super) struct Turn {
    /// Held for as long as a transaction lasts.
    one: Mutex<()>,
    /// The thread that is inside [`Database::together`].
    holder: Mutex<Option<ThreadId>>,
    /// How many wait for their turn.
    waiting: AtomicUsize,
}

/// Ends the holding, also when a handler panics.
struct Holding<'t>(&'t Turn);

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        *lock(&self.0.holder) = None;
    }
}

impl Turn {
    /// Waits for the others.
    pub(super) fn take(&self) -> MutexGuard<'_, ()> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let turn = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        turn
    }

    /// Whether this thread is inside [`Database::together`].
    pub(super) fn is_mine(&self) -> bool {
        *lock(&self.holder) == Some(thread::current().id())
    }

    fn hold(&self) -> Holding<'_> {
        *lock(&self.holder) = Some(thread::current().id());
        Holding(self)
    }
}

/// How things stood before some work, beside what SQLite itself remembers.
pub(super) struct Before {
    counters: Vec<u64>,
    tickets: u64,
    changes: usize,
}

impl Pen {
    /// Opens a transaction.
    pub(super) fn begin(&mut self) -> Result<Before, Refusal> {
        if !self.conn.is_autocommit() {
            // A thread that panicked has left its transaction open.
            self.conn.execute_batch("ROLLBACK")?;
        }
        self.conn.execute_batch("BEGIN IMMEDIATE")?;
        self.log.cut(0);
        Ok(self.before())
    }

    fn before(&self) -> Before {
        Before { counters: self.counters.clone(), tickets: self.tickets, changes: self.log.length() }
    }

    fn restore(&mut self, before: &Before) {
        self.counters.clone_from(&before.counters);
        self.tickets = before.tickets;
        self.log.cut(before.changes);
    }

    /// Ends the transaction: kept when `answer` is good, undone when it is not.
    pub(super) fn end<T, E: From<Refusal>>(&mut self, before: &Before, answer: Result<T, E>) -> Result<T, E> {
        let kept = match answer {
            Ok(answer) => self.keep(before).map(|()| answer).map_err(E::from),
            Err(error) => Err(error),
        };
        if kept.is_err() {
            self.restore(before);
            // A failed COMMIT may have ended the transaction by itself.
            if !self.conn.is_autocommit() {
                self.conn.execute_batch("ROLLBACK").map_err(Refusal::from)?;
            }
        }
        kept
    }

    fn keep(&mut self, before: &Before) -> Result<(), Refusal> {
        self.save_counters(&before.counters, before.tickets)?;
        self.conn.execute_batch("COMMIT")?;
        self.log.hand_over();
        Ok(())
    }

    /// Runs `work` as a part of the transaction under way.
    pub(super) fn part<T, E: From<Refusal>>(&mut self, work: impl FnOnce(&mut Pen) -> Result<T, E>) -> Result<T, E> {
        let before = self.enter().map_err(E::from)?;
        let answer = work(self);
        self.leave(&before, answer)
    }

    fn enter(&mut self) -> Result<Before, Refusal> {
        self.conn.execute_batch("SAVEPOINT part")?;
        Ok(self.before())
    }

    fn leave<T, E: From<Refusal>>(&mut self, before: &Before, answer: Result<T, E>) -> Result<T, E> {
        if answer.is_err() {
            self.conn.execute_batch("ROLLBACK TO part").map_err(Refusal::from)?;
            self.restore(before);
        }
        self.conn.execute_batch("RELEASE part").map_err(Refusal::from)?;
        answer
    }
}

impl Database {
    /// Whether somebody waits to write. Asked by whoever has much to write, and can do so in parts.
    pub(crate) fn is_awaited(&self) -> bool {
        self.turn.waiting.load(Ordering::SeqCst) > 0
    }

    /// Lets those who wait go first: a lock alone goes to whoever asks soonest, which is the one who has just let go.
    pub(crate) fn give_way(&self) {
        const PATIENCE: Duration = Duration::from_millis(10);
        let begun = Instant::now();
        while self.is_awaited() && begun.elapsed() < PATIENCE {
            thread::yield_now();
        }
    }

    /// Runs `work` in one transaction that every [`Database::write`] and [`Database::read`] of this thread joins
    /// meanwhile. An error undoes all of them.
    pub(crate) fn together<T, E: From<Refusal>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if self.turn.is_mine() {
            let before = lock(&self.pen).enter().map_err(E::from)?;
            let answer = work();
            return lock(&self.pen).leave(&before, answer);
        }
        let _turn = self.turn.take();
        let before = lock(&self.pen).begin().map_err(E::from)?;
        let answer = {
            let _holding = self.turn.hold();
            work()
        };
        lock(&self.pen).end(&before, answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn count(database: &Database) -> i64 {
        database
            .read(|conn| Ok(conn.query_row("SELECT count(*) FROM practice_setting", [], |row| row.get(0))?))
            .unwrap()
    }

    #[test]
    fn what_is_written_together_is_read_together_and_undone_together() {
        let schema = Schema::standard();
        let (database, _) = Database::open(None, &schema).unwrap();
        let before = count(&database);
        let undone: Result<(), Refusal> = database.together(|| {
            database.set_setting("a", "1")?;
            let tickets = database.write(|pen| Ok(pen.next_ticket()))?;
            let failed: Result<(), Refusal> = database.write(|pen| {
                pen.next_ticket();
                pen.conn.execute("INSERT INTO practice_setting (name, value) VALUES ('b', '1')", [])?;
                Err(Refusal::not_found())
            });
            assert!(failed.is_err());
            assert_eq!(database.write(|pen| Ok(pen.next_ticket()))?, tickets + 1, "the failed part is undone alone");
            assert_eq!(count(&database), before + 1);
            Err(Refusal::not_found())
        });
        assert!(undone.is_err());
        assert_eq!(count(&database), before);
        let kept: Result<(), Refusal> = database.together(|| database.set_setting("a", "1"));
        kept.unwrap();
        assert_eq!(count(&database), before + 1);
    }

    #[test]
    fn other_threads_wait_and_are_not_undone() {
        let schema = Schema::standard();
        let (database, _) = Database::open(None, &schema).unwrap();
        let before = count(&database);
        let (started, hear) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let undone: Result<(), Refusal> = database.together(|| {
                database.set_setting("mine", "1")?;
                let other = &database;
                scope.spawn(move || {
                    assert_eq!(count(other), before, "nobody else reads what is not committed");
                    started.send(()).unwrap();
                    other.set_setting("other", "1").unwrap();
                });
                hear.recv().unwrap();
                Err(Refusal::not_found())
            });
            assert!(undone.is_err());
        });
        assert_eq!(database.setting("mine").unwrap(), None);
        assert_eq!(database.setting("other").unwrap().as_deref(), Some("1"));
    }

    #[test]
    fn a_panic_undoes_what_was_written_together() {
        let schema = Schema::standard();
        let (database, _) = Database::open(None, &schema).unwrap();
        let fell = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _never: Result<(), Refusal> = database.together(|| {
                database.set_setting("a", "1")?;
                panic!("as ordered")
            });
        }));
        assert!(fell.is_err());
        database.set_setting("b", "1").unwrap();
        assert_eq!(database.setting("a").unwrap(), None);
        assert_eq!(database.setting("b").unwrap().as_deref(), Some("1"));
    }
}
