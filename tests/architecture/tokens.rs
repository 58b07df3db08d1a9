//! Tokens as words, paths and attributes.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The content of the attribute at `i`, and the index after it.
pub(crate) fn attribute(tokens: &[TokenTree], i: usize) -> Option<(Vec<TokenTree>, usize)> {
    let at = i + 1 + usize::from(is_mark(tokens, i + 1, '!'));
    match tokens.get(at) {
        Some(TokenTree::Group(group))
            if is_mark(tokens, i, '#') && group.delimiter() == Delimiter::Bracket =>
        {
            Some((list(group.stream()), at + 1))
        }
        _ => None,
    }
}

pub(crate) fn is_for_tests(attribute: &[TokenTree]) -> bool {
    let text: String = attribute.iter().map(|token| token.to_string().replace(' ', "")).collect();
    text == "cfg(test)" || text == "cfg(doctest)" || text.starts_with("cfg(all(test,")
}

/// The index after the item at `i`: after its braces, or after the mark that ends it.
pub(crate) fn after_item(tokens: &[TokenTree], i: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => matches!(mark.as_char(), ';' | ','),
        _ => false,
    };
    tokens[i..].iter().position(ends).map_or(tokens.len(), |length| i + length + 1)
}

/// The names of the path at `i`, and the index after it.
pub(crate) fn path(tokens: &[TokenTree], i: usize) -> (Vec<String>, usize) {
    let Some(first) = word(tokens, i) else { return (Vec::new(), i) };
    let (mut names, mut after) = (vec![first], i + 1);
    while let (true, Some(next)) = (is_colons(tokens, after), word(tokens, after + 2)) {
        names.push(next);
        after += 3;
    }
    (names, after)
}

pub(crate) fn word(tokens: &[TokenTree], i: usize) -> Option<String> {
    match tokens.get(i) {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

/// The tokens between the brackets at `i`, of whatever kind.
pub(crate) fn inside(tokens: &[TokenTree], i: usize) -> Option<TokenStream> {
    match tokens.get(i) {
        Some(TokenTree::Group(group)) => Some(group.stream()),
        _ => None,
    }
}

pub(crate) fn is_mark(tokens: &[TokenTree], i: usize, mark: char) -> bool {
    matches!(tokens.get(i), Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

pub(crate) fn is_colons(tokens: &[TokenTree], i: usize) -> bool {
    let joint = matches!(tokens.get(i), Some(TokenTree::Punct(punct)) if punct.spacing() == Spacing::Joint);
    joint && is_mark(tokens, i, ':') && is_mark(tokens, i + 1, ':')
}

pub(crate) fn line(tokens: &[TokenTree], i: usize) -> usize {
    tokens.get(i).map_or(0, |token| token.span().start().line)
}

pub(crate) fn list(tokens: TokenStream) -> Vec<TokenTree> {
    tokens.into_iter().collect()
}

/// The literals in `tokens`, at any depth, but for documentation.
pub(crate) fn literals(tokens: TokenStream, found: &mut Vec<(String, usize)>) {
    let tokens = list(tokens);
    let mut i = 0;
    while i < tokens.len() {
        match (attribute(&tokens, i), &tokens[i]) {
            (Some((content, after)), _) if word(&content, 0).as_deref() == Some("doc") => i = after - 1,
            (_, TokenTree::Group(group)) => literals(group.stream(), found),
            (_, TokenTree::Literal(literal)) => found.push((literal.to_string(), line(&tokens, i))),
            _ => {}
        }
        i += 1;
    }
}
