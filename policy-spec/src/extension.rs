//! The extensions of an operation that hold required scopes, in every shape that documents give them.
//!
//! Each shape is read as a list of bundles. Any one bundle is enough, and all scopes of a bundle are required together. Name, shape
//! and combination are configured. A value of another shape is an error: nothing is guessed.

use policy_core::is_scope_token;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::requirement::quote;
use crate::schemes::ill_formed;
use crate::settings::{Combine, Extension, ExtensionShape};
use crate::source::Span;
use crate::tree::Node;

/// A scope and where it is written.
pub(crate) type Written = (String, Span);

/// What the extensions of an operation require: any one of the bundles.
#[derive(Clone, Debug)]
pub(crate) struct Required {
    /// The first extension's value.
    pub(crate) span: Span,
    pub(crate) bundles: Vec<Bundle>,
}

/// Scopes that are required together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bundle {
    /// Scopes that any scheme of the alternative may have granted.
    pub(crate) scopes: Vec<Written>,
    /// Scopes that one scheme must have granted, by its name.
    pub(crate) bound: Vec<(String, Vec<Written>)>,
}

impl Bundle {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Written> {
        self.scopes.iter().chain(self.bound.iter().flat_map(|(_, scopes)| scopes))
    }

    fn and(mut self, other: &Self) -> Self {
        self.scopes.extend(other.scopes.iter().cloned());
        self.bound.extend(other.bound.iter().cloned());
        self
    }
}

impl Required {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Written> {
        self.bundles.iter().flat_map(Bundle::all)
    }
}

/// Reads the configured extensions of an operation: `Ok(None)` when it has none, `Err` after an error.
pub(crate) fn required(context: &mut Context<'_>, operation: &Node) -> Result<Option<Required>, ()> {
    let mut found: Option<Required> = None;
    let settings = context.settings;
    for extension in &settings.extensions {
        let Some(entry) = operation.entry(&extension.name) else { continue };
        let combine = sibling(context, operation, extension)?;
        let reader = Reader { extension, combine };
        let bundles = reader.read(&entry.value).map_err(|finding| context.report(finding))?;
        for (scope, span) in bundles.iter().flat_map(Bundle::all) {
            if !is_scope_token(scope) {
                context.report(ill_formed(scope, *span));
            }
        }
        let scopes: usize = bundles.iter().map(|bundle| 1 + bundle.all().count()).sum();
        if !context.grow(scopes, entry.value.span) {
            return Err(());
        }
        found = Some(match found {
            None => Required { span: entry.value.span, bundles },
            Some(Required { span, bundles: before }) => {
                let limit = settings.limits.alternatives;
                if before.len().saturating_mul(bundles.len()) > limit {
                    context.report(too_many(entry.value.span, limit));
                    return Err(());
                }
                let product = before.iter().flat_map(|one| bundles.iter().map(|other| one.clone().and(other)));
                Required { span, bundles: product.collect() }
            }
        });
    }
    Ok(found)
}

/// The finding for an operation with more alternatives than its budget.
pub(crate) fn too_many(span: Span, limit: usize) -> Finding {
    Finding::error(Code::TooLarge, span, format!("the operation has more than {limit} alternatives"))
        .label("each alternative of `security` is multiplied with each of these")
        .help("raise `limits.alternatives` in `policy.toml` if that is meant")
}

/// How the scopes combine. A key beside the extension may say so; otherwise the configuration does.
fn sibling(context: &mut Context<'_>, operation: &Node, extension: &Extension) -> Result<Combine, ()> {
    let Some(entry) = extension.sibling.as_deref().and_then(|name| operation.entry(name)) else {
        return Ok(extension.combine);
    };
    match entry.value.string().map(str::to_ascii_lowercase).as_deref() {
        Some("all" | "allof" | "and") => Ok(Combine::All),
        Some("any" | "anyof" | "or") => Ok(Combine::Any),
        _ => {
            let message = format!("`{}` says neither `any` nor `all`", entry.key);
            context.report(
                Finding::error(Code::UnreadableExtension, entry.value.span, message)
                    .label(format!("it says how `{}` combines", extension.name))
                    .help("write `any` or `all`"),
            );
            Err(())
        }
    }
}

