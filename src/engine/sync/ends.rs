//! Records of both ends as a pass reads them: every value in the shape of the right end.

use crate::cancel::Cancel;
use crate::connect::{Digest, Digester, Source};
use crate::engine::EngineError;
use crate::integration::SyncPlan;
use crate::mapping::{Mapped, no_links};
use crate::record::{Kind, Row, id15_to_18};
use crate::sync::End;

/// A record as one end has it, kept for the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) key: Box<str>,
    /// The values of all lines one behind the other; a faulty one is what is wrong with it.
    text: Box<str>,
    ends: Box<[u32]>,
    /// Lines whose value is faulty, ascending.
    faulty: Vec<u32>,
    pub(super) at: Option<i64>,
    pub(super) by: Option<Box<str>>,
    /// What the record says its partner is called.
    pub(super) partner: Option<Box<str>>,
}

impl Record {
    /// Its values by line, or why there is none.
    pub(super) fn values(&self) -> Vec<Result<&str, &str>> {
        let mut from = 0;
        let value = |(line, to): (usize, &u32)| {
            let text = &self.text[from..*to as usize];
            from = *to as usize;
            if self.faulty.binary_search(&(line as u32)).is_ok() { Err(text) } else { Ok(text) }
        };
        self.ends.iter().enumerate().map(value).collect()
    }

    /// Its values by line; blank where there is none.
    pub(super) fn plain(&self) -> Vec<String> {
        self.values().into_iter().map(|value| value.unwrap_or_default().to_owned()).collect()
    }
}

/// What a row was read as, before anybody knows whether it must be kept.
pub(super) struct Reader<'a> {
    plan: &'a SyncPlan,
    end: End,
    /// Where a row of the right end tells its id, its stamp, who changed it and whether it is deleted.
    told: [Option<usize>; 4],
    /// Where its lines begin.
    lines: usize,
    mapped: Mapped,
    digester: Digester,
    text: String,
    ends: Vec<u32>,
    faulty: Vec<u32>,
}

/// What can be told of a row.
pub(super) struct Told<'r> {
    /// What the end calls the record; blank where it has no key.
    pub(super) key: &'r str,
    /// Since when it is in the recycle bin.
    pub(super) deleted: bool,
    pub(super) at: Option<i64>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(plan: &'a SyncPlan, end: End) -> Reader<'a> {
        let mut lines = 0;
        let told = plan.told().map(|column| {
            column.map(|_| {
                lines += 1;
                lines - 1
            })
        });
        Reader {
            plan,
            end,
            told,
            lines,
            mapped: Mapped::default(),
            digester: Digester::default(),
            text: String::new(),
            ends: Vec::new(),
            faulty: Vec::new(),
        }
    }

    /// What a row is about.
    pub(super) fn told<'r>(&self, row: Row<'r>) -> Told<'r> {
        match self.end {
            End::Left => {
                let columns = &self.plan.columns;
                let at = columns.stamp.and_then(|stamp| instant(row.cell(stamp)));
                // A database may keep keys with spaces around them, and finds them so alone.
                let key = row.cell(columns.key);
                Told { key: if key.trim().is_empty() { "" } else { key }, deleted: false, at }
            }
            End::Right => {
                let [key, at, _, deleted] = self.told.map(|place| place.map_or("", |place| row.cell(place)));
                Told { key, deleted: deleted.eq_ignore_ascii_case("true"), at: instant(at) }
            }
        }
    }

    /// Reads the values of a row, and gives back their digest.
    pub(super) fn read(&mut self, row: Row<'_>) -> Digest {
        self.text.clear();
        self.ends.clear();
        self.faulty.clear();
        match self.end {
            End::Left => self.left(row),
            End::Right => self.right(row),
        }
        let mut from = 0;
        for (line, to) in self.ends.iter().enumerate() {
            let text = &self.text[from..*to as usize];
            from = *to as usize;
            let faulty = self.faulty.contains(&(line as u32));
            // What is wrong with a value is never taken for the value.
            let kind = if faulty { Kind::Any } else { self.plan.lines[line].field.kind };
            self.digester.cell(kind, text);
            if faulty {
                self.digester.cell(Kind::Any, "\u{0}fault");
            }
        }
        self.digester.finish()
    }

    fn left(&mut self, row: Row<'_>) {
        let plan = self.plan;
        let mut faults: Vec<(usize, String)> = Vec::new();
        if let Some(fault) = row.fault() {
            faults.extend((0..plan.lines.len()).map(|line| (line, fault.message.clone())));
        } else {
            let mut reject = |line, rejection: crate::record::Rejection| faults.push((line, rejection.message.clone()));
            plan.forth.map(row, &no_links, &mut self.mapped, &mut reject);
        }
        for line in 0..plan.lines.len() {
            match faults.iter().find(|(faulty, _)| *faulty == line) {
                Some((_, why)) => {
                    self.faulty.push(line as u32);
                    self.text.push_str(why);
                }
                None => self.text.push_str(self.mapped.value(line)),
            }
            self.ends.push(self.text.len() as u32);
        }
    }

    fn right(&mut self, row: Row<'_>) {
        let plan = self.plan;
        let mut lookup = self.lines + plan.lines.len();
        for (index, line) in plan.lines.iter().enumerate() {
            let value = row.cell(self.lines + index);
            let link = line.lookup.as_ref().map(|_| {
                lookup += 1;
                row.cell(lookup - 1)
            });
            if value.is_empty() && link.is_some_and(|link| !link.is_empty()) {
                self.faulty.push(index as u32);
                self.text.push_str(&format!("the record it belongs to has no {} yet", line.path));
            } else {
                self.text.push_str(value);
            }
            self.ends.push(self.text.len() as u32);
        }
    }

    /// What the row read last has for a line; `None` where that is faulty.
    pub(super) fn value(&self, line: usize) -> Option<&str> {
        let from = line.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        let text = &self.text[from..self.ends[line] as usize];
        (!self.faulty.contains(&(line as u32))).then_some(text)
    }

    /// The values read last, as a record to be kept.
    pub(super) fn keep(&self, row: Row<'_>) -> Record {
        let Told { key, at, .. } = self.told(row);
        let filled = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(Box::from);
        let (by, partner) = match self.end {
            End::Left => {
                let columns = &self.plan.columns;
                let partner = columns.partner.map(|column| row.cell(column).trim()).unwrap_or_default();
                let partner = id15_to_18(partner).map_or_else(|| partner.to_owned(), |id| id.to_string());
                (columns.changed_by.and_then(|column| filled(row.cell(column))), filled(&partner))
            }
            End::Right => {
                let partner = self.plan.key_line.and_then(|line| filled(row.cell(self.lines + line)));
                (self.told[2].and_then(|who| filled(row.cell(who))), partner)
            }
        };
        Record {
            key: key.into(),
            text: self.text.as_str().into(),
            ends: self.ends.as_slice().into(),
            faulty: self.faulty.clone(),
            at,
            by,
            partner,
        }
    }
}

