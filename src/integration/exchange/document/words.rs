//! What a document says, in words.

use super::{Document, End, Grid, Known, Line, Page, Piece, Wire, code, words};
use crate::connect::file::FileFormat;
use crate::connect::{Operation, SourceSettings};
use crate::formula::names;
use crate::integration::{Duplicates, Find, Integration, Options, Shapes, Step};
use crate::mapping::{Blank, Expression, Lookup, NoneFound, Otherwise, Rule, SeveralFound, TooLong, ValueMap, Write};

/// Works out what is said about an integration.
pub(super) fn document(integration: &Integration, known: &Known<'_>) -> Document {
    let shapes = |step: usize| known.shapes.get(step).and_then(Option::as_ref);
    let steps = &integration.steps;
    let pages = steps.iter().enumerate().map(|(number, _)| page(integration, number, shapes(number))).collect();
    let problems = known.problems.iter().map(|problem| {
        let place = steps.get(problem.step).map(|step| format!("Step {}, {}", problem.step + 1, step.object));
        let mut line = vec![words(place.unwrap_or_default())];
        if let Some(target) = &problem.target {
            line.extend([words(", "), code(target)]);
        }
        line.push(words(format!(": {}.", problem.message.trim_end_matches('.'))));
        if let Some(hint) = &problem.hint {
            line.push(words(format!(" {hint}")));
        }
        line
    });
    Document {
        title: integration.name.clone(),
        about: about(integration, &shapes, known.made_at),
        steps: pages,
        tables: integration
            .tables
            .iter()
            .map(|table| Grid {
                title: vec![words("Table "), code(&table.name)],
                columns: table.columns.clone(),
                rows: table.rows.clone(),
                after: Vec::new(),
            })
            .collect(),
        problems: problems.collect(),
        left_out: super::super::not_taken_over(integration),
    }
}

fn about<'a>(
    integration: &Integration,
    shapes: &dyn Fn(usize) -> Option<&'a Shapes>,
    made_at: Option<&str>,
) -> Vec<Line> {
    let steps = &integration.steps;
    let mut about: Vec<Line> = Vec::new();
    about.extend(made_at.map(|made_at| vec![words(format!("Made {made_at}."))]));
    let order: Vec<_> = steps.iter().zip(1..).map(|(step, number)| format!("{number} {}", step.object)).collect();
    about.push(vec![words(match order.len() {
        0 => "It has no step yet.".to_owned(),
        1 => "It has one step.".to_owned(),
        many => format!("It has {many} steps, which run in this order: {}.", order.join(" → ")),
    })]);
    for (number, step) in steps.iter().enumerate() {
        let waiting: Vec<_> = step
            .mapping
            .rules
            .iter()
            .filter(|rule| waits(steps, number, rule, shapes(number)))
            .map(|rule| code(&rule.target))
            .collect();
        if !waiting.is_empty() {
            let mut line = vec![words(format!("Of step {} ({}), ", number + 1, step.object))];
            line.extend(listed(waiting));
            line.push(words(
                " may lead to records that are made only then or later: set in a second pass, after all steps.",
            ));
            about.push(line);
        }
    }
    let terms = &integration.formulas;
    if steps.iter().flat_map(|step| &step.mapping.rules).any(|rule| matches!(rule.from, Expression::Formula(_))) {
        let blanks = match terms.blanks {
            crate::formula::Blanks::Zero => "zero",
            crate::formula::Blanks::Blank => "blank",
        };
        about.push(vec![words(format!("In formulas a blank number is {blanks}, and days are those of "))]);
        if let Some(line) = about.last_mut() {
            line.extend([code(&terms.time_zone), words(".")]);
        }
    }
    about
}

/// Whether a rule links to records that its own step, or a later one, makes.
fn waits(steps: &[Step], number: usize, rule: &Rule, shapes: Option<&Shapes>) -> bool {
    let key = match &steps[number].find {
        Find::ExternalId(field) => *field == rule.target,
        Find::Match(fields) => fields.contains(&rule.target),
        Find::Id => false,
    };
    let Some(parent) = parent(rule, shapes).filter(|_| !key) else { return false };
    let makes = |step: &Step| {
        let creates =
            step.operation == Operation::Insert || (step.operation == Operation::Upsert && step.options.create);
        creates && step.object.eq_ignore_ascii_case(&parent) && step.same_place(&steps[number])
    };
    let made_before = steps[..number].iter().any(makes) && !makes(&steps[number]);
    steps[number].operation != Operation::Delete && !made_before && steps[number..].iter().any(makes)
}

