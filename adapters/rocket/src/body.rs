//! The body, as a handler's last parameter.

use rocket::data::{Capped, Data, FromData, Outcome};
use rocket::form::{Form, FromForm};
use rocket::fs::TempFile;
use rocket::serde::Deserialize;
use rocket::serde::json::Json;
use rocket::{Request, async_trait};

/// The body, by any of rocket's data guards: `Body(text): Body<String>`, or a type of your own, `Body<Upload>`.
///
/// A handler's last parameter may read the body. `Json<T>`, `Form<T>`, `Capped<T>` and `TempFile` say that they do, and stand
/// alone. A bare `String` does not say it: whoever writes `isbn: String` means the path, and rocket would give it the body.
/// So it does not compile; the path's parameter is [`Param<String>`](crate::Param), and the body's text is `Body<String>`.
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
