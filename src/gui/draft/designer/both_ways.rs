//! A step that goes both ways, as a change of the integration: switched on with defaults that suit both ends, and what is said of its
//! lines. Nothing here knows of the screen.

use crate::connect::Operation;
use crate::integration::{Find, Keeps, LineTerms, LineWay, Step, Sync};
use crate::mapping::{Expression, Rule};
use crate::record::{Field, Schema};
use crate::sync::{Deletes, Direction, End, Strategy};

/// Names of columns that say when a record was changed last.
const STAMPS: [&str; 12] = [
    "modifiedat",
    "updatedat",
    "lastmodified",
    "lastmodifieddate",
    "lastmodifiedat",
    "modifieddate",
    "modified",
    "changedat",
    "lastchanged",
    "lastupdated",
    "updated",
    "systemmodstamp",
];

/// Names of columns that say who changed a record.
const WHO: [&str; 5] = ["modifiedby", "updatedby", "lastmodifiedby", "changedby", "lastchangedby"];

/// Names of columns for the id of a record in Salesforce.
const IDS: [&str; 6] = ["salesforceid", "sfid", "sfdcid", "sfrecordid", "salesforcerecordid", "crmid"];

/// Names of columns and fields for the time of the last sync.
const SYNCED: [&str; 5] = ["lastsyncdate", "lastsynced", "lastsync", "lastsyncat", "syncedat"];

/// Names of fields for the hash of what both ends agree on.
const HASHES: [&str; 2] = ["synchash", "lastsynchash"];

/// Why a step cannot go both ways; nothing where it can.
pub(crate) fn why_not(step: &Step) -> Option<&'static str> {
    match () {
        () if step.into.is_some() => Some("Both ends are databases: a sync has an object of an org at one end"),
        () if step.source_table().is_none() => {
            Some("Values could not be written back: that takes a table of an SQLite database as the source")
        }
        () if step.operation == Operation::Delete => Some("It deletes records; choose another operation first"),
        () => None,
    }
}

/// Lets a step go both ways. What is found by record id is kept by the sync itself, so that no line leads there; the table's key goes
/// into the object's external id, where there is one that is free.
pub(crate) fn begin(step: &mut Step, table: Option<&Schema>, object: Option<&Schema>) {
    step.operation = Operation::Upsert;
    let sync = suggested(step, table, object);
    step.mapping.rules.retain(|rule| !rule.target.eq_ignore_ascii_case("Id"));
    let mapped = step.mapping.rules.iter().find(|rule| rule.from == Expression::Column(sync.key.clone()));
    let mapped = mapped.map(|rule| rule.target.clone());
    let free = |field: &&Field| field.external_id && field.createable && step.mapping.rule(&field.name).is_none();
    let mut keys = object.into_iter().flat_map(|object| &object.fields).filter(free);
    let only = keys.next().filter(|_| keys.next().is_none() && mapped.is_none() && !sync.key.is_empty());
    let only = only.map(|field| field.name.clone());
    if let Some(field) = &only {
        step.mapping.set(field, Expression::Column(sync.key.clone()));
    }
    let external = |name: &String| object.and_then(|object| object.field(name)).is_some_and(|field| field.external_id);
    if let (Find::Id, Some(field)) = (&step.find, only.or(mapped).filter(external)) {
        step.find = Find::ExternalId(field);
    }
    step.sync = Some(Box::new(sync));
}

/// What is said of a step that begins to go both ways: what its names and its mapping suggest. `table` is its source as it can be
/// written.
pub(crate) fn suggested(step: &Step, table: Option<&Schema>, object: Option<&Schema>) -> Sync {
    let column = |names: &[&str]| named(table, names);
    let field = |names: &[&str]| named(object, names);
    Sync {
        left: end_name(&step.source.name()),
        key: key(step, table).unwrap_or_default(),
        stamp: column(&STAMPS),
        changed_by: column(&WHO),
        keeps: Keeps {
            left_id: column(&IDS),
            left_synced: column(&SYNCED),
            right_synced: field(&SYNCED),
            right_hash: field(&HASHES),
        },
        ..Sync::default()
    }
}