/// The object that a rule's field leads to, where that can be told.
fn parent(rule: &Rule, shapes: Option<&Shapes>) -> Option<String> {
    if let Some(lookup) = &rule.lookup {
        return Some(lookup.object.clone());
    }
    let (path, _) = rule.target.split_once('.')?;
    match path.split_once(':') {
        Some((object, _)) => Some(object.to_owned()),
        None => {
            let field = shapes.and_then(|shapes| shapes.target.object.relationship(path));
            let known = field.and_then(|field| field.reference_to.first().cloned());
            known.or_else(|| Some(path.strip_suffix("__r").map_or(path.to_owned(), |name| format!("{name}__c"))))
        }
    }
}

fn page(integration: &Integration, number: usize, shapes: Option<&Shapes>) -> Page {
    let step = &integration.steps[number];
    let rules = &step.mapping.rules;
    let maps = rules.iter().filter_map(|rule| Some(value_map(rule, rule.map.as_ref()?))).collect();
    Page {
        title: format!("Step {}: {}", number + 1, step.sentence()),
        about: step_about(step),
        rules: rules.iter().map(|rule| row(rule, shapes)).collect(),
        wires: rules.iter().map(wire).collect(),
        maps,
        unused: shapes.map(|shapes| unused(step, shapes)).unwrap_or_default(),
    }
}

fn step_about(step: &Step) -> Vec<Line> {
    let mut about = vec![source(step)];
    let mut find = match &step.into {
        // A text file is its only table.
        Some(into) if into.csv.is_some() => vec![words("Rows of "), code(step.place())],
        Some(_) => vec![words("Rows of the table "), code(&step.object), words(" in "), code(step.place())],
        None => vec![words("Records of "), code(&step.object), words(" in "), code(step.place())],
    };
    find.extend(match (step.operation, &step.find) {
        (Operation::Insert, _) => vec![words(" are made new, one for each row.")],
        (_, Find::Id) if step.into.is_some() => vec![words(" are found by their key.")],
        (_, Find::Id) => vec![words(" are found by their record id.")],
        (_, Find::ExternalId(field)) if step.into.is_some() => {
            vec![words(" are found by "), code(field), words(", looked up beforehand without case.")]
        }
        (_, Find::ExternalId(field)) => {
            vec![words(" are found by "), code(field), words(", which Salesforce looks up itself.")]
        }
        (_, Find::Match(fields)) => {
            let mut line = vec![words(" are found by ")];
            line.extend(listed(fields.iter().map(code).collect()));
            line.push(words(", looked up beforehand without case; a row that finds several records is held."));
            line
        }
    });
    about.push(find);
    match step.operation {
        Operation::Upsert if !step.options.create => about.push(vec![words("A row that finds none is skipped.")]),
        Operation::Upsert => about.push(vec![words("A row that finds none makes one.")]),
        Operation::Update | Operation::Delete => about.push(vec![words("A row that finds none is not sent.")]),
        Operation::Insert => {}
    }
    about.extend(options(step).into_iter().map(|sentence| vec![words(sentence)]));
    about
}

fn source(step: &Step) -> Line {
    match &step.source {
        SourceSettings::Query(query) => {
            let deleted = if query.deleted { ", deleted and archived records included" } else { "" };
            vec![words("Rows come from "), code(&query.org), words(format!("{deleted}: ")), code(&query.soql)]
        }
        SourceSettings::File(file) => {
            let mut line = vec![words("Rows come from "), code(step.source.name())];
            line.extend(match &file.format {
                FileFormat::Csv(csv) => vec![
                    words(format!(", text in {} with the delimiter ", csv.encoding.label())),
                    code(if csv.delimiter == '\t' { "tab".to_owned() } else { csv.delimiter.to_string() }),
                    words("."),
                ],
                FileFormat::Workbook(workbook) => vec![words(", sheet "), code(&workbook.sheet), words(".")],
                FileFormat::Sqlite(sqlite) => vec![words(", table "), code(&sqlite.table), words(".")],
            });
            line
        }
        SourceSettings::Undo(undo) => vec![words(format!("Rows are what run {} did.", undo.undo_of))],
        SourceSettings::Sync(_) => vec![words("Rows are what a sync has decided to do.")],
    }
}

