//! Rust names for what a document calls its operations, scopes and schemes.
//!
//! A document's names are foreign text: empty, emoji, digits first, keywords, look-alikes. Every one becomes an ASCII
//! identifier of the right case. ASCII only, because two operations that look the same in review must not be two, and
//! because the compiler normalises other identifiers. The same document always gives the same names.

use std::collections::{HashMap, HashSet};

/// What no generated type may be called: it would shadow the language's own names, its derives or the policy's own
/// names in a module that says `use policy::{operations::*, scopes::*}`.
const RESERVED: &[&str] = &[
    // keywords and the names of the prelude, types and derives
    "Self",
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "Vec",
    "String",
    "Box",
    "ToString",
    "ToOwned",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Eq",
    "PartialEq",
    "Ord",
    "PartialOrd",
    "Hash",
    "Send",
    "Sync",
    "Sized",
    "Unpin",
    "Fn",
    "FnMut",
    "FnOnce",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "From",
    "Into",
    "TryFrom",
    "TryInto",
    "AsRef",
    "AsMut",
    "Iterator",
    "IntoIterator",
    "FromIterator",
    "Extend",
    "DoubleEndedIterator",
    "ExactSizeIterator",
    "Future",
    "IntoFuture",
    // the policy's own
    "Access",
    "Allowed",
    "Alternative",
    "Alternatives",
    "Api",
    "Audit",
    "Branch",
    "Carries",
    "Denial",
    "Document",
    "Done",
    "Holder",
    "Operation",
    "OperationRef",
    "OperationSet",
    "Pending",
    "Permit",
    "Policy",
    "Principal",
    "Reason",
    "Scheme",
    "Scope",
    "ScopeSet",
    "ScopeType",
    "Stage",
    "Then",
];

/// A name's words. A new word starts after anything but a letter or digit; the case of letters stays as it is.
///
/// A letter beyond ASCII becomes `U` and its code point: unambiguous, if not pretty.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            word.push(character);
        } else {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if !character.is_ascii() && character.is_alphanumeric() {
                words.push(format!("U{:x}", u32::from(character)));
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The word with a capital in front; a word all in capitals is not shouted.
fn capitalised(word: &str) -> String {
    let shouted = word.len() > 1 && !word.chars().any(|character| character.is_ascii_lowercase());
    let mut characters = word.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first
        .into_iter()
        .chain(characters.map(|character| if shouted { character.to_ascii_lowercase() } else { character }))
        .collect()
}

/// The text in `UpperCamelCase`. Empty when it has no letter and no digit.
pub(crate) fn upper_camel(text: &str) -> String {
    let name: String = words(text).iter().map(|word| capitalised(word)).collect();
    let shouted = name.len() > 2 && !name.chars().any(|character| character.is_ascii_lowercase());
    if shouted { capitalised(&name) } else { name }
}

/// The text in `SCREAMING_SNAKE_CASE`. Empty when it has no letter and no digit.
///
/// A single capital in front is no word: `OAuth2` gives `OAUTH2`.
pub(crate) fn screaming_snake(text: &str) -> String {
    let mut name = String::new();
    for word in words(text) {
        let characters: Vec<char> = word.chars().collect();
        let mut length = 0_usize;
        if !name.is_empty() {
            name.push('_');
        }
        for (at, character) in characters.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| characters.get(before));
            let after = characters.get(at + 1);
            let starts = character.is_ascii_uppercase()
                && (before.is_some_and(|before| !before.is_ascii_uppercase())
                    || after.is_some_and(char::is_ascii_lowercase));
            if starts && length > 1 {
                name.push('_');
                length = 0;
            }
            name.push(character.to_ascii_uppercase());
            length += 1;
        }
    }
    name
}

/// The name of an operation without a usable `operationId`: method and template, a parameter as `By…`.
pub(crate) fn of_route(method: &str, template: &str) -> String {
    let mut name = upper_camel(&method.to_ascii_lowercase());
    for segment in template.split('/') {
        if segment.contains('{') {
            name.push_str("By");
        }
        name.push_str(&upper_camel(segment));
    }
    name
}

