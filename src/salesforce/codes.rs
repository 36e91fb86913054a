//! Salesforce's error codes: whether trying again can help, and what a person can do.
//!
//! One table, read by the client (for whole calls), by the target (for single rows) and by whoever explains a failed row.

/// Whether trying again can help, and whether something may have been done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// Certainly not processed: try again, after so many seconds where the code asks for them.
    Wait(u64),
    /// May have been cut off half-way: asking again is safe for a read, and a write must be looked up.
    Unclear,
    /// The answer will be the same.
    Final,
}

/// What is known of one code.
pub(super) struct Code {
    name: &'static str,
    pub(super) policy: Policy,
    pub(super) hint: &'static str,
}

/// What a person can do about an error with this code, where we know.
pub fn advice(code: &str) -> Option<&'static str> {
    known(code).map(|code| code.hint).filter(|hint| !hint.is_empty())
}

/// Whether a row refused with this code may well be taken on another try, without any change.
pub fn passing(code: &str) -> bool {
    known(code).is_some_and(|code| code.policy != Policy::Final)
}

/// Whether a row was refused because its transaction did too much at once, so that it may well be taken in a smaller call.
pub fn too_much_at_once(code: &str, message: &str) -> bool {
    const AUTOMATION: [&str; 4] =
        ["CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER", "CUSTOM_APEX_ERROR", "APEX_ERROR"];
    const SIGNS: [&str; 6] =
        ["UNABLE_TO_LOCK_ROW", "Too many SOQL", "Too many DML", "Too many query rows", "CPU time", "heap size"];
    known(code).is_some_and(|code| AUTOMATION.contains(&code.name)) && SIGNS.iter().any(|sign| message.contains(sign))
}

/// The table's entry. Bulk API spells the same codes without underscores and in other case.
pub(super) fn known(code: &str) -> Option<&'static Code> {
    let letters =
        |text: &'_ str| text.bytes().filter(|b| *b != b'_').map(|b| b.to_ascii_uppercase()).collect::<Vec<_>>();
    let wanted = letters(code);
    CODES.iter().find(|code| letters(code.name) == wanted)
}

const fn code(name: &'static str, policy: Policy, hint: &'static str) -> Code {
    Code { name, policy, hint }
}

use Policy::{Final, Unclear, Wait};

const PERMISSION: &str = "Ask an administrator for permission on the object or field, or use another user.";
const LOCKED: &str =
    "Another process held the record. Run these rows again; sorted by parent record they disturb each other less.";
const PARENT: &str =
    "The record it points to is missing or not visible. Load the parent records first, then run this row again.";
const AUTOMATION: &str =
    "A trigger, flow or rule of the org stopped it. Show the message to whoever maintains that automation.";
const SHARED_KEY: &str =
    "Another record has this value already. Update that record instead (upsert), or change the value.";

