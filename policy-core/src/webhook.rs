//! A webhook, typed by the policy whose operations its receiver calls next.

use core::fmt;
use core::marker::PhantomData;

use crate::definition::WebhookDefinition;
use crate::policy::{Document, OperationRef};

/// A webhook of the policy `D`. Displays as its name.
///
/// Its follow-up operations belong to its own document. Another policy does not accept it:
///
/// ```compile_fail,E0308
/// use policy_core::{Document, Policy, Webhook};
///
/// fn next<One: Document, Other: Document>(webhook: Webhook<Other>) -> usize {
///     Policy::<One>::new().follow_up(webhook).count()
/// }
/// ```
pub struct Webhook<D> {
    definition: &'static WebhookDefinition,
    policy: PhantomData<fn() -> D>,
}

impl<D: Document> Webhook<D> {
    pub(crate) const fn new(definition: &'static WebhookDefinition) -> Self {
        Self { definition, policy: PhantomData }
    }

    /// The webhook's name in the document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.definition.name
    }

    /// The webhook's `summary`, if it has one.
    #[must_use]
    pub const fn summary(self) -> Option<&'static str> {
        self.definition.summary
    }

    pub(crate) fn follow_up(self) -> impl Iterator<Item = OperationRef<D>> + use<D> {
        self.definition.follow_up.iter().filter_map(|index| OperationRef::at(*index))
    }
}

impl<D> Clone for Webhook<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Webhook<D> {}

impl<D> fmt::Display for Webhook<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.definition.name)
    }
}

impl<D> fmt::Debug for Webhook<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({self})")
    }
}
