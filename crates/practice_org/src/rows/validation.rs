//! Validation rules at work: a row is looked at as it will be, beside how it was.

use super::Desk;
use super::condition::Row;
use super::given::Given;
use super::policy::Validation;
use super::value::Cell;
use crate::failure::Failure;
use crate::schema::Object;

/// What is given, over what is stored.
struct Both<'r> {
    given: &'r Given,
    places: Vec<usize>,
    stored: Option<Vec<Cell>>,
}

impl Row for Both<'_> {
    fn now(&self, place: usize) -> &Cell {
        self.given.get(place).unwrap_or_else(|| self.before(place))
    }

    fn before(&self, place: usize) -> &Cell {
        let at = self.places.iter().position(|known| *known == place);
        at.and_then(|at| self.stored.as_ref()?.get(at)).unwrap_or(&Cell::Null)
    }

    fn is_new(&self) -> bool {
        self.stored.is_none()
    }
}

impl Desk<'_> {
    /// Refuses the row if one of the rules says so.
    pub(super) fn validate(
        &mut self,
        object: &Object,
        given: &Given,
        own: Option<&str>,
        rules: &[Validation],
    ) -> Result<(), Failure> {
        if rules.is_empty() {
            return Ok(());
        }
        let mut places: Vec<usize> = rules.iter().flat_map(|rule| rule.condition.places.iter().copied()).collect();
        places.sort_unstable();
        places.dedup();
        let stored = match own {
            Some(id) => Some(self.read(object, id, &places)?.unwrap_or_default()),
            None => None,
        };
        let row = Both { given, places, stored };
        match rules.iter().find(|rule| rule.condition.holds(&row)) {
            None => Ok(()),
            Some(rule) => Err(Failure {
                fields: rule.field.map(|place| object.fields[place].name.clone()).into_iter().collect(),
                ..Failure::new("FIELD_CUSTOM_VALIDATION_EXCEPTION", &rule.message)
            }),
        }
    }
}
