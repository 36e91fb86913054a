//! What differs inside two texts: word by word, with long stretches that agree folded away; and one text made of both.

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest time that a comparison may take: it happens within a frame, once for each pair of texts.
const DEADLINE: Duration = Duration::from_millis(15);

/// Characters beyond which texts are not compared inside.
const MOST: usize = 60_000;

/// Comparisons kept.
const KEPT: usize = 64;

/// Words that are shown on both sides of a difference when the rest is folded.
const AROUND: usize = 5;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its words.
    pub(crate) text: String,
    /// Whether the other text has something else.
    pub(crate) differs: bool,
    /// Whether it stands for words that are left out.
    pub(crate) fold: bool,
}

/// Comparisons that were made already.
#[derive(Debug, Default)]
pub(crate) struct Differ(HashMap<(u64, u64), Arc<[Piece]>>);

impl Differ {
    /// The parts of a text, compared with another one.
    pub(crate) fn marked(&mut self, text: &str, other: &str) -> Arc<[Piece]> {
        let hash = |text: &str| {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            hasher.finish()
        };
        let key = (hash(text), hash(other));
        if self.0.len() > KEPT {
            self.0.clear();
        }
        self.0.entry(key).or_insert_with(|| marked(text, other).into()).clone()
    }
}

/// Words, the spaces between them, and every other sign by itself.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |letter: char| match letter {
        letter if letter.is_alphanumeric() => 1,
        '\n' | '\r' => 0,
        letter if letter.is_whitespace() => 2,
        _ => 0,
    };
    let mut tokens = Vec::new();
    let mut from = 0;
    let mut before = None;
    for (at, letter) in text.char_indices() {
        let now = kind(letter);
        if at > 0 && (before != Some(now) || now == 0) {
            tokens.push(&text[from..at]);
            from = at;
        }
        before = Some(now);
    }
    if from < text.len() {
        tokens.push(&text[from..]);
    }
    tokens
}

fn compare<'a>(one: &'a str, other: &'a str) -> Option<(Vec<&'a str>, Vec<&'a str>, Vec<DiffOp>)> {
    if one.len() > MOST || other.len() > MOST {
        return None;
    }
    let (one, other) = (tokens(one), tokens(other));
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &one, &other, Some(Instant::now() + DEADLINE));
    Some((one, other, ops))
}

/// The parts of a text, compared with another one. Texts that have nothing in common are not marked inside: all of them differs.
pub(crate) fn marked(text: &str, other: &str) -> Vec<Piece> {
    let whole = |differs| vec![Piece { text: text.to_owned(), differs, fold: false }];
    if text == other || other.is_empty() {
        return whole(false);
    }
    let Some((words, _, ops)) = compare(text, other) else { return whole(true) };
    let mut pieces: Vec<Piece> = Vec::new();
    let mut add = |text: String, differs: bool| match pieces.last_mut() {
        Some(last) if last.differs == differs => last.text.push_str(&text),
        _ => pieces.push(Piece { text, differs, fold: false }),
    };
    for op in ops {
        let range = op.old_range();
        if !range.is_empty() {
            add(words[range].concat(), !matches!(op, DiffOp::Equal { .. }));
        }
    }
    pieces
}

/// The same parts, with long stretches that agree cut short.
pub(crate) fn folded(pieces: &[Piece]) -> Vec<Piece> {
    let mut short = Vec::new();
    let last = pieces.len().saturating_sub(1);
    for (at, piece) in pieces.iter().enumerate() {
        let words = tokens(&piece.text);
        let (head, tail) = (if at == 0 { 0 } else { 2 * AROUND }, if at == last { 0 } else { 2 * AROUND });
        if piece.differs || words.len() <= head + tail + 4 * AROUND {
            short.push(piece.clone());
            continue;
        }
        let plain = |words: &[&str]| Piece { text: words.concat(), differs: false, fold: false };
        short.push(plain(&words[..head]));
        short.push(Piece { text: " … ".to_owned(), differs: false, fold: true });
        short.push(plain(&words[words.len() - tail..]));
    }
    short.retain(|piece| !piece.text.is_empty());
    short
}

/// One text made of both: what agrees once, and of what differs first the one, then the other. Spaces alone are no agreement.
pub(crate) fn united(one: &str, other: &str) -> String {
    let Some((words, others, ops)) = compare(one, other) else { return format!("{one}\n{other}") };
    let (mut text, mut mine, mut theirs) = (String::new(), String::new(), String::new());
    for op in ops {
        let (my_words, their_words) = (words[op.old_range()].concat(), others[op.new_range()].concat());
        let spaces = my_words.chars().all(|letter| letter == ' ');
        if matches!(op, DiffOp::Equal { .. }) && (!spaces || (mine.is_empty() && theirs.is_empty())) {
            put(&mut text, &mut mine, &mut theirs);
            text.push_str(&my_words);
        } else {
            mine.push_str(&my_words);
            theirs.push_str(&their_words);
        }
    }
    put(&mut text, &mut mine, &mut theirs);
    text
}

/// Adds what differs: the one, and apart from it the other.
fn put(text: &mut String, mine: &mut String, theirs: &mut String) {
    text.push_str(mine);
    let apart = mine.ends_with(char::is_whitespace) || theirs.starts_with(char::is_whitespace);
    if !mine.is_empty() && !theirs.is_empty() && !apart {
        text.push(' ');
    }
    text.push_str(theirs);
    mine.clear();
    theirs.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|piece| if piece.differs { format!("[{}]", piece.text) } else { piece.text.clone() })
            .collect()
    }

    #[test]
    fn what_differs_is_marked_word_by_word() {
        assert_eq!(shown(&marked("the old red door", "the new red door")), "the [old] red door");
        assert_eq!(shown(&marked("030 / 12345", "030-12345")), "030[ / ]12345");
        assert_eq!(shown(&marked("same", "same")), "same");
        assert_eq!(
            shown(&marked("all of it", "")),
            "all of it",
            "beside nothing all of it is new, and nothing stands out"
        );
        assert_eq!(shown(&marked("Größe 5 €", "Größe 6 €")), "Größe [5] €");
    }

    #[test]
    fn long_stretches_that_agree_are_folded_and_differences_never() {
        let same = "word ".repeat(200);
        let pieces = marked(&format!("{same}left {same}"), &format!("{same}right {same}"));
        let short = folded(&pieces);
        let text = shown(&short);
        assert!(text.contains("[left]") && text.len() < 200, "{text}");
        assert_eq!(short.iter().filter(|piece| piece.fold).count(), 2);
        let few = marked("a few words", "a few signs");
        assert_eq!(folded(&few), few);
    }

    #[test]
    fn a_text_of_both_has_what_agrees_once() {
        assert_eq!(united("call before noon", "call after noon"), "call before after noon");
        assert_eq!(united("call before noon today", "call after lunch today"), "call before noon after lunch today");
        assert_eq!(united("a\nb\n", "a\nc\n"), "a\nb c\n");
        assert_eq!(united("", "only"), "only");
    }

    #[test]
    fn texts_without_end_are_compared_in_no_time() {
        let (one, other): (String, String) = (
            (0..9_000).map(|n| format!("{n} ")).collect(),
            (0..9_000).map(|n| format!("{} ", n * 7 % 9_001)).collect(),
        );
        let begun = Instant::now();
        marked(&one, &other);
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}
