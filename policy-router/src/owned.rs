//! A router built while the program runs.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{BuildError, BuildFault};
use crate::find::Match;
use crate::layout::Layout;
use crate::method;
use crate::table::{Router, Tables};
use crate::template::Template;
use crate::trie::Node;

/// A router that owns its tables, built while the program runs.
///
/// It finds what a static router over the same tables finds, with the same code: see [`OwnedRouter::router`].
///
/// ```
/// use policy_router::{Match, Router};
///
/// let router = Router::build([("GET", "/notes/{id}"), ("DELETE", "/notes/{id}"), ("GET", "/notes/mine")])?;
/// let Match::Found { operation, parameters } = router.find("GET", "/notes/7") else { panic!("no such route") };
/// assert_eq!((operation, parameters.get("id")), (0, Some("7")));
/// // A literal counts before a parameter.
/// assert_eq!(router.find("GET", "/notes/mine").operation(), Some(2));
/// let Match::MethodNotAllowed(methods) = router.find("PUT", "/notes/7") else { panic!("it has no PUT") };
/// assert!(methods.eq(["DELETE", "GET"]));
/// # Ok::<(), policy_router::BuildError>(())
/// ```
#[derive(Debug, Clone)]
pub struct OwnedRouter {
    layout: Layout,
    method_keys: Vec<u64>,
    methods: Vec<Box<str>>,
    templates: Vec<Box<str>>,
}

impl Router<'_> {
    /// How many distinct methods the operations of a router may have.
    pub const MOST_METHODS: usize = method::MOST;

    /// Builds a router of operations: pairs of method and template. An operation's index is its place among them.
    ///
    /// All faults are reported together.
    ///
    /// ```
    /// let router = policy_router::Router::build([("GET", "/items"), ("GET", "/items/{id}")])?;
    /// assert_eq!(router.find("GET", "/items/7").operation(), Some(1));
    /// # Ok::<(), policy_router::BuildError>(())
    /// ```
    pub fn build<M, T>(operations: impl IntoIterator<Item = (M, T)>) -> Result<OwnedRouter, BuildError>
    where
        M: AsRef<str>,
        T: AsRef<str>,
    {
        let operations: Vec<(M, T)> = operations.into_iter().collect();
        let names: BTreeSet<&str> = operations.iter().map(|(method, _)| method.as_ref()).collect();
        let methods: Vec<Box<str>> = names.iter().copied().map(Box::from).collect();
        let templates: Vec<Box<str>> = operations.iter().map(|(_, template)| Box::from(template.as_ref())).collect();
        let mut faults = Vec::new();
        if methods.len() > method::MOST {
            faults.push(BuildFault::TooManyMethods);
        }
        let mut root = Node::default();
        for (index, (name, template)) in operations.iter().enumerate() {
            let (name, template) = (name.as_ref(), template.as_ref());
            if let Err(fault) = insert(&mut root, &methods, &templates, index, name, template) {
                faults.push(fault);
            }
        }
        if !faults.is_empty() {
            return Err(BuildError::new(faults));
        }
        root.join_runs();
        let layout = Layout::of(&root).ok_or_else(|| BuildError::new(alloc::vec![BuildFault::TooLarge]))?;
        let method_keys = method::table(&methods);
        Ok(OwnedRouter { layout, method_keys, methods, templates })
    }
}

fn insert(
    root: &mut Node,
    methods: &[Box<str>],
    templates: &[Box<str>],
    index: usize,
    name: &str,
    template: &str,
) -> Result<(), BuildFault> {
    if !method::is_method(name) {
        return Err(BuildFault::Method { method: name.into(), template: template.into() });
    }
    let parsed = Template::parse(template).map_err(|fault| BuildFault::Template {
        method: name.into(),
        template: template.into(),
        fault,
    })?;
    let bit = methods.iter().position(|known| **known == *name).and_then(|bit| u32::try_from(bit).ok());
    let (Some(bit), Ok(operation)) = (bit, u32::try_from(index)) else { return Err(BuildFault::TooLarge) };
    root.insert(parsed.segments(), bit, operation).map_err(|first| {
        let first = usize::try_from(first).ok().and_then(|first| templates.get(first));
        BuildFault::Collision {
            method: name.into(),
            first: first.map(|first| String::from(&**first)).unwrap_or_default(),
            second: template.into(),
        }
    })
}

impl OwnedRouter {
    /// The view that finds.
    #[inline]
    pub fn router(&self) -> Router<'_> {
        Router::owned(self.tables(&[][..], &[]), &self.methods, &self.templates)
    }

    /// What a request's method and path lead to: [`Router::find`].
    #[inline]
    pub fn find<'r, 'p>(&'r self, method: impl AsRef<[u8]>, path: &'p (impl AsRef<[u8]> + ?Sized)) -> Match<'r, 'p> {
        self.find_bytes(method.as_ref(), path.as_ref())
    }

    /// The view is made where it is used, so that only what is used is read.
    fn find_bytes<'r, 'p>(&'r self, method: &[u8], path: &'p [u8]) -> Match<'r, 'p> {
        self.router().find_here(method, path)
    }

    /// The tables as plain data. With these a constant [`Router`] is made.
    #[doc(hidden)]
    pub fn plain(&self) -> Tables<'_, Vec<&str>> {
        let [methods, templates] =
            [&self.methods, &self.templates].map(|strings| strings.iter().map(|string| &**string).collect());
        self.tables(methods, templates)
    }

    #[inline]
    fn tables<L>(&self, methods: L, templates: L) -> Tables<'_, L> {
        Tables {
            slots: &self.layout.slots,
            siblings: &self.layout.siblings,
            operations: &self.layout.operations,
            text: &self.layout.text,
            method_keys: &self.method_keys,
            methods,
            templates,
        }
    }
}
