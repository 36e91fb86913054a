//! What was written to a pair of late, so that two ends that undo each other's values for ever are stopped and told.
//!
//! A value that is the same again at the same end, time after time, is no work of people: something at each end rewrites what the sync
//! brings, in capitals here, in small letters there. Three times are let through; the fourth waits for a person.

use super::decide::{Conflict, Decision, Deed, Disagreement};
use super::terms::End;
use crate::connect::{Digest, Digester};
use crate::record::Kind;
use serde::{Deserialize, Serialize};

/// How often one value may be written to one field of one record before it waits for a person.
const PATIENCE: usize = 3;

/// Writes that are remembered. Two ends that go through a few values before they come back to the first are seen too.
const REMEMBERED: usize = 24;

/// The last writes to a pair.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail(Vec<(usize, End, Digest)>);

impl Trail {
    /// Takes out of a decision what would be written once too often, for a person to settle, and remembers the rest.
    pub fn calm(&mut self, mut decision: Decision, agreed: &[Option<&str>]) -> Decision {
        let mut again = Vec::new();
        for end in End::BOTH {
            let Deed::Change(values) = decision.at(end) else { continue };
            again.extend(
                values.iter().filter(|(line, value)| self.times(*line, end, value) >= PATIENCE).map(|(line, _)| *line),
            );
        }
        again.sort_unstable();
        again.dedup();
        for end in End::BOTH {
            if let Deed::Change(values) = decision.deed_mut(end) {
                values.retain(|(line, _)| !again.contains(line));
                if values.is_empty() {
                    *decision.deed_mut(end) = Deed::Nothing;
                }
            }
        }
        for line in &again {
            if let Some(now) = &mut decision.agreed {
                now[*line] = agreed[*line].map(str::to_owned);
            }
        }
        if !again.is_empty() {
            let mut fields = match decision.conflict.take() {
                Some(Conflict::Fields(fields)) => fields,
                _ => Vec::new(),
            };
            fields.extend(again.into_iter().map(|line| (line, Disagreement::PingPong)));
            fields.sort_unstable_by_key(|(line, _)| *line);
            decision.conflict = Some(Conflict::Fields(fields));
        }
        self.remember(&decision);
        decision
    }

    /// Begins anew, as when a person has settled it.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn remember(&mut self, decision: &Decision) {
        for end in End::BOTH {
            if let Deed::Change(values) = decision.at(end) {
                self.0.extend(values.iter().map(|(line, value)| (*line, end, digest(value))));
            }
        }
        let old = self.0.len().saturating_sub(REMEMBERED);
        self.0.drain(..old);
    }

    fn times(&self, line: usize, end: End, value: &str) -> usize {
        let wanted = (line, end, digest(value));
        self.0.iter().filter(|write| **write == wanted).count()
    }
}

fn digest(value: &str) -> Digest {
    let mut digester = Digester::default();
    digester.cell(Kind::Any, value);
    digester.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::{Deletes, Direction, Here, Leniency, Line, Pair, State, Strategy, Terms, decide};

    fn here(value: &str) -> State<'_> {
        State::Here(Here { values: vec![Ok(value)], changed_at: None })
    }

    /// Syncs one field of one record until nothing is written; each end rewrites what it gets. How many passes wrote, and what was open.
    fn passes(left_rewrites: fn(&str) -> String, right_rewrites: fn(&str) -> String) -> (usize, Option<Conflict>) {
        let line = Line {
            kind: Kind::Text,
            direction: Direction::Both,
            leniency: Leniency::default(),
            strategy: Strategy::Truth(End::Left),
            key: false,
        };
        let (deleted_left, deleted_right) = (Deletes::Ignore, Deletes::Ignore);
        let terms = Terms { lines: vec![line], deleted_left, deleted_right, skew: 0, tie: None };
        let (mut left, mut right, mut agreed) = ("Edited".to_owned(), "a".to_owned(), "a".to_owned());
        let mut trail = Trail::default();
        for pass in 0..100 {
            let pair = Pair { agreed: vec![Some(&agreed)], left: here(&left), right: here(&right) };
            let decision = trail.calm(decide(&terms, &pair, &|_| None), &pair.agreed);
            let written = |deed: &Deed| match deed {
                Deed::Change(values) => Some(values[0].1.clone()),
                _ => None,
            };
            let (to_left, to_right) = (written(&decision.left), written(&decision.right));
            if to_left.is_none() && to_right.is_none() {
                return (pass, decision.conflict);
            }
            if let Some(value) = to_left {
                left = left_rewrites(&value);
            }
            if let Some(value) = to_right {
                right = right_rewrites(&value);
            }
            agreed = decision.agreed.unwrap().remove(0).unwrap();
        }
        panic!("it goes on for ever");
    }

    #[test]
    fn ends_that_undo_each_other_are_stopped_and_told() {
        let open = Some(Conflict::Fields(vec![(0, Disagreement::PingPong)]));
        let (written, conflict) = passes(str::to_lowercase, str::to_uppercase);
        assert!(conflict == open && written <= 2 * PATIENCE + 2, "{written} passes, {conflict:?}");
    }

    #[test]
    fn an_end_that_only_tidies_what_it_gets_is_let_be() {
        assert_eq!(passes(str::to_owned, str::to_owned), (1, None));
        assert_eq!(passes(str::to_owned, |value| value.trim().to_uppercase()), (2, None));
    }
}
