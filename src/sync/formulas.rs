//! Formulas that settle what both ends changed: over the values of both ends and what they last agreed on, by the ends' own names:
//! `IF(ISBLANK(Salesforce.Phone), ERP.Phone, Agreed.Phone)`.
//!
//! They are rules of a mapping whose source is one row with all three, so that they are compiled, checked against their field and
//! written as everywhere else.

use crate::mapping::{
    Expression, Mapped, MappedCell, Mapper, Mapping, MappingProblem, Reading, Rule, TargetShape, no_links,
};
use crate::record::{BatchBuilder, Field, Schema};

/// What the last agreed values are called.
const AGREED: &str = "Agreed";

/// The formulas of all lines that have one.
#[derive(Debug)]
pub struct Formulas {
    mapper: Mapper,
    /// By line: which rule of the mapper is its formula.
    rules: Vec<Option<usize>>,
    columns: usize,
}

impl Formulas {
    /// Compiles the formulas of lines: the field that each goes to, and its formula where it has one. `left` and `right` are what the
    /// ends are called.
    pub fn compile(
        left: &str,
        right: &str,
        lines: &[(&Field, Option<&str>)],
        reading: &Reading,
    ) -> Result<Formulas, Vec<MappingProblem>> {
        let of = |end: &str| {
            let named = |(field, _): &(&Field, Option<&str>)| Field {
                name: format!("{end}.{}", field.name),
                label: field.label.clone(),
                ..(*field).clone()
            };
            lines.iter().map(named).collect::<Vec<_>>()
        };
        let fields: Vec<Field> = [left, right, AGREED].into_iter().flat_map(of).collect();
        let columns = fields.len();
        let source = Schema { name: "both ends".to_owned(), fields, ..Schema::default() };
        let object = Schema { fields: lines.iter().map(|(field, _)| (*field).clone()).collect(), ..Schema::default() };
        let mut mapping = Mapping::default();
        let mut rules = Vec::with_capacity(lines.len());
        for (field, formula) in lines {
            rules.push(formula.map(|_| mapping.rules.len()));
            let rule = |text: &str| Rule::new(field.name.clone(), Expression::Formula(text.to_owned()));
            mapping.rules.extend(formula.map(rule));
        }
        let mapper = Mapper::compile(&mapping, &source, &TargetShape { object, ..TargetShape::default() }, reading)?;
        Ok(Formulas { mapper, rules, columns })
    }

    /// The result of a line's formula; `None` where it has none for these values.
    pub fn result(&self, line: usize, left: &[&str], right: &[&str], agreed: &[&str]) -> Option<String> {
        let rule = *self.rules.get(line)?.as_ref()?;
        let mut batch = BatchBuilder::new(1, self.columns);
        [left, right, agreed].into_iter().flatten().for_each(|value| batch.cell(value));
        batch.end_row(1, None);
        let batch = batch.finish();
        let (mut mapped, mut refused) = (Mapped::default(), false);
        self.mapper.map(batch.row(0)?, &no_links, &mut mapped, |index, _| refused |= index == rule);
        match mapped.cell(rule) {
            _ if refused => None,
            MappedCell::Value(value) => Some(value.to_owned()),
            MappedCell::Keep | MappedCell::Clear => Some(String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Kind;

    fn field(name: &str, kind: Kind) -> Field {
        Field { kind, length: 20, ..Field::column(name) }
    }

    #[test]
    fn a_formula_sees_both_ends_and_what_was_agreed() {
        let (phone, stock) = (field("Phone", Kind::Phone), field("Stock", Kind::Number));
        let lines = [
            (&phone, Some("IF(ISBLANK(Salesforce.Phone), ERP.Phone, Salesforce.Phone & \" / \" & Agreed.Phone)")),
            (&stock, Some("Agreed.Stock + (ERP.Stock - Agreed.Stock) + (Salesforce.Stock - Agreed.Stock)")),
        ];
        let formulas = Formulas::compile("ERP", "Salesforce", &lines, &Reading::default()).unwrap();
        let result = |line| formulas.result(line, &["1", "7"], &["2", "12"], &["0", "10"]);
        assert_eq!((result(0).as_deref(), result(1).as_deref()), (Some("2 / 0"), Some("9")));
        assert_eq!(formulas.result(0, &["1", "7"], &["", "12"], &["0", "10"]).as_deref(), Some("1"));
        assert_eq!(
            formulas.result(0, &["1", "7"], &["2", "12"], &["x".repeat(30).as_str(), "10"]),
            None,
            "it is too long"
        );
        assert_eq!(formulas.result(1, &["1", "many"], &["2", "12"], &["0", "10"]), None);
        assert_eq!(formulas.result(2, &[], &[], &[]), None);
    }

    #[test]
    fn a_formula_that_cannot_be_is_a_problem() {
        let stock = field("Stock", Kind::Number);
        for wrong in ["Theirs.Stock", "TEXT(ERP.Stock)", "ERP.Stock +"] {
            let problems = Formulas::compile("ERP", "Salesforce", &[(&stock, Some(wrong))], &Reading::default());
            assert!(problems.is_err(), "{wrong}");
        }
    }
}
