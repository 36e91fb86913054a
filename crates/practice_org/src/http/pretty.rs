//! JSON for people: what a caller gets who sends `X-PrettyPrint: 1`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value as Json;
use serde_json::ser::{Formatter, Serializer};

/// Lays JSON out as Salesforce does: a line a member, objects of a list one behind the other.
pub(crate) fn print(value: &Json) -> String {
    let mut text = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut text, Layout::default()));
    // Writing to memory does not fail, and if it did, the plain form says the same.
    written.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_else(|| value.to_string())
}

#[derive(Default)]
struct Layout {
    depth: usize,
    empty: bool,
}

impl Layout {
    fn line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b"  "))
    }
}

impl Formatter for Layout {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b" " } else { b", " })
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b" ]")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.empty = true;
        writer.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.line(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b" : ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.empty = false;
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.empty {
            writer.write_all(b" ")?;
        } else {
            self.line(writer)?;
        }
        // Whatever holds this object holds something.
        self.empty = false;
        writer.write_all(b"}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::print;

    #[test]
    fn members_have_lines_and_lists_have_none() {
        let value = json!({"done": true, "records": [{"Id": "1", "x": {}}, {"Id": null}], "none": [], "n": [1, 2.5]});
        let text = "{\n  \"done\" : true,\n  \"records\" : [ {\n    \"Id\" : \"1\",\n    \"x\" : { }\n  }, {\n    \"Id\" : null\n  } ],\n  \"none\" : [ ],\n  \"n\" : [ 1, 2.5 ]\n}";
        assert_eq!(print(&value), text);
        assert_eq!(serde_json::from_str::<serde_json::Value>(text).unwrap(), value);
    }
}
