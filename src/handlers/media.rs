//! Serves recordings by signed URLs. The route has no guard. The URL is the credential, and it is used on behalf of the key that asked
//! for it.

use axum::extract::State;
use axum::response::IntoResponse;
use http::Method;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use jiff::Timestamp;
use policy_core::{AuthenticationFailure, Denial, Pending, Permit, Principal};
use policy_http::Enablement;

use super::{GET_AUDIO, Identifiers, known};
use crate::app::Service;
use crate::audio::VerifiedClaim;
use crate::policy::operations::GetAudio;
use crate::policy::{Api, schemes};
use crate::problem::Problem;

pub(crate) async fn media(
    State(service): State<Service>,
    method: Method,
    token: Identifiers<String>,
) -> Result<impl IntoResponse, Problem> {
    let token = known(token).map_err(|_| Problem::INVALID_URL)?;
    let claim = service.store().audio().verify(&token, method.as_str(), Timestamp::now())?;
    let permit = still_allowed(&service, &claim).await?;
    let claim = claim.claim();
    let recording = service.store().recording_content(&permit, &claim.recording_id).await?;
    let recording = recording.ok_or(Problem::INVALID_URL)?;
    tracing::info!(
        target: "charthero",
        organization = claim.organization,
        key_id = claim.key_id,
        recording_id = claim.recording_id,
        "recording read by signed url"
    );
    let media_type = HeaderValue::from_str(&recording.media_type).map_err(|_| Problem::INTERNAL)?;
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, recording.content))
}

/// Decides `getAudio` again, for the key that asked for the URL. So a key that was revoked or lost a scope in the meantime is refused.
async fn still_allowed(service: &Service, claim: &VerifiedClaim) -> Result<Permit<GetAudio>, Problem> {
    let caller = behind(service, claim).await;
    let pending = Pending::start(GET_AUDIO).authenticate(caller.map(Some)).map_err(|denial| refused(claim, &denial))?;
    let enabled = service.enablement().enabled(pending.principal()).await;
    let allowed = pending
        .enablement(enabled.as_ref().map_err(|failure| *failure))
        .and_then(|pending| pending.scopes())
        .and_then(|pending| pending.query(None))
        .map_err(|denial| refused(claim, &denial))?
        .allow();
    allowed.into_permit().map_err(|_| Problem::INTERNAL)
}

/// The caller on whose behalf a URL was signed, with what the key may do now. The signature proves that the key's holder asked for
/// the URL.
async fn behind(service: &Service, claim: &VerifiedClaim) -> Result<Principal<Api>, AuthenticationFailure> {
    let claim = claim.claim();
    let found = service.partners().key(&claim.key_id).await.map_err(|error| {
        tracing::error!(target: "charthero", key_id = claim.key_id, %error, "a key could not be looked up");
        AuthenticationFailure::Unavailable
    })?;
    let key = found.filter(|key| key.tenant.as_ref() == Some(&claim.organization));
    service.keys().caller(&claim.key_id, &key.ok_or(AuthenticationFailure::Invalid)?, schemes::API_KEY)
}

/// Logs the reason of a denial. The answer does not have it, since whoever has the URL need not have the key.
fn refused(claim: &VerifiedClaim, denial: &Denial<'_, Api>) -> Problem {
    let claim = claim.claim();
    tracing::info!(
        target: "charthero",
        organization = claim.organization,
        key_id = claim.key_id,
        recording_id = claim.recording_id,
        stage = denial.stage().as_str(),
        reason = denial.reason_code(),
        "signed url refused"
    );
    if denial.status() == http::StatusCode::SERVICE_UNAVAILABLE.as_u16() {
        Problem::UNAVAILABLE
    } else {
        Problem::INVALID_URL
    }
}
