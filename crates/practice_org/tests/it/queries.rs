//! SOQL over REST.

use super::org::*;

#[test]
fn queries_answer_in_the_shape_of_salesforce() {
    let org = small();
    let body = org.soql("select id, NAME, owner.name, parent.name, (SELECT lastname FROM contacts LIMIT 1), (SELECT Id FROM Cases) from account where name LIKE 'blue%'");
    let row = &body["records"][0];
    let keys: Vec<&String> = row.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["attributes", "Id", "Name", "Owner", "Parent", "Contacts", "Cases"]);
    assert_eq!(row["Parent"]["Name"], "Aurora Kitchenware");
    assert_eq!(row["Contacts"]["totalSize"], 1);
    let names = |query: &str| -> Vec<String> {
        let body = org.soql(query);
        body["records"]
            .as_array()
            .unwrap_or_else(|| panic!("{query}: {body}"))
            .iter()
            .map(|row| row["Name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("SELECT Name FROM Account WHERE ERP_Id__c = null ORDER BY Name DESC").len(), 3);
    assert_eq!(
        names("SELECT Name FROM Account WHERE ERP_Id__c != 'ALFKI'").len(),
        11,
        "rows without a value are not equal either"
    );
    assert_eq!(names("SELECT Name FROM Account WHERE NOT (ERP_Id__c LIKE 'LK%')").len(), 6);
    assert_eq!(
        names("SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Case) AND Industry != 'Retail'").len(),
        2
    );
    assert_eq!(names("SELECT Name FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact)").len(), 0);
    assert_eq!(
        names("SELECT Name FROM Account WHERE CreatedDate = TODAY AND CreatedDate >= LAST_N_DAYS:3 LIMIT 2").len(),
        2
    );
    assert_eq!(names("SELECT Name FROM Account ORDER BY AnnualRevenue NULLS LAST LIMIT 1"), ["Chop-suey Chinese"]);
    assert_eq!(
        names("SELECT Name FROM Opportunity ORDER BY StageName LIMIT 1"),
        ["Alfreds Futterkiste - Starter order"]
    );
    assert_eq!(names("SELECT FIELDS(ALL) FROM Account LIMIT 200").len(), 12);
    let who = org.soql("SELECT Who.Name, What.Type FROM Task WHERE What.Type = 'Opportunity'");
    assert_eq!(who["records"][0]["Who"]["Name"], "Marco Rossi");
    let body = org.soql("SELECT Industry, COUNT(Id), SUM(AnnualRevenue) total FROM Account GROUP BY Industry HAVING COUNT(Id) > 1 ORDER BY SUM(AnnualRevenue)");
    assert_eq!(
        body["records"][0],
        json!({"attributes": {"type": "AggregateResult"}, "Industry": "Food & Beverage", "expr0": 2, "total": 600_000.0}),
        "{body}"
    );
    let many: Vec<String> = (0..1500).map(|number| format!("Name = '{number}'")).collect();
    let long = json!({"operation": "query", "query": format!("SELECT Id FROM Account WHERE {}", many.join(" OR "))});
    let (_, job) = org.send("POST", "jobs/query", &long);
    assert_eq!(org.wait(&format!("jobs/query/{}", job["id"].as_str().unwrap()))["state"], "JobComplete");
    for (query, code) in [
        ("SELECT Nmae FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Acount", "INVALID_TYPE"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Margin__c FROM Account", "INVALID_FIELD"),
    ] {
        let body = org.soql(query);
        assert_eq!(body[0]["errorCode"], code, "{query} {body}");
        assert!(body[0]["message"].as_str().unwrap().contains("ERROR at Row:1:Column:"), "{body}");
    }
}

#[test]
fn long_answers_come_in_pages() {
    let org = empty();
    let mut csv = String::from("LastName\n");
    for number in 0..450 {
        csv.push_str(&format!("P{number:03}\n"));
    }
    org.load(json!({"object": "Contact", "operation": "insert"}), &csv);
    let request = org
        .http
        .get(org.at("query/?q=SELECT+LastName+FROM+Contact+ORDER+BY+LastName"))
        .header("Sforce-Query-Options", "batchSize=200");
    let mut page: Value = org.with(request).json().unwrap();
    let mut seen = Vec::new();
    loop {
        assert_eq!(page["totalSize"], 450);
        seen.extend(page["records"].as_array().unwrap().iter().map(|row| row["LastName"].as_str().unwrap().to_owned()));
        let Some(next) = page["nextRecordsUrl"].as_str() else {
            break;
        };
        let request = org.http.get(org.at(next)).header("Sforce-Query-Options", "batchSize=200");
        page = org.with(request).json().unwrap();
    }
    assert_eq!(page["done"], true);
    assert_eq!(seen.len(), 450);
    assert!(seen.is_sorted());
    assert_eq!(org.json("query/01gnothing-200")[0]["errorCode"], "INVALID_QUERY_LOCATOR");
}

#[test]
fn queries_that_the_grammar_takes_are_refused_for_their_reason() {
    let org = small();
    let text =
        std::fs::read_to_string(format!("{}/tests/fixtures/soql/refused.txt", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut parts = line.split('\t');
        let (code, query) = (parts.next().unwrap(), parts.next().unwrap());
        let answer = org.soql(query);
        let got = answer[0]["errorCode"].as_str().unwrap_or("accepted");
        // A question mark says that the code, though not the refusal, is a guess.
        let fits = if code.ends_with('?') { got != "accepted" } else { got == code };
        if !fits {
            wrong.push(format!("{code} {query}: {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Lines of a fixture without comments.
fn lines(name: &str) -> Vec<String> {
    let path = format!("{}/tests/fixtures/soql/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn valid_queries_are_answered_or_lack_an_object() {
    let org = small();
    let mut wrong = Vec::new();
    for query in lines("valid.txt") {
        let answer = org.soql(&query);
        let code = answer[0]["errorCode"].as_str().unwrap_or_default();
        if answer["done"].is_null() && !["INVALID_TYPE", "INVALID_FIELD"].contains(&code) {
            wrong.push(format!("{query}: {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn invalid_queries_are_refused_with_their_place() {
    let org = small();
    let mut wrong = Vec::new();
    for query in lines("invalid.txt") {
        let answer = org.with(org.http.get(org.at("query")).query(&[("q", &query)]));
        let (status, body) = (answer.status().as_u16(), answer.json::<Value>().unwrap());
        let message = body[0]["message"].as_str().unwrap_or_default();
        if status != 400 || !message.contains("ERROR at Row:1:Column:") {
            wrong.push(format!("{query}: {status} {body}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_form_of_a_query_has_its_answer() {
    let org = small();
    let mut wrong = Vec::new();
    for line in lines("forms.txt") {
        let (expected, query) = line.split_once('\t').unwrap();
        let answer = org.soql(query);
        let got = answer[0]["errorCode"].as_str().unwrap_or(if answer["done"].is_null() { "?" } else { "ok" });
        if got != expected {
            wrong.push(format!("{line}: {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn subtotals_stand_behind_their_groups() {
    let org = small();
    let body = org.soql(
        "SELECT Type, Industry, GROUPING(Type) gt, GROUPING(Industry) gi, COUNT(Id) n FROM Account GROUP BY ROLLUP(Type, Industry)",
    );
    let records = body["records"].as_array().unwrap_or_else(|| panic!("{body}"));
    let last = records.last().unwrap();
    assert_eq!((&last["gt"], &last["gi"], &last["n"]), (&json!(1), &json!(1), &json!(12)));
    let sum = |gt: i64, gi: i64| -> i64 {
        let of = |row: &&Value| row["gt"] == gt && row["gi"] == gi;
        records.iter().filter(of).map(|row| row["n"].as_i64().unwrap()).sum()
    };
    assert_eq!((sum(0, 0), sum(0, 1)), (12, 12));
    let cube = org.soql("SELECT Type, Industry, COUNT(Id) FROM Account GROUP BY CUBE(Type, Industry)");
    assert!(cube["totalSize"].as_u64().unwrap() > records.len() as u64);
}

#[test]
fn the_object_behind_a_relationship_decides_what_is_shown() {
    let org = small();
    let body = org.soql(
        "SELECT TYPEOF What WHEN Account THEN Industry, Owner.Name WHEN Opportunity THEN StageName ELSE Name END, Owner.Type FROM Task WHERE WhatId != null ORDER BY What.Type",
    );
    let records = body["records"].as_array().unwrap_or_else(|| panic!("{body}"));
    assert!(!records.is_empty());
    for row in records {
        let what = &row["What"];
        let shown = match what["attributes"]["type"].as_str().unwrap() {
            "Account" => "Industry",
            "Opportunity" => "StageName",
            _ => "Name",
        };
        assert!(what.get(shown).is_some(), "{row}");
        assert_eq!(row["Owner"]["Type"], "User");
    }
}

#[test]
fn distances_words_and_formats_are_computed() {
    let org = small();
    let (_, account) = org.send(
        "POST",
        "sobjects/Account",
        &json!({"Name": "Near", "BillingLatitude": 52.52, "BillingLongitude": 13.405, "AnnualRevenue": 1234567}),
    );
    assert_eq!(account["success"], true, "{account}");
    let body = org.soql(
        "SELECT Name, DISTANCE(BillingAddress, GEOLOCATION(53.5511,9.9937), 'km') far, FORMAT(AnnualRevenue) money, BillingAddress FROM Account \
         WHERE DISTANCE(BillingAddress, GEOLOCATION(53.5511,9.9937), 'km') < 300 ORDER BY DISTANCE(BillingAddress, GEOLOCATION(53.5511,9.9937), 'km')",
    );
    let row = &body["records"][0];
    assert_eq!((&row["Name"], &row["money"]), (&json!("Near"), &json!("$1,234,567")), "{body}");
    assert!((254.0..257.0).contains(&row["far"].as_f64().unwrap()), "{body}");
    assert_eq!(row["BillingAddress"]["latitude"], 52.52);
}

#[test]
fn long_child_sets_have_pages_of_their_own() {
    let org = empty();
    let (_, parent) = org.send("POST", "sobjects/Account", &json!({"Name": "Parent"}));
    let id = parent["id"].as_str().unwrap();
    let mut csv = String::from("LastName,AccountId\n");
    for number in 0..450 {
        csv.push_str(&format!("P{number:03},{id}\n"));
    }
    org.load(json!({"object": "Contact", "operation": "insert"}), &csv);
    let ask = |url: String| -> Value {
        org.with(org.http.get(url).header("Sforce-Query-Options", "batchSize=200")).json().unwrap()
    };
    let url = org.at("query?q=SELECT+Name,(SELECT+LastName+FROM+Contacts+ORDER+BY+LastName)+FROM+Account");
    let body = ask(url);
    assert_eq!(body["done"], true);
    let mut page = body["records"][0]["Contacts"].clone();
    let mut seen = Vec::new();
    loop {
        assert_eq!(page["totalSize"], 450);
        seen.extend(page["records"].as_array().unwrap().iter().map(|row| row["LastName"].to_string()));
        let Some(next) = page["nextRecordsUrl"].as_str() else { break };
        page = ask(org.at(next));
    }
    assert_eq!(seen.len(), 450);
    assert!(seen.is_sorted());
}

#[test]
fn plans_are_explained() {
    let org = small();
    let body = org.json("query?explain=SELECT+Id+FROM+Account+WHERE+ERP_Id__c='ALFKI'");
    let plan = &body["plans"][0];
    assert_eq!((&plan["leadingOperationType"], &plan["cardinality"]), (&json!("Index"), &json!(1)), "{body}");
    assert_eq!((&plan["fields"][0], &plan["sobjectCardinality"]), (&json!("ERP_Id__c"), &json!(12)));
    let body = org.json("query?explain=SELECT+Id+FROM+Account+WHERE+Industry='Retail'");
    assert_eq!(body["plans"][0]["leadingOperationType"], "TableScan");
    assert_eq!(body["sourceQuery"], "SELECT Id FROM Account WHERE Industry='Retail'");
}

#[test]
fn columns_are_described_for_the_command_line_tools() {
    let org = small();
    let told = |soql: &str| {
        let asked = org.http.get(org.at("query")).query(&[("q", soql), ("columns", "true")]);
        let body: Value = org.with(asked).json().unwrap();
        body["columnMetadata"].as_array().unwrap().clone()
    };
    let groups = told("SELECT Industry, MAX(Name), COUNT(Id) n FROM Account GROUP BY Industry");
    let short =
        |column: &Value| [column["columnName"].clone(), column["displayName"].clone(), column["aggregate"].clone()];
    assert_eq!(short(&groups[0]), [json!("Industry"), json!("Industry"), json!(false)]);
    assert_eq!(short(&groups[1]), [json!("expr0"), json!("max(Name)"), json!(true)]);
    assert_eq!(short(&groups[2]), [json!("n"), json!("n"), json!(true)]);
    let plain = told("SELECT Id, Name, AnnualRevenue, Owner.Name, (SELECT LastName FROM Contacts) FROM Account");
    let kind = |column: &Value| {
        [
            column["apexType"].clone(),
            column["foreignKeyName"].clone(),
            column["updatable"].clone(),
            column["numberType"].clone(),
        ]
    };
    assert_eq!(kind(&plain[0]), [json!("Id"), json!(null), json!(false), json!(false)]);
    assert_eq!(kind(&plain[1]), [json!("String"), json!(null), json!(true), json!(false)]);
    assert_eq!(kind(&plain[2]), [json!(null), json!(null), json!(true), json!(true)]);
    assert_eq!(kind(&plain[3]), [json!(null), json!("OwnerId"), json!(false), json!(false)]);
    assert_eq!(plain[3]["joinColumns"][0]["columnName"], "Name");
    assert_eq!(plain[4]["aggregate"], true);
}
