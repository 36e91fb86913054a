//! Finding a text among the cells of a batch, in letters of any case.

use super::Batch;
use memchr::memmem::Finder;

/// A text that is looked for.
pub struct Needle {
    /// In small letters.
    text: String,
    /// How its first letter may be written.
    first: Vec<Finder<'static>>,
}

impl Needle {
    /// Looks for this text; for an empty one, everything has it.
    pub fn new(text: &str) -> Needle {
        let text = text.to_lowercase();
        let mut first = Vec::new();
        if let Some(letter) = text.chars().next() {
            let capital = letter.to_uppercase().to_string();
            first.push(Finder::new(letter.to_string().as_bytes()).into_owned());
            if !capital.starts_with(letter) {
                first.push(Finder::new(capital.as_bytes()).into_owned());
            }
        }
        Needle { text, first }
    }

    /// Whether a text begins with it.
    pub fn begins(&self, text: &str) -> bool {
        match text.get(..self.text.len()) {
            Some(begin) if begin.eq_ignore_ascii_case(&self.text) => true,
            Some(begin) if begin.is_ascii() => false,
            // Letters beyond ASCII may be longer in one case than in the other.
            _ => {
                let mut letters = text.chars().flat_map(char::to_lowercase);
                self.text.chars().all(|letter| letters.next() == Some(letter))
            }
        }
    }

    /// Whether a text has it somewhere.
    pub fn is_in(&self, text: &str) -> bool {
        self.text.is_empty() || self.places(text).any(|at| self.begins(&text[at..]))
    }

    /// Where its first letter stands in a text, in order.
    fn places<'a>(&'a self, text: &'a str) -> impl Iterator<Item = usize> + 'a {
        let next = |finder: &Finder<'_>, from: usize| finder.find(&text.as_bytes()[from..]).map(|at| at + from);
        let mut found: Vec<_> = self.first.iter().map(|finder| next(finder, 0)).collect();
        std::iter::from_fn(move || {
            let (which, at) =
                found.iter().enumerate().filter_map(|(which, at)| Some((which, (*at)?))).min_by_key(|(_, at)| *at)?;
            found[which] = next(&self.first[which], at + 1);
            Some(at)
        })
    }
}

impl Batch {
    /// Indexes of the rows with a cell that has this text, in order.
    pub fn rows_with(&self, needle: &Needle) -> Vec<usize> {
        if needle.text.is_empty() {
            return (0..self.len()).collect();
        }
        let mut rows = Vec::new();
        let mut known_to = 0;
        for at in needle.places(&self.text) {
            // The rest of a row that is found need not be looked at.
            if at < known_to || !needle.begins(&self.text[at..]) {
                continue;
            }
            let cell = self.ends.partition_point(|end| *end as usize <= at);
            if needle.begins(&self.text[at..self.ends[cell] as usize]) {
                let row = cell / self.columns;
                known_to = self.ends[row * self.columns + self.columns - 1] as usize;
                rows.push(row);
            }
        }
        let beyond = self.extra.iter().filter(|(_, cells)| cells.iter().any(|cell| needle.is_in(cell)));
        let beyond: Vec<_> = beyond.map(|(row, _)| *row as usize).collect();
        if !beyond.is_empty() {
            rows.extend(beyond);
            rows.sort_unstable();
            rows.dedup();
        }
        rows
    }

    /// Indexes of the rows in which one of these columns begins with this text, in order.
    pub fn rows_beginning(&self, needle: &Needle, columns: &[usize]) -> Vec<usize> {
        let begins = |(at, row): (usize, super::Row<'_>)| {
            columns.iter().any(|column| needle.begins(row.cell(*column))).then_some(at)
        };
        self.rows().enumerate().filter_map(begins).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::BatchBuilder;
    use proptest::prelude::*;

    #[test]
    fn letters_match_in_any_case() {
        for (text, needle, begins, is_in) in [
            ("Müller GmbH", "müller", true, true),
            ("MÜLLER GmbH", "müller g", true, true),
            ("MÜLLER GmbH", "Üll", false, true),
            ("straße", "ẞ", false, true),
            ("Acme", "acme", true, true),
            ("Acme", "acme ", false, false),
            ("日本", "本", false, true),
            ("anything", "", true, true),
            ("", "a", false, false),
        ] {
            assert_eq!(Needle::new(needle).begins(text), begins, "{needle} in {text}");
            assert_eq!(Needle::new(needle).is_in(text), is_in, "{needle} in {text}");
        }
    }

    proptest! {
        #[test]
        fn rows_are_found_as_one_would_by_hand(
            rows in prop::collection::vec(prop::collection::vec("[abAB ÖöİK]{0,4}", 0..5), 0..12),
            needle in "[abAÖö]{0,3}",
        ) {
            let mut builder = BatchBuilder::new(1, 3);
            for row in &rows {
                row.iter().for_each(|cell| builder.cell(cell));
                builder.end_row(1, None);
            }
            let batch = builder.finish();
            let small = needle.to_lowercase();
            let has = |row: &Vec<String>| small.is_empty() || row.iter().any(|cell| cell.to_lowercase().contains(&small));
            let wanted: Vec<_> = (0..rows.len()).filter(|at| has(&rows[*at])).collect();
            prop_assert_eq!(batch.rows_with(&Needle::new(&needle)), wanted);
            let begins = |row: &Vec<String>| row.get(1).is_some_and(|cell| cell.to_lowercase().starts_with(&small));
            let wanted: Vec<_> = (0..rows.len()).filter(|at| begins(&rows[*at]) || small.is_empty()).collect();
            prop_assert_eq!(batch.rows_beginning(&Needle::new(&needle), &[1]), wanted);
        }
    }
}
