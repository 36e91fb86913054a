//! What an org's objects look like.
//!
//! Fresh each time; keeping descriptions and showing their age is for whoever calls. Told when its copy dates from, the org
//! answers whether it still holds.

use super::{Ask, Org, OrgError, Stop, escaped, wire};
use crate::record::{Field, Kind, PicklistValue, Schema};
use serde::{Deserialize, Serialize};

/// An object as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectName {
    /// API name.
    pub name: String,
    /// What people see.
    pub label: String,
    /// What people see of several.
    pub label_plural: String,
    /// First three characters of its record ids.
    pub key_prefix: Option<String>,
    /// Whether we may make records.
    pub createable: bool,
    /// Whether we may change records.
    pub updateable: bool,
    /// Whether we may delete records.
    pub deletable: bool,
    /// Whether we may query it.
    pub queryable: bool,
    /// Whether the org's own people made it.
    pub custom: bool,
    /// Whether it only accompanies another object: its sharing, history, feed or change events.
    pub companion: bool,
}

/// An object's description, and when it was last changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The object.
    pub schema: Schema,
    /// When it last changed, in the org's own spelling; to be given back when asking again.
    pub last_modified: Option<String>,
}

/// The list of objects, and when it was last changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedGlobal {
    /// The objects, in the org's order.
    pub objects: Vec<ObjectName>,
    /// When it last changed, in the org's own spelling; to be given back when asking again.
    pub last_modified: Option<String>,
}

impl Org {
    /// All objects. `None` when nothing has changed since `known`, the `last_modified` of an earlier answer.
    pub fn describe_global(
        &self,
        known: Option<&str>,
        stop: impl Into<Stop>,
    ) -> Result<Option<DescribedGlobal>, OrgError> {
        let stop = &stop.into();
        let answer = self.if_modified(self.path("sobjects", stop)?, known, stop)?;
        Ok(answer.map(|(global, last_modified): (wire::DescribeGlobal, _)| {
            let objects = global.sobjects.into_iter().filter(|object| !object.deprecated_and_hidden);
            DescribedGlobal { objects: objects.map(object_name).collect(), last_modified }
        }))
    }

    /// One object. `None` when nothing has changed since `known`, the `last_modified` of an earlier answer.
    pub fn describe(
        &self,
        object: &str,
        known: Option<&str>,
        stop: impl Into<Stop>,
    ) -> Result<Option<Described>, OrgError> {
        let stop = &stop.into();
        let path = self.path(&format!("sobjects/{}/describe", escaped(object)), stop)?;
        match self.if_modified(path, known, stop) {
            Ok(answer) => Ok(answer.map(|(object, last_modified)| Described { schema: schema(object), last_modified })),
            Err(OrgError::Refused { call, refusal, .. }) if refusal.status == 404 => {
                let hint = format!(
                    "The org has no object {object}, or the user may not see it. API names of custom objects end in __c."
                );
                Err(OrgError::Refused { call, refusal, hint: Some(hint) })
            }
            Err(error) => Err(error),
        }
    }

    fn if_modified<T: serde::de::DeserializeOwned>(
        &self,
        path: String,
        known: Option<&str>,
        stop: &Stop,
    ) -> Result<Option<(T, Option<String>)>, OrgError> {
        let mut ask = Ask::get(path, stop);
        if let Some(known) = known {
            ask = ask.header("if-modified-since", known);
        }
        let answer = self.answer(&ask)?;
        match answer.status {
            304 => Ok(None),
            _ if !answer.success() => Err(self.refused(&ask, &answer)),
            _ => {
                let last_modified = answer.header("last-modified").map(str::to_owned);
                Ok(Some((self.read_json(&ask, &answer)?, last_modified)))
            }
        }
    }
}

fn object_name(object: wire::ObjectItem) -> ObjectName {
    ObjectName {
        name: object.name,
        label: object.label,
        label_plural: object.label_plural,
        key_prefix: object.key_prefix,
        createable: object.createable,
        updateable: object.updateable,
        deletable: object.deletable,
        queryable: object.queryable,
        custom: object.custom,
        companion: object.associate_entity_type.is_some(),
    }
}

