//! Request guards for the parameters, the query and the state, for handlers that are plain functions and borrow nothing.

use std::any::Any;

use policy_http::mount::tell_once;
use rocket::Request;
use rocket::form::{Errors, Form, FromForm};
use rocket::http::{RawStr, Status};
use rocket::request::{FromParam, FromRequest, Outcome};

/// The template's parameter at the place `N`, counted from 0: `Param<String>` is the first, `Param<u64, 1>` the second.
///
/// It is decoded, so that it may hold a slash. A value that is not a `T` is answered 422, as by rocket's own routes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Param<T, const N: usize = 0>(
    /// The value.
    pub T,
);

#[rocket::async_trait]
impl<'r, T: FromParam<'r> + 'static, const N: usize> FromRequest<'r> for Param<T, N> {
    /// `None` where the template has no such parameter.
    type Error = Option<T::Error>;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let Some(segment) = segment(request, N) else {
            let route = request.route().map_or("", |route| route.uri.path());
            tracing::error!(target: "policy", route, place = N, "the handler demands a parameter that its template lacks");
            tell_once(format_args!(
                "the handler of `{route}` did not run, and 500 was answered: its template has no parameter {}, \
                     which `Param<_, {N}>` demands",
                N + 1
            ));
            return Outcome::Error((Status::InternalServerError, None));
        };
        if let Some(text) = text(segment) {
            return Outcome::Success(Self(text));
        }
        match T::from_param(segment) {
            Ok(value) => Outcome::Success(Self(value)),
            Err(error) => Outcome::Error((Status::UnprocessableEntity, Some(error))),
        }
    }
}

/// The segment itself, if a `String` is wanted. In a debug build, rocket's own `String` advises at each request to take a `&str` instead,
/// which these handlers cannot, since they borrow nothing.
fn text<T: 'static>(segment: &str) -> Option<T> {
    let mut text: Option<T> = None;
    *(&mut text as &mut dyn Any).downcast_mut::<Option<String>>()? = Some(segment.to_owned());
    text
}

fn segment<'r>(request: &'r Request<'_>, parameter: usize) -> Option<&'r str> {
    let segments = request.route()?.uri.path().split('/').filter(|segment| !segment.is_empty());
    let place = segments.enumerate().filter(|(_, segment)| segment.starts_with('<')).nth(parameter)?.0;
    request.uri().path().segments().get(place)
}

/// The query, read as a form by a struct with `#[derive(FromForm)]`. A query that does not fit is answered 422.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Query<T>(
    /// The value.
    pub T,
);

#[rocket::async_trait]
impl<'r, T: for<'q> FromForm<'q> + 'static> FromRequest<'r> for Query<T> {
    type Error = Errors<'static>;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let query = request.uri().query().map_or(RawStr::new(""), |query| query.raw());
        match Form::<T>::parse_encoded(query) {
            Ok(value) => Outcome::Success(Self(value)),
            Err(errors) => Outcome::Error((Status::UnprocessableEntity, errors)),
        }
    }
}

/// A clone of what the application gave to rocket with `.manage(value)`.
///
/// rocket's own `&State<T>` borrows from the request, which the guards of these handlers cannot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Managed<T>(
    /// The value.
    pub T,
);

#[rocket::async_trait]
impl<'r, T: Clone + Send + Sync + 'static> FromRequest<'r> for Managed<T> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match request.rocket().state::<T>() {
            Some(value) => Outcome::Success(Self(value.clone())),
            None => {
                let wanted = std::any::type_name::<T>();
                tracing::error!(target: "policy", wanted, "the handler demands what the application does not manage");
                tell_once(format_args!(
                    "a handler did not run, and 500 was answered: it demands `Managed<{wanted}>`, and nothing of that type \
                     was given to `.manage(…)`"
                ));
                Outcome::Error((Status::InternalServerError, ()))
            }
        }
    }
}
