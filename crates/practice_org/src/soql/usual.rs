//! The order of rows when a query names none.
//!
//! Salesforce promises none, but pages of one query must agree. Rows come in the order of their ids, unless they are asked
//! for by when they changed: then in that order, in which the index has them, so that a page of two thousand out of a
//! million costs two thousand.

use super::ast::{Condition, Operand, Query};

/// The field that rows come in the order of, before their ids.
pub(super) fn order(query: &Query) -> Option<&'static str> {
    const CHANGED: &str = "SystemModstamp";
    let ranges = |condition: &Condition| match condition {
        Condition::Compare { left: Operand::Path(path), operator, .. } => {
            matches!(*operator, "<" | "<=" | ">" | ">=") && matches!(path.parts.as_slice(), [name] if name.is(CHANGED))
        }
        _ => false,
    };
    let found = match query.condition.as_ref()? {
        Condition::And(all) => all.iter().any(ranges),
        one => ranges(one),
    };
    (found && query.order.is_empty()).then_some(CHANGED)
}

#[cfg(test)]
mod tests {
    use super::order;
    use crate::soql::parser::parse;

    #[test]
    fn only_a_range_of_changes_has_an_order_of_its_own() {
        let day = "2026-01-01T00:00:00Z";
        for (rest, own) in [
            (format!("WHERE SystemModstamp > {day}"), true),
            (format!("WHERE Name = 'A' AND systemmodstamp >= {day} AND SystemModstamp < {day}"), true),
            (format!("WHERE SystemModstamp > {day} ORDER BY Name"), false),
            (format!("WHERE SystemModstamp > {day} OR Name = 'A'"), false),
            (format!("WHERE SystemModstamp = {day}"), false),
            (format!("WHERE Owner.SystemModstamp > {day}"), false),
            (String::new(), false),
        ] {
            let query = parse(&format!("SELECT Id FROM Account {rest}")).unwrap();
            assert_eq!(order(&query).is_some(), own, "{rest}");
        }
    }
}
