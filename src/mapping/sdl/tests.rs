use super::*;
use crate::mapping::{Lookup, NoneFound, ValueMap};
use proptest::prelude::*;

fn column(target: &str, column: &str) -> Rule {
    Rule::new(target, Expression::Column(column.into()))
}

fn text(target: &str, text: &str) -> Rule {
    Rule::new(target, Expression::Constant(text.into()))
}

fn formula(target: &str, text: &str) -> Rule {
    Rule::new(target, Expression::Formula(text.into()))
}

/// The rules by target: a file groups them by column, and constants come last.
fn in_order(mapping: Mapping) -> Vec<Rule> {
    let mut rules = mapping.rules;
    rules.sort_by(|a, b| a.target.cmp(&b.target));
    rules
}

const REAL: &[u8] = b"#Mapping values\n#Thu Jan 01 12:00:00 CET 2026\n! also a comment\n\nAccount\\ Name=Name\nStra\xdfe : BillingStreet\n\
    K\\u00E4ufer\\\n   \\ Nr=ERP_Id__c\nPhone=Phone, Other_Phone__c\nID=\nOwnerLogin=Owner\\:Username\nMail=Who\\:Contact-Email\n\
    Land=BillingCountry\nCity,\\ State,Zip\\ Code=Description, BillingCity\n\"Canada\"=BillingCountry\n\"two\\ words\"=Type\n\
    Tab\tType2\r\n";

#[test]
fn a_file_as_data_loader_writes_it() {
    let sdl = read(REAL);
    assert_eq!(sdl.problems, []);
    assert_eq!(sdl.unmapped, ["ID", "Land"]);
    let joined = "City & \", \" & State & \", \" & {!Zip Code}";
    assert_eq!(
        sdl.mapping.rules,
        [
            column("Name", "Account Name"),
            column("BillingStreet", "Straße"),
            column("ERP_Id__c", "Käufer Nr"),
            column("Phone", "Phone"),
            column("Other_Phone__c", "Phone"),
            column("Owner.Username", "OwnerLogin"),
            column("Contact:Who.Email", "Mail"),
            text("BillingCountry", "Canada"),
            formula("Description", joined),
            formula("BillingCity", joined),
            column("Type2", "Tab"),
            text("Type", "two words"),
        ]
    );
    let (bytes, left_out) = write(&sdl.mapping, &sdl.unmapped);
    assert_eq!(left_out, []);
    let again = read(&bytes);
    assert_eq!((in_order(again.mapping), again.unmapped), (in_order(sdl.mapping), sdl.unmapped));
    let written = String::from_utf8(bytes).unwrap();
    assert!(written.contains("\nCity,\\ State,\\ Zip\\ Code=Description, BillingCity\n"), "{written}");
    assert!(written.contains("\nK\\u00E4ufer\\ Nr=ERP_Id__c\n") && written.ends_with("\nID=\nLand=\n"), "{written}");
}

#[test]
fn what_has_no_place_is_a_problem_with_its_line() {
    let sdl = read(b"# c\nCity,\\ State}=Description\nA=Name\nB=Name\n\\u00zz=X\n,=Y\n");
    let lines: Vec<_> = sdl.problems.iter().map(|problem| &problem.message[..6]).collect();
    assert_eq!(lines, ["line 5", "line 2", "line 4", "line 6"]);
    assert_eq!(sdl.mapping.rules, [column("Name", "A")]);
}

#[test]
fn what_data_loader_cannot_say_is_listed_and_the_rest_written() {
    let owner =
        Lookup { object: "User".into(), by: "Email".into(), also: vec![], none: NoneFound::Reject, several: None };
    let rules = vec![
        column("Name", "Firma"),
        column("Phone", "a,b"),
        formula("Type", "UPPER(Typ)"),
        Rule { map: Some(ValueMap::default()), note: "agreed".into(), ..column("BillingCountry", "Land") },
        Rule { lookup: Some(owner), ..column("OwnerId", "Rep") },
        Rule {
            blank: Blank::Default("x".into()),
            too_long: TooLong::Trim,
            write: Write::OnCreate,
            ..column("Fax", "Fax")
        },
    ];
    let (bytes, left_out) = write(&Mapping { rules }, &[]);
    let said: Vec<_> = left_out.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "Phone: Data Loader cannot name the column a,b",
            "Type: Data Loader has no formulas",
            "BillingCountry: the value map cannot be said there",
            "BillingCountry: the note cannot be said there",
            "OwnerId: Data Loader looks up parents by external id only",
            "Fax: the value for blanks cannot be said there",
            "Fax: cutting long texts for this field alone cannot be said there",
            "Fax: when the field is written cannot be said there",
        ]
    );
    assert_eq!(bytes, b"#Mapping values\nFirma=Name\nLand=BillingCountry\nFax=Fax\n");
}

#[test]
fn other_encodings_are_known_or_refused() {
    assert_eq!(read("Straße=Name".as_bytes()).mapping.rules, [column("Name", "Straße")]);
    assert_eq!(read(b"\xef\xbb\xbfA=Name").mapping.rules, [column("Name", "A")]);
    let utf16: Vec<u8> = "A=Name".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let problem = &read(&utf16).problems[0];
    assert!(problem.message.starts_with("line 1: there is a NUL byte"), "{problem:?}");
    let large = read(&vec![b'a'; 100 << 20]);
    assert!(large.problems[0].message.contains("104857600 bytes"), "{large:?}");
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        froms in prop::collection::vec((0..3_u8, "[a-zA-Z \\\\=:#!\t\nä€😀-]{1,10}", "[a-zA-Z=:#!ä€😀-]{1,10}"), 0..8),
        parents in any::<[bool; 8]>(),
        unmapped in prop::collection::btree_set("[0-9=:#! ]{1,6}", 0..4),
    ) {
        let rules: Vec<Rule> = froms.iter().zip(parents).enumerate().map(|(index, ((kind, from, other), parent))| {
            let target = match (parent, index % 2) {
                (false, _) => format!("Field{index}__c"),
                (true, 0) => format!("Rel{index}__r.Key__c"),
                (true, _) => format!("Lead:Rel{index}.Email"),
            };
            match kind {
                0 => text(&target, from),
                1 if !from.trim().is_empty() => column(&target, from),
                _ => formula(&target, &joined(&[other, &format!("x {other}")])),
            }
        }).collect();
        // A column that is mapped is not unmapped as well.
        let used = |column: &String| rules.iter().any(|rule| rule.from == Expression::Column(column.clone()));
        let mut unmapped: Vec<String> = unmapped.into_iter().filter(|column| !used(column)).collect();
        let (bytes, left_out) = write(&Mapping { rules: rules.clone() }, &unmapped);
        prop_assert_eq!(left_out, []);
        let mut sdl = read(&bytes);
        prop_assert_eq!(sdl.problems, []);
        prop_assert_eq!(in_order(sdl.mapping), in_order(Mapping { rules }));
        sdl.unmapped.sort();
        unmapped.sort();
        prop_assert_eq!(sdl.unmapped, unmapped);
    }

    #[test]
    fn any_bytes_can_be_read_and_written(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let sdl = read(&bytes);
        let (again, _) = write(&sdl.mapping, &sdl.unmapped);
        prop_assert_eq!(read(&again).problems, []);
    }
}