fn options(step: &Step) -> Vec<String> {
    let options = &step.options;
    let usual = Options::default();
    let mut said = Vec::new();
    match options.api {
        _ if step.into.as_ref().is_some_and(|into| into.csv.is_some()) => {
            said.push("The file is rewritten as a whole.".to_owned());
        }
        _ if step.into.is_some() => said.push("Rows are written into the database itself, in transactions.".to_owned()),
        Some(api) => said.push(format!("Rows go through {}.", api.label())),
        None => said.push("The API is chosen by the number of rows.".to_owned()),
    }
    if options.rows_per_call != usual.rows_per_call {
        said.push(format!("A REST call takes {} rows.", options.rows_per_call));
    }
    said.push(
        match options.duplicates {
            Duplicates::Reject => "Of several rows for one record none is sent.",
            Duplicates::First => "Of several rows for one record the first is sent.",
            Duplicates::Last => "Of several rows for one record the last is sent.",
        }
        .to_owned(),
    );
    let switched = [
        (options.stop_at_first_bad_row, "The first row that cannot be sent ends the run."),
        (options.all_or_none, "A REST call with one bad row does nothing at all."),
        (options.assignment_rules, "Assignment rules run."),
        (options.save_duplicates, "Records are saved although a duplicate rule warns."),
        (options.hard_delete, "Deleted records skip the recycle bin."),
        (!options.skip_equal, "Rows are sent also where the record has every value already."),
        (!options.keep_before, "What records held before is not kept, so the run cannot be undone."),
        (!options.clear_mark, "The text #N/A is a text like any other."),
    ];
    said.extend(switched.into_iter().filter(|(on, _)| *on).map(|(_, sentence)| sentence.to_owned()));
    if options.retry != usual.retry {
        let retry = &options.retry;
        said.push(format!(
            "A passing fault is met with up to {} tries within {} seconds.",
            retry.attempts, retry.total_s
        ));
    }
    said
}

fn row(rule: &Rule, shapes: Option<&Shapes>) -> [Line; 5] {
    let from = match &rule.from {
        Expression::Column(column) => vec![code(column)],
        Expression::Constant(text) => vec![words("the text "), code(format!("\"{text}\""))],
        Expression::Formula(_) => {
            let columns: Vec<Piece> = used(rule).into_iter().map(Piece::Code).collect();
            if columns.is_empty() { vec![words("nothing")] } else { listed(columns) }
        }
    };
    let mut how = Vec::new();
    let mut add = |line: Line| {
        if !how.is_empty() {
            how.push(words("; "));
        }
        how.extend(line);
    };
    match &rule.from {
        Expression::Formula(formula) => add(vec![words("formula "), code(formula)]),
        Expression::Column(_) if rule.is_copy() => add(vec![words("copy")]),
        Expression::Constant(_) if rule.map.is_none() && rule.lookup.is_none() => {
            add(vec![words("the same in every row")])
        }
        Expression::Column(_) | Expression::Constant(_) => {}
    }
    if let Some(map) = &rule.map {
        match &map.table {
            Some(table) => add(vec![words("translated by the table "), code(table)]),
            None if map.rows.len() == 1 => add(vec![words("one value is translated")]),
            None => add(vec![words(format!("{} values are translated", map.rows.len()))]),
        }
    }
    if let Some(lookup) = &rule.lookup {
        add(looked_up(lookup));
    }
    let mut to = vec![code(&rule.target)];
    if let Some(resolved) = shapes.and_then(|shapes| shapes.target.resolve(&rule.target).ok()) {
        let field = &resolved.field;
        let length = if field.length > 0 { format!(" {}", field.length) } else { String::new() };
        let required = if field.required && resolved.lookup.is_none() { ", required" } else { "" };
        to.push(words(format!(" ({}, {}{length}{required})", field.label, field.kind.label())));
    }
    [from, how, to, policies(rule), vec![words(&rule.note)]]
}

