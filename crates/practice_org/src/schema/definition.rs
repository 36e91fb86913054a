//! Objects and fields as admins define them: in the words of the Metadata API, in JSON.
//!
//! A schema file names objects. One that is there already gains the fields that are listed, or sees them changed:
//!
//! ```json
//! {"objects": [
//!   {"name": "Invoice__c", "label": "Invoice", "pluralLabel": "Invoices",
//!    "nameField": {"label": "Invoice Number", "type": "AutoNumber", "displayFormat": "INV-{00000}"},
//!    "fields": [
//!      {"name": "Account__c", "label": "Account", "type": "MasterDetail", "referenceTo": "Account", "relationshipName": "Invoices"},
//!      {"name": "Total__c", "label": "Total", "type": "Currency", "precision": 16, "scale": 2, "required": true},
//!      {"name": "State__c", "label": "State", "type": "Picklist", "values": ["Draft", "Sent", "Paid"], "restricted": true}]},
//!   {"name": "Account", "fields": [
//!      {"name": "Vat_Id__c", "label": "VAT Id", "type": "Text", "length": 20, "externalId": true, "unique": true}]},
//!   {"name": "Invoice_Paid__e", "label": "Invoice Paid", "pluralLabel": "Invoices Paid", "fields": [
//!      {"name": "Number__c", "label": "Number", "type": "Text", "length": 30}]}
//! ]}
//! ```
//!
//! Types of fields: `AutoNumber Checkbox Currency Date DateTime Email EncryptedText Html Location LongTextArea Lookup
//! MasterDetail MultiselectPicklist Number Percent Phone Picklist Text TextArea Time Url`. Formulas and roll-ups are not
//! computed here and therefore refused. `name` may also be written `fullName`; `values` and `restricted` are short for a
//! whole `valueSet`.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// Longest schema file, in bytes.
const LONGEST: usize = 20_000_000;

/// What the Metadata API knows and a practice org has no use for. Read and left alone.
const IDLE: [&str; 42] = [
    "actionOverrides",
    "allowInChatterGroups",
    "businessOwnerGroup",
    "businessOwnerUser",
    "businessStatus",
    "compactLayoutAssignment",
    "complianceGroup",
    "customHelpPage",
    "deployable",
    "deploymentStatus",
    "enableBulkApi",
    "enableChangeDataCapture",
    "enableDataTranslation",
    "enableEnhancedLookup",
    "enableFeeds",
    "enableHistory",
    "enableLicensing",
    "enableReports",
    "enableSearch",
    "enableSharing",
    "enableStreamingApi",
    "escapeMarkup",
    "eventType",
    "externalDeveloperName",
    "externalSharingModel",
    "formulaTreatBlanksAs",
    "gender",
    "isConvertLeadDisabled",
    "isFilteringDisabled",
    "isNameField",
    "isSortingDisabled",
    "listViews",
    "populateExistingRows",
    "publishBehavior",
    "readOnlyProxy",
    "securityClassification",
    "startsWith",
    "stripMarkup",
    "trackFeedHistory",
    "trackHistory",
    "trackTrending",
    "visibility",
];

/// A schema file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchemaFile {
    /// New objects, and objects that gain fields.
    pub(crate) objects: Vec<Json>,
}

/// An object as admins define it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ObjectDefinition {
    /// API name.
    #[serde(alias = "fullName", default)]
    pub(crate) name: String,
    /// What people read.
    pub(crate) label: Option<String>,
    /// The same, for several.
    #[serde(alias = "plural")]
    pub(crate) plural_label: Option<String>,
    /// The field that names a row.
    pub(crate) name_field: Option<NameDefinition>,
    /// What the admins say of it.
    pub(crate) description: Option<String>,
    /// Who sees which rows.
    pub(crate) sharing_model: Option<String>,
    /// Tasks and events may be about its rows.
    pub(crate) enable_activities: Option<bool>,
    /// Makes it a custom setting.
    pub(crate) custom_settings_type: Option<String>,
    /// Its own fields.
    #[serde(default)]
    pub(crate) fields: Vec<Json>,
}

/// The field that names the rows of a custom object.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NameDefinition {
    /// What people read.
    pub(crate) label: Option<String>,
    /// `Text` or `AutoNumber`.
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    /// How an auto number looks.
    pub(crate) display_format: Option<String>,
    /// Where an auto number begins.
    pub(crate) starting_number: Option<i64>,
}

