//! The set of templates as a tree of segments, before it becomes a table.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::slot::NodeInfo;
use crate::template::{Partial, Segment};

/// A node of the tree: what may follow the segments that led here.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// Each key starts with a slash; after `join_runs` it may hold several segments.
    pub(crate) literals: BTreeMap<String, Node>,
    /// Sorted as documented.
    pub(crate) partials: BTreeMap<Partial, Node>,
    pub(crate) parameter: Option<Box<Node>>,
    /// Operations of the template that ends here, each behind the method's bit, in the order of the bits.
    pub(crate) operations: Vec<(u32, u32)>,
}

impl Node {
    /// Adds an operation, or returns the one that is already there.
    pub(crate) fn insert(&mut self, segments: &[Segment<'_>], method: u32, operation: u32) -> Result<(), u32> {
        let mut node = self;
        for segment in segments {
            node = match segment {
                Segment::Literal(text) => node.literals.entry(alloc::format!("/{text}")).or_default(),
                Segment::Partial(partial) => node.partials.entry(partial.clone()).or_default(),
                Segment::Parameter => node.parameter.get_or_insert_default(),
            };
        }
        let operations = &mut node.operations;
        let at = operations.partition_point(|(earlier, _)| *earlier < method);
        match operations.get(at) {
            Some((same, first)) if *same == method => Err(*first),
            _ => {
                operations.insert(at, (method, operation));
                Ok(())
            }
        }
    }

    /// Makes one edge of literals that follow each other without a choice, so that a request compares them at once.
    pub(crate) fn join_runs(&mut self) {
        let mut open = alloc::vec![self];
        while let Some(node) = open.pop() {
            for (mut text, mut child) in core::mem::take(&mut node.literals) {
                while child.is_only_a_literal() {
                    let fits = |(more, _): (&String, &Self)| text.len() + more.len() <= NodeInfo::LONGEST;
                    if !child.literals.first_key_value().is_some_and(fits) {
                        break;
                    }
                    let Some((more, next)) = child.literals.pop_first() else { break };
                    text.push_str(&more);
                    child = next;
                }
                node.literals.insert(text, child);
            }
            let Self { literals, partials, parameter, .. } = node;
            open.extend(literals.values_mut());
            open.extend(partials.values_mut());
            open.extend(parameter.as_deref_mut());
        }
    }

    fn is_only_a_literal(&self) -> bool {
        self.operations.is_empty() && self.partials.is_empty() && self.parameter.is_none() && self.literals.len() == 1
    }

    fn move_children(&mut self, to: &mut Vec<Self>) {
        to.extend(core::mem::take(&mut self.literals).into_values());
        to.extend(core::mem::take(&mut self.partials).into_values());
        to.extend(self.parameter.take().map(|child| *child));
    }
}

/// A tree is as deep as its longest template, so dropping it must not recurse.
impl Drop for Node {
    fn drop(&mut self) {
        let mut open = Vec::new();
        self.move_children(&mut open);
        while let Some(mut node) = open.pop() {
            node.move_children(&mut open);
        }
    }
}
