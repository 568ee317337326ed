//! A tree of segments laid out as a table.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::segment;
use crate::slot::{self, Kind, NodeInfo, Slot};
use crate::trie::Node;

/// The parts of a table that come from the tree.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    pub(crate) slots: Vec<Slot>,
    pub(crate) siblings: Vec<u32>,
    pub(crate) operations: Vec<u32>,
    pub(crate) text: String,
}

impl Layout {
    /// Nothing, if an index or a length does not fit.
    ///
    /// First every group of literal siblings gets its places, the largest groups first, each between the others. What
    /// is reached by its index (parameters, partials, literals without siblings) then fills the gaps.
    pub(crate) fn of(root: &Node) -> Option<Self> {
        let nodes = flatten(root);
        let mut places = Places::default();
        places.take(0);
        let mut groups: Vec<(usize, &Flat<'_>)> = nodes.iter().enumerate().collect();
        groups.sort_by_key(|(index, flat)| (Reverse(flat.literals.len()), *index));
        let mut slot_of: Vec<usize> = alloc::vec![0; nodes.len()];
        let mut windows: Vec<Option<Window>> = alloc::vec![None; nodes.len()];
        let mut chained: Vec<(usize, usize)> = Vec::new();
        for (index, flat) in &groups {
            if flat.literals.is_empty() {
                continue;
            }
            let hashes: Vec<u64> = flat.literals.iter().map(|child| nodes.get(*child).map_or(0, Flat::hash)).collect();
            let mut window = Window::of(&hashes);
            let place = |hash: &u64| slot::place(*hash, window.width, window.shift);
            let mut members: Vec<(usize, usize)> =
                hashes.iter().map(place).zip(flat.literals.iter().copied()).collect();
            members.sort_unstable();
            let members = || members.chunk_by(|(one, _), (other, _)| one == other);
            let offsets: Vec<usize> =
                members().filter_map(|children| children.first()).map(|(offset, _)| *offset).collect();
            window.base = places.fit(&offsets);
            for children in members() {
                let ((offset, mut before), rest) = children.split_first().map(|(first, rest)| (*first, rest))?;
                *slot_of.get_mut(before)? = window.base + offset;
                for (_, child) in rest.iter().copied() {
                    chained.push((before, child));
                    before = child;
                }
            }
            *windows.get_mut(*index)? = Some(window);
        }
        for (_, child) in &chained {
            *slot_of.get_mut(*child)? = places.free(1);
        }
        for flat in &nodes {
            let first = places.free(flat.partials.len());
            for (offset, child) in flat.partials.iter().enumerate() {
                *slot_of.get_mut(*child)? = first + offset;
            }
            if let Some(child) = flat.parameter {
                *slot_of.get_mut(child)? = places.free(1);
            }
        }
        write(&nodes, &slot_of, &windows, &chained, places.taken.len())
    }
}

fn write(
    nodes: &[Flat<'_>],
    slot_of: &[usize],
    windows: &[Option<Window>],
    chained: &[(usize, usize)],
    length: usize,
) -> Option<Layout> {
    if length >= slot::NOBODY as usize {
        return None;
    }
    let mut layout = Layout {
        slots: alloc::vec![EMPTY; length],
        siblings: alloc::vec![0; length],
        operations: Vec::new(),
        text: String::new(),
    };
    let slot = |node: usize| slot_of.get(node).and_then(|slot| u32::try_from(*slot).ok());
    let mut texts: BTreeMap<(&str, bool), u32> = BTreeMap::new();
    let mut has_sibling = alloc::vec![false; nodes.len()];
    for (before, _) in chained {
        *has_sibling.get_mut(*before)? = true;
    }
    for (index, flat) in nodes.iter().enumerate() {
        if flat.text.len() > NodeInfo::LONGEST {
            return None;
        }
        let is_short = is_short(nodes, windows, index);
        let text = match texts.get(&(flat.text, is_short)) {
            Some(text) => *text,
            None => {
                let at = u32::try_from(layout.text.len()).ok()?;
                if is_short {
                    layout.text.extend(words_of(flat.text));
                } else {
                    layout.text.push_str(flat.text);
                }
                texts.insert((flat.text, is_short), at);
                at
            }
        };
        let mut info = NodeInfo::new(u32::try_from(flat.text.len()).ok()?, flat.kind);
        let mut base = 0;
        if let Some(Some(window)) = windows.get(index) {
            info = info.with_literals(window.width, window.shift);
            base = u32::try_from(window.base).ok()?;
        }
        if flat.parameter.is_some() || !flat.partials.is_empty() {
            info = info.with_choice();
        }
        if is_short {
            info = info.with_short_text();
        }
        if has_sibling.get(index) == Some(&true) {
            info = info.with_sibling();
        }
        let methods = flat.node.operations.iter().fold(0, |methods, (bit, _)| methods | 1_u32 << bit);
        let operations = u32::try_from(layout.operations.len()).ok()?;
        layout.operations.extend(flat.node.operations.iter().map(|(_, operation)| *operation));
        let parent = if index == 0 { slot::NOBODY } else { slot(flat.parent)? };
        let parent = match flat.kind {
            Kind::Literal => parent,
            Kind::Partial => slot::partial_of(parent),
            Kind::Parameter => slot::parameter_of(parent),
        };
        let mut values = EMPTY;
        for (field, value) in [
            (slot::TEXT, text),
            (slot::INFO, info.0),
            (slot::BASE, base),
            (slot::PARENT, parent),
            (slot::PARAMETER_CHILD, flat.parameter.map_or(Some(0), slot)?),
            (slot::PARTIAL_CHILD, flat.partials.first().map_or(Some(0), |first| slot(*first))?),
            (slot::METHODS, methods),
            (slot::OPERATIONS, operations),
        ] {
            *values.get_mut(field)? = value;
        }
        *layout.slots.get_mut(*slot_of.get(index)?)? = values;
    }
    for (before, after) in chained {
        *layout.siblings.get_mut(*slot_of.get(*before)?)? = slot(*after)?;
    }
    // A partial sibling is told from whatever lies behind the last one by its parent, so one empty slot must follow.
    layout.slots.push(EMPTY);
    layout.siblings.push(0);
    Some(layout)
}

/// Whether the text of a node is kept as two words: a literal among others, of one segment of at most sixteen bytes.
fn is_short(nodes: &[Flat<'_>], windows: &[Option<Window>], index: usize) -> bool {
    let Some(flat) = nodes.get(index) else { return false };
    let has_places = windows.get(flat.parent).is_some_and(|window| window.is_some_and(|window| window.width > 0));
    let is_one = flat.text.len() <= 1 + 16 && flat.text.matches('/').count() == 1;
    index != 0 && flat.kind == Kind::Literal && has_places && is_one
}

/// The first eight bytes of a literal and the last, behind its slash. Literals are ASCII.
fn words_of(text: &str) -> impl Iterator<Item = char> {
    let (first, last) = segment::words(text.as_bytes(), 1, text.len());
    [first, last].into_iter().flat_map(u64::to_le_bytes).map(char::from)
}

/// A place that no node needed.
const EMPTY: Slot = [0, 0, 0, slot::NOBODY, 0, 0, 0, 0];

/// A node with its children by index.
struct Flat<'n> {
    node: &'n Node,
    text: &'n str,
    kind: Kind,
    parent: usize,
    literals: Vec<usize>,
    partials: Vec<usize>,
    parameter: Option<usize>,
}

impl Flat<'_> {
    /// The hash of the first segment of the text.
    fn hash(&self) -> u64 {
        let text = self.text.as_bytes();
        let end = text.iter().skip(1).position(|byte| *byte == b'/').map_or(text.len(), |length| 1 + length);
        segment::hash(segment::words(text, 1, end))
    }
}

/// The tree without its depth, so that nothing here recurses. Parents come before children.
fn flatten(root: &Node) -> Vec<Flat<'_>> {
    let flat = |node, text, kind, parent| Flat {
        node,
        text,
        kind,
        parent,
        literals: Vec::new(),
        partials: Vec::new(),
        parameter: None,
    };
    let mut nodes = alloc::vec![flat(root, "", Kind::Literal, 0)];
    let mut at = 0;
    while let Some(node) = nodes.get(at).map(|flat| flat.node) {
        let (mut literals, mut partials) = (Vec::new(), Vec::new());
        for (text, child) in &node.literals {
            literals.push(nodes.len());
            nodes.push(flat(child, text.as_str(), Kind::Literal, at));
        }
        for (partial, child) in &node.partials {
            partials.push(nodes.len());
            nodes.push(flat(child, partial.text.as_str(), Kind::Partial, at));
        }
        let parameter = node.parameter.as_deref().map(|child: &Node| {
            nodes.push(flat(child, "", Kind::Parameter, at));
            nodes.len() - 1
        });
        if let Some(flat) = nodes.get_mut(at) {
            (flat.literals, flat.partials, flat.parameter) = (literals, partials, parameter);
        }
        at += 1;
    }
    nodes
}