/// The column that tells records apart: the one mapped to the field by which records are found, else the table's own key.
fn key(step: &Step, table: Option<&Schema>) -> Option<String> {
    let found_by = match &step.find {
        Find::Id => None,
        Find::ExternalId(field) => Some(field),
        Find::Match(fields) => fields.first(),
    };
    let rule = found_by.and_then(|field| step.mapping.rule(field));
    let mapped = rule.and_then(|rule| match &rule.from {
        Expression::Column(column) => Some(column.clone()),
        Expression::Constant(_) | Expression::Formula(_) => None,
    });
    mapped.or_else(|| {
        let table = table?;
        table.field(table.id_field()).map(|field| field.name.clone())
    })
}

/// The first field that is called so, whatever stands between its words.
fn named(schema: Option<&Schema>, names: &[&str]) -> String {
    let fields = || schema.into_iter().flat_map(|schema| &schema.fields);
    let found = names.iter().find_map(|name| fields().find(|field| plain(&field.name) == *name));
    found.map(|field| field.name.clone()).unwrap_or_default()
}

fn plain(name: &str) -> String {
    let name = name.strip_suffix("__c").unwrap_or(name);
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What an end may be called after its file: `northwind_erp.db` is *Northwind erp*.
fn end_name(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let words: Vec<&str> = stem.split(['_', '-', ' ']).filter(|word| !word.is_empty()).collect();
    let name = words.join(" ");
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The direction after this one, among those in which the values of a line can go.
pub(crate) fn next(way: &LineWay, now: Direction) -> Option<Direction> {
    const ROUND: [Direction; 3] = [Direction::Both, Direction::ToRight, Direction::ToLeft];
    let at = ROUND.iter().position(|direction| *direction == now).unwrap_or_default();
    (1..ROUND.len()).map(|step| ROUND[(at + step) % ROUND.len()]).find(|direction| way.can(*direction))
}

/// Changes what is said of a line; what says nothing any more goes.
pub(crate) fn say(sync: &mut Sync, target: &str, change: impl FnOnce(&mut LineTerms)) {
    let at = sync.lines.iter().position(|line| line.target.eq_ignore_ascii_case(target));
    let mut line = match at {
        Some(at) => sync.lines.remove(at),
        None => LineTerms { target: target.to_owned(), ..LineTerms::default() },
    };
    change(&mut line);
    let blank = LineTerms { target: line.target.clone(), ..LineTerms::default() };
    if line != blank {
        sync.lines.insert(at.unwrap_or(sync.lines.len()), line);
    }
}

/// The rules for the way back that read a line, by their places.
pub(crate) fn back_rules(sync: &Sync, target: &str) -> Vec<usize> {
    let reads = |rule: &Rule| match &rule.from {
        Expression::Column(column) => column.eq_ignore_ascii_case(target),
        Expression::Constant(_) => false,
        Expression::Formula(text) => text.to_lowercase().contains(&target.to_lowercase()),
    };
    sync.back.rules.iter().enumerate().filter(|(_, rule)| reads(rule)).map(|(at, _)| at).collect()
}

/// The rule that a way back begins with: the first column that the line takes, from the field as it is.
pub(crate) fn first_back(step: &Step, target: &str, columns: &[String]) -> Option<Rule> {
    let sync = step.sync.as_deref()?;
    let free = |column: &&String| sync.back.rule(column).is_none() && **column != sync.key;
    let used = match step.mapping.rule(target).map(|rule| &rule.from) {
        Some(Expression::Column(column)) => columns.iter().find(|it| it.eq_ignore_ascii_case(column)),
        Some(Expression::Formula(text)) => super::columns::used(text, columns).first().map(|at| &columns[*at]),
        Some(Expression::Constant(_)) | None => None,
    };
    let column = used.filter(free).or_else(|| columns.iter().find(free))?;
    Some(Rule::new(column.clone(), Expression::Formula(super::columns::written(target))))
}

/// Of a step whose rules have changed: what was said of lines that are gone goes with them.
pub(super) fn tidy(step: &mut Step) {
    let mapping = &step.mapping;
    if let Some(sync) = &mut step.sync {
        sync.lines.retain(|line| mapping.rule(&line.target).is_some());
    }
}

/// Of a rule that was led into another field: what was said of it goes along.
pub(super) fn retarget(sync: &mut Sync, old: &str, new: &str) {
    sync.lines.retain(|line| !line.target.eq_ignore_ascii_case(new));
    if let Some(line) = sync.lines.iter_mut().find(|line| line.target.eq_ignore_ascii_case(old)) {
        line.target = new.to_owned();
    }
}

/// A direction as it is drawn: from the left end to the right one.
pub(crate) fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::ToRight => "→",
        Direction::ToLeft => "←",
        Direction::Both => "↔",
    }
}

