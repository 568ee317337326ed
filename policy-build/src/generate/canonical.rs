//! Sorts what the document may list in any order, so that moving a key does not change the generated source.

use policy_spec::{PolicyModel, RequirementFacts};

/// Sorts operations by template and method, and schemes by name. The alternatives of an operation stay in the
/// document's order, because the first one that is met decides.
pub(super) fn sort(model: &mut PolicyModel) {
    let mut order: Vec<usize> = (0..model.operations.len()).collect();
    order.sort_by(|one, other| {
        let key = |index: &usize| model.operations.get(*index).map(|operation| (&operation.path, &operation.method));
        key(one).cmp(&key(other))
    });
    let mut new_indices = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(index) = new_indices.get_mut(*old) {
            *index = new;
        }
    }
    model.operations.sort_by(|one, other| (&one.path, &one.method).cmp(&(&other.path, &other.method)));
    for webhook in &mut model.webhooks {
        for operation in &mut webhook.follow_up {
            // An operation that does not exist gets an index that does not exist either. The plan reports it.
            *operation = new_indices.get(*operation).copied().unwrap_or(usize::MAX);
        }
    }
    model.schemes.sort_by(|one, other| one.name.cmp(&other.name));
    for operation in &mut model.operations {
        if let RequirementFacts::AnyOf(alternatives) = &mut operation.requirement {
            alternatives.iter_mut().for_each(|alternative| *alternative = alternative.in_any_order());
        }
    }
}
