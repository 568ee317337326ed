//! Finds the operations, scopes and schemes that Rust sources name, by their tokens.
//!
//! | written | names |
//! |---|---|
//! | `#[operation(X, …)]`, `pending!(X, …)`, `elsewhere!(X, …)`, `Permit<X>` | the operation `X` |
//! | `Carries<X>` | the scope `X` |
//! | `operations::X`, `scopes::X`, `schemes::X`, or each of `{X, Y}` there | an operation, a scope or a scheme |
//!
//! Names are not resolved. A wrong name, such as the `O` of a generic `Permit<O>`, only adds an operation to a draft that is never served.
//! A name that a macro makes is not found.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::tokens::{Token, tokens};

/// The names, each with the first file that has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) operations: BTreeMap<String, Place>,
    pub(crate) scopes: BTreeMap<String, Place>,
    pub(crate) schemes: BTreeMap<String, Place>,
}

/// Where a name was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: PathBuf,
    /// The first line of the file that has the name.
    pub(crate) line: usize,
    /// Whether the name can be nothing else here: in the attribute, in a list of handlers, in a path below a module `policy`.
    pub(crate) certain: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Operation,
    Scope,
    Scheme,
}

impl Named {
    /// The names in all Rust files of these folders. A folder that cannot be read counts as empty. rustc then reports the missing names.
    pub(crate) fn in_folders(folders: &[PathBuf]) -> Self {
        let mut named = Self::default();
        let mut folders = folders.to_vec();
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            let mut entries: Vec<_> = entries.flatten().map(|entry| (entry.path(), entry.file_type())).collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            for (path, kind) in entries {
                match kind {
                    // Symbolic links are not followed, since they could form a cycle.
                    Ok(kind) if kind.is_dir() => folders.push(path),
                    Ok(_) if path.extension().is_some_and(|extension| extension == "rs") => {
                        if let Ok(text) = fs::read_to_string(&path) {
                            named.read(&path, &text);
                        }
                    }
                    _ => {}
                }
            }
        }
        named
    }

    /// Adds the names of one file.
    pub(crate) fn read(&mut self, file: &Path, text: &str) {
        // Most files have none of these words, and need not be lexed.
        const WORDS: [&str; 7] = ["operation", "pending", "elsewhere", "Permit", "Carries", "scopes", "schemes"];
        if !WORDS.iter().any(|word| text.contains(word)) {
            return;
        }
        let Some(tokens) = tokens(text) else { return };
        let mut found = Vec::new();
        for at in 0..tokens.len() {
            let Some(Token::Word(word)) = tokens.get(at) else { continue };
            let rest = tokens.get(at + 1..).unwrap_or_default();
            match (word.as_str(), rest) {
                ("operation", [Token::Open, path @ ..]) => {
                    found.extend(one(path).map(|name| (Kind::Operation, name, true)));
                }
                ("pending" | "elsewhere", [Token::Punctuation('!'), Token::Open, path @ ..]) => {
                    found.extend(one(path).map(|name| (Kind::Operation, name, true)));
                }
                ("Permit", [Token::Punctuation('<'), arguments @ ..]) => {
                    found.extend(arguments_of(arguments).into_iter().map(|name| (Kind::Operation, name, false)));
                }
                ("Carries", [Token::Punctuation('<'), arguments @ ..]) => {
                    found.extend(arguments_of(arguments).into_iter().map(|name| (Kind::Scope, name, false)));
                }
                (
                    "operations" | "scopes" | "schemes",
                    [Token::Punctuation(':'), Token::Punctuation(':'), names @ ..],
                ) => {
                    let kind = match word.as_str() {
                        "operations" => Kind::Operation,
                        "scopes" => Kind::Scope,
                        _ => Kind::Scheme,
                    };
                    let before = tokens.get(at.saturating_sub(3)..at).unwrap_or_default();
                    let certain = matches!(before, [Token::Word(module), ..] if module == "policy");
                    found.extend(imported(names).into_iter().map(|name| (kind, name, certain)));
                }
                _ => {}
            }
        }
        for (kind, name, certain) in found {
            self.add(kind, name, certain, file, text);
        }
    }

    fn add(&mut self, kind: Kind, name: &str, certain: bool, file: &Path, text: &str) {
        let names = match kind {
            Kind::Operation => &mut self.operations,
            Kind::Scope => &mut self.scopes,
            Kind::Scheme => &mut self.schemes,
        };
        // `RequiresFilesRead` is the trait of the scope `FilesRead`.
        let name = match (kind, name.strip_prefix("Requires")) {
            (Kind::Scope, Some(scope)) if is_type(scope) => scope,
            _ => name,
        };
        let line = || text.lines().position(|line| has_word(line, name)).map_or(1, |before| before + 1);
        let place = || Place { file: file.to_owned(), line: line(), certain };
        let known = names.entry(name.to_owned()).or_insert_with(place);
        if certain && !known.certain {
            *known = place();
        }
    }
}

