//! How texts compare: by their upper-case form, in Unicode, as an English org does.

use std::cmp::Ordering;

/// The collation of every text column.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    if left.is_ascii() && right.is_ascii() {
        for (a, b) in left.bytes().zip(right.bytes()) {
            let order = a.to_ascii_uppercase().cmp(&b.to_ascii_uppercase());
            if order != Ordering::Equal {
                return order;
            }
        }
        return left.len().cmp(&right.len());
    }
    left.chars().flat_map(char::to_uppercase).cmp(right.chars().flat_map(char::to_uppercase))
}

/// The form in which equal texts are the same.
pub(crate) fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).collect()
}

/// A pattern of LIKE: `%` any run, `_` one character, a backslash takes the next one literally.
pub(crate) struct Pattern(Vec<Step>);

impl Pattern {
    /// Reads a pattern whose escapes are still in it.
    pub(crate) fn new(pattern: &str) -> Self {
        let mut steps = Vec::new();
        let mut signs = pattern.chars();
        while let Some(sign) = signs.next() {
            match sign {
                '%' => steps.push(Step::Run),
                '_' => steps.push(Step::One),
                '\\' => steps.extend(signs.next().into_iter().flat_map(char::to_uppercase).map(Step::Exactly)),
                other => steps.extend(other.to_uppercase().map(Step::Exactly)),
            }
        }
        Pattern(steps)
    }

    /// Whether a value has this pattern.
    pub(crate) fn fits(&self, value: &str) -> bool {
        let value: Vec<char> = value.chars().flat_map(char::to_uppercase).collect();
        matches(&value, &self.0)
    }

    /// What every value of this pattern begins with, in upper case; where an index can begin to look.
    pub(crate) fn prefix(&self) -> String {
        let exact = |step: &Step| match step {
            Step::Exactly(sign) => Some(*sign),
            _ => None,
        };
        self.0.iter().map_while(exact).collect()
    }
}

enum Step {
    Run,
    One,
    Exactly(char),
}

/// Walks on greedily and falls back to the last run: linear for one run, never exponential.
fn matches(value: &[char], steps: &[Step]) -> bool {
    let (mut at, mut step) = (0, 0);
    let mut fallback = None;
    while at < value.len() {
        match steps.get(step) {
            Some(Step::Run) => {
                fallback = Some((step + 1, at));
                step += 1;
            }
            Some(Step::One) => {
                at += 1;
                step += 1;
            }
            Some(Step::Exactly(sign)) if *sign == value[at] => {
                at += 1;
                step += 1;
            }
            _ => match fallback {
                Some((after, from)) => {
                    fallback = Some((after, from + 1));
                    step = after;
                    at = from + 1;
                }
                None => return false,
            },
        }
    }
    steps[step..].iter().all(|step| matches!(step, Step::Run))
}

/// Whether a multi-select value holds every one of the wanted values; both are joined by semicolons.
pub(crate) fn holds_all(value: &str, wanted: &str) -> bool {
    let held: Vec<String> = value.split(';').map(fold).collect();
    wanted.split(';').all(|one| held.contains(&fold(one)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_ignored_beyond_ascii() {
        for (left, right, order) in [
            ("acme", "ACME", Ordering::Equal),
            ("été", "ÉTÉ", Ordering::Equal),
            ("a", "B", Ordering::Less),
            ("abc", "ab", Ordering::Greater),
            ("Zürich", "zuerich", Ordering::Greater),
        ] {
            assert_eq!(compare(left, right), order, "{left} {right}");
        }
    }

    #[test]
    fn like_knows_runs_single_signs_and_escapes() {
        for (value, pattern, answer) in [
            ("Acme", "a%", true),
            ("Acme", "%_me", true),
            ("Acme", "acm", false),
            ("50%", "50\\%", true),
            ("505", "50\\%", false),
            ("aXbXc", "%x%x%", true),
            ("Été", "é%", true),
            ("", "%", true),
            ("", "_", false),
            ("a\\b", "a\\\\%", true),
        ] {
            assert_eq!(Pattern::new(pattern).fits(value), answer, "{value} LIKE {pattern}");
        }
        for (pattern, prefix) in [("abc%", "ABC"), ("a\\%b_", "A%B"), ("%x", ""), ("straße", "STRASSE")] {
            assert_eq!(Pattern::new(pattern).prefix(), prefix);
        }
    }
}
