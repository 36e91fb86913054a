//! Another org's schema, from its descriptions alone: the same objects and fields to practise on.
//!
//! Objects that are there already are brought into the shape described; their fields that the other org lacks, or hides
//! from its user, are hidden here too. What a practice org cannot be is told in the report and left out.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value as Json;

use super::field::AutoNumber;
use super::growth::Growth;
use super::object::RecordType;
use super::{Choice, Field, Kind, Object, Trait};
use crate::failure::Failure;
use crate::ids;
use crate::rows::value;

/// Most fields that a table has room for.
const MOST_COLUMNS: usize = 1900;
/// Longest name of an object or field with its namespace and ending.
const LONGEST_NAME: usize = 80;
/// What the server itself needs of every object that has it.
const SYSTEM: [&str; 8] = [
    "Id",
    "IsDeleted",
    "OwnerId",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
];
/// Parts without which an address cannot be put together.
const ADDRESS: [&str; 8] =
    ["City", "Country", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "Street"];

/// What became of another org's schema.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct AdoptReport {
    /// Objects that are new here.
    pub added: Vec<String>,
    /// Objects that were here and have been brought into shape.
    pub changed: Vec<String>,
    /// Fields that are new here, in all objects.
    pub fields: usize,
    /// Fields hidden here because the other org does not show them, as `Account.Site`.
    pub hidden: Vec<String>,
    /// Objects that the other org lists without a description being at hand; they are left as they are.
    pub undescribed: Vec<String>,
    /// What could not be taken over as it is, each a sentence with its place.
    pub remarks: Vec<String>,
}

/// Name of the children's path, cascade and restriction, by child object and field.
type Paths<'j> = BTreeMap<(&'j str, &'j str), (Option<&'j str>, bool, bool)>;

fn text<'j>(json: &'j Json, key: &str) -> Option<&'j str> {
    json.get(key).and_then(Json::as_str)
}

fn flag(json: &Json, key: &str) -> bool {
    json.get(key).and_then(Json::as_bool).unwrap_or(false)
}

fn number(json: &Json, key: &str) -> u32 {
    json.get(key).and_then(Json::as_u64).and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
}

fn list<'j>(json: &'j Json, key: &str) -> &'j [Json] {
    json.get(key).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// Names become tables and columns, so they must be plain.
fn is_name(name: &str) -> bool {
    let begins = name.starts_with(|sign: char| sign.is_ascii_alphabetic());
    begins
        && name.len() <= LONGEST_NAME
        && name.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'_')
        && !name.to_ascii_lowercase().starts_with("practice_")
        && !name.to_ascii_lowercase().starts_with("sqlite_")
}

