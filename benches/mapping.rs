//! How fast rows are read, mapped and encoded, beside a plain copy of the same CSV in the same run.
//!
//! `cargo bench --bench mapping [-- ROWS]` prints rows a second of each and the ratio to the copy; medians of five turns each, taken in
//! turn, since machines drift. Two mappings of twelve rules: one of copies, and one of which five are formulas (IF, CASE, text, date,
//! number). Everything runs on one thread.
#![expect(clippy::print_stdout, reason = "a benchmark's output is its purpose")]

mod common;

use common::{COLUMNS, FORMULAS, copy, generate, mapping, median, object};
use linkspan::connect::file::{FileFormat, FileSettings};
use linkspan::connect::{Encoder, Encoding, From, OutColumn, csv::CsvSettings, file};
use linkspan::mapping::{ColumnFormat, Formats, Mapped, Mapper, Reading, TargetShape, no_links};
use linkspan::record::{Kind, Schema};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

const TURNS: usize = 5;

fn main() {
    let rows = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(300_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("customers.csv");
    generate(&path, rows);
    let bytes = std::fs::metadata(&path).expect("just written").len();
    let (mut copies, mut plain, mut formulas) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        copies.push(timed(|| copy(&path, rows, std::io::sink())));
        plain.push(timed(|| load(&path, rows, &[])));
        formulas.push(timed(|| load(&path, rows, &FORMULAS)));
    }
    let copied = median(copies);
    let speed = |time: Duration| rows as f64 / time.as_secs_f64();
    println!("{rows} rows x {} columns, {:.1} MB", COLUMNS.len(), bytes as f64 / 1e6);
    println!("csv read, write                      {:>10.0} rows/s", speed(copied));
    for (what, times) in [("12 copies", plain), ("7 copies, 5 formulas", formulas)] {
        let time = median(times);
        println!("read, map, write: {what:<20} {:>8.0} rows/s, ratio {:.2}", speed(time), speed(time) / speed(copied));
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

/// The same file through our reader, mapper and encoder.
fn load(path: &Path, rows: usize, formulas: &[(&str, &str)]) {
    let settings = FileSettings {
        path: path.to_owned(),
        format: FileFormat::Csv(CsvSettings::default()),
        formats: Formats::default(),
        columns: kinds(),
    };
    let mut source = file::open(&settings).expect("just written");
    let mapper = mapper(source.schema(), formulas);
    let columns = mapper
        .targets()
        .enumerate()
        .map(|(cell, target)| (From::Cell(cell), OutColumn { path: target.path.clone(), kind: target.field.kind }));
    let encoder = Encoder::new(Encoding::Csv, "Account", columns.collect());
    let (mut mapped, mut body, mut count) = (Mapped::default(), Vec::new(), 0);
    while let Some(batch) = source.read().expect("well-formed") {
        for row in batch.rows() {
            mapper.map(row, &no_links, &mut mapped, |_, rejection| panic!("{}", rejection.message));
            encoder.row(&mapped, "", false, &mut body);
            count += 1;
        }
        // A piece is handed to the network; here it is dropped.
        body.clear();
    }
    assert_eq!(count, rows);
}

/// The columns that formulas count with.
fn kinds() -> BTreeMap<String, ColumnFormat> {
    let column = |name: &str, kind| (name.to_owned(), ColumnFormat { kind, formats: None });
    [column("AnnualRevenue", Kind::Number), column("Active__c", Kind::Boolean), column("Since__c", Kind::Date)].into()
}

fn mapper(source: &Schema, formulas: &[(&str, &str)]) -> Mapper {
    let reading = Reading { columns: kinds(), ..Reading::default() };
    let shape = TargetShape { object: object(), parents: Default::default() };
    Mapper::compile(&mapping(formulas), source, &shape, &reading).expect("every name is there")
}
