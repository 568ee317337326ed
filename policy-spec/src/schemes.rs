//! Security schemes and their scope catalogues.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use openapiv3::{APIKeyLocation, SecurityScheme};
use policy_core::is_scope_token;

use crate::context::Context;
use crate::finding::{Code, Finding, Level};
use crate::keys::{Place, check_keys};
use crate::model::{Scheme, SchemeKind};
use crate::names::{self, rust_name};
use crate::reference::unescape;
use crate::source::Span;
use crate::tree::{Kind, Node};
use crate::version::Version;

/// The schemes of the document.
#[derive(Default)]
pub(crate) struct Schemes {
    /// Those that a requirement names by URI [OpenAPI 3.2] join when they are met.
    list: RefCell<Vec<Rc<Declared>>>,
    /// Their places in the list.
    known: RefCell<HashMap<String, usize>>,
}

pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) span: Span,
    /// The name that `x-rust-name` gives it.
    pub(crate) rust_name: Option<String>,
    /// What is wrong with it: an error where something requires it, and a warning where nothing does.
    faults: RefCell<Vec<Finding>>,
    /// What declares it, with references followed: two names of one node are one scheme.
    node: Option<Rc<Node>>,
    /// `None` after an error; the name resolves nevertheless, so that one mistake is told once.
    pub(crate) kind: Option<SchemeKind>,
    /// `deprecated: true`, or a flow that OAuth's best practice forbids.
    pub(crate) deprecated: Option<Deprecated>,
    /// The scopes it declares; `None` when it has no catalogue, and any scope may be required of it.
    pub(crate) catalogue: Option<Catalogue>,
}

/// Why a scheme is deprecated, and where that stands.
#[derive(Clone, Copy)]
pub(crate) enum Deprecated {
    ByDocument(Span),
    Implicit(Span),
    Password(Span),
}

pub(crate) struct Catalogue {
    pub(crate) scopes: BTreeMap<String, (Option<String>, Span)>,
    /// The scheme's key below which a scope would be added.
    place: &'static str,
    /// `x-scopes` stands in it: it lists the scopes of extensions too, and not those of OAuth only.
    pub(crate) is_own: bool,
}

impl Declared {
    /// Whether scopes are at home in it [OpenAPI 3.0, Security Requirement Object].
    pub(crate) fn is_oauth(&self) -> bool {
        matches!(self.kind, None | Some(SchemeKind::OAuth2 | SchemeKind::OpenIdConnect))
    }

    /// The place in the document where a scope is added to a catalogue of this scheme.
    pub(crate) fn place_of(&self, catalogue: &Catalogue, version: Version) -> String {
        let (name, place) = (&self.name, catalogue.place);
        // By URI it stands elsewhere.
        if name.contains('#') {
            format!("`{place}` of `{name}`")
        } else {
            format!("`{}.{name}.{place}`", version.schemes())
        }
    }
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

