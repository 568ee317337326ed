//! A source file as a flat list of tokens.

use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A token, with what the search for names needs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Punctuation(char),
    Open,
    Close,
    Literal,
}

/// The tokens of a file. `None` if it cannot be lexed, which rustc reports.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut tokens = Vec::new();
    // A list instead of recursion, so that deep nesting does not overflow the stack.
    let mut open = vec![(TokenStream::from_str(text).ok()?.into_iter(), false)];
    while let Some((rest, closes)) = open.last_mut() {
        match rest.next() {
            Some(TokenTree::Ident(word)) => tokens.push(Token::Word(word.to_string())),
            Some(TokenTree::Punct(punctuation)) => tokens.push(Token::Punctuation(punctuation.as_char())),
            Some(TokenTree::Literal(_)) => tokens.push(Token::Literal),
            Some(TokenTree::Group(group)) => {
                let shown = group.delimiter() != Delimiter::None;
                if shown {
                    tokens.push(Token::Open);
                }
                open.push((group.stream().into_iter(), shown));
            }
            None => {
                if *closes {
                    tokens.push(Token::Close);
                }
                open.pop();
            }
        }
    }
    Some(tokens)
}
