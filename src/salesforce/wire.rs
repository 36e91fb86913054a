//! The JSON of Salesforce's answers, as far as we read it. Everything that an org may leave out has a default.

use serde::Deserialize;
use std::collections::BTreeMap;

/// One error of an error array; collections say `statusCode` where everything else says `errorCode`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorItem {
    #[serde(default)]
    error_code: String,
    #[serde(default)]
    status_code: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) message: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) fields: Vec<String>,
}

impl ErrorItem {
    pub(super) fn code(&self) -> String {
        if self.error_code.is_empty() { self.status_code.clone() } else { self.error_code.clone() }
    }
}

#[derive(Deserialize)]
pub(super) struct OauthError {
    pub(super) error: String,
    #[serde(default)]
    pub(super) error_description: String,
}

#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    pub(super) access_token: String,
    pub(super) instance_url: String,
}

#[derive(Deserialize)]
pub(super) struct UserInfo {
    pub(super) user_id: String,
    pub(super) organization_id: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) preferred_username: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct VersionItem {
    pub(super) version: String,
    #[serde(default)]
    pub(super) label: String,
}

/// The resource map of a version; only the identity address is of use.
#[derive(Deserialize)]
pub(super) struct Resources {
    #[serde(default)]
    pub(super) identity: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct LimitItem {
    #[serde(rename = "Max", default)]
    pub(super) max: i64,
    #[serde(rename = "Remaining", default)]
    pub(super) remaining: i64,
}

pub(super) type Limits = BTreeMap<String, LimitItem>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueryAnswer {
    #[serde(default)]
    pub(super) total_size: u64,
    #[serde(default)]
    pub(super) done: bool,
    #[serde(default)]
    pub(super) next_records_url: Option<String>,
    #[serde(default)]
    pub(super) records: Vec<serde_json::Map<String, serde_json::Value>>,
}

#[derive(Deserialize)]
pub(super) struct CollectionItem {
    #[serde(default)]
    pub(super) id: Option<String>,
    pub(super) success: bool,
    #[serde(default)]
    pub(super) created: Option<bool>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) errors: Vec<ErrorItem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobAnswer {
    pub(super) id: String,
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    pub(super) number_records_processed: Option<u64>,
    #[serde(default)]
    pub(super) number_records_failed: Option<u64>,
    #[serde(default)]
    pub(super) error_message: Option<String>,
}

/// A page of the list of jobs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobsPage {
    pub(super) done: bool,
    #[serde(default)]
    pub(super) records: Vec<JobItem>,
    pub(super) next_records_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobItem {
    pub(super) id: String,
    #[serde(default)]
    pub(super) object: String,
    #[serde(default)]
    pub(super) operation: String,
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    pub(super) created_date: String,
    #[serde(default)]
    pub(super) created_by_id: String,
    pub(super) api_version: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PagesAnswer {
    #[serde(default)]
    pub(super) result_pages: Vec<PageItem>,
    #[serde(default)]
    pub(super) next_records_url: Option<String>,
    #[serde(default)]
    pub(super) done: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageItem {
    pub(super) result_url: String,
}

#[derive(Deserialize)]
pub(super) struct DescribeGlobal {
    pub(super) sobjects: Vec<ObjectItem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectItem {
    pub(super) name: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) label: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) label_plural: String,
    #[serde(default)]
    pub(super) key_prefix: Option<String>,
    #[serde(default)]
    pub(super) createable: bool,
    #[serde(default)]
    pub(super) updateable: bool,
    #[serde(default)]
    pub(super) deletable: bool,
    #[serde(default)]
    pub(super) queryable: bool,
    #[serde(default)]
    pub(super) custom: bool,
    #[serde(default)]
    pub(super) deprecated_and_hidden: bool,
    /// `Share`, `Feed`, `History`, `ChangeEvent` for the companions of another object.
    #[serde(default)]
    pub(super) associate_entity_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    #[serde(flatten)]
    pub(super) object: ObjectItem,
    pub(super) fields: Vec<FieldItem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FieldItem {
    pub(super) name: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) label: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) length: u32,
    #[serde(default)]
    pub(super) digits: u32,
    #[serde(default)]
    pub(super) precision: u32,
    #[serde(default)]
    pub(super) scale: u32,
    #[serde(default)]
    pub(super) nillable: bool,
    #[serde(default)]
    pub(super) defaulted_on_create: bool,
    #[serde(default)]
    pub(super) createable: bool,
    #[serde(default)]
    pub(super) updateable: bool,
    #[serde(default)]
    pub(super) filterable: bool,
    #[serde(default)]
    pub(super) unique: bool,
    #[serde(default)]
    pub(super) case_sensitive: bool,
    #[serde(default)]
    pub(super) external_id: bool,
    #[serde(default)]
    pub(super) id_lookup: bool,
    #[serde(default)]
    pub(super) calculated: bool,
    #[serde(default)]
    pub(super) custom: bool,
    #[serde(default)]
    pub(super) restricted_picklist: bool,
    #[serde(default)]
    pub(super) deprecated_and_hidden: bool,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) picklist_values: Vec<PicklistItem>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) reference_to: Vec<String>,
    #[serde(default)]
    pub(super) relationship_name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct PicklistItem {
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) value: String,
    #[serde(default)]
    pub(super) label: Option<String>,
    #[serde(default)]
    pub(super) active: bool,
}

/// Orgs write `null` where the documentation promises a text or a list.
fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
