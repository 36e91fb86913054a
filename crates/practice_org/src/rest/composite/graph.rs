//! `composite/graph`: several graphs of requests, each of them done as a whole or not at all.

use std::collections::HashSet;

use serde_json::{Map, Value as Json, json};

use super::chain::{listed, together};
use super::order::order;
use super::request::{Request, misshapen, read_all};
use super::{Answer, BASE};
use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::read_version;
use crate::http::reply::Reply;
use crate::org::Org;

/// Most graphs in a call.
const MOST_GRAPHS: usize = 75;
/// Most requests in all graphs.
const MOST_NODES: usize = 500;
/// Longest chain of requests.
const MOST_DEPTH: usize = 15;
/// Most kinds of requests.
const MOST_KINDS: usize = 15;
/// Graphs that fail before the rest is not tried.
const MOST_FAILED: usize = 14;
/// Longest graph id.
const MOST_ID: usize = 39;
/// The version in which graphs came.
const SINCE: u32 = 50;

struct Graph {
    id: String,
    requests: Vec<Request>,
    order: Vec<usize>,
}

/// `POST …/composite/graph`.
pub(super) fn answer(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let body = call.object()?;
    let graphs = read_graphs(call, &body)?;
    let mut failed = 0;
    let mut answers = Vec::with_capacity(graphs.len());
    for graph in &graphs {
        let (done, well) = if failed < MOST_FAILED {
            together(org, call, &graph.requests, &graph.order)?
        } else {
            let halted = Answer::error(
                400,
                "PROCESSING_HALTED",
                "The maximum number of graph failures was reached; this graph was not processed.",
            );
            (vec![halted; graph.requests.len()], false)
        };
        failed += usize::from(!well);
        answers.push(json!({
            "graphId": graph.id,
            "graphResponse": listed(&graph.requests, done),
            "isSuccessful": well,
        }));
    }
    Ok(Reply::json(200, &json!({"graphs": answers})))
}

fn too_many(message: String) -> Refusal {
    Refusal::new(400, "LIMIT_EXCEEDED", message)
}

fn read_graphs(call: &Call, body: &Map<String, Json>) -> Result<Vec<Graph>, Refusal> {
    let Some(Json::Array(list)) = body.get("graphs") else {
        return Err(misshapen("Missing required field: graphs, which must be an array"));
    };
    if list.len() > MOST_GRAPHS {
        return Err(too_many(format!("The request can't contain more than {MOST_GRAPHS} graphs.")));
    }
    let (mut ids, mut kinds, mut nodes) = (HashSet::new(), HashSet::new(), 0);
    let mut graphs = Vec::with_capacity(list.len());
    for entry in list {
        let Json::Object(entry) = entry else {
            return Err(misshapen("A graph must be an object"));
        };
        let id = match entry.get("graphId") {
            Some(Json::String(id)) if is_id(id) => id.clone(),
            Some(Json::String(id)) => {
                return Err(misshapen(format!(
                    "Provided graphId ('{id}') must start with a letter or a number, and must be less than {} characters long.",
                    MOST_ID + 1
                )));
            }
            _ => return Err(misshapen("Missing required field: graphId")),
        };
        if !ids.insert(id.clone()) {
            return Err(misshapen(format!("Duplicate graphId found: {id}")));
        }
        let requests = read_all(call, entry)?;
        nodes += requests.len();
        if nodes > MOST_NODES {
            return Err(too_many(format!("The request can't contain more than {MOST_NODES} nodes.")));
        }
        for request in &requests {
            kinds.insert(kind(request)?);
        }
        graphs.push(in_order(id, requests)?);
    }
    if kinds.len() > MOST_KINDS {
        return Err(too_many(format!("The request can't contain more than {MOST_KINDS} different nodes.")));
    }
    Ok(graphs)
}

fn is_id(id: &str) -> bool {
    id.starts_with(|sign: char| sign.is_ascii_alphanumeric()) && id.chars().count() <= MOST_ID
}

fn in_order(id: String, requests: Vec<Request>) -> Result<Graph, Refusal> {
    let names: Vec<&str> = requests.iter().map(|request| request.reference.as_str()).collect();
    let uses: Vec<Vec<&str>> = requests.iter().map(Request::uses).collect();
    let (order, depth) =
        order(&names, &uses).map_err(|_| misshapen(format!("The references of graph '{id}' go round in a circle.")))?;
    if depth > MOST_DEPTH {
        return Err(too_many(format!("The depth of graph '{id}' is {depth}, but the maximum is {MOST_DEPTH}.")));
    }
    Ok(Graph { id, requests, order })
}

/// Version, verb and object of a request, which must be about a single row.
fn kind(request: &Request) -> Result<(u32, String, String), Refusal> {
    let unsupported = || misshapen(format!("Unsupported url or method in a graph: {} {}", request.method, request.url));
    if !request.url.starts_with(BASE) {
        return Err(unsupported());
    }
    let path = request.path();
    let verbs: &[&str] = match path.as_slice() {
        [_, "sobjects", _] => &["POST"],
        [_, "sobjects", _, _] => &["DELETE", "GET", "PATCH"],
        [_, "sobjects", _, _, _] => &["DELETE", "GET", "PATCH", "POST"],
        _ => return Err(unsupported()),
    };
    let version = read_version(path[0])?;
    if version.number < SINCE || !verbs.contains(&request.method.as_str()) {
        return Err(unsupported());
    }
    Ok((version.number, request.method.clone(), path[2].to_ascii_lowercase()))
}
