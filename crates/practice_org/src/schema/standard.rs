//! The objects that come with the program: one file each, in the order in which describe lists them.

use super::object::{Object, ObjectEntry};

const FILES: [&str; 22] = [
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
];

/// The objects, without their places.
pub(super) fn objects() -> Vec<Object> {
    FILES
        .iter()
        .map(|file| {
            let entry: ObjectEntry = serde_json::from_str(file).expect("the files are checked by the tests");
            Object::new(entry)
        })
        .collect()
}
