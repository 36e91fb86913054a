//! What functions have made ready of their literals when a formula is compiled: patterns, formats, tables, search texts.

use super::super::functions::numbers;
use super::super::functions::own::Path;
use super::super::functions::parse::{DateFormat, NumberFormat};
use super::super::nearest::nearest;
use super::super::node::Prepared;
use super::super::pattern::Pattern;
use super::super::problem::{Problem, ProblemKind};
use super::super::scope::Table;
use super::{Checker, Typed};
use jiff::tz::TimeZone;
use std::sync::Arc;

type Ready = Result<Prepared, Problem>;

/// Rows must know their previous version.
pub(in crate::formula) fn needs_previous(checker: &Checker<'_>, _arguments: &[Typed]) -> Ready {
    if checker.scope.previous {
        return Ok(Prepared::Nothing);
    }
    let message = "This source does not know what its rows were before";
    let problem = Problem::new(ProblemKind::UnsupportedOffline, 0..0, message);
    Err(problem.hint("Use a source that offers changes, such as a change feed."))
}

pub(in crate::formula) fn not_blank(_checker: &Checker<'_>, arguments: &[Typed]) -> Ready {
    match arguments.get(1) {
        Some(value) if value.known_text().is_some_and(|text| text.trim().is_empty()) => {
            let problem = Problem::new(ProblemKind::BadLiteralArg, value.span.clone(), "The value must not be blank");
            Err(problem.hint("To test for none selected use ISBLANK(field)."))
        }
        _ => Ok(Prepared::Nothing),
    }
}

fn finder(arguments: &[Typed], index: usize) -> Ready {
    Ok(match arguments.get(index).and_then(Typed::known_text) {
        Some(text) if !text.is_empty() => {
            Prepared::Finder(Arc::new(memchr::memmem::Finder::new(text.as_bytes()).into_owned()))
        }
        _ => Prepared::Nothing,
    })
}

pub(in crate::formula) fn finder_first(_checker: &Checker<'_>, arguments: &[Typed]) -> Ready {
    finder(arguments, 0)
}

pub(in crate::formula) fn finder_second(_checker: &Checker<'_>, arguments: &[Typed]) -> Ready {
    finder(arguments, 1)
}

fn compiled(arguments: &[Typed], whole: bool) -> Ready {
    let Some((pattern, text)) = arguments.get(1).and_then(|pattern| Some((pattern, pattern.known_text()?))) else {
        return Ok(Prepared::Nothing);
    };
    match Pattern::new(text, whole) {
        Ok(pattern) => Ok(Prepared::Pattern(Arc::new(pattern))),
        Err(message) => {
            let problem = Problem::new(ProblemKind::BadRegex, pattern.span.clone(), message);
            Err(problem.hint("Write a backslash twice: \"\\\\d\" is a digit."))
        }
    }
}

pub(in crate::formula) fn whole_pattern(_checker: &Checker<'_>, arguments: &[Typed]) -> Ready {
    compiled(arguments, true)
}

pub(in crate::formula) fn pattern(_checker: &Checker<'_>, arguments: &[Typed]) -> Ready {
    compiled(arguments, false)
}

pub(in crate::formula) fn on_earth(_checker: &Checker<'_>, arguments: &[Typed]) -> Ready {
    let [latitude, longitude] = arguments else { return Ok(Prepared::Nothing) };
    for (value, beside) in [(latitude, true), (longitude, false)] {
        let Some(degrees) = value.known_number().map(|number| number.to_f64()) else { continue };
        let on_earth = if beside { numbers::is_on_earth(degrees, 0.0) } else { numbers::is_on_earth(0.0, degrees) };
        if !on_earth {
            let message = if beside { "A latitude is -90 to 90" } else { "A longitude is -180 to 180" };
            return Err(Problem::new(ProblemKind::BadLiteralArg, value.span.clone(), message));
        }
    }
    Ok(Prepared::Nothing)
}

pub(in crate::formula) fn unit(_checker: &Checker<'_>, arguments: &[Typed]) -> Ready {
    match arguments.get(2) {
        Some(unit) if unit.known_text().is_some_and(|text| numbers::radius(text).is_none()) => {
            Err(Problem::new(ProblemKind::BadLiteralArg, unit.span.clone(), "DISTANCE takes \"km\" or \"mi\" as unit"))
        }
        _ => Ok(Prepared::Nothing),
    }
}

