//! How an allowed request travels from the guard to its handler.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

use http::Extensions;
use policy_core::{Allowed, Document};

/// The one place of a request for what its guard allowed. Extensions demand `Clone`; a clone shares the content, and the
/// content is taken once (invariant *a permit cannot be forged, reused or outlived*).
///
/// The type is private and not generic: whichever policy a later guard belongs to, its slot replaces the older one.
#[derive(Clone)]
pub(crate) struct Slot(Arc<dyn Any + Send + Sync>);

type Content<D> = Mutex<Option<Allowed<D>>>;

/// Why a slot holds nothing for the handler.
pub(crate) enum Empty {
    /// No guard let this request through.
    NoGuard,
    /// The permit was taken before.
    Taken,
    /// The guard that let it through is of another policy.
    OtherPolicy,
}

impl Slot {
    pub(crate) fn fill<D: Document>(extensions: &mut Extensions, allowed: Allowed<D>) {
        extensions.insert(Slot(Arc::new(Content::<D>::new(Some(allowed)))));
    }

    pub(crate) fn clear(extensions: &mut Extensions) {
        extensions.remove::<Slot>();
    }

    pub(crate) fn take<D: Document>(extensions: &Extensions) -> Result<Allowed<D>, Empty> {
        let slot = extensions.get::<Slot>().ok_or(Empty::NoGuard)?;
        let content = slot.0.downcast_ref::<Content<D>>().ok_or(Empty::OtherPolicy)?;
        content.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(Empty::Taken)
    }
}
