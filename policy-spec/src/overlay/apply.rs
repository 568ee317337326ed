//! Update, remove and copy: what becomes of the values that a target selects.
//!
//! The versions of the specification differ in lists and single values:
//!
//! | target | update | 1.0 | 1.1 |
//! |---|---|---|---|
//! | mapping | mapping | merged | merged |
//! | list | list | refused: not defined | concatenated |
//! | list | anything else | appended | appended |
//! | single value | single value | refused | replaced |
//! | list in a merged mapping | list | refused: not defined | concatenated |
//! | single value in a merged mapping | single value | replaced | replaced |

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::Budget;
use super::action::Version;
use super::target::Selected;
use crate::finding::{Code, Finding};
use crate::parse::too_deep;
use crate::source::Span;
use crate::tree::{Entry, Kind, Node};

/// What becomes of a value.
#[derive(Clone, Copy)]
pub(super) enum Edit<'v> {
    Remove,
    Merge(&'v Rc<Node>),
}

pub(super) enum Failure {
    Finding(Box<Finding>),
    /// The budget is spent. The caller, which owns the budget, reports that.
    TooLarge,
}

/// What all edits of an action share.
pub(super) struct Edits<'b> {
    pub(super) version: Version,
    /// Where the action stands.
    pub(super) action: Span,
    /// The deepest that the document may nest.
    pub(super) depth: usize,
    pub(super) budget: &'b mut Budget,
}

/// The selected values as a tree of indices. By it, each collection on the way to several of them is rebuilt once.
#[derive(Default)]
struct Places {
    here: bool,
    below: BTreeMap<usize, Places>,
}

impl Places {
    fn of(selected: &[Selected]) -> Self {
        let mut root = Self::default();
        for one in selected {
            let mut place = &mut root;
            for at in one.way() {
                place = place.below.entry(at).or_default();
            }
            place.here = true;
        }
        root
    }
}

/// Size and height of a value.
#[derive(Clone, Copy)]
struct Measure {
    size: usize,
    height: usize,
}

