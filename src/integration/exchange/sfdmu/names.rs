//! Lookup fields by name. `export.json` names the field, `AccountId`, and leaves to the org what it leads to; read without an org,
//! the names that Salesforce gives have to do.

/// What a standard lookup field leads to; `own` is the object that has it.
pub(super) fn standard_parent<'a>(field: &str, own: &'a str) -> Option<&'a str> {
    Some(match field.to_ascii_lowercase().as_str() {
        "parentid" => own,
        "ownerid" | "createdbyid" | "lastmodifiedbyid" | "userid" | "managerid" => "User",
        "reportstoid" | "contactid" | "customersignedid" | "billtocontactid" | "shiptocontactid" => "Contact",
        "accountid" => "Account",
        "opportunityid" => "Opportunity",
        "opportunitylineitemid" => "OpportunityLineItem",
        "campaignid" => "Campaign",
        "caseid" => "Case",
        "leadid" => "Lead",
        "orderid" => "Order",
        "orderitemid" => "OrderItem",
        "contractid" => "Contract",
        "quoteid" => "Quote",
        "assetid" => "Asset",
        "product2id" => "Product2",
        "pricebook2id" => "Pricebook2",
        "pricebookentryid" => "PricebookEntry",
        "recordtypeid" => "RecordType",
        "profileid" => "Profile",
        "userroleid" => "UserRole",
        "individualid" => "Individual",
        _ => return None,
    })
}

/// The relationship of a lookup field: `AccountId` as `Account`, `Region__c` as `Region__r`.
pub(super) fn relationship(field: &str) -> Option<String> {
    match field.strip_suffix("__c") {
        Some(name) => Some(format!("{name}__r")),
        None => field.strip_suffix("Id").filter(|name| !name.is_empty()).map(str::to_owned),
    }
}

/// The lookup field of a relationship.
pub(super) fn lookup_field(relationship: &str) -> String {
    match relationship.strip_suffix("__r") {
        Some(name) => format!("{name}__c"),
        None => format!("{relationship}Id"),
    }
}

/// Whether a selected word stands for fields that only the org can list: `all`, `custom_true`.
pub(super) fn is_wildcard(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    field == "all" || (!field.contains("__") && (field.ends_with("_true") || field.ends_with("_false")))
}

/// Whether a text can be the name of a field or an object.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
