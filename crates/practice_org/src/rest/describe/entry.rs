//! What describe says of an object in one line, in the global list and at the head of the object's own description.

use serde_json::{Map, Value as Json, json};

use super::Site;
use crate::schema::{Object, Trait};

/// From this version on, entries name the object that a companion such as `AccountHistory` belongs to.
pub(super) const ASSOCIATES: u32 = 50;

/// An object's entry.
pub(super) fn entry(site: &Site<'_>, object: &Object) -> Map<String, Json> {
    let mut keys = Map::new();
    keys.insert("activateable".into(), object.has(Trait::Activateable).into());
    if site.version >= ASSOCIATES {
        let (kind, parent) = match &object.associate {
            Some((kind, parent)) => (Json::from(kind.as_str()), Json::from(parent.as_str())),
            None => (Json::Null, Json::Null),
        };
        keys.insert("associateEntityType".into(), kind);
        keys.insert("associateParentEntity".into(), parent);
    }
    let value = json!({
        "createable": object.createable,
        "custom": object.is_custom(),
        "customSetting": object.has(Trait::CustomSetting),
        "deepCloneable": object.has(Trait::DeepCloneable),
        "deletable": object.deletable,
        "deprecatedAndHidden": object.has(Trait::DeprecatedAndHidden),
        "feedEnabled": object.has(Trait::FeedEnabled),
        "hasSubtypes": object.has(Trait::HasSubtypes),
        "isInterface": object.has(Trait::IsInterface),
        "isSubtype": object.has(Trait::IsSubtype),
        "keyPrefix": if object.prefix.is_empty() { Json::Null } else { object.prefix.as_str().into() },
        "label": object.label,
        "labelPlural": object.plural,
        "layoutable": object.has(Trait::Layoutable),
        "mergeable": object.has(Trait::Mergeable),
        "mruEnabled": object.has(Trait::MruEnabled),
        "name": object.name,
        "queryable": object.has(Trait::Queryable),
        "replicateable": object.has(Trait::Replicateable),
        "retrieveable": object.has(Trait::Retrieveable),
        "searchable": object.searchable,
        "triggerable": object.has(Trait::Triggerable),
        "undeletable": object.undeletable,
        "updateable": object.updateable,
        "urls": urls(site, object),
    });
    if let Json::Object(rest) = value {
        keys.extend(rest);
    }
    keys
}

fn urls(site: &Site<'_>, object: &Object) -> Map<String, Json> {
    let base = format!("{}/sobjects/{}", site.base, object.name);
    let mut urls = Map::new();
    let mut add = |name: &str, url: String| urls.insert(name.to_owned(), url.into());
    if object.is_event() {
        add("rowTemplate", format!("{base}/{{ID}}"));
        add("eventSchema", format!("{base}/eventSchema"));
        add("describe", format!("{base}/describe"));
        add("sobject", base);
        return urls;
    }
    let layoutable = object.has(Trait::Layoutable);
    if object.has(Trait::CompactLayoutable) {
        add("compactLayouts", format!("{base}/describe/compactLayouts"));
    }
    add("rowTemplate", format!("{base}/{{ID}}"));
    if layoutable && object.has(Trait::MruEnabled) && object.name != "Event" && object.name != "User" {
        add("approvalLayouts", format!("{base}/describe/approvalLayouts"));
    }
    // Only the versions before the layouts moved elsewhere tell where default values are.
    if site.version < ASSOCIATES && layoutable {
        add("defaultValues", format!("{base}/defaultValues?recordTypeId&fields"));
    }
    if object.has(Trait::MruEnabled) && object.name != "Event" && object.name != "User" {
        add("listviews", format!("{base}/listviews"));
    }
    add("describe", format!("{base}/describe"));
    if layoutable {
        add("quickActions", format!("{base}/quickActions"));
        add("layouts", format!("{base}/describe/layouts"));
    }
    add("sobject", base);
    urls
}