impl Edits<'_> {
    /// The document with the edit made at each of the selected places, from the root down.
    pub(super) fn apply(
        &mut self,
        root: &Rc<Node>,
        selected: &[Selected],
        edit: Edit<'_>,
    ) -> Result<Rc<Node>, Failure> {
        let places = Places::of(selected);
        let Edit::Merge(value) = edit else {
            if places.here {
                let finding = Finding::error(Code::InvalidOverlay, self.action, "the whole document cannot be removed");
                return Err(finding.label("`$` is the document").into());
            }
            return self.remove(root, &places);
        };
        self.check_kinds(selected)?;
        let measure = self.measure(value)?;
        self.merge_all(root, &places, value, measure, 1)
    }

    fn spend(&mut self, values: usize) -> Result<(), Failure> {
        if self.budget.spend(values) { Ok(()) } else { Err(Failure::TooLarge) }
    }

    /// Checks that all values of a target are of one kind [Overlay 1.1.0, Action Object].
    fn check_kinds(&self, selected: &[Selected]) -> Result<(), Failure> {
        let kind = |one: &Selected| match one.node.kind() {
            Kind::Mapping(_) => 0,
            Kind::Sequence(_) => 1,
            Kind::Scalar { .. } | Kind::Tagged(_) => 2,
        };
        let other = selected.first().and_then(|first| selected.iter().find(|other| kind(other) != kind(first)));
        let (Some(first), Some(other)) = (selected.first(), other) else { return Ok(()) };
        Err(Finding::error(Code::InvalidOverlay, self.action, "the target selects values of several kinds")
            .also(first.node.span, format!("{} here", first.node.what()))
            .also(other.node.span, format!("{} here", other.node.what()))
            .help("make an action for each kind, or select less")
            .into())
    }

    /// Counts a value that is written, with everything in it.
    fn measure(&mut self, node: &Node) -> Result<Measure, Failure> {
        self.spend(1)?;
        let mut measure = Measure { size: 1, height: 1 };
        let mut add = |inner: Measure| {
            measure.size = measure.size.saturating_add(inner.size);
            measure.height = measure.height.max(inner.height + 1);
        };
        match node.kind() {
            Kind::Mapping(entries) => {
                for entry in entries {
                    add(self.measure(&entry.value)?);
                }
            }
            Kind::Sequence(items) => {
                for item in items {
                    add(self.measure(item)?);
                }
            }
            Kind::Scalar { .. } | Kind::Tagged(_) => {}
        }
        Ok(measure)
    }

    fn remove(&mut self, node: &Rc<Node>, places: &Places) -> Result<Rc<Node>, Failure> {
        let kind = match node.kind() {
            Kind::Mapping(entries) => {
                self.spend(entries.len())?;
                let mut left = Vec::with_capacity(entries.len());
                for (at, entry) in entries.iter().enumerate() {
                    match places.below.get(&at) {
                        Some(inner) if inner.here => {}
                        Some(inner) => left.push(Entry { value: self.remove(&entry.value, inner)?, ..entry.clone() }),
                        None => left.push(entry.clone()),
                    }
                }
                Kind::Mapping(left)
            }
            Kind::Sequence(items) => {
                self.spend(items.len())?;
                let mut left = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    match places.below.get(&at) {
                        Some(inner) if inner.here => {}
                        Some(inner) => left.push(self.remove(item, inner)?),
                        None => left.push(Rc::clone(item)),
                    }
                }
                Kind::Sequence(left)
            }
            Kind::Scalar { .. } | Kind::Tagged(_) => return Ok(Rc::clone(node)),
        };
        Ok(Rc::new(node.changed(kind, self.action)))
    }

    /// Merges a value into every place, outer ones first. Merging adds at the end of a collection, so that the indices of the inner
    /// places stay valid.
    fn merge_all(
        &mut self,
        node: &Rc<Node>,
        places: &Places,
        value: &Rc<Node>,
        measure: Measure,
        depth: usize,
    ) -> Result<Rc<Node>, Failure> {
        let mut node = Rc::clone(node);
        if places.here {
            if depth + measure.height > self.depth {
                return Err(too_deep(self.action, self.depth).into());
            }
            // The tree shares this value, but every walk over the document visits it here once more.
            self.spend(measure.size)?;
            node = self.merge_into(&node, value)?;
        }
        if places.below.is_empty() {
            return Ok(node);
        }
        let kind = match node.kind() {
            Kind::Mapping(entries) => {
                self.spend(entries.len())?;
                let mut entries = entries.clone();
                for (at, inner) in &places.below {
                    if let Some(entry) = entries.get_mut(*at) {
                        entry.value = self.merge_all(&entry.value, inner, value, measure, depth + 1)?;
                    }
                }
                Kind::Mapping(entries)
            }
            Kind::Sequence(items) => {
                self.spend(items.len())?;
                let mut items = items.clone();
                for (at, inner) in &places.below {
                    if let Some(item) = items.get_mut(*at) {
                        *item = self.merge_all(item, inner, value, measure, depth + 1)?;
                    }
                }
                Kind::Sequence(items)
            }
            Kind::Scalar { .. } | Kind::Tagged(_) => return Ok(node),
        };
        Ok(Rc::new(node.changed(kind, self.action)))
    }

    /// Merges a value into one that the target selects.
    fn merge_into(&mut self, node: &Rc<Node>, value: &Rc<Node>) -> Result<Rc<Node>, Failure> {
        match (node.kind(), value.kind()) {
            (Kind::Mapping(_), Kind::Mapping(_)) => self.merge(node, value),
            (Kind::Sequence(_), Kind::Sequence(_)) => self.concatenate(node, value),
            (Kind::Sequence(items), _) => {
                self.spend(items.len())?;
                let items = items.iter().chain([value]).map(Rc::clone).collect();
                Ok(Rc::new(node.changed(Kind::Sequence(items), self.action)))
            }
            (Kind::Scalar { .. }, Kind::Scalar { .. }) if self.version == Version::V1_1 => Ok(Rc::clone(value)),
            (Kind::Scalar { .. }, Kind::Scalar { .. }) => Err(Finding::error(
                Code::InvalidOverlay,
                self.action,
                "the target is a single value",
            )
            .also(node.span, format!("{} here", node.what()))
            .help("version 1.0 changes it by its mapping: select that, and update the key; or write `overlay: 1.1.0`")
            .into()),
            _ => Err(self.incompatible(node, value)),
        }
    }

    fn merge(&mut self, node: &Rc<Node>, value: &Rc<Node>) -> Result<Rc<Node>, Failure> {
        match (node.kind(), value.kind()) {
            (Kind::Mapping(known), Kind::Mapping(new)) => {
                self.spend(known.len())?;
                let mut entries = known.clone();
                let places: HashMap<&str, usize> =
                    known.iter().enumerate().map(|(at, entry)| (entry.key.as_str(), at)).collect();
                for entry in new {
                    match places.get(entry.key.as_str()).and_then(|at| entries.get_mut(*at)) {
                        Some(there) => there.value = self.merge(&there.value, &entry.value)?,
                        None => entries.push(entry.clone()),
                    }
                }
                Ok(Rc::new(node.changed(Kind::Mapping(entries), self.action)))
            }
            (Kind::Sequence(_), Kind::Sequence(_)) => self.concatenate(node, value),
            (Kind::Scalar { .. }, Kind::Scalar { .. }) => Ok(Rc::clone(value)),
            _ => Err(self.incompatible(node, value)),
        }
    }

    fn concatenate(&mut self, node: &Rc<Node>, value: &Rc<Node>) -> Result<Rc<Node>, Failure> {
        if self.version < Version::V1_1 {
            return Err(Finding::error(
                Code::InvalidOverlay,
                value.span,
                "version 1.0 does not say how two lists are merged",
            )
            .label("this one")
            .also(node.span, "into this one")
            .help("write `overlay: 1.1.0`, which appends; to replace the list, remove it in an action before")
            .into());
        }
        let (known, new) = (node.items().unwrap_or_default(), value.items().unwrap_or_default());
        self.spend(known.len() + new.len())?;
        let items = known.iter().chain(new).map(Rc::clone).collect();
        Ok(Rc::new(node.changed(Kind::Sequence(items), self.action)))
    }

    fn incompatible(&self, node: &Node, value: &Node) -> Failure {
        let what = format!("{} cannot be merged into {}", value.what(), node.what());
        Finding::error(Code::InvalidOverlay, value.span, what)
            .label("this value")
            .also(node.span, "into this one")
            .help("to replace it, remove it in an action before")
            .into()
    }
}

impl From<Finding> for Failure {
    fn from(finding: Finding) -> Self {
        Self::Finding(Box::new(finding))
    }
}
