//! A field with all its keys, in the order of the alphabet.

use serde_json::{Map, Value as Json, json};

use crate::schema::{Choice, Field, Kind, Object};

/// A field's description.
pub(super) fn field(object: &Object, field: &Field) -> Json {
    let text = field.kind.is_text();
    let number = field.kind.is_decimal();
    let is_name = field.kind != Kind::Id && object.fields[object.name_field].name == field.name;
    let automatic =
        field.auto_number.is_some() || matches!(field.name.as_str(), "CaseNumber" | "OrderNumber" | "OrderItemNumber");
    // In two halves, since one would be too long for the macro.
    let first = json!({
        "aggregatable": is_aggregatable(field),
        "aiPredictionField": false,
        "autoNumber": automatic,
        "byteLength": byte_length(field),
        "calculated": field.calculated,
        "calculatedFormula": field.formula,
        "cascadeDelete": field.is_custom() && field.cascade,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": compound(field),
        "controllerName": field.controller,
        "createable": field.createable,
        "custom": field.is_custom(),
        "defaultValue": default_value(field),
        "defaultValueFormula": default_formula(field),
        "defaultedOnCreate": field.defaulted,
        "dependentPicklist": field.controller.is_some(),
        "deprecatedAndHidden": false,
        "digits": field.digits,
        "displayLocationInDecimal": field.decimal_location,
        "encrypted": field.kind == Kind::EncryptedString,
        "externalId": field.external_id,
        "extraTypeInfo": extra(field),
    });
    let second = json!({
        "filterable": field.filterable && !field.is_long(),
        "filteredLookupInfo": null,
        "formulaTreatNullNumberAsZero": field.blank_as_zero,
        "groupable": field.is_groupable(),
        "highScaleNumber": false,
        "htmlFormatted": field.html,
        "idLookup": field.id_lookup,
        "inlineHelpText": field.help,
        "label": field.label,
        "length": if text || field.kind.is_id() { field.length } else { 0 },
        "mask": null,
        "maskType": null,
        "name": field.name,
        "nameField": is_name,
        "namePointing": field.is_polymorphic(),
        "nillable": field.nillable,
        "permissionable": is_permissionable(field),
        "picklistValues": field.choices.iter().map(choice).collect::<Vec<_>>(),
        "polymorphicForeignKey": field.is_polymorphic(),
        "precision": match field.kind {
            Kind::MultiPicklist => field.visible_lines.unwrap_or(0),
            _ if number => field.precision,
            _ => 0,
        },
        "queryByDistance": field.kind.is_compound(),
        "referenceTargetField": null,
        "referenceTo": field.to,
        "relationshipName": field.relationship,
        "relationshipOrder": field.relationship_order,
        "restrictedDelete": field.is_custom() && field.restricted_delete,
        "restrictedPicklist": field.restricted,
        "scale": if number { field.scale } else { 0 },
        "searchPrefilterable": is_prefilterable(field),
        "soapType": field.kind.soap_name(),
        "sortable": field.is_sortable(),
        "type": field.kind.name(),
        "unique": field.unique,
        "updateable": field.updateable,
        "writeRequiresMasterRead": field.write_requires_master_read,
    });
    let mut keys = Map::new();
    for half in [first, second] {
        if let Json::Object(half) = half {
            keys.extend(half);
        }
    }
    Json::Object(keys)
}

fn choice(choice: &Choice) -> Json {
    json!({
        "active": choice.active,
        "defaultValue": choice.default,
        "label": choice.label,
        "validFor": choice.valid_for,
        "value": choice.value,
    })
}

fn byte_length(field: &Field) -> usize {
    match field.kind {
        kind if kind.is_id() => 18,
        Kind::MultiPicklist => field.length,
        kind if kind.is_text() => field.length * 3,
        _ => 0,
    }
}

fn is_aggregatable(field: &Field) -> bool {
    !field.is_long()
        && !field.kind.is_compound()
        && !matches!(field.kind, Kind::Boolean | Kind::MultiPicklist | Kind::EncryptedString)
}

/// The name of a company or a person is part of itself.
fn compound(field: &Field) -> Json {
    match &field.compound {
        Some(compound) => compound.as_str().into(),
        None if field.extra.as_deref() == Some("switchablepersonname") => field.name.as_str().into(),
        None => Json::Null,
    }
}

fn default_value(field: &Field) -> Json {
    match field.kind {
        Kind::Boolean if field.calculated => Json::Null,
        Kind::Boolean => Json::Bool(field.default.as_deref() == Some("true")),
        Kind::Picklist => field.default.as_deref().map_or(Json::Null, Json::from),
        _ => Json::Null,
    }
}

/// Constants of custom fields are formulas too; a picklist shows its default among its values.
fn default_formula(field: &Field) -> Json {
    match &field.default {
        Some(default) if field.is_custom() && !matches!(field.kind, Kind::Boolean | Kind::Picklist) => {
            if field.kind.is_text() { format!("\"{default}\"").into() } else { default.as_str().into() }
        }
        _ => Json::Null,
    }
}

fn extra(field: &Field) -> Json {
    match (&field.extra, field.kind) {
        (Some(extra), _) => extra.as_str().into(),
        (None, Kind::TextArea) if field.html => "richtextarea".into(),
        (None, Kind::TextArea) => "plaintextarea".into(),
        _ => Json::Null,
    }
}

fn is_prefilterable(field: &Field) -> bool {
    if let Some(known) = field.prefilterable {
        return known;
    }
    field.kind == Kind::Reference && field.createable && field.updateable && field.name != "OwnerId"
}

/// Whether field-level security can hide the field. The exceptions are Salesforce's own.
fn is_permissionable(field: &Field) -> bool {
    const ALWAYS: [&str; 4] = ["ClosedDate", "ExpectedRevenue", "IsEscalated", "IsPrivate"];
    const NEVER: [&str; 6] =
        ["Comments", "EmailBouncedDate", "EmailBouncedReason", "ForecastCategoryName", "IndividualId", "Pricebook2Id"];
    if let Some(known) = field.permissionable {
        return known;
    }
    if field.is_custom() {
        return !field.required && !field.is_master() && field.compound.is_none();
    }
    if field.kind == Kind::Address || ALWAYS.contains(&field.name.as_str()) {
        return true;
    }
    let written = field.createable || field.updateable;
    let part_of_name = field.compound.as_deref() == Some("Name");
    written && field.nillable && !part_of_name && !NEVER.contains(&field.name.as_str())
}
