//! Which records of two ends are one thing: what is proposed before the first write, and for whatever is new after it.
//!
//! The surest evidence goes first: a partner that a record itself names, then each match rule in its order. Whoever is matched by one
//! takes no part in the next. What matches several is never guessed: a person chooses. Every record ends in exactly one group.

use crate::connect::{Digest, Digester};
use crate::record::Kind;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How values are compared to find partners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchBy {
    /// A key that is one record's alone, without case, as Salesforce compares external ids.
    Key,
    /// An e-mail address, without case and white space.
    Email,
    /// A phone number by its digits.
    Phone,
    /// A name, without case, accents, punctuation and what says which kind of company it is.
    Name,
}

/// A record of one end, as far as matching goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidate<'a> {
    /// What its own end calls it.
    pub id: &'a str,
    /// What the other end calls its partner, where the record keeps that.
    pub partner: Option<&'a str>,
    /// The value for each match rule; blank values match nothing.
    pub values: Vec<&'a str>,
}

/// Records that match each other, and more than one at an end: which are partners, a person must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguous {
    /// The rule by which they match; `None` when records name the same partner.
    pub rule: Option<usize>,
    /// Records of the left end.
    pub left: Vec<usize>,
    /// Records of the right end.
    pub right: Vec<usize>,
}

/// What is proposed: all records by their place in what was given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proposal {
    /// Left and right, and the rule that found them; `None` when one of them names the other.
    pub pairs: Vec<(usize, usize, Option<usize>)>,
    /// Records of the left end without a partner: they would be made at the right one.
    pub left_alone: Vec<usize>,
    /// Records of the right end without a partner.
    pub right_alone: Vec<usize>,
    /// What a person must choose among.
    pub ambiguous: Vec<Ambiguous>,
}

/// Proposes partners.
pub fn propose(rules: &[MatchBy], left: &[Candidate<'_>], right: &[Candidate<'_>]) -> Proposal {
    let mut matching =
        Matching { open: [vec![true; left.len()], vec![true; right.len()]], proposal: Proposal::default() };
    matching.by_name(left, right);
    for (index, rule) in rules.iter().enumerate() {
        let mut plain = Plain::default();
        let mut keys = |records: &[Candidate<'_>]| -> Vec<Option<Digest>> {
            records.iter().map(|record| plain.key(*rule, record.values[index])).collect()
        };
        let keys = [keys(left), keys(right)];
        // Two records with one key would be refused, or overwrite each other, even where the other end has none of them.
        matching.by_keys(Some(index), &keys, *rule == MatchBy::Key);
    }
    let Matching { open: [left, right], mut proposal } = matching;
    let rest = |open: Vec<bool>| (0..).zip(open).filter(|(_, open)| *open).map(|(index, _)| index).collect();
    (proposal.left_alone, proposal.right_alone) = (rest(left), rest(right));
    proposal
}

struct Matching {
    /// Whether a record waits for a partner, for each end.
    open: [Vec<bool>; 2],
    proposal: Proposal,
}

/// The records of both ends that share a key.
#[derive(Default)]
struct Group {
    left: Vec<usize>,
    right: Vec<usize>,
}

impl Matching {
    /// Records that name their partner: under the partner's id all who claim to be its partner meet.
    fn by_name(&mut self, left: &[Candidate<'_>], right: &[Candidate<'_>]) {
        let ids = |records: &[Candidate<'_>]| -> HashMap<String, usize> {
            records.iter().enumerate().map(|(index, record)| (record.id.to_owned(), index)).collect()
        };
        let (left_ids, right_ids) = (ids(left), ids(right));
        // A group is called by its right record; a claim from there leads to the left one.
        let mut claims: Vec<(usize, usize)> = Vec::new();
        for (index, record) in left.iter().enumerate() {
            claims.extend(record.partner.and_then(|id| right_ids.get(id)).map(|other| (index, *other)));
        }
        for (index, record) in right.iter().enumerate() {
            claims.extend(record.partner.and_then(|id| left_ids.get(id)).map(|other| (*other, index)));
        }
        claims.sort_unstable();
        claims.dedup();
        let mut groups = Groups::default();
        claims.iter().for_each(|(left, right)| groups.join(*left, *right));
        for group in groups.into_groups() {
            self.settle(None, group);
        }
    }

