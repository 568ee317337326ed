//! The corpus that every adapter answers, sent to rocket by raw sockets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;

use conformance::{Framework, Setup, conform};
use policy_rocket::Handler;
use rocket::config::{Ident, LogLevel, Shutdown};
use rocket::fairing::AdHoc;
use rocket::futures::future::BoxFuture;
use rocket::route::Outcome;
use rocket::{Build, Config, Data, Request, Rocket, Route};

const DROPPED: &str = "rocket drops a header that is not UTF-8 before anybody sees it, and the application said that this may be: \
                       what is decided by is what the handler is given";
const WAITS: &str = "rocket waits for 14 bytes of a body, or its end, before it routes: nothing is decided, and no handler runs; \
                     what is named came of it when the connection ended";

const ROCKET: Framework = Framework {
    name: "rocket",
    version: "0.5.2",
    absent: &[],
    differs: &[
        ("key-and-one-not-utf-8", "200 ListItems", DROPPED),
        ("header-key-and-one-not-utf-8", "200 GetByHeader", DROPPED),
        ("cookie-key-beside-one-not-utf-8", "401 authentication", DROPPED),
        ("optional-with-a-key-not-utf-8", "200 GetGreeting", DROPPED),
        ("either-with-a-key-not-utf-8", "200 GetByEither", DROPPED),
        ("body-withheld-length", "no answer authentication", WAITS),
        ("body-withheld-length", "no answer scopes", WAITS),
        ("body-withheld-length", "no answer", WAITS),
        ("body-withheld-chunked", "no answer authentication", WAITS),
        ("body-withheld-chunked", "no answer scopes", WAITS),
        ("body-withheld-chunked", "no answer", WAITS),
        ("body-withheld-expect", "no answer authentication", WAITS),
        ("body-withheld-expect", "no answer scopes", WAITS),
        ("body-withheld-expect", "no answer", WAITS),
        ("body-withheld-form", "no answer authentication", WAITS),
        ("body-withheld-form", "no answer scopes", WAITS),
        ("body-withheld-form", "no answer", WAITS),
        ("body-withheld-json", "no answer authentication", WAITS),
        ("body-withheld-json", "no answer scopes", WAITS),
        ("body-withheld-json", "no answer", WAITS),
    ],
};

/// A server's handlers and routes, for one of the two policies.
macro_rules! server {
    ($module:ident) => {
        mod $module {
            use conformance::$module as policy;
            use policy_http::Enablement;
            use policy_rocket::{Body, Guard, Permit, Streamed};
            use rocket::futures::stream::{Stream, iter, repeat};
            use rocket::http::Method;
            use rocket::response::stream::TextStream;

            pub(crate) mod handlers {
                use super::policy::operations::*;
                use super::*;

                conformance::plain_handlers!(fn(name) -> &'static str { conformance::ran(name) });

                pub(crate) async fn create_item(_: Permit<CreateItem>, _: Body<String>) -> &'static str {
                    conformance::ran("CreateItem")
                }

                pub(crate) async fn get_stream(
                    _: Permit<GetStream>,
                ) -> Streamed<TextStream<impl Stream<Item = &'static str> + Send>> {
                    Streamed(TextStream(iter([conformance::ran("GetStream"), " in", " parts"])))
                }

                pub(crate) async fn get_endless(
                    _: Permit<GetEndless>,
                ) -> Streamed<TextStream<impl Stream<Item = &'static str> + Send>> {
                    Streamed(TextStream(repeat(conformance::ran("GetEndless"))))
                }
            }

            async fn well() -> &'static str {
                "well"
            }

            pub(crate) fn guard() -> Guard<policy::Api, conformance::Keys, impl Enablement<policy::Api> + Clone> {
                policy_rocket::guard(&policy::POLICY, conformance::Keys, conformance::enablement())
                    .options(conformance::options())
                    .handlers(conformance::all_handlers!(policy, handlers))
                    .head::<policy::operations::GetItem>()
                    .non_utf8_credentials_count_as_none("the corpus shows what comes of it")
                    .unguarded(Method::Get, "/healthz", "liveness probe, no data", well)
            }
        }
    };
}

