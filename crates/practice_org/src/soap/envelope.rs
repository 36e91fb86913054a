//! What comes in: an envelope with a header and one operation in its body.

use roxmltree::{Document, Node};

use super::reply::Fault;
use crate::xml;

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// An envelope that was opened.
pub(crate) struct Envelope<'a> {
    header: Option<Node<'a, 'a>>,
    /// The element in the body.
    pub(crate) operation: Node<'a, 'a>,
}

/// Reads a body as XML, within limits.
pub(crate) fn read(bytes: &[u8]) -> Result<Document<'_>, Fault> {
    let broken = |error: xml::Unread| Fault::client(&format!("Failed to parse the request: {error}"));
    xml::read(xml::text(bytes).map_err(broken)?).map_err(broken)
}

impl<'a> Envelope<'a> {
    /// Finds header and operation.
    pub(crate) fn open(document: &'a Document<'a>) -> Result<Self, Fault> {
        let root = document.root_element();
        if !root.has_tag_name((SOAP, "Envelope")) {
            return Err(Fault::client("The request is not a SOAP 1.1 envelope"));
        }
        let part = |name: &'static str| root.children().find(|node| node.has_tag_name((SOAP, name)));
        let body = part("Body").ok_or_else(|| Fault::client("The envelope has no body"))?;
        let operation = body.first_element_child().ok_or_else(|| Fault::client("The body of the envelope is empty"))?;
        Ok(Envelope { header: part("Header"), operation })
    }

    /// The text of an element inside one of the header's elements, as in `SessionHeader/sessionId`. Clients disagree
    /// about the namespaces of headers, so these do not count.
    pub(crate) fn header(&self, name: &str, inner: &str) -> Option<&'a str> {
        let found = self.header?.children().find(|node| node.tag_name().name() == name)?;
        text(found, inner)
    }

    /// The text of one of the operation's own elements.
    pub(crate) fn argument(&self, name: &str) -> Option<&'a str> {
        text(self.operation, name)
    }

    /// The texts of all of the operation's elements of this name.
    pub(crate) fn arguments(&self, name: &str) -> Vec<&'a str> {
        let named = self.operation.children().filter(|node| node.tag_name().name() == name);
        named.filter_map(|node| node.text()).map(str::trim).collect()
    }
}

fn text<'a>(node: Node<'a, 'a>, name: &str) -> Option<&'a str> {
    node.children().find(|child| child.tag_name().name() == name)?.text()
}
