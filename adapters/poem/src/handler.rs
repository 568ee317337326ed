//! Plain functions as handlers. poem's own attribute turns a function into a type, which has no signature that could be checked.

use std::future::Future;

use poem::error::IntoResult;
use poem::{FromRequest, IntoResponse, Request, RequestBody, Response, Result};

/// An async function. poem extracts its parameters, of which the permit is the first, and answers with its result. `M` is its signature and
/// is inferred.
///
/// The trait is sealed: every such function implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler that poem can call",
    note = "a handler is an async function of extractors that borrow nothing, and answers what poem can answer"
)]
pub trait Handler<M>: sealed::Sealed<M> + Clone + Send + Sync + 'static {
    /// Extracts the parameters, from left to right, and calls the function.
    #[doc(hidden)]
    fn call(self, request: Request) -> impl Future<Output = Result<Response>> + Send;
}

/// Seals [`Handler`]: no other crate can name this trait, and so none can implement [`Handler`].
mod sealed {
    pub trait Sealed<M> {}
}

macro_rules! handler {
    ($($argument:ident)*) => {
        impl<F, $($argument,)* C, R, T> sealed::Sealed<(fn($($argument),*) -> R, T)> for F
        where
            F: Fn($($argument),*) -> C,
            C: Future<Output = R>,
        {
        }

        #[allow(non_snake_case, reason = "parameters are named after their types")]
        impl<F, $($argument,)* C, R, T> Handler<(fn($($argument),*) -> R, T)> for F
        where
            F: Fn($($argument),*) -> C + Clone + Send + Sync + 'static,
            $($argument: for<'r> FromRequest<'r> + Send,)*
            C: Future<Output = R> + Send,
            R: IntoResult<T>,
            T: IntoResponse,
        {
            #[allow(clippy::manual_async_fn, reason = "an `async fn` keeps each of its arguments twice, and moves them")]
            fn call(self, mut request: Request) -> impl Future<Output = Result<Response>> + Send {
                async move {
                    let mut body = RequestBody::new(request.take_body());
                    $(let $argument = <$argument as FromRequest<'_>>::from_request(&request, &mut body).await?;)*
                    let result: Result<T> = self($($argument),*).await.into_result();
                    result.map(IntoResponse::into_response)
                }
            }
        }
    };
}

handler!(P);
handler!(P A);
handler!(P A B);
handler!(P A B D);
handler!(P A B D E);
handler!(P A B D E G);
handler!(P A B D E G H);
handler!(P A B D E G H I);
handler!(P A B D E G H I J);
handler!(P A B D E G H I J K);
handler!(P A B D E G H I J K L);
handler!(P A B D E G H I J K L M);
handler!(P A B D E G H I J K L M N);
handler!(P A B D E G H I J K L M N O);
handler!(P A B D E G H I J K L M N O Q);
handler!(P A B D E G H I J K L M N O Q S);
