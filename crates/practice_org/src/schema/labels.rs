//! Names and labels: what may be called what.

use crate::failure::Failure;

/// Longest name of an object or field, without its ending.
const LONGEST_NAME: usize = 40;
/// Longest label.
const LONGEST_LABEL: usize = 40;

/// A definition that cannot be.
pub(super) fn bad(message: impl Into<String>) -> Failure {
    Failure::new("FIELD_INTEGRITY_EXCEPTION", message)
}

/// The name, if it keeps to the grammar of developer names.
pub(super) fn check_name<'n>(name: &'n str, ending: &str, what: &str) -> Result<&'n str, Failure> {
    let plain = name.strip_suffix(ending).unwrap_or_default();
    let good = plain.starts_with(|sign: char| sign.is_ascii_alphabetic())
        && plain.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'_')
        && !plain.ends_with('_')
        && !plain.contains("__")
        && plain.len() <= LONGEST_NAME;
    if good {
        return Ok(name);
    }
    let end = if ending.is_empty() { String::new() } else { format!(" It must end in {ending}.") };
    Err(bad(format!(
        "The {what} name '{name}' can only contain underscores and alphanumeric characters. It must be unique, begin with a \
         letter, not include spaces, not end with an underscore, not contain two consecutive underscores, and be at most \
         {LONGEST_NAME} characters long.{end}"
    )))
}

/// The label, if there is one of a bearable length.
pub(super) fn check_label<'l>(label: Option<&'l str>, what: &str) -> Result<&'l str, Failure> {
    let label = label.map(str::trim).unwrap_or_default();
    if label.is_empty() {
        return Err(Failure::of(
            "REQUIRED_FIELD_MISSING",
            "label",
            format!("Must specify a non-empty label for the {what}"),
        ));
    }
    if label.chars().count() > LONGEST_LABEL {
        return Err(Failure::of(
            "STRING_TOO_LONG",
            "label",
            format!("Label: data value too large: {label} (max length={LONGEST_LABEL})"),
        ));
    }
    Ok(label)
}

/// `Account__r` for `Account__c`.
pub(super) fn relationship_name(field: &str) -> String {
    format!("{}__r", field.strip_suffix("__c").unwrap_or(field))
}

/// `Invoices__r` for `Invoices`.
pub(super) fn child_name(name: &str) -> String {
    format!("{name}__r")
}