static CODES: &[Code] = &[
    // Signing in and permission
    code("INVALID_SESSION_ID", Final, "The session has ended. Sign in again."),
    code("INVALID_AUTH_HEADER", Final, "The session has ended. Sign in again."),
    code("Bad_OAuth_Token", Final, "The session has ended. Sign in again."),
    code("MUTUAL_AUTHENTICATION_FAILED", Final, "The user must sign in with a client certificate, on port 8443."),
    code(
        "API_DISABLED_FOR_ORG",
        Final,
        "The edition of the org has no API access, or it is switched off. Ask Salesforce or an administrator.",
    ),
    code("FUNCTIONALITY_NOT_ENABLED", Final, "The org does not have this feature switched on."),
    code("OPERATION_NOT_ALLOWED", Final, PERMISSION),
    code("INSUFFICIENT_ACCESS", Final, PERMISSION),
    code("INSUFFICIENT_ACCESS_OR_READONLY", Final, PERMISSION),
    code(
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        Final,
        "The user may not use the record that this one points to.",
    ),
    code("FIELD_NOT_UPDATABLE", Final, PERMISSION),
    code("TRANSFER_REQUIRES_READ", Final, "The new owner may not see records of this object. Choose another owner."),
    code("NO_MASS_MAIL_PERMISSION", Final, PERMISSION),
    code("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", Final, AUTOMATION),
    // Busy and limits
    code("REQUEST_LIMIT_EXCEEDED", Wait(30), "Too many calls at once, or the org's daily API requests are used up."),
    code("LIMIT_EXCEEDED", Wait(60), "A limit of the org is used up. Wait, or ask an administrator which."),
    code("EXCEEDED_QUOTA", Wait(60), "A limit of the org is used up. Wait, or ask an administrator which."),
    code("TOO_MANY_APEX_REQUESTS", Wait(60), "Apex in the org is busy. Send fewer rows at once."),
    code("STORAGE_LIMIT_EXCEEDED", Final, "The org's storage is full. Delete records or buy storage."),
    code("UNABLE_TO_LOCK_ROW", Wait(0), LOCKED),
    code("TOO_MANY_LOCK_FAILURE", Wait(0), LOCKED),
    code("COLLISION_DETECTED", Wait(0), LOCKED),
    code("SERVER_UNAVAILABLE", Wait(0), "Salesforce is overloaded or under maintenance. Try again later."),
    code("ORG_IN_MAINTENANCE", Wait(60), "The org is under maintenance. Try again later."),
    code(
        "API_CURRENTLY_DISABLED",
        Wait(60),
        "The API is switched off for a while, usually for maintenance. Try again later.",
    ),
    code(
        "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
        Wait(60),
        "The org is read-only during maintenance. Try again later.",
    ),
    code("FUNCTIONALITY_TEMPORARILY_UNAVAILABLE", Wait(5), "Try again later."),
    code("PLATFORM_EVENT_PUBLISHING_UNAVAILABLE", Wait(5), "Try again later."),
    code("PLATFORM_EVENT_PUBLISH_FAILED", Wait(5), "Try again later."),
    code("QUERY_TIMEOUT", Unclear, "The query takes too long. Filter by an indexed field, or use the Bulk API."),
    code("REQUEST_RUNNING_TOO_LONG", Unclear, "The call takes too long. Send fewer rows at once, or use the Bulk API."),
    code(
        "UNKNOWN_EXCEPTION",
        Unclear,
        "Salesforce failed inside. Give the ErrorId in the message to Salesforce support if it stays.",
    ),
    code(
        "INTERNAL_ERROR",
        Unclear,
        "Salesforce failed inside. Give the ErrorId in the message to Salesforce support if it stays.",
    ),
    code("EXTERNAL_OBJECT_CONNECTION_EXCEPTION", Unclear, "The system behind the external object does not answer."),
    code("EXTERNAL_OBJECT_EXCEPTION", Unclear, "The system behind the external object answered with an error."),
    // Rows that went down with others
    code(
        "PROCESSING_HALTED",
        Wait(0),
        "Another row of the same call failed, and this one was not tried. Run it again.",
    ),
    code(
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        Wait(0),
        "Another row of the same call failed, and all were taken back. Correct that row first.",
    ),
    code(
        "BATCH_PROCESSING_HALTED",
        Wait(0),
        "Another row of the same call failed, and this one was not tried. Run it again.",
    ),
    code(
        "TRANSACTION_HALTED",
        Wait(0),
        "Another row of the same call failed, and this one was not tried. Run it again.",
    ),
    // Values
    code("REQUIRED_FIELD_MISSING", Final, "Map the field, or give it a constant."),
    code("STRING_TOO_LONG", Final, "Shorten the text."),
    code(
        "NUMBER_OUTSIDE_VALID_RANGE",
        Final,
        "The number has too many digits for the field, or an offset above 2,000.",
    ),
    code("INVALID_EMAIL_ADDRESS", Final, "Write one address, such as anna@example.com."),
    code(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        Final,
        "Use one of the picklist's active values, or add the value in Setup.",
    ),
    code(
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        Final,
        "The value has the wrong kind for the field: text for a number, say.",
    ),
    code("FIELD_INTEGRITY_EXCEPTION", Final, "The value does not fit the record's other fields."),
    code("FIELD_FILTER_VALIDATION_EXCEPTION", Final, "The lookup's filter does not let this record through."),
    code("BAD_CUSTOM_ENTITY_PARENT_DOMAIN", Final, "The record it points to is of the wrong object."),
    code(
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        Final,
        "A validation rule of the org says so; the message is the administrator's own.",
    ),
    code("INACTIVE_OWNER_OR_USER", Final, "The owner is an inactive user. Map the owner to an active one."),
    code("MALFORMED_ID", Final, "A record id has 15 or 18 letters and digits, and its case counts."),
    code("INVALID_ID_FIELD", Final, "A record id has 15 or 18 letters and digits, and its case counts."),
    code("INVALID_CROSS_REFERENCE_KEY", Final, PARENT),
    code(
        "INVALID_CROSS_REFERENCE_TYPE_FOR_FIELD",
        Final,
        "The id belongs to an object that this field does not point to.",
    ),
    // Keys
    code("DUPLICATE_VALUE", Final, SHARED_KEY),
    code(
        "DUPLICATE_EXTERNAL_ID",
        Final,
        "Two rows sent together, or two records of the org, share this key. Remove one.",
    ),
    code("DUPLICATE_USERNAME", Final, "The username is taken, perhaps in another org. Choose another."),
    code("DUPLICATE_COMM_NICKNAME", Final, "The nickname is taken. Choose another."),
    code("DUPLICATE_DEVELOPER_NAME", Final, SHARED_KEY),
    code(
        "DUPLICATES_DETECTED",
        Final,
        "A duplicate rule of the org says so. Merge the records, or allow saving duplicates if the rule lets you.",
    ),
    code("ENTITY_IS_DELETED", Final, "The record is in the recycle bin. Restore it, or leave the row out."),
    code("ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE", Final, "Somebody changed the record meanwhile. Look at it again."),
    code("ENTITY_IS_LOCKED", Final, "The record is locked, usually by an approval. Run the row again afterwards."),
    code("NOT_FOUND", Final, "It was deleted, never existed, or the user may not see it."),
    code("DELETE_FAILED", Final, "Other records depend on it. Delete those first."),
    code("DELETE_REQUIRED_ON_CASCADE", Final, "Other records depend on it and may not be deleted by this user."),
    // Automation and order
    code("CANNOT_EXECUTE_FLOW_TRIGGER", Final, AUTOMATION),
    code("CUSTOM_APEX_ERROR", Final, AUTOMATION),
    code("APEX_ERROR", Final, AUTOMATION),
    code(
        "MIXED_DML_OPERATION",
        Final,
        "Users and business records cannot be changed together. Run them one after the other.",
    ),
    code("STANDARD_PRICE_NOT_DEFINED", Final, "Load the product's price in the standard price book first."),
    // The question itself
    code(
        "INVALID_FIELD",
        Final,
        "The field does not exist or the user may not see it. Refresh the object's fields, and check field-level security.",
    ),
    code("INVALID_FIELD_FOR_INSERT_UPDATE", Final, "The field cannot be written. Remove it from the mapping."),
    code("INVALID_TYPE", Final, "The object does not exist or the user may not see it."),
    code(
        "INVALID_ENTITY",
        Final,
        "The object does not exist, the user may not see it, or the Bulk API does not take it.",
    ),
    code("JSON_PARSER_ERROR", Final, ""),
    code("MALFORMED_QUERY", Final, "Correct the query at the place named in the message."),
    code("MALFORMED_SEARCH", Final, "Correct the search at the place named in the message."),
    code("INVALID_QUERY_FILTER_OPERATOR", Final, "The field cannot be filtered in this way."),
    code("QUERY_TOO_COMPLICATED", Final, "Ask for fewer fields, above all formula fields, or use the Bulk API."),
    code("INVALID_QUERY_LOCATOR", Final, "The pages of this query are gone (they live two days). Start it again."),
    code("EXCEEDED_ID_LIMIT", Final, "Too many records in one call. Send fewer rows at once."),
    code("INVALID_REPLICATION_DATE", Final, "Changes are known for 30 days. Compare everything instead."),
    code("UNSUPPORTED_API_VERSION", Final, "The org no longer offers this API version. Choose a newer one."),
    // Bulk jobs
    code(
        "INVALID_BATCH",
        Final,
        "A column names a field that does not exist or that the user may not see. Correct the mapping or field-level security.",
    ),
    code("CLIENT_INPUT_ERROR", Final, ""),
    code("INVALID_JOB_STATE", Final, "The job has moved on. Look at it in Setup > Bulk Data Load Jobs."),
    code("INVALID_JOB", Final, "The job is gone; jobs are kept for seven days."),
    code("FEATURE_NOT_ENABLED", Final, "The org does not have the Bulk API switched on for this user."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_every_spelling_and_stand_there_once() {
        assert_eq!(known("InvalidBatch").map(|code| code.name), Some("INVALID_BATCH"));
        assert_eq!(known("INVALIDJOBSTATE").map(|code| code.name), Some("INVALID_JOB_STATE"));
        assert!(known("NO_SUCH_CODE").is_none());
        assert!(passing("UNABLE_TO_LOCK_ROW") && !passing("STRING_TOO_LONG") && !passing(""));
        for code in CODES {
            assert!(std::ptr::eq(known(code.name).unwrap(), code), "{} stands there twice", code.name);
        }
    }
}
