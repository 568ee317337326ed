//! What a signed URL opens. The route has no guard: the URL is its own credential.

use axum::extract::State;
use axum::response::IntoResponse;
use http::Method;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use jiff::Timestamp;

use super::{Identifiers, known};
use crate::app::Service;
use crate::problem::Problem;

pub(crate) async fn media(
    State(service): State<Service>,
    method: Method,
    token: Identifiers<String>,
) -> Result<impl IntoResponse, Problem> {
    let claim = service.store().audio().verify(&known(token)?, method.as_str(), Timestamp::now())?;
    let recording = service.store().claimed_recording(&claim).await?.ok_or(Problem::NOT_FOUND)?;
    tracing::info!(
        target: "charthero",
        organization = claim.claim().organization,
        recording_id = claim.claim().recording_id,
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
