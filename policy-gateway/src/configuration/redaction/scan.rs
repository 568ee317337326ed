//! Finds what is not to be shown of a file.
//!
//! A file with mistakes has no syntax to go by. So the text is read sign by sign, and whatever is not understood is hidden.

use std::collections::BTreeSet;
use std::ops::Range;

use super::credentials;

/// What is nested deeper is hidden.
const DEEPEST: usize = 32;

/// Reads a file sign by sign, and notes what is not to be shown.
pub(super) struct Scan<'t> {
    text: &'t str,
    at: usize,
    known: &'t BTreeSet<String>,
    /// Parts of the text in their order, each with what is shown in its place.
    edits: Vec<(Range<usize>, String)>,
}

impl<'t> Scan<'t> {
    /// The parts of a text that are not to be shown, in their order, each with what is shown in its place. These keys are known.
    pub(super) fn of(text: &'t str, known: &'t BTreeSet<String>) -> Vec<(Range<usize>, String)> {
        let mut scan = Self { text, at: 0, known, edits: Vec::new() };
        scan.statements();
        scan.edits
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn slice(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    /// Goes on to the first of these signs, or to the end of the line.
    fn until(&mut self, signs: &[u8]) {
        while self.peek().is_some_and(|sign| sign != b'\n' && !signs.contains(&sign)) {
            self.at += 1;
        }
    }

    fn skip(&mut self, signs: &[u8]) {
        while self.peek().is_some_and(|sign| signs.contains(&sign)) {
            self.at += 1;
        }
    }

    /// Hides what was read from `start` on, but for white space at its end. The lines below keep their numbers.
    fn hide(&mut self, start: usize) {
        let hidden = self.slice(start..self.at).trim_end();
        if !hidden.is_empty() {
            let lines = "\n".repeat(hidden.matches('\n').count());
            self.edits.push((start..start + hidden.len(), format!("…{lines}")));
        }
    }

    fn statements(&mut self) {
        while let Some(sign) = self.peek() {
            match sign {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'#' => self.comment(),
                b'[' => self.header(),
                _ => {
                    self.pair(false, 0);
                    // Nothing stands after a value but a comment.
                    let start = self.at;
                    self.until(b"#");
                    self.hide(start);
                }
            }
        }
    }

    /// The name of a table, of which nothing is shown that looks like something else.
    fn header(&mut self) {
        let start = self.at;
        self.until(b"]#");
        let name = self.slice(start..self.at);
        let is_name = name.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"[_-. ".contains(&sign));
        if is_name && self.peek() == Some(b']') {
            self.skip(b"]");
        } else {
            self.hide(start + 1);
        }
        let start = self.at;
        self.until(b"#");
        self.hide(start);
    }

    fn comment(&mut self) {
        let start = self.at + 1;
        self.until(b"");
        self.hide(start);
    }

    /// A key with its value, in a table (depth 0) or in braces.
    fn pair(&mut self, is_hidden: bool, depth: usize) {
        let start = self.at;
        let ends: &[u8] = if depth == 0 { b"" } else { b",}" };
        while let Some(sign) = self.peek().filter(|sign| *sign != b'=') {
            match sign {
                b'"' | b'\'' => {
                    let begin = self.at;
                    // No key has several lines.
                    if !self.string() || self.slice(begin..self.at).contains('\n') {
                        return self.no_pair(start);
                    }
                }
                _ if sign == b'\n' || ends.contains(&sign) => return self.no_pair(start),
                _ => self.at += 1,
            }
        }
        if self.peek().is_none() {
            return self.no_pair(start);
        }
        let last = self.slice(start..self.at).rsplit('.').next().unwrap_or_default();
        let is_known = self.known.contains(last.trim());
        self.at += 1;
        self.value(is_hidden || !is_known, depth);
    }

    /// Something without a `=`. Of several words, the first may be the key that was meant.
    fn no_pair(&mut self, start: usize) {
        let said = self.slice(start..self.at).trim_end();
        let word = said.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-' && sign != '_');
        self.hide(start + word.unwrap_or(0));
    }

    fn value(&mut self, is_hidden: bool, depth: usize) {
        self.skip(b" \t");
        let start = self.at;
        match self.peek() {
            Some(_) if depth > DEEPEST => {
                self.at = self.text.len();
                self.hide(start);
            }
            Some(b'"' | b'\'') => {
                let is_closed = self.string();
                let is_long = self.slice(start..self.at).contains('\n');
                self.cover(start, is_hidden || !is_closed || is_long);
            }
            Some(b'[') => {
                self.at += 1;
                while !self.between(b']') {
                    self.value(is_hidden, depth + 1);
                }
            }
            Some(b'{') => {
                self.at += 1;
                while !self.between(b'}') {
                    self.pair(is_hidden, depth + 1);
                }
            }
            Some(_) => {
                // One sign at least, so that a reader of a list gets on.
                self.at += usize::from(depth > 0);
                while !self.text.is_char_boundary(self.at) {
                    self.at += 1;
                }
                self.until(if depth == 0 { b"#" } else { b"#,]}" });
                let said = self.slice(start..self.at).trim_end();
                let is_plain = said.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"_-.:+".contains(&sign));
                if is_hidden || !is_plain {
                    self.hide(start);
                }
            }
            None => {}
        }
    }