server!(enablement_first);
server!(scopes_first);

/// A handler that hands its request on, as it came, to that of another route.
mod reused {
    use conformance::enablement_first as policy;
    use conformance::enablement_first::POLICY;
    use conformance::enablement_first::operations::ListItems;
    use policy_rocket::{Body, Handler, Permit, Routes};
    use rocket::data::{FromData, Outcome};
    use rocket::http::Status;
    use rocket::{Data, Request};

    mod handlers {
        pub(crate) use super::super::enablement_first::handlers::*;
        pub(crate) use super::list_items;
    }

    /// What `get_mine` made of this very request.
    pub(crate) struct Other(Status);

    #[rocket::async_trait]
    impl<'r> FromData<'r> for Other {
        type Error = ();

        async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
            Outcome::Success(Self(match handlers::get_mine.run(request, data).await {
                rocket::route::Outcome::Success(response) => response.status(),
                rocket::route::Outcome::Error(status) | rocket::route::Outcome::Forward((_, status)) => status,
            }))
        }
    }

    pub(crate) async fn list_items(_: Permit<ListItems>, Body(Other(status)): Body<Other>) -> (Status, &'static str) {
        (status, conformance::ran("ListItems"))
    }

    pub(crate) fn routes() -> Routes {
        policy_rocket::guard(&POLICY, conformance::Keys, conformance::enablement())
            .options(conformance::options())
            .handlers(conformance::all_handlers!(policy, handlers))
            .non_utf8_credentials_count_as_none("the corpus shows what comes of it")
            .try_into_fairing()
            .unwrap()
    }
}

/// A handler as a route of rocket's own, without a guard.
fn bare<M>(uri: &str, handler: impl Handler<M>) -> Route {
    fn route<F>(uri: &str, function: F) -> Route
    where
        F: for<'r> Fn(&'r Request<'_>, Data<'r>) -> BoxFuture<'r, Outcome<'r>> + Clone + Send + Sync + 'static,
    {
        Route::new(rocket::http::Method::Get, uri, function)
    }
    route(uri, move |request, data| handler.run(request, data))
}

fn app(setup: Setup) -> Rocket<Build> {
    use enablement_first::handlers;

    let config = Config {
        address: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        log_level: LogLevel::Off,
        ident: Ident::none(),
        shutdown: Shutdown { ctrlc: false, ..Shutdown::default() },
        ..Config::debug_default()
    };
    rocket::custom(config).attach(match setup {
        Setup::Plain => enablement_first::guard().try_into_fairing().unwrap(),
        Setup::ScopesFirst => scopes_first::guard().try_into_fairing().unwrap(),
        Setup::Nested => enablement_first::guard().try_into_fairing().unwrap().at("/gateway"),
        Setup::Late => enablement_first::guard()
            .unguarded_routes("/late", "added without a guard", vec![bare("/items", handlers::list_items)])
            .unguarded_routes("/", "merged", vec![bare("/merged/<id>", handlers::get_item)])
            .try_into_fairing()
            .unwrap(),
        Setup::Reused => reused::routes(),
    })
}

/// rocket binds its own socket, and says at liftoff which.
fn serve(setup: Setup) -> SocketAddr {
    let (tell, told) = mpsc::channel();
    let liftoff = AdHoc::on_liftoff("says where it listens", move |rocket| {
        Box::pin(async move { tell.send((rocket.config().address, rocket.config().port)).unwrap() })
    });
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(app(setup).attach(liftoff).launch()).unwrap();
    });
    told.recv().unwrap().into()
}

#[test]
fn rocket_conforms() {
    let report = conform(&ROCKET, serve).unwrap();
    insta::assert_snapshot!("corpus", report.corpus());
    if let Some(vectors) = report.vectors() {
        insta::assert_snapshot!("vectors", vectors);
    }
}
