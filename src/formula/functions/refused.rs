//! What Salesforce has and means nothing outside an org: named, so that the reason and the way out can be told.

use super::{Function, Group, Run, Signature, any, function, optional, repeated};
use crate::formula::value::Type;

const ANYTHING: &[Signature] =
    &[Signature { parameters: &[optional(repeated(any("…")))], result: Type::Null, run: Run::Refused }];

const fn refused(name: &'static str, help: &'static str) -> Function {
    function(name, Group::Refused, ANYTHING, help, &[])
}

/// Globals of an org that a file does not know.
pub const GLOBALS: [&str; 13] = [
    "$Action",
    "$Api",
    "$CustomMetadata",
    "$Label",
    "$ObjectType",
    "$Organization",
    "$Permission",
    "$Profile",
    "$RecordType",
    "$Setup",
    "$System",
    "$User",
    "$UserRole",
];

pub(super) const ALL: &[Function] = &[
    refused("CURRENCYRATE", "Rates are kept in the org. Put them into a table and use LOOKUP(table, key, column)."),
    refused("GETRECORDIDS", "Selected records exist on a page of the org only. Filter rows in the source instead."),
    refused(
        "GETSESSIONID",
        "A session belongs to a person in an org, and should not be in data. There is nothing to use instead.",
    ),
    refused("IMAGEPROXYURL", "The proxy is part of an org's pages. Use the address itself, or IMAGE(url, text)."),
    refused("INCLUDE", "S-controls are part of an org's pages. There is nothing to use instead."),
    refused("JUNCTIONIDLIST", "Junctions are records of an org. Load them as a step of their own."),
    refused("LINKTO", "Links to pages need an org. Use HYPERLINK(url, label) with the org's address."),
    refused("PARENTGROUPVAL", "Groups exist in reports only. Compute the value in the source."),
    refused("PREDICT", "Predictions are made in the org. Compute the field there after the load."),
    refused("PREVGROUPVAL", "Groups exist in reports only. Compute the value in the source."),
    refused("REQUIRESCRIPT", "Scripts are part of an org's pages. There is nothing to use instead."),
    refused("URLFOR", "Addresses of pages need an org. Join the address with &."),
    refused(
        "VLOOKUP",
        "It searches records of the org. Use LOOKUP(table, key, column) or MAPVALUE(table, value), or a lookup rule of the mapping.",
    ),
];