    /// The scheme that a requirement names: a component, else in OpenAPI 3.2 what the name leads to as a URI. `None`
    /// after an error.
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
        // However the URI is spelt, the scheme has one name.
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
        .label(near.map_or_else(|| format!("not under `{place}`"), |near| format!("did you mean `{near}`?")))
        .help(match component {
            Some(component) => format!("before OpenAPI 3.2 it is named, not referred to: write `{component}`"),
            None => format!("declare it under `{place}`, or correct the name"),
        })
    }

    /// Reports what is wrong with schemes: an error of those that the operations require, or may require.
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
    let Some(entries) = listed.entries() else {
        context.invalid(&listed, &format!("`{}`", version.schemes()), "a mapping of names to schemes");
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

fn declare(context: &mut Context<'_>, name: &str, span: Span, node: &Rc<Node>, version: Version) -> Declared {
    let mut declared = Declared {
        name: name.to_owned(),
        span,
        rust_name: None,
        faults: RefCell::default(),
        node: None,
        kind: None,
        deprecated: None,
        catalogue: None,
    };
    if let Some(node) = context.follow_alone(node, "a security scheme") {
        check_keys(context, &node, Place::SecurityScheme, version);
        declared.rust_name = rust_name(context, &node, names::Kind::Scheme);
        let (known, left_out) = (context.findings.len(), context.left_out);
        declared.kind = kind(context, &node, span, version);
        if declared.kind.is_none() && context.findings.len() > known {
            declared.faults = RefCell::new(context.findings.split_off(known));
            context.left_out = left_out;
        }
        declared.catalogue = catalogue(context, &node, version);
        declared.deprecated = deprecated(&node);
        declared.node = Some(node);
    }
    declared
}

fn deprecated(node: &Node) -> Option<Deprecated> {
    if let Some(entry) = node.entry("deprecated").filter(|entry| entry.value.bool() == Some(true)) {
        return Some(Deprecated::ByDocument(entry.key_span));
    }
    // The flows object, or in Swagger 2.0 the one flow by its name.
    let flows = node.get("flows").map(|flows| flows.entries().unwrap_or_default()).unwrap_or_default();
    let named = flows.iter().map(|flow| (flow.key.as_str(), flow.key_span));
    let single = node.get("flow").and_then(|flow| Some((flow.string()?, flow.span)));
    let outdated = |(name, span)| match name {
        "implicit" => Some(Deprecated::Implicit(span)),
        "password" => Some(Deprecated::Password(span)),
        _ => None,
    };
    // A scheme that also has a sound flow is no reason to stop using it.
    let all: Option<Vec<Deprecated>> = named.chain(single).map(outdated).collect();
    all?.first().copied()
}

fn kind(context: &mut Context<'_>, node: &Node, span: Span, version: Version) -> Option<SchemeKind> {
    let Some(entries) = node.entries() else {
        context.invalid(node, "the security scheme", "a mapping");
        return None;
    };
    sound(context, node, span, version)?;
    // `openapiv3` models OpenAPI 3.0: what others say differently is settled here.
    match (node.get("type").and_then(|kind| kind.string()), version) {
        (Some("mutualTLS"), Version::OpenApi31 | Version::OpenApi32) => return Some(SchemeKind::MutualTls),
        (Some("basic"), Version::Swagger2) => return Some(SchemeKind::Basic),
        (Some("oauth2"), Version::Swagger2) => return Some(SchemeKind::OAuth2),
        _ => {}
    }
    const KEPT: [&str; 7] = ["type", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl"];
    let kept: Vec<(&str, &Node)> = entries
        .iter()
        .filter(|entry| KEPT.contains(&entry.key.as_str()))
        .map(|entry| (entry.key.as_str(), &*entry.value))
        .collect();
    // A flow of OpenAPI 3.2 is no error of the others, and the scopes are read from the tree.
    let flows = Node::new(span, Kind::Mapping(Vec::new()));
    let kept = kept.into_iter().map(|(key, value)| if key == "flows" { (key, &flows) } else { (key, value) }).collect();
    let typed = context.typed(span, "the security scheme", kept)?;
    Some(match typed {
        SecurityScheme::APIKey { location: APIKeyLocation::Header, name, .. } => SchemeKind::ApiKeyHeader(name),
        SecurityScheme::APIKey { location: APIKeyLocation::Query, name, .. } => SchemeKind::ApiKeyQuery(name),
        SecurityScheme::APIKey { location: APIKeyLocation::Cookie, name, .. } => SchemeKind::ApiKeyCookie(name),
        // Scheme names are case-insensitive [RFC 9110, 11.1].
        SecurityScheme::HTTP { scheme, .. } => match scheme.to_ascii_lowercase().as_str() {
            "bearer" => SchemeKind::Bearer,
            "basic" => SchemeKind::Basic,
            other => SchemeKind::HttpOther(other.to_owned()),
        },
        SecurityScheme::OAuth2 { .. } => SchemeKind::OAuth2,
        SecurityScheme::OpenIDConnect { .. } => SchemeKind::OpenIdConnect,
    })
}

/// Whether a scheme has what its type asks for, with a finding where it has not.
fn sound(context: &mut Context<'_>, node: &Node, span: Span, version: Version) -> Option<()> {
    let types = version.scheme_types();
    let missing = |context: &mut Context<'_>, key: &str, label: String| {
        context.left_out = true;
        let message = format!("the security scheme has no `{key}`");
        context.report(Finding::error(Code::InvalidShape, span, message).label(label));
    };
    let Some(kind) = node.get("type") else {
        missing(context, "type", format!("expected {types}"));
        return None;
    };
    let written = kind.string();
    let asked: &[&str] = match (written, version) {
        (Some("apiKey"), _) => &["name", "in"],
        (Some("http"), _) => &["scheme"],
        (Some("oauth2"), Version::Swagger2) | (Some("basic"), Version::Swagger2) => &[],
        (Some("mutualTLS"), Version::OpenApi31 | Version::OpenApi32) => &[],
        (Some("oauth2"), _) => &["flows"],
        (Some("openIdConnect"), _) => &["openIdConnectUrl"],
        _ => {
            context.invalid_word(kind, "the type of the security scheme", types);
            return None;
        }
    };
    let mut complete = Some(());
    for key in asked {
        match node.get(key) {
            None => {
                missing(context, key, format!("its type `{}` asks for it", written.unwrap_or_default()));
                complete = None;
            }
            Some(place) if *key == "in" && !matches!(place.string(), Some("header" | "query" | "cookie")) => {
                context.invalid_word(place, "`in` of the security scheme", version.key_places());
                complete = None;
            }
            Some(_) => {}
        }
    }
    complete
}

fn catalogue(context: &mut Context<'_>, node: &Node, version: Version) -> Option<Catalogue> {
    let mut scopes = BTreeMap::new();
    let mut place = None;
    if let Some(listed) = node.get("scopes").filter(|_| version == Version::Swagger2) {
        place = Some("scopes");
        collect(context, listed, "`scopes`", Code::InvalidShape, &mut scopes);
    }
    if let Some(flows) = node.get("flows") {
        check_keys(context, flows, Place::Flows, version);
        for flow in flows.entries().unwrap_or_default().iter().filter(|flow| !flow.key.starts_with("x-")) {
            if let Some(listed) = flow.value.get("scopes") {
                place = Some("flows");
                collect(context, listed, "the flow's `scopes`", Code::InvalidShape, &mut scopes);
            }
        }
    }
    if let Some(listed) = node.get("x-scopes") {
        place = Some("x-scopes");
        collect(context, listed, "`x-scopes`", Code::UnreadableExtension, &mut scopes);
    }
    place.map(|place| Catalogue { scopes, place, is_own: place == "x-scopes" })
}

fn collect(
    context: &mut Context<'_>,
    listed: &Node,
    what: &str,
    code: Code,
    scopes: &mut BTreeMap<String, (Option<String>, Span)>,
) {
    let Some(entries) = listed.entries() else {
        context.report(
            Finding::error(code, listed.span, format!("{what} is {}", listed.what()))
                .label("expected a mapping of scopes to descriptions"),
        );
        return;
    };
    for entry in entries.iter().filter(|entry| !entry.key.starts_with("x-") || entry.value.text().is_some()) {
        // What requires it is an error; what merely lists it opens nothing and closes nothing.
        if !is_scope_token(&entry.key) {
            context.report(Finding { level: Level::Warning, ..ill_formed(&entry.key, entry.key_span) });
        }
        if entry.value.text().is_none() && !entry.value.is_null() {
            let message = format!("the description of scope `{}` is {}", entry.key, entry.value.what());
            let finding = Finding::new(code, entry.value.span, message).label("expected a string");
            context.report(Finding { level: Level::Warning, ..finding });
        }
        let description = entry.value.text().map(str::to_owned);
        scopes.entry(entry.key.clone()).or_insert((description, entry.key_span));
    }
}

/// The finding for a string that is no scope token.
pub(crate) fn ill_formed(scope: &str, span: Span) -> Finding {
    let reason = match scope.chars().find(|c| !matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')) {
        None => "a scope has at least one character".to_owned(),
        Some(' ') if scope.trim() == scope => "holds a space; is it several scopes?".to_owned(),
        Some(other) => format!("holds {other:?}"),
    };
    let message = match scope {
        "" => "an empty string is not a scope".to_owned(),
        _ => format!("`{}` is not a scope", scope.escape_debug()),
    };
    Finding::error(Code::IllFormedScope, span, message)
        .label(reason)
        .help("a scope is made of printable ASCII without space, `\"` and `\\` (RFC 6749, appendix A.4)")
}