/// A field as admins define it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct FieldDefinition {
    /// API name, without the object's.
    #[serde(alias = "fullName")]
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) length: Option<usize>,
    pub(crate) precision: Option<u32>,
    pub(crate) scale: Option<u32>,
    pub(crate) required: Option<bool>,
    pub(crate) unique: Option<bool>,
    pub(crate) case_sensitive: Option<bool>,
    pub(crate) external_id: Option<bool>,
    pub(crate) default_value: Option<Json>,
    pub(crate) description: Option<String>,
    pub(crate) inline_help_text: Option<String>,
    pub(crate) reference_to: Option<Json>,
    pub(crate) relationship_name: Option<String>,
    pub(crate) relationship_label: Option<String>,
    pub(crate) relationship_order: Option<u8>,
    pub(crate) delete_constraint: Option<String>,
    pub(crate) reparentable_master_detail: Option<bool>,
    pub(crate) write_requires_master_read: Option<bool>,
    pub(crate) display_format: Option<String>,
    pub(crate) starting_number: Option<i64>,
    pub(crate) visible_lines: Option<u32>,
    pub(crate) display_location_in_decimal: Option<bool>,
    pub(crate) mask_char: Option<String>,
    pub(crate) mask_type: Option<String>,
    pub(crate) formula: Option<String>,
    pub(crate) summary_operation: Option<String>,
    pub(crate) summary_foreign_key: Option<String>,
    pub(crate) summarized_field: Option<String>,
    pub(crate) value_set: Option<ValueSet>,
    /// Short for a value set.
    pub(crate) values: Option<Vec<String>>,
    /// Short for a value set that takes nothing else.
    pub(crate) restricted: Option<bool>,
}

/// The values of a picklist.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct ValueSet {
    pub(crate) restricted: Option<bool>,
    pub(crate) controlling_field: Option<String>,
    pub(crate) value_set_name: Option<String>,
    pub(crate) value_set_definition: Option<ValueList>,
    pub(crate) value_settings: Option<Vec<ValueSetting>>,
}

/// The values themselves.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct ValueList {
    pub(crate) sorted: Option<bool>,
    pub(crate) value: Vec<Value>,
}

/// One value.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Value {
    #[serde(alias = "valueName", alias = "fullName")]
    pub(crate) name: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) default: Option<bool>,
    pub(crate) is_active: Option<bool>,
}

/// For which values of the controlling field a value may be chosen.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ValueSetting {
    pub(crate) controlling_field_value: Vec<String>,
    pub(crate) value_name: String,
}

impl SchemaFile {
    /// Reads a schema file; the error is a sentence with a place.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("the schema is longer than {LONGEST} bytes"));
        }
        serde_json::from_str(text).map_err(|error| format!("the schema is no schema: {error}"))
    }
}

impl ObjectDefinition {
    /// Reads an object; the error is a sentence.
    pub(crate) fn read(json: &Json) -> Result<Self, String> {
        read(json)
    }
}

impl FieldDefinition {
    /// Reads a field; the error is a sentence.
    pub(crate) fn read(json: &Json) -> Result<Self, String> {
        read(json)
    }

    /// The objects that a reference may point to.
    pub(crate) fn targets(&self) -> Vec<String> {
        match &self.reference_to {
            Some(Json::String(one)) => vec![one.clone()],
            Some(Json::Array(several)) => several.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }
}

/// Empty words and idle ones are dropped first: clients send back what they were given.
fn read<T: serde::de::DeserializeOwned>(json: &Json) -> Result<T, String> {
    let Json::Object(keys) = json else {
        return Err("a definition must be an object".into());
    };
    let keys: Map<String, Json> = keys
        .iter()
        .filter(|(name, value)| !value.is_null() && !IDLE.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    serde_json::from_value(Json::Object(keys)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn definitions_are_read_and_wrong_words_named() {
        let field =
            FieldDefinition::read(&json!({"fullName": "A__c", "type": "Text", "trackHistory": true, "formula": null,
            "referenceTo": "Account"}))
            .unwrap();
        assert_eq!((field.name.as_str(), field.targets()), ("A__c", vec!["Account".to_owned()]));
        assert!(FieldDefinition::read(&json!({"lenght": 4})).unwrap_err().contains("lenght"));
        assert!(FieldDefinition::read(&json!({"length": "four"})).unwrap_err().contains("four"));
        assert!(SchemaFile::read("{\"objects\": [}").unwrap_err().contains("line 1"));
        assert!(SchemaFile::read("{}").unwrap_err().contains("objects"));
    }
}
