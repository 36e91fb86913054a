//! What becomes of one pair: the decision, a person's resolution laid over it, and what a person is asked.

use super::ends::Record;
use super::partners::name;
use crate::integration::SyncPlan;
use crate::store::{ConflictRecord, LetGo, PairRecord};
use crate::sync::{
    Conflict, Decision, Deed, Disputed, End, Held, Here, Matter, MatterKind, Pair, Resolution, Side, State, decide,
};

/// A pair with what was read of it.
pub(super) struct Case<'a> {
    pub(super) plan: &'a SyncPlan,
    pub(super) pair: &'a PairRecord,
    /// What was read, left and right; `None` where nothing was, and what is known holds.
    pub(super) read: [Option<&'a Record>; 2],
    /// Which ends have deleted it, and when.
    pub(super) gone: [bool; 2],
    pub(super) gone_at: Option<i64>,
}

/// What becomes of a pair.
pub(super) struct Judged {
    pub(super) decision: Decision,
    /// For each line what each end holds now.
    pub(super) held: [Vec<String>; 2],
    /// What a person is asked.
    pub(super) matter: Option<Matter>,
    /// Whether the decision of a person was carried into it.
    pub(super) resolved: bool,
    pub(super) let_go: LetGo,
}

impl Case<'_> {
    /// Judges the pair. `decided` is the conflict about it that a person has decided.
    pub(super) fn judge(&self, trail: &mut crate::sync::Trail, decided: Option<&ConflictRecord>) -> Judged {
        let held = End::BOTH.map(|end| self.held(end));
        let plain = [&held[0], &held[1]].map(|values| {
            values.iter().map(|value| value.as_ref().map_or(String::new(), Clone::clone)).collect::<Vec<_>>()
        });
        let agreed: Vec<_> = self.pair.agreed.iter().map(Option::as_deref).collect();
        let state = |end: End| self.state(end, &held[end as usize]);
        let judge = |line: usize| {
            let known: Vec<_> = agreed.iter().map(|agreed| agreed.unwrap_or_default()).collect();
            let [left, right] =
                [&plain[0], &plain[1]].map(|values| values.iter().map(String::as_str).collect::<Vec<_>>());
            self.plan.formulas.result(line, &left, &right, &known)
        };
        let pair = Pair { agreed: agreed.clone(), left: state(End::Left), right: state(End::Right) };
        let decision = trail.calm(decide(&self.plan.terms, &pair, &judge), &agreed);
        let matter = decision.conflict.as_ref().map(|conflict| self.matter(conflict, &decision, &held));
        let mut judged = Judged { let_go: self.let_go(&decision), decision, held: plain, matter, resolved: false };
        if let Some(decided) = decided {
            self.resolve(decided, &held, &mut judged);
        }
        judged
    }

    fn held(&self, end: End) -> Vec<Result<String, String>> {
        let owned = |value: Result<&str, &str>| value.map(str::to_owned).map_err(str::to_owned);
        match self.read[end as usize] {
            Some(record) => record.values().into_iter().map(owned).collect(),
            None => self.pair.held(end).into_iter().map(Ok).collect(),
        }
    }

    fn state<'s>(&self, end: End, held: &'s [Result<String, String>]) -> State<'s> {
        let at = end as usize;
        if self.gone[at] {
            return State::Gone { at: self.gone_at };
        }
        if self.pair.keys[at].is_none() && self.read[at].is_none() {
            return State::Absent;
        }
        let values = held.iter().map(|value| value.as_deref().map_err(String::as_str)).collect();
        State::Here(Here { values, changed_at: self.at(end) })
    }

    fn at(&self, end: End) -> Option<i64> {
        self.read[end as usize].map_or(self.pair.at[end as usize], |record| record.at)
    }

    /// Records that one end deleted and the other keeps are a pair no more.
    fn let_go(&self, decision: &Decision) -> LetGo {
        let none = decision.agreed.is_none() && decision.rests();
        match End::BOTH.into_iter().find(|end| self.gone[*end as usize]) {
            Some(end) if none => LetGo::Deleted(end),
            _ => LetGo::No,
        }
    }

    fn matter(&self, conflict: &Conflict, decision: &Decision, held: &[Vec<Result<String, String>>; 2]) -> Matter {
        let plan = self.plan;
        let why = |line: usize| match conflict {
            Conflict::Fields(fields) => fields.iter().find(|(at, _)| *at == line).map(|(_, why)| *why),
            Conflict::DeletedAndChanged(_) => None,
        };
        let told = |value: &Result<String, String>| match value {
            Ok(text) => Held { text: text.clone(), fault: None },
            Err(fault) => Held { text: String::new(), fault: Some(fault.clone()) },
        };
        let lines: Vec<_> = plan
            .lines
            .iter()
            .enumerate()
            .map(|(index, line)| Disputed {
                column: line.column.clone(),
                path: line.path.clone(),
                label: line.label.clone(),
                kind: line.field.kind,
                agreed: self.pair.agreed[index].clone(),
                left: told(&held[0][index]),
                right: told(&held[1][index]),
                merged: decision.agreed.as_ref().and_then(|agreed| agreed[index].clone()),
                why: why(index),
            })
            .collect();
        let side = |end: End| {
            let at = end as usize;
            let key = self.read[at].map(|record| record.key.to_string()).or_else(|| self.pair.keys[at].clone());
            Side {
                key: key.unwrap_or_default(),
                gone: self.gone[at],
                changed_at: if self.gone[at] { self.gone_at } else { self.at(end) },
                changed_by: self.read[at].and_then(|record| record.by.as_deref().map(str::to_owned)),
            }
        };
        let (left, right) = (side(End::Left), side(End::Right));
        // The end that still has the record knows its name.
        let shown = if self.gone[1] { 0 } else { 1 };
        let values: Vec<_> = held[shown].iter().map(|value| value.clone().unwrap_or_default()).collect();
        let other: Vec<_> = held[1 - shown].iter().map(|value| value.clone().unwrap_or_default()).collect();
        let key = if left.key.is_empty() { &right.key } else { &left.key };
        let called = name(plan, &values, "");
        let called = if called.is_empty() { name(plan, &other, key) } else { called };
        Matter {
            kind: MatterKind::of(conflict, &lines),
            object: plan.right_shape.object.name.clone(),
            name: called,
            ends: plan.ends.clone(),
            left,
            right,
            lines,
            claims: Vec::new(),
        }
    }

    /// Lays what a person decided over the decision, if the same is still in dispute.
    fn resolve(&self, decided: &ConflictRecord, held: &[Vec<Result<String, String>>; 2], judged: &mut Judged) {
        let (Some(resolution), Some(matter)) = (&decided.resolution, &judged.matter) else { return };
        if !decided.matter.disputes_the_same(matter) {
            return;
        }
        judged.resolved = match resolution {
            Resolution::Fields(choices) => {
                let mut values = Vec::new();
                for (index, line) in matter.lines.iter().enumerate().filter(|(_, line)| line.why.is_some()) {
                    match choices.get(&line.path).and_then(|choice| matter.chosen(line, choice)) {
                        Some(value) => values.push((index, value.to_owned())),
                        None => return,
                    }
                }
                self.settle(&values, held, &mut judged.decision);
                true
            }
            Resolution::Delete | Resolution::Restore => self.deleted(resolution, judged),
            Resolution::LetGo => {
                judged.decision = Decision::default();
                judged.let_go = LetGo::Said;
                true
            }
            Resolution::Pairs(_) | Resolution::Ignore => false,
        };
        if judged.resolved {
            judged.decision.conflict = None;
            judged.matter = None;
        }
    }

    /// Both ends get the values that a person chose.
    fn settle(&self, values: &[(usize, String)], held: &[Vec<Result<String, String>>; 2], decision: &mut Decision) {
        if let Some(absent) = End::BOTH.into_iter().find(|end| self.absent(*end)) {
            // The record could not be made for want of these values.
            let mut whole: Vec<_> =
                held[absent.other() as usize].iter().map(|value| value.clone().unwrap_or_default()).collect();
            values.iter().for_each(|(line, value)| whole[*line].clone_from(value));
            *decision = self.made(absent, &whole);
        }
        for (line, value) in values {
            for end in End::BOTH {
                if held[end as usize][*line].as_deref() == Ok(value) {
                    continue;
                }
                match decision.deed_mut(end) {
                    Deed::Create(_) => {}
                    Deed::Change(lines) => lines.push((*line, value.clone())),
                    deed => *deed = Deed::Change(vec![(*line, value.clone())]),
                }
            }
            if let Some(agreed) = &mut decision.agreed {
                agreed[*line] = Some(value.clone());
            }
        }
    }

    fn deleted(&self, resolution: &Resolution, judged: &mut Judged) -> bool {
        let Some(at) = End::BOTH.into_iter().find(|end| self.gone[*end as usize]) else { return false };
        judged.decision = if *resolution == Resolution::Delete {
            let mut decision = Decision::default();
            *decision.deed_mut(at.other()) = Deed::Delete;
            decision
        } else {
            self.made(at, &judged.held[at.other() as usize])
        };
        true
    }

    fn absent(&self, end: End) -> bool {
        self.pair.keys[end as usize].is_none() && self.read[end as usize].is_none()
    }

    /// The decision that makes a record with these values at an end.
    fn made(&self, at: End, values: &[String]) -> Decision {
        let here = Here { values: values.iter().map(|value| Ok(value.as_str())).collect(), changed_at: None };
        let (left, right) = match at {
            End::Left => (State::Absent, State::Here(here)),
            End::Right => (State::Here(here), State::Absent),
        };
        decide(&self.plan.terms, &Pair { agreed: vec![None; values.len()], left, right }, &|_| None)
    }
}
