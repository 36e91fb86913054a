//! What an editor of formulas needs: colours, completion, help for the call under the cursor. All of it works on half-typed text.
//!
//! Positions are bytes of the text.

use super::functions::{self, Function};
use super::lexer::{self, Token, TokenKind};
use super::scope::Scope;
use super::syntax::needs_braces;
use std::ops::Range;

/// What a piece of text is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenClass {
    /// A number.
    Number,
    /// A text in quotes.
    Text,
    /// A name of a field.
    Field,
    /// A name of a function.
    Function,
    /// `TRUE`, `FALSE`, `NULL`, `NOT`.
    Keyword,
    /// An operator.
    Operator,
    /// A parenthesis or a comma.
    Punctuation,
    /// A comment.
    Comment,
    /// What is no part of a formula.
    Bad,
}

/// The pieces of a text, in order; what lies between them is white space.
pub fn tokens(text: &str) -> Vec<(Range<usize>, TokenClass)> {
    let tokens = lexer::tokens(text);
    let class = |index: usize| {
        let token = &tokens[index];
        match token.kind {
            TokenKind::Number => TokenClass::Number,
            TokenKind::Text => TokenClass::Text,
            TokenKind::Braced => TokenClass::Field,
            TokenKind::Name => {
                let word = &text[token.span.clone()];
                let is = |keyword: &&str| keyword.eq_ignore_ascii_case(word);
                if ["TRUE", "FALSE", "NULL", "NOT"].iter().any(is) {
                    TokenClass::Keyword
                } else if opens_call(&tokens, index) {
                    TokenClass::Function
                } else {
                    TokenClass::Field
                }
            }
            TokenKind::Operator(_) => TokenClass::Operator,
            TokenKind::Open | TokenKind::Close | TokenKind::Comma => TokenClass::Punctuation,
            TokenKind::Comment => TokenClass::Comment,
            TokenKind::Bad(..) => TokenClass::Bad,
        }
    };
    (0..tokens.len()).map(|index| (tokens[index].span.clone(), class(index))).collect()
}

/// Whether a `(` follows the token.
fn opens_call(tokens: &[Token], index: usize) -> bool {
    tokens[index + 1..]
        .iter()
        .find(|token| token.kind != TokenKind::Comment)
        .is_some_and(|token| token.kind == TokenKind::Open)
}

/// What may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completions {
    /// What an accepted item replaces.
    pub replace: Range<usize>,
    /// The best first.
    pub items: Vec<Completion>,
}

/// One thing that may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What people see.
    pub label: String,
    /// What is inserted; of a function with its opening parenthesis.
    pub insert: String,
    /// The type of a field, the arguments of a function.
    pub detail: String,
    /// What it does.
    pub help: String,
    /// What it is.
    pub kind: CompletionKind,
}

/// What a completion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompletionKind {
    /// A field of the row.
    Field,
    /// A function.
    Function,
    /// `TRUE`, `FALSE`, `NULL`.
    Keyword,
    /// A table of the integration.
    Table,
    /// A column of a table.
    Column,
}

/// What may stand at the cursor, by what is typed there so far.
pub fn complete(text: &str, cursor: usize, scope: &Scope<'_>) -> Completions {
    let cursor = floor(text, cursor);
    let tokens = lexer::tokens(text);
    let under = tokens.iter().position(|token| token.span.start < cursor && cursor <= token.span.end);
    let nothing = Completions { replace: cursor..cursor, items: Vec::new() };
    let Some(index) = under else { return offered(text, &tokens, cursor..cursor, "", scope, &Want::Anything) };
    let token = &tokens[index];
    let source = &text[token.span.clone()];
    let typed = &text[token.span.start..cursor];
    // The end of a finished text or comment is outside of it.
    let inside = cursor < token.span.end;
    match token.kind {
        TokenKind::Name => offered(text, &tokens, token.span.clone(), typed, scope, &Want::Anything),
        TokenKind::Braced if inside => {
            let typed = typed.trim_start_matches(['{', '!']).trim_start();
            offered(text, &tokens, token.span.clone(), typed, scope, &Want::Braced)
        }
        TokenKind::Bad(..) if source.starts_with("{!") => {
            let typed = typed.trim_start_matches(['{', '!']).trim_start();
            offered(text, &tokens, token.span.start..cursor, typed, scope, &Want::Braced)
        }
        TokenKind::Bad(..) if source.starts_with(char::is_alphabetic) || source.starts_with('_') => {
            offered(text, &tokens, token.span.clone(), typed, scope, &Want::Braced)
        }
        TokenKind::Text if inside => in_quotes(text, &tokens, token.span.clone(), &typed[1..], scope),
        TokenKind::Bad(..) if source.starts_with(['"', '\'']) => {
            in_quotes(text, &tokens, token.span.start..cursor, &typed[1..], scope)
        }
        TokenKind::Operator(_) | TokenKind::Open | TokenKind::Comma => {
            offered(text, &tokens, cursor..cursor, "", scope, &Want::Anything)
        }
        _ => nothing,
    }
}

