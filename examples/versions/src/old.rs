//! The handlers of the first version.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use policy_axum::Permit;
use policy_core::operation;

use crate::notes::{MayRead, Notes};
use crate::v1::operations::GetNote;

#[operation(GetNote, scopes("notes"))]
pub(crate) async fn get_note(
    permit: Permit<GetNote>,
    State(notes): State<Notes>,
    Path(number): Path<usize>,
) -> Result<String, StatusCode> {
    notes.note(&MayRead::by_v1(&permit), number).ok_or(StatusCode::NOT_FOUND)
}
