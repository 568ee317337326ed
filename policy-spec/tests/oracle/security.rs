//! The effective security requirement of an operation.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::extension::{self, Choice};
use super::read::{Node, text};
use super::{Document, Version};

/// One way to be let in.
#[derive(Clone, Debug, Default)]
pub(super) struct Alternative {
    pub(super) anonymous: bool,
    /// The schemes in the order written, each with the scopes it must carry.
    pub(super) schemes: Vec<(String, BTreeSet<String>)>,
    /// Scopes required of the caller, whichever scheme carries them.
    pub(super) extension: BTreeSet<String>,
}

pub(super) struct Requirement {
    pub(super) access: &'static str,
    pub(super) alternatives: Vec<Alternative>,
}

impl Alternative {
    pub(super) fn has(&self, scheme: &str) -> bool {
        self.schemes.iter().any(|(name, _)| name == scheme)
    }

    /// Adds scopes to a scheme, and the scheme where it is not there.
    pub(super) fn add(&mut self, scheme: &str, scopes: &BTreeSet<String>) {
        match self.schemes.iter_mut().find(|(name, _)| name == scheme) {
            Some((_, own)) => own.extend(scopes.iter().cloned()),
            None => self.schemes.push((scheme.to_owned(), scopes.clone())),
        }
    }

    pub(super) fn json(&self) -> Value {
        let schemes: Map<_, _> = self.schemes.iter().map(|(name, scopes)| (name.clone(), json!(scopes))).collect();
        json!({ "anonymous": self.anonymous, "schemes": schemes, "extension": self.extension })
    }

    fn read(document: &Document<'_>, requirement: &Node) -> Self {
        let mut alternative = Self::default();
        for (written, scopes) in requirement.entries() {
            let scheme = document.scheme_name(requirement, &written);
            let Some(scopes) = scopes.value.as_array() else { panic!("not a list of scopes: {}", scopes.value) };
            alternative.add(&scheme, &scopes.iter().map(text).collect());
        }
        alternative.anonymous = alternative.schemes.is_empty();
        alternative
    }

    fn is(&self, other: &Self) -> bool {
        let sorted = |alternative: &Self| alternative.schemes.iter().cloned().collect::<BTreeSet<_>>();
        self.anonymous == other.anonymous && self.extension == other.extension && sorted(self) == sorted(other)
    }
}

impl Document<'_> {
    /// A scheme's name. From 3.2 on it may be written as a URI, which for a component is as good as its name.
    fn scheme_name(&self, requirement: &Node, written: &str) -> String {
        let components = self.root.value.pointer("/components/securitySchemes");
        if self.version < Version::V32
            || !written.contains('#')
            || components.is_some_and(|components| components.get(written).is_some())
        {
            return written.to_owned();
        }
        let (file, pointer) = self.files.place(&requirement.file, written);
        match pointer.strip_prefix("/components/securitySchemes/") {
            Some(name) if file == self.root.file => name.replace("~1", "/").replace("~0", "~"),
            _ => {
                let folder = self.root.file.parent().unwrap();
                format!("{}#{pointer}", file.strip_prefix(folder).unwrap().display())
            }
        }
    }

    pub(super) fn requirement(&self, operation: &Node) -> Requirement {
        let holder = if operation.value.get("security").is_some() { operation } else { &self.root };
        let written = holder.value.get("security").map(|_| holder.list("security"));
        let extensions: Vec<Vec<Choice>> =
            self.config.extension.iter().filter_map(|config| extension::choices(operation, config)).collect();

        let (is_secured, mut alternatives) = match written {
            None if extensions.is_empty() => return Requirement { access: "undeclared", alternatives: Vec::new() },
            None => (false, vec![Alternative::default()]),
            Some(list) if list.is_empty() => return Requirement { access: "public", alternatives: Vec::new() },
            Some(list) => (true, list.iter().map(|item| Alternative::read(self, item)).collect()),
        };
        let access = if alternatives.iter().any(|alternative| alternative.anonymous) { "optional" } else { "required" };
        for choices in &extensions {
            alternatives =
                alternatives.into_iter().flat_map(|alternative| multiply(alternative, choices, is_secured)).collect();
        }
        let mut distinct: Vec<Alternative> = Vec::new();
        for alternative in alternatives {
            if !distinct.iter().any(|other| other.is(&alternative)) {
                distinct.push(alternative);
            }
        }
        Requirement { access, alternatives: distinct }
    }
}

/// One alternative with each choice of an extension. A choice that names schemes adds to those the alternative has,
/// and is no choice of an alternative that has none of them; without security it brings its schemes along.
fn multiply(alternative: Alternative, choices: &[Choice], is_secured: bool) -> Vec<Alternative> {
    if alternative.anonymous {
        return vec![alternative];
    }
    let concerns = |choice: &&Choice| {
        !is_secured || choice.bound.is_empty() || choice.bound.iter().any(|(scheme, _)| alternative.has(scheme))
    };
    let chosen: Vec<_> = choices.iter().filter(concerns).collect();
    if chosen.is_empty() {
        return vec![alternative];
    }
    let with = |choice: &Choice| {
        let mut result = alternative.clone();
        result.extension.extend(choice.scopes.iter().cloned());
        for (scheme, scopes) in &choice.bound {
            if !is_secured || alternative.has(scheme) {
                result.add(scheme, scopes);
            }
        }
        result
    };
    chosen.into_iter().map(with).collect()
}
