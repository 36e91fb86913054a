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
        "columnMetadata": columns(&plan.nodes),
        "entityName": plan.object,
        "groupBy": plan.answer == Answer::Groups,
        "idSelected": id_selected,
        "keyPrefix": prefix,
    })
}

fn columns(nodes: &[Node]) -> Vec<Json> {
    nodes
        .iter()
        .map(|node| match node {
            Node::Value { name, shape, .. } => column(name, Some(*shape), false, Vec::new()),
            Node::Compound { name, .. } => column(name, None, false, Vec::new()),
            Node::Parent { name, nodes, .. } => column(name, None, false, columns(nodes)),
            Node::TypeOf { name, arms, otherwise, .. } => {
                let mut joined: Vec<Json> = Vec::new();
                for shown in arms.iter().flat_map(|arm| columns(&arm.nodes)).chain(columns(otherwise)) {
                    if joined.iter().all(|known| known["columnName"] != shown["columnName"]) {
                        joined.push(shown);
                    }
                }
                column(name, None, false, joined)
            }
            Node::Children { name, plan } => column(name, None, true, columns(&plan.nodes)),
        })
        .collect()
}

fn column(name: &str, shape: Option<Shape>, aggregate: bool, joined: Vec<Json>) -> Json {
    json!({
        "aggregate": aggregate,
        "apexType": null,
        "booleanType": shape == Some(Shape::Boolean),
        "columnName": name,
        "custom": name.ends_with("__c"),
        "displayName": name,
        "foreignKeyName": if joined.is_empty() { Json::Null } else { name.into() },
        "insertable": !aggregate,
        "joinColumns": joined,
        "numberType": matches!(shape, Some(Shape::Integer | Shape::Decimal)),
        "textType": shape == Some(Shape::Text),
        "updatable": !aggregate,
    })
}