    /// Goes on to the next item in brackets or braces. Answers whether there is none.
    fn between(&mut self, end: u8) -> bool {
        loop {
            self.skip(b" \t\r\n,");
            match self.peek() {
                Some(b'#') => self.comment(),
                Some(sign) if sign == end => {
                    self.at += 1;
                    return true;
                }
                found => return found.is_none(),
            }
        }
    }

    /// Reads a text in quotes. One of a single line ends with its line at the latest. Answers whether it has an end.
    fn string(&mut self) -> bool {
        let rest = self.slice(self.at..self.text.len());
        let Some(quote) = rest.chars().next() else { return false };
        let one = quote.to_string();
        let three = one.repeat(3);
        let is_long = rest.starts_with(&three);
        let delimiter = if is_long { three.as_str() } else { one.as_str() };
        self.at += delimiter.len();
        while let Some(sign) = self.peek() {
            let rest = self.slice(self.at..self.text.len());
            if rest.starts_with(delimiter) {
                self.at += delimiter.len();
                // Two more quotes may end the text itself.
                self.skip(if is_long { delimiter.as_bytes() } else { b"" });
                return true;
            }
            if sign == b'\n' && !is_long {
                return false;
            }
            let escaped = usize::from(sign == b'\\' && quote == '"');
            let signs = rest.chars().take(1 + escaped).take_while(|sign| is_long || *sign != '\n');
            self.at += signs.map(char::len_utf8).sum::<usize>().max(1);
        }
        false
    }

