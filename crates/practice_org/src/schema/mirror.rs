//! The schema as rows: `EntityDefinition`, `FieldDefinition`, `CustomObject` and `CustomField`, so that SOQL answers
//! questions about objects and fields as it does about anything else.

use rusqlite::{Connection, params_from_iter};
use serde_json::json;

use super::names::hash;
use super::{Field, Kind, Object, Schema, Trait, metadata};
use crate::ids;
use crate::rows::value::Cell;
use crate::tables;

/// Ids of definitions come from their names, so that they stay the same without being kept anywhere.
const ROOM: u64 = 62u64.pow(9);

/// The id of a custom object's definition.
pub(crate) fn object_id(object: &Object) -> String {
    ids::make("01I", hash(&object.name.to_lowercase()) % ROOM)
}

/// The id of a custom field's definition.
pub(crate) fn field_id(object: &Object, field: &Field) -> String {
    ids::make("00N", hash(&format!("{}.{}", object.name, field.name).to_lowercase()) % ROOM)
}

/// What stands for an object in other definitions: its name, or the short id of a custom one.
fn durable_id(object: &Object) -> String {
    if object.is_custom() { object_id(object)[..15].to_owned() } else { object.name.clone() }
}

/// Writes the rows of all objects anew, unless they are those of this very schema.
pub(crate) fn fill_all(conn: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    tables::fit(conn, Schema::tooling())?;
    let stamp = stamp(schema);
    let known: Result<String, _> =
        conn.query_row("SELECT value FROM practice_setting WHERE name = 'definitions'", [], |row| row.get(0));
    if known.is_ok_and(|known| known == stamp) {
        return Ok(());
    }
    conn.execute_batch(
        "DELETE FROM \"EntityDefinition\"; DELETE FROM \"FieldDefinition\"; DELETE FROM \"CustomObject\"; DELETE FROM \"CustomField\";",
    )?;
    for object in schema.alive() {
        insert(conn, schema, object)?;
    }
    keep(conn, &stamp)
}

/// Writes the rows of some objects anew.
pub(crate) fn fill(conn: &Connection, schema: &Schema, objects: impl Iterator<Item = usize>) -> rusqlite::Result<()> {
    for number in objects {
        let object = &schema.objects[number];
        let (name, id) = (durable_id(object), object_id(object));
        conn.execute("DELETE FROM \"EntityDefinition\" WHERE \"Id\" = ?1", [&name])?;
        conn.execute("DELETE FROM \"CustomObject\" WHERE \"Id\" = ?1", [&id])?;
        for table in ["FieldDefinition", "CustomField"] {
            conn.execute(&format!("DELETE FROM \"{table}\" WHERE \"EntityDefinitionId\" = ?1"), [&name])?;
        }
        if !object.removed {
            insert(conn, schema, object)?;
        }
    }
    keep(conn, &stamp(schema))
}

fn keep(conn: &Connection, stamp: &str) -> rusqlite::Result<()> {
    conn.execute("INSERT OR REPLACE INTO practice_setting (name, value) VALUES ('definitions', ?1)", [stamp])?;
    Ok(())
}

/// Tells one schema from another, and one program from another.
fn stamp(schema: &Schema) -> String {
    let fields: usize = schema.alive().map(|object| object.visible().count()).sum();
    format!("{} {} {fields} {}", env!("CARGO_PKG_VERSION"), schema.alive().count(), schema.changed)
}

fn insert(conn: &Connection, schema: &Schema, object: &Object) -> rusqlite::Result<()> {
    write(conn, "EntityDefinition", entity(schema, object))?;
    if object.is_custom() {
        write(conn, "CustomObject", custom_object(schema, object))?;
    }
    for field in object.visible() {
        write(conn, "FieldDefinition", definition(schema, object, field))?;
        if field.name.ends_with("__c") {
            write(conn, "CustomField", custom_field(schema, object, field))?;
        }
    }
    Ok(())
}