fn looked_up(lookup: &Lookup) -> Line {
    let mut line = vec![words("the "), code(&lookup.object), words(" whose "), code(&lookup.by), words(" is that")];
    for condition in &lookup.also {
        line.extend([words(" and whose "), code(&condition.field), words(" is ")]);
        line.push(match &condition.is {
            Expression::Column(text) | Expression::Formula(text) => code(text),
            Expression::Constant(text) => code(format!("\"{text}\"")),
        });
    }
    line.push(words(match lookup.none {
        NoneFound::Reject => "; none: the row is held",
        NoneFound::Blank => "; none: blank",
    }));
    line.push(words(match lookup.several {
        Some(SeveralFound::Reject) => "; several: the row is held",
        Some(SeveralFound::Blank) => "; several: blank",
        Some(SeveralFound::First) => "; several: the oldest",
        None => "",
    }));
    line
}

fn policies(rule: &Rule) -> Line {
    let mut line = vec![match &rule.blank {
        Blank::Keep => words("A blank keeps what is there"),
        Blank::Clear => words("A blank empties the field"),
        Blank::Default(_) => words("A blank becomes "),
    }];
    if let Blank::Default(value) = &rule.blank {
        line.push(code(value));
    }
    if rule.too_long == TooLong::Trim {
        line.push(words("; long texts are cut"));
    }
    line.push(words(match rule.write {
        Write::Always => "",
        Write::OnCreate => "; on new records only",
        Write::OnUpdate => "; on existing records only",
        Write::IfBlank => "; only where the field is blank",
    }));
    line
}

fn value_map(rule: &Rule, map: &ValueMap) -> Grid {
    let mut after = vec![words(match &map.otherwise {
        Otherwise::Reject => "A row with another value is held.",
        Otherwise::Keep => "Other values pass as they are.",
        Otherwise::Blank => "Other values count as blank.",
        Otherwise::Default(_) => "Other values become ",
    })];
    if let Otherwise::Default(value) = &map.otherwise {
        after.extend([code(value), words(".")]);
    }
    after.push(words(if map.match_case { " Capitals count." } else { " Capitals make no difference." }));
    let mut title = vec![words("Values of "), code(&rule.target)];
    if let Some(table) = &map.table {
        title.extend([words(" by the table "), code(table)]);
    }
    Grid {
        title,
        columns: vec!["From".to_owned(), "To".to_owned()],
        rows: map.rows.iter().map(|(from, to)| vec![from.clone(), to.clone()]).collect(),
        after,
    }
}

fn wire(rule: &Rule) -> Wire {
    let from = match &rule.from {
        Expression::Constant(text) => vec![End::Constant(text.clone())],
        Expression::Column(_) | Expression::Formula(_) => used(rule).into_iter().map(End::Column).collect(),
    };
    let node = match &rule.from {
        Expression::Formula(_) => Some(("ƒ", "formula")),
        _ if rule.lookup.is_some() => Some(("→", "lookup")),
        _ if rule.map.is_some() => Some(("⇄", "value map")),
        _ => None,
    };
    Wire { from, node, to: rule.target.clone() }
}

/// The columns that a rule takes its value from, each once.
fn used(rule: &Rule) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    let named: Vec<&str> = match &rule.from {
        Expression::Column(column) => vec![column],
        Expression::Constant(_) => Vec::new(),
        Expression::Formula(formula) => names::fields(formula).into_iter().map(|(name, _)| name).collect(),
    };
    for name in named {
        if !columns.iter().any(|column| column.eq_ignore_ascii_case(name)) {
            columns.push(name.to_owned());
        }
    }
    columns
}

fn unused(step: &Step, shapes: &Shapes) -> Vec<Line> {
    let used: Vec<String> = step.mapping.rules.iter().flat_map(used).collect();
    let is_used = |name: &str| used.iter().any(|column| column.eq_ignore_ascii_case(name));
    let columns = shapes.source.fields.iter().filter(|field| !is_used(&field.name));
    let columns: Vec<Piece> = columns.map(|field| code(&field.name)).collect();
    if columns.is_empty() {
        return vec![vec![words("Every column is used.")]];
    }
    let mut line = vec![words("Columns that go nowhere: ")];
    line.extend(listed(columns));
    line.push(words("."));
    vec![line]
}

/// Pieces with commas between them.
fn listed(pieces: Vec<Piece>) -> Line {
    let mut line = Vec::new();
    for piece in pieces {
        if !line.is_empty() {
            line.push(words(", "));
        }
        line.push(piece);
    }
    line
}