/// The names that one namespace has given away.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// Gives each wish a name of its own, in the order of the wishes.
    ///
    /// The first to wish for a name has it; a later one gets the first free number behind it, so that no name depends
    /// on what follows it but where that is wished for literally. `kind` is put behind a reserved or taken name, and in
    /// front of a digit.
    pub(crate) fn give(&mut self, wishes: Vec<String>, kind: &str) -> Vec<String> {
        let wishes: Vec<String> = wishes.into_iter().map(|wish| self.possible(wish, kind)).collect();
        let mut first: HashMap<&str, usize> = HashMap::new();
        for (at, wish) in wishes.iter().enumerate() {
            first.entry(wish).or_insert(at);
        }
        self.taken.extend(wishes.iter().cloned());
        let mut names = Vec::with_capacity(wishes.len());
        for (at, wish) in wishes.iter().enumerate() {
            if first.get(wish.as_str()) == Some(&at) {
                names.push(wish.clone());
            } else {
                names.push(self.numbered(wish));
            }
        }
        names
    }

    /// One name, as [`Names::give`] would give it.
    pub(crate) fn give_one(&mut self, wish: String, kind: &str) -> String {
        let mut name = self.possible(wish, kind);
        if !self.taken.insert(name.clone()) {
            name = self.numbered(&name);
        }
        name
    }

    fn possible(&self, wish: String, kind: &str) -> String {
        let mut name = wish;
        if name.chars().next().is_none_or(|first| first.is_ascii_digit()) {
            name.insert_str(0, kind);
        }
        if RESERVED.contains(&name.as_str()) || self.taken.contains(&name) {
            name.push_str(kind);
        }
        name
    }

    fn numbered(&mut self, wish: &str) -> String {
        let separator = if wish.ends_with(|last: char| last.is_ascii_digit()) { "_" } else { "" };
        let mut number = 2_u32;
        loop {
            let name = format!("{wish}{separator}{number}");
            if self.taken.insert(name.clone()) {
                return name;
            }
            number = number.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, of_route, screaming_snake, upper_camel};

    #[test]
    fn type_names() {
        for (text, name) in [
            ("listEncounters", "ListEncounters"),
            ("list_encounters", "ListEncounters"),
            ("list-encounters v2", "ListEncountersV2"),
            ("LIST_ENCOUNTERS", "ListEncounters"),
            ("GET", "Get"),
            ("getURL", "GetURL"),
            ("a_b_c", "Abc"),
            ("users/list.all", "UsersListAll"),
            ("self", "Self"),
            ("crate", "Crate"),
            ("encounters:read", "EncountersRead"),
            ("https://www.example.com/auth/x", "HttpsWwwExampleComAuthX"),
            ("#billing:read", "BillingRead"),
            ("über", "UfcBer"),
            ("列表", "U5217u8868"),
            ("\u{1f680}", ""),
            ("", ""),
            ("\"\n{}'\\", ""),
            ("2fa", "2fa"),
        ] {
            assert_eq!(upper_camel(text), name, "{text:?}");
        }
    }

    #[test]
    fn constant_names() {
        for (text, name) in [
            ("ApiKey", "API_KEY"),
            ("OAuth2", "OAUTH2"),
            ("bearerAuth", "BEARER_AUTH"),
            ("HTTPBasic", "HTTP_BASIC"),
            ("x-api-key", "X_API_KEY"),
            ("", ""),
        ] {
            assert_eq!(screaming_snake(text), name, "{text:?}");
        }
    }

    #[test]
    fn route_names() {
        for (method, template, name) in [
            ("GET", "/", "Get"),
            ("GET", "/users/{user_id}/files", "GetUsersByUserIdFiles"),
            ("GET", "/users/user_id/files", "GetUsersUserIdFiles"),
            ("DELETE", "/a-b/{c}.json", "DeleteABByCJson"),
        ] {
            assert_eq!(of_route(method, template), name);
        }
    }

    #[test]
    fn collisions_are_settled_in_document_order() {
        let mut names = Names::default();
        let wishes = ["Foo", "Foo", "Foo2", "Foo", "Option", "Self", "Api", "2fa", "", "V1", "V1"];
        let given = names.give(wishes.map(str::to_owned).to_vec(), "Operation");
        assert_eq!(
            given,
            [
                "Foo",
                "Foo3",
                "Foo2",
                "Foo4",
                "OptionOperation",
                "SelfOperation",
                "ApiOperation",
                "Operation2fa",
                "OperationOperation",
                "V1",
                "V1_2"
            ]
        );
        assert_eq!(names.give(vec!["Foo".to_owned(), "Bar".to_owned()], "Scope"), ["FooScope", "Bar"]);
        assert_eq!(names.give_one("Foo".to_owned(), "Scope"), "FooScope2");
    }
}
