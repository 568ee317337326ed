//! The corpus that every adapter answers, sent to actix-web by raw sockets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpServer};
use conformance::{Framework, Setup, conform, on_a_thread};

const CUT_OFF: &str = "actix-http frames an answer by the last request that it has read: behind GET in one pipeline, HEAD takes the \
                       body of the answer to GET away; what was decided and what ran is right";

const ACTIX_WEB: Framework = Framework {
    name: "actix-web",
    version: "4.18.1",
    absent: &[],
    differs: &[("pipelined-before-head", "200 ListItems, 200 HTTP/1., no answer", CUT_OFF)],
};

/// A server's handlers and router, for one of the two policies.
macro_rules! server {
    ($module:ident) => {
        mod $module {
            use actix_web::{HttpResponse, web};
            use conformance::$module as policy;
            use http::Method;
            use policy_actix_web::{Permit, Routes};

            pub(crate) mod handlers {
                use super::policy::operations::*;
                use super::*;

                conformance::plain_handlers!(fn(name) -> &'static str { conformance::ran(name) });

                pub(crate) async fn create_item(_: Permit<CreateItem>, _body: String) -> &'static str {
                    conformance::ran("CreateItem")
                }

                pub(crate) async fn get_stream(_: Permit<GetStream>) -> HttpResponse {
                    let parts = [conformance::ran("GetStream"), " in", " parts"];
                    let parts = parts.map(|part| Ok::<_, actix_web::Error>(web::Bytes::from_static(part.as_bytes())));
                    HttpResponse::Ok().streaming(futures_util::stream::iter(parts))
                }

                pub(crate) async fn get_endless(_: Permit<GetEndless>) -> HttpResponse {
                    let name = web::Bytes::from_static(conformance::ran("GetEndless").as_bytes());
                    let parts = futures_util::stream::repeat_with(move || Ok::<_, actix_web::Error>(name.clone()));
                    HttpResponse::Ok().streaming(parts)
                }
            }

            pub(crate) fn routes() -> Routes {
                policy_actix_web::guard(&policy::POLICY, conformance::Keys, conformance::enablement())
                    .options(conformance::options())
                    .handlers(conformance::all_handlers!(policy, handlers))
                    .head::<policy::operations::GetItem>()
                    .unguarded(Method::GET, "/healthz", "liveness probe, no data", async || "well")
                    .try_into_routes()
                    .unwrap()
            }
        }
    };
}

server!(enablement_first);
server!(scopes_first);

/// A handler that keeps what its request was given for one route, and uses it for another.
mod reused {
    use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
    use conformance::enablement_first as policy;
    use conformance::enablement_first::POLICY;
    use conformance::enablement_first::operations::{GetMine, ListItems};
    use policy_actix_web::{Permit, Routes};

    mod handlers {
        pub(crate) use super::super::enablement_first::handlers::*;
        pub(crate) use super::list_items;
    }

    pub(crate) async fn list_items(_: Permit<ListItems>, request: HttpRequest) -> HttpResponse {
        conformance::ran("ListItems");
        match Permit::<GetMine>::extract(&request).await {
            Ok(permit) => handlers::get_mine(permit).await.respond_to(&request).map_into_boxed_body(),
            Err(error) => HttpResponse::from_error(error),
        }
    }

    pub(crate) fn routes() -> Routes {
        policy_actix_web::guard(&POLICY, conformance::Keys, conformance::enablement())
            .options(conformance::options())
            .handlers(conformance::all_handlers!(policy, handlers))
            .try_into_routes()
            .unwrap()
    }
}

fn mount(setup: Setup, config: &mut ServiceConfig) {
    use enablement_first::handlers;

    match setup {
        Setup::Plain => enablement_first::routes().mount(config),
        Setup::ScopesFirst => scopes_first::routes().mount(config),
        Setup::Nested => {
            config.service(web::scope("/gateway").configure(|config| enablement_first::routes().mount(config)));
        }
        Setup::Late => {
            enablement_first::routes().mount(config);
            config
                .route("/late/items", web::get().to(handlers::list_items))
                .service(web::scope("/merged").route("/{id}", web::get().to(handlers::get_item)));
        }
        Setup::Reused => reused::routes().mount(config),
    }
}

#[test]
fn actix_web_conforms() {
    let report = conform(&ACTIX_WEB, |setup| {
        on_a_thread(move |listener| {
            let app = move || App::new().configure(|config| mount(setup, config));
            let server = HttpServer::new(app).workers(1).disable_signals().listen_auto_h2c(listener).unwrap();
            actix_web::rt::System::new().block_on(server.run()).unwrap();
        })
    })
    .unwrap();
    insta::assert_snapshot!("corpus", report.corpus());
    if let Some(vectors) = report.vectors() {
        insta::assert_snapshot!("vectors", vectors);
    }
}
