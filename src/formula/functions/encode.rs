//! Bodies of functions that write text for other languages: HTML, JavaScript, web addresses, record ids.

use super::super::node::{Arguments, Yield};
use std::fmt::Write as _;

pub(super) fn hyperlink<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let (url, label) = (given.text(0)?, given.text(1)?);
    let target = if given.has(2) { given.text(2)? } else { "_blank" };
    Ok(given.env.build(|out| {
        // Writing to a String cannot fail.
        let _infallible = write!(out, "<a href=\"{url}\" target=\"{target}\">{label}</a>").is_ok();
    }))
}

pub(super) fn image<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let (url, alternative) = (given.text(0)?, given.text(1)?);
    let size = (given.number(2)?, given.number(3)?);
    Ok(given.env.build(|out| {
        // Writing to a String cannot fail.
        let mut _infallible = write!(out, "<img src=\"{url}\" alt=\"{alternative}\"").is_ok();
        if let (Some(height), Some(width)) = size {
            _infallible = write!(out, " style=\"height:{height}px; width:{width}px;\"").is_ok();
        }
        out.push_str(" border=\"0\"/>");
    }))
}

fn write_html(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

fn write_js(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' => out.push_str("\\u003C"),
            '>' => out.push_str("\\u003E"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
}

pub(super) fn html_encode<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let text = given.text(0)?;
    Ok(given.env.build(|out| write_html(text, out)))
}

pub(super) fn js_encode<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let text = given.text(0)?;
    Ok(given.env.build(|out| write_js(text, out)))
}

pub(super) fn js_in_html_encode<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let text = given.text(0)?;
    Ok(given.env.build(|out| {
        let mut html = String::new();
        write_html(text, &mut html);
        write_js(&html, out);
    }))
}

pub(super) fn url_encode<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let text = given.text(0)?;
    Ok(given.env.build(|out| {
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'*' | b'_') {
                out.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _infallible = write!(out, "%{byte:02X}").is_ok();
            }
        }
    }))
}

pub(super) fn case_safe_id<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let text = given.text(0)?;
    if text.len() != 15 {
        return Ok(text);
    }
    Ok(crate::record::id15_to_18(text).map_or(text, |id| given.env.build(|out| out.push_str(&id))))
}