impl Growth<'_> {
    /// Takes over the objects that are described.
    pub(crate) fn adopt(&mut self, global: &Json, describes: &[Json]) -> Result<AdoptReport, Failure> {
        let mut report = AdoptReport::default();
        let mut paths = Paths::new();
        for describe in describes {
            for child in list(describe, "childRelationships") {
                if let (Some(object), Some(field)) = (text(child, "childSObject"), text(child, "field")) {
                    let path = text(child, "relationshipName");
                    paths
                        .insert((object, field), (path, flag(child, "cascadeDelete"), flag(child, "restrictedDelete")));
                }
            }
        }
        let described: std::collections::HashSet<&str> =
            describes.iter().filter_map(|describe| text(describe, "name")).collect();
        let listed = list(global, "sobjects").iter().filter_map(|entry| text(entry, "name"));
        report.undescribed = listed.filter(|name| !described.contains(name)).map(str::to_owned).collect();
        for describe in describes {
            let Some(name) = text(describe, "name").filter(|name| is_name(name)) else {
                let shown = text(describe, "name").unwrap_or("(nameless)");
                report.remarks.push(format!("{shown}: not a name that an object can have; left out"));
                continue;
            };
            match self.number(name) {
                Some(number) if self.object(number).is_definition() => {}
                Some(number) => self.adopt_known(number, describe, &paths, &mut report)?,
                None if matches!(name, "CustomField" | "CustomObject") => {}
                None => self.adopt_new(name, describe, &paths, &mut report)?,
            }
        }
        self.lead_to_children(&paths)?;
        Ok(report)
    }

    /// Gives references their way back where only the parent has just been described, and the child before.
    fn lead_to_children(&mut self, paths: &Paths<'_>) -> Result<(), Failure> {
        for ((object, field), (path, cascade, restrict)) in paths {
            let place = self.number(object).and_then(|number| Some((number, self.place(number, field)?)));
            let (Some((number, place)), Some(path)) = (place, path) else {
                continue;
            };
            let known = &self.object(number).fields[place];
            if known.children.is_none() && !known.to.is_empty() {
                let mut field = known.clone();
                field.children = Some((*path).to_owned());
                (field.cascade, field.restricted_delete) = (*cascade, *restrict);
                self.put_field(number, place, field)?;
            }
        }
        Ok(())
    }

    fn adopt_new(
        &mut self,
        name: &str,
        describe: &Json,
        paths: &Paths<'_>,
        report: &mut AdoptReport,
    ) -> Result<(), Failure> {
        let mut object = Object { name: name.to_owned(), sharing: Some("ReadWrite".into()), ..Object::default() };
        shape(&mut object, describe, report);
        object.prefix = self.prefix(&object, text(describe, "keyPrefix"), report);
        let mut fields = fields(name, &[], describe, paths, report);
        if object.is_stored() && !fields.iter().any(|field| field.name == "Id") {
            let id =
                Field { name: "Id".into(), label: "Record ID".into(), kind: Kind::Id, length: 18, ..Field::default() };
            fields.insert(0, Field { hidden: true, filterable: true, ..id });
        }
        let named = list(describe, "fields").iter().find(|field| flag(field, "nameField"));
        object.named_by = named.and_then(|field| text(field, "name")).unwrap_or("Id").to_owned();
        report.fields += fields.len();
        report.added.push(name.to_owned());
        object.fields = fields;
        default_record_type(&object.record_types, &mut object.fields);
        self.add_object(object)?;
        Ok(())
    }

    fn adopt_known(
        &mut self,
        number: usize,
        describe: &Json,
        paths: &Paths<'_>,
        report: &mut AdoptReport,
    ) -> Result<(), Failure> {
        let object = self.object(number);
        let name = object.name.clone();
        let mut shaped = object.clone();
        shape(&mut shaped, describe, report);
        let mut fields = fields(&name, &object.fields, describe, paths, report);
        let seen: std::collections::HashSet<String> = list(describe, "fields")
            .iter()
            .filter_map(|field| text(field, "name").map(str::to_ascii_lowercase))
            .collect();
        let known = object.fields.len();
        for field in fields[..known].iter_mut().filter(|field| !field.hidden && !field.removed) {
            if !seen.contains(&field.name.to_ascii_lowercase()) && !SYSTEM.contains(&field.name.as_str()) {
                field.hidden = true;
                field.required = false;
                report.hidden.push(format!("{name}.{}", field.name));
            }
        }
        report.fields += fields.len() - known;
        default_record_type(&shaped.record_types, &mut fields);
        self.change_object(number, |object| {
            let fields = std::mem::take(&mut object.fields);
            *object = shaped;
            object.fields = fields;
        });
        self.put_fields(number, fields)?;
        report.changed.push(name);
        Ok(())
    }

    fn prefix(&self, object: &Object, wanted: Option<&str>, report: &mut AdoptReport) -> String {
        let plain = |prefix: &&str| prefix.len() == 3 && prefix.bytes().all(|sign| sign.is_ascii_alphanumeric());
        let free = |prefix: &&str| self.objects.iter().all(|other| other.removed || other.prefix != *prefix);
        match wanted {
            None => String::new(),
            Some(prefix) if plain(&prefix) && free(&prefix) => prefix.to_owned(),
            Some(prefix) => {
                let other = self.free_prefix(if object.is_event() { 'e' } else { 'a' });
                report.remarks.push(format!(
                    "{}: the key prefix {prefix} is taken or no key prefix; ids begin with {other} here",
                    object.name
                ));
                other
            }
        }
    }
}

