//! Matching: one walk over the table, for both forms of a router.

use crate::bytes::same;
use crate::method;
use crate::parameters::Parameters;
use crate::partial;
use crate::scan::{self, Slashes};
use crate::segment;
use crate::slot::{self, Kind, NodeInfo, Slot};
use crate::strict;
use crate::table::{Router, Strings};

/// What a request's method and path lead to.
#[derive(Debug, Clone, Copy)]
pub enum Match<'r, 'p> {
    /// An operation.
    Found {
        /// Its place among the operations the router was built of.
        operation: usize,
        /// The parameters in the path.
        parameters: Parameters<'r, 'p>,
    },
    /// Templates match the path, but no operation of theirs has the method.
    MethodNotAllowed(AllowedMethods<'r>),
    /// No template matches the path.
    NotFound,
}

impl<'r, 'p> Match<'r, 'p> {
    /// The operation, if one was found.
    pub fn operation(&self) -> Option<usize> {
        match self {
            Self::Found { operation, .. } => Some(*operation),
            Self::MethodNotAllowed(_) | Self::NotFound => None,
        }
    }
}

/// The methods of every template that matches a path, sorted and without repetition. An iterator.
#[derive(Debug, Clone, Copy)]
pub struct AllowedMethods<'r> {
    methods: Strings<'r>,
    bits: u32,
}

impl<'r> Iterator for AllowedMethods<'r> {
    type Item = &'r str;

    fn next(&mut self) -> Option<&'r str> {
        if self.bits == 0 {
            return None;
        }
        let index = self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        self.methods.get(index)
    }
}

/// Where a walk ended.
enum Walked {
    /// The place of the operation in the table's list.
    At(usize),
    /// Methods of the templates that match.
    Allowed(u32),
}

