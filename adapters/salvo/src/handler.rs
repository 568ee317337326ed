//! Plain functions as handlers. salvo's own attribute turns a function into a type, which has no signature that could be checked.

use std::any::type_name;
use std::future::Future;
use std::marker::PhantomData;

use policy_http::mount::template;
use salvo_core::http::StatusCode;
use salvo_core::{Depot, Extractible, FlowCtrl, Request, Response, Writer, async_trait};

/// An async function. salvo extracts its parameters, of which the permit is the first, and writes its result. `M` is its signature and
/// is inferred.
///
/// The trait is sealed: every such function implements it.
///
/// salvo does not know the names of a function's parameters. So a handler takes [`Param`](crate::Param) instead of `PathParam`, and a
/// struct that derives `Extractible` for the query, header fields and cookies. An extractor that needs a name is an error at start.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler that salvo can call",
    note = "a handler is an async function of extractors that borrow nothing, and answers what salvo can write",
    note = "for a parameter of the path write `Param<String>`, not `String` or `PathParam<String>`",
    note = "for the query write a struct that derives `Extractible`; for the body `JsonBody<T>` or `FormBody<T>`",
    note = "for what a hoop put into the depot write `State<T>`, not `&mut Depot`; for the rest of the request, an extractor of \
            your own",
    note = "what answers by hand (`&mut Response`) is no handler of an operation: return it, as a type that implements `Scribe`"
)]
pub trait Handler<M>: sealed::Sealed<M> + Send + Sync + 'static {
    /// Extracts the parameters, from left to right, calls the function, and writes its result. The template is that of the
    /// operation.
    #[doc(hidden)]
    fn call(
        &self,
        request: &mut Request,
        depot: &mut Depot,
        response: &mut Response,
        template: &str,
    ) -> impl Future<Output = ()> + Send;

    /// Why salvo cannot call it for the template.
    #[doc(hidden)]
    #[must_use]
    fn unfit(_template: &str) -> Option<String> {
        None
    }
}

/// Seals [`Handler`]: no other crate can name this trait, and so none can implement [`Handler`].
mod sealed {
    pub trait Sealed<M> {}
}

macro_rules! handler {
    ($($argument:ident)*) => {
        impl<F, $($argument,)* C, R> sealed::Sealed<fn($($argument),*) -> R> for F
        where
            F: Fn($($argument),*) -> C,
            C: Future<Output = R>,
        {
        }

        #[allow(non_snake_case, reason = "parameters are named after their types")]
        impl<F, $($argument,)* C, R> Handler<fn($($argument),*) -> R> for F
        where
            F: Fn($($argument),*) -> C + Send + Sync + 'static,
            $($argument: for<'ex> Extractible<'ex> + Send,)*
            C: Future<Output = R> + Send,
            R: Writer + Send,
        {
            async fn call(&self, request: &mut Request, depot: &mut Depot, response: &mut Response, template: &str) {
                $(let $argument = match <$argument as Extractible<'_>>::extract_with_arg(request, depot, template).await {
                    Ok(value) => value,
                    Err(error) => {
                        error.write(request, depot, response).await;
                        return refused(response);
                    }
                };)*
                self($($argument),*).await.write(request, depot, response).await;
            }

            fn unfit(template: &str) -> Option<String> {
                unfit(template, &[$(type_name::<$argument>()),*])
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
handler!(P A B D E G H I J K L N);
handler!(P A B D E G H I J K L N O);
handler!(P A B D E G H I J K L N O Q);
handler!(P A B D E G H I J K L N O Q S);
handler!(P A B D E G H I J K L N O Q S T);

/// Why these parameters cannot be extracted for the template.
fn unfit(template: &str, parameters: &[&str]) -> Option<String> {
    if let Some(found) = parameters.iter().find_map(|name| found_by_name(name)) {
        return Some(format!(
            "its `{found}` is found by the argument's name, which a function does not tell; take `Param`, or a struct \
             that derives `Extractible`"
        ));
    }
    template::lacks(template, "policy_salvo::extract::Param<", parameters)
}

/// Which of salvo's own extractors this type is, of those that panic or find nothing without an argument's name. It is only for the message
/// at start. If the compiler gives the type another name, the extractor finds nothing at run time.
fn found_by_name(type_name: &str) -> Option<&'static str> {
    let inner = type_name.strip_prefix("core::option::Option<").unwrap_or(type_name);
    let path = inner.split('<').next()?.strip_prefix("salvo_core::extract::")?;
    let name = path.rsplit("::").next()?;
    ["PathParam", "QueryParam", "HeaderParam", "CookieParam"].into_iter().find(|known| *known == name)
}

/// Gives the response an error status if the extractor that failed has set none. salvo does the same.
fn refused(response: &mut Response) {
    if !response.status_code.is_some_and(|code| code.is_client_error() || code.is_server_error()) {
        response.status_code(StatusCode::BAD_REQUEST);
    }
}

/// A function as a handler of salvo.
pub(crate) struct Goal<H, M> {
    handler: H,
    template: &'static str,
    signature: PhantomData<fn() -> M>,
}

impl<H: Handler<M>, M> Goal<H, M> {
    /// The handler of a template.
    pub(crate) fn new(handler: H, template: &'static str) -> Self {
        Self { handler, template, signature: PhantomData }
    }
}

#[async_trait]
impl<H: Handler<M>, M: 'static> salvo_core::Handler for Goal<H, M> {
    async fn handle(&self, request: &mut Request, depot: &mut Depot, response: &mut Response, _: &mut FlowCtrl) {
        self.handler.call(request, depot, response, self.template).await;
    }
}