enum Want {
    Anything,
    /// Only fields, in braces.
    Braced,
}

/// Names of tables and columns in the quotes of MAPVALUE and LOOKUP.
fn in_quotes(text: &str, tokens: &[Token], replace: Range<usize>, typed: &str, scope: &Scope<'_>) -> Completions {
    let mut completions = Completions { replace: replace.clone(), items: Vec::new() };
    let Some((function, argument, first)) = call_at(text, tokens, replace.start) else { return completions };
    let (names, kind, detail) = match (function.name, argument) {
        ("MAPVALUE" | "LOOKUP", 0) => (scope.tables.names(), CompletionKind::Table, "Table"),
        ("LOOKUP", 2) => {
            let name = first.filter(|token| token.kind == TokenKind::Text).map(|token| &text[token.span.clone()]);
            let table = name.and_then(|name| scope.tables.table(&lexer::unquoted(name)));
            let columns = table.map(|table| table.columns().to_vec()).unwrap_or_default();
            (columns, CompletionKind::Column, "Column")
        }
        _ => return completions,
    };
    let quoted = |name: &str| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    let items = names.into_iter().map(|name| Completion {
        insert: quoted(&name),
        detail: detail.to_owned(),
        help: String::new(),
        label: name,
        kind,
    });
    completions.items = ranked(items, typed);
    completions
}

fn offered(
    text: &str,
    tokens: &[Token],
    replace: Range<usize>,
    typed: &str,
    scope: &Scope<'_>,
    want: &Want,
) -> Completions {
    let fields = scope.fields.names().into_iter().map(|name| {
        let kind = scope.fields.find(&name).map_or("", |(_, kind)| kind.label());
        let braced = matches!(want, Want::Braced) || needs_braces(&name);
        let insert = if braced { format!("{{!{name}}}") } else { name.clone() };
        Completion { insert, detail: kind.to_owned(), help: String::new(), label: name, kind: CompletionKind::Field }
    });
    let mut items: Vec<_> = fields.collect();
    if matches!(want, Want::Anything) {
        let open = tokens.iter().any(|token| token.kind == TokenKind::Open && token.span.start == replace.end);
        let callable = functions::all().filter(|function| !function.refused());
        items.extend(callable.map(|function| Completion {
            label: function.name.to_owned(),
            insert: if open { function.name.to_owned() } else { format!("{}(", function.name) },
            detail: function.shapes().join(" · "),
            help: function.help.to_owned(),
            kind: CompletionKind::Function,
        }));
        items.extend(["TRUE", "FALSE", "NULL"].map(|word| Completion {
            label: word.to_owned(),
            insert: word.to_owned(),
            detail: String::new(),
            help: String::new(),
            kind: CompletionKind::Keyword,
        }));
    }
    debug_assert!(replace.end <= text.len());
    Completions { replace, items: ranked(items, typed) }
}

