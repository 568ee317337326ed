//! Extractors for parameters and state, for handlers that are plain functions. They do not need an argument's name, and borrow nothing.

use std::any::type_name;
use std::fmt::Debug;

use policy_http::mount::{tell_once, template};
use salvo_core::extract::Metadata;
use salvo_core::http::StatusError;
use salvo_core::{Depot, Extractible, FlowCtrl, Handler, Request, Response, Writer, async_trait};
use serde::Deserialize;

/// The template's parameter at the place `N`, counted from 0: `Param<String>` is the first, `Param<u64, 1>` the second.
///
/// It is decoded, so that it may hold a slash, and bytes that are not UTF-8 are U+FFFD. A value that is not a `T` is answered 400.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Param<T, const N: usize = 0>(
    /// The value.
    pub T,
);

impl<'ex, T: Deserialize<'ex>, const N: usize> Extractible<'ex> for Param<T, N> {
    fn metadata() -> &'static Metadata {
        static METADATA: Metadata = Metadata::new("Param");
        &METADATA
    }

    async fn extract(
        request: &'ex mut Request,
        depot: &'ex mut Depot,
    ) -> Result<Self, impl Writer + Send + Debug + 'static> {
        Self::extract_with_arg(request, depot, "").await
    }

    /// The last argument is the template, with which a [`Handler`](crate::Handler) calls its extractors.
    async fn extract_with_arg(
        request: &'ex mut Request,
        _: &'ex mut Depot,
        template: &str,
    ) -> Result<Self, impl Writer + Send + Debug + 'static> {
        match template.split('/').filter_map(template::parameter).nth(N) {
            Some(name) => request.try_param(name).map(Self).map_err(|_| StatusError::bad_request()),
            None => {
                tracing::error!(target: "policy", template, place = N, "the handler demands a parameter that its template lacks");
                tell_once(format_args!(
                    "the handler of `{template}` did not run, and 500 was answered: its template has no parameter {}, \
                     which `Param<_, {N}>` demands",
                    N + 1
                ));
                Err(StatusError::internal_server_error())
            }
        }
    }
}

/// A value of the application. As a hoop, `.hoop(State(db))`, it puts a clone into the depot of each request. As a handler's parameter,
/// `State(db): State<Db>`, it clones the value in the depot, which may also come from `Depot::insert_typed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State<T>(
    /// The value.
    pub T,
);

#[async_trait]
impl<T: Clone + Send + Sync + 'static> Handler for State<T> {
    async fn handle(&self, _: &mut Request, depot: &mut Depot, _: &mut Response, _: &mut FlowCtrl) {
        depot.insert_typed(self.0.clone());
    }
}

impl<'ex, T: Clone + Send + Sync + 'static> Extractible<'ex> for State<T> {
    fn metadata() -> &'static Metadata {
        static METADATA: Metadata = Metadata::new("State");
        &METADATA
    }

    async fn extract(_: &'ex mut Request, depot: &'ex mut Depot) -> Result<Self, impl Writer + Send + Debug + 'static> {
        depot.get_typed::<T>().map(|value| Self(value.clone())).map_err(|_| {
            let wanted = type_name::<T>();
            tracing::error!(target: "policy", wanted, "the handler demands what no hoop has put into the depot");
            tell_once(format_args!(
                "a handler did not run, and 500 was answered: it demands `State<{wanted}>`, and no `.hoop(State(…))` has put \
                 one into the depot"
            ));
            StatusError::internal_server_error()
        })
    }
}
