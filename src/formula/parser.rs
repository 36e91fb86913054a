//! Tokens to tree: a Pratt parser. Mistakes that do not hide each other are told at once.

use super::lexer::{self, Operator, Token, TokenKind};
use super::problem::{Problem, ProblemKind};
use super::syntax::{Call, Expr, ExprKind, UNARY, level};
use std::ops::Range;

/// Deepest nesting of parentheses, calls and signs.
pub(super) const DEEPEST: usize = 150;
/// Longest text, in bytes: more than twenty times what Salesforce takes.
pub(super) const LONGEST: usize = 100_000;

/// The tree of a text, or at least one problem.
pub(super) fn parse(text: &str) -> Result<Expr, Vec<Problem>> {
    if text.len() > LONGEST {
        let message = format!("The formula has {} bytes; more than {LONGEST} are not taken", text.len());
        return Err(vec![Problem::new(ProblemKind::TooLarge, 0..0, message)]);
    }
    let all = lexer::tokens(text);
    let bad: Vec<_> = all
        .iter()
        .filter_map(|token| match token.kind {
            TokenKind::Bad(message, hint) => {
                Some(Problem::new(ProblemKind::Syntax, token.span.clone(), message).maybe(hint.map(str::to_owned)))
            }
            _ => None,
        })
        .collect();
    if !bad.is_empty() {
        return Err(bad);
    }
    let tokens = all.into_iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let mut parser = Parser { text, tokens, at: 0, depth: 0 };
    let parsed = parser.whole();
    parsed.map_err(|problem| vec![*problem])
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

type Parsed<T> = Result<T, Box<Problem>>;

impl Parser<'_> {
    fn whole(&mut self) -> Parsed<Expr> {
        if self.tokens.is_empty() {
            let problem = Problem::new(ProblemKind::Syntax, 0..0, "There is no formula");
            return Err(Box::new(problem.hint("Write a field, a value or a function.")));
        }
        let expr = self.expression(0)?;
        match self.peek() {
            None => Ok(expr),
            Some(TokenKind::Close) => self.fail("This ) closes nothing", Some("Take it out, or open it before.")),
            Some(TokenKind::Comma) => {
                self.fail("A comma stands outside of a function", Some("Numbers are written without grouping: 1000."))
            }
            Some(_) => {
                let message = format!("An operator was expected before {}", self.shown());
                self.fail(&message, Some("Join texts with &, conditions with && or ||."))
            }
        }
    }

    fn peek(&self) -> Option<TokenKind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn here(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.text.len()..self.text.len(), |token| token.span.clone())
    }

    fn shown(&self) -> String {
        match self.tokens.get(self.at) {
            Some(token) => {
                let text = &self.text[token.span.clone()];
                let short: String = text.chars().take(30).collect();
                if short.len() < text.len() { format!("{short}…") } else { short }
            }
            None => "the end".to_owned(),
        }
    }

    fn fail<T>(&self, message: &str, hint: Option<&str>) -> Parsed<T> {
        let problem = Problem::new(ProblemKind::Syntax, self.here(), message);
        Err(Box::new(problem.maybe(hint.map(str::to_owned))))
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == DEEPEST {
            let message = format!("The formula is nested deeper than {DEEPEST} levels");
            return Err(Box::new(Problem::new(ProblemKind::TooLarge, self.here(), message)));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Operands and operators that bind tighter than `least`.
    fn expression(&mut self, least: u8) -> Parsed<Expr> {
        let mut left = self.unary()?;
        while let Some(TokenKind::Operator(operator)) = self.peek() {
            let own = level(operator);
            if operator == Operator::Not || own <= least {
                break;
            }
            let start = left.span.start;
            let mut rest = Vec::new();
            while let Some(TokenKind::Operator(operator)) = self.peek()
                && operator != Operator::Not
                && level(operator) == own
            {
                self.at += 1;
                rest.push((operator, self.expression(own)?));
            }
            let span = start..rest.last().map_or(start, |(_, operand)| operand.span.end);
            left = Expr { kind: ExprKind::Chain(Box::new(left), rest), span };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let start = self.here().start;
        let operator = match self.peek() {
            Some(TokenKind::Operator(operator @ (Operator::Minus | Operator::Plus | Operator::Not))) => operator,
            // NOT is an operator that looks like a function.
            Some(TokenKind::Name) if self.word("NOT") => Operator::Not,
            _ => return self.primary(),
        };
        self.at += 1;
        let inner = self.deeper(Self::unary)?;
        let span = start..inner.span.end;
        debug_assert!(UNARY > level(Operator::Times));
        Ok(Expr { kind: ExprKind::Unary(operator, Box::new(inner)), span })
    }

    fn word(&self, word: &str) -> bool {
        self.tokens.get(self.at).is_some_and(|token| self.text[token.span.clone()].eq_ignore_ascii_case(word))
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let span = self.here();
        let source = &self.text[span.clone()];
        let kind = match self.peek() {
            Some(TokenKind::Number) => ExprKind::Number(source.to_owned()),
            Some(TokenKind::Text) => ExprKind::Text(lexer::unquoted(source)),
            Some(TokenKind::Braced) => ExprKind::Name(source[2..source.len() - 1].trim().to_owned()),
            Some(TokenKind::Name) if source.eq_ignore_ascii_case("TRUE") => ExprKind::Boolean(true),
            Some(TokenKind::Name) if source.eq_ignore_ascii_case("FALSE") => ExprKind::Boolean(false),
            Some(TokenKind::Name) if source.eq_ignore_ascii_case("NULL") => ExprKind::Null,
            Some(TokenKind::Name) => {
                self.at += 1;
                if self.peek() == Some(TokenKind::Open) {
                    return self.deeper(|parser| parser.call(span));
                }
                return Ok(Expr { kind: ExprKind::Name(source.to_owned()), span });
            }
            Some(TokenKind::Open) => return self.deeper(Self::group),
            Some(TokenKind::Close) => return self.fail("A value was expected before )", None),
            Some(TokenKind::Comma) => {
                return self.fail("A value was expected before the comma", Some("Write NULL for a blank argument."));
            }
            Some(_) => {
                let message = format!("A value was expected, not {}", self.shown());
                let hint = self.word("=").then_some("Compare with =, <>, <, <=, > or >=.");
                return self.fail(&message, hint.or(self.word("<").then_some("Write <= for at most.")));
            }
            None => return self.fail("The formula ends where a value was expected", None),
        };
        self.at += 1;
        Ok(Expr { kind, span })
    }

    fn group(&mut self) -> Parsed<Expr> {
        let start = self.here().start;
        self.at += 1;
        let inner = self.expression(0)?;
        let end = self.close(start, ") was expected")?;
        Ok(Expr { kind: ExprKind::Group(Box::new(inner)), span: start..end })
    }

    fn close(&mut self, open: usize, expected: &str) -> Parsed<usize> {
        if self.peek() == Some(TokenKind::Close) {
            self.at += 1;
            return Ok(self.tokens[self.at - 1].span.end);
        }
        let (line, column) = super::problem::place(self.text, open);
        let hint = format!("It would close the one at line {line}, column {column}.");
        let message = match self.peek() {
            None => format!("{expected} at the end"),
            Some(_) => format!("{expected} before {}", self.shown()),
        };
        self.fail(&message, Some(&hint))
    }

    fn call(&mut self, name_span: Range<usize>) -> Parsed<Expr> {
        let open = self.here().start;
        self.at += 1;
        let mut arguments = Vec::new();
        if self.peek() != Some(TokenKind::Close) {
            loop {
                arguments.push(self.expression(0)?);
                if self.peek() != Some(TokenKind::Comma) {
                    break;
                }
                self.at += 1;
            }
        }
        let end = self.close(open, ", or ) was expected")?;
        let name = self.text[name_span.clone()].to_owned();
        let span = name_span.start..end;
        Ok(Expr { kind: ExprKind::Call(Call { name, name_span, arguments }), span })
    }
}
