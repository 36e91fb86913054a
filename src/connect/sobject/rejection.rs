//! Salesforce's reasons in the words of rejections.

use crate::record::Rejection;
use crate::salesforce::{RowError, advice};

/// The reason of a row that a call refused. The first error gives the code; the words of all are kept.
pub(super) fn of_call(errors: &[RowError]) -> Rejection {
    let code = errors.first().map_or("refused", |error| error.code.as_str());
    let words: Vec<&str> =
        errors.iter().map(|error| error.message.as_str()).filter(|words| !words.is_empty()).collect();
    let message = if words.is_empty() { "Salesforce gave no reason".to_owned() } else { words.join("; ") };
    with_advice(code, message, errors.iter().flat_map(|error| error.fields.iter().cloned()).collect())
}

/// The reason of a row that a job refused: `CODE:message:FIELD1,FIELD2 --`.
pub(super) fn of_job_row(text: &str) -> Rejection {
    let text = text.trim().trim_end_matches("--").trim_end();
    let Some((code, rest)) = text.split_once(':').filter(|(code, _)| is_code(code)) else {
        return with_advice("refused", text.to_owned(), Vec::new());
    };
    // A message may hold colons; only names of fields stand behind the last one.
    let (message, fields) = match rest.rsplit_once(':') {
        Some((message, fields)) if fields.split(',').all(|name| is_field(name.trim())) => (message, fields),
        _ => (rest, ""),
    };
    let fields = fields.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    with_advice(code, message.to_owned(), fields)
}

/// The reason of all rows of a job that failed as a whole: `InvalidBatch : Field name not found : Foo__c`.
pub(super) fn of_job(text: Option<&str>) -> Rejection {
    let text = text.unwrap_or("the job failed, and Salesforce gave no reason");
    let (code, message) = match text.split_once(" : ") {
        Some((code, message)) if code.bytes().all(|b| b.is_ascii_alphanumeric()) => (code, message),
        _ => ("job_failed", text),
    };
    let field = message.strip_prefix("Field name not found : ").map(str::trim);
    with_advice(code, message.to_owned(), field.into_iter().map(str::to_owned).collect())
}

fn with_advice(code: &str, message: String, fields: Vec<String>) -> Rejection {
    Rejection { code: code.to_owned(), fields, column: None, message, hint: advice(code).map(Into::into) }
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn is_field(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_jobs_are_taken_apart() {
        for (text, code, message, fields) in [
            (
                "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --",
                "REQUIRED_FIELD_MISSING",
                "Required fields are missing: [Name]",
                "Name",
            ),
            (
                "INVALID_FIELD:Foreign key external ID: x not found for field Ext__c in entity Account:--",
                "INVALID_FIELD",
                "Foreign key external ID: x not found for field Ext__c in entity Account",
                "",
            ),
            (
                "FIELD_CUSTOM_VALIDATION_EXCEPTION:Say why: now:A__c,B__c --",
                "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                "Say why: now",
                "A__c B__c",
            ),
            (
                "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY:T: execution of BeforeInsert\n\ncaused by: x y:--",
                "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                "T: execution of BeforeInsert\n\ncaused by: x y",
                "",
            ),
            (
                "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--",
                "UNABLE_TO_LOCK_ROW",
                "unable to obtain exclusive access to this record",
                "",
            ),
            ("something else", "refused", "something else", ""),
            ("", "refused", "", ""),
        ] {
            let reason = of_job_row(text);
            assert_eq!((reason.code.as_str(), reason.message.as_str()), (code, message), "{text}");
            assert_eq!(reason.fields.join(" "), fields, "{text}");
        }
        assert!(of_job_row("STRING_TOO_LONG:x:Name --").hint.is_some());
    }

    #[test]
    fn reasons_of_whole_jobs_name_the_field() {
        let reason = of_job(Some("InvalidBatch : Field name not found : Foo__c"));
        assert_eq!((reason.code.as_str(), reason.fields.join(" ").as_str()), ("InvalidBatch", "Foo__c"));
        assert!(reason.hint.is_some_and(|hint| hint.contains("field-level security")));
        assert_eq!(of_job(None).code, "job_failed");
    }

    #[test]
    fn several_reasons_of_a_call_are_kept() {
        let error = |code: &str, field: &str| RowError {
            code: code.into(),
            message: format!("{code} {field}"),
            fields: vec![field.into()],
        };
        let reason = of_call(&[error("STRING_TOO_LONG", "Name"), error("INVALID_EMAIL_ADDRESS", "Email")]);
        assert_eq!((reason.code.as_str(), reason.fields.len()), ("STRING_TOO_LONG", 2));
        assert!(reason.message.contains("Email"));
        assert_eq!(of_call(&[]).code, "refused");
    }
}