/// What describe says of the object itself.
fn shape(object: &mut Object, describe: &Json, report: &mut AdoptReport) {
    let said = |key: &str, known: &str| text(describe, key).filter(|said| !said.is_empty()).unwrap_or(known).to_owned();
    object.label = said("label", if object.label.is_empty() { &object.name } else { &object.label });
    object.plural = said("labelPlural", if object.plural.is_empty() { &object.label } else { &object.plural });
    object.createable = flag(describe, "createable");
    object.updateable = flag(describe, "updateable");
    object.deletable = flag(describe, "deletable");
    object.undeletable = flag(describe, "undeletable");
    object.searchable = flag(describe, "searchable");
    object.traits = traits(describe);
    object.scopes = list(describe, "supportedScopes")
        .iter()
        .filter_map(|scope| Some((text(scope, "label")?.to_owned(), text(scope, "name")?.to_owned())))
        .collect();
    object.associate = text(describe, "associateEntityType")
        .zip(text(describe, "associateParentEntity"))
        .map(|(kind, parent)| (kind.to_owned(), parent.to_owned()));
    object.record_types = list(describe, "recordTypeInfos")
        .iter()
        .filter(|info| !flag(info, "master"))
        .filter_map(|info| {
            let id = text(info, "recordTypeId").and_then(ids::normal)?;
            Some(RecordType {
                id,
                developer_name: text(info, "developerName").or(text(info, "name"))?.to_owned(),
                name: text(info, "name")?.to_owned(),
                active: flag(info, "active"),
                available: flag(info, "available"),
                default: flag(info, "defaultRecordTypeMapping"),
            })
        })
        .collect();
    if flag(describe, "customSetting") {
        report.remarks.push(format!("{}: a custom setting; its rows are ordinary rows here", object.name));
    }
}

fn traits(describe: &Json) -> Vec<Trait> {
    let Json::Object(keys) = describe else {
        return Vec::new();
    };
    keys.iter()
        .filter(|(_, value)| **value == Json::Bool(true))
        .filter_map(|(key, _)| serde_json::from_value(Json::String(key.clone())).ok())
        .collect()
}

/// The fields described: those known before in their places, then the new ones.
fn fields(object: &str, known: &[Field], describe: &Json, paths: &Paths<'_>, report: &mut AdoptReport) -> Vec<Field> {
    let mut fields = known.to_vec();
    let places: HashMap<String, usize> = known
        .iter()
        .enumerate()
        .filter(|(_, field)| !field.removed)
        .map(|(place, field)| (field.name.to_ascii_lowercase(), place))
        .collect();
    let names: std::collections::HashSet<&str> =
        list(describe, "fields").iter().filter_map(|field| text(field, "name")).collect();
    let mut twice = std::collections::HashSet::new();
    for json in list(describe, "fields") {
        let name = text(json, "name").unwrap_or_default();
        let place = format!("{object}.{name}");
        if !is_name(name) || !twice.insert(name.to_ascii_lowercase()) {
            report.remarks.push(format!("{place}: not a name that a field can have; left out"));
            continue;
        }
        let old = places.get(&name.to_ascii_lowercase()).map(|place| &known[*place]);
        let path = paths.get(&(object, name)).copied();
        let Some(field) = field(&place, json, old, path, &names, &mut report.remarks) else {
            continue;
        };
        match places.get(&name.to_ascii_lowercase()) {
            Some(place) => fields[*place] = field,
            None if fields.len() >= MOST_COLUMNS => {
                report.remarks.push(format!("{place}: more than {MOST_COLUMNS} fields; left out"));
            }
            None => fields.push(field),
        }
    }
    fields
}

