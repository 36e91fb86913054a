//! What happens to records that are no longer in the source.

use super::fields::number_ui;
use super::{About, group_ui, help_ui};
use crate::gui::parts::{self, PickItem, Picker};
use crate::gui::theme::Meaning;
use crate::integration::{Absent, AbsentThen, Find, Options};
use egui::{Id, Ui};

const CHOICES: [(&str, &str); 4] = [
    ("Are left alone", "Nobody looks for them"),
    ("Are listed", "Among the rows of the run, as skipped"),
    ("Get a value", "A field of theirs is set, such as Active to false"),
    ("Are deleted", "They go to the recycle bin, and undoing the run makes them anew"),
];

pub(super) fn ui(ui: &mut Ui, about: &About<'_>, options: &mut Options) {
    let absent = &mut options.absent;
    if group_ui(ui, "Records no longer in the source", *absent != Absent::default()) {
        *absent = Absent::default();
    }
    let why_not = match about.find {
        _ if about.changes => Some("A source that is read only for what has changed does not tell which are gone."),
        Find::ExternalId(_) => None,
        Find::Match(fields) if fields.len() == 1 => None,
        _ => Some("They can be told only where rows find their records by one key field."),
    };
    if let Some(why_not) = why_not {
        help_ui(ui, why_not);
        if absent.then == AbsentThen::Leave {
            return;
        }
    }
    let now = match absent.then {
        AbsentThen::Leave => 0,
        AbsentThen::List => 1,
        AbsentThen::Set { .. } => 2,
        AbsentThen::Delete => 3,
    };
    let (shown, why) = CHOICES[now];
    let items = || CHOICES.iter().map(|(words, _)| PickItem::new(*words, *words)).collect();
    let picker = Picker::new(Id::unique("option absent"), "Records no longer in the source", shown);
    if let Some(chosen) = picker.width(ui.available_width().min(300.0)).ui(ui, items) {
        absent.then = match CHOICES.iter().position(|(words, _)| *words == chosen) {
            Some(1) => AbsentThen::List,
            Some(2) => AbsentThen::Set { field: String::new(), value: String::new() },
            Some(3) => AbsentThen::Delete,
            _ => AbsentThen::Leave,
        };
    }
    help_ui(ui, why);
    if let AbsentThen::Set { field, value } = &mut absent.then {
        parts::text_ui(ui, "Field", "Active__c", field);
        parts::text_ui(ui, "Value", "false", value);
    }
    if absent.then == AbsentThen::Leave {
        return;
    }
    parts::text_ui(ui, "Only records where", "Source__c = 'ERP'", &mut absent.within);
    if absent.within.trim().is_empty() {
        parts::note_ui(ui, Meaning::Attention, "Every record that has a key belongs to this source");
    } else {
        help_ui(ui, "A condition as in a query: which records belong to this source");
    }
    if absent.then != AbsentThen::List {
        number_ui(
            ui,
            "Ask above so many",
            "More are changed only once you confirm it",
            0..=1_000_000,
            &mut absent.confirm_above,
        );
    }
}