    fn by_keys(&mut self, rule: Option<usize>, keys: &[Vec<Option<Digest>>; 2], unique: bool) {
        let mut groups: HashMap<Digest, Group> = HashMap::new();
        let mut order = Vec::new();
        for (end, keys) in keys.iter().enumerate() {
            for (index, key) in keys.iter().enumerate() {
                let Some(key) = key.filter(|_| self.open[end][index]) else { continue };
                let group = groups.entry(key).or_insert_with(|| {
                    order.push(key);
                    Group::default()
                });
                if end == 0 { group.left.push(index) } else { group.right.push(index) }
            }
        }
        for group in order.iter().filter_map(|key| groups.remove(key)) {
            let both = !group.left.is_empty() && !group.right.is_empty();
            if both || (unique && group.left.len() + group.right.len() > 1) {
                self.settle(rule, group);
            }
        }
    }

    fn settle(&mut self, rule: Option<usize>, group: Group) {
        group.left.iter().for_each(|index| self.open[0][*index] = false);
        group.right.iter().for_each(|index| self.open[1][*index] = false);
        match (group.left.as_slice(), group.right.as_slice()) {
            ([left], [right]) => self.proposal.pairs.push((*left, *right, rule)),
            _ => self.proposal.ambiguous.push(Ambiguous { rule, left: group.left, right: group.right }),
        }
    }
}

/// Records that hang together by what they claim of each other.
#[derive(Default)]
struct Groups {
    of_left: HashMap<usize, usize>,
    of_right: HashMap<usize, usize>,
    groups: Vec<Group>,
}

impl Groups {
    fn join(&mut self, left: usize, right: usize) {
        let group = match (self.of_left.get(&left).copied(), self.of_right.get(&right).copied()) {
            (Some(one), Some(other)) if one == other => return,
            (Some(one), Some(other)) => {
                let Group { left, right } = std::mem::take(&mut self.groups[other]);
                self.of_left.extend(left.iter().map(|index| (*index, one)));
                self.of_right.extend(right.iter().map(|index| (*index, one)));
                self.groups[one].left.extend(left);
                self.groups[one].right.extend(right);
                return;
            }
            (Some(group), None) | (None, Some(group)) => group,
            (None, None) => {
                self.groups.push(Group::default());
                self.groups.len() - 1
            }
        };
        if self.of_left.insert(left, group).is_none() {
            self.groups[group].left.push(left);
        }
        if self.of_right.insert(right, group).is_none() {
            self.groups[group].right.push(right);
        }
    }

    fn into_groups(self) -> impl Iterator<Item = Group> {
        let sorted = |mut group: Group| {
            group.left.sort_unstable();
            group.right.sort_unstable();
            group
        };
        self.groups.into_iter().filter(|group| !group.left.is_empty()).map(sorted)
    }
}

/// Values in the form in which they are compared.
#[derive(Default)]
struct Plain {
    text: String,
    digester: Digester,
}

/// What says which kind of company it is.
const COMPANIES: [&str; 26] = [
    "ab",
    "ag",
    "as",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "gbr",
    "gmbh",
    "inc",
    "incorporated",
    "kg",
    "limited",
    "llc",
    "llp",
    "ltd",
    "mbh",
    "nv",
    "oy",
    "plc",
    "sa",
    "sarl",
    "se",
    "spa",
    "srl",
];

impl Plain {
    /// What a value is told by; `None` for one that tells nothing.
    fn key(&mut self, by: MatchBy, value: &str) -> Option<Digest> {
        self.text.clear();
        match by {
            MatchBy::Key | MatchBy::Email => self.text.extend(value.trim().chars().flat_map(char::to_lowercase)),
            MatchBy::Phone => self.text.extend(value.chars().filter(char::is_ascii_digit)),
            MatchBy::Name => self.name(value),
        }
        if by == MatchBy::Email && !self.text.contains('@') {
            return None;
        }
        // A few digits are an extension, which many have.
        let enough = if by == MatchBy::Phone { 5 } else { 1 };
        if self.text.len() < enough {
            return None;
        }
        self.digester.clear();
        self.digester.cell(Kind::Any, &self.text);
        Some(self.digester.finish())
    }

    fn name(&mut self, value: &str) {
        let letters: String = value.chars().flat_map(char::to_lowercase).map(without_accent).collect();
        let mut words: Vec<&str> =
            letters.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        while words.len() > 1 && words.last().is_some_and(|last| COMPANIES.contains(last)) {
            words.pop();
        }
        self.text.push_str(&words.join(" "));
    }
}

