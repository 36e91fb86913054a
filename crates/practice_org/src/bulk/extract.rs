//! Carrying out a query job: rows into one CSV file, with the place of each row beside it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

use rusqlite::params_from_iter;
use rusqlite::types::ValueRef;

use super::job::{Job, Operation, State};
use super::manage::bad;
use super::spool::push_quoted;
use crate::failure::Refusal;
use crate::java;
use crate::limits::Quota;
use crate::org::Org;
use crate::soql::clock::Clock;
use crate::soql::expression::Shape;
use crate::soql::plan::{Answer, Context, Node, Plan};
use crate::soql::run as soql;
use crate::time;

/// Checks a query for Bulk, which takes less than the query resource.
pub(crate) fn prepare(org: &Org, query: &str, operation: Operation, version: u32, user: &str) -> Result<Plan, Refusal> {
    let deleted = operation == Operation::QueryAll;
    let plan =
        soql::prepare_at(Context { schema: &org.schema, version, deleted, user }, &Clock::of(org, user)?, query)?;
    let refused = |what: &str| bad("API_ERROR", format!("{what} not supported in Bulk Query"));
    if plan.answer != Answer::Records {
        return Err(refused("Aggregate functions and GROUP BY are"));
    }
    if plan.skips() {
        return Err(refused("OFFSET is"));
    }
    check(&plan.nodes).map_err(refused)?;
    Ok(plan)
}

fn check(nodes: &[Node]) -> Result<(), &'static str> {
    for node in nodes {
        match node {
            Node::Compound { .. } => return Err("Selecting compound data"),
            Node::TypeOf { .. } => return Err("TYPEOF is"),
            Node::Children { .. } => return Err("Selecting child records is"),
            Node::Parent { nodes, .. } => check(nodes)?,
            Node::Value { .. } => {}
        }
    }
    Ok(())
}

/// A column of the file: its name, and where and how its value is found.
type Column = (String, usize, Shape);

fn columns(nodes: &[Node], path: &str, found: &mut Vec<Column>) {
    for node in nodes {
        match node {
            Node::Value { name, column, shape, .. } => found.push((format!("{path}{name}"), *column, *shape)),
            Node::Parent { name, nodes, .. } => columns(nodes, &format!("{path}{name}."), found),
            Node::Compound { .. } | Node::TypeOf { .. } | Node::Children { .. } => {}
        }
    }
}

/// Carries out the job.
pub(crate) fn run(org: &Org, id: &str) {
    let begun = org.jobs.change(&org.database, id, |job| {
        if matches!(job.state, State::UploadComplete | State::InProgress) {
            job.state = State::InProgress;
            return Ok(job.clone());
        }
        Err(Refusal::not_found())
    });
    // Aborted or deleted while it waited: nothing to do.
    let Ok(job) = begun else { return };
    let clock = Instant::now();
    let outcome = write(org, &job);
    let ended = org.jobs.change(&org.database, id, |job| {
        job.progress.time = i64::try_from(clock.elapsed().as_millis()).unwrap_or_default();
        if job.state == State::InProgress {
            match outcome {
                Ok(Some((rows, header))) => {
                    job.progress.processed = rows;
                    job.progress.header.length = header;
                    job.state = State::JobComplete;
                }
                Ok(None) => {}
                Err(refusal) => {
                    job.error = Some(format!("{}: {}", refusal.failure.code, refusal.failure.message));
                    job.state = State::Failed;
                }
            }
        }
        Ok(())
    });
    // A job that is gone needs no state.
    drop(ended);
}

/// Writes all rows; tells how many, and the header's bytes. `None` when the job or the org was stopped.
fn write(org: &Org, job: &Job) -> Result<Option<(u64, u64)>, Refusal> {
    const LOOK_UP: u64 = 4096;
    let plan = prepare(org, job.query.as_deref().unwrap_or_default(), job.operation, job.version, &job.created_by)?;
    let mut columns_found = Vec::new();
    columns(&plan.nodes, "", &mut columns_found);
    if job.version < 50 {
        columns_found.sort_by(|one, other| one.0.cmp(&other.0));
    }
    let mut rows_file = BufWriter::with_capacity(256 * 1024, File::create(org.jobs.file(&job.id, "rows"))?);
    let mut index = BufWriter::new(File::create(org.jobs.file(&job.id, "index"))?);
    let (sign, end) = (job.delimiter_byte(), job.line_end().as_bytes());
    let mut line = Vec::new();
    for (place, (name, ..)) in columns_found.iter().enumerate() {
        if place > 0 {
            line.push(sign);
        }
        push_quoted(&mut line, name);
    }
    line.extend_from_slice(end);
    rows_file.write_all(&line)?;
    let header = line.len() as u64;
    let mut offset = header;
    let mut count = 0u64;
    let stopped = org.database.read(|conn| {
        let mut statement = conn.prepare(&plan.sql(None))?;
        let mut rows = statement.query(params_from_iter(&plan.values))?;
        while let Some(row) = rows.next()? {
            line.clear();
            for (place, (_, column, shape)) in columns_found.iter().enumerate() {
                if place > 0 {
                    line.push(sign);
                }
                push_value(&mut line, row.get_ref(*column)?, *shape);
            }
            line.extend_from_slice(end);
            rows_file.write_all(&line)?;
            index.write_all(&offset.to_le_bytes())?;
            offset += line.len() as u64;
            count += 1;
            if count.is_multiple_of(LOOK_UP) && (org.jobs.stopping() || !org.jobs.goes_on(&job.id, count)) {
                return Ok(true);
            }
        }
        Ok(false)
    })?;
    org.usage.take(Quota::QueryBytes, offset);
    index.write_all(&offset.to_le_bytes())?;
    index.flush()?;
    rows_file.flush()?;
    Ok((!stopped).then_some((count, header)))
}

fn push_value(line: &mut Vec<u8>, value: ValueRef<'_>, shape: Shape) {
    match (value, shape) {
        (ValueRef::Text(text), _) => push_quoted(line, &String::from_utf8_lossy(text)),
        (ValueRef::Integer(number), Shape::Boolean) => push_quoted(line, if number != 0 { "true" } else { "false" }),
        (ValueRef::Integer(instant), Shape::Instant) => push_quoted(line, &time::bulk(instant)),
        (ValueRef::Integer(number), _) => push_quoted(line, &number.to_string()),
        (ValueRef::Real(number), _) => push_quoted(line, &java::double(number)),
        (ValueRef::Null | ValueRef::Blob(_), _) => push_quoted(line, ""),
    }
}