fn kind(name: &str) -> Option<Kind> {
    match name {
        "long" => Some(Kind::Double),
        name => serde_json::from_value(Json::String(name.to_owned())).ok(),
    }
}

fn field(
    place: &str,
    json: &Json,
    old: Option<&Field>,
    path: Option<(Option<&str>, bool, bool)>,
    names: &std::collections::HashSet<&str>,
    remarks: &mut Vec<String>,
) -> Option<Field> {
    let name = text(json, "name").unwrap_or_default();
    let type_name = text(json, "type").unwrap_or_default();
    let Some(kind) = kind(type_name) else {
        remarks.push(format!("{place}: fields of type {type_name} are not kept here; left out"));
        return old.cloned();
    };
    if kind.is_compound() && !parts(name, kind).iter().all(|part| names.contains(part.as_str())) {
        remarks.push(format!("{place}: its parts are not all described; left out, and each part stands alone"));
        return old.cloned();
    }
    let convertible =
        |one: Kind| one == kind || (one.is_text() && kind.is_text()) || (one.is_decimal() && kind.is_decimal());
    let other_type = old.filter(|old| !convertible(old.kind));
    if let Some(old) = other_type.filter(|old| !old.is_custom()) {
        remarks.push(format!("{place}: of type {type_name} there and {} here; kept as it is here", old.kind.name()));
        return Some(old.clone());
    }
    if let Some(old) = other_type {
        remarks.push(format!("{place}: was of type {} here; the values that it had are gone", old.kind.name()));
    }
    let old = old.filter(|_| other_type.is_none());
    let mut field = old.cloned().unwrap_or_default();
    field.name = old.map_or(name, |old| &old.name).to_owned();
    field.label = text(json, "label").unwrap_or(name).to_owned();
    field.kind = kind;
    field.length = if kind.is_id() { 18 } else { number(json, "length") as usize };
    if kind.is_text() && field.length == 0 {
        field.length = 255;
    }
    (field.precision, field.scale, field.digits) =
        (number(json, "precision").max(1), number(json, "scale"), number(json, "digits"));
    if type_name == "long" {
        (field.precision, field.scale) = (18, 0);
        remarks.push(format!("{place}: a long; described as a double of 18 digits here"));
    }
    field.createable = flag(json, "createable");
    field.updateable = flag(json, "updateable");
    field.nillable = flag(json, "nillable");
    field.defaulted = flag(json, "defaultedOnCreate");
    field.required = field.createable && !field.nillable && !field.defaulted && kind != Kind::Boolean;
    field.id_lookup = flag(json, "idLookup");
    field.external_id = flag(json, "externalId");
    field.unique = flag(json, "unique");
    field.case_sensitive = flag(json, "caseSensitive") && kind == Kind::String;
    field.restricted = flag(json, "restrictedPicklist");
    field.filterable = flag(json, "filterable");
    field.html = flag(json, "htmlFormatted") && kind == Kind::TextArea;
    field.decimal_location = flag(json, "displayLocationInDecimal");
    field.permissionable = json.get("permissionable").and_then(Json::as_bool);
    field.prefilterable = json.get("searchPrefilterable").and_then(Json::as_bool);
    field.write_requires_master_read = flag(json, "writeRequiresMasterRead");
    field.relationship_order = json.get("relationshipOrder").and_then(Json::as_u64).map(|order| order.min(1) as u8);
    field.to = list(json, "referenceTo").iter().filter_map(Json::as_str).map(str::to_owned).collect();
    field.relationship = text(json, "relationshipName").map(str::to_owned);
    field.compound = text(json, "compoundFieldName")
        .filter(|compound| *compound != name && names.contains(compound))
        .map(str::to_owned);
    field.controller = text(json, "controllerName").map(str::to_owned);
    field.extra = text(json, "extraTypeInfo").map(str::to_owned);
    field.help = text(json, "inlineHelpText").map(str::to_owned);
    if let Some((children, cascade, restrict)) = path {
        field.children = children.map(str::to_owned);
        (field.cascade, field.restricted_delete) = (cascade, restrict);
    }
    field.cascade |= flag(json, "cascadeDelete") || field.is_master();
    field.calculated = flag(json, "calculated");
    field.formula = text(json, "calculatedFormula").map(str::to_owned);
    field.blank_as_zero = flag(json, "formulaTreatNullNumberAsZero");
    if kind == Kind::MultiPicklist {
        field.visible_lines = Some(number(json, "precision")).filter(|lines| *lines > 0);
    }
    if field.calculated {
        remarks.push(format!("{place}: a formula or roll-up; it stays empty here"));
    }
    if matches!(kind, Kind::Picklist | Kind::MultiPicklist | Kind::Combobox) {
        field.set_choices(list(json, "picklistValues").iter().filter_map(choice).collect());
    }
    let constant = default(place, json, &field, old, remarks);
    field.default = constant.filter(|text| value::from_csv(&field, text).is_ok());
    if flag(json, "autoNumber") && field.is_custom() | (name == "Name") && field.auto_number.is_none() {
        field.auto_number = Some(AutoNumber { format: "{00000}".into(), start: 1, offset: 0 });
        remarks.push(format!("{place}: an auto number whose format is not described; plain digits here"));
    }
    // Whoever hid it here, the other org shows it.
    field.hidden = false;
    Some(field)
}