/// The last word of a path that is a whole argument: `operations::ListFiles` before `,` or the end.
fn one(tokens: &[Token]) -> Option<&str> {
    let mut last = None;
    for token in tokens {
        match token {
            Token::Word(word) => last = Some(word.as_str()),
            Token::Punctuation(':') => {}
            Token::Punctuation(',') | Token::Close => return last.filter(|name| is_type(name)),
            _ => return None,
        }
    }
    None
}

/// The last words of the paths between `<` and its `>`.
fn arguments_of(tokens: &[Token]) -> Vec<&str> {
    let (mut names, mut depth, mut last, mut before) = (Vec::new(), 1_usize, None, None);
    for token in tokens {
        match token {
            // A lifetime is not a type.
            Token::Word(_) if before == Some(&Token::Punctuation('\'')) => {}
            Token::Word(word) => last = Some(word.as_str()),
            Token::Punctuation(':' | '\'') => {}
            _ => {
                names.extend(last.take().filter(|name| is_type(name)));
                match token {
                    Token::Punctuation('<') => depth += 1,
                    // The `>` of `->` closes no argument list.
                    Token::Punctuation('>') if before != Some(&Token::Punctuation('-')) => depth -= 1,
                    // Type arguments do not have these, so the `<` was a comparison.
                    Token::Punctuation(';') | Token::Literal => return names,
                    _ => {}
                }
            }
        }
        if depth == 0 {
            break;
        }
        before = Some(token);
    }
    names
}

/// `X`, or each of `{X, Y as Z, *}`.
fn imported(tokens: &[Token]) -> Vec<&str> {
    let list = match tokens {
        [Token::Word(name), ..] => return Some(name.as_str()).filter(|name| is_type(name)).into_iter().collect(),
        [Token::Open, list @ ..] => list,
        _ => return Vec::new(),
    };
    let mut names = Vec::new();
    let mut first = true;
    for token in list {
        match token {
            Token::Word(name) if first => names.extend(Some(name.as_str()).filter(|name| is_type(name))),
            Token::Close => break,
            _ => {}
        }
        first = *token == Token::Punctuation(',');
    }
    names
}

/// Whether a word can be a generated type or constant.
fn is_type(word: &str) -> bool {
    let first = word.starts_with(|first: char| first.is_ascii_uppercase());
    first && word != "Self" && word.chars().all(|one| one.is_ascii_alphanumeric() || one == '_')
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|one: char| !one.is_alphanumeric() && one != '_').any(|part| part == word)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Named;

    fn read(text: &str) -> (String, String, String) {
        let mut named = Named::default();
        named.read(Path::new("a.rs"), text);
        let names = |names: &std::collections::BTreeMap<String, _>| names.keys().cloned().collect::<Vec<_>>().join(" ");
        (names(&named.operations), names(&named.scopes), names(&named.schemes))
    }

    #[test]
    fn each_way_to_name_something_is_found() {
        for (text, operations, scopes, schemes) in [
            ("#[operation(ListFiles)] fn a() {}", "ListFiles", "", ""),
            ("#[policy_core::operation(policy::operations::ListFiles, scopes(\"a\"))] fn a() {}", "ListFiles", "", ""),
            ("#[cfg_attr(unix, operation(ListFiles,))] fn a() {}", "ListFiles", "", ""),
            ("fn a(permit: Permit<ops::ListFiles>, b: u8) -> Result<A, B> {}", "ListFiles", "", ""),
            (
                "handlers![a, pending!(GetFile, \"later\"), elsewhere!(ops::PutFile, \"there\")]",
                "GetFile PutFile",
                "",
                "",
            ),
            ("fn a(p: &impl Carries<FilesRead>) -> Vec<u8> {}", "", "FilesRead", ""),
            ("fn a<P: Carries<s::A> + Carries<B>>(p: &P) {}", "", "A B", ""),
            (
                "use crate::policy::{operations::{GetFile, ListFiles as L, *}, schemes::KEY};",
                "GetFile ListFiles",
                "",
                "KEY",
            ),
            ("use policy::scopes::{RequiresFilesRead, FilesWrite};", "", "FilesRead FilesWrite", ""),
            ("fn a(p: Permit<'_, X>) { if operation(x) < 3 {} operation(\"a\"); }", "X", "", ""),
            (
                "// #[operation(No)]\n/* Permit<No> */ const A: &str = \"operation(No)\"; fn a(p: Permit<Self>) {}",
                "",
                "",
                "",
            ),
            ("let a = Permit < B; let c = D > E;", "B", "", ""),
            ("this is no Rust (operation(A)", "", "", ""),
        ] {
            let found = read(text);
            assert_eq!(found, (operations.to_owned(), scopes.to_owned(), schemes.to_owned()), "{text}");
        }
    }

    #[test]
    fn no_nesting_is_too_deep() {
        let text = format!("{}operation(A){}", "{".repeat(200_000), "}".repeat(200_000));
        assert_eq!(read(&text).0, "A");
    }
}