/// A direction in words: *from Northwind ERP to Salesforce only*.
pub(crate) fn words(direction: Direction, ends: &[String; 2]) -> String {
    let [left, right] = ends;
    match direction.from() {
        None => format!("both ways between {left} and {right}"),
        Some(End::Left) => format!("from {left} to {right} only"),
        Some(End::Right) => format!("from {right} to {left} only"),
    }
}

/// All strategies, in the order in which they are offered.
pub(crate) const STRATEGIES: [Strategy; 9] = [
    Strategy::Manual,
    Strategy::LastWrite,
    Strategy::Truth(End::Left),
    Strategy::Truth(End::Right),
    Strategy::NonBlank,
    Strategy::Longest,
    Strategy::Greatest,
    Strategy::Least,
    Strategy::Formula,
];

/// Who is right by a strategy, in words.
pub(crate) fn who(strategy: Strategy, ends: &[String; 2]) -> String {
    match strategy {
        Strategy::Manual => "A person decides".to_owned(),
        Strategy::LastWrite => "Whoever changed it last".to_owned(),
        Strategy::Truth(end) => format!("{} is right", ends[end as usize]),
        Strategy::NonBlank => "Whoever has a value, where the other has none".to_owned(),
        Strategy::Longest => "The longer text".to_owned(),
        Strategy::Greatest => "The greater number, or the later date".to_owned(),
        Strategy::Least => "The smaller number, or the earlier date".to_owned(),
        Strategy::Formula => "A formula".to_owned(),
    }
}

/// What a deletion at one end may do at the other, in words.
pub(crate) fn deletion(deletes: Deletes, other: &str) -> String {
    match deletes {
        Deletes::Ignore => format!("Stays in {other}"),
        Deletes::Propagate => format!("Is deleted in {other}, too"),
        Deletes::Archive => format!("Is marked as archived in {other}"),
        Deletes::Recreate => format!("Is made again from {other}"),
    }
}

