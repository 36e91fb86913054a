//! `query?explain=`: how the rows of a query are found, as SQLite plans it, with rows counted in the data.

use rusqlite::{Connection, params_from_iter};
use serde_json::{Value as Json, json};

use super::plan::Plan;
use crate::failure::Refusal;
use crate::schema::Schema;

/// Rows are counted up to here; a plan needs no more exactness.
const MOST_COUNTED: u64 = 100_000;

/// The plans for a query, the cheapest first.
pub(crate) fn plans(conn: &Connection, schema: &Schema, plan: &Plan) -> Result<Vec<Json>, Refusal> {
    let has_bin = schema.object(&plan.object).is_some_and(|object| object.has_bin());
    let all: u64 = conn
        .query_row(&format!("SELECT count(*) FROM \"{}\"", plan.object), [], |row| row.get::<_, i64>(0))?
        .unsigned_abs();
    let found: u64 = conn
        .query_row(&plan.count_sql(Some(MOST_COUNTED)), params_from_iter(&plan.values), |row| row.get::<_, i64>(0))?
        .unsigned_abs();
    let steps = steps(conn, plan)?;
    let share = |rows: u64| if all == 0 { 0.0 } else { (rows as f64 / all as f64 * 1000.0).round() / 1000.0 };
    let unindexed: Vec<Json> = has_bin
        .then(|| {
            json!({
                "description": "Not considering filter for optimization because unindexed",
                "fields": ["IsDeleted"],
                "tableEnumOrId": plan.object,
            })
        })
        .into_iter()
        .collect();
    let entry = |fields: Vec<String>, operation: &str, cardinality: u64, cost: f64| {
        json!({
            "cardinality": cardinality,
            "fields": fields,
            "leadingOperationType": operation,
            "notes": unindexed,
            "relativeCost": cost,
            "sobjectCardinality": all,
            "sobjectType": plan.object,
        })
    };
    let scan = entry(Vec::new(), "TableScan", if all > MOST_COUNTED { all } else { found }, 0.6 + share(all) * 2.2);
    let indexed = steps.iter().find_map(|step| indexed_fields(step));
    Ok(match indexed {
        Some(fields) => vec![entry(fields, "Index", found, share(found)), scan],
        None => vec![scan],
    })
}

fn steps(conn: &Connection, plan: &Plan) -> Result<Vec<String>, Refusal> {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {}", plan.sql(None)))?;
    let steps = statement.query_map(params_from_iter(&plan.values), |row| row.get(3))?;
    Ok(steps.collect::<rusqlite::Result<_>>()?)
}

/// The fields by which the queried object's rows are looked up, if a step does: `SEARCH t0 USING INDEX … (Name=?)`.
fn indexed_fields(step: &str) -> Option<Vec<String>> {
    let rest = step.strip_prefix("SEARCH t0 USING ")?;
    let terms = rest.split_once('(')?.1.trim_end_matches(')');
    let name = |term: &str| term.split(['=', '<', '>']).next().unwrap_or_default().trim().to_owned();
    let mut fields: Vec<String> = terms.split(" AND ").map(name).collect();
    fields.dedup();
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Database;
    use crate::soql::plan::Context;
    use crate::soql::run;

    #[test]
    fn indexed_filters_use_their_index() {
        let schema = Schema::standard();
        let (database, _) = Database::open(None, &schema).unwrap();
        let context = Context { schema: &schema, version: 67, deleted: false, user: "" };
        for (rest, field) in [
            ("Account WHERE ERP_Id__c = 'x'", "ERP_Id__c"),
            ("Account WHERE Id = '001Lk0000000001'", "Id"),
            ("Account WHERE Id IN ('001Lk0000000001', '001Lk0000000002')", "Id"),
            ("Contact WHERE AccountId = '001Lk0000000001'", "AccountId"),
            ("Opportunity WHERE Name LIKE 'abc%'", "Name"),
            (
                "Account WHERE SystemModstamp >= 2026-01-01T00:00:00Z ORDER BY SystemModstamp, Id LIMIT 2000",
                "SystemModstamp",
            ),
        ] {
            let plan = run::prepare(context, &format!("SELECT Id FROM {rest}")).unwrap();
            let steps = database.read(|conn| steps(conn, &plan)).unwrap();
            let fields = steps.iter().find_map(|step| indexed_fields(step)).unwrap_or_default();
            assert!(fields.iter().any(|known| known == field), "{rest}: {steps:?}");
            assert!(
                !steps.iter().any(|step| step.contains("TEMP B-TREE") && field == "SystemModstamp"),
                "{rest}: {steps:?}"
            );
        }
    }
}