fn write(conn: &Connection, table: &str, row: Vec<(&'static str, Cell)>) -> rusqlite::Result<()> {
    let names: Vec<String> = row.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let marks = vec!["?"; row.len()].join(",");
    let sql = format!("INSERT OR REPLACE INTO \"{table}\" ({}) VALUES ({marks})", names.join(","));
    conn.prepare_cached(&sql)?.execute(params_from_iter(row.iter().map(|(_, cell)| cell)))?;
    Ok(())
}

fn maybe(text: Option<&str>) -> Cell {
    text.map_or(Cell::Null, Cell::text)
}

/// Namespace and name of `ns__Name__c`.
fn parts(name: &str) -> (Option<&str>, &str) {
    let plain = ["__c", "__e", "__mdt", "__x", "__s"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    match plain.split_once("__") {
        Some((namespace, plain)) if plain != "Latitude" && plain != "Longitude" => (Some(namespace), plain),
        _ => (None, plain),
    }
}

fn entity(schema: &Schema, object: &Object) -> Vec<(&'static str, Cell)> {
    let name = durable_id(object);
    let (namespace, plain) = parts(&object.name);
    let has = |what| Cell::flag(object.has(what));
    let page = |path: &str| {
        if object.has(Trait::Layoutable) { Cell::Text(path.replace("PREFIX", &object.prefix)) } else { Cell::Null }
    };
    let sharing = if object.masters().next().is_some() { "ControlledByParent" } else { "ReadWrite" };
    vec![
        ("Id", Cell::text(name.as_str())),
        ("DurableId", Cell::Text(name)),
        ("LastModifiedDate", if object.is_custom() { Cell::Integer(schema.changed) } else { Cell::Null }),
        ("QualifiedApiName", Cell::text(object.name.as_str())),
        ("NamespacePrefix", maybe(namespace)),
        ("DeveloperName", Cell::text(plain)),
        ("MasterLabel", Cell::text(object.label.as_str())),
        ("Label", Cell::text(object.label.as_str())),
        ("PluralLabel", Cell::text(object.plural.as_str())),
        ("KeyPrefix", maybe(Some(object.prefix.as_str()).filter(|prefix| !prefix.is_empty()))),
        ("IsCustomizable", has(Trait::Layoutable)),
        ("IsApexTriggerable", has(Trait::Triggerable)),
        ("IsWorkflowEnabled", has(Trait::Triggerable)),
        ("IsProcessEnabled", has(Trait::Triggerable)),
        ("IsCompactLayoutable", has(Trait::CompactLayoutable)),
        ("IsCustomSetting", has(Trait::CustomSetting)),
        ("IsDeprecatedAndHidden", has(Trait::DeprecatedAndHidden)),
        ("IsReplicateable", has(Trait::Replicateable)),
        ("IsRetrieveable", has(Trait::Retrieveable)),
        ("IsSearchLayoutable", has(Trait::SearchLayoutable)),
        ("IsSearchable", Cell::flag(object.searchable)),
        ("IsTriggerable", has(Trait::Triggerable)),
        ("IsIdEnabled", Cell::flag(!object.is_definition())),
        ("IsEverCreatable", Cell::flag(object.createable)),
        ("IsEverUpdatable", Cell::flag(object.updateable)),
        ("IsEverDeletable", Cell::flag(object.deletable)),
        ("IsFeedEnabled", has(Trait::FeedEnabled)),
        ("IsQueryable", has(Trait::Queryable)),
        ("IsMruEnabled", has(Trait::MruEnabled)),
        ("IsLayoutable", has(Trait::Layoutable)),
        ("IsInterface", has(Trait::IsInterface)),
        ("IsSubtype", has(Trait::IsSubtype)),
        ("HasSubtypes", has(Trait::HasSubtypes)),
        ("DeploymentStatus", if object.is_custom() { Cell::text("Deployed") } else { Cell::Null }),
        ("DetailUrl", page("/{ID}")),
        ("EditUrl", page("/{ID}/e")),
        ("NewUrl", page("/PREFIX/e")),
        ("PublisherId", Cell::text(namespace.unwrap_or(if object.is_custom() { "<local>" } else { "System" }))),
        ("InternalSharingModel", Cell::text(object.sharing.as_deref().unwrap_or(sharing))),
        ("ExternalSharingModel", Cell::text("Private")),
        ("Description", maybe(object.description.as_deref())),
    ]
}

fn definition(schema: &Schema, object: &Object, field: &Field) -> Vec<(&'static str, Cell)> {
    let (namespace, plain) = parts(&field.name);
    let plain =
        field.name.strip_suffix("Id").filter(|_| field.kind == Kind::Reference && !field.is_custom()).unwrap_or(plain);
    let last = if field.is_custom() { field_id(object, field)[..15].to_owned() } else { plain.to_owned() };
    let durable = format!("{}.{last}", durable_id(object));
    let counted = field.kind.is_decimal();
    let extra = field.extra.as_deref().or((field.kind == Kind::TextArea).then_some("plaintextarea"));
    vec![
        ("Id", Cell::text(durable.as_str())),
        ("DurableId", Cell::Text(durable)),
        ("QualifiedApiName", Cell::text(field.name.as_str())),
        ("EntityDefinitionId", Cell::Text(durable_id(object))),
        ("NamespacePrefix", maybe(namespace)),
        ("DeveloperName", Cell::text(plain)),
        ("MasterLabel", Cell::text(field.label.as_str())),
        ("Label", Cell::text(field.label.as_str())),
        ("Length", Cell::Integer(if field.kind.is_text() || field.kind.is_id() { field.length as i64 } else { 0 })),
        ("DataType", Cell::Text(metadata::data_type(field))),
        ("ServiceDataTypeId", Cell::text(field.kind.soap_name())),
        ("ValueTypeId", Cell::text(field.kind.name())),
        ("ExtraTypeInfo", maybe(extra)),
        ("IsCalculated", Cell::flag(field.calculated)),
        ("IsHtmlFormatted", Cell::flag(field.html)),
        ("IsNameField", Cell::flag(object.fields[object.name_field].name == field.name)),
        ("IsNillable", Cell::flag(field.nillable)),
        ("IsWorkflowFilterable", Cell::flag(field.filterable)),
        ("IsCompactLayoutable", Cell::flag(!field.is_long())),
        ("IsIndexed", Cell::flag(field.id_lookup || field.unique || field.kind.is_id())),
        ("IsApiFilterable", Cell::flag(field.filterable && !field.is_long())),
        ("IsApiSortable", Cell::flag(field.is_sortable())),
        ("IsApiGroupable", Cell::flag(field.is_groupable())),
        ("IsListVisible", Cell::flag(!field.is_long())),
        ("IsListFilterable", Cell::flag(field.filterable && !field.is_long())),
        ("IsListSortable", Cell::flag(field.is_sortable())),
        ("IsCompound", Cell::flag(field.kind.is_compound())),
        ("IsPolymorphicForeignKey", Cell::flag(field.is_polymorphic())),
        ("Precision", Cell::Integer(i64::from(if counted { field.precision } else { field.digits }))),
        ("Scale", Cell::Integer(i64::from(if counted { field.scale } else { 0 }))),
        ("PublisherId", Cell::text(namespace.unwrap_or(if field.is_custom() { "<local>" } else { "System" }))),
        ("LastModifiedDate", if field.is_custom() { Cell::Integer(schema.changed) } else { Cell::Null }),
        ("RelationshipName", maybe(field.relationship.as_deref())),
        ("ReferenceTo", Cell::Text(json!({"referenceTo": field.to}).to_string())),
        ("Description", maybe(field.description.as_deref())),
        ("InlineHelpText", maybe(field.help.as_deref())),
    ]
}

fn audit(schema: &Schema) -> Vec<(&'static str, Cell)> {
    let user = crate::worlds::user_id();
    vec![
        ("CreatedDate", Cell::Integer(schema.changed)),
        ("CreatedById", Cell::text(user.as_str())),
        ("LastModifiedDate", Cell::Integer(schema.changed)),
        ("LastModifiedById", Cell::Text(user)),
        ("SystemModstamp", Cell::Integer(schema.changed)),
    ]
}

fn custom_object(schema: &Schema, object: &Object) -> Vec<(&'static str, Cell)> {
    let (namespace, plain) = parts(&object.name);
    let mut row = vec![
        ("Id", Cell::Text(object_id(object))),
        ("DeveloperName", Cell::text(plain)),
        ("NamespacePrefix", maybe(namespace)),
        ("Description", maybe(object.description.as_deref())),
        ("SharingModel", maybe(object.sharing.as_deref())),
        ("Language", Cell::text("en_US")),
        ("ManageableState", Cell::text(if namespace.is_some() { "installed" } else { "unmanaged" })),
        ("FullName", Cell::text(object.name.as_str())),
        ("Metadata", Cell::Text(metadata::object(object).to_string())),
    ];
    row.extend(audit(schema));
    row
}

fn custom_field(schema: &Schema, object: &Object, field: &Field) -> Vec<(&'static str, Cell)> {
    let (namespace, plain) = parts(&field.name);
    let counted = field.kind.is_decimal();
    let count = |shown: bool, number: usize| if shown { Cell::Integer(number as i64) } else { Cell::Null };
    let mut row = vec![
        ("Id", Cell::Text(field_id(object, field))),
        ("TableEnumOrId", Cell::Text(durable_id(object))),
        ("DeveloperName", Cell::text(plain)),
        ("NamespacePrefix", maybe(namespace)),
        ("Description", maybe(field.description.as_deref())),
        ("Length", count(field.kind.is_text(), field.length)),
        ("Precision", count(counted, field.precision as usize)),
        ("Scale", count(counted, field.scale as usize)),
        ("InlineHelpText", maybe(field.help.as_deref())),
        ("EntityDefinitionId", Cell::Text(durable_id(object))),
        ("ManageableState", Cell::text(if namespace.is_some() { "installed" } else { "unmanaged" })),
        ("FullName", Cell::Text(format!("{}.{}", object.name, field.name))),
        ("Metadata", Cell::Text(metadata::field(object, field).to_string())),
    ];
    row.extend(audit(schema));
    row
}
