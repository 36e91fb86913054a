//! By REST or by the Bulk API: chosen by what is asked for and how many rows there are, and said why.

use super::{Asking, Hear, patient};
use crate::connect::Api;
use crate::record::{Field, Kind};
use crate::salesforce::Soql;
use serde::{Deserialize, Serialize};

/// Rows from which on a Bulk job costs less than pages of 2,000.
const MANY: u64 = 10_000;

/// What a person says about the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiWish {
    /// Whatever fits.
    #[default]
    Auto,
    /// REST: pages of up to 2,000 rows, at once.
    Rest,
    /// A Bulk query job, unless it does not take the query.
    Bulk,
}

/// How many rows there are, and how they would come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsEstimate {
    /// Rows, where they can be counted.
    pub rows: Option<u64>,
    /// The API that would be used.
    pub api: Api,
    /// Why that one, in a sentence.
    pub why: String,
}

/// Counts the rows, if they can be counted, and chooses the API. `fields` are those of the columns, where these are known.
pub(in crate::workspace) fn choose(
    asking: &Asking,
    wish: ApiWish,
    fields: &[Field],
    hear: &mut Hear<'_>,
) -> RowsEstimate {
    let soql = Soql::read(&asking.soql);
    let rows = soql.as_ref().and_then(|soql| {
        let count = Asking { soql: soql.count()?, ..asking.clone() };
        let answer = patient(&asking.cancel, hear, || count.org.query(&count.soql, count.deleted, &count.cancel));
        match answer {
            Ok(page) => Some(page.total.min(soql.most().unwrap_or(u64::MAX))),
            // Some queries can be answered and not counted; what is wrong with others is told when they are asked.
            Err(failed) => {
                tracing::debug!("rows cannot be counted: {}", failed.message());
                None
            }
        }
    });
    let compound = fields.iter().find(|field| field.kind == Kind::Compound);
    let refused = match (&soql, compound) {
        (None, _) => Some("a query whose clauses cannot be told apart".to_owned()),
        (_, Some(field)) => Some(format!("compound fields such as {}", field.name)),
        (Some(soql), None) => soql.beyond_bulk().map(str::to_owned),
    };
    let (api, why) = decide(wish, refused.as_deref(), rows);
    RowsEstimate { rows, api, why }
}

/// `refused`: what the Bulk API does not take.
fn decide(wish: ApiWish, refused: Option<&str>, rows: Option<u64>) -> (Api, String) {
    match (wish, refused, rows) {
        (ApiWish::Rest, ..) => (Api::Rest, "REST because you chose it".to_owned()),
        (_, Some(what), _) => (Api::Rest, format!("REST because the Bulk API does not take {what}")),
        (ApiWish::Bulk, ..) => (Api::Bulk, "Bulk API because you chose it".to_owned()),
        (ApiWish::Auto, _, None) => (Api::Rest, "REST because the rows cannot be counted beforehand".to_owned()),
        (ApiWish::Auto, _, Some(1)) => (Api::Rest, "REST because 1 row fits on a page".to_owned()),
        (ApiWish::Auto, _, Some(rows)) if rows < MANY => {
            (Api::Rest, format!("REST because {} rows are fewer than {}", grouped(rows), grouped(MANY)))
        }
        (ApiWish::Auto, _, Some(rows)) => {
            (Api::Bulk, format!("Bulk API because {} rows are {} or more", grouped(rows), grouped(MANY)))
        }
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_has_a_reason() {
        for (wish, refused, rows, api, why) in [
            (ApiWish::Auto, None, Some(9_999), Api::Rest, "9,999 rows"),
            (ApiWish::Auto, None, Some(1_234_567), Api::Bulk, "1,234,567 rows"),
            (ApiWish::Auto, None, None, Api::Rest, "counted"),
            (ApiWish::Auto, Some("GROUP BY"), None, Api::Rest, "GROUP BY"),
            (ApiWish::Bulk, Some("TYPEOF"), Some(50_000), Api::Rest, "TYPEOF"),
            (ApiWish::Bulk, None, Some(5), Api::Bulk, "you chose"),
            (ApiWish::Rest, None, Some(500_000), Api::Rest, "you chose"),
        ] {
            let (chosen, reason) = decide(wish, refused, rows);
            assert!(chosen == api && reason.contains(why), "{wish:?} {refused:?} {rows:?}: {reason}");
        }
    }
}
