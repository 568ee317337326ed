//! The security schemes of a document, and how a requirement finds the one that it names.

#[cfg(feature = "openapiv3")]
mod by_openapiv3;
mod catalogue;
mod declared;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

pub(crate) use self::catalogue::ill_formed;
use self::declared::declare;
pub(crate) use self::declared::{Declared, Deprecated};
use crate::context::Context;
use crate::finding::{Code, Finding, Level};
use crate::likely::did_you_mean;
use crate::model::Scheme;
use crate::reference::unescape;
use crate::source::Span;
use crate::tree::Node;
use crate::version::Version;

/// The schemes of the document.
#[derive(Default)]
pub(crate) struct Schemes {
    /// The declared schemes. A scheme that a requirement names by URI [OpenAPI 3.2] is added when the requirement is read.
    list: RefCell<Vec<Rc<Declared>>>,
    /// The index in the list of each name.
    known: RefCell<HashMap<String, usize>>,
}

impl Schemes {
    pub(crate) fn all(&self) -> Vec<Rc<Declared>> {
        self.list.borrow().clone()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.borrow().is_empty()
    }

    pub(crate) fn find(&self, name: &str) -> Option<Rc<Declared>> {
        let at = *self.known.borrow().get(name)?;
        self.list.borrow().get(at).cloned()
    }

    fn add(&self, declared: Declared) -> Rc<Declared> {
        let declared = Rc::new(declared);
        let mut list = self.list.borrow_mut();
        self.known.borrow_mut().insert(declared.name.clone(), list.len());
        list.push(Rc::clone(&declared));
        declared
    }

    /// The scheme that a requirement names. It is a component of this name. In OpenAPI 3.2 the name can also be a URI that leads to a
    /// scheme. `None` after an error.
    pub(crate) fn resolve(
        &self,
        context: &mut Context<'_>,
        name: &str,
        span: Span,
        version: Version,
    ) -> Option<Rc<Declared>> {
        if let Some(found) = self.find(name) {
            return Some(found);
        }
        let file = [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
        if version < Version::OpenApi32 || !file && !name.contains(['#', '/']) {
            context.report(self.unresolved(context, name, span));
            return None;
        }
        let (root, pointer) = context.locate(name, span, span)?;
        let entry = context.root().is_some_and(|entry| Rc::ptr_eq(&entry, &root));
        let component = pointer.strip_prefix("/components/securitySchemes/").filter(|_| entry);
        if let Some(found) = component.and_then(|component| self.find(&unescape(component))) {
            return Some(found);
        }
        let node = context.target(name, span, span)?;
        let last = context.peek(&node);
        let known = self
            .list
            .borrow()
            .iter()
            .find(|known| known.node.as_ref().is_some_and(|node| Rc::ptr_eq(node, &last)))
            .cloned();
        if known.is_some() {
            return known;
        }
        // One scheme gets one name, however its URI is spelt.
        let uri = format!("{}#{pointer}", context.files.relative(root.span.file));
        let name = if self.find(&uri).is_none() { uri.as_str() } else { name };
        Some(self.add(declare(context, name, span, &node, version)))
    }

    /// The finding for a name that no scheme has.
    pub(crate) fn unresolved(&self, context: &Context<'_>, name: &str, span: Span) -> Finding {
        let all = self.list.borrow();
        let near = context.likely(name, all.iter().map(|scheme| scheme.name.as_str()));
        let place = context.version.schemes();
        let component =
            name.strip_prefix("#/components/securitySchemes/").filter(|component| self.find(component).is_some());
        Finding::error(
            Code::SchemeUnresolved,
            span,
            format!("the security scheme `{}` is not declared", name.escape_debug()),
        )
        .label(did_you_mean(near, format!("not under `{place}`")))
        .help(match component {
            Some(component) => format!("before OpenAPI 3.2 it is named, not referred to: write `{component}`"),
            None => format!("declare it under `{place}`, or correct the name"),
        })
    }

    /// Reports what is wrong with schemes. It is an error if an operation requires the scheme, or could, and otherwise a warning.
    pub(crate) fn report_faults(&self, context: &mut Context<'_>, used: impl Fn(&str) -> bool) {
        for scheme in self.all() {
            let faults = scheme.faults.take();
            let is_used = context.left_out || used(&scheme.name);
            context.left_out |= is_used && !faults.is_empty();
            for fault in faults {
                let level = if is_used { fault.level } else { Level::Warning };
                context.report(Finding { level, ..fault });
            }
        }
    }

    pub(crate) fn models(&self, context: &Context<'_>) -> Vec<Scheme> {
        self.list
            .borrow()
            .iter()
            .filter_map(|scheme| {
                Some(Scheme {
                    name: scheme.name.clone(),
                    kind: scheme.kind.clone()?,
                    rust_name: scheme.rust_name.clone(),
                    as_nobody: policy_core::AsNobody::NONE,
                    deprecated: matches!(scheme.deprecated, Some(Deprecated::ByDocument(_))),
                    location: context.location(scheme.span),
                })
            })
            .collect()
    }
}

/// Reads `components.securitySchemes`, or `securityDefinitions` [Swagger 2.0].
pub(crate) fn schemes(context: &mut Context<'_>, root: &Node, version: Version) -> Schemes {
    let read = Schemes::default();
    let listed = if version == Version::Swagger2 {
        root.get("securityDefinitions").cloned()
    } else {
        let components = root.get("components").cloned();
        if let Some(components) = components.as_ref().filter(|components| components.entries().is_none()) {
            context.invalid(components, "`components`", "a mapping");
        }
        let reference = components.as_ref().and_then(|components| components.entry("$ref")).cloned();
        if let Some(reference) = reference {
            context.is_reference(&reference, "`components`", "refer from each component");
        }
        components.and_then(|components| components.get("securitySchemes").cloned())
    };
    let Some(listed) = listed else { return read };
    let Some(entries) = context.entries(&listed, &format!("`{}`", version.schemes()), "a mapping of names to schemes")
    else {
        return read;
    };
    for entry in entries {
        if entry.value.string().is_some()
            && context.is_reference(entry, "the list of security schemes", "refer from each scheme")
        {
            continue;
        }
        read.add(declare(context, &entry.key, entry.key_span, &entry.value, version));
    }
    read
}