fn schema(described: wire::Describe) -> Schema {
    let object = described.object;
    Schema {
        name: object.name,
        label: object.label,
        label_plural: object.label_plural,
        key_prefix: object.key_prefix,
        key: None,
        createable: object.createable,
        updateable: object.updateable,
        deletable: object.deletable,
        fields: described.fields.into_iter().filter(|field| !field.deprecated_and_hidden).map(field).collect(),
    }
}

fn field(item: wire::FieldItem) -> Field {
    let kind = kind(&item.kind);
    let (precision, scale) = match kind {
        // Whole numbers say how many digits they take under another name.
        Kind::Integer => (item.digits, 0),
        _ => (item.precision, item.scale),
    };
    let value = |value: wire::PicklistItem| PicklistValue {
        label: value.label.unwrap_or_else(|| value.value.clone()),
        value: value.value,
        active: value.active,
    };
    Field {
        required: item.createable && !item.nillable && !item.defaulted_on_create,
        name: item.name,
        label: item.label,
        kind,
        length: item.length,
        precision,
        scale,
        percent: item.kind == "percent",
        createable: item.createable,
        updateable: item.updateable,
        filterable: item.filterable,
        unique: item.unique,
        case_sensitive: item.case_sensitive,
        external_id: item.external_id,
        id_lookup: item.id_lookup,
        calculated: item.calculated,
        custom: item.custom,
        restricted: item.restricted_picklist,
        values: item.picklist_values.into_iter().map(value).collect(),
        reference_to: item.reference_to,
        relationship: item.relationship_name,
    }
}

fn kind(name: &str) -> Kind {
    match name {
        "id" => Kind::Id,
        "reference" => Kind::Reference,
        "textarea" => Kind::LongText,
        "picklist" | "combobox" => Kind::Picklist,
        "multipicklist" => Kind::MultiPicklist,
        "boolean" => Kind::Boolean,
        "int" | "long" => Kind::Integer,
        "double" | "currency" | "percent" => Kind::Number,
        "date" => Kind::Date,
        "datetime" => Kind::DateTime,
        "time" => Kind::Time,
        "phone" => Kind::Phone,
        "url" => Kind::Url,
        "email" => Kind::Email,
        "base64" => Kind::Base64,
        "address" | "location" | "complexvalue" => Kind::Compound,
        // string, encryptedstring, datacategorygroupreference, anyType, and what a later version brings.
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_becomes_a_schema() {
        let json = r#"{"name":"Account","label":"Account","labelPlural":"Accounts","keyPrefix":"001","createable":true,
            "updateable":true,"deletable":false,"custom":false,"queryable":true,"fields":[
            {"name":"Name","label":"Account Name","type":"string","length":255,"nillable":false,"createable":true,
             "updateable":true,"filterable":true,"defaultedOnCreate":false,"picklistValues":[],"referenceTo":[]},
            {"name":"NumberOfEmployees","label":"Employees","type":"int","digits":8,"precision":0,"nillable":true,"createable":true},
            {"name":"IsActive__c","label":"Active","type":"boolean","nillable":false,"defaultedOnCreate":true,"createable":true},
            {"name":"Rating","label":"Rating","type":"picklist","length":255,"restrictedPicklist":true,
             "picklistValues":[{"active":true,"value":"Hot","label":null,"defaultValue":false,"validFor":null}]},
            {"name":"OwnerId","label":"Owner ID","type":"reference","length":18,"referenceTo":["User"],"relationshipName":"Owner"},
            {"name":"Old","label":"Old","type":"string","deprecatedAndHidden":true}]}"#;
        let schema = schema(serde_json::from_str(json).unwrap());
        assert_eq!((schema.name.as_str(), schema.fields.len(), schema.deletable), ("Account", 5, false));
        let field = |name| schema.field(name).unwrap();
        assert!(field("Name").required && !field("NumberOfEmployees").required && !field("IsActive__c").required);
        assert_eq!((field("NumberOfEmployees").kind, field("NumberOfEmployees").precision), (Kind::Integer, 8));
        assert_eq!(field("Rating").values[0].label, "Hot");
        assert_eq!(schema.relationship("owner").map(|field| field.name.as_str()), Some("OwnerId"));
    }
}
