//! A computer that stays awake while a run works.

use crate::cancel::Cancel;
use std::time::Duration;

/// Runs that are over sooner keep nothing awake: nobody's computer falls asleep under them.
const NOT_BEFORE: Duration = Duration::from_secs(10);

/// Keeps the computer awake until it is dropped; where the system has no way to, nothing happens.
pub(super) struct Awake(Cancel);

impl Awake {
    pub(super) fn during(run: &str) -> Awake {
        let over = Cancel::new();
        let (until, why) = (over.clone(), format!("{run} is at work"));
        // On a thread of its own: the system may take its time to answer, and a run does not wait for that.
        std::thread::spawn(move || {
            if until.sleep(NOT_BEFORE).is_err() {
                return;
            }
            let mut asked = keepawake::Builder::default();
            asked.display(false).idle(true).sleep(true).reason(why).app_name("Linkspan").app_reverse_domain("linkspan");
            match asked.create() {
                Ok(_held) => while until.sleep(Duration::from_secs(3_600)).is_ok() {},
                Err(error) => tracing::warn!(%error, "the computer may fall asleep during the run"),
            }
        });
        Awake(over)
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        self.0.request();
    }
}
