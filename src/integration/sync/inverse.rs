//! How values go back: the inverse of a line, where it has one.

use crate::mapping::{Blank, Expression, Otherwise, Rule, Table, ValueMap};
use crate::record::{Field, Kind};

/// The rule that brings the value of a line back into its column; why there is none, where there is none.
pub(super) fn inverse(rule: &Rule, column: &Field, field: &Field, tables: &[Table]) -> Result<Rule, &'static str> {
    if !matches!(rule.from, Expression::Column(_)) {
        return Err("it comes from a formula or a constant");
    }
    if rule.lookup.is_some() {
        return Err("it is looked up");
    }
    let map = rule.map.as_ref().map(|map| turned(map, tables)).transpose()?;
    let from = match (field.kind, column.kind) {
        (Kind::Boolean, Kind::Integer | Kind::Number) if map.is_none() && !rule.target.contains('.') => {
            Expression::Formula(format!("IF({}, 1, 0)", rule.target))
        }
        _ => Expression::Column(rule.target.clone()),
    };
    Ok(Rule { map, blank: Blank::Clear, ..Rule::new(column.name.clone(), from) })
}

/// The value map in the other direction; each of its values must come from one alone.
fn turned(map: &ValueMap, tables: &[Table]) -> Result<ValueMap, &'static str> {
    let listed = map.table.as_ref().map(|name| tables.iter().find(|table| table.name.eq_ignore_ascii_case(name)));
    let rows: Vec<(String, String)> = match listed {
        None => map.rows.clone(),
        Some(None) => return Err("its table is not there"),
        Some(Some(table)) => {
            let at = |row: &[String], index: usize| row.get(index).cloned().unwrap_or_default();
            table.rows.iter().map(|row| (at(row, 0), at(row, 1))).collect()
        }
    };
    let plain = |text: &str| if map.match_case { text.trim().to_owned() } else { text.trim().to_lowercase() };
    let mut to: Vec<_> = rows.iter().map(|(_, to)| plain(to)).collect();
    let all = to.len();
    to.sort_unstable();
    to.dedup();
    if to.len() < all {
        return Err("its value map leads from several values to one");
    }
    let otherwise = match map.otherwise {
        Otherwise::Keep => Otherwise::Keep,
        Otherwise::Reject => Otherwise::Reject,
        Otherwise::Blank | Otherwise::Default(_) => {
            return Err("its value map makes one value of all that are not listed");
        }
    };
    let rows = rows.into_iter().map(|(from, to)| (to, from)).collect();
    Ok(ValueMap { table: None, rows, match_case: map.match_case, otherwise })
}
