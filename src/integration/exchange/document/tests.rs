use super::super::{Format, Given, open};
use super::*;
use crate::integration::Integration;
use crate::mapping::{
    Blank, Condition, Expression, Lookup, NoneFound, Otherwise, Rule, SeveralFound, Table, TooLong, ValueMap, Write,
};
use proptest::prelude::*;

fn integration() -> Integration {
    let text = r#"{"linkspan": 1, "name": "Kunden & Co",
        "tables": [{"name": "rates", "columns": ["Currency", "Rate"], "rows": [["EUR", "1.1"], ["a|b", "`x`"]]}],
        "steps": [
            {"source": {"path": "/home/me/kunden.csv", "csv": {"encoding": "Windows-1252", "delimiter": ";"}}, "org": "uat",
             "object": "Account", "operation": "upsert", "find": {"external_id": "ERP_Id__c"},
             "mapping": [{"target": "ERP_Id__c", "column": "Nr"},
                         {"target": "Name", "formula": "TRIM({!Firma 1}) & \" | \" & Ort", "too_long": "trim"},
                         {"target": "BillingCountry", "column": "Land", "map": {"rows": [["D", "Germany"]], "match_case": false,
                          "otherwise": {"default": "Other"}}, "blank": {"default": "Germany"}},
                         {"target": "ParentId", "column": "Mutter", "lookup": {"object": "Account", "by": "ERP_Id__c",
                          "also": [{"field": "Type", "constant": "Customer"}], "none": "blank", "several": "first"}},
                         {"target": "Type", "constant": "Customer", "write": "on_create", "note": "agreed *today*"}],
             "options": {"all_or_none": true, "rows_per_call": 50, "duplicates": "last"}},
            {"source": {"org": "prod", "soql": "SELECT LastName FROM Contact"}, "org": "uat", "object": "Contact",
             "operation": "update", "find": {"match": ["Email", "LastName"]},
             "mapping": [{"target": "Email", "column": "Email"}, {"target": "LastName", "column": "LastName"},
                         {"target": "Account.ERP_Id__c", "column": "Account.ERP_Id__c"}]}
        ]}"#;
    Integration::from_file(text).unwrap()
}

#[test]
fn a_document_says_all_of_it_in_words() {
    let text = markdown(&integration(), &Known { made_at: Some("on 2 March 2026"), ..Known::default() });
    for said in [
        "# Kunden &amp; Co\n\n- Made on 2 March 2026.\n",
        "- It has 2 steps, which run in this order: 1 Account → 2 Contact.\n",
        "- Of step 1 (Account), `ParentId` may lead to records that are made only then or later: set in a second pass, after all steps.\n",
        "- In formulas a blank number is zero, and days are those of `UTC`.\n",
        "## Step 1: Upsert Account by ERP_Id__c from kunden.csv\n",
        "- Rows come from `kunden.csv`, text in Windows-1252 with the delimiter `;`.\n",
        "- Records of `Account` in `uat` are found by `ERP_Id__c`, which Salesforce looks up itself.\n- A row that finds none makes one.\n",
        "- A REST call takes 50 rows.\n- Of several rows for one record the last is sent.\n- A REST call with one bad row does nothing at all.\n",
        "| From | How | To | Policies | Note |\n|---|---|---|---|---|\n| `Nr` | copy | `ERP_Id__c` | A blank keeps what is there |  |\n",
        "| `Firma 1`, `Ort` | formula <code>TRIM&#40;&#123;&#33;Firma 1&#125;&#41; &#38; &#34; &#124; &#34; &#38; Ort</code> | `Name` |",
        "| `Land` | one value is translated | `BillingCountry` | A blank becomes `Germany` |  |\n",
        "the `Account` whose `ERP_Id__c` is that and whose `Type` is `\"Customer\"`; none: blank; several: the oldest |",
        "| the text `\"Customer\"` | the same in every row | `Type` | A blank keeps what is there; on new records only | agreed \\*today\\* |\n",
        "### Values of `BillingCountry`\n\n| From | To |\n|---|---|\n| `D` | `Germany` |\n\nOther values become `Other`. Capitals make no difference.\n",
        "- Rows come from `prod`: `SELECT LastName FROM Contact`\n",
        "are found by `Email`, `LastName`, looked up beforehand without case; a row that finds several records is held.\n",
        "### Table `rates`\n\n| Currency | Rate |\n|---|---|\n| `EUR` | `1.1` |\n| <code>a&#124;b</code> | <code>&#96;x&#96;</code> |\n",
    ] {
        assert!(text.contains(said), "{said}\n--- is not in\n{text}");
    }
    assert!(!text.contains("/home/me"), "folders of one computer are nobody's business");
}