impl<'t> Router<'t> {
    /// What a request's method and path lead to. Allocates nothing.
    ///
    /// The path is the raw one: not decoded, not normalised, and without the query. Split the target at the first `?`
    /// before; a path that still holds a `?` or `#` is no route.
    ///
    /// ```
    /// use policy_router::{Match, Router};
    ///
    /// let router = Router::build([("GET", "/items/{id}"), ("PUT", "/items/{id}")])?;
    /// let router = router.router();
    /// let Match::Found { operation: 0, parameters } = router.find("GET", "/items/a%20b") else { panic!() };
    /// assert_eq!(parameters.get("id"), Some("a%20b"));
    /// let Match::MethodNotAllowed(allowed) = router.find("POST", "/items/7") else { panic!() };
    /// assert!(allowed.eq(["GET", "PUT"]));
    /// assert!(matches!(router.find("GET", "/items/"), Match::NotFound));
    /// # Ok::<(), policy_router::BuildError>(())
    /// ```
    #[inline]
    pub fn find<'p>(&self, method: impl AsRef<[u8]>, path: &'p (impl AsRef<[u8]> + ?Sized)) -> Match<'t, 'p> {
        self.find_bytes(method.as_ref(), path.as_ref())
    }

    fn find_bytes<'p>(&self, method: &[u8], path: &'p [u8]) -> Match<'t, 'p> {
        self.find_here(method, path)
    }

    #[inline(always)]
    pub(crate) fn find_here<'p>(&self, method: &[u8], path: &'p [u8]) -> Match<'t, 'p> {
        let bit = self.method_bit(method);
        match self.walk(path, bit) {
            Walked::At(place) => self.found(place, path),
            Walked::Allowed(0) => Match::NotFound,
            Walked::Allowed(bits) => Match::MethodNotAllowed(AllowedMethods { methods: self.methods, bits }),
        }
    }

    #[inline]
    fn found<'p>(&self, place: usize, path: &'p [u8]) -> Match<'t, 'p> {
        let Some(operation) = self.operations.get(place) else { return Match::NotFound };
        let operation = *operation as usize;
        Match::Found { operation, parameters: Parameters::new(self.templates, operation, path) }
    }

    /// The method's bit, or none of them: a method no operation has.
    #[inline]
    fn method_bit(&self, name: &[u8]) -> u32 {
        let key = method::key(name);
        let entry = self.method_keys.get(method::place(key, self.method_keys.len()));
        match entry.and_then(|entry| method::index(*entry, key)) {
            Some(index) => 1 << (index & 31),
            None => method_bit_by_name(self.methods, name),
        }
    }

    /// Goes down the tree, in the documented order, until an operation is found or everything was tried.
    ///
    /// Each node is entered at most once, so a walk is never longer than the table. Where it stands is `at`, the place
    /// of the slash before the next segment, or the path's end.
    #[inline(always)]
    fn walk(&self, path: &[u8], bit: u32) -> Walked {
        let mut allowed = 0;
        let mut index = 0;
        let mut at = 0;
        let Some(mut node) = self.slots.first() else { return Walked::Allowed(0) };
        let Some(slashes) = scan::scan(path) else { return Walked::Allowed(0) };
        // What is likely stands in this loop in full, with nothing handed over but these three variables: a step kept in
        // memory, even for a moment, costs as much as finding it.
        loop {
            if at < path.len() {
                let info = info(node);
                let end = slashes.end(path, at);
                if info.has_literals() {
                    // An only child is compared at once.
                    let words = if info.has_places() { Some(segment::words(path, at + 1, end)) } else { None };
                    let place = words.map_or(0, |words| info.place(segment::hash(words)) as u32);
                    let place = field(node, slot::BASE).wrapping_add(place);
                    if let Some(below) = self.slots.get(place as usize)
                        && field(below, slot::PARENT) == index
                    {
                        let there = self::info(below);
                        if there.has_short_text()
                            && let Some(words) = words
                        {
                            // Nothing branches on the length: any comes at any place.
                            if self.is_text(below, words, end - at) {
                                (index, node, at) = (place, below, end);
                                continue;
                            }
                        } else if let Some(ends) = self.text_ends(below, path, at) {
                            (index, node, at) = (place, below, ends);
                            continue;
                        }
                        if there.has_sibling()
                            && let Some(step) = self.sibling(place, words, path, at, end)
                        {
                            Step { index, node, at } = step;
                            continue;
                        }
                    }
                }
                if info.has_choice() && is_value(path, at, end) {
                    let partial = field(node, slot::PARTIAL_CHILD);
                    if partial != 0
                        && let Some(step) = self.partial(index, partial, path.get(at + 1..end).unwrap_or_default(), end)
                    {
                        Step { index, node, at } = step;
                        continue;
                    }
                    let parameter = field(node, slot::PARAMETER_CHILD);
                    if parameter != 0
                        && let Some(below) = self.slots.get(parameter as usize)
                    {
                        (index, node, at) = (parameter, below, end);
                        continue;
                    }
                }
            } else {
                let methods = field(node, slot::METHODS);
                if methods & bit != 0 {
                    let rank = (methods & (bit - 1)).count_ones();
                    return Walked::At(field(node, slot::OPERATIONS).wrapping_add(rank) as usize);
                }
                allowed |= methods;
            }
            let Some(step) = self.next_branch(index, node, &slashes, path, at) else { return Walked::Allowed(allowed) };
            Step { index, node, at } = step;
        }
    }

    /// Where the node's whole text ends, if it stands at `at` up to a slash or the end.
    #[inline(always)]
    fn text_ends(&self, node: &Slot, path: &[u8], at: usize) -> Option<usize> {
        let (text, length) = (field(node, slot::TEXT) as usize, info(node).length());
        let (_, rest) = path.split_at_checked(at)?;
        let (here, behind) = rest.split_at_checked(length)?;
        let text = self.text.get(text..)?.get(..length)?;
        (same(here, text) && matches!(behind.first(), None | Some(b'/'))).then_some(at + length)
    }

    /// Whether the node's short text is the segment with these words, and a slash before it, of this length together.
    #[inline(always)]
    fn is_text(&self, node: &Slot, (first, last): (u64, u64), length: usize) -> bool {
        segment::known(self.text, field(node, slot::TEXT) as usize).is_some_and(|(known_first, known_last)| {
            first ^ known_first | last ^ known_last | (info(node).length() ^ length) as u64 == 0
        })
    }

    /// The literal child with the same place as another, whose text stands at `at`.
    #[cold]
    #[inline(never)]
    fn sibling(&self, other: u32, words: Option<(u64, u64)>, path: &[u8], at: usize, end: usize) -> Option<Step<'t>> {
        let mut index = other;
        loop {
            index = *self.siblings.get(index as usize)?;
            let node = self.slots.get(index as usize)?;
            if info(node).has_short_text() {
                if self.is_text(node, words?, end - at) {
                    return Some(Step { index, node, at: end });
                }
            } else if let Some(ends) = self.text_ends(node, path, at) {
                return Some(Step { index, node, at: ends });
            }
            if !info(node).has_sibling() {
                return None;
            }
        }
    }

    /// The first child that takes the segment, or a part of it, as a value: a partial one from `partial` on, else the
    /// parameter.
    fn value_child(
        &self,
        index: u32,
        node: &Slot,
        partial: u32,
        slashes: &Slashes,
        path: &[u8],
        at: usize,
    ) -> Option<Step<'t>> {
        let parameter = field(node, slot::PARAMETER_CHILD);
        if partial | parameter == 0 {
            return None;
        }
        let end = slashes.end(path, at);
        if !is_value(path, at, end) {
            return None;
        }
        if partial != 0
            && let Some(step) = self.partial(index, partial, path.get(at + 1..end)?, end)
        {
            return Some(step);
        }
        let node = if parameter == 0 { None } else { self.slots.get(parameter as usize) };
        node.map(|node| Step { index: parameter, node, at: end })
    }

    /// What is left to try when nothing below a node matched: the next child of its parent, or of the parent's parent.
    #[cold]
    #[inline(never)]
    fn next_branch(&self, index: u32, node: &Slot, slashes: &Slashes, path: &[u8], at: usize) -> Option<Step<'t>> {
        let mut index = index;
        let mut at = at;
        let mut kind = info(node).kind();
        let mut length = info(node).length();
        let mut parent = slot::parent_of(field(node, slot::PARENT));
        loop {
            let above = self.slots.get(parent as usize)?;
            at = match kind {
                Kind::Literal => at.checked_sub(length)?,
                Kind::Partial | Kind::Parameter => path.get(..at)?.iter().rposition(|byte| *byte == b'/')?,
            };
            let partial = match kind {
                Kind::Literal => field(above, slot::PARTIAL_CHILD),
                // What follows the last one is none: it says so itself.
                Kind::Partial => index.wrapping_add(1),
                Kind::Parameter => 0,
            };
            if kind != Kind::Parameter {
                let step = self.value_child(parent, above, partial, slashes, path, at);
                if step.is_some() {
                    return step;
                }
            }
            (index, kind, length) = (parent, info(above).kind(), info(above).length());
            parent = slot::parent_of(field(above, slot::PARENT));
        }
    }

    /// The first partial child, from `index` on, that the segment fits.
    #[inline(never)]
    fn partial(&self, parent: u32, first: u32, segment: &[u8], end: usize) -> Option<Step<'t>> {
        let mut index = first;
        loop {
            let node = self.slots.get(index as usize)?;
            if field(node, slot::PARENT) != slot::partial_of(parent) {
                return None;
            }
            let text = field(node, slot::TEXT) as usize;
            if partial::matches(self.text.get(text..text + info(node).length())?, segment) {
                return Some(Step { index, node, at: end });
            }
            index = index.wrapping_add(1);
        }
    }
}

/// Where a walk stands: a node, and the place in the path behind the segments that led there.
struct Step<'t> {
    index: u32,
    node: &'t Slot,
    at: usize,
}

/// The bit of a method that the table of keys does not hold.
#[inline(never)]
fn method_bit_by_name(methods: Strings<'_>, name: &[u8]) -> u32 {
    let mut index = 0;
    while let Some(known) = methods.get(index) {
        if known.as_bytes() == name {
            return 1 << (index & 31);
        }
        index += 1;
    }
    0
}

/// Whether the segment may be a parameter's value: it is not empty, and no dot segment.
#[inline(always)]
fn is_value(path: &[u8], at: usize, end: usize) -> bool {
    let length = end - at - 1;
    length > 2 || (length > 0 && !path.get(at + 1..end).is_none_or(strict::is_dots))
}

#[inline]
fn field(slot: &Slot, field: usize) -> u32 {
    slot.get(field).copied().unwrap_or(0)
}

#[inline]
fn info(node: &Slot) -> NodeInfo {
    NodeInfo(field(node, slot::INFO))
}
