//! Plain functions as handlers. They need none of rocket's attributes, which say a method and a path, since the document has both.

use std::any::type_name;
use std::future::Future;

use policy_http::mount::{NoPermit, template};
use rocket::data;
use rocket::futures::future::BoxFuture;
use rocket::http::Status;
use rocket::request::{self, FromRequest};
use rocket::response::Responder;
use rocket::route::Outcome;
use rocket::{Data, Request};

use crate::body::SaysBody;
use crate::kept::Kept;
use crate::response::response;

/// An async function. Its parameters are request guards, of which the permit is the first, and possibly one data guard at the end.
/// rocket answers its result. `M` is its signature and is inferred.
///
/// Every such function implements it. For a route outside the policy, an application can also implement it for a type of its own, to
/// answer with rocket's own `Outcome`, for which there is no `Responder`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler that rocket can call",
    note = "a handler is an async function of request guards that borrow nothing, possibly with a data guard as its last \
            parameter, and answers what implements `Responder`",
    note = "for a parameter of the path write `Param<String>`, not `String`, `&str` or `Param<&str>`",
    note = "for the query write `Query<T>`, of a `T` that derives `FromForm`",
    note = "for what `.manage(…)` was given write `Managed<T>`, not `&State<T>`",
    note = "for the body write `Json<T>`, `Form<T>` or, of any other data guard, `Body<T>`; it is the last parameter",
    note = "to answer a stream write `Streamed(…)`, of the type `Streamed<TextStream<…>>` say; what hides its type is an \
            `impl for<'r> Responder<'r, 'static>`, or a `Streamed<impl for<'r> Responder<'r, 'r>>`"
)]
pub trait Handler<M>: Clone + Send + Sync + 'static {
    /// Extracts the parameters, from left to right, and calls the function. A request guard that forwards is an error here, since no
    /// other route may answer the request.
    fn run<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> BoxFuture<'r, Outcome<'r>>;

    /// Why rocket cannot call it for the template.
    #[doc(hidden)]
    #[must_use]
    fn unfit(_template: &str) -> Option<String> {
        None
    }
}

/// A handler's last parameter. `M` says whether it is a request guard, or a data guard that reads the body.
#[doc(hidden)]
pub trait Last<'r, M>: Sized {
    fn take(request: &'r Request<'_>, data: Data<'r>) -> impl Future<Output = Result<Self, Outcome<'r>>> + Send;
}

/// What a handler returns. `M` says whether it is a responder that borrows nothing, or a [`Streamed`] one.
#[doc(hidden)]
pub trait Answer<M> {
    fn answer<'r>(self, request: &'r Request<'_>) -> Outcome<'r>;
}

/// An answer by one of rocket's streams (`EventStream`, `ByteStream`, …), or by what holds one: `Streamed(Some(stream))`.
///
/// rocket has two kinds of responders: those that borrow nothing, and its streams, which live as long as the request.
/// Handlers return the first kind as it is, and the second kind in this.
#[derive(Clone, Copy, Debug)]
pub struct Streamed<R>(
    /// The responder.
    pub R,
);

/// The kinds of a last parameter, and of an answer.
#[doc(hidden)]
pub mod by {
    /// It is a request guard.
    #[derive(Debug)]
    pub enum Request {}
    /// It is a data guard.
    #[derive(Debug)]
    pub enum Data {}
    /// It answers what borrows nothing.
    #[derive(Debug)]
    pub enum Owned {}
    /// It answers what lives as long as the request.
    #[derive(Debug)]
    pub enum Streamed {}
}

impl<'r, T: FromRequest<'r>> Last<'r, by::Request> for T {
    fn take(request: &'r Request<'_>, _: Data<'r>) -> impl Future<Output = Result<Self, Outcome<'r>>> + Send {
        guard(request)
    }
}