/// Where a node's literal children are.
#[derive(Debug, Clone, Copy)]
struct Window {
    base: usize,
    width: u32,
    shift: u32,
}

impl Window {
    /// The smallest window, within four times the need, in which the children meet least.
    fn of(hashes: &[u64]) -> Self {
        let least = hashes.len().next_power_of_two().trailing_zeros();
        let mut best = (usize::MAX, Self { base: 0, width: least.min(NodeInfo::WIDEST), shift: 0 });
        for width in least..=(least + 2).min(NodeInfo::WIDEST) {
            for shift in 0..NodeInfo::SHIFTS {
                let mut places: Vec<usize> = hashes.iter().map(|hash| slot::place(*hash, width, shift)).collect();
                places.sort_unstable();
                places.dedup();
                let meeting = hashes.len() - places.len();
                if meeting < best.0 {
                    best = (meeting, Self { base: 0, width, shift });
                }
                if meeting == 0 {
                    return best.1;
                }
            }
        }
        best.1
    }
}

/// Which slots are taken.
#[derive(Default)]
struct Places {
    taken: Vec<bool>,
    /// All slots before this one are taken.
    first_free: usize,
}

impl Places {
    fn is_free(&self, at: usize) -> bool {
        !self.taken.get(at).copied().unwrap_or(false)
    }

    fn take(&mut self, at: usize) {
        if self.taken.len() <= at {
            self.taken.resize(at + 1, false);
        }
        if let Some(taken) = self.taken.get_mut(at) {
            *taken = true;
        }
        while !self.is_free(self.first_free) {
            self.first_free += 1;
        }
    }

    /// The first base at which all offsets are free, and takes them.
    fn fit(&mut self, offsets: &[usize]) -> usize {
        let mut base = self.first_free.saturating_sub(offsets.first().copied().unwrap_or(0));
        while !offsets.iter().all(|offset| self.is_free(base + offset)) {
            base += 1;
        }
        for offset in offsets {
            self.take(base + offset);
        }
        base
    }

    /// The first of `count` free slots in a row, and takes them.
    fn free(&mut self, count: usize) -> usize {
        self.fit(&(0..count).collect::<Vec<usize>>())
    }
}
