//! The short-lived URL of a recording.

use axum::extract::State;
use jiff::Timestamp;
use policy_axum::Permit;
use policy_core::operation;
use serde::Serialize;

use super::{Identifiers, Private, known};
use crate::app::{MEDIA_PREFIX, Service};
use crate::audio::AudioClaim;
use crate::policy::operations::GetAudio;
use crate::problem::Problem;

/// The URL of a recording, and when it expires.
#[derive(Debug, Serialize)]
pub struct AudioUrl {
    url: String,
    expires_at: Timestamp,
}

/// Signs the URL of a document's recording.
///
/// # Errors
/// There is no recording, or the database does not answer.
#[operation(GetAudio, scopes("encounters:read", "documents:read", "recordings:read"))]
pub async fn get_audio(
    permit: Permit<GetAudio>,
    State(service): State<Service>,
    identifiers: Identifiers<(String, String)>,
) -> Result<Private<AudioUrl>, Problem> {
    let (encounter_id, document_id) = known(identifiers)?;
    let organization = permit.principal().tenant().ok_or(Problem::NOT_FOUND)?;
    let key_id = permit.principal().credential_id().ok_or(Problem::INTERNAL)?;
    let recording = service.store().recording(&permit, &encounter_id, &document_id).await?;
    let recording = recording.ok_or(Problem::NOT_FOUND)?;

    // Whole seconds, so that the shown time is the signed one.
    let mut end = Timestamp::now().as_second().saturating_add(service.audio_lifetime().as_secs());
    // A URL does not outlive the key that asked for it.
    if let Some(key_end) = permit.principal().expires_at().and_then(|end| i64::try_from(end).ok()) {
        end = end.min(key_end);
    }
    let expires_at = Timestamp::from_second(end).map_err(|_| Problem::INTERNAL)?;
    let claim = AudioClaim {
        method: "GET".into(),
        recording_id: recording.as_str().into(),
        organization: organization.into(),
        key_id: key_id.into(),
        expires_at: end,
    };
    let token = service.store().audio().sign(&claim)?;
    Ok(Private(AudioUrl { url: format!("{}{MEDIA_PREFIX}{token}", service.public_url()), expires_at }))
}