fn format_of(arguments: &[Typed], day: bool) -> Result<Arc<DateFormat>, Problem> {
    let Some(format) = arguments.get(1) else {
        return Err(Problem::new(ProblemKind::ArgCount, 0..0, "A format lacks"));
    };
    let wrong = |message: String| {
        Problem::new(ProblemKind::BadLiteralArg, format.span.clone(), message)
            .hint("Write a format such as dd.MM.yyyy or yyyy-MM-dd HH:mm:ss.")
    };
    let read = DateFormat::new(format.known_text().unwrap_or_default()).map_err(wrong)?;
    if day && !read.has_day() {
        return Err(wrong("The format must tell year, month and day".to_owned()));
    }
    Ok(Arc::new(read))
}

pub(in crate::formula) fn date_format(_checker: &Checker<'_>, arguments: &[Typed]) -> Ready {
    Ok(Prepared::Date(format_of(arguments, true)?, None))
}

pub(in crate::formula) fn date_time_format(_checker: &Checker<'_>, arguments: &[Typed]) -> Ready {
    let format = format_of(arguments, true)?;
    let Some(zone) = arguments.get(2) else { return Ok(Prepared::Date(format, None)) };
    match TimeZone::get(zone.known_text().unwrap_or_default()) {
        Ok(found) => Ok(Prepared::Date(format, Some(found))),
        Err(_) => {
            let message = format!("There is no time zone {}", zone.known_text().unwrap_or_default());
            let problem = Problem::new(ProblemKind::BadLiteralArg, zone.span.clone(), message);
            Err(problem.hint("Write a name such as Europe/Berlin or UTC."))
        }
    }
}

pub(in crate::formula) fn number_format(_checker: &Checker<'_>, arguments: &[Typed]) -> Ready {
    let Some(example) = arguments.get(1) else { return Ok(Prepared::Nothing) };
    match NumberFormat::new(example.known_text().unwrap_or_default()) {
        Ok(format) => Ok(Prepared::Number(format)),
        Err(message) => Err(Problem::new(ProblemKind::BadLiteralArg, example.span.clone(), message)
            .hint("Write 1234.56 the way it is written in the source.")),
    }
}

pub(in crate::formula) fn path(_checker: &Checker<'_>, arguments: &[Typed]) -> Ready {
    let Some(path) = arguments.get(1) else { return Ok(Prepared::Nothing) };
    match Path::new(path.known_text().unwrap_or_default()) {
        Ok(path) => Ok(Prepared::Path(Arc::new(path))),
        Err(message) => Err(Problem::new(ProblemKind::BadLiteralArg, path.span.clone(), message)),
    }
}

fn table(checker: &Checker<'_>, arguments: &[Typed]) -> Result<Arc<Table>, Problem> {
    let (name, span) =
        arguments.first().map_or(("", 0..0), |name| (name.known_text().unwrap_or_default(), name.span.clone()));
    checker.scope.tables.table(name).ok_or_else(|| {
        let names = checker.scope.tables.names();
        let hint = match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("Did you mean \"{near}\"?"),
            None if names.is_empty() => "The integration has no tables yet.".to_owned(),
            None => format!("There are: {}.", names.join(", ")),
        };
        Problem::new(ProblemKind::UnknownTable, span, format!("There is no table \"{name}\"")).hint(hint)
    })
}

pub(in crate::formula) fn map(checker: &Checker<'_>, arguments: &[Typed]) -> Ready {
    let table = table(checker, arguments)?;
    if table.columns().len() < 2 {
        let span = arguments.first().map_or(0..0, |name| name.span.clone());
        let message = format!("The table \"{}\" has no second column", table.name());
        return Err(Problem::new(ProblemKind::UnknownTable, span, message));
    }
    Ok(Prepared::Table(table, 1))
}

pub(in crate::formula) fn lookup(checker: &Checker<'_>, arguments: &[Typed]) -> Ready {
    let table = table(checker, arguments)?;
    let (name, span) =
        arguments.get(2).map_or(("", 0..0), |name| (name.known_text().unwrap_or_default(), name.span.clone()));
    match table.column(name) {
        Some(column) => Ok(Prepared::Table(table, column)),
        None => {
            let columns = table.columns();
            let hint = match nearest(name, columns.iter().map(String::as_str)) {
                Some(near) => format!("Did you mean \"{near}\"?"),
                None => format!("It has: {}.", columns.join(", ")),
            };
            let message = format!("The table \"{}\" has no column \"{name}\"", table.name());
            Err(Problem::new(ProblemKind::UnknownTable, span, message).hint(hint))
        }
    }
}
