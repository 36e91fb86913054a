//! The objects that come with the program: one file each, in the order in which describe lists them.

use super::object::{Object, ObjectEntry};

const FILES: [&str; 36] = [
    include_str!("standard/Account.json"),
    include_str!("standard/Contact.json"),
    include_str!("standard/Lead.json"),
    include_str!("standard/Opportunity.json"),
    include_str!("standard/Case.json"),
    include_str!("standard/Product2.json"),
    include_str!("standard/Pricebook2.json"),
    include_str!("standard/PricebookEntry.json"),
    include_str!("standard/Order.json"),
    include_str!("standard/OrderItem.json"),
    include_str!("standard/Campaign.json"),
    include_str!("standard/Task.json"),
    include_str!("standard/User.json"),
    include_str!("standard/Profile.json"),
    include_str!("standard/Organization.json"),
    include_str!("standard/RecordType.json"),
    include_str!("standard/Event.json"),
    include_str!("standard/OpportunityContactRole.json"),
    include_str!("standard/OpportunityLineItem.json"),
    include_str!("standard/CampaignMember.json"),
    include_str!("standard/UserRole.json"),
    include_str!("standard/Group.json"),
    include_str!("standard/EntityDefinition.json"),
    include_str!("standard/FieldDefinition.json"),
    include_str!("standard/Asset.json"),
    include_str!("standard/Contract.json"),
    include_str!("standard/Quote.json"),
    include_str!("standard/QuoteLineItem.json"),
    include_str!("standard/Individual.json"),
    include_str!("standard/OpportunityHistory.json"),
    include_str!("standard/OperatingHours.json"),
    include_str!("standard/DandBCompany.json"),
    include_str!("standard/BusinessProcess.json"),
    include_str!("standard/Calendar.json"),
    include_str!("standard/ExternalDataSource.json"),
    include_str!("standard/UserLicense.json"),
];

/// What only the Tooling API shows.
const TOOLING: [&str; 11] = [
    include_str!("tooling/CustomField.json"),
    include_str!("tooling/CustomObject.json"),
    include_str!("standard/EntityDefinition.json"),
    include_str!("standard/FieldDefinition.json"),
    include_str!("standard/User.json"),
    // Always empty: there is no Apex here. Clients ask whether there is any.
    include_str!("tooling/ApexClass.json"),
    include_str!("tooling/ApexTrigger.json"),
    include_str!("tooling/ApexLog.json"),
    include_str!("tooling/TraceFlag.json"),
    include_str!("tooling/DebugLevel.json"),
    include_str!("tooling/InstalledSubscriberPackage.json"),
];

/// The objects of the REST API, without their places.
pub(super) fn objects() -> Vec<Object> {
    read(&FILES)
}

/// The objects of the Tooling API, without their places.
pub(super) fn tooling() -> Vec<Object> {
    read(&TOOLING)
}

fn read(files: &[&str]) -> Vec<Object> {
    files
        .iter()
        .map(|file| {
            let entry: ObjectEntry = serde_json::from_str(file).expect("the files are checked by the tests");
            Object::new(entry)
        })
        .collect()
}
