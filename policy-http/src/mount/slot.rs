//! The slot, by which an allowed request gets from the guard to its handler.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::Extensions;
use policy_core::{Allowed, Document, Operation, OperationRef, Permit};

use super::no_permit::NoPermit;
use super::tell_once::tell_once;

/// What the guard of a request allowed. The adapter keeps it where the framework keeps values of a request.
///
/// Frameworks demand `Clone`. A clone shares the content, which can be taken once (invariant *a permit cannot be forged, or taken
/// twice from a request*).
///
/// The type is not generic, so that the slot of a later guard replaces the older one even if that is of another policy.
#[derive(Clone)]
pub struct Slot(Arc<dyn Any + Send + Sync>);

type Content<D> = Mutex<Option<Allowed<D>>>;

impl Slot {
    /// Puts the slot of an admitted request among its extensions. Without a slot, the one that is there is removed: an outer guard
    /// allowed something else.
    pub fn replace(extensions: &mut Extensions, slot: Option<Self>) {
        match slot {
            Some(slot) => drop(extensions.insert(slot)),
            None => drop(extensions.remove::<Self>()),
        }
    }

    /// A slot that holds what was allowed.
    #[must_use]
    pub(super) fn new<D: Document>(allowed: Allowed<D>) -> Self {
        Self(Arc::new(Content::<D>::new(Some(allowed))))
    }

    /// Takes the permit of `O` out of the request's slot, if it has one.
    ///
    /// # Errors
    /// [`NoPermit`]. It is always a mistake in the application's routes, and is written to the log, and once to stderr. Answer it with
    /// [`NoPermit::answer`]. To ask for another operation uses the content up.
    pub fn permit<O: Operation>(slot: Option<&Slot>) -> Result<Permit<O>, NoPermit> {
        let (none, allowed) = match slot.map_or(Err(NoPermit::Missing), Slot::take::<O::Document>) {
            Ok(allowed) => match allowed.into_permit::<O>() {
                Ok(permit) => return Ok(permit),
                Err(foreign) => (NoPermit::Foreign, Some(foreign.to_string())),
            },
            Err(none) => (none, None),
        };
        let wanted = OperationRef::<O::Document>::of::<O>();
        tracing::event!(
            target: "policy",
            tracing::Level::ERROR,
            http.request.method = wanted.method(),
            http.route = wanted.template(),
            reason = %none,
            allowed,
            "no permit for the handler; it did not run"
        );
        tell_once(format_args!("the handler of `{wanted}` did not run, and 500 was answered: {none}; {}", none.help()));
        Err(none)
    }

    fn take<D: Document>(&self) -> Result<Allowed<D>, NoPermit> {
        // The guard that allowed it may belong to another policy.
        let content = self.0.downcast_ref::<Content<D>>().ok_or(NoPermit::Foreign)?;
        content.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(NoPermit::Taken)
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}
