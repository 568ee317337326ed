//! The handlers. The first parameter of each is the permit of its operation, without which it cannot be called.

mod audio;
mod documents;
mod encounters;
mod liveness;
mod media;

pub(crate) use audio::GET_AUDIO;
pub use audio::{AudioUrl, get_audio};
pub use documents::{get_document, get_transcript};
pub use encounters::{EncounterDetail, EncounterPage, get_encounter, list_encounters};
pub(crate) use liveness::liveness;
pub(crate) use media::media;

use axum::Json;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, HeaderValue};
use serde::Serialize;

use crate::problem::Problem;

/// An answer with clinical data: no cache on the way may keep it.
#[derive(Debug)]
pub struct Private<T>(T);

impl<T: Serialize> IntoResponse for Private<T> {
    fn into_response(self) -> axum::response::Response {
        ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(self.0)).into_response()
    }
}

/// The identifiers in the path. One that is no text is answered like one that does not exist.
pub type Identifiers<T> = Result<Path<T>, PathRejection>;

fn known<T>(identifiers: Identifiers<T>) -> Result<T, Problem> {
    identifiers.map(|Path(identifiers)| identifiers).map_err(|_| Problem::NOT_FOUND)
}
