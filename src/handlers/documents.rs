//! Documents and their transcripts.

use axum::extract::State;
use policy_axum::Permit;
use policy_core::operation;

use super::{Identifiers, Private, known};
use crate::app::Service;
use crate::policy::operations::{GetDocument, GetTranscript};
use crate::problem::Problem;
use crate::store::{Document, Transcript};

/// One document.
///
/// # Errors
/// There is none; the database does not answer.
#[operation(GetDocument, scopes("encounters:read", "documents:read"))]
pub async fn get_document(
    permit: Permit<GetDocument>,
    State(service): State<Service>,
    identifiers: Identifiers<(String, String)>,
) -> Result<Private<Document>, Problem> {
    let (encounter_id, document_id) = known(identifiers)?;
    let document = service.store().document(&permit, &encounter_id, &document_id).await?;
    Ok(Private(document.ok_or(Problem::NOT_FOUND)?))
}

/// The transcript of a document.
///
/// # Errors
/// There is none; the database does not answer.
#[operation(GetTranscript, scopes("encounters:read", "documents:read"))]
pub async fn get_transcript(
    permit: Permit<GetTranscript>,
    State(service): State<Service>,
    identifiers: Identifiers<(String, String)>,
) -> Result<Private<Transcript>, Problem> {
    let (encounter_id, document_id) = known(identifiers)?;
    let transcript = service.store().transcript(&permit, &encounter_id, &document_id).await?;
    Ok(Private(transcript.ok_or(Problem::NOT_FOUND)?))
}
