//! From the text of a formula to its tree.

use super::expr::{Expr, Function, Operator};
use super::names::{Declared, Names, refuse};
use crate::{Error, Result};

/// Longest text, in bytes, and deepest nesting.
const LONGEST: usize = 2000;
const DEEPEST: usize = 64;

/// What a function's name says, and how many values it takes.
enum Named {
    One(Function),
    Two(Operator),
}

const FUNCTIONS: [(&str, Named); 10] = [
    ("exp", Named::One(Function::Exp)),
    ("log", Named::One(Function::Ln)),
    ("ln", Named::One(Function::Ln)),
    ("sqrt", Named::One(Function::Sqrt)),
    ("min", Named::Two(Operator::Least)),
    ("max", Named::Two(Operator::Greatest)),
    ("pow", Named::Two(Operator::Power)),
    ("sin", Named::One(Function::Sin)),
    ("cos", Named::One(Function::Cos)),
    ("atan", Named::One(Function::Atan)),
];
const KNOWN: &str = "the functions are exp, log, sqrt, min, max, pow, sin, cos and atan";

/// Reads a formula; what its names are goes to `names`.
pub(super) fn parse(text: &str, declared: &[(String, Declared)]) -> Result<(Expr, Names)> {
    if text.len() > LONGEST || text.contains(|c: char| c.is_control() && c != '\t') {
        let problem = format!("is a formula of more than {LONGEST} characters, or of several lines");
        return Err(Error::option("law", "", &problem, "write a shorter one, in one line"));
    }
    let names = Names::new(declared);
    let mut parser = Parser { text, at: 0, depth: 0, names };
    let start = text.len() - text.trim_start_matches(|c: char| c.is_whitespace()).len();
    if let Some(right) = text[start..].strip_prefix('L').map(str::trim_start).filter(|r| r.starts_with('=')) {
        parser.at = text.len() - right.len() + 1;
    }
    let expr = parser.sum()?;
    match parser.peek() {
        None => Ok((expr, parser.names)),
        Some(')' | ']') => Err(parser.refuse("has a parenthesis that was never opened", "remove it")),
        Some(next) if next.is_alphanumeric() || "_([\"`".contains(next) => {
            let problem = "has two values with no sign between them";
            Err(parser.refuse(problem, "write * to multiply: `law=E + 2*A/N^alpha`"))
        }
        Some(next) => {
            let problem = format!("has '{next}', which is no part of a formula");
            Err(parser.refuse(&problem, format!("write + - * / ^ and parentheses; {KNOWN}")))
        }
    }
}

/// Where in a text a reader stands.
struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    names: Names,
}

