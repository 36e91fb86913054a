//! Exclusive XML canonicalization without comments: the one text that a signed tree stands for, however it was written.
//!
//! Attributes and namespaces come in a fixed order, and a namespace is declared where it is first used. The prefixes that
//! `InclusiveNamespaces` lists are declared wherever they are in scope.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Node, NodeType};

/// The text of a tree, without one of its nodes.
pub(crate) fn exclusive(tree: Node<'_, '_>, left_out: Option<Node<'_, '_>>, inclusive: &[&str]) -> String {
    let mut writer = Writer { left_out, inclusive, text: String::new() };
    writer.node(tree, &BTreeMap::new());
    writer.text
}

struct Writer<'a, 'input> {
    left_out: Option<Node<'a, 'input>>,
    inclusive: &'a [&'a str],
    text: String,
}

/// Prefixes that are declared so far; the default namespace is the empty one.
type Declared = BTreeMap<String, String>;

impl Writer<'_, '_> {
    /// Trees are as deep as reading lets them be, so recursion ends in time.
    fn node(&mut self, node: Node<'_, '_>, declared: &Declared) {
        if self.left_out == Some(node) {
            return;
        }
        match node.node_type() {
            NodeType::Element => self.element(node, declared),
            NodeType::Text => escape(node.text().unwrap_or_default(), false, &mut self.text),
            NodeType::PI => {
                if let Some(instruction) = node.pi() {
                    let value = instruction.value.map(|value| format!(" {value}")).unwrap_or_default();
                    self.text.push_str(&format!("<?{}{value}?>", instruction.target));
                }
            }
            NodeType::Root | NodeType::Comment => {}
        }
    }

    fn element(&mut self, node: Node<'_, '_>, declared: &Declared) {
        let source = node.document().input_text();
        let name = tag_name(&source[node.range()]);
        let mut attributes: Vec<_> = node.attributes().collect();
        attributes.sort_by_key(|attribute| (attribute.namespace().unwrap_or_default(), attribute.name()));
        let written = |range: std::ops::Range<usize>| &source[range];
        let mut used = BTreeSet::from([prefix(name)]);
        used.extend(attributes.iter().map(|it| prefix(written(it.range_qname()))).filter(|prefix| !prefix.is_empty()));
        used.extend(self.inclusive.iter().map(|prefix| if *prefix == "#default" { "" } else { *prefix }));
        used.remove("xml");
        let mut within = declared.clone();
        self.text.push_str(&format!("<{name}"));
        for prefix in used {
            let wanted = if prefix.is_empty() { None } else { Some(prefix) };
            let uri = node.lookup_namespace_uri(wanted).unwrap_or_default();
            let known = declared.get(prefix).map_or("", String::as_str);
            // A listed prefix that is not in scope stays undeclared, as does a default namespace that there is not.
            if known == uri || (uri.is_empty() && !prefix.is_empty()) {
                continue;
            }
            self.text.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.text.push_str(prefix);
            self.value(uri);
            within.insert(prefix.to_owned(), uri.to_owned());
        }
        for attribute in attributes {
            self.text.push(' ');
            self.text.push_str(written(attribute.range_qname()));
            self.value(attribute.value());
        }
        self.text.push('>');
        for child in node.children() {
            self.node(child, &within);
        }
        self.text.push_str(&format!("</{name}>"));
    }

    fn value(&mut self, value: &str) {
        self.text.push_str("=\"");
        escape(value, true, &mut self.text);
        self.text.push('"');
    }
}

/// The name in a start tag, as it was written.
fn tag_name(source: &str) -> &str {
    let name = source.strip_prefix('<').unwrap_or(source);
    let end = name.find(|sign: char| sign.is_ascii_whitespace() || sign == '/' || sign == '>');
    &name[..end.unwrap_or(name.len())]
}

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn escape(text: &str, attribute: bool, safe: &mut String) {
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' if !attribute => safe.push_str("&gt;"),
            '\r' => safe.push_str("&#xD;"),
            '"' if attribute => safe.push_str("&quot;"),
            '\t' if attribute => safe.push_str("&#x9;"),
            '\n' if attribute => safe.push_str("&#xA;"),
            other => safe.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::exclusive;
    use crate::xml;

    /// The canonical texts were written by another implementation.
    #[test]
    fn trees_have_one_text() {
        macro_rules! case {
            ($name:literal) => {
                (
                    $name,
                    include_str!(concat!("../../../tests/fixtures/c14n/", $name, ".xml")),
                    include_str!(concat!("../../../tests/fixtures/c14n/", $name, ".canonical")),
                )
            };
        }
        let cases =
            [case!("namespaces"), case!("default"), case!("text"), case!("order"), case!("listed"), case!("part")];
        for (name, source, canonical) in cases {
            let document = xml::read(source).unwrap();
            let root = document.root_element();
            let tree = if name == "part" { root.first_element_child().unwrap() } else { root };
            let listed: &[&str] = if name == "listed" { &["xs", "missing"] } else { &[] };
            // A checkout may have changed the line ends.
            assert_eq!(exclusive(tree, None, listed), canonical.replace("\r\n", "\n"), "{name}");
        }
    }

    #[test]
    fn a_node_can_be_left_out() {
        let document = xml::read("<a><b>1</b><c xmlns='u'>2</c></a>").unwrap();
        let out = document.root_element().first_element_child();
        assert_eq!(exclusive(document.root_element(), out, &[]), "<a><c xmlns=\"u\">2</c></a>");
    }

    /// Trees with namespaces that are declared, shadowed and taken back.
    fn trees() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![Just("<e/>".to_owned()), "[a-z]{1,4}", Just("&amp;&#13;<!--c-->".to_owned())];
        leaf.prop_recursive(4, 24, 3, |inner| {
            let names = prop_oneof![Just("e"), Just("a:e"), Just("b:e")];
            let declared = proptest::sample::subsequence(
                vec!["xmlns='u'", "xmlns:a='v'", "xmlns:b='w'", "x='1'", "a:x='2'", "b:y='\"'", "xml:lang='en'"],
                0..5,
            );
            (names, declared, proptest::collection::vec(inner, 0..3)).prop_map(|(name, declared, inner)| {
                format!("<{name} {}>{}</{name}>", declared.join(" "), inner.concat())
            })
        })
    }

    proptest! {
        #[test]
        fn a_canonical_text_is_its_own(inner in trees()) {
            let source = format!("<r xmlns='u0' xmlns:a='v0' xmlns:b='w0'>{inner}</r>");
            let once = exclusive(xml::read(&source).unwrap().root_element(), None, &[]);
            let twice = exclusive(xml::read(&once).unwrap().root_element(), None, &[]);
            prop_assert_eq!(once, twice);
        }
    }
}
