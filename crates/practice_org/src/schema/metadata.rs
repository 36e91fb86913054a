//! Fields and objects in the words of the Metadata API, as the Tooling API hands them out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::fields::type_of;
use super::{Choice, Field, Kind, Object};

/// A custom field's metadata.
pub(crate) fn field(object: &Object, field: &Field) -> Json {
    let kind = type_of(field);
    let number = matches!(kind, "Number" | "Currency" | "Percent");
    let sized = matches!(kind, "Text" | "LongTextArea" | "Html" | "EncryptedText");
    let default = match (field.kind, &field.default) {
        (Kind::Boolean, default) => Json::from(default.as_deref().unwrap_or("false")),
        (Kind::Picklist, _) | (_, None) => Json::Null,
        (kind, Some(text)) if kind.is_text() => format!("\"{text}\"").into(),
        (_, Some(text)) => text.as_str().into(),
    };
    let child = field.children.as_deref().map(|name| name.trim_end_matches("__r"));
    let lookup = kind == "Lookup";
    json!({
        "caseSensitive": field.unique.then_some(field.case_sensitive),
        "defaultValue": default,
        "deleteConstraint": lookup.then_some(match (field.cascade, field.restricted_delete) {
            (true, _) => "Cascade",
            (_, true) => "Restrict",
            _ => "SetNull",
        }),
        "description": field.description,
        "displayFormat": field.auto_number.as_ref().map(|number| number.format.as_str()),
        "displayLocationInDecimal": (kind == "Location").then_some(field.decimal_location),
        "externalId": field.external_id,
        "formula": field.formula,
        "inlineHelpText": field.help,
        "label": field.label,
        "length": sized.then_some(field.length),
        "precision": number.then_some(field.precision),
        "referenceTo": field.to.first().filter(|_| field.kind == Kind::Reference),
        "relationshipName": child,
        "relationshipOrder": field.relationship_order,
        "reparentableMasterDetail": field.is_master().then_some(field.updateable),
        "required": field.required,
        "scale": (number || kind == "Location").then_some(field.scale),
        "startingNumber": field.auto_number.as_ref().map(|number| number.start),
        "type": kind,
        "unique": field.unique,
        "valueSet": value_set(object, field),
        "visibleLines": field.visible_lines,
        "writeRequiresMasterRead": field.is_master().then_some(field.write_requires_master_read),
    })
}

fn value_set(object: &Object, field: &Field) -> Json {
    if !matches!(field.kind, Kind::Picklist | Kind::MultiPicklist) {
        return Json::Null;
    }
    let value = |choice: &Choice| json!({"default": choice.default, "isActive": choice.active, "label": choice.label, "valueName": choice.value});
    json!({
        "controllingField": field.controller,
        "restricted": field.restricted,
        "valueSetDefinition": {"sorted": false, "value": field.choices.iter().map(value).collect::<Vec<_>>()},
        "valueSetName": null,
        "valueSettings": settings(object, field),
    })
}

/// Which values of the controlling field let each choice be chosen.
fn settings(object: &Object, field: &Field) -> Vec<Json> {
    let Some(controlling) = field.controller.as_ref().and_then(|name| object.field(name)) else {
        return Vec::new();
    };
    let values: Vec<&str> = match controlling.kind {
        Kind::Boolean => vec!["false", "true"],
        _ => controlling.choices.iter().map(|choice| choice.value.as_str()).collect(),
    };
    field
        .choices
        .iter()
        .filter_map(|choice| {
            let bits = STANDARD.decode(choice.valid_for.as_ref()?).ok()?;
            let is_set = |at: usize| bits.get(at / 8).is_some_and(|byte| byte & (0x80 >> (at % 8)) != 0);
            let valid: Vec<&str> =
                values.iter().enumerate().filter(|(at, _)| is_set(*at)).map(|(_, value)| *value).collect();
            (!valid.is_empty()).then(|| json!({"controllingFieldValue": valid, "valueName": choice.value}))
        })
        .collect()
}

/// A custom object's metadata.
pub(crate) fn object(object: &Object) -> Json {
    let named = &object.fields[object.name_field];
    let name = match &named.auto_number {
        Some(number) => json!({"displayFormat": number.format, "label": named.label, "startingNumber": number.start,
            "type": "AutoNumber"}),
        None => json!({"displayFormat": null, "label": named.label, "startingNumber": null, "type": "Text"}),
    };
    let detail = object.masters().next().is_some();
    json!({
        "customSettingsType": object.has(super::Trait::CustomSetting).then_some("List"),
        "deploymentStatus": "Deployed",
        "description": object.description,
        "enableActivities": object.field("LastActivityDate").is_some(),
        "eventType": object.is_event().then_some("HighVolume"),
        "label": object.label,
        "nameField": if object.is_event() { Json::Null } else { name },
        "pluralLabel": object.plural,
        "publishBehavior": object.is_event().then_some("PublishAfterCommit"),
        "sharingModel": if detail { Some("ControlledByParent") } else { object.sharing.as_deref() },
    })
}

/// What `FieldDefinition.DataType` shows people.
pub(crate) fn data_type(field: &Field) -> String {
    let number =
        |word: &str| format!("{word}({}, {})", field.precision - field.scale.min(field.precision), field.scale);
    match field.kind {
        Kind::Id => "Lookup()".into(),
        Kind::String if field.auto_number.is_some() => "Auto Number".into(),
        Kind::String if field.external_id && field.unique => {
            let case = if field.case_sensitive { "Sensitive" } else { "Insensitive" };
            format!("Text({}) (External ID) (Unique Case {case})", field.length)
        }
        Kind::String if field.external_id => format!("Text({}) (External ID)", field.length),
        Kind::String | Kind::Combobox if field.name == "Name" && field.length == 121 => "Name".into(),
        Kind::String => format!("Text({})", field.length),
        Kind::TextArea if field.html => format!("Rich Text Area({})", field.length),
        Kind::TextArea if field.is_long() => format!("Long Text Area({})", field.length),
        Kind::TextArea => format!("Text Area({})", field.length),
        Kind::EncryptedString => format!("Text (Encrypted)({})", field.length),
        Kind::Picklist | Kind::Combobox => "Picklist".into(),
        Kind::MultiPicklist => "Picklist (Multi-Select)".into(),
        Kind::Reference if field.is_master() => format!("Master-Detail({})", field.to.join(",")),
        Kind::Reference => format!("Lookup({})", field.to.join(",")),
        Kind::Boolean => "Checkbox".into(),
        Kind::Currency => number("Currency"),
        Kind::Int => format!("Number({}, 0)", field.digits),
        Kind::Double => number("Number"),
        Kind::Percent => number("Percent"),
        Kind::Date => "Date".into(),
        Kind::DateTime => "Date/Time".into(),
        Kind::Time => "Time".into(),
        Kind::Phone => "Phone".into(),
        Kind::Url => format!("URL({})", field.length),
        Kind::Email => "Email".into(),
        Kind::Address => "Address".into(),
        Kind::Location => "Geolocation".into(),
    }
}
