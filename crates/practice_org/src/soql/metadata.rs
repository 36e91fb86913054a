//! `query?q=…&columns=true`: the columns of an answer without its rows, as the command-line tools ask for them.

use serde_json::{Value as Json, json};

use super::ast::{Argument, Call, Item, Operand, Query};
use super::expression::Shape;
use super::plan::{Answer, Node, Plan};
use crate::schema::{Field, Kind, Object, Schema};

/// The description of a plan's columns; the query says which of them are computed, and how.
pub(crate) fn describe(plan: &Plan, query: &Query, schema: &Schema) -> Json {
    let object = schema.object(&plan.object);
    let id_selected = plan.nodes.iter().any(|node| matches!(node, Node::Value { name, .. } if name == "Id"));
    json!({
        "columnMetadata": columns(&plan.nodes, object, schema, &query.select),
        "entityName": plan.object,
        "groupBy": plan.answer == Answer::Groups,
        "idSelected": id_selected,
        "keyPrefix": object.map(|object| object.prefix.clone()),
    })
}

/// One column; what is not said is false, empty or null.
#[derive(Default)]
struct Column<'c> {
    name: &'c str,
    shown: Option<String>,
    aggregate: bool,
    field: Option<&'c Field>,
    shape: Option<Shape>,
    foreign_key: Option<&'c str>,
    joined: Vec<Json>,
}

impl Column<'_> {
    fn json(self) -> Json {
        let kind = self.field.map(|field| field.kind);
        let apex_type = match kind {
            Some(kind) if kind.is_id() => Some("Id"),
            Some(kind) if kind.is_text() => Some("String"),
            _ => None,
        };
        json!({
            "aggregate": self.aggregate,
            "apexType": apex_type,
            "booleanType": self.shape == Some(Shape::Boolean),
            "columnName": self.name,
            "custom": self.field.is_some_and(Field::is_custom),
            "displayName": self.shown.as_deref().unwrap_or(self.name),
            "foreignKeyName": self.foreign_key,
            "insertable": self.field.is_some_and(|field| field.createable),
            "joinColumns": self.joined,
            "numberType": matches!(self.shape, Some(Shape::Integer | Shape::Decimal)),
            "textType": self.shape == Some(Shape::Text) && kind.is_none_or(|kind| kind != Kind::DateTime),
            "updatable": self.field.is_some_and(|field| field.updateable),
        })
    }
}

/// The columns of `nodes`, which show `object`. `items` are what was written for them, where that is one for one.
fn columns(nodes: &[Node], object: Option<&Object>, schema: &Schema, items: &[Item]) -> Vec<Json> {
    let items = if items.len() == nodes.len() { items } else { &[] };
    let place = |(place, node)| column(node, object, schema, items.get(place)).json();
    nodes.iter().enumerate().map(place).collect()
}

fn column<'n>(node: &'n Node, object: Option<&'n Object>, schema: &'n Schema, item: Option<&Item>) -> Column<'n> {
    match node {
        Node::Value { name, shape, .. } => {
            let call = item.and_then(call_of);
            Column {
                name,
                shown: call.and_then(|(call, aliased)| (!aliased).then(|| written(call))),
                aggregate: call.is_some(),
                field: object.filter(|_| call.is_none()).and_then(|object| object.field(name)),
                shape: Some(*shape),
                ..Column::default()
            }
        }
        Node::Compound { name, .. } => Column { name, ..Column::default() },
        Node::Parent { name, nodes, object: parent, .. } => Column {
            name,
            foreign_key: foreign_key(object, name),
            joined: columns(nodes, schema.object(parent), schema, &[]),
            ..Column::default()
        },
        Node::TypeOf { name, arms, otherwise, .. } => {
            let mut joined: Vec<Json> = Vec::new();
            let shown = arms.iter().flat_map(|arm| columns(&arm.nodes, None, schema, &[]));
            for shown in shown.chain(columns(otherwise, None, schema, &[])) {
                if joined.iter().all(|known| known["columnName"] != shown["columnName"]) {
                    joined.push(shown);
                }
            }
            Column { name, foreign_key: foreign_key(object, name), joined, ..Column::default() }
        }
        Node::Children { name, plan } => {
            let child = schema.object(&plan.object);
            let items = match item {
                Some(Item::Child(query)) => query.select.as_slice(),
                _ => &[],
            };
            Column { name, aggregate: true, joined: columns(&plan.nodes, child, schema, items), ..Column::default() }
        }
    }
}

/// The reference behind a relationship.
fn foreign_key<'o>(object: Option<&'o Object>, relationship: &str) -> Option<&'o str> {
    let object = object?;
    object.relationship(relationship).map(|place| object.fields[place].name.as_str())
}

/// The function that was selected, and whether it got a name of its own.
fn call_of(item: &Item) -> Option<(&Call, bool)> {
    match item {
        Item::Value { value: Operand::Call(call), alias } => Some((call, alias.is_some())),
        _ => None,
    }
}

/// `max(LastName)`: the function in lower case, the rest as typed.
fn written(call: &Call) -> String {
    let arguments: Vec<String> = call
        .arguments
        .iter()
        .map(|argument| match argument {
            Argument::Path(path) => path.text(),
            Argument::Call(call) => written(call),
            Argument::Number(text) | Argument::Text(text) => text.clone(),
        })
        .collect();
    format!("{}({})", call.name.text.to_lowercase(), arguments.join(", "))
}
