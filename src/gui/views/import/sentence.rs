//! What the import does, as a sentence whose words can be changed.

use crate::connect::Operation;
use crate::connect::file::Inspection;
use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, Tokens, icon, tokens};
use crate::integration::Find;
use crate::record::{Kind, Schema};
use crate::workspace::{Environment, ObjectCard};
use egui::{Id, Ui};
use std::sync::Arc;

const OPERATIONS: [(Operation, &str, &str); 4] = [
    (Operation::Insert, "Insert", "makes new records"),
    (Operation::Update, "Update", "changes records that exist"),
    (Operation::Upsert, "Upsert", "changes what exists, makes the rest"),
    (Operation::Delete, "Delete", "deletes records"),
];

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, _out: &mut Outbox, _file: &Inspection) {
    let object = draft.import.object(state).cloned();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(7.0, 6.0);
        ui.set_row_height(theme::CONTROL);
        if draft.import.guessing(state) && draft.import.design.object.is_empty() {
            parts::chip_text_ui(ui, icon::SPARKLES, "Guessing what the file is for…");
            return;
        }
        operation_ui(ui, draft, object.as_deref());
        word_ui(ui, "rows into");
        object_ui(ui, state, draft);
        word_ui(ui, "in");
        org_ui(ui, state, draft);
        if draft.import.design.operation != Operation::Insert
            && let Some(object) = object
        {
            word_ui(ui, "finding records by");
            find_ui(ui, draft, &object);
            if draft.import.design.operation == Operation::Upsert {
                word_ui(ui, "if none is found");
                none_found_ui(ui, draft);
            }
        }
    });
}

fn word_ui(ui: &mut Ui, text: &str) {
    // As tall as the pickers, so that a line that wraps keeps its words in the middle.
    let words = ui.painter().layout_no_wrap(text.to_owned(), theme::body_font(), tokens(ui).quiet);
    let (rect, response) = ui.allocate_exact_size(egui::vec2(words.size().x, theme::CONTROL), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
    let at = egui::pos2(rect.left(), rect.center().y - words.size().y / 2.0);
    ui.painter().galley(at, words, tokens(ui).quiet);
}

fn operation_ui(ui: &mut Ui, draft: &mut Draft, object: Option<&Schema>) {
    let design = &draft.import.design;
    let current = OPERATIONS.iter().find(|(operation, ..)| *operation == design.operation);
    let shown = current.map_or("", |(_, name, _)| name);
    let picker = Picker::new(Id::unique("operation"), "Operation", shown).guess(design.operation_guess.as_deref());
    let picker = picker.warn(design.operation == Operation::Delete);
    let items = || {
        let denied = |operation: Operation| {
            let object = object?;
            let allowed = match operation {
                Operation::Insert => object.createable,
                Operation::Update | Operation::Upsert => object.updateable,
                Operation::Delete => object.deletable,
            };
            (!allowed).then(|| "no permission".to_owned())
        };
        let item = |(operation, name, help): &(Operation, &str, &str)| {
            let mut item = PickItem::new(*name, *name).tag(*help);
            item.why_not = denied(*operation);
            item
        };
        OPERATIONS.iter().map(item).collect()
    };
    if let Some(key) = picker.ui(ui, items)
        && let Some((operation, ..)) = OPERATIONS.iter().find(|(_, name, _)| *name == key)
    {
        draft.import.choose_operation(*operation, object);
    }
}

fn object_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let design = &draft.import.design;
    let card = state.object(&design.org, &design.object);
    let label = card.map_or(design.object.as_str(), |card| card.label.as_str());
    let detail = if label == design.object { "" } else { design.object.as_str() };
    let (label, detail) = (format::middle(label, 36), format::middle(detail, 36));
    let objects = state.objects.get(&design.org);
    let hint = if matches!(objects, Some(Fact::Waiting)) { "Listing objects…" } else { "Choose an object…" };
    let picker = Picker::new(Id::unique("object"), "Object", &label).detail(&detail).hint(hint).icon(icon::DATABASE);
    let picker = picker.guess(design.object_guess.as_deref()).warn(design.object.is_empty()).list_width(420.0);
    let items =
        || objects.and_then(Fact::here).map(|cards| cards.iter().map(object_item).collect()).unwrap_or_default();
    if let Some(object) = picker.ui(ui, items) {
        draft.import.choose_object(&object);
    }
}

fn object_item(card: &ObjectCard) -> PickItem {
    let mut item = PickItem::new(&card.name, &card.label).icon(icon::DATABASE);
    if card.label != card.name {
        item.detail = card.name.clone();
    }
    if card.custom {
        item.tag = "custom".to_owned();
    }
    if !card.createable && !card.updateable && !card.deletable {
        item.why_not = Some("cannot be written".to_owned());
    }
    item
}

