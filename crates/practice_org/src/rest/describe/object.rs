//! An object's own description: its fields, its children, its record types.

use serde_json::{Value as Json, json};

use super::Site;
use super::entry::{ASSOCIATES, entry};
use super::field::field;
use crate::ids;
use crate::schema::{Object, RecordType, Trait};

/// The whole description, keys in the order of the alphabet.
pub(super) fn full(site: &Site<'_>, object: &Object) -> Json {
    let mut keys = entry(site, object);
    let fields: Vec<Json> = object.visible().map(|one| field(object, one)).collect();
    let more = json!({
        "actionOverrides": [],
        "childRelationships": children(site, object),
        "compactLayoutable": object.has(Trait::CompactLayoutable),
        "defaultImplementation": null,
        "extendedBy": null,
        "extendsInterfaces": null,
        "fields": fields,
        "implementedBy": null,
        "implementsInterfaces": null,
        "listviewable": null,
        "lookupLayoutable": null,
        "namedLayoutInfos": [],
        "networkScopeFieldName": null,
        "recordTypeInfos": record_types(site, object),
        "searchLayoutable": object.has(Trait::SearchLayoutable),
        "supportedScopes": scopes(object),
    });
    if let Json::Object(more) = more {
        keys.extend(more);
    }
    if site.version >= ASSOCIATES {
        keys.insert("sobjectDescribeOption".into(), "FULL".into());
    }
    if object.has(Trait::Layoutable)
        && let Some(Json::Object(urls)) = keys.get_mut("urls")
    {
        urls.insert("uiDetailTemplate".into(), format!("{}/{{ID}}", site.instance).into());
        urls.insert("uiEditTemplate".into(), format!("{}/{{ID}}/e", site.instance).into());
        urls.insert("uiNewRecord".into(), format!("{}/{}/e", site.instance, object.prefix).into());
    }
    keys.sort_keys();
    Json::Object(keys)
}

fn children(site: &Site<'_>, object: &Object) -> Vec<Json> {
    let mut list: Vec<_> = site
        .schema
        .children(object)
        .iter()
        .map(|children| {
            let child = &site.schema.objects[children.object];
            (child, &child.fields[children.field])
        })
        .filter(|(_, field)| !field.hidden)
        .collect();
    list.sort_by(|(one, a), (other, b)| (&one.name, &a.name).cmp(&(&other.name, &b.name)));
    list.into_iter()
        .map(|(child, field)| {
            json!({
                "cascadeDelete": field.cascade,
                "childSObject": child.name,
                "deprecatedAndHidden": false,
                "field": field.name,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": field.children,
                "restrictedDelete": field.restricted_delete,
            })
        })
        .collect()
}

fn record_types(site: &Site<'_>, object: &Object) -> Vec<Json> {
    if !object.has(Trait::Layoutable) || object.has(Trait::CustomSetting) {
        return Vec::new();
    }
    let master = RecordType {
        id: ids::MASTER_RECORD_TYPE.into(),
        developer_name: "Master".into(),
        name: "Master".into(),
        active: true,
        available: true,
        default: !object.record_types.iter().any(|known| known.default),
    };
    object
        .record_types
        .iter()
        .chain([&master])
        .map(|one| {
            json!({
                "active": one.active,
                "available": one.available,
                "defaultRecordTypeMapping": one.default,
                "developerName": one.developer_name,
                "master": one.id == ids::MASTER_RECORD_TYPE,
                "name": one.name,
                "recordTypeId": one.id,
                "urls": {"layout": format!("{}/sobjects/{}/describe/layouts/{}", site.base, object.name, one.id)},
            })
        })
        .collect()
}

fn scopes(object: &Object) -> Vec<Json> {
    let one = |label: &str, name: &str| json!({"label": label, "name": name});
    if !object.scopes.is_empty() {
        return object.scopes.iter().map(|(label, name)| one(label, name)).collect();
    }
    if !object.has(Trait::Layoutable) || object.has(Trait::CustomSetting) {
        return Vec::new();
    }
    let plural = object.plural.to_lowercase();
    let mut scopes = vec![one(&format!("All {plural}"), "everything")];
    if object.field("OwnerId").is_some() {
        scopes.push(one(&format!("My {plural}"), "mine"));
    }
    scopes
}
