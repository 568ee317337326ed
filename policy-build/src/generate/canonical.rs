//! One order for everything whose order means nothing, so that moving a key does not change the source.

use policy_spec::PolicyModel;

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
    for alternative in model.operations.iter_mut().flat_map(|operation| &mut operation.alternatives) {
        alternative.schemes.sort_by(|one, other| one.0.cmp(&other.0));
    }
}