impl<'r, T: SaysBody<'r>> Last<'r, by::Data> for T {
    async fn take(request: &'r Request<'_>, data: Data<'r>) -> Result<Self, Outcome<'r>> {
        match T::from_data(request, data).await {
            data::Outcome::Success(value) => Ok(value),
            data::Outcome::Error((status, _)) | data::Outcome::Forward((_, status)) => Err(refusal(request, status)),
        }
    }
}

impl<R: for<'r> Responder<'r, 'static>> Answer<by::Owned> for R {
    fn answer<'r>(self, request: &'r Request<'_>) -> Outcome<'r> {
        Outcome::from(request, self)
    }
}

impl<R: for<'r> Responder<'r, 'r>> Answer<by::Streamed> for Streamed<R> {
    fn answer<'r>(self, request: &'r Request<'_>) -> Outcome<'r> {
        Outcome::from(request, self.0)
    }
}

async fn guard<'r, T: FromRequest<'r>>(request: &'r Request<'_>) -> Result<T, Outcome<'r>> {
    match T::from_request(request).await {
        request::Outcome::Success(value) => Ok(value),
        request::Outcome::Error((status, _)) | request::Outcome::Forward(status) => Err(refusal(request, status)),
    }
}

/// The outcome if a parameter cannot be extracted: rocket's catchers answer the status. If it is the permit, the guard answers.
fn refusal<'r>(request: &'r Request<'_>, status: Status) -> Outcome<'r> {
    if Kept::of(request).take_refused() {
        return Outcome::Success(response(NoPermit::Missing.answer()));
    }
    Outcome::Error(status)
}

impl<F, C, R, Y> Handler<(fn() -> R, (), Y)> for F
where
    F: Fn() -> C + Clone + Send + Sync + 'static,
    C: Future<Output = R> + Send + 'static,
    R: Answer<Y> + 'static,
{
    fn run<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> BoxFuture<'r, Outcome<'r>> {
        let called = self();
        Box::pin(async move { called.await.answer(request) })
    }
}

macro_rules! handler {
    ($($argument:ident)* , $last:ident) => {
        #[allow(non_snake_case, reason = "parameters are named after their types")]
        impl<F, $($argument,)* $last, C, R, X, Y> Handler<(fn($($argument,)* $last) -> R, X, Y)> for F
        where
            F: Fn($($argument,)* $last) -> C + Clone + Send + Sync + 'static,
            $($argument: for<'r> FromRequest<'r> + Send + 'static,)*
            $last: for<'r> Last<'r, X> + Send + 'static,
            C: Future<Output = R> + Send + 'static,
            R: Answer<Y> + 'static,
        {
            fn run<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> BoxFuture<'r, Outcome<'r>> {
                let function = self.clone();
                Box::pin(async move {
                    $(let $argument = match guard::<$argument>(request).await {
                        Ok(value) => value,
                        Err(outcome) => return outcome,
                    };)*
                    let $last = match <$last as Last<'r, X>>::take(request, data).await {
                        Ok(value) => value,
                        Err(outcome) => return outcome,
                    };
                    function($($argument,)* $last).await.answer(request)
                })
            }

            fn unfit(template: &str) -> Option<String> {
                let parameters = [$(type_name::<$argument>(),)* type_name::<$last>()];
                template::lacks(template, "policy_rocket::extract::Param<", &parameters)
            }
        }
    };
}

handler!(, P);
handler!(P, A);
handler!(P A, B);
handler!(P A B, D);
handler!(P A B D, E);
handler!(P A B D E, G);
handler!(P A B D E G, H);
handler!(P A B D E G H, I);
handler!(P A B D E G H I, J);
handler!(P A B D E G H I J, K);
handler!(P A B D E G H I J K, L);
handler!(P A B D E G H I J K L, M);
handler!(P A B D E G H I J K L M, N);
handler!(P A B D E G H I J K L M N, O);
handler!(P A B D E G H I J K L M N O, Q);
handler!(P A B D E G H I J K L M N O Q, S);

#[cfg(doctest)]
#[doc = include_str!("../tests/does_not_compile.md")]
struct DoesNotCompile;
