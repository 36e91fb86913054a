//! Records that have no partner yet: who belongs to whom, who is alone, and who must be told apart by a person.

use super::ends::Record;
use crate::integration::SyncPlan;
use crate::store::{About, NewConflict};
use crate::sync::{Candidate, Claim, End, MatchBy, Matter, MatterKind, Proposal, Side, propose};

/// Values that help to tell records apart.
const SHOWN: usize = 4;

/// Proposes partners among records of both ends.
pub(super) fn partners(plan: &SyncPlan, left: &[&Record], right: &[&Record]) -> Proposal {
    let rules = rules(plan);
    let candidates = |records: &[&Record]| -> Vec<Vec<String>> {
        records
            .iter()
            .map(|record| {
                let values = record.plain();
                rules.iter().map(|(line, _)| values[*line].clone()).collect()
            })
            .collect()
    };
    let (left_values, right_values) = (candidates(left), candidates(right));
    fn candidate<'a>((record, values): (&'a &Record, &'a Vec<String>)) -> Candidate<'a> {
        Candidate {
            id: &record.key,
            partner: record.partner.as_deref(),
            values: values.iter().map(String::as_str).collect(),
        }
    }
    let left: Vec<_> = left.iter().zip(&left_values).map(candidate).collect();
    let right: Vec<_> = right.iter().zip(&right_values).map(candidate).collect();
    let by: Vec<_> = rules.iter().map(|(_, by)| *by).collect();
    propose(&by, &left, &right)
}

/// First the line that holds the key, then what a person said.
fn rules(plan: &SyncPlan) -> Vec<(usize, MatchBy)> {
    let key = plan.key_line.map(|line| (line, MatchBy::Key));
    key.into_iter().chain(plan.matching.iter().copied()).collect()
}

/// What a person is asked about records that match each other.
pub(super) fn ambiguous(plan: &SyncPlan, left: &[&Record], right: &[&Record]) -> NewConflict {
    let claims = left.iter().map(|record| claim(plan, End::Left, record));
    let claims: Vec<_> = claims.chain(right.iter().map(|record| claim(plan, End::Right, record))).collect();
    let name =
        left.first().or(right.first()).map(|record| name(plan, &record.plain(), &record.key)).unwrap_or_default();
    let mut keys: Vec<_> = claims.iter().map(|claim| format!("{:?} {}", claim.end, claim.key)).collect();
    keys.sort_unstable();
    NewConflict {
        about: About::Group(keys.join(", ")),
        matter: Matter {
            kind: MatterKind::Ambiguous,
            object: plan.right_shape.object.name.clone(),
            name,
            ends: plan.ends.clone(),
            left: Side::default(),
            right: Side::default(),
            lines: Vec::new(),
            claims,
        },
    }
}

fn claim(plan: &SyncPlan, end: End, record: &Record) -> Claim {
    let values = record.plain();
    let shown = plan.lines.iter().zip(&values).filter(|(_, value)| !value.is_empty()).take(SHOWN);
    Claim {
        end,
        key: record.key.to_string(),
        name: name(plan, &values, &record.key),
        values: shown.map(|(line, value)| (line.label.clone(), value.clone())).collect(),
    }
}

/// What people call a record: its name, else its first and last name, else its key.
pub(super) fn name(plan: &SyncPlan, values: &[String], key: &str) -> String {
    let of = |path: &str| {
        let line = plan.lines.iter().position(|line| line.path == path)?;
        Some(values.get(line)?.trim()).filter(|value| !value.is_empty())
    };
    let parts = || {
        let parts: Vec<_> = ["FirstName", "LastName"].into_iter().filter_map(of).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    let plain = ["Name", "Subject", "Title", "CaseNumber", "OrderNumber"].into_iter().find_map(of);
    plain.map(str::to_owned).or_else(parts).unwrap_or_else(|| key.to_owned())
}
