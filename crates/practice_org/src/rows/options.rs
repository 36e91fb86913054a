//! What a call may ask of the rows it writes, in its `Sforce-…` headers.
//!
//! `Sforce-Auto-Assign` may be sent and changes nothing, since there are no assignment rules here.

use std::sync::Arc;

use super::Desk;

/// The wishes of one call. What is not named in a header is off.
#[derive(Debug, Default, Clone)]
pub(crate) struct Options {
    /// Save rows although a rule found others like them, if the rule allows that.
    pub(crate) allow_duplicates: bool,
    /// Show the fields of the rows that were found, not their ids alone.
    pub(crate) record_details: bool,
    /// API version of links in what is told about other rows.
    pub(crate) version: Arc<str>,
}

impl Options {
    /// Reads `Sforce-Duplicate-Rule-Header: allowSave=true; includeRecordDetails=true`.
    pub(crate) fn read(header: Option<&str>, version: &str) -> Self {
        let wants = |wanted: &str| setting(header, wanted).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        Options {
            allow_duplicates: wants("allowSave"),
            record_details: wants("includeRecordDetails"),
            version: version.into(),
        }
    }
}

/// A setting in a header of `name=value` pairs, separated by commas or semicolons; names without case.
pub(crate) fn setting<'h>(header: Option<&'h str>, wanted: &str) -> Option<&'h str> {
    header?.split([',', ';']).find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
    })
}

impl Desk<'_> {
    /// The same desk, for a call with these wishes and from this client.
    pub(crate) fn with(mut self, options: Options, client: Option<&str>) -> Self {
        self.options = options;
        self.client = client.map(Arc::from);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_loosely() {
        let options = Options::read(Some("allowSave=TRUE; includeRecordDetails = false"), "67.0");
        assert!(options.allow_duplicates && !options.record_details);
        assert!(!Options::read(Some("nonsense"), "67.0").allow_duplicates);
        assert_eq!(setting(Some("client=sync app, defaultNamespace=x"), "Client"), Some("sync app"));
        assert_eq!(setting(None, "client"), None);
    }
}
