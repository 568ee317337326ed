//! The application's state, for handlers that borrow nothing.

use poem::web::Data;
use poem::{FromRequest, Request, RequestBody, Result};

/// A clone of what the application put into poem's data with `.data(value)`.
///
/// poem's own `Data<&T>` borrows from the request, which the extractors of these handlers cannot.
#[derive(Clone, Copy, Debug, Default)]
pub struct State<T>(
    /// The value.
    pub T,
);

impl<'r, T: Clone + Send + Sync + 'static> FromRequest<'r> for State<T> {
    async fn from_request(request: &'r Request, body: &mut RequestBody) -> Result<Self> {
        Data::<&T>::from_request(request, body).await.map(|Data(value)| Self(value.clone()))
    }
}