fn org_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let alias = &draft.import.design.org;
    let card = state.org(alias);
    let environment = card.and_then(|card| card.environment);
    let shown = card.map_or_else(|| alias.clone(), format::org);
    let tint = tokens(ui).tint(Tokens::environment(environment));
    let mark = parts::org_mark(environment);
    let picker = Picker::new(Id::unique("org"), "Org", &shown).icon(mark).icon_colour(tint.strong);
    let picker = picker.warn(environment == Some(Environment::Production)).list_width(380.0);
    let items = || {
        let item = |card: &crate::workspace::OrgCard| {
            let mut item = PickItem::new(&card.alias, format::org(card)).icon(parts::org_mark(card.environment));
            item.detail = format::middle(&card.username, 36);
            item
        };
        state.orgs.iter().flatten().map(item).collect()
    };
    if let Some(org) = picker.ui(ui, items) {
        draft.import.choose_org(&org);
    }
}

fn find_ui(ui: &mut Ui, draft: &mut Draft, object: &Arc<Schema>) {
    let design = &draft.import.design;
    let guess = design.find_guess.clone();
    let fields = match &design.find {
        Find::Match(fields) => fields.clone(),
        Find::Id | Find::ExternalId(_) => Vec::new(),
    };
    let shown = match &design.find {
        Find::Id => "Record id",
        Find::ExternalId(field) => field.as_str(),
        Find::Match(fields) => fields.first().map_or("", String::as_str),
    }
    .to_owned();
    let shown = format::middle(&shown, 30);
    let picker = Picker::new(Id::unique("find"), "Find records by", &shown).icon(icon::KEY_ROUND).list_width(440.0);
    if let Some(key) = picker.guess(guess.as_deref()).hint("Choose a field…").ui(ui, || find_items(object)) {
        draft.import.change(|design| {
            design.find_guess = None;
            design.find = match key.split_once(':') {
                Some(("external", field)) => Find::ExternalId(field.to_owned()),
                Some((_, field)) => {
                    let mut fields = fields.clone();
                    fields.retain(|known| known != field);
                    if fields.is_empty() {
                        fields.push(field.to_owned())
                    } else {
                        fields[0] = field.to_owned()
                    }
                    Find::Match(fields)
                }
                None => Find::Id,
            };
        });
    }
    if matches!(draft.import.design.find, Find::Match(_)) {
        more_fields_ui(ui, draft, object, &fields);
    }
}

/// Further fields that must agree, too.
fn more_fields_ui(ui: &mut Ui, draft: &mut Draft, object: &Schema, fields: &[String]) {
    for field in fields.iter().skip(1) {
        word_ui(ui, "and");
        let name = format!("No longer find records by {field}");
        if Press::new(field).end_icon(icon::X).name(&name).ui(ui).clicked() {
            draft.import.change(|design| {
                design.find = Find::Match(fields.iter().filter(|known| *known != field).cloned().collect());
            });
        }
    }
    let picker = Picker::new(Id::unique("find more"), "And by", "").hint("and…").quiet().list_width(420.0);
    let items = || find_items(object).into_iter().filter(|item| item.key.starts_with("match:")).collect();
    if let Some(key) = picker.ui(ui, items)
        && let Some((_, field)) = key.split_once(':')
    {
        draft.import.change(|design| {
            let mut fields = fields.to_vec();
            if !fields.iter().any(|known| known == field) {
                fields.push(field.to_owned());
            }
            design.find = Find::Match(fields);
        });
    }
}

fn find_items(object: &Schema) -> Vec<PickItem> {
    let mut items = vec![PickItem::new("id", "Record id").detail("Id").tag("18 characters").icon(icon::FINGERPRINT)];
    let finds = |field: &&crate::record::Field| field.finds_records() && field.name != "Id";
    for field in object.fields.iter().filter(finds) {
        let tag = if field.external_id { "external id" } else { "lookup field" };
        let item = PickItem::new(format!("external:{}", field.name), &field.label);
        items.push(item.detail(&field.name).tag(tag).icon(icon::KEY_ROUND));
    }
    for field in object.fields.iter().filter(|field| !field.finds_records() && field.name != "Id") {
        if matches!(field.kind, Kind::Compound | Kind::Base64) {
            continue;
        }
        let mut item = PickItem::new(format!("match:{}", field.name), &field.label).detail(&field.name);
        item = item.tag("looked up beforehand").icon(icon::SEARCH);
        if !field.filterable {
            item.why_not = Some("Salesforce cannot search by it".to_owned());
        }
        items.push(item);
    }
    items
}

fn none_found_ui(ui: &mut Ui, draft: &mut Draft) {
    let create = draft.import.design.options.create;
    let shown = if create { "create it" } else { "skip the row" };
    let items = || {
        vec![
            PickItem::new("create", "create it").icon(icon::CIRCLE_PLUS),
            PickItem::new("skip", "skip the row").icon(icon::CIRCLE_MINUS),
        ]
    };
    if let Some(key) = Picker::new(Id::unique("none found"), "If none is found", shown).list_width(180.0).ui(ui, items)
    {
        draft.import.change(|design| design.options.create = key == "create");
    }
}
