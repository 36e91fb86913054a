//! As many generated rows of chosen objects as wanted: for finding out how something behaves with a million of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::planter::Planter;
use super::words::{CITIES, FAMILY, FIRMS, GIVEN, TRADES};
use crate::database::Database;
use crate::failure::{Failure, Refusal};
use crate::ids;
use crate::noise::Noise;
use crate::schema::{Field, Kind, Object, Schema};

/// Rows of one transaction.
const TOGETHER: u64 = 10_000;

/// Optional fields that are filled too, wherever an object has them: what people look at, filter and join by.
const LIKED: [&str; 18] = [
    "FirstName",
    "Email",
    "Phone",
    "Title",
    "Industry",
    "Type",
    "BillingCity",
    "BillingCountry",
    "MailingCity",
    "City",
    "Country",
    "AnnualRevenue",
    "NumberOfEmployees",
    "Amount",
    "AccountId",
    "ERP_Id__c",
    "Subject",
    "LeadSource",
];

/// Plants so many rows of each object; parents before their children.
pub(super) fn plant(schema: &Schema, database: &Database, counts: &BTreeMap<String, u64>) -> Result<(), Refusal> {
    let mut wanted: Vec<(&Object, u64)> = Vec::new();
    for (name, count) in counts {
        let object = schema
            .object(name)
            .ok_or_else(|| Failure::new("INVALID_TYPE", format!("sObject type '{name}' is not supported.")))?;
        wanted.push((object, *count));
    }
    // Within the objects of a usual org, parents have the smaller number of required parents of their own.
    wanted.sort_by_key(|(object, _)| (depth(schema, object, 0), object.number));
    let user = super::user_id();
    let mut noise = Noise::new(1_000_000);
    for (object, count) in wanted {
        let mut done = 0;
        while done < count {
            let end = (done + TOGETHER).min(count);
            database.write(|pen| {
                let mut planter = Planter::new(schema, pen, &user);
                for number in done..end {
                    let cells = row(schema, object, number + 1, counts, &mut noise);
                    planter.row(&object.name, &cells)?;
                }
                Ok(())
            })?;
            done = end;
        }
    }
    Ok(())
}

/// How many parents stand above an object, as far as rows will point to them.
fn depth(schema: &Schema, object: &Object, above: usize) -> usize {
    const ENOUGH: usize = 6;
    if above >= ENOUGH {
        return above;
    }
    let parents = object.fields.iter().filter(|field| is_wanted(field) && field.kind == Kind::Reference);
    let deepest = parents
        .filter_map(|field| schema.object(field.to.first()?))
        .filter(|parent| parent.number != object.number)
        .map(|parent| depth(schema, parent, above + 1));
    deepest.max().unwrap_or(above)
}

fn is_wanted(field: &Field) -> bool {
    field.createable && !field.hidden && (field.required || LIKED.contains(&field.name.as_str()) || field.external_id)
}

fn row(
    schema: &Schema,
    object: &Object,
    number: u64,
    counts: &BTreeMap<String, u64>,
    noise: &mut Noise,
) -> Map<String, Json> {
    let mut cells = Map::new();
    for field in object.fields.iter().filter(|field| is_wanted(field)) {
        if let Some(value) = value(schema, object, field, number, counts, noise) {
            cells.insert(field.name.clone(), value);
        }
    }
    cells
}

fn value(
    schema: &Schema,
    object: &Object,
    field: &Field,
    number: u64,
    counts: &BTreeMap<String, u64>,
    noise: &mut Noise,
) -> Option<Json> {
    let of = |list: &[&str], noise: &mut Noise| list[noise.below(list.len())].to_owned();
    Some(match field.kind {
        Kind::Reference => {
            let parent = schema.object(field.to.first()?)?;
            // Every object that there is one of in each org has a first row.
            let most = counts.get(&parent.name).copied().unwrap_or(1).max(1);
            let exists =
                counts.contains_key(&parent.name) || ["User", "Profile", "Pricebook2"].contains(&&*parent.name);
            exists.then(|| json!(ids::make(&parent.prefix, 1 + noise.below(most as usize) as u64)))?
        }
        Kind::Boolean => json!(noise.happens(0.5)),
        Kind::Int => json!(1 + noise.below(5000)),
        Kind::Currency | Kind::Double | Kind::Percent => {
            let whole = field.precision.saturating_sub(field.scale).clamp(1, 6);
            json!((1 + noise.below(10_usize.pow(whole) - 1)) as f64)
        }
        Kind::Date => {
            json!(format!("20{:02}-{:02}-{:02}", 20 + noise.below(6), 1 + noise.below(12), 1 + noise.below(28)))
        }
        Kind::DateTime => json!(format!(
            "20{:02}-{:02}-{:02}T08:00:00Z",
            20 + noise.below(6),
            1 + noise.below(12),
            1 + noise.below(28)
        )),
        Kind::Time => json!("08:00:00.000Z"),
        Kind::Picklist | Kind::MultiPicklist if !field.values.is_empty() => {
            json!(field.values[noise.below(field.values.len())])
        }
        Kind::Email => json!(format!("row{number}@large.example")),
        Kind::Url => json!(format!("https://large.example/{number}")),
        Kind::Phone => json!(format!("+1 555 {number:07}")),
        Kind::Id | Kind::Address => return None,
        _ => {
            let text = match field.name.as_str() {
                "Username" => format!("row{number}@large.example"),
                "FirstName" => of(&GIVEN, noise),
                "LastName" => format!("{} {number}", of(&FAMILY, noise)),
                "Alias" => format!("r{number}"),
                "BillingCity" | "MailingCity" | "City" => CITIES[noise.below(CITIES.len())].0.to_owned(),
                "BillingCountry" | "Country" => CITIES[noise.below(CITIES.len())].1.to_owned(),
                "Name" | "Company" => format!("{} {} {number}", of(&FIRMS, noise), TRADES[noise.below(TRADES.len())].0),
                _ if field.external_id => format!("L{number}"),
                "TimeZoneSidKey" => "GMT".to_owned(),
                "LocaleSidKey" | "LanguageLocaleKey" => "en_US".to_owned(),
                "EmailEncodingKey" => "UTF-8".to_owned(),
                _ => format!("{} {number}", object.label),
            };
            json!(text.chars().take(field.length.max(1)).collect::<String>())
        }
    })
}