/// The formula that settling by formula begins with: the value of the right end, or, where it has none, that of the left one.
pub(crate) fn first_formula(names: &[String; 2], target: &str) -> String {
    let field = target.replace('.', "_");
    let [left, right] = names;
    format!("IF(ISBLANK({right}.{field}), {left}.{field}, {right}.{field})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integration::Integration;

    fn step(rules: &str) -> Step {
        let text = format!(
            r#"{{"linkspan":1,"name":"x","steps":[{{"source":{{"path":"northwind_erp.db","sqlite":{{"table":"Customers"}}}},
            "org":"practice","object":"Account","operation":"upsert","find":{{"external_id":"ERP_Id__c"}},"mapping":{rules}}}]}}"#
        );
        Integration::from_file(&text).unwrap().steps.remove(0)
    }

    fn schema(names: &[&str]) -> Schema {
        Schema { fields: names.iter().copied().map(Field::column).collect(), ..Schema::default() }
    }

    #[test]
    fn names_suggest_what_keeps_both_ends_in_step() {
        let table = schema(&["No", "Name", "Salesforce_Id", "LastSyncDate", "Updated At", "modified_by"]);
        let object = schema(&["Id", "Name", "ERP_Id__c", "LastSyncDate__c", "SyncHash__c"]);
        let step = step(r#"[{"target":"ERP_Id__c","column":"No"}]"#);
        let sync = suggested(&step, Some(&table), Some(&object));
        assert_eq!((sync.left.as_str(), sync.right.as_str(), sync.key.as_str()), ("Northwind erp", "Salesforce", "No"));
        assert_eq!((sync.stamp.as_str(), sync.changed_by.as_str()), ("Updated At", "modified_by"));
        let keeps = Keeps {
            left_id: "Salesforce_Id".to_owned(),
            left_synced: "LastSyncDate".to_owned(),
            right_synced: "LastSyncDate__c".to_owned(),
            right_hash: "SyncHash__c".to_owned(),
        };
        assert_eq!(sync.keeps, keeps);
        assert_eq!(suggested(&step, None, None).keeps, Keeps::default());
    }

    #[test]
    fn the_key_of_the_table_goes_into_the_external_id_and_no_line_into_the_record_id() {
        let mut table = schema(&["No", "SalesforceId", "Company"]);
        table.key = Some("No".to_owned());
        let mut object = schema(&["Id", "Name", "ERP_Id__c"]);
        object.fields[2].external_id = true;
        let mut sync = step(r#"[{"target":"Id","column":"SalesforceId"},{"target":"Name","column":"Company"}]"#);
        sync.find = Find::Id;
        begin(&mut sync, Some(&table), Some(&object));
        let targets: Vec<_> = sync.mapping.rules.iter().map(|rule| rule.target.as_str()).collect();
        assert_eq!(
            (targets.as_slice(), &sync.find),
            (&["Name", "ERP_Id__c"][..], &Find::ExternalId("ERP_Id__c".to_owned()))
        );
        assert_eq!(sync.sync.unwrap().key, "No");

        object.fields[1].external_id = true;
        let mut several = step("[]");
        begin(&mut several, Some(&table), Some(&object));
        assert!(several.mapping.rules.is_empty(), "of two a person chooses");
    }

    #[test]
    fn only_what_can_be_written_back_goes_both_ways() {
        let mut step = step("[]");
        assert_eq!(why_not(&step), None);
        step.operation = Operation::Delete;
        assert!(why_not(&step).is_some());
        let text = r#"{"linkspan":1,"name":"x","steps":[{"source":{"path":"a.csv","csv":{}},"org":"practice","object":"Account",
            "operation":"insert","mapping":[]}]}"#;
        let file = Integration::from_file(text).unwrap().steps.remove(0);
        assert!(why_not(&file).unwrap().contains("SQLite"));
    }

    #[test]
    fn a_click_goes_on_to_what_is_possible() {
        let way = |not_forth: bool, not_back: bool| LineWay {
            step: 0,
            target: "Phone".to_owned(),
            direction: Direction::Both,
            not_forth: not_forth.then(String::new),
            not_back: not_back.then(String::new),
        };
        let all = way(false, false);
        assert_eq!(next(&all, Direction::Both), Some(Direction::ToRight));
        assert_eq!(next(&all, Direction::ToRight), Some(Direction::ToLeft));
        assert_eq!(next(&all, Direction::ToLeft), Some(Direction::Both));
        assert_eq!(next(&way(false, true), Direction::ToRight), None, "there is no other");
        assert_eq!(next(&way(false, true), Direction::Both), Some(Direction::ToRight), "what cannot be is left");
        assert_eq!(next(&way(true, false), Direction::ToLeft), None);
    }

    #[test]
    fn what_is_said_of_a_line_stays_with_it_and_goes_with_it() {
        let mut step = step(r#"[{"target":"Phone","column":"Phone"},{"target":"Fax","column":"Fax"}]"#);
        let mut sync = Sync::default();
        say(&mut sync, "phone", |line| line.strategy = Some(Strategy::Longest));
        say(&mut sync, "Fax", |line| line.direction = Some(Direction::ToRight));
        assert_eq!(sync.lines.len(), 2);
        say(&mut sync, "Fax", |line| line.direction = None);
        assert_eq!(sync.lines.len(), 1, "nothing is said of it any more");
        retarget(&mut sync, "Phone", "Fax");
        assert_eq!((sync.lines[0].target.as_str(), sync.lines[0].strategy), ("Fax", Some(Strategy::Longest)));
        step.sync = Some(Box::new(sync));
        step.mapping.remove("Fax");
        tidy(&mut step);
        assert!(step.sync.unwrap().lines.is_empty());
    }

    #[test]
    fn a_way_back_begins_with_the_column_that_the_line_takes() {
        let mut step = step(r#"[{"target":"Name","formula":"UPPER(Company) & City"}]"#);
        step.sync = Some(Box::new(Sync { key: "No".to_owned(), ..Sync::default() }));
        let columns = ["No", "City", "Company"].map(str::to_owned);
        let rule = first_back(&step, "Name", &columns).unwrap();
        assert_eq!((rule.target.as_str(), &rule.from), ("Company", &Expression::Formula("Name".to_owned())));
        let sync = step.sync.as_mut().unwrap();
        sync.back.rules.push(rule);
        assert_eq!(back_rules(sync, "name"), [0]);
        assert_eq!(first_back(&step, "Name", &columns).unwrap().target, "City");
    }
}
