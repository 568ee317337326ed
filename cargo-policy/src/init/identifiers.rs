//! Names of functions for types that are named after operations.

use std::collections::HashSet;

/// Words that no function can have as its name.
const KEYWORDS: [&str; 51] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false", "fn",
    "for", "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self",
    "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while", "abstract", "become",
    "box", "do", "final", "macro", "override", "priv", "try", "typeof", "unsized", "virtual", "yield",
];

/// Whether Rust keeps the word for itself.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Gives each operation a function of its own.
#[derive(Debug, Default)]
pub(super) struct Functions(HashSet<String>);

impl Functions {
    /// `list_files` for `ListFiles`.
    pub(super) fn of(&mut self, name: &str) -> String {
        let mut function = snake(name);
        if is_keyword(&function) {
            function.push('_');
        }
        let mut unique = function.clone();
        let mut count = 1;
        while !self.0.insert(unique.clone()) {
            count += 1;
            unique = format!("{function}_{count}");
        }
        unique
    }
}

/// An underscore goes before a capital that begins a word: behind a small letter or a digit, and before a small letter.
fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let ends = before.is_some_and(|before| !before.is_ascii_uppercase());
        let begins = before.is_some() && letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (ends || begins) {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::Functions;

    #[test]
    fn every_operation_has_a_function_of_its_own() {
        let mut functions = Functions::default();
        for (name, function) in [
            ("ListFiles", "list_files"),
            ("GetOAuth2Token", "get_o_auth2_token"),
            ("GETFile", "get_file"),
            ("GetFile", "get_file_2"),
            ("Type", "type_"),
            ("A", "a"),
        ] {
            assert_eq!(functions.of(name), function);
        }
    }
}
