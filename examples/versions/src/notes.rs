//! The data, which both versions share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use policy_core::Carries;

use crate::{v1, v2};

/// The right to read the notes of an organization. Each version gives it for its own scope.
pub(crate) struct MayRead<'p>(Option<&'p str>);

impl<'p> MayRead<'p> {
    pub(crate) fn by_v1(permit: &'p impl Carries<v1::scopes::Notes>) -> Self {
        Self(permit.principal().tenant())
    }

    pub(crate) fn by_v2(permit: &'p impl Carries<v2::scopes::NotesRead>) -> Self {
        Self(permit.principal().tenant())
    }
}

/// Notes by organization and number.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<BTreeMap<(String, usize), String>>>);

impl Notes {
    /// One note, of the organization `north`.
    #[must_use]
    pub fn example() -> Self {
        let notes = Self::default();
        notes.lock().insert(("north".to_owned(), 1), "buy milk".to_owned());
        notes
    }

    pub(crate) fn note(&self, may: &MayRead<'_>, number: usize) -> Option<String> {
        self.lock().get(&(may.0?.to_owned(), number)).cloned()
    }

    pub(crate) fn add(&self, permit: &impl Carries<v2::scopes::NotesWrite>, text: String) -> Option<usize> {
        let tenant = permit.principal().tenant()?.to_owned();
        let mut notes = self.lock();
        let number = notes.len() + 1;
        notes.insert((tenant, number), text);
        Some(number)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(String, usize), String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
