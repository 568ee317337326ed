//! What a line says was granted, as the new policy reads it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::rc::Rc;

use policy_core::ScopeString;
use policy_core::owned::{Grant, OwnedPolicy, OwnedScheme, OwnedScopeSet};
use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor};

use super::line::Text;

/// How many different texts are remembered. Clients use the same grants again and again.
const REMEMBERED: usize = 1 << 14;
/// A longer text is read each time: those that are remembered would take as much memory as the log.
const LONGEST: usize = 1 << 13;

/// What the schemes granted.
#[derive(Debug, Default)]
pub(super) struct Grants {
    /// Of the schemes that the new policy has.
    pub(super) known: Vec<(OwnedScheme, OwnedScopeSet)>,
    /// Whether the line names no scheme at all: nobody is known.
    pub(super) is_nobody: bool,
    /// Whether the line names a scheme that the new policy does not have.
    pub(super) has_unknown: bool,
}

impl Grants {
    /// Whether the line says what this scheme granted.
    pub(super) fn has(&self, scheme: OwnedScheme) -> bool {
        self.known.iter().any(|(known, _)| *known == scheme)
    }

    /// As the decision takes them. `None` for nobody.
    pub(super) fn caller(&self) -> Option<Vec<Grant<'_>>> {
        (!self.is_nobody).then(|| self.known.iter().map(|(scheme, scopes)| scheme.grant(scopes)).collect())
    }
}

/// Reads grants, each text once.
pub(super) struct Reader<'p> {
    policy: &'p OwnedPolicy,
    remembered: HashMap<Box<str>, Rc<Grants>>,
    /// The scopes of the new policy, and whether the log names them. Whoever wrote it knew those.
    named: HashMap<&'p str, bool>,
}

impl<'p> Reader<'p> {
    pub(super) fn new(policy: &'p OwnedPolicy) -> Self {
        Self { policy, remembered: HashMap::new(), named: policy.scopes().map(|scope| (scope, false)).collect() }
    }

    /// Reads the member `granted`.
    pub(super) fn read(&mut self, text: &str) -> Result<Rc<Grants>, String> {
        if let Some(known) = self.remembered.get(text) {
            return Ok(Rc::clone(known));
        }
        let Schemes(schemes) = serde_json::from_str(text).map_err(|error| format!("`granted`: {error}"))?;
        let mut grants = Grants { is_nobody: schemes.is_empty(), ..Grants::default() };
        for (name, scopes) in &schemes {
            let scopes =
                ScopeString::new(scopes).map_err(|_| "`granted` has a text that is no list of scopes".to_owned())?;
            self.name(scopes.as_str());
            match self.policy.scheme(name) {
                Some(scheme) => grants.known.push((scheme, self.policy.scope_set(scopes))),
                None => grants.has_unknown = true,
            }
        }
        let grants = Rc::new(grants);
        if text.len() <= LONGEST {
            if self.remembered.len() >= REMEMBERED {
                self.remembered.clear();
            }
            self.remembered.insert(text.into(), Rc::clone(&grants));
        }
        Ok(grants)
    }

    /// Notes that the log has these scopes, separated by spaces.
    pub(super) fn name(&mut self, scopes: &str) {
        for token in scopes.split(' ') {
            if let Some(is_named) = self.named.get_mut(token) {
                *is_named = true;
            }
        }
    }

    /// Whether the log names the scope anywhere.
    pub(super) fn names(&self, scope: &str) -> bool {
        self.named.get(scope).copied().unwrap_or_default()
    }
}

/// The schemes with their scopes, as the line has them.
pub(super) struct Schemes<'l>(pub(super) Vec<(Text<'l>, Text<'l>)>);

impl<'de> Deserialize<'de> for Schemes<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Schemes<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of schemes")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut schemes: Vec<(Text<'de>, Text<'de>)> = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    schemes.push(entry);
                }
                let mut known = HashSet::with_capacity(schemes.len());
                if schemes.iter().all(|(scheme, _)| known.insert(&**scheme)) {
                    Ok(Schemes(schemes))
                } else {
                    Err(de::Error::custom("a scheme stands twice"))
                }
            }
        }
        deserializer.deserialize_map(Read)
    }
}
