//! One order for everything whose order means nothing, so that moving a key does not change the source.

use policy_spec::{PolicyModel, RequirementFacts};

/// Sorts operations by template and method, schemes by name. Alternatives stay: the first that is met decides.
pub(super) fn sort(model: &mut PolicyModel) {
    let mut order: Vec<usize> = (0..model.operations.len()).collect();
    order.sort_by(|one, other| {
        let key = |place: &usize| model.operations.get(*place).map(|operation| (&operation.path, &operation.method));
        key(one).cmp(&key(other))
    });
    let mut places = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(place) = places.get_mut(*old) {
            *place = new;
        }
    }
    model.operations.sort_by(|one, other| (&one.path, &one.method).cmp(&(&other.path, &other.method)));
    for webhook in &mut model.webhooks {
        for operation in &mut webhook.follow_up {
            // One that does not exist stays so; the plan reports it.
            *operation = places.get(*operation).copied().unwrap_or(usize::MAX);
        }
    }
    model.schemes.sort_by(|one, other| one.name.cmp(&other.name));
    for operation in &mut model.operations {
        if let RequirementFacts::AnyOf(alternatives) = &mut operation.requirement {
            alternatives.iter_mut().for_each(|alternative| *alternative = alternative.in_any_order());
        }
    }
}
