//! XML on its way in and out: read within limits, written with everything escaped.
//!
//! What has a document type is refused, and with it every entity that a document could define. The limits are checked on
//! the text, before a tree is built: a tree of deep elements that each declare a namespace would cost the square of its size.

use roxmltree::{Document, ParsingOptions};

/// Deepest nesting of elements.
const MOST_DEEP: usize = 64;
/// Namespace declarations in scope of one element.
const MOST_NAMESPACES: usize = 64;
/// Longest start tag in bytes.
const MOST_TAG: usize = 8 * 1024;
/// Elements, texts and comments altogether.
const MOST_NODES: u32 = 500_000;

/// Why a text was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unread {
    /// Not UTF-8.
    #[error("The document is not UTF-8")]
    Encoding,
    /// Too deep, or a tag that is too long.
    #[error("The document is nested too deeply, or has too many names in one place")]
    Excess,
    /// No XML, or with a document type.
    #[error("{0}")]
    Malformed(String),
}

/// The text of a document, without the mark that some systems put before it.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Unread> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|_| Unread::Encoding)
}

/// Reads a document.
pub(crate) fn read(text: &str) -> Result<Document<'_>, Unread> {
    measure(text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| Unread::Malformed(error.to_string()))
}

/// Refuses what is too deep or too wide. Whether it is XML at all is for the parser to say.
fn measure(text: &str) -> Result<(), Unread> {
    let mut open: Vec<usize> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let skipped = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")]
            .iter()
            .find_map(|(start, end)| rest.strip_prefix(start).map(|inner| (inner, *end)));
        if let Some((inner, end)) = skipped {
            rest = inner.find(end).map_or("", |at| &inner[at + end.len()..]);
            continue;
        }
        if rest.starts_with("</") {
            open.pop();
            rest = &rest[2..];
            continue;
        }
        let length = tag_length(rest).filter(|length| *length <= MOST_TAG).ok_or(Unread::Excess)?;
        let tag = &rest[..length];
        let names = open.last().copied().unwrap_or_default() + tag.matches("xmlns").count();
        if open.len() >= MOST_DEEP || names > MOST_NAMESPACES {
            return Err(Unread::Excess);
        }
        if !tag.ends_with("/>") {
            open.push(names);
        }
        rest = &rest[length..];
    }
    Ok(())
}

/// Bytes of the tag at the start, its closing bracket included. A tag without an end is as long as the text.
fn tag_length(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
        if at > MOST_TAG {
            return None;
        }
    }
    Some(text.len())
}

/// Text that means itself, in XML and in HTML, between tags and in attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // XML has no way to write other control characters, escaped or not.
            '\t' | '\n' | '\r' => safe.push(sign),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

/// An element with a text.
pub(crate) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn limits_hold() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(read(&nested(64)).is_ok());
        assert_eq!(read(&nested(65)).unwrap_err(), Unread::Excess);
        let named = |count: usize| {
            let names: String = (0..count).map(|place| format!(" xmlns:n{place}='u'")).collect();
            format!("<a{names}><b/></a>")
        };
        assert!(read(&named(64)).is_ok());
        assert_eq!(read(&named(65)).unwrap_err(), Unread::Excess);
        assert_eq!(read(&format!("<a b='{}'/>", "x".repeat(MOST_TAG))).unwrap_err(), Unread::Excess);
        assert!(read("<!-- <a><a> --><a><![CDATA[<b><b>]]><?pi <c>?></a>").is_ok());
        let bomb = "<!DOCTYPE a [<!ENTITY b \"x\">]><a>&b;</a>";
        assert!(matches!(read(bomb), Err(Unread::Malformed(_))));
        assert!(matches!(read("<a>&b;</a>"), Err(Unread::Malformed(_))));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[<>/!?a-c\"'= \\[\\]\\-&;é]{0,80}") {
            read(&text).ok();
        }

        #[test]
        fn what_is_escaped_reads_back(text in "[ -~é<>&\"']{0,40}") {
            let written = element("a", &text);
            let document = read(&written).unwrap();
            prop_assert_eq!(document.root_element().text().unwrap_or_default(), text);
        }
    }
}
