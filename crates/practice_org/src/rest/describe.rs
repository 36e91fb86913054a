//! Describe: what objects and fields there are, with every key that Salesforce gives.

use serde_json::{Map, Value as Json, json};

use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::ids;
use crate::org::Org;
use crate::schema::{Field, Kind, Object, Schema};
use crate::time;

/// `GET …/sobjects`.
pub(crate) fn global(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    if let Some(unchanged) = unchanged(org, call, "global") {
        return Ok(unchanged);
    }
    let list: Vec<Json> =
        org.schema.objects.iter().map(|object| Json::Object(entry(object, &call.version.text))).collect();
    let body = json!({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": list});
    Ok(tagged(org, call, "global", Reply::json(200, &body)))
}

/// `GET …/sobjects/T/describe`.
pub(crate) fn object(org: &Org, call: &Call, name: &str) -> Result<Reply, Refusal> {
    let object = org.schema.object(name).ok_or_else(Refusal::not_found)?;
    if let Some(unchanged) = unchanged(org, call, &object.name) {
        return Ok(unchanged);
    }
    let body = full(&org.schema, object, &call.version.text);
    Ok(tagged(org, call, &object.name, Reply::json(200, &body)))
}

fn tag(org: &Org, call: &Call, name: &str) -> String {
    // Same schema, same version, same tag; FNV-1a is plenty for that.
    let text = format!("{name} {} {}", call.version.text, org.schema.changed);
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("\"{hash:016x}\"")
}

fn tagged(org: &Org, call: &Call, name: &str, reply: Reply) -> Reply {
    reply.with("ETag", tag(org, call, name)).with("Last-Modified", time::http(org.schema.changed))
}

fn unchanged(org: &Org, call: &Call, name: &str) -> Option<Reply> {
    let by_tag = call.header("if-none-match").map(|given| {
        let own = tag(org, call, name);
        given
            .split(',')
            .any(|one| one.trim().trim_start_matches("W/").replace("-gzip\"", "\"") == own || one.trim() == "*")
    });
    let by_date =
        || call.header("if-modified-since").and_then(time::parse_http).map(|since| org.schema.changed <= since);
    by_tag.or_else(by_date).unwrap_or(false).then(|| tagged(org, call, name, Reply::empty(304)))
}

/// An object's entry in the global list, which describe repeats.
pub(crate) fn entry(object: &Object, version: &str) -> Map<String, Json> {
    let base = format!("/services/data/v{version}/sobjects/{}", object.name);
    let business = object.deletable || matches!(object.name.as_str(), "Campaign" | "User");
    let value = json!({
        "activateable": false,
        "associateEntityType": null,
        "associateParentEntity": null,
        "createable": object.createable,
        "custom": false,
        "customSetting": false,
        "deepCloneable": matches!(object.name.as_str(), "Campaign" | "Opportunity"),
        "deletable": object.deletable,
        "deprecatedAndHidden": false,
        "feedEnabled": business && object.name != "Campaign",
        "hasSubtypes": false,
        "isInterface": false,
        "isSubtype": false,
        "keyPrefix": object.prefix,
        "label": object.label,
        "labelPlural": object.plural,
        "layoutable": business,
        "mergeable": matches!(object.name.as_str(), "Account" | "Contact" | "Lead"),
        "mruEnabled": business,
        "name": object.name,
        "queryable": true,
        "replicateable": object.has_bin() || matches!(object.name.as_str(), "User" | "Organization"),
        "retrieveable": true,
        "searchable": object.searchable,
        "triggerable": business,
        "undeletable": object.undeletable,
        "updateable": object.updateable,
        "urls": {
            "rowTemplate": format!("{base}/{{ID}}"),
            "defaultValues": format!("{base}/defaultValues?recordTypeId&fields"),
            "describe": format!("{base}/describe"),
            "approvalLayouts": format!("{base}/describe/approvalLayouts"),
            "compactLayouts": format!("{base}/describe/compactLayouts"),
            "listviews": format!("{base}/listviews"),
            "layouts": format!("{base}/describe/layouts"),
            "quickActions": format!("{base}/quickActions"),
            "sobject": base,
        },
    });
    match value {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

fn full(schema: &Schema, object: &Object, version: &str) -> Json {
    let mut keys = entry(object, version);
    let base = format!("/services/data/v{version}/sobjects/{}", object.name);
    let layout = format!("{base}/describe/layouts/{}", ids::MASTER_RECORD_TYPE);
    let fields: Vec<Json> = object.visible().map(|field| describe_field(object, field)).collect();
    let children: Vec<Json> = schema
        .children(object)
        .iter()
        .map(|children| {
            let child = &schema.objects[children.object];
            let field = &child.fields[children.field];
            json!({
                "cascadeDelete": field.cascade,
                "childSObject": child.name,
                "deprecatedAndHidden": false,
                "field": field.name,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": field.children,
                "restrictedDelete": false,
            })
        })
        .collect();
    let more = json!({
        "actionOverrides": [],
        "childRelationships": children,
        "compactLayoutable": true,
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
        "recordTypeInfos": [{
            "active": true,
            "available": true,
            "defaultRecordTypeMapping": true,
            "developerName": "Master",
            "master": true,
            "name": "Master",
            "recordTypeId": ids::MASTER_RECORD_TYPE,
            "urls": {"layout": layout},
        }],
        "searchLayoutable": object.searchable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": format!("All {}", object.plural.to_lowercase()), "name": "everything"},
            {"label": format!("My {}", object.plural.to_lowercase()), "name": "mine"},
        ],
    });
    if let Json::Object(more) = more {
        keys.extend(more);
    }
    if let Some(Json::Object(urls)) = keys.get_mut("urls") {
        urls.insert("uiDetailTemplate".into(), "/{ID}".into());
        urls.insert("uiEditTemplate".into(), "/{ID}/e".into());
        urls.insert("uiNewRecord".into(), format!("/{}/e", object.prefix).into());
    }
    keys.sort_keys();
    Json::Object(keys)
}

/// A field with all its keys, in the order of the alphabet.
fn describe_field(object: &Object, field: &Field) -> Json {
    let text = field.kind.is_text();
    let number = field.kind.is_decimal();
    let name_like = object.fields[object.name_field].name == field.name;
    let compound = field.kind == Kind::Address;
    let automatic = matches!(field.name.as_str(), "CaseNumber" | "OrderNumber" | "OrderItemNumber");
    let picklist: Vec<Json> = field
        .values
        .iter()
        .map(|value| {
            json!({
                "active": true,
                "defaultValue": field.default.as_deref() == Some(value),
                "label": value,
                "validFor": null,
                "value": value,
            })
        })
        .collect();
    let default = match (field.kind, field.default.as_deref()) {
        (Kind::Boolean, default) => Json::Bool(default == Some("true")),
        (_, Some(default)) if field.createable => default.into(),
        _ => Json::Null,
    };
    // In two halves, since one would be too long for the macro.
    let first = json!({
        "aggregatable": !field.is_long() && !matches!(field.kind, Kind::Boolean | Kind::Address | Kind::MultiPicklist),
        "aiPredictionField": false,
        "autoNumber": automatic,
        "byteLength": if field.kind.is_id() { 18 } else if text { field.length * 3 } else { 0 },
        "calculated": false,
        "calculatedFormula": null,
        "cascadeDelete": false,
        "caseSensitive": false,
        "compoundFieldName": field.compound,
        "controllerName": null,
        "createable": field.createable,
        "custom": field.is_custom(),
        "defaultValue": default,
        "defaultValueFormula": null,
        "defaultedOnCreate": field.defaulted,
        "dependentPicklist": false,
        "deprecatedAndHidden": false,
        "digits": field.digits,
        "displayLocationInDecimal": false,
        "encrypted": false,
        "externalId": field.external_id,
        "extraTypeInfo": extra_type(field),
    });
    let second = json!({
        "filterable": field.filterable && !field.is_long(),
        "filteredLookupInfo": null,
        "formulaTreatNullNumberAsZero": false,
        "groupable": field.is_groupable(),
        "highScaleNumber": false,
        "htmlFormatted": false,
        "idLookup": field.id_lookup,
        "inlineHelpText": null,
        "label": field.label,
        "length": if text || field.kind.is_id() { field.length } else { 0 },
        "mask": null,
        "maskType": null,
        "name": field.name,
        "nameField": name_like,
        "namePointing": field.is_polymorphic(),
        "nillable": field.nillable,
        "permissionable": is_permissionable(field),
        "picklistValues": picklist,
        "polymorphicForeignKey": field.is_polymorphic(),
        "precision": if number { field.precision } else { 0 },
        "queryByDistance": compound,
        "referenceTargetField": null,
        "referenceTo": field.to,
        "relationshipName": field.relationship,
        "relationshipOrder": null,
        "restrictedDelete": false,
        "restrictedPicklist": field.restricted,
        "scale": if number { field.scale } else { 0 },
        "searchPrefilterable": field.kind == Kind::Reference && field.createable && field.updateable && field.name != "OwnerId",
        "soapType": soap_type(field.kind),
        "sortable": field.is_sortable(),
        "type": field.kind.name(),
        "unique": field.external_id,
        "updateable": field.updateable,
        "writeRequiresMasterRead": false,
    });
    let mut keys = Map::new();
    for half in [first, second] {
        if let Json::Object(half) = half {
            keys.extend(half);
        }
    }
    Json::Object(keys)
}

/// Whether field-level security can hide the field. The exceptions are Salesforce's own.
fn is_permissionable(field: &Field) -> bool {
    const ALWAYS: [&str; 4] = ["ClosedDate", "ExpectedRevenue", "IsEscalated", "IsPrivate"];
    const NEVER: [&str; 6] =
        ["Comments", "EmailBouncedDate", "EmailBouncedReason", "ForecastCategoryName", "IndividualId", "Pricebook2Id"];
    if field.kind == Kind::Address || ALWAYS.contains(&field.name.as_str()) {
        return true;
    }
    let written = field.createable || field.updateable || field.is_custom();
    let part_of_name = field.compound.as_deref() == Some("Name");
    written && field.nillable && !part_of_name && !NEVER.contains(&field.name.as_str())
}

fn extra_type(field: &Field) -> Json {
    match (field.kind, field.name.as_str()) {
        (Kind::TextArea, _) => "plaintextarea".into(),
        (Kind::Url, "PhotoUrl") => "imageurl".into(),
        (Kind::String, "Name") if field.length == 121 => "personname".into(),
        (_, "FirstName" | "LastName" | "Salutation") if field.compound.is_some() => "personname".into(),
        _ => Json::Null,
    }
}

fn soap_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Reference => "tns:ID",
        Kind::Boolean => "xsd:boolean",
        Kind::Int => "xsd:int",
        Kind::Currency | Kind::Double | Kind::Percent => "xsd:double",
        Kind::Date => "xsd:date",
        Kind::DateTime => "xsd:dateTime",
        Kind::Time => "xsd:time",
        Kind::Address => "urn:address",
        _ => "xsd:string",
    }
}
