//! The body, as a handler's last parameter.

use rocket::data::{Capped, Data, FromData, Outcome};
use rocket::form::{Form, FromForm};
use rocket::fs::TempFile;
use rocket::serde::Deserialize;
use rocket::serde::json::Json;
use rocket::{Request, async_trait};

/// The body, by any of rocket's data guards: `Body(text): Body<String>`, or a type of your own, `Body<Upload>`.
///
/// A handler's last parameter may read the body. `Json<T>`, `Form<T>`, `Capped<T>` and `TempFile` say so by their names, and need no
/// `Body`. A plain `String` does not: somebody who writes `isbn: String` means a parameter of the path, but rocket would read the body. So
/// it does not compile. Write [`Param<String>`](crate::Param) for the path, and `Body<String>` for the text of the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Body<T>(
    /// The value.
    pub T,
);

#[async_trait]
impl<'r, T: FromData<'r>> FromData<'r> for Body<T> {
    type Error = T::Error;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        T::from_data(request, data).await.map(Self)
    }
}

/// A data guard whose name says that it reads the body.
#[doc(hidden)]
pub trait SaysBody<'r>: FromData<'r> {}

impl<'r, T: FromData<'r>> SaysBody<'r> for Body<T> {}
impl<'r, T: Deserialize<'r>> SaysBody<'r> for Json<T> {}
impl<'r, T: FromForm<'r>> SaysBody<'r> for Form<T> {}
impl<'r, T> SaysBody<'r> for Capped<T> where Self: FromData<'r> {}
impl<'r> SaysBody<'r> for TempFile<'_> {}
impl<'r, T: SaysBody<'r>> SaysBody<'r> for Option<T> {}