fn parts(name: &str, kind: Kind) -> Vec<String> {
    match kind {
        Kind::Location => {
            let stem = name.strip_suffix("__c").unwrap_or(name);
            ["Latitude", "Longitude"].iter().map(|part| format!("{stem}__{part}__s")).collect()
        }
        _ => {
            let stem = name.strip_suffix("Address").unwrap_or(name);
            ADDRESS.iter().map(|part| format!("{stem}{part}")).collect()
        }
    }
}

fn choice(json: &Json) -> Option<Choice> {
    let value = text(json, "value")?.to_owned();
    Some(Choice {
        label: text(json, "label").unwrap_or(&value).to_owned(),
        active: flag(json, "active"),
        default: flag(json, "defaultValue"),
        valid_for: text(json, "validFor").map(str::to_owned),
        value,
    })
}

/// A default that needs no formula.
fn default(place: &str, json: &Json, field: &Field, old: Option<&Field>, remarks: &mut Vec<String>) -> Option<String> {
    if let Some(choice) = field.choices.iter().find(|choice| choice.default) {
        return Some(choice.value.clone());
    }
    let said = match (json.get("defaultValue"), text(json, "defaultValueFormula")) {
        (Some(Json::Bool(flag)), _) if field.createable => return Some(flag.to_string()),
        (_, Some(formula)) => formula.trim(),
        _ => return old.and_then(|old| old.default.clone()).filter(|_| !field.is_custom()),
    };
    let quoted = said.len() >= 2 && said.starts_with(['"', '\'']) && said.ends_with(['"', '\'']);
    let plain = if quoted { &said[1..said.len() - 1] } else { said };
    let constant = quoted || field.kind.is_decimal() || field.kind == Kind::Int;
    if constant && value::from_csv(field, plain).is_ok() {
        return Some(plain.to_owned());
    }
    remarks.push(format!("{place}: its default is a formula; new records get none here"));
    None
}

/// Rows that name no record type get the default one.
fn default_record_type(record_types: &[RecordType], fields: &mut [Field]) {
    let default = record_types.iter().find(|known| known.default).map(|known| known.id.clone());
    if let Some(field) = fields.iter_mut().find(|field| field.name == "RecordTypeId" && !field.removed) {
        field.default = default;
    }
}
