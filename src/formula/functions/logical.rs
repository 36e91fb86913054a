//! Conditions and choices. Most of them are built by the checker, since their types depend on their arguments.

use super::super::check::{ready, special};
use super::{Function, Group, Parameter, Run, Signature, Takes, any, function, literal, repeated, takes, text};
use crate::formula::node::{Arguments, Yield};
use crate::formula::value::Type;

const CONDITIONS: &[Parameter] = &[repeated(takes("condition", Type::Boolean))];

pub(super) const ALL: &[Function] = &[
    function(
        "AND",
        Group::Logical,
        &[Signature { parameters: CONDITIONS, result: Type::Boolean, run: Run::Special(special::and) }],
        "TRUE when all conditions are true. Conditions behind the first that is not are not looked at; an unknown one counts as not true.",
        &[("AND(Amount > 1000, Active)", "true"), ("AND(TRUE, FALSE)", "false")],
    ),
    function(
        "OR",
        Group::Logical,
        &[Signature { parameters: CONDITIONS, result: Type::Boolean, run: Run::Special(special::or) }],
        "TRUE when at least one condition is true. Conditions behind the first true one are not looked at.",
        &[("OR(Amount > 9999, Active)", "true")],
    ),
    function(
        "NOT",
        Group::Logical,
        &[Signature {
            parameters: &[takes("condition", Type::Boolean)],
            result: Type::Boolean,
            run: Run::Special(special::not),
        }],
        "TRUE when the condition is false. Of an unknown condition it is unknown.",
        &[("NOT(Active)", "false"), ("!Active", "false")],
    ),
    function(
        "IF",
        Group::Logical,
        &[Signature {
            parameters: &[takes("condition", Type::Boolean), any("then"), any("otherwise")],
            result: Type::Null,
            run: Run::Special(special::if_),
        }],
        "The second argument when the condition is true, else the third. Both must be of one type; NULL fits every type.",
        &[("IF(Amount > 1000, \"large\", \"small\")", "large"), ("IF(Active, NULL, 1)", "")],
    ),
    function(
        "CASE",
        Group::Logical,
        &[Signature {
            parameters: &[any("value"), any("case1"), any("result1"), any("…"), any("otherwise")],
            result: Type::Null,
            run: Run::Special(special::case),
        }],
        "The result behind the first case that equals the value, else the last argument. Texts are compared with case; cases of a picklist \
         are texts in quotes, \"\" for none. An error in any part is the error of the whole.",
        &[
            ("CASE(Status, \"Open\", 1, \"Closed\", 2, 0)", "1"),
            ("CASE(MONTH(Closed), 1, \"Jan\", 2, \"Feb\", \"later\")", "Feb"),
        ],
    ),
    function(
        "ISBLANK",
        Group::Logical,
        &[Signature { parameters: &[any("value")], result: Type::Boolean, run: Run::Special(special::is_blank) }],
        "TRUE when there is nothing in the value. Empty text is blank, a space is not; a blank number that is treated as zero is not blank.",
        &[("ISBLANK(Phone)", "true"), ("ISBLANK(\" \")", "false")],
    ),
    function(
        "BLANKVALUE",
        Group::Logical,
        &[Signature {
            parameters: &[any("value"), any("instead")],
            result: Type::Null,
            run: Run::Special(special::blank_value),
        }],
        "The value, or the second argument when the value is blank.",
        &[("BLANKVALUE(Phone, Email)", "anna@example.com"), ("BLANKVALUE(Name, \"?\")", "Anna Schmidt")],
    ),
    function(
        "ISNULL",
        Group::Logical,
        &[Signature { parameters: &[any("value")], result: Type::Boolean, run: Run::Special(special::is_null) }],
        "The old ISBLANK: of text it is never TRUE. Use ISBLANK.",
        &[("ISNULL(Phone)", "false"), ("ISNULL(Closed)", "false")],
    ),
    function(
        "NULLVALUE",
        Group::Logical,
        &[Signature {
            parameters: &[any("value"), any("instead")],
            result: Type::Null,
            run: Run::Special(special::null_value),
        }],
        "The old BLANKVALUE: text is never replaced. Use BLANKVALUE.",
        &[("NULLVALUE(Closed, TODAY())", "2024-02-29")],
    ),
    function(
        "ISNUMBER",
        Group::Logical,
        &[Signature { parameters: &[text("text")], result: Type::Boolean, run: Run::Truth(super::texts::is_number) }],
        "TRUE when VALUE can read the text: digits with an optional sign, decimal point and exponent, nothing else.",
        &[("ISNUMBER(\"-1.5\")", "true"), ("ISNUMBER(\"1,000\")", "false"), ("ISNUMBER(\"\")", "false")],
    ),
    function(
        "ISPICKVAL",
        Group::Logical,
        &[Signature {
            parameters: &[takes("picklist", Type::Picklist), literal("value")],
            result: Type::Boolean,
            run: Run::Truth(is_pick_value),
        }],
        "TRUE when the picklist has this value, with case; \"\" asks whether it has none.",
        &[("ISPICKVAL(Status, \"Open\")", "true"), ("ISPICKVAL(Status, \"\")", "false")],
    ),
    Function {
        prepare: Some(ready::not_blank),
        ..function(
            "INCLUDES",
            Group::Logical,
            &[Signature {
                parameters: &[takes("multi-select picklist", Type::MultiPicklist), literal("value")],
                result: Type::Boolean,
                run: Run::Truth(includes),
            }],
            "TRUE when the value is one of those selected, with case.",
            &[("INCLUDES(Regions, \"APAC\")", "true"), ("INCLUDES(Regions, \"AP\")", "false")],
        )
    },
    Function {
        moving: true,
        ..function(
            "ISCHANGED",
            Group::Logical,
            &[Signature { parameters: &[FIELD], result: Type::Boolean, run: Run::Special(special::is_changed) }],
            "TRUE when the field differs from the previous version of the row; FALSE when there is none. Only for sources that know it.",
            &[("ISCHANGED(Amount)", "false")],
        )
    },
    Function {
        moving: true,
        ..function(
            "PRIORVALUE",
            Group::Logical,
            &[Signature { parameters: &[FIELD], result: Type::Null, run: Run::Special(special::prior_value) }],
            "The field's value in the previous version of the row; the current one when there is none. Only for sources that know it.",
            &[("PRIORVALUE(Amount)", "1250.5")],
        )
    },
    Function {
        moving: true,
        prepare: Some(ready::needs_previous),
        ..function(
            "ISNEW",
            Group::Logical,
            &[Signature { parameters: &[], result: Type::Boolean, run: Run::Truth(is_new) }],
            "TRUE when the row is new. Only for sources that know it.",
            &[("ISNEW()", "false")],
        )
    },
    Function {
        moving: true,
        prepare: Some(ready::needs_previous),
        ..function(
            "ISCLONE",
            Group::Logical,
            &[Signature { parameters: &[], result: Type::Boolean, run: Run::Truth(is_clone) }],
            "TRUE when the row is a copy of another record. Only for sources that know it.",
            &[("ISCLONE()", "false")],
        )
    },
];

const FIELD: Parameter = Parameter { name: "field", takes: Takes::Any, optional: false, repeated: false };

fn is_pick_value(given: &Arguments<'_, '_>) -> Yield<Option<bool>> {
    Ok(Some(given.text(0)? == given.text(1)?))
}

fn includes(given: &Arguments<'_, '_>) -> Yield<Option<bool>> {
    let (selected, value) = (given.text(0)?, given.text(1)?);
    Ok(Some(selected.split(';').any(|one| one == value)))
}

fn is_new(given: &Arguments<'_, '_>) -> Yield<Option<bool>> {
    Ok(Some(given.env.cells.is_new()))
}

fn is_clone(given: &Arguments<'_, '_>) -> Yield<Option<bool>> {
    Ok(Some(given.env.cells.is_clone()))
}