impl Parser<'_> {
    fn refuse(&self, problem: &str, remedy: impl Into<Box<str>>) -> Error {
        refuse(self.text, self.at, problem, remedy)
    }

    /// The next letter that is no space.
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self.text[self.at..].chars().next()
    }

    /// Goes past a sign, if it is next.
    fn takes(&mut self, sign: &str) -> bool {
        let found = self.peek().is_some() && self.text[self.at..].starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    /// The first of the signs that is next.
    fn one_of(&mut self, signs: &[(&str, Operator)]) -> Option<Operator> {
        signs.iter().find(|(sign, _)| self.takes(sign)).map(|(_, operator)| *operator)
    }

    fn sum(&mut self) -> Result<Expr> {
        const SIGNS: [(&str, Operator); 3] =
            [("+", Operator::Add), ("-", Operator::Subtract), ("−", Operator::Subtract)];
        let mut left = self.product()?;
        while let Some(operator) = self.one_of(&SIGNS) {
            left = Expr::binary(operator, left, self.product()?);
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expr> {
        const SIGNS: [(&str, Operator); 4] = [
            ("*", Operator::Multiply),
            ("·", Operator::Multiply),
            ("×", Operator::Multiply),
            ("/", Operator::Divide),
        ];
        let mut left = self.signed()?;
        while let Some(operator) = self.one_of(&SIGNS) {
            left = Expr::binary(operator, left, self.signed()?);
        }
        Ok(left)
    }

    /// A minus binds less than a power: -x^2 is -(x^2), and 2^-x is 2^(-x).
    fn signed(&mut self) -> Result<Expr> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.refuse(&format!("is nested more than {DEEPEST} deep"), "write it flatter"));
        }
        let expr = if self.takes("-") || self.takes("−") {
            Expr::unary(Function::Negate, self.signed()?)
        } else if self.takes("+") {
            self.signed()?
        } else {
            let base = self.value()?;
            match self.takes("^") || self.takes("**") {
                true => Expr::binary(Operator::Power, base, self.signed()?),
                false => base,
            }
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn value(&mut self) -> Result<Expr> {
        match self.peek() {
            None => {
                let remedy = "write a number, a name or a parenthesis there";
                Err(self.refuse("ends where a value is to follow", remedy))
            }
            Some(open @ ('(' | '[')) => {
                self.at += 1;
                let inside = self.sum()?;
                self.close(if open == '(' { ')' } else { ']' })?;
                Ok(inside)
            }
            Some(quote @ ('"' | '`')) => {
                let rest = &self.text[self.at + 1..];
                let Some(long) = rest.find(quote) else {
                    return Err(self.refuse("has a quote that is never closed", "close it"));
                };
                self.at += long + 2;
                Ok(Expr::Input(self.names.column(&rest[..long])))
            }
            Some(first) if first.is_ascii_digit() || first == '.' => self.number(),
            Some(first) if first.is_alphabetic() || first == '_' => self.name(),
            Some(other) => {
                let problem = format!("has '{other}' where a value is to follow");
                Err(self.refuse(&problem, "write a number, a name or a parenthesis there"))
            }
        }
    }

    fn close(&mut self, with: char) -> Result<()> {
        if self.takes(with.encode_utf8(&mut [0; 4])) {
            return Ok(());
        }
        let problem = match self.peek() {
            Some(',') => return Err(self.refuse("has a value too many", "leave it out")),
            Some(next) if next.is_alphanumeric() || "_([\"`".contains(next) => {
                "has two values with no sign between them".to_owned()
            }
            _ => format!("has a parenthesis that is not closed by '{with}'"),
        };
        Err(self.refuse(&problem, format!("write '{with}' there, or a sign: + - * / ^")))
    }

    fn number(&mut self) -> Result<Expr> {
        let rest = &self.text[self.at..];
        let digits =
            |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let mut long = digits(rest);
        if let Some(power) = rest[long..].strip_prefix(['e', 'E']) {
            let signed = power.strip_prefix(['-', '+']).unwrap_or(power);
            let own = signed.len() - signed.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if own > 0 {
                long = rest.len() - signed.len() + own;
            }
        }
        match rest[..long].parse::<f64>() {
            Ok(value) if value.is_finite() => {
                self.at += long;
                Ok(Expr::Number(value))
            }
            _ => {
                Err(self.refuse(&format!("has '{}', which is no number", &rest[..long]), "write 0.5 or 1e9"))
            }
        }
    }

    fn name(&mut self) -> Result<Expr> {
        let rest = &self.text[self.at..];
        let name = &rest[..rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())];
        let from = self.at;
        self.at += name.len();
        let called = self.peek() == Some('(');
        let function = FUNCTIONS.iter().find(|(own, _)| *own == name);
        match function {
            Some((_, Named::One(function))) if called => {
                self.at += 1;
                let of = self.sum()?;
                self.close(')')?;
                Ok(Expr::unary(*function, of))
            }
            Some((_, Named::Two(operator))) if called => {
                self.at += 1;
                let left = self.sum()?;
                if !self.takes(",") {
                    let remedy = format!("write {name}(a, b)");
                    return Err(self.refuse("has a function of two values with one of them missing", remedy));
                }
                let right = self.sum()?;
                self.close(')')?;
                Ok(Expr::binary(*operator, left, right))
            }
            Some(_) => Err(refuse(
                self.text,
                from,
                &format!("has the function {name} without its values"),
                format!("write {name}(...)"),
            )),
            None if called => {
                let problem = format!("has {name}(...), and {name} is no function");
                Err(refuse(self.text, from, &problem, format!("to multiply, write {name}*(...); {KNOWN}")))
            }
            None => {
                let symbol = self.names.symbol(name);
                symbol.map_err(|(problem, remedy)| refuse(self.text, from, &problem, remedy))
            }
        }
    }
}