struct Reader<'e> {
    extension: &'e Extension,
    combine: Combine,
}

impl Reader<'_> {
    fn read(&self, node: &Node) -> Result<Vec<Bundle>, Finding> {
        match self.extension.shape {
            ExtensionShape::List => Ok(combined(self.list(node)?, self.combine)),
            ExtensionShape::String if node.is_null() => Ok(vec![Bundle::default()]),
            ExtensionShape::String => Ok(combined(vec![self.one(node)?], Combine::All)),
            ExtensionShape::Words => {
                let (text, span) = self.one(node)?;
                let words = text.split(' ').map(|word| (word.to_owned(), span));
                // An empty string holds no scope. An empty word between two spaces is an ill-formed scope.
                Ok(combined(if text.is_empty() { Vec::new() } else { words.collect() }, self.combine))
            }
            ExtensionShape::Entries => self.entries(node),
            ExtensionShape::Operator => self.operator(node),
            ExtensionShape::AllAny => self.all_any(node),
            ExtensionShape::Enum => {
                self.mapping(node, &["enum"])?;
                let list = node.get("enum").ok_or_else(|| self.unreadable(node, "a mapping with `enum`"))?;
                Ok(combined(self.list(list)?, self.combine))
            }
            ExtensionShape::Schemes => self.schemes(node),
        }
    }

    fn schemes(&self, node: &Node) -> Result<Vec<Bundle>, Finding> {
        let entries = node.entries().ok_or_else(|| self.unreadable(node, "a mapping of schemes to lists of scopes"))?;
        let mut bound = Vec::with_capacity(entries.len());
        for entry in entries {
            bound.push((entry.key.clone(), self.list(&entry.value)?));
        }
        Ok(self.bundles_of(bound, |(scheme, scopes)| {
            if scopes.is_empty() {
                return vec![Bundle { scopes, bound: vec![(scheme, Vec::new())] }];
            }
            scopes
                .into_iter()
                .map(|scope| Bundle { scopes: Vec::new(), bound: vec![(scheme.clone(), vec![scope])] })
                .collect()
        }))
    }

    fn entries(&self, node: &Node) -> Result<Vec<Bundle>, Finding> {
        let items =
            node.items().ok_or_else(|| self.unreadable(node, "a list of mappings with `scheme` and `scopes`"))?;
        let mut bound = Vec::with_capacity(items.len());
        for item in items {
            self.mapping(item, &["scheme", "scopes", "state"])?;
            let scheme = item.get("scheme").and_then(|scheme| scheme.string());
            let scheme = scheme.ok_or_else(|| self.unreadable(item, "a mapping with a `scheme`"))?;
            let scopes = item.get("scopes").ok_or_else(|| self.unreadable(item, "a mapping with `scopes`"))?;
            bound.push((scheme.to_owned(), self.list(scopes)?));
        }
        Ok(self.bundles_of(bound, |entry| vec![Bundle { scopes: Vec::new(), bound: vec![entry] }]))
    }

    /// With `all`, one bundle of everything. With `any`, the bundles that `split` makes of each part.
    fn bundles_of(
        &self,
        bound: Vec<(String, Vec<Written>)>,
        split: impl FnMut((String, Vec<Written>)) -> Vec<Bundle>,
    ) -> Vec<Bundle> {
        match self.combine {
            Combine::All => vec![Bundle { scopes: Vec::new(), bound }],
            Combine::Any => {
                let bundles: Vec<Bundle> = bound.into_iter().flat_map(split).collect();
                if bundles.is_empty() { vec![Bundle::default()] } else { bundles }
            }
        }
    }

    fn operator(&self, node: &Node) -> Result<Vec<Bundle>, Finding> {
        const EXPECTED: &str = "a mapping with `operator` and `permissions`";
        self.mapping(node, &["operator", "permissions"])?;
        let list = match node.get("permissions") {
            Some(list) => self.list(list)?,
            None => Vec::new(),
        };
        let operator = node.get("operator").ok_or_else(|| self.unreadable(node, EXPECTED))?;
        match (operator.string(), list.is_empty()) {
            (Some("OR"), _) => Ok(combined(list, Combine::Any)),
            (Some("AND"), _) => Ok(combined(list, Combine::All)),
            (Some("OPEN"), true) => Ok(vec![Bundle::default()]),
            (Some("OPEN"), false) => Err(self.unreadable(node, "no `permissions` beside the operator `OPEN`")),
            _ => Err(self.unreadable(operator, "`OR`, `AND` or `OPEN`")),
        }
    }

    fn all_any(&self, node: &Node) -> Result<Vec<Bundle>, Finding> {
        const EXPECTED: &str = "a mapping with `all` or `any`";
        self.mapping(node, &["all", "any"])?;
        let list = |key| node.get(key).map(|list| self.list(list)).transpose();
        let (all, any) = (list("all")?, list("any")?);
        if all.is_none() && any.is_none() {
            return Err(self.unreadable(node, EXPECTED));
        }
        let all = Bundle { scopes: all.unwrap_or_default(), bound: Vec::new() };
        Ok(combined(any.unwrap_or_default(), Combine::Any).iter().map(|any| all.clone().and(any)).collect())
    }

    fn list(&self, node: &Node) -> Result<Vec<Written>, Finding> {
        let items = node.items().ok_or_else(|| self.unreadable(node, "a list of scopes"))?;
        items.iter().map(|item| self.one(item)).collect()
    }

    fn one(&self, node: &Node) -> Result<Written, Finding> {
        match node.string() {
            Some(text) => Ok((text.to_owned(), node.span)),
            None => {
                let finding = self.unreadable(node, "a scope as a string");
                Err(match quote(node) {
                    Some(help) => finding.help(help),
                    None => finding,
                })
            }
        }
    }

    /// Checks that a mapping has no keys but these. Another key could hold a scope that would not be read.
    fn mapping(&self, node: &Node, known: &[&str]) -> Result<(), Finding> {
        let entries = node.entries().ok_or_else(|| self.unreadable(node, "a mapping"))?;
        match entries.iter().find(|entry| !known.contains(&entry.key.as_str())) {
            None => Ok(()),
            Some(entry) => Err(Finding::error(
                Code::UnreadableExtension,
                entry.key_span,
                format!(
                    "`{}` has a key `{}`, which its shape does not know",
                    self.extension.name,
                    entry.key.escape_debug()
                ),
            )
            .help(format!("known keys are `{}`", known.join("`, `")))),
        }
    }

    fn unreadable(&self, node: &Node, expected: &str) -> Finding {
        let name = &self.extension.name;
        let shape =
            ExtensionShape::ALL.iter().find(|(_, shape)| *shape == self.extension.shape).map_or("", |(name, _)| *name);
        let finding = Finding::error(
            Code::UnreadableExtension,
            node.span,
            match node.string().or(node.text()) {
                Some(text) => format!("`{name}` holds `{}`", text.escape_debug()),
                None => format!("`{name}` holds {}", node.what()),
            },
        )
        .label(format!("expected {expected}"));
        match node.text() {
            Some(text) if self.extension.shape == ExtensionShape::List => finding.help(format!(
                "write `[{}]`, or set the extension's `shape` in `policy.toml`",
                text.split_whitespace().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
            )),
            _ => finding.help(format!("its shape is `{shape}`; correct it here, or set `shape` in `policy.toml`")),
        }
    }
}

/// One bundle of all scopes, or one bundle for each. Without any scope it is one empty bundle, which every authenticated caller
/// meets.
fn combined(scopes: Vec<Written>, combine: Combine) -> Vec<Bundle> {
    match combine {
        Combine::Any if !scopes.is_empty() => {
            scopes.into_iter().map(|scope| Bundle { scopes: vec![scope], bound: Vec::new() }).collect()
        }
        _ => vec![Bundle { scopes, bound: Vec::new() }],
    }
}