#[test]
fn the_page_draws_every_wire_and_says_the_same_each_time() {
    let page = html(&integration(), &Known::default());
    assert_eq!(page, html(&integration(), &Known::default()));
    assert_eq!(page.matches("<svg ").count(), 2);
    // One for each column of a rule, and one from each node to its field.
    assert_eq!(page.matches("<path ").count(), (1 + 2 + 1 + 1 + 1) + 3 + 3);
    assert_eq!(page.matches("class=\"node\"").count(), 3);
    for part in
        ["prefers-color-scheme:dark", "@media print", "<title>Kunden &amp; Co</title>", "<code>TRIM({!Firma 1})"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("href="), "it needs nothing else");
}

#[test]
fn problems_and_what_a_foreign_file_says_beyond_are_in_it() {
    let export = include_str!("../../../../tests/fixtures/exchange/sfdmu/export.json");
    let opened = open(Format::Sfdmu, export, &Given { name: "uat".into(), ..Given::default() }).unwrap();
    let problem = Problem {
        target: Some("Name".into()),
        hint: Some("Map it.".into()),
        ..crate::integration::plan::Problem::of(1, "new Contact records need LastName")
    };
    let known = Known { problems: &[problem], ..Known::default() };
    for text in [markdown(&opened.integration, &known), html(&opened.integration, &known)] {
        assert!(text.contains("Step 2, Contact, "), "{text}");
        assert!(text.contains(": new Contact records need LastName. Map it."), "{text}");
        assert!(text.contains("objects[2].deleteOldData"), "{text}");
    }
}

/// An integration all of whose texts are this one.
fn hostile(text: &str) -> Integration {
    let own = || text.to_owned();
    let mut integration = integration();
    integration.name = own();
    integration.tables = vec![Table { name: own(), columns: vec![own()], rows: vec![vec![own()]] }];
    let step = &mut integration.steps[0];
    (step.org, step.object) = (own(), own());
    step.find = crate::integration::Find::Match(vec![own()]);
    step.source.file_mut().unwrap().path = own().into();
    let map = ValueMap {
        table: Some(own()),
        rows: vec![(own(), own())],
        match_case: true,
        otherwise: Otherwise::Default(own()),
    };
    let lookup = Lookup {
        object: own(),
        by: own(),
        also: vec![Condition { field: own(), is: Expression::Formula(own()) }],
        none: NoneFound::Reject,
        several: Some(SeveralFound::Reject),
    };
    let rule = |from: Expression| Rule {
        target: own(),
        from,
        map: Some(map.clone()),
        lookup: Some(lookup.clone()),
        blank: Blank::Default(own()),
        too_long: TooLong::Trim,
        write: Write::IfBlank,
        note: own(),
    };
    step.mapping.rules =
        [Expression::Column(own()), Expression::Constant(own()), Expression::Formula(own())].map(rule).into();
    integration
}

#[test]
fn nothing_from_outside_becomes_markup() {
    let evil = "<script>alert('x')</script><img src=x onerror=\"y\">|`*_[a](javascript:b)\n# h\n- i";
    let known = Known { made_at: Some(evil), ..Known::default() };
    let page = html(&hostile(evil), &known);
    for tag in ["<script", "<img", "onerror=\""] {
        assert!(!page.contains(tag), "{tag}");
    }
    let text = markdown(&hostile(evil), &known);
    for tag in ["<script", "<img", "](javascript", "\n# h", "\n- i"] {
        let text = text.replace("\\]", "");
        assert!(!text.contains(tag), "{tag} in {text}");
    }
    // Every row of a table has as many cells as its head: no text ends a cell.
    let cells = |line: &&str| line.starts_with('|') && !line.contains("---");
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    assert!(text.lines().filter(cells).all(|line| [6, 3, 2].contains(&bars(line))), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_can_stand_in_a_document(text in "[<>&\"'`|\\\\_*#\n\ra-z{}!/=\\PC]{0,30}") {
        let tags = |text: &str| {
            let mut integration = hostile(text);
            // Which columns a formula names, and so its wires, depends on the text.
            integration.steps[0].mapping.rules[2].from = Expression::Formula("Column1 & Column2".into());
            html(&integration, &Known::default()).matches('<').count()
        };
        prop_assert_eq!(tags(&text), tags("x"));
        let _page = html(&hostile(&text), &Known::default());
        let _text = markdown(&hostile(&text), &Known::default());
    }
}
