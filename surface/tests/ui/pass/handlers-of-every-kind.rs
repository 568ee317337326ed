//! What an attribute may stand on, under every lint that could be provoked by an expansion.
#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]

#[path = "../policy/mod.rs"]
#[expect(unreachable_pub, missing_debug_implementations, reason = "generated for whoever includes it")]
mod policy;

use std::fmt::Display;

use policy::operations::*;
use policy_core::{Permit, operation};

/// Lists encounters.
///
/// In two paragraphs.
#[operation(ListEncounters, scopes("patients:read", "encounters:read", "documents:read", "patients:read"))]
pub(crate) async fn list_encounters(permit: Permit<ListEncounters>) -> String {
    permit.operation().to_string()
}

#[operation(policy::operations::GetEncounter)]
async fn get_encounter<'a, S, const N: usize>(_permit: Permit<policy::operations::GetEncounter>, state: &'a S) -> [&'a S; N]
where
    S: Display + ?Sized,
{
    [state; N]
}

#[inline]
#[must_use]
#[operation(GetDocument, scopes(all("documents:read")))]
fn get_document<'a>(permit: Permit<GetDocument>, name: &'a str, _: impl Display) -> (Permit<GetDocument>, &'a str) {
    (permit, name)
}

#[operation(GetAudio, scopes(any("admin", all("recordings:read", "encounters:read"))))]
#[cfg(not(any()))]
#[allow(unused_mut, reason = "kept as it is")]
async fn r#loop(mut _permit: Permit<GetAudio>) {}

#[operation(GetAudio)]
#[cfg(any())]
async fn left_out(_permit: Permit<NoSuchType>) {}

#[operation(GetStatus)]
#[deprecated]
async fn get_status(_permit: Permit<GetStatus>) {}

mod names {
    /// A reader.
    pub(crate) mod inner {
        use crate::policy::operations as ops;

        /// Named as a crate that the expansion must not mistake for the real one.
        #[super::super::operation(ops::GetDocument)]
        pub(crate) fn core(_permit: policy_core::Permit<ops::GetDocument>) {}
    }
    pub(crate) use inner::{CORE, core};
}

fn main() {
    assert_eq!(LIST_ENCOUNTERS.to_string(), "GET /v1/encounters");
    assert_eq!(LIST_ENCOUNTERS_SCOPES, [["documents:read", "encounters:read", "patients:read"]]);
    assert_eq!(GET_AUDIO_OF_LOOP, [&["encounters:read", "recordings:read"][..], &["admin"]]);
    assert_eq!(GET_STATUS_SCOPES, [[""; 0]; 0]);
    assert_eq!(names::CORE, GET_DOCUMENT);
    let _ = (list_encounters, get_encounter::<str, 2>, r#loop, names::core);
    let _: fn(_, _, u8) -> _ = get_document;
}

const GET_AUDIO_OF_LOOP: &[&[&str]] = LOOP_SCOPES;
