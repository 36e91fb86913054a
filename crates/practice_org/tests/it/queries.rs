//! SOQL over REST.

use super::org::*;

#[test]
fn queries_answer_in_the_shape_of_salesforce() {
    let org = demo();
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
    let org = demo();
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
