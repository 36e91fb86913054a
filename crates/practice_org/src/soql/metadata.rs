//! `query?q=…&columns=true`: the columns of an answer without its rows, as the command-line tools ask for them.

use serde_json::{Value as Json, json};

use super::expression::Shape;
use super::plan::{Answer, Node, Plan};
use crate::schema::Schema;

/// The description of a plan's columns.
pub(crate) fn describe(plan: &Plan, schema: &Schema) -> Json {
    let prefix = schema.object(&plan.object).map(|object| object.prefix.clone());
    let id_selected = plan.nodes.iter().any(|node| matches!(node, Node::Value { name, .. } if name == "Id"));
    json!({
        "columnMetadata": columns(&plan.nodes, plan.answer == Answer::Groups),
        "entityName": plan.object,
        "groupBy": plan.answer == Answer::Groups,
        "idSelected": id_selected,
        "keyPrefix": prefix,
    })
}

fn columns(nodes: &[Node], groups: bool) -> Vec<Json> {
    nodes
        .iter()
        .map(|node| match node {
            Node::Value { name, shape, .. } => column(name, Some(*shape), false, groups, Vec::new()),
            Node::Address { name, .. } | Node::Location { name, .. } => column(name, None, false, false, Vec::new()),
            Node::Parent { name, nodes, .. } => column(name, None, false, false, columns(nodes, false)),
            Node::Children { name, plan } => column(name, None, true, false, columns(&plan.nodes, false)),
        })
        .collect()
}

fn column(name: &str, shape: Option<Shape>, aggregate: bool, computed: bool, joined: Vec<Json>) -> Json {
    json!({
        "aggregate": aggregate,
        "apexType": null,
        "booleanType": shape == Some(Shape::Boolean),
        "columnName": name,
        "custom": name.ends_with("__c"),
        "displayName": name,
        "foreignKeyName": if joined.is_empty() { Json::Null } else { name.into() },
        "insertable": !computed,
        "joinColumns": joined,
        "numberType": matches!(shape, Some(Shape::Integer | Shape::Decimal)),
        "textType": shape == Some(Shape::Text),
        "updatable": !computed,
    })
}
