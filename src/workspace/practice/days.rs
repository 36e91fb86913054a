//! Bad days: what one is, its form, and its script.

use super::state::PracticeFault;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A bad day.
#[derive(Debug)]
pub struct BadDay {
    /// Under which heading it stands.
    pub group: &'static str,
    /// Its name, unique in the table.
    pub key: &'static str,
    /// What it is called in scripts.
    pub fault: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What happens.
    pub happens: &'static str,
    /// What Linkspan does about it.
    pub linkspan: &'static str,
    /// What can be set, in the order of the form.
    pub settings: &'static [Setting],
    /// Settings that make it this day and no other: name and value as JSON.
    pub fixed: &'static [(&'static str, &'static str)],
    /// The button that makes it happen; without one it is switched on and off.
    pub at_once: Option<&'static str>,
}

/// Something that can be set.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in scripts.
    pub field: &'static str,
    /// Words before it.
    pub before: &'static str,
    /// Words after it.
    pub after: &'static str,
    /// What it takes.
    pub dial: Dial,
}

/// What a setting takes, and what it is at first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Dial {
    /// A whole number, from and to.
    Whole(i64, i64, i64),
    /// So many times, up to; 0 stands for every time until it is switched off.
    Times(i64, i64),
    /// A share in percent.
    Percent(i64),
    /// A text; blank at first, and needed or not.
    Text {
        /// Shown while it is blank.
        hint: &'static str,
        /// Whether it may stay blank.
        needed: bool,
    },
}

impl Dial {
    /// What it is at first; texts are blank.
    pub fn first(self) -> i64 {
        match self {
            Dial::Whole(first, ..) | Dial::Times(first, _) | Dial::Percent(first) => first,
            Dial::Text { .. } => 0,
        }
    }
}

/// What a form holds for one setting.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Held {
    /// A number: percent for a share.
    pub number: i64,
    /// A text.
    pub text: String,
}

impl BadDay {
    /// What the form holds at first.
    pub fn at_first(&self) -> Vec<Held> {
        self.settings.iter().map(|setting| Held { number: setting.dial.first(), text: String::new() }).collect()
    }

    /// What is missing in the form, as a sentence.
    pub fn missing(&self, held: &[Held]) -> Option<&'static str> {
        let blank = |(setting, held): (&Setting, &Held)| {
            matches!(setting.dial, Dial::Text { needed: true, .. }) && held.text.trim().is_empty()
        };
        self.settings.iter().zip(held).any(blank).then_some("Say which one first")
    }

    /// It as a script says it.
    pub fn script(&self, held: &[Held]) -> Value {
        let mut object = Map::new();
        for (field, value) in self.fixed {
            let value: Value = serde_json::from_str(value).unwrap_or_default();
            if field.is_empty() {
                return json!({ self.fault: value });
            }
            object.insert((*field).to_owned(), value);
        }
        for (setting, held) in self.settings.iter().zip(held) {
            let value = match setting.dial {
                Dial::Times(..) if held.number == 0 => Value::Null,
                Dial::Whole(..) | Dial::Times(..) => json!(held.number),
                Dial::Percent(_) => json!(held.number as f64 / 100.0),
                Dial::Text { .. } => json!(held.text.trim()),
            };
            object.insert(setting.field.to_owned(), value);
        }
        if object.is_empty() { json!(self.fault) } else { json!({ self.fault: object }) }
    }

    /// What the form holds for a bad day that is switched on.
    pub fn held(&self, fault: &PracticeFault) -> Vec<Held> {
        let held = |setting: &Setting| {
            let value = &fault.settings[setting.field];
            match setting.dial {
                Dial::Percent(_) => {
                    Held { number: (value.as_f64().unwrap_or_default() * 100.0).round() as i64, text: String::new() }
                }
                Dial::Text { .. } => Held { number: 0, text: value.as_str().unwrap_or_default().to_owned() },
                _ => Held { number: value.as_i64().unwrap_or_default(), text: String::new() },
            }
        };
        self.settings.iter().map(held).collect()
    }

    /// Whether a bad day that was switched on is this one.
    pub(super) fn is(&self, fault: &PracticeFault) -> bool {
        self.fault == fault.name
            && self.fixed.iter().all(|(field, value)| {
                let found = if field.is_empty() { &fault.settings } else { &fault.settings[*field] };
                serde_json::from_str::<Value>(value).is_ok_and(|value| value == *found)
            })
    }
}

/// Whether a text has the shape of a record's id.
pub(super) fn is_id(text: &str) -> bool {
    [15, 18].contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && text.starts_with('0')
}

#[cfg(test)]
mod tests {
    use super::super::known::BAD_DAYS;
    use super::*;

    #[test]
    fn every_bad_day_is_one_that_the_practice_org_knows() {
        for (index, day) in BAD_DAYS.iter().enumerate() {
            let mut held = day.at_first();
            for (setting, held) in day.settings.iter().zip(&mut held) {
                if matches!(setting.dial, Dial::Text { .. }) {
                    held.text = "001000000000001AAA".to_owned();
                }
            }
            let script = day.script(&held);
            let read = practice_org::FaultScript::read(&script).unwrap_or_else(|error| panic!("{script}: {error}"));
            let told = serde_json::to_value(&read.faults[0]).unwrap();
            let settings = told.get(day.fault).cloned().unwrap_or_default();
            let fault = PracticeFault { id: 1, name: day.fault.to_owned(), settings, hits: 0, over: false };
            assert_eq!(fault.day().map(|day| day.key), Some(day.key), "{script}");
            assert_eq!(day.held(&fault), held, "{script}");
            assert!(BAD_DAYS[..index].iter().all(|other| other.key != day.key && other.title != day.title));
        }
    }

    #[test]
    fn zero_times_is_every_time() {
        let day = BAD_DAYS.iter().find(|day| day.key == "drop_after").unwrap();
        let mut held = day.at_first();
        held[0].number = 0;
        let script = json!({"drop_connection": {"count": null, "path_contains": "", "processed": true}});
        assert_eq!(day.script(&held), script);
    }

    #[test]
    fn an_account_is_said_by_name_or_id() {
        assert!(is_id("001000000000001AAA") && is_id("001000000000001"));
        assert!(!is_id("Alfreds Futterkiste") && !is_id("0017"));
    }
}
