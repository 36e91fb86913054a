//! Fault scripts: a whole bad day as JSON, with the seed of its chance.
//!
//! ```json
//! {"seed": 7, "faults": [{"lock_rows": {"share": 0.05}}, {"fail_next": {"status": 503, "skip": 10, "count": 3}}]}
//! ```
//!
//! A single fault, or a list of them, is a script too. A setting that no fault has is refused: a fault with a misspelt
//! limit would otherwise hit everything.

use serde_json::Value as Json;

use super::Fault;

/// Most faults of one script.
const MOST: usize = 100;

/// Faults to switch on together.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultScript {
    /// Where chance starts from; `None` lets it go on.
    pub seed: Option<u64>,
    /// What goes wrong, in the order in which calls meet it.
    pub faults: Vec<Fault>,
}

/// Why a script cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ScriptError(String);

impl FaultScript {
    /// Reads a script, a list of faults, or one fault.
    pub fn read(json: &Json) -> Result<FaultScript, ScriptError> {
        let (seed, list) = match json {
            Json::Object(object) if object.contains_key("faults") => {
                if let Some(odd) = object.keys().find(|key| !["seed", "faults"].contains(&key.as_str())) {
                    return Err(ScriptError(format!("a script has no {odd}, only seed and faults")));
                }
                let seed = match object.get("seed") {
                    None | Some(Json::Null) => None,
                    Some(seed) => Some(seed.as_u64().ok_or_else(|| ScriptError("seed must be a whole number".into()))?),
                };
                (seed, &object["faults"])
            }
            other => (None, other),
        };
        let list = match list {
            Json::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        if list.len() > MOST {
            return Err(ScriptError(format!("a script has at most {MOST} faults, this one has {}", list.len())));
        }
        let faults = list.iter().map(one).collect::<Result<_, _>>()?;
        Ok(FaultScript { seed, faults })
    }
}

fn one(json: &Json) -> Result<Fault, ScriptError> {
    let fault: Fault =
        serde_json::from_value(json.clone()).map_err(|error| ScriptError(format!("no such fault: {error}")))?;
    let known = serde_json::to_value(&fault).unwrap_or_default();
    let name = fault.name();
    if let (Some(Json::Object(given)), Some(Json::Object(known))) = (json.get(&name), known.get(&name))
        && let Some(odd) = given.keys().find(|key| !known.contains_key(*key))
    {
        let settings: Vec<&str> = known.keys().map(String::as_str).collect();
        return Err(ScriptError(format!("{name} has no setting {odd}, only {}", settings.join(", "))));
    }
    if !sane(&fault) {
        return Err(ScriptError(format!("{name}: a share is between 0 and 1, and a status between 200 and 599")));
    }
    Ok(fault)
}

fn sane(fault: &Fault) -> bool {
    let share = match fault {
        Fault::LockRows { share } | Fault::MissingResults { share } => *share,
        other => other.when().map_or(1.0, |when| when.share),
    };
    let status = match fault {
        Fault::FailNext { status, .. } | Fault::HtmlBody { status, .. } => *status,
        _ => 200,
    };
    (0.0..=1.0).contains(&share) && (200..600).contains(&status)
}

#[cfg(test)]
mod tests {
    use super::super::When;
    use super::*;
    use serde_json::json;

    #[test]
    fn faults_read_from_json() {
        let fail = |when| Fault::FailNext { status: 503, code: None, body: None, retry_after: None, when };
        for (json, fault) in [
            (json!("expire_tokens"), Fault::ExpireTokens),
            (json!({"shuffle_results": false}), Fault::ShuffleResults(false)),
            (json!({"job_fails": {"after_rows": 400}}), Fault::JobFails { after_rows: 400 }),
            (json!({"fail_next": {"status": 503}}), fail(When::default())),
            (json!({"fail_next": {"status": 503, "count": null, "path_contains": "q"}}), fail(When::always("q"))),
            (
                json!({"fail_next": {"status": 503, "skip": 2, "share": 0.5, "method": "GET"}}),
                fail(When { skip: 2, share: 0.5, method: "GET".into(), ..When::default() }),
            ),
        ] {
            assert_eq!(FaultScript::read(&json).unwrap().faults, std::slice::from_ref(&fault), "{json}");
            assert_eq!(FaultScript::read(&serde_json::to_value(&fault).unwrap()).unwrap().faults, [fault]);
        }
        let script = json!({"seed": 7, "faults": ["request_limit", {"lock_rows": {"share": 0.1}}]});
        let script = FaultScript::read(&script).unwrap();
        assert_eq!((script.seed, script.faults.len()), (Some(7), 2));
    }

    #[test]
    fn what_no_fault_has_is_refused() {
        for (json, told) in [
            (json!({"fail_next": {"status": 503, "cuont": 2}}), "fail_next has no setting cuont"),
            (json!({"explode": {}}), "no such fault"),
            (json!({"lock_rows": {"share": 3}}), "share is between"),
            (json!({"html_body": {"status": 42}}), "a status between"),
            (json!({"faults": [], "sede": 1}), "a script has no sede"),
            (json!({"faults": [], "seed": "x"}), "seed must be"),
            (json!(17), "no such fault"),
            (json!(null), "no such fault"),
        ] {
            let error = FaultScript::read(&json).unwrap_err().to_string();
            assert!(error.contains(told), "{json}: {error}");
        }
    }
}
