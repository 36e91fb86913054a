//! What the benchmarks share: customers as their files have them, the rules that map them, and the plain copy they are compared with.

use linkspan::mapping::{Expression, Mapping};
use linkspan::record::{Field, Kind, Schema};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

/// Twelve columns as customer files have them.
pub(crate) const COLUMNS: [(&str, Kind); 12] = [
    ("ERP_Id__c", Kind::Text),
    ("Name", Kind::Text),
    ("BillingStreet", Kind::LongText),
    ("BillingCity", Kind::Text),
    ("BillingPostalCode", Kind::Text),
    ("BillingCountry", Kind::Text),
    ("Phone", Kind::Phone),
    ("Website", Kind::Url),
    ("AnnualRevenue", Kind::Number),
    ("NumberOfEmployees", Kind::Integer),
    ("Active__c", Kind::Boolean),
    ("Since__c", Kind::Date),
];

/// Five rules that count.
pub(crate) const FORMULAS: [(&str, &str); 5] = [
    ("Name", "IF(Active__c, Name, Name & \" (closed)\")"),
    (
        "BillingCountry",
        "CASE(BillingCountry, \"United States\", \"US\", \"Germany\", \"DE\", \"France\", \"FR\", BillingCountry)",
    ),
    ("Phone", "\"+1 \" & SUBSTITUTE(Phone, \"-\", \" \")"),
    ("AnnualRevenue", "ROUND(AnnualRevenue * 1.19, 2)"),
    ("Since__c", "ADDMONTHS(Since__c, 12)"),
];

/// Every column into the field of its name, and the formulas over that.
pub(crate) fn mapping(formulas: &[(&str, &str)]) -> Mapping {
    let mut mapping = Mapping::default();
    for (name, _) in COLUMNS {
        mapping.set(name, Expression::Column(name.to_owned()));
    }
    for (name, formula) in formulas {
        mapping.set(name, Expression::Formula((*formula).to_owned()));
    }
    mapping
}

/// The object that they go into.
pub(crate) fn object() -> Schema {
    let field = |(name, kind): &(&str, Kind)| Field { kind: *kind, length: 255, ..Field::column(*name) };
    Schema { name: "Account".into(), fields: COLUMNS.iter().map(field).collect(), ..Schema::default() }
}

/// Writes a file of customers.
pub(crate) fn generate(path: &Path, rows: usize) {
    let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create(path).expect("the folder is ours"));
    let header: Vec<_> = COLUMNS.iter().map(|(name, _)| *name).collect();
    writeln!(out, "{}", header.join(",")).expect("there is space");
    for row in 0..rows {
        writeln!(
            out,
            "C{row:07},\"Company {row} Holdings, Inc.\",{} North Main Street,West Springfield,{:05},United States,(555) 555-{:04},https://example.com/{row},{}.50,{},true,20{:02}-01-15",
            row % 900,
            row % 99_999,
            row % 10_000,
            row * 37 % 9_000_000,
            row % 5_000,
            row % 25
        )
        .expect("there is space");
    }
}

/// The yardstick: the csv crate reads records and writes them again.
pub(crate) fn copy(path: &Path, rows: usize, out: impl Write) {
    let mut reader = csv::Reader::from_path(path).expect("just written");
    let mut writer = csv::Writer::from_writer(out);
    let mut record = csv::StringRecord::new();
    let mut count = 0;
    while reader.read_record(&mut record).expect("well-formed") {
        writer.write_record(&record).expect("there is space");
        count += 1;
    }
    writer.flush().expect("there is space");
    assert_eq!(count, rows);
}

/// The middle of several turns.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
