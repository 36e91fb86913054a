//! What SQLite is taught, so that texts compare, dates divide and places lie apart as they do in Salesforce.

use jiff::tz::TimeZone;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

use super::{collate, dates, format, place};
use crate::sosl::term::{self, Term};

/// Adds the collation and the functions to a connection.
pub(crate) fn register(conn: &Connection) -> rusqlite::Result<()> {
    conn.create_collation("sf_ci", collate::compare)?;
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("sf_like", 2, pure, |call| {
        let value: Option<String> = call.get(0)?;
        let pattern = call.get_or_create_aux(1, |given| given.as_str().map(collate::Pattern::new))?;
        Ok(value.map(|value| pattern.fits(&value)))
    })?;
    conn.create_scalar_function("sf_holds", 2, pure, |call| {
        let value: Option<String> = call.get(0)?;
        let wanted: String = call.get(1)?;
        Ok(value.is_some_and(|value| collate::holds_all(&value, &wanted)))
    })?;
    // The number of columns is the object's affair.
    conn.create_scalar_function("sf_found", -1, pure, |call| {
        let term =
            call.get_or_create_aux(0, |given| given.as_str().map(|text| Term::read(text).unwrap_or(Term::Nothing)))?;
        let texts = (1..call.len()).filter_map(|place| call.get_raw(place).as_str().ok());
        Ok(term.fits(&texts.map(term::words).collect::<Vec<_>>()))
    })?;
    conn.create_scalar_function("sf_date_part", 4, pure, |call| {
        let part: String = call.get(0)?;
        let zone = zone(call, 2)?;
        let month: i8 = call.get(3)?;
        dates::part(&part, call.get_raw(1), &zone, month).map_err(failed)
    })?;
    conn.create_scalar_function("sf_format", 4, pure, |call| {
        let kind: String = call.get(1)?;
        let scale: u32 = call.get(2)?;
        let zone = zone(call, 3)?;
        Ok(format::text(call.get_raw(0), &kind, scale as usize, &zone))
    })?;
    conn.create_scalar_function("sf_distance", 5, pure, |call| {
        let mut degrees = [0.0; 4];
        for (place, degree) in degrees.iter_mut().enumerate() {
            match call.get::<Option<f64>>(place)? {
                Some(value) => *degree = value,
                None => return Ok(None),
            }
        }
        let miles: bool = call.get(4)?;
        Ok(Some(place::distance((degrees[0], degrees[1]), (degrees[2], degrees[3]), miles)))
    })?;
    Ok(())
}

/// The zone that an argument names, looked up once a statement.
fn zone(call: &Context<'_>, argument: i32) -> rusqlite::Result<std::sync::Arc<TimeZone>> {
    call.get_or_create_aux(argument, |given| given.as_str().map(|name| TimeZone::get(name).unwrap_or(TimeZone::UTC)))
}

fn failed(error: String) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(error.into())
}
