//! Records of the org that are no longer in the source.

use super::line::{Line, Sheet};
use crate::connect::Operation;
use crate::gui::format;
use crate::gui::parts::{PickItem, Picker};
use crate::integration::{Absent, AbsentThen, Find};
use egui::{Id, Ui};

pub(super) fn ui(ui: &mut Ui, sheet: &mut Sheet<'_>) {
    let set = || AbsentThen::Set { field: String::new(), value: String::new() };
    let choices = [
        (AbsentThen::Leave, "Are left alone"),
        (AbsentThen::List, "Are listed"),
        (set(), "Get a value in a field"),
        (AbsentThen::Delete, "Are deleted"),
    ];
    let (shown, help) = match &sheet.options.absent.then {
        AbsentThen::Leave => (0, "Nobody looks for them"),
        AbsentThen::List => (1, "They stand among the rows of the run, as skipped"),
        AbsentThen::Set { .. } => (2, "Such as a field that says whether a record is still in use"),
        AbsentThen::Delete => (3, "They go to the recycle bin"),
    };
    let changes = matches!(sheet.of.operation, Operation::Update | Operation::Upsert);
    let one_key = match sheet.of.find {
        Find::ExternalId(_) => true,
        Find::Match(fields) => fields.len() == 1,
        Find::Id => false,
    };
    let leaves = sheet.options.absent.then == AbsentThen::Leave;
    let why_not = match () {
        () if !(changes && one_key) => Some("Of meaning where records are changed that one key field finds"),
        () if sheet.of.changes => Some("A source that is read only for what has changed does not tell which are gone"),
        () => None,
    };
    // What is chosen can be taken back whatever the step has become.
    let line = Line { why_not: why_not.filter(|_| leaves), ..Line::new("Records no longer in the source", help) };
    let words = choices.clone().map(|(then, words)| (then, words.to_owned()));
    let before = sheet.options.absent.then.clone();
    sheet.list_ui(ui, line, choices[shown].1, &words, |options| &mut options.absent.then);
    if let (AbsentThen::Set { field, value }, AbsentThen::Set { .. }) = (&before, &sheet.options.absent.then) {
        // The same choice again is no change of what it says.
        if matches!(&sheet.options.absent.then, AbsentThen::Set { field, .. } if field.is_empty()) {
            sheet.options.absent.then = AbsentThen::Set { field: field.clone(), value: value.clone() };
        }
    }
    if sheet.options.absent.then == AbsentThen::Leave {
        return;
    }
    ui.indent("absent", |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        if let AbsentThen::Set { field, value } = sheet.options.absent.then.clone() {
            set_ui(ui, sheet, field, value);
        }
        let line = Line::new("Only records where", "A condition as in a query. Blank: all records that have a key");
        sheet.text_ui(ui, line, "Source__c = 'ERP'", |options| &mut options.absent.within);
        if sheet.options.absent.then != AbsentThen::List {
            let line = Line::new("Confirm above", "More records than these are changed only once somebody agrees");
            let words = |count| format::count(count, "record", "records");
            sheet.number_ui(ui, line, 0..=1_000_000, words, |options| &mut options.absent.confirm_above);
        }
    });
}

/// Which field is set, and to what.
fn set_ui(ui: &mut Ui, sheet: &mut Sheet<'_>, field: String, value: String) {
    const FIELD: &str = "Field that is set";
    ui.label(FIELD);
    if let Some(schema) = sheet.of.schema {
        let writeable = || {
            let fields = schema.fields.iter().filter(|field| field.updateable);
            fields.map(|field| PickItem::new(&field.name, &field.label).detail(&field.name)).collect()
        };
        let picker = Picker::new(Id::unique("absent field"), FIELD, &field).hint("Choose a field…").list_width(420.0);
        let chosen = picker.warn(field.is_empty()).width(ui.available_width().min(280.0)).ui(ui, writeable);
        if let Some(chosen) = chosen {
            sheet.options.absent.then = AbsentThen::Set { field: chosen, value: value.clone() };
            sheet.note(FIELD, false);
        }
    } else {
        field_ui(ui, sheet, FIELD, field.clone(), "IsActive", |text| AbsentThen::Set {
            field: text,
            value: value.clone(),
        });
    }
    const VALUE: &str = "Its value";
    ui.label(VALUE);
    let field = match &sheet.options.absent {
        Absent { then: AbsentThen::Set { field, .. }, .. } => field.clone(),
        _ => field,
    };
    field_ui(ui, sheet, VALUE, value, "false", |text| AbsentThen::Set { field: field.clone(), value: text });
}

fn field_ui(
    ui: &mut Ui,
    sheet: &mut Sheet<'_>,
    name: &'static str,
    mut text: String,
    hint: &str,
    then: impl FnOnce(String) -> AbsentThen,
) {
    let edit = egui::TextEdit::singleline(&mut text).hint_text(hint.to_owned()).desired_width(f32::INFINITY);
    if ui.add(edit.margin(egui::Margin::symmetric(8, 5))).accessible_name(name).changed() {
        sheet.options.absent.then = then(text);
        sheet.note(name, true);
    }
}
