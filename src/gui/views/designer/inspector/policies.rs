//! What a blank does, what a text too long does, when the field is written, and a note.

use super::from::hint_ui;
use super::{change, part_ui};
use crate::gui::draft::Draft;
use crate::gui::draft::designer::TargetRow;
use crate::gui::parts::{PickItem, Picker};
use crate::mapping::{Blank, Rule, TooLong, Write};
use crate::record::Kind;
use egui::{Id, Margin, TextEdit, Ui};

const WRITES: [(Write, &str, &str); 4] = [
    (Write::Always, "always", "On every record"),
    (Write::OnCreate, "create", "Only on records that the row makes"),
    (Write::OnUpdate, "update", "Only on records that are there already"),
    (Write::IfBlank, "blank", "Only where the record's own value is blank"),
];

pub(super) fn ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow, rule: &Rule) {
    // What goes both ways is always written, and a blank is a value like any other.
    let both_ways = draft.designer.at().is_some_and(|step| step.sync.is_some());
    if !both_ways || matches!(rule.blank, Blank::Default(_)) {
        blank_ui(ui, draft, row, rule);
    }
    let text = |kind: Kind| matches!(kind, Kind::Text | Kind::LongText | Kind::Email | Kind::Phone | Kind::Url);
    if row.field.as_ref().is_some_and(|field| text(field.kind) && field.length > 0) {
        too_long_ui(ui, draft, row, rule);
    }
    if !both_ways || rule.write != Write::Always {
        written_ui(ui, draft, row, rule);
    }
    note_ui(ui, draft, row, rule);
}

fn written_ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow, rule: &Rule) {
    part_ui(ui, "Written");
    let shown = WRITES.iter().find(|(write, ..)| *write == rule.write).map_or("", |(.., words)| words);
    let name = format!("When {} is written", row.path);
    let items = || WRITES.iter().map(|(_, key, words)| PickItem::new(*key, *words)).collect();
    let picker = Picker::new(Id::unique(("write", &row.path)), &name, shown).width(ui.available_width().min(300.0));
    if let Some(chosen) = picker.ui(ui, items)
        && let Some((write, ..)) = WRITES.iter().find(|(_, key, _)| *key == chosen)
    {
        change(draft, rule, "When", None, |rule| rule.write = *write);
    }
}

fn note_ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow, rule: &Rule) {
    part_ui(ui, "Note");
    let mut note = rule.note.clone();
    let edit =
        TextEdit::multiline(&mut note).id(Id::unique(("note", &row.path))).desired_rows(2).desired_width(f32::INFINITY);
    let edit = edit.hint_text("For the people who read the mapping").margin(Margin::symmetric(8, 5));
    let response = ui.add(edit).accessible_name(format!("Note on {}", row.path));
    if response.changed() {
        change(draft, rule, "Note", Some("note"), |rule| rule.note = note);
    }
    if response.lost_focus() {
        draft.designer.end_stretch();
    }
}

fn blank_ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow, rule: &Rule) {
    part_ui(ui, "A blank value");
    const BLANKS: [(&str, &str); 3] =
        [("keep", "Leaves the field as it is"), ("clear", "Empties the field"), ("default", "Becomes another value")];
    let at = match rule.blank {
        Blank::Keep => 0,
        Blank::Clear => 1,
        Blank::Default(_) => 2,
    };
    let name = format!("What a blank does to {}", row.path);
    let items = || BLANKS.iter().map(|(key, words)| PickItem::new(*key, *words)).collect();
    let picker = Picker::new(Id::unique(("blank", &row.path)), &name, BLANKS[at].1);
    if let Some(chosen) = picker.width(ui.available_width().min(300.0)).ui(ui, items) {
        change(draft, rule, "Blanks", None, |rule| {
            rule.blank = match (chosen.as_str(), &rule.blank) {
                ("keep", _) => Blank::Keep,
                ("clear", _) => Blank::Clear,
                (_, Blank::Default(value)) => Blank::Default(value.clone()),
                (_, _) => Blank::Default(String::new()),
            };
        });
    }
    if let Blank::Default(value) = &rule.blank {
        let mut value = value.clone();
        let edit = TextEdit::singleline(&mut value).id(Id::unique(("default", &row.path)));
        let edit = edit.hint_text("Type the value").desired_width(f32::INFINITY);
        let name = format!("Value of {} where there is none", row.path);
        let response = ui.add(edit.margin(Margin::symmetric(8, 5))).accessible_name(name);
        if response.changed() {
            change(draft, rule, "Value for blanks", Some("default"), |rule| rule.blank = Blank::Default(value));
        }
        if response.lost_focus() {
            draft.designer.end_stretch();
        }
    }
}

fn too_long_ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow, rule: &Rule) {
    let length = row.field.as_ref().map_or(0, |field| field.length);
    part_ui(ui, &format!("A text longer than {length} characters"));
    let reject = "Keeps the row from being sent";
    let trim = "Is cut, and counted";
    let shown = if rule.too_long == TooLong::Trim { trim } else { reject };
    let name = format!("What a text too long does to {}", row.path);
    let items = || vec![PickItem::new("reject", reject), PickItem::new("trim", trim)];
    let picker = Picker::new(Id::unique(("too long", &row.path)), &name, shown);
    if let Some(chosen) = picker.width(ui.available_width().min(300.0)).ui(ui, items) {
        let to = if chosen == "trim" { TooLong::Trim } else { TooLong::Reject };
        change(draft, rule, "Long texts", None, |rule| rule.too_long = to);
    }
    if rule.too_long == TooLong::Trim {
        hint_ui(ui, "How many were cut is shown with the run");
    }
}
