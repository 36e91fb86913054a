//! Several requests in one call: chains, batches, trees, graphs.

use super::org::*;

const BASE: &str = "/services/data/v67.0";

fn sub(method: &str, path: &str, reference: &str, body: Value) -> Value {
    json!({"method": method, "url": format!("{BASE}/{path}"), "referenceId": reference, "body": body})
}

fn get(path: &str, reference: &str) -> Value {
    json!({"method": "GET", "url": format!("{BASE}/{path}"), "referenceId": reference})
}

impl Org {
    fn chain(&self, all_or_none: bool, requests: Vec<Value>) -> Vec<Value> {
        let (status, body) =
            self.send("POST", "composite", &json!({"allOrNone": all_or_none, "compositeRequest": requests}));
        assert_eq!(status, 200, "{body}");
        body["compositeResponse"].as_array().unwrap().clone()
    }

    fn count(&self, object: &str) -> u64 {
        self.soql(&format!("SELECT COUNT() FROM {object}"))["totalSize"].as_u64().unwrap()
    }
}

fn statuses(answers: &[Value]) -> Vec<u64> {
    answers.iter().map(|answer| answer["httpStatusCode"].as_u64().unwrap()).collect()
}

#[test]
fn a_chain_uses_its_own_answers() {
    let org = empty();
    let used = org.json("/__practice/status")["requests"].as_u64().unwrap();
    let answers = org.chain(
        false,
        vec![
            sub("POST", "sobjects/Account", "acc", json!({"Name": "Köln & Co", "NumberOfEmployees": 7})),
            sub("POST", "sobjects/Contact", "con", json!({"LastName": "Of @{acc.id}", "AccountId": "@{acc.id}"})),
            get("sobjects/Account/@{acc.id}?fields=Name,NumberOfEmployees,Phone", "read"),
            get("query?q=SELECT+Id,LastName+FROM+Contact+WHERE+Account.Name+=+'@{read.Name}'", "found"),
            sub(
                "PATCH",
                "sobjects/Contact/@{found.records[0].Id}",
                "patch",
                json!({"Title": "@{read.NumberOfEmployees}", "Phone": "@{read.Phone}"}),
            ),
            json!({"method": "GET", "url": format!("{BASE}/sobjects/Account/@{{acc.id}}"), "referenceId": "same",
                   "httpHeaders": {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}}),
        ],
    );
    assert_eq!(org.json("/__practice/status")["requests"].as_u64().unwrap(), used + 1, "the whole is one call");
    assert_eq!(statuses(&answers), [201, 201, 200, 200, 204, 304], "{answers:?}");
    let id = answers[0]["body"]["id"].as_str().unwrap();
    assert_eq!(answers[0]["httpHeaders"], json!({"Location": format!("{BASE}/sobjects/Account/{id}")}));
    assert_eq!(answers[3]["body"]["records"][0]["LastName"], format!("Of {id}"));
    assert_eq!(answers[4], json!({"body": null, "httpHeaders": {}, "httpStatusCode": 204, "referenceId": "patch"}));
    assert!(answers[5]["body"].is_null() && answers[5]["httpHeaders"]["ETag"].is_string(), "{}", answers[5]);
    assert_eq!(org.soql("SELECT Title FROM Contact")["records"][0]["Title"], "7");
}

