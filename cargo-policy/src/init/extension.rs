//! Extensions that look as if they held scopes. Which one does is never guessed.

use std::collections::BTreeMap;
use std::path::Path;

use policy_spec::{Code, Extension, ExtensionShape, Loaded, PolicyModel, Settings};

use super::open::Question;
use super::written::toml;

/// What such an extension is called.
const WORDS: [&str; 4] = ["auth", "permission", "role", "scope"];

/// The extensions of the document that look as if they held scopes, each with a shape by which all of its values can be read.
pub(super) fn questions(path: &Path, loaded: &Loaded, settings: &Settings) -> Vec<Question> {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for file in loaded.sources.files() {
        for name in extensions(loaded.sources.text(file)) {
            *found.entry(name).or_default() += 1;
        }
    }
    let read = |name: &str| settings.extensions.iter().any(|extension| extension.name == name);
    let candidates: Vec<(&str, usize)> = found.into_iter().filter(|(name, _)| !read(name)).collect();
    if candidates.is_empty() {
        return Vec::new();
    }
    let without = with(path, settings, Vec::new());
    candidates.into_iter().filter_map(|(name, count)| question(path, settings, &without, name, count)).collect()
}

fn with(path: &Path, settings: &Settings, extensions: Vec<Extension>) -> Loaded {
    policy_spec::load(path, &settings.clone().with(|settings| settings.extensions = extensions))
}

fn question(path: &Path, settings: &Settings, without: &Loaded, name: &str, count: usize) -> Option<Question> {
    let fits = |(_, shape): &&(&str, ExtensionShape)| {
        let mut extension = Extension::new(name);
        extension.shape = *shape;
        decides(&with(path, settings, vec![extension]), without)
    };
    let (shape, _) = ExtensionShape::ALL.iter().find(fits)?;
    let times = crate::check::plural(count, "time");
    let what = format!(
        "`{name}` stands in the document {times}, and is not read: where it holds scopes, say so, and whether all are needed or any one"
    );
    let lines = format!("[[extensions]]\nname = {}\nshape = {}\ncombine = \"\"\n", toml(name), toml(shape));
    Some(Question { what, file: policy_spec::Configuration::FILE, lines })
}

/// Whether all values of the extension can be read, and at least one stands at an operation: something about the operations is another
/// thing than without it. The reader itself is asked.
fn decides(with: &Loaded, without: &Loaded) -> bool {
    let of_it = |code: Code| matches!(code, Code::UnreadableExtension | Code::MisplacedExtension);
    let unread = with.findings.iter().any(|finding| finding.is_error() && of_it(finding.code));
    let (Some(model), Some(other)) = (with.readable(), without.readable()) else { return false };
    let requirements = |model: &PolicyModel| {
        model.operations.iter().map(|operation| operation.requirement.clone()).collect::<Vec<_>>()
    };
    let codes = |loaded: &Loaded| loaded.findings.iter().map(|finding| finding.code).collect::<Vec<_>>();
    !unread && (requirements(model) != requirements(other) || codes(with) != codes(without))
}

/// Every key of an extension in a text that is called after scopes, in YAML or JSON.
fn extensions(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("x-").filter_map(|(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        if !before.is_none_or(|c| c.is_whitespace() || "\"'{,".contains(c)) {
            return None;
        }
        let rest = text.get(at..)?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len());
        let (name, behind) = rest.split_at_checked(end)?;
        let is_key = behind.trim_start_matches(['"', '\'']).trim_start().starts_with(':');
        (is_key && WORDS.iter().any(|word| name.contains(word))).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::extensions;

    #[test]
    fn keys_that_are_called_after_scopes_are_found_in_both_languages() {
        let text = "a:\n  x-scopes: [a]\n  b: { x-role: c, \"x-permission\" : {} }\n  text: see x-scope for x-scopes\n  max-x-scope: 1\n";
        assert_eq!(extensions(text).collect::<Vec<_>>(), ["x-scopes", "x-role", "x-permission"]);
    }
}