/// The digest of values that an end is to hold.
pub(super) fn digest(plan: &SyncPlan, values: &[String]) -> Digest {
    let mut digester = Digester::default();
    values.iter().zip(&plan.lines).for_each(|(value, line)| digester.cell(line.field.kind, value));
    digester.finish()
}

/// What a key is found by.
pub(super) fn key_digest(digester: &mut Digester, key: &str) -> Digest {
    digester.clear();
    digester.cell(Kind::Any, key);
    digester.mark()
}

/// Reads a source to its end.
pub(super) fn each_row(
    source: &mut dyn Source,
    cancel: &Cancel,
    mut take: impl FnMut(Row<'_>),
) -> Result<(), EngineError> {
    while let Some(batch) = source.read()? {
        cancel.check()?;
        batch.rows().for_each(&mut take);
    }
    Ok(())
}

/// An instant in milliseconds since 1970, as Salesforce or a database writes it; without an offset it is UTC.
pub(super) fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let plain = match text.len().checked_sub(5).and_then(|at| text.get(at..)) {
        Some("+0000") => format!("{}Z", &text[..text.len() - 5]),
        _ => text.to_owned(),
    };
    if let Ok(instant) = plain.parse::<jiff::Timestamp>() {
        return Some(instant.as_millisecond());
    }
    let local = plain.parse::<jiff::civil::DateTime>().ok();
    local.and_then(|local| Some(jiff::tz::TimeZone::UTC.to_timestamp(local).ok()?.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn instants_are_read_as_both_ends_write_them() {
        let noon = Some(1_767_268_800_000);
        for text in [
            "2026-01-01T12:00:00.000+0000",
            "2026-01-01T12:00:00Z",
            "2026-01-01 12:00:00",
            "2026-01-01T13:00:00+01:00",
            " 2026-01-01 12:00:00.000 ",
        ] {
            assert_eq!(instant(text), noon, "{text}");
        }
        assert_eq!(instant("2026-01-01"), Some(1_767_225_600_000));
        assert_eq!((instant(""), instant("soon")), (None, None));
    }
}
