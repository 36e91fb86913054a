//! `search`, `parameterizedSearch` and `search/suggestions`.

use serde_json::{Map, Value as Json, json};

use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::Org;
use crate::sosl::{self, Group, MOST_ROWS, Returning, Search, malformed};

/// From this version on, rows stand in an object.
const WRAPPED: u32 = 37;

/// `GET …/search?q=FIND {…}`.
pub(crate) fn search(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let text = call.parameter("q").ok_or_else(|| Refusal::from(malformed("No search string specified")))?;
    answer(org, call, &sosl::parse(text)?)
}

fn answer(org: &Org, call: &Call, search: &Search) -> Result<Reply, Refusal> {
    let found = sosl::find(org, (call.version.number, call.user()), search)?;
    let body = if call.version.number < WRAPPED { Json::Array(found) } else { json!({"searchRecords": found}) };
    Ok(Reply::json(200, &body))
}

/// `GET` and `POST …/parameterizedSearch`.
pub(crate) fn parameterized(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let asked = if call.method == "POST" { call.object()? } else { from_parameters(call) };
    answer(org, call, &read(&asked)?)
}

/// The parameters of a GET in the form that a POST has.
fn from_parameters(call: &Call) -> Map<String, Json> {
    let mut asked = Map::new();
    for name in ["q", "in", "defaultLimit", "overallLimit", "offset"] {
        if let Some(value) = call.parameter(name) {
            asked.insert(name.into(), value.into());
        }
    }
    if let Some(fields) = call.parameter("fields") {
        asked.insert("fields".into(), list(fields));
    }
    let named = call.parameters.all("sobject");
    let objects: Vec<Json> = named
        .flat_map(|names| names.split(','))
        .map(|name| {
            let mut object = Map::from_iter([("name".to_owned(), Json::from(name.trim()))]);
            for part in ["where", "orderBy", "limit", "fields"] {
                if let Some(value) = call.parameter(&format!("{name}.{part}")) {
                    object.insert(part.into(), if part == "fields" { list(value) } else { value.into() });
                }
            }
            Json::Object(object)
        })
        .collect();
    if !objects.is_empty() {
        asked.insert("sobjects".into(), objects.into());
    }
    asked
}

fn list(names: &str) -> Json {
    names.split(',').map(|name| Json::from(name.trim())).collect()
}

fn read(asked: &Map<String, Json>) -> Result<Search, Refusal> {
    let term = asked.get("q").and_then(Json::as_str).ok_or_else(|| malformed("No search string specified"))?;
    let group = match asked.get("in").and_then(Json::as_str) {
        Some(name) => Group::read(name).ok_or_else(|| malformed(format!("invalid search group: {name}")))?,
        None => Group::All,
    };
    let usual = asked.get("fields").and_then(names);
    let each = number(asked, "defaultLimit")?;
    let mut returning = Vec::new();
    for object in asked.get("sobjects").and_then(Json::as_array).into_iter().flatten() {
        let text = |name: &str| object.get(name).and_then(Json::as_str);
        let name = text("name").or(object.as_str()).ok_or_else(|| malformed("an sobject has no name"))?;
        let mut rest = String::new();
        for (part, clause) in [("where", "WHERE"), ("orderBy", "ORDER BY")] {
            if let Some(value) = text(part) {
                rest.push_str(&format!(" {clause} {value}"));
            }
        }
        let fields = object.get("fields").and_then(names).or_else(|| usual.clone());
        let limit = match object.as_object() {
            Some(object) => number(object, "limit")?.or(each),
            None => each,
        };
        returning.push(Returning {
            object: name.to_owned(),
            fields: fields.unwrap_or_else(|| "Id".into()),
            rest,
            limit,
        });
    }
    let limit = number(asked, "overallLimit")?.unwrap_or(MOST_ROWS);
    Ok(Search { term: term.to_owned(), group, returning, limit })
}

fn names(fields: &Json) -> Option<String> {
    let names: Vec<&str> = fields.as_array()?.iter().filter_map(Json::as_str).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn number(asked: &Map<String, Json>, name: &str) -> Result<Option<usize>, Refusal> {
    let Some(value) = asked.get(name) else { return Ok(None) };
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    match number {
        Some(number @ 1..=2000) => Ok(Some(number as usize)),
        _ => Err(malformed(format!("{name} must be between 1 and {MOST_ROWS}")).into()),
    }
}

/// `GET …/search/suggestions?q=&sobject=`.
pub(crate) fn suggestions(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    const USUAL: usize = 5;
    let missing = |name: &str| Refusal::new(400, "MISSING_ARGUMENT", format!("{name} is required"));
    let term = call.parameter("q").ok_or_else(|| missing("q"))?;
    let named = call.parameter("sobject").ok_or_else(|| missing("sobject"))?;
    let asked = call.parameter("limit").and_then(|text| text.parse().ok()).unwrap_or(USUAL).clamp(1, MOST_ROWS - 1);
    let mut returning = Vec::new();
    for name in named.split(',').map(str::trim) {
        let object = org.schema.object(name).ok_or_else(Refusal::not_found)?;
        let shown = &object.fields[object.name_field].name;
        let extra = call.parameter("fields").map(|fields| format!(", {fields}")).unwrap_or_default();
        returning.push(Returning {
            object: object.name.clone(),
            fields: format!("Id, {shown}{extra}"),
            rest: String::new(),
            limit: None,
        });
    }
    let search = Search { term: term.to_owned(), group: Group::Name, returning, limit: asked + 1 };
    let mut found = sosl::find(org, (call.version.number, call.user()), &search)?;
    let more = found.len() > asked;
    found.truncate(asked);
    Ok(Reply::json(200, &json!({"autoSuggestResults": found, "hasMoreResults": more})))
}
