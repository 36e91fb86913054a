//! SOSL over REST.

use super::org::*;

fn sosl(org: &Org, text: &str) -> Value {
    org.with(org.http.get(org.at("search")).query(&[("q", text)])).json().unwrap()
}

fn names(body: &Value) -> Vec<&str> {
    let rows = body["searchRecords"].as_array().unwrap_or_else(|| panic!("{body}"));
    rows.iter().map(|row| row["Name"].as_str().unwrap_or_default()).collect()
}

#[test]
fn words_are_found_where_they_are_looked_for() {
    let org = small();
    let found = sosl(&org, "FIND {alfreds} IN NAME FIELDS RETURNING Account(Id, Name), Contact(Id)");
    assert_eq!(names(&found), ["Alfreds Futterkiste"], "{found}");
    assert_eq!(found["searchRecords"][0]["attributes"]["type"], "Account");
    let keys: Vec<&String> = found["searchRecords"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["attributes", "Id", "Name"]);
    assert_eq!(names(&sosl(&org, "FIND {\"futterkiste alfreds\"} RETURNING Account(Name)")).len(), 0);
    assert_eq!(names(&sosl(&org, "FIND {futter* AND NOT nothing} RETURNING Account(Name)")).len(), 1);
    assert_eq!(names(&sosl(&org, "FIND {alfreds} IN EMAIL FIELDS RETURNING Account(Name)")).len(), 0);
    let limited = sosl(
        &org,
        "FIND {alfreds OR blue* OR aurora} RETURNING Account(Name WHERE Name != null ORDER BY Name DESC LIMIT 2) LIMIT 1",
    );
    assert_eq!(names(&limited).len(), 1, "{limited}");
    let everywhere = sosl(&org, "FIND {alfreds}");
    assert!(everywhere["searchRecords"].as_array().unwrap().len() > 1, "{everywhere}");
    let old = org.json("/services/data/v36.0/search?q=FIND+%7Balfreds%7D+RETURNING+Account");
    assert!(old[0]["Id"].is_string(), "{old}");
}

#[test]
fn searches_that_cannot_be_read_are_refused() {
    let org = small();
    for (code, text) in [
        ("MALFORMED_SEARCH", "FIND {a}"),
        ("MALFORMED_SEARCH", "FIND acme"),
        ("MALFORMED_SEARCH", "FIND {acme AND}"),
        ("MALFORMED_SEARCH", "FIND {acme} RETURNING Account(Id LIMIT)"),
        ("MALFORMED_SEARCH", "FIND {acme} RETURNING Account((SELECT Id FROM Contacts))"),
        ("MALFORMED_SEARCH", "FIND {acme} RETURNING Account(COUNT(Id))"),
        ("MALFORMED_SEARCH", "SELECT Id FROM Account"),
        ("INVALID_FIELD", "FIND {acme} RETURNING Account(Nothing)"),
        ("INVALID_TYPE", "FIND {acme} RETURNING Nothing(Id)"),
    ] {
        assert_eq!(sosl(&org, text)[0]["errorCode"], code, "{text}");
    }
    assert_eq!(org.get("search").status(), 400);
}

#[test]
fn searches_come_in_parameters_too() {
    let org = small();
    let got = org.json(
        "parameterizedSearch?q=alfreds&in=NAME&sobject=Account&Account.fields=Id,Name&sobject=Contact&Account.limit=1",
    );
    assert_eq!(names(&got), ["Alfreds Futterkiste"], "{got}");
    let body = json!({"q": "alfreds", "fields": ["Id", "Name"], "sobjects": [{"name": "Account", "where": "Name LIKE 'A%'"}], "overallLimit": 3});
    let (status, posted) = org.send("POST", "parameterizedSearch", &body);
    assert_eq!((status, &posted), (200, &got));
    let (status, refused) = org.send("POST", "parameterizedSearch", &json!({"q": "alfreds", "overallLimit": 5000}));
    assert_eq!((status, &refused[0]["errorCode"]), (400, &json!("MALFORMED_SEARCH")));
    let hints = org.json("search/suggestions?q=alf&sobject=Account");
    assert_eq!(hints["autoSuggestResults"][0]["Name"], "Alfreds Futterkiste");
    assert_eq!(hints["hasMoreResults"], false);
}
