//! Deals with products, campaigns with members, events.

use super::org::*;

#[test]
fn deals_campaigns_and_events_know_what_they_add_up_to() {
    let org = small();
    let make = |object: &str, row: Value| {
        let (status, made) = org.send("POST", &format!("sobjects/{object}"), &row);
        assert_eq!(status, 201, "{object} {row} {made}");
        made["id"].as_str().unwrap().to_owned()
    };
    let first = |query: &str| org.soql(query)["records"][0].clone();
    let entry = first(
        "SELECT Id, UnitPrice, Product2Id, Product2.Name FROM PricebookEntry WHERE Pricebook2.IsStandard = true ORDER BY Id LIMIT 1",
    );
    let deal = make("Opportunity", json!({"Name": "Deal", "StageName": "Qualification", "CloseDate": "2026-05-05"}));
    let line = |more: Value| {
        let mut row = json!({"OpportunityId": deal, "PricebookEntryId": entry["Id"], "Quantity": 2});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let one = make("OpportunityLineItem", line(json!({"UnitPrice": 10})));
    let two = make(
        "OpportunityLineItem",
        json!({"OpportunityId": deal, "Product2Id": entry["Product2Id"], "Quantity": 4, "TotalPrice": 8}),
    );
    let shown = first(&format!("SELECT Name, TotalPrice, ListPrice FROM OpportunityLineItem WHERE Id = '{one}'"));
    assert_eq!((&shown["TotalPrice"], &shown["ListPrice"]), (&json!(20.0), &entry["UnitPrice"]));
    assert_eq!(shown["Name"], format!("Deal {}", entry["Product2"]["Name"].as_str().unwrap()));
    assert_eq!(first(&format!("SELECT UnitPrice FROM OpportunityLineItem WHERE Id = '{two}'"))["UnitPrice"], 2.0);
    let worth = || {
        first(&format!("SELECT Amount, ExpectedRevenue, HasOpportunityLineItem FROM Opportunity WHERE Id = '{deal}'"))
    };
    assert_eq!((&worth()["Amount"], &worth()["ExpectedRevenue"]), (&json!(28.0), &json!(2.8)));
    assert_eq!(org.send("PATCH", &format!("sobjects/OpportunityLineItem/{one}"), &json!({"Quantity": 3})).0, 204);
    assert_eq!(worth()["Amount"], 38.0);
    for id in [&one, &two] {
        assert_eq!(org.send("DELETE", &format!("sobjects/OpportunityLineItem/{id}"), &Value::Null).0, 204);
    }
    assert_eq!((&worth()["Amount"], &worth()["HasOpportunityLineItem"]), (&json!(8.0), &json!(false)));
    let (campaign, contact) =
        (first("SELECT Id FROM Campaign")["Id"].clone(), first("SELECT Id, Name FROM Contact ORDER BY Id LIMIT 1"));
    let member =
        make("CampaignMember", json!({"CampaignId": campaign, "ContactId": contact["Id"], "Status": "Responded"}));
    let shown =
        first(&format!("SELECT Name, Type, HasResponded, CompanyOrAccount FROM CampaignMember WHERE Id = '{member}'"));
    assert_eq!(
        (&shown["Name"], &shown["Type"], &shown["HasResponded"]),
        (&contact["Name"], &json!("Contact"), &json!(true))
    );
    assert_eq!(first("SELECT NumberOfContacts, NumberOfResponses FROM Campaign")["NumberOfResponses"], 1);
    let talk =
        make("Event", json!({"Subject": "Talk", "StartDateTime": "2026-03-04T10:00:00Z", "DurationInMinutes": 90}));
    let shown = first(&format!("SELECT EndDateTime, ActivityDate FROM Event WHERE Id = '{talk}'"));
    assert_eq!(
        (&shown["EndDateTime"], &shown["ActivityDate"]),
        (&json!("2026-03-04T11:30:00.000+0000"), &json!("2026-03-04"))
    );
    let fair = make("Event", json!({"Subject": "Fair", "IsAllDayEvent": true, "ActivityDate": "2026-03-04"}));
    let shown = first(&format!("SELECT DurationInMinutes, EndDate FROM Event WHERE Id = '{fair}'"));
    assert_eq!((&shown["DurationInMinutes"], &shown["EndDate"]), (&json!(1440), &json!("2026-03-04")));
    let lead = first("SELECT Id FROM Lead")["Id"].clone();
    for (object, row, code) in [
        ("OpportunityLineItem", line(json!({"UnitPrice": 1, "TotalPrice": 2})), "FIELD_INTEGRITY_EXCEPTION"),
        ("OpportunityLineItem", json!({"OpportunityId": deal, "Quantity": 1}), "REQUIRED_FIELD_MISSING"),
        ("CampaignMember", json!({"CampaignId": campaign, "ContactId": contact["Id"]}), "DUPLICATE_VALUE"),
        ("CampaignMember", json!({"CampaignId": campaign}), "FIELD_INTEGRITY_EXCEPTION"),
        ("Event", json!({"Subject": "x"}), "REQUIRED_FIELD_MISSING"),
        ("Event", json!({"Subject": "x", "StartDateTime": "2026-03-04T10:00:00Z"}), "REQUIRED_FIELD_MISSING"),
        (
            "Event",
            json!({"StartDateTime": "2026-03-04T10:00:00Z", "EndDateTime": "2026-03-04T09:00:00Z"}),
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            "Event",
            json!({"StartDateTime": "2026-03-04T10:00:00Z", "DurationInMinutes": 5, "WhoId": lead, "WhatId": deal}),
            "FIELD_INTEGRITY_EXCEPTION",
        ),
    ] {
        let (_, body) = org.send("POST", &format!("sobjects/{object}"), &row);
        assert_eq!(body[0]["errorCode"], code, "{object} {row} {body}");
    }
}