    /// Hides a text in quotes, or the credentials in it. The lines below keep their numbers.
    fn cover(&mut self, start: usize, is_hidden: bool) {
        let said = self.slice(start..self.at);
        if !is_hidden {
            let found =
                credentials(said).into_iter().map(|range| (start + range.start..start + range.end, "…".to_owned()));
            self.edits.extend(found);
            return;
        }
        let quote = said.get(..1).unwrap_or_default();
        let lines = "\n".repeat(said.matches('\n').count());
        self.edits.push((start..self.at, format!("{quote}…{quote}{lines}")));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::Scan;
    use crate::configuration::redaction::place;

    fn shown(text: &str) -> (String, Vec<(std::ops::Range<usize>, String)>) {
        let known: BTreeSet<String> = ["name", "level", "endpoint", "jwt"].map(str::to_owned).into();
        let edits = Scan::of(text, &known);
        let mut shown = text.to_owned();
        for (range, instead) in edits.iter().rev() {
            shown.replace_range(range.clone(), instead);
        }
        (shown, edits)
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for (text, expected) in [
            ("name = \"edge\"\n", "name = \"edge\"\n"),
            ("[log]\nlevel = 'loud' # hunter2\n", "[log]\nlevel = 'loud' #…\n"),
            ("pasword = \"hunter2\"\n", "pasword = \"…\"\n"),
            ("pasword = 'hunter2' # a\n", "pasword = '…' #…\n"),
            ("pasword = hunter2 hunter2\nname = 'a'", "pasword = …\nname = 'a'"),
            ("pasword: \"hunter2\"\n", "pasword…\n"),
            ("pasword \"hunter2\"\n", "pasword…\n"),
            ("hunter2\n", "…\n"),
            ("\"hunter2\n", "…\n"),
            ("pin = 4711\n", "pin = …\n"),
            (
                "pins = [4711, '4712',\n 'hunter2' # hunter2\n]\nname = 'a'\n",
                "pins = […, '…',\n '…' #…\n]\nname = 'a'\n",
            ),
            ("jwt = { secret = 'hunter2', name = 'a' }\n", "jwt = { secret = '…', name = 'a' }\n"),
            ("secret = { name = 'hunter2' }\n", "secret = { name = '…' }\n"),
            ("jwt.name = 'a'\n\"b.name\" = 'hunter2'\n", "jwt.name = 'a'\n\"b.name\" = '…'\n"),
            ("[log] pasword = 'hunter2'\n", "[log]…\n"),
            ("[log pasword = 'hunter2'\n", "[…\n"),
            ("name = ['a'\npasword = 'hunter2'\n", "name = ['a'\n…\n"),
            ("name = a, pasword = 'hunter2'\n", "name = …\n"),
            ("name = 'a' hunter2\n", "name = 'a'…\n"),
            ("name = \"a\npasword = \"hunter2\"\n", "name = \"…\"\npasword = \"…\"\n"),
            ("pasword = \"\"\"\nhunter2\n\"\"\"\nname = 'a'\n", "pasword = \"…\"\n\n\nname = 'a'\n"),
            ("pasword = \"a\\\"hunter2\"\n", "pasword = \"…\"\n"),
            ("name = \"\"\"\nhunter2", "name = \"…\"\n"),
            ("endpoint = 'https://me:hunter2@a/b'\n", "endpoint = 'https://…@a/b'\n"),
            ("endpoint = 'https://a/b?key=hunter2'\n", "endpoint = 'https://a/b?…'\n"),
            ("endpoint = 'postgres://me:hun@ter2@a/b'\n", "endpoint = 'postgres://…@a/b'\n"),
        ] {
            let (found, _) = shown(text);
            assert_eq!(found, expected, "{text}");
            assert_eq!(found.matches('\n').count(), text.matches('\n').count(), "{text}");
        }
    }

    #[test]
    fn a_place_behind_what_is_hidden_is_found_again() {
        let text = "pasword = 'a very long secret'\nname = 'edge'\n";
        let (shown, edits) = shown(text);
        for word in ["pasword", "name", "'edge'"] {
            let at = place(&edits, text.find(word).unwrap());
            assert!(shown.get(at..).unwrap().starts_with(word), "{word}: {shown}");
        }
        let (start, end) = (text.find('\'').unwrap(), text.find("secret'").unwrap() + 7);
        assert_eq!(shown.get(place(&edits, start)..place(&edits, end)), Some("'…'"));
        assert_eq!(shown.get(place(&edits, start + 5)..place(&edits, end)), Some("'…'"));
    }

    proptest! {
        #[test]
        fn whatever_is_written_no_unknown_value_is_shown(
            before in r#"([a-z\[\]{},=.#'"\\ \nü]|""" ?|'''|name = |'a'\n){0,24}"#,
            after in r#"[a-z\[\]{},=#'"\\ \nü]{0,12}"#,
        ) {
            let text = format!("{before}\npasword = \"HUNTER2\"{after}\npasword = HUNTER2\n[log]\nlevel = 'a'\n");
            let (found, edits) = shown(&text);
            prop_assert!(!found.contains("HUNTER2"), "{text}\n---\n{found}");
            for at in 0..=text.len() {
                prop_assert!(found.is_char_boundary(place(&edits, at)) || !text.is_char_boundary(at));
            }
        }
    }
}
