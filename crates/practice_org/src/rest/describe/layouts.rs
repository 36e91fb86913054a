//! Layouts: every field of an object in one section, since nobody drags fields about in a practice org.

use serde_json::{Value as Json, json};

use super::Site;
use crate::failure::Refusal;
use crate::ids;
use crate::schema::{Field, Object};

/// Fields in a compact layout.
const COMPACT: usize = 5;

/// `describe/layouts`: one layout, shared by all record types.
pub(super) fn all(site: &Site<'_>, object: &Object) -> Json {
    let mut mappings: Vec<Json> = object
        .record_types
        .iter()
        .map(|known| mapping(site, object, &known.id, &known.name, &known.developer_name))
        .collect();
    mappings.push(mapping(site, object, ids::MASTER_RECORD_TYPE, "Master", "Master"));
    json!({
        "layouts": [layout(object)],
        "recordTypeMappings": mappings,
        "recordTypeSelectorRequired": [!object.record_types.is_empty()],
    })
}

/// `describe/layouts/012…`.
pub(super) fn one(site: &Site<'_>, object: &Object, record_type: &str) -> Result<Json, Refusal> {
    let id = ids::normal(record_type).ok_or_else(Refusal::not_found)?;
    let known = id == ids::MASTER_RECORD_TYPE || object.record_types.iter().any(|one| one.id == id);
    if known && site.schema.object(&object.name).is_some() { Ok(layout(object)) } else { Err(Refusal::not_found()) }
}

/// `describe/compactLayouts`.
pub(super) fn compact(_: &Site<'_>, object: &Object) -> Json {
    let items: Vec<Json> = shown(object).take(COMPACT).map(|field| item(field, false)).collect();
    json!({
        "compactLayouts": [{"actions": [], "fieldItems": items, "id": null, "imageItems": [], "label": "System Default",
            "name": "SYSTEM", "objectType": object.name}],
        "defaultCompactLayoutId": null,
        "recordTypeCompactLayoutMappings": [{"available": true, "compactLayoutId": null, "compactLayoutName": "SYSTEM",
            "recordTypeId": ids::MASTER_RECORD_TYPE, "recordTypeName": "Master", "urls": {}}],
        "urls": {},
    })
}

fn mapping(site: &Site<'_>, object: &Object, id: &str, name: &str, developer_name: &str) -> Json {
    json!({
        "active": true,
        "available": true,
        "defaultRecordTypeMapping": id == ids::MASTER_RECORD_TYPE,
        "developerName": developer_name,
        "layoutId": layout_id(object),
        "master": id == ids::MASTER_RECORD_TYPE,
        "name": name,
        "picklistsForRecordType": [],
        "recordTypeId": id,
        "urls": {"layout": format!("{}/sobjects/{}/describe/layouts/{id}", site.base, object.name)},
    })
}

fn layout_id(object: &Object) -> String {
    ids::make("00h", object.number as u64 + 1)
}

fn layout(object: &Object) -> Json {
    json!({
        "buttonLayoutSection": null,
        "detailLayoutSections": [section(object, false)],
        "editLayoutSections": [section(object, true)],
        "feedView": null,
        "highlightsPanelLayoutSection": null,
        "id": layout_id(object),
        "multirowEditLayoutSections": [],
        "offlineLinks": [],
        "quickActionList": {"quickActionListItems": []},
        "relatedContent": null,
        "relatedLists": [],
        "saveOptions": [],
    })
}

fn section(object: &Object, editing: bool) -> Json {
    let rows: Vec<Json> = shown(object)
        .filter(|field| !editing || field.createable || field.updateable)
        .map(|field| json!({"layoutItems": [item(field, editing)], "numItems": 1}))
        .collect();
    json!({
        "collapsed": false,
        "columns": 1,
        "heading": format!("{} Information", object.label),
        "layoutRows": rows,
        "layoutSectionId": null,
        "parentLayoutId": layout_id(object),
        "rows": rows.len(),
        "tabOrder": "LeftToRight",
        "useCollapsibleSection": false,
        "useHeading": false,
    })
}

fn item(field: &Field, editing: bool) -> Json {
    json!({
        "editableForNew": editing && field.createable,
        "editableForUpdate": editing && field.updateable,
        "label": field.label,
        "layoutComponents": [{"displayLines": 1, "tabOrder": 1, "type": "Field", "value": field.name}],
        "placeholder": false,
        "required": field.required,
    })
}

/// Parts stand behind their compound.
fn shown(object: &Object) -> impl Iterator<Item = &Field> {
    object.visible().filter(|field| field.compound.is_none())
}
