//! `composite`: up to 25 requests, in order, each able to use the answers before it.

use serde_json::{Value as Json, json};

use super::Answer;
use super::request::{Request, misshapen, nothing_known, read_all};
use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::Org;

/// Most requests in a call.
const MOST: usize = 25;
/// Most of them that read or write many rows.
const MOST_LARGE: usize = 5;

/// `POST …/composite`.
pub(super) fn answer(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let body = call.object()?;
    let flag = |name: &str| match body.get(name) {
        None | Some(Json::Null) => Ok(false),
        Some(Json::Bool(flag)) => Ok(*flag),
        Some(_) => Err(misshapen(format!("{name} must be true or false"))),
    };
    let all_or_none = flag("allOrNone")?;
    // Requests may be put into another order only where that makes no difference, so they never are.
    flag("collateSubrequests")?;
    let requests = read_all(call, &body)?;
    if requests.len() > MOST {
        return Ok(too_many(&format!("The request can\u{2019}t contain more than {MOST} operations.")));
    }
    if requests.iter().filter(|request| request.is_large()).count() > MOST_LARGE {
        return Ok(too_many(&format!(
            "The request can\u{2019}t contain more than {MOST_LARGE} query or sObject Collections operations."
        )));
    }
    let answers = if all_or_none {
        together(org, call, &requests, &(0..requests.len()).collect::<Vec<_>>())?.0
    } else {
        let mut known = nothing_known(call);
        requests.iter().map(|request| ask(org, call, request, &mut known)).collect()
    };
    Ok(Reply::json(200, &listed(&requests, answers)))
}

fn too_many(message: &str) -> Reply {
    let mut refused = Answer::error(400, "LIMIT_EXCEEDED", message).listed("");
    refused["referenceId"] = Json::Null;
    Reply::json(200, &json!({"compositeResponse": [refused]}))
}

/// The answers beside their reference ids.
pub(super) fn listed(requests: &[Request], answers: Vec<Answer>) -> Json {
    let list: Vec<Json> =
        requests.iter().zip(answers).map(|(request, answer)| answer.listed(&request.reference)).collect();
    json!({"compositeResponse": list})
}

/// Only what stands alone or in a collection may stand in a chain: rows, queries, what they are made of.
fn ask(org: &Org, call: &Call, request: &Request, known: &mut super::references::Known) -> Answer {
    match request.path().as_slice() {
        [_, "sobjects" | "query" | "queryAll" | "search" | "parameterizedSearch" | "limits" | "recent", ..] => {}
        [_, "composite", "sobjects", ..] if call.version.number >= 43 => {}
        _ => return Answer::error(404, "NOT_FOUND", "The requested resource does not exist"),
    }
    request.ask(org, call, known)
}

/// Why a transaction was undone: the first answer that failed, and its place.
enum Undone {
    By(usize, Box<Answer>),
    Refused(Refusal),
}

impl From<Refusal> for Undone {
    fn from(refusal: Refusal) -> Self {
        Undone::Refused(refusal)
    }
}

/// Asks all requests in one transaction and in this order of their places. The first that fails undoes everything.
/// Tells the answers in the order of the requests, and whether all went well.
pub(super) fn together(
    org: &Org,
    call: &Call,
    requests: &[Request],
    order: &[usize],
) -> Result<(Vec<Answer>, bool), Refusal> {
    let done: Result<Vec<Answer>, Undone> = org.database.together(|| {
        let mut known = nothing_known(call);
        let mut answers = vec![Answer::rolled_back(); requests.len()];
        for place in order {
            let answer = ask(org, call, &requests[*place], &mut known);
            if answer.failed_anywhere() {
                return Err(Undone::By(*place, Box::new(answer)));
            }
            answers[*place] = answer;
        }
        Ok(answers)
    });
    match done {
        Ok(answers) => Ok((answers, true)),
        Err(Undone::By(place, answer)) => {
            let mut answers = vec![Answer::rolled_back(); requests.len()];
            answers[place] = *answer;
            Ok((answers, false))
        }
        Err(Undone::Refused(refusal)) => Err(refusal),
    }
}