/// The letter without its accent, for the letters of Western Europe.
fn without_accent(letter: char) -> char {
    match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ì'..='ï' | 'ī' => 'i',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'š' | 'ś' => 's',
        'ž' | 'ź' | 'ż' => 'z',
        'ł' => 'l',
        'ř' => 'r',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record<'a>(id: &'a str, partner: Option<&'a str>, values: &[&'a str]) -> Candidate<'a> {
        Candidate { id, partner, values: values.to_vec() }
    }

    #[test]
    fn the_surest_evidence_goes_first_and_nothing_is_guessed() {
        use MatchBy::{Email, Key, Name};
        let left = [
            record("1", Some("a"), &["K9", "", ""]),
            record("2", None, &["K2", "", ""]),
            record("3", None, &["", "Ann@x.example ", "Other"]),
            record("4", None, &["", "", "Müller & Söhne GmbH"]),
            record("5", None, &["", "", "Twin AG"]),
            record("6", None, &["", "", "Twin"]),
            record("7", None, &["K7", "", ""]),
            record("8", None, &["k7", "", ""]),
            record("9", None, &["", "", ""]),
        ];
        let right = [
            record("a", None, &["K2", "", ""]),
            record("b", None, &["k2", "", ""]),
            record("c", None, &["", "ann@X.example", "Müller & Söhne"]),
            record("d", None, &["", "", "muller  sohne"]),
            record("e", None, &["", "", "TWIN"]),
            record("f", None, &["", "", "Alone"]),
        ];
        let proposal = propose(&[Key, Email, Name], &left, &right);
        assert_eq!(proposal.pairs, [(0, 0, None), (1, 1, Some(0)), (2, 2, Some(1)), (3, 3, Some(2))]);
        assert_eq!((proposal.left_alone, proposal.right_alone), (vec![8], vec![5]));
        let ambiguous = |rule, left: &[usize], right: &[usize]| Ambiguous {
            rule: Some(rule),
            left: left.to_vec(),
            right: right.to_vec(),
        };
        assert_eq!(proposal.ambiguous, [ambiguous(0, &[6, 7], &[]), ambiguous(2, &[4, 5], &[4])]);
    }

    #[test]
    fn records_that_claim_the_same_partner_are_for_a_person() {
        let left = [record("1", Some("a"), &[]), record("2", Some("a"), &[]), record("3", Some("gone"), &[])];
        let right = [record("a", Some("1"), &[]), record("b", Some("2"), &[])];
        let proposal = propose(&[], &left, &right);
        assert_eq!(proposal.ambiguous, [Ambiguous { rule: None, left: vec![0, 1], right: vec![0, 1] }]);
        assert_eq!((proposal.pairs.len(), proposal.left_alone), (0, vec![2]));
    }

    fn made<'a>(ids: &'a [String], records: &'a [(Option<usize>, String, String)]) -> Vec<Candidate<'a>> {
        let candidate = |(at, (partner, key, name)): (usize, &'a (Option<usize>, String, String))| Candidate {
            id: &ids[at],
            partner: partner.map(|id| ids[id].as_str()),
            values: vec![key, name],
        };
        records.iter().enumerate().map(candidate).collect()
    }

    proptest! {
        #[test]
        fn every_record_is_in_one_group_and_ends_are_alike(
            left in prop::collection::vec((prop::option::of(0..6usize), "[ab]{0,1}", "[aAbé]{0,2}( gmbh)?"), 0..8),
            right in prop::collection::vec((prop::option::of(0..6usize), "[ab]{0,1}", "[aAbé]{0,2}( gmbh)?"), 0..8),
        ) {
            let ids: Vec<String> = (0..8).map(|id| id.to_string()).collect();
            let (one, other) = (made(&ids, &left), made(&ids, &right));
            let rules = [MatchBy::Key, MatchBy::Name];
            let proposal = propose(&rules, &one, &other);
            let mut lefts = proposal.left_alone.clone();
            let mut rights = proposal.right_alone.clone();
            proposal.pairs.iter().for_each(|(left, right, _)| { lefts.push(*left); rights.push(*right); });
            proposal.ambiguous.iter().for_each(|group| { lefts.extend(&group.left); rights.extend(&group.right); });
            lefts.sort_unstable();
            rights.sort_unstable();
            prop_assert_eq!(lefts, (0..one.len()).collect::<Vec<_>>());
            prop_assert_eq!(rights, (0..other.len()).collect::<Vec<_>>());
            let swapped = propose(&rules, &other, &one);
            let mut pairs: Vec<_> = swapped.pairs.iter().map(|(left, right, rule)| (*right, *left, *rule)).collect();
            let mut expected = proposal.pairs.clone();
            pairs.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(pairs, expected);
            prop_assert_eq!(swapped.left_alone, proposal.right_alone);
        }
    }
}
