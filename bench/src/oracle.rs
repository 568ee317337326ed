//! The right operation of each request, found in the simplest way.

use std::collections::HashMap;

use crate::workload::Operation;

/// An operation and the segments of its template.
type Split<'t> = (u32, Vec<&'t str>);

/// Operations by method and number of segments.
#[derive(Debug)]
pub struct Oracle<'t> {
    operations: HashMap<(&'t str, usize), Vec<Split<'t>>>,
}

impl<'t> Oracle<'t> {
    /// The oracle of these operations.
    #[must_use]
    pub fn new(operations: &[&'t Operation]) -> Self {
        let mut map: HashMap<_, Vec<_>> = HashMap::new();
        for (index, operation) in (0_u32..).zip(operations) {
            let segments: Vec<&str> = operation.template.split('/').collect();
            map.entry((operation.method.as_str(), segments.len())).or_default().push((index, segments));
        }
        Self { operations: map }
    }

    /// The operation of the most specific template that matches: where two differ first, it has the literal.
    #[must_use]
    pub fn route(&self, method: &str, path: &str) -> Option<u32> {
        let segments: Vec<&str> = path.split('/').collect();
        let is_parameter = |segment: &&str| segment.starts_with('{');
        self.operations
            .get(&(method, segments.len()))?
            .iter()
            .filter(|(_, template)| {
                template.iter().zip(&segments).all(|(known, given)| known == given || is_parameter(known))
            })
            .min_by_key(|(_, template)| template.iter().map(is_parameter).collect::<Vec<bool>>())
            .map(|(index, _)| *index)
    }
}