#[test]
fn without_all_or_none_only_dependents_of_a_failure_are_halted() {
    let org = empty();
    let answers = org.chain(
        false,
        vec![
            sub("POST", "sobjects/Account", "bad", json!({"Phone": "1"})),
            sub("POST", "sobjects/Contact", "halted", json!({"LastName": "X", "AccountId": "@{bad.id}"})),
            sub("POST", "sobjects/Account", "good", json!({"Name": "G"})),
            sub("POST", "sobjects/Contact", "case", json!({"LastName": "X", "AccountId": "@{good.Id}"})),
            sub("POST", "sobjects/Nothing__c", "unknown", json!({"Name": "G"})),
            get("sobjects/Account/@{good.id}?fields=Phone", "read"),
            sub("POST", "sobjects/Account", "null", json!({"Name": "N", "Phone": "@{read.Phone}"})),
        ],
    );
    assert_eq!(statuses(&answers), [400, 400, 201, 400, 404, 200, 201], "{answers:?}");
    assert_eq!(answers[0]["body"][0]["errorCode"], "REQUIRED_FIELD_MISSING");
    assert_eq!(answers[1]["body"][0]["errorCode"], "PROCESSING_HALTED");
    let message = answers[1]["body"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("Invalid reference specified. No value for bad.id found in bad."), "{message}");
    assert_eq!(
        answers[4]["body"],
        json!([{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])
    );
    assert_eq!((org.count("Account"), org.count("Contact")), (2, 0));
    let old = json!({"compositeRequest": [
        get("sobjects/Account/001Lk0000000001?fields=Phone", "read"),
        sub("POST", "sobjects/Account", "strange[1]", json!({"Name": "N", "Phone": "@{read.Phone}"})),
        sub("POST", "sobjects/Account", "fine", json!({"Name": "N"})),
    ]});
    let (_, body) = org.send("POST", "/services/data/v51.0/composite", &old);
    assert_eq!(statuses(body["compositeResponse"].as_array().unwrap()), [200, 400, 201], "{body}");
}

#[test]
fn all_or_none_undoes_everything_and_names_the_culprit() {
    let org = empty();
    let answers = org.chain(
        true,
        vec![
            sub("POST", "sobjects/Account", "acc", json!({"Name": "A"})),
            sub(
                "POST",
                "composite/sobjects",
                "many",
                json!({"records": [
                    {"attributes": {"type": "Contact"}, "LastName": "C", "AccountId": "@{acc.id}"},
                ]}),
            ),
            sub("PATCH", "sobjects/Account/@{acc.id}", "culprit", json!({"Nmae": "B"})),
            sub("POST", "sobjects/Account", "after", json!({"Name": "C"})),
        ],
    );
    assert_eq!(statuses(&answers), [400, 400, 400, 400]);
    let seen = org.chain(
        true,
        vec![
            sub("POST", "sobjects/Account", "acc", json!({"Name": "Seen"})),
            get("query?q=SELECT+Name+FROM+Account+WHERE+Id+=+'@{acc.id}'", "query"),
            get("sobjects/Account/@{acc.id}", "row"),
            sub("DELETE", "sobjects/Account/@{acc.id}", "gone", Value::Null),
        ],
    );
    assert_eq!(statuses(&seen), [201, 200, 200, 204], "what was written together is read together");
    assert_eq!(seen[1]["body"]["records"][0]["Name"], "Seen");
    let code = |at: usize| answers[at]["body"][0]["errorCode"].as_str().unwrap();
    assert_eq!([code(0), code(1), code(2), code(3)].map(|code| code == "PROCESSING_HALTED"), [true, true, false, true]);
    assert_eq!(code(2), "INVALID_FIELD");
    assert_eq!(
        answers[3]["body"][0]["message"],
        "The transaction was rolled back since another operation in the same transaction failed."
    );
    assert_eq!((org.count("Account"), org.count("Contact")), (0, 0));
    // A row that fails inside a collection fails the chain, although the collection itself answers 200.
    let row = |fields: Value| {
        let mut row = json!({"attributes": {"type": "Account"}});
        row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        row
    };
    let collection = json!({"records": [row(json!({"Name": "A"})), row(json!({}))]});
    let both = vec![
        sub("POST", "sobjects/Account", "acc", json!({"Name": "A"})),
        sub("POST", "composite/sobjects", "rows", collection),
    ];
    let answers = org.chain(true, both.clone());
    assert_eq!(statuses(&answers), [400, 200], "{answers:?}");
    assert_eq!(answers[1]["body"][1]["errors"][0]["statusCode"], "REQUIRED_FIELD_MISSING");
    assert_eq!(org.count("Account"), 0);
    assert_eq!(statuses(&org.chain(false, both)), [201, 200]);
    assert_eq!(org.count("Account"), 2);
    // Ids that were given out and taken back do not matter to whoever comes next.
    assert_eq!(org.send("POST", "sobjects/Account", &json!({"Name": "D"})).0, 201);
}

#[test]
fn chains_that_are_not_put_together_well_are_refused() {
    let org = empty();
    let account = |reference: &str| sub("POST", "sobjects/Account", reference, json!({"Name": "A"}));
    let query = |at: usize| get("query?q=SELECT+Id+FROM+Account", &format!("q{at}"));
    for (requests, code) in [
        (json!([account("a"), account("a")]), "JSON_PARSER_ERROR"),
        (json!([account("a[1]")]), "JSON_PARSER_ERROR"),
        (json!([account("")]), "JSON_PARSER_ERROR"),
        (json!([{"method": "GET", "referenceId": "a"}]), "JSON_PARSER_ERROR"),
        (json!([{"method": "get", "url": format!("{BASE}/limits"), "referenceId": "a"}]), "JSON_PARSER_ERROR"),
        (
            json!([{"method": "GET", "url": format!("{BASE}/limits"), "referenceId": "a", "httpHeaders": {"Authorization": "x"}}]),
            "JSON_PARSER_ERROR",
        ),
        (json!("x"), "JSON_PARSER_ERROR"),
    ] {
        let (status, body) = org.send("POST", "composite", &json!({"compositeRequest": requests}));
        assert_eq!((status, body[0]["errorCode"].as_str()), (400, Some(code)), "{requests} {body}");
    }
    let many = org.chain(false, (0..26).map(|at| account(&format!("a{at}"))).collect());
    assert_eq!(many[0]["body"][0]["errorCode"], "LIMIT_EXCEEDED");
    assert!(many[0]["referenceId"].is_null());
    let large = org.chain(false, (0..6).map(query).collect());
    assert_eq!(large[0]["body"][0]["errorCode"], "LIMIT_EXCEEDED");
    assert_eq!(org.count("Account"), 0);
    assert_eq!(org.chain(false, (0..5).map(query).collect()).len(), 5);
    let nested = org.chain(false, vec![sub("POST", "composite", "x", json!({})), get("jobs/ingest", "y")]);
    assert_eq!(statuses(&nested), [404, 404]);
    assert_eq!(org.send("PUT", "composite", &json!({})).0, 405);
    assert_eq!(org.send("POST", "/services/data/v37.0/composite", &json!({})).0, 405);
    let deep = format!("{{\"compositeRequest\": {}", "[".repeat(100_000));
    let answer = org.with(org.http.post(org.at("composite")).header("Content-Type", "application/json").body(deep));
    assert_eq!(answer.status(), 400);
    assert_eq!(
        org.json("composite"),
        json!({"tree": format!("{BASE}/composite/tree"), "batch": format!("{BASE}/composite/batch"),
               "sobjects": format!("{BASE}/composite/sobjects"), "graph": format!("{BASE}/composite/graph")})
    );
    assert!(org.json("/services/data/v40.0/composite").get("graph").is_none());
}

#[test]
fn a_batch_goes_on_or_halts() {
    let org = small();
    let requests = json!([
        {"method": "PATCH", "url": "v67.0/sobjects/Account/001Lk0000000001", "richInput": {"Site": "S"}},
        {"method": "GET", "url": "v34.0/sobjects/Account/001Lk0000000001?fields=Site"},
        {"method": "GET", "url": "v67.0/sobjects/Account/001Lk0000ZZZZZZ"},
        {"method": "GET", "url": "/services/data/v67.0/limits"},
        {"method": "GET", "url": "v67.0/composite"},
    ]);
    let (status, body) = org.send("POST", "composite/batch", &json!({"batchRequests": requests}));
    assert_eq!((status, &body["hasErrors"]), (200, &json!(true)), "{body}");
    let codes: Vec<u64> =
        body["results"].as_array().unwrap().iter().map(|one| one["statusCode"].as_u64().unwrap()).collect();
    assert_eq!(codes, [204, 200, 404, 200, 404]);
    assert!(body["results"][0]["result"].is_null());
    assert_eq!(body["results"][1]["result"]["Site"], "S");
    assert!(body["results"][1]["result"]["attributes"]["url"].as_str().unwrap().contains("/v34.0/"));
    let (_, body) = org.send("POST", "composite/batch", &json!({"haltOnError": true, "batchRequests": requests}));
    assert_eq!(body["results"][3]["statusCode"], 412);
    assert_eq!(body["results"][3]["result"][0]["errorCode"], "BATCH_PROCESSING_HALTED");
    for requests in [
        json!([]),
        json!([{"method": "GET", "url": "v33.0/limits"}]),
        json!([{"method": "GET", "url": "v68.0/limits"}]),
        json!([{"url": "v67.0/limits"}]),
    ] {
        assert_eq!(org.send("POST", "composite/batch", &json!({"batchRequests": requests})).0, 400, "{requests}");
    }
}

#[test]
fn a_tree_is_created_as_a_whole() {
    let org = empty();
    let contact = |reference: &str, email: &str| json!({"attributes": {"type": "Contact", "referenceId": reference}, "LastName": "L", "Email": email});
    let tree = |email: &str| {
        json!({"records": [
            {"attributes": {"type": "Account", "referenceId": "a1"}, "Name": "One", "Contacts": {"records": [contact("c1", email), contact("c2", email)]},
             "ChildAccounts": {"records": [{"attributes": {"type": "Account", "referenceId": "a3"}, "name": "Below"}]}},
            {"attributes": {"type": "Account", "referenceId": "a2"}, "Name": "Two"},
        ]})
    };
    let (status, body) = org.send("POST", "composite/tree/Account", &tree("no"));
    assert_eq!((status, &body["hasErrors"]), (400, &json!(true)));
    let failed: Vec<&str> =
        body["results"].as_array().unwrap().iter().map(|one| one["referenceId"].as_str().unwrap()).collect();
    assert_eq!(failed, ["c1", "c2"]);
    assert_eq!(
        body["results"][0]["errors"],
        json!([{"statusCode": "INVALID_EMAIL_ADDRESS", "message": "Email: invalid email address: no", "fields": ["Email"]}])
    );
    assert_eq!(org.count("Account"), 0);
    let (status, body) = org.send("POST", "composite/tree/Account", &tree("a@example.com"));
    assert_eq!((status, &body["hasErrors"]), (201, &json!(false)), "{body}");
    let names: Vec<&str> =
        body["results"].as_array().unwrap().iter().map(|one| one["referenceId"].as_str().unwrap()).collect();
    assert_eq!(names, ["a1", "a2", "c1", "c2", "a3"], "level by level");
    assert_eq!(org.soql("SELECT Id FROM Contact WHERE Account.Name = 'One'")["totalSize"], 2);
    assert_eq!(org.soql("SELECT Id FROM Account WHERE Parent.Name = 'One'")["totalSize"], 1);
    let twice = json!({"records": [contact("c1", "a@example.com"), contact("c1", "a@example.com"), contact("c2", "a@example.com")]});
    let (status, body) = org.send("POST", "composite/tree/Contact", &twice);
    assert_eq!((status, body["results"].as_array().unwrap().len()), (400, 2));
    assert_eq!(body["results"][0]["errors"][0]["message"], "Duplicate ReferenceId provided in the request.");
    let mut deep = json!({"attributes": {"type": "Account", "referenceId": "r0"}, "Name": "x"});
    for level in 1..6 {
        deep = json!({"attributes": {"type": "Account", "referenceId": format!("r{level}")}, "Name": "x", "ChildAccounts": {"records": [deep]}});
    }
    let many: Vec<Value> = (0..201).map(|at| contact(&format!("c{at}"), "a@example.com")).collect();
    for (object, records) in [
        ("Account", json!([deep])),
        ("Contact", json!(many)),
        ("Contact", json!([{"attributes": {"type": "Contact"}, "LastName": "x"}])),
        ("Account", json!([contact("c1", "a@example.com")])),
        ("Account", json!([])),
    ] {
        let (status, body) = org.send("POST", &format!("composite/tree/{object}"), &json!({"records": records}));
        assert_eq!((status, &body[0]["errorCode"]), (400, &json!("INVALID_INPUT")), "{body}");
    }
    assert_eq!(org.send("POST", "composite/tree/Nothing", &json!({})).0, 404);
    assert_eq!(org.count("Contact"), 2);
}

#[test]
fn graphs_stand_or_fall_each_for_itself() {
    let org = empty();
    let graph = |id: &str, name: Value| {
        json!({"graphId": id, "compositeRequest": [
            sub("POST", "sobjects/Contact", "con", json!({"LastName": "L", "AccountId": "@{acc.id}"})),
            sub("POST", "sobjects/Account", "acc", json!({"Name": name})),
        ]})
    };
    let (status, body) = org.send(
        "POST",
        "composite/graph",
        &json!({"graphs": [graph("1", json!("A")), graph("2", Value::Null), graph("3", json!("C"))]}),
    );
    assert_eq!(status, 200);
    let flags: Vec<bool> =
        body["graphs"].as_array().unwrap().iter().map(|graph| graph["isSuccessful"].as_bool().unwrap()).collect();
    assert_eq!(flags, [true, false, true], "{body}");
    let failed = &body["graphs"][1]["graphResponse"]["compositeResponse"];
    assert_eq!(failed[0]["body"][0]["errorCode"], "PROCESSING_HALTED");
    assert_eq!(failed[1]["body"][0]["errorCode"], "REQUIRED_FIELD_MISSING");
    assert_eq!((org.count("Account"), org.count("Contact")), (2, 2));
    let many: Vec<Value> =
        (0..20).map(|at| graph(&format!("g{at}"), if at < 16 { Value::Null } else { json!("N") })).collect();
    let (_, body) = org.send("POST", "composite/graph", &json!({"graphs": many}));
    assert_eq!(
        body["graphs"][13]["graphResponse"]["compositeResponse"][1]["body"][0]["errorCode"],
        "REQUIRED_FIELD_MISSING"
    );
    assert_eq!(
        body["graphs"][14]["graphResponse"]["compositeResponse"][1]["body"][0]["errorCode"],
        "PROCESSING_HALTED"
    );
    assert_eq!(body["graphs"][19]["isSuccessful"], false);
    assert_eq!(org.count("Account"), 2);
    let one = |request: Value| json!([{"graphId": "x", "compositeRequest": [request]}]);
    let chain: Vec<Value> = (0..16)
        .map(|at| {
            let parent = if at == 0 { Value::Null } else { json!(format!("@{{r{}.id}}", at - 1)) };
            sub("POST", "sobjects/Account", &format!("r{at}"), json!({"Name": "x", "ParentId": parent}))
        })
        .collect();
    let graphs: Vec<Value> = (0..76).map(|at| graph(&format!("g{at}"), json!("x"))).collect();
    let nodes: Vec<Value> =
        (0..501).map(|at| sub("POST", "sobjects/Account", &format!("r{at}"), json!({"Name": "x"}))).collect();
    for graphs in [
        json!(graphs),
        json!([{"graphId": "x", "compositeRequest": nodes}]),
        json!([{"graphId": "x", "compositeRequest": chain}]),
        json!([graph("x", json!("a")), graph("x", json!("a"))]),
        json!([graph("-x", json!("a"))]),
        json!([graph(&"x".repeat(40), json!("a"))]),
        one(get("query?q=SELECT+Id+FROM+Account", "q")),
        one(sub("POST", "sobjects/Account", "a", json!({"Name": "@{a.id}"}))),
        one(json!({"method": "POST", "url": "/services/data/v49.0/sobjects/Account", "referenceId": "a", "body": {}})),
    ] {
        let (status, body) = org.send("POST", "composite/graph", &json!({"graphs": graphs}));
        assert_eq!(status, 400, "{body}");
    }
    assert_eq!(org.count("Account"), 2);
    assert_eq!(org.send("POST", "/services/data/v49.0/composite/graph", &json!({})).0, 404);
}

#[test]
fn nothing_that_is_sent_makes_it_stumble() {
    let org = empty();
    let wrong = |value: Value| {
        let mut account = sub("POST", "sobjects/Account", "a", json!({"Name": "A"}));
        for (name, inner) in value.as_object().unwrap() {
            account[name] = inner.clone();
        }
        account
    };
    let requests = [
        json!(1),
        Value::Null,
        json!([]),
        json!({}),
        wrong(json!({"method": 1})),
        wrong(json!({"url": {}})),
        wrong(json!({"referenceId": [1]})),
        wrong(json!({"httpHeaders": "x"})),
        wrong(json!({"httpHeaders": {"X": 1}})),
    ];
    for path in ["composite", "composite/batch", "composite/graph", "composite/tree/Account", "composite/sobjects"] {
        for body in [Value::Null, json!([]), json!("x"), json!(1), json!({})] {
            let (status, answer) = org.send("POST", path, &body);
            assert_eq!(status, 400, "{path} {body}");
            assert!(answer[0]["errorCode"].is_string(), "{path} {body} {answer}");
        }
        for request in &requests {
            let bodies = [
                json!({"compositeRequest": [request]}),
                json!({"batchRequests": [request]}),
                json!({"graphs": [{"graphId": "g", "compositeRequest": [request]}]}),
                json!({"graphs": [request]}),
                json!({"records": [request]}),
            ];
            for body in bodies {
                let (status, answer) = org.send("POST", path, &body);
                let row_refused = status == 200 && answer[0]["success"] == false;
                let inner_refused = answer["results"][0]["statusCode"] == 400;
                assert!(status == 400 || row_refused || inner_refused, "{path} {body} {status} {answer}");
            }
        }
    }
    for fields in [
        json!({"attributes": {"type": "Account", "referenceId": 1}}),
        json!({"attributes": 5}),
        json!({"attributes": {"type": [], "referenceId": "r"}}),
    ] {
        assert_eq!(org.send("POST", "composite/tree/Account", &json!({"records": [fields]})).0, 400, "{fields}");
    }
    let inside = [
        wrong(json!({"url": "nonsense"})),
        wrong(json!({"url": format!("{BASE}/sobjects/Account?{}", "x".repeat(20_000))})),
        wrong(json!({"url": "/services/data/v99.0/sobjects/Account"})),
        wrong(json!({"body": [1]})),
        wrong(json!({"body": "x"})),
        wrong(json!({"httpHeaders": {"bad name": "x", "If-Match": "\n"}, "body": {"Nmae": 1}})),
    ];
    for request in inside {
        let answers = org.chain(false, vec![request.clone()]);
        assert!(answers[0]["httpStatusCode"].as_u64().unwrap() >= 400, "{request} {answers:?}");
        assert!(answers[0]["body"][0]["errorCode"].is_string(), "{answers:?}");
    }
    assert_eq!(org.count("Account"), 0);
}

/// Children that do not fit into a page open a cursor, also where the whole is one transaction.
#[test]
fn a_query_in_a_transaction_may_have_pages() {
    let org = empty();
    let (_, account) = org.send("POST", "sobjects/Account", &json!({"Name": "Crowded"}));
    let account = account["id"].as_str().unwrap();
    let rows: String = (0..450).map(|row| format!("P{row},{account}\n")).collect();
    let settings = json!({"object": "Contact", "operation": "insert"});
    org.load(settings, &format!("LastName,AccountId\n{rows}"));
    let query = "/services/data/v67.0/query?q=SELECT+Id,(SELECT+Id+FROM+Contacts)+FROM+Account";
    let chain = json!({"allOrNone": true, "compositeRequest": [{
        "method": "GET", "url": query, "referenceId": "q", "httpHeaders": {"Sforce-Query-Options": "batchSize=200"}}]});
    let (status, told) = org.send("POST", "composite", &chain);
    assert_eq!(status, 200, "{told}");
    let children = &told["compositeResponse"][0]["body"]["records"][0]["Contacts"];
    assert_eq!((&children["totalSize"], &children["done"]), (&json!(450), &json!(false)), "{told}");
    assert_eq!(org.get(children["nextRecordsUrl"].as_str().unwrap()).status(), 200);
}