/// Those that fit what is typed: beginnings first, then beginnings of words, then parts.
fn ranked(items: impl IntoIterator<Item = Completion>, typed: &str) -> Vec<Completion> {
    let typed = typed.to_lowercase();
    let rank = |label: &str| {
        let label = label.to_lowercase();
        if label.starts_with(&typed) {
            return Some(0);
        }
        let at = label.find(&typed)?;
        let word = label[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        Some(if word { 1 } else { 2 })
    };
    let mut fitting: Vec<_> = items.into_iter().filter_map(|item| Some((rank(&item.label)?, item))).collect();
    fitting.sort_by_key(|(rank, _)| *rank);
    fitting.into_iter().map(|(_, item)| item).collect()
}

/// The function whose parentheses the cursor is in, and the argument it is at, counted from 0.
pub fn signature_at(text: &str, cursor: usize) -> Option<(&'static Function, usize)> {
    let tokens = lexer::tokens(text);
    call_at(text, &tokens, floor(text, cursor)).map(|(function, argument, _)| (function, argument))
}

/// The innermost known function around a position, the argument there, and the first token of its arguments.
fn call_at<'t>(
    text: &str,
    tokens: &'t [Token],
    cursor: usize,
) -> Option<(&'static Function, usize, Option<&'t Token>)> {
    let mut open: Vec<(Option<&'static Function>, usize, Option<&Token>)> = Vec::new();
    let before = tokens.iter().enumerate().take_while(|(_, token)| token.span.end <= cursor);
    for (index, token) in before {
        match token.kind {
            TokenKind::Open => {
                let name = tokens[..index].iter().rev().find(|token| token.kind != TokenKind::Comment);
                let name = name.filter(|token| token.kind == TokenKind::Name);
                let function = name.and_then(|name| functions::find(&text[name.span.clone()]));
                open.push((function, 0, tokens.get(index + 1)));
            }
            TokenKind::Close => {
                open.pop();
            }
            TokenKind::Comma => {
                if let Some((_, argument, _)) = open.last_mut() {
                    *argument += 1;
                }
            }
            _ => {}
        }
    }
    open.into_iter().rev().find_map(|(function, argument, first)| Some((function?, argument, first)))
}

/// The nearest position at or before `at` that lies between characters.
fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::{Blanks, FieldList, Table, Type};
    use std::sync::Arc;

    /// Completes at the bar.
    fn at_bar(text: &str) -> (String, Vec<String>) {
        let cursor = text.find('|').expect("a bar marks the cursor");
        let text = text.replacen('|', "", 1);
        let fields = FieldList(vec![
            ("Amount".into(), Type::Number),
            ("Unit Price".into(), Type::Number),
            ("Straße".into(), Type::Text),
            ("Account.Name".into(), Type::Text),
        ]);
        let columns = vec!["Name".to_owned(), "Code".to_owned()];
        let tables = vec![Arc::new(Table::new("Countries", columns, [], false))];
        let scope = Scope {
            fields: &fields,
            blanks: Blanks::Zero,
            zone: jiff::tz::TimeZone::UTC,
            tables: &tables,
            previous: false,
        };
        let completions = complete(&text, cursor, &scope);
        let inserts = completions.items.into_iter().map(|item| item.insert).take(3).collect();
        (text[completions.replace].to_owned(), inserts)
    }

    #[test]
    fn what_fits_is_offered() {
        for (text, replaced, first) in [
            ("am|", "am", "Amount"),
            ("1 + |", "", "Amount"),
            ("LEFT(na|, 2)", "na", "Account.Name"),
            ("uni|", "uni", "{!Unit Price}"),
            ("{!uni|", "{!uni", "{!Unit Price}"),
            ("{!|Amount} + 1", "{!Amount}", "{!Amount}"),
            ("Straß|", "Straß", "{!Straße}"),
            ("subst|", "subst", "SUBSTITUTE("),
            ("subst|(Name)", "subst", "SUBSTITUTE"),
            ("true|", "true", "TRUE"),
            ("MAPVALUE(\"cou|", "\"cou", "\"Countries\""),
            ("LOOKUP(\"Countries\", Account.Name, \"|\")", "\"\"", "\"Name\""),
            ("LOOKUP(\"Countries\", Account.Name, \"co|\")", "\"co\"", "\"Code\""),
        ] {
            let (got, inserts) = at_bar(text);
            assert_eq!((got.as_str(), inserts.first().map(String::as_str)), (replaced, Some(first)), "{text}");
        }
        for text in ["\"am|\"", "/* am| */", "12|", "vloo|", "LEFT(\"am|\""] {
            assert_eq!(at_bar(text).1, Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn the_call_under_the_cursor_is_known() {
        let at = |text: &str| {
            let cursor = text.find('|').unwrap();
            signature_at(&text.replacen('|', "", 1), cursor).map(|(function, argument)| (function.name, argument))
        };
        assert_eq!(at("IF(a, LEFT(b, |"), Some(("LEFT", 1)));
        assert_eq!(at("IF(a, LEFT(b, 1), |"), Some(("IF", 2)));
        assert_eq!(at("IF((1 + |"), Some(("IF", 0)));
        assert_eq!(at("LEFT(\"(,\", |)"), Some(("LEFT", 1)));
        assert_eq!(at("LEFT|(a)"), None);
        assert_eq!(at("LEFT(a)|"), None);
    }

    #[test]
    fn broken_text_has_colours() {
        use TokenClass as T;
        let classes = |text: &str| tokens(text).into_iter().map(|(_, class)| class).collect::<Vec<_>>();
        assert_eq!(
            classes("IF(not x, 1.5 /* c */ \"a"),
            [T::Function, T::Punctuation, T::Keyword, T::Field, T::Punctuation, T::Number, T::Comment, T::Bad]
        );
    }
}
