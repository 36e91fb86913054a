//! The fields that a column can go into, as they are listed.

use crate::gui::draft::Design;
use crate::gui::parts::PickItem;
use crate::gui::theme::icon;
use crate::mapping::Expression;
use crate::record::{Field, Kind, Schema};

/// The icon of a kind of value.
pub(in crate::gui::views) fn kind_icon(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Url | Kind::Any => icon::TYPE,
        Kind::LongText | Kind::Compound | Kind::Base64 => icon::TEXT,
        Kind::Integer | Kind::Number => icon::HASH,
        Kind::Boolean => icon::TOGGLE_LEFT,
        Kind::Date | Kind::DateTime => icon::CALENDAR,
        Kind::Time => icon::CLOCK,
        Kind::Email => icon::MAIL,
        Kind::Phone => icon::PHONE,
        Kind::Id => icon::FINGERPRINT,
        Kind::Reference => icon::LINK_2,
        Kind::Picklist | Kind::MultiPicklist => icon::LIST,
    }
}

/// `Text(255)`, `Number(16, 2)`, `Picklist`
pub(in crate::gui::views) fn kind_label(field: &Field) -> String {
    match field.kind {
        Kind::Text | Kind::Phone | Kind::Email | Kind::Url | Kind::LongText if field.length > 0 => {
            format!("{}({})", field.kind.label(), field.length)
        }
        Kind::Number if field.precision > 0 => {
            format!("{}({}, {})", field.kind.label(), field.precision - field.scale.min(field.precision), field.scale)
        }
        Kind::Reference if !field.reference_to.is_empty() => format!("Lookup({})", field.reference_to.join(", ")),
        kind => kind.label().to_owned(),
    }
}

/// All fields: what is required and open first, then what can be written by label, then what cannot, with the reason.
pub(super) fn items(design: &Design, object: &Schema, current: Option<&str>) -> Vec<PickItem> {
    let mut items = Vec::with_capacity(object.fields.len() + 1);
    if current.is_some() {
        items.push(PickItem::new("", "Not mapped").icon(icon::X));
    }
    let missing = design.missing(object);
    let is_missing = |field: &Field| missing.iter().any(|open| open.name == field.name);
    let mut fields: Vec<&Field> = object.fields.iter().collect();
    fields.sort_by_key(|field| (design.forbids(field).is_some(), !is_missing(field), field.label.to_lowercase()));
    items.extend(fields.into_iter().map(|field| item(design, field, is_missing(field))));
    items
}

fn item(design: &Design, field: &Field, missing: bool) -> PickItem {
    let mut tag = kind_label(field);
    if field.external_id {
        tag = format!("{tag}, external id");
    }
    if field.required {
        tag = format!("{tag}, required");
    }
    if missing {
        tag = format!("{tag} and open");
    }
    if let Some(rule) = design.mapping.rule(&field.name) {
        tag = match &rule.from {
            Expression::Column(column) => format!("from {column}"),
            Expression::Constant(_) => "set to a constant".to_owned(),
            Expression::Formula(_) => "from a formula".to_owned(),
        };
    }
    PickItem {
        key: field.name.clone(),
        label: field.label.clone(),
        detail: if field.name == field.label { String::new() } else { field.name.clone() },
        tag,
        icon: kind_icon(field.kind),
        why_not: design.forbids(field).map(str::to_owned),
    }
}
