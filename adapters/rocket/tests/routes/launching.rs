//! What does not fit together does not launch; what stands beside the guard is listed.

use conformance::search::operations::Search;
use conformance::{enablement_first as policy, search};
use policy_http::EnableAll;
use policy_rocket::{MountFault, Param, Permit};
use rocket::fairing::AdHoc;
use rocket::http::Method;
use rocket::{Build, Rocket};

use super::{all, ask, bare, client_of, guard, handlers, impostor, quiet, refused};

#[tokio::test]
async fn rocket_does_not_launch_with_a_route_that_the_guard_does_not_know() {
    let routes = || all().try_into_fairing().unwrap();
    assert!(!refused(quiet().attach(routes())).await);
    for uri in ["/late", "/v1/items", "/v1/items/<id>", "/<path..>"] {
        let late = || bare(uri, handlers::get_item);
        assert!(refused(quiet().attach(routes()).mount("/", vec![late()])).await, "{uri}");
        assert!(refused(quiet().mount("/", vec![late()]).attach(routes())).await, "{uri}");
    }
    assert!(refused(quiet().attach(routes().at("no path"))).await);
    let beside = all().unguarded_routes("no path", "nowhere", vec![bare("/", impostor)]).try_into_fairing().unwrap();
    assert!(refused(quiet().attach(beside)).await);
}

#[tokio::test]
async fn rocket_does_not_launch_where_a_later_fairing_mounts_a_route() {
    let mounts = |rocket: Rocket<Build>| rocket.mount("/", vec![bare("/late", handlers::get_item)]);
    let later = AdHoc::on_ignite("later", move |rocket| Box::pin(async move { mounts(rocket) }));
    assert!(refused(quiet().attach(all().try_into_fairing().unwrap()).attach(later)).await);

    // It ignites behind everything that looks at the routes: the server stops before its first request. It would serve for ever.
    let much_later = AdHoc::on_ignite("attaches one", move |rocket| {
        Box::pin(async move {
            rocket.attach(AdHoc::on_ignite("much later", move |rocket| Box::pin(async move { mounts(rocket) })))
        })
    });
    quiet().attach(all().try_into_fairing().unwrap()).attach(much_later).launch().await.unwrap();
}

#[test]
fn why_rocket_does_not_launch_is_on_stderr_without_any_subscriber() {
    let said = conformance::stderr_of("launching::does_not_launch");
    for reason in [
        "rocket serves `GET /late`, which is neither an operation nor mounted as unguarded",
        "rocket serves nothing",
        "`GET /v1/items/{id}` is mounted twice",
        "routes cannot be mounted at `no path`, which is no path",
        "another guard's `/v1/items` takes some of its requests",
    ] {
        assert_eq!(said.matches(reason).count().min(1), 1, "{reason} in {said}");
    }
}

#[tokio::test]
#[ignore = "run by the test above, in a process of its own"]
async fn does_not_launch() {
    let routes = || all().try_into_fairing().unwrap();
    assert!(refused(quiet().attach(routes()).mount("/", vec![bare("/late", handlers::get_item)])).await);
    assert!(refused(quiet().attach(all().handlers(|mount| mount.handler(handlers::get_item)).into_fairing())).await);
    assert!(refused(quiet().attach(routes().at("no path"))).await);
    assert!(refused(quiet().attach(routes()).attach(routes())).await);
}

#[tokio::test]
async fn routes_beside_the_guard_are_listed_and_have_no_permit() {
    let late = vec![bare("/late", handlers::get_item), bare("/v1/items/<id>/late", handlers::get_mine)];
    let guard = all().unguarded_routes("/", "kept from before", late).unguarded_routes(
        "/web",
        "a page",
        vec![bare("/<page>", impostor)],
    );
    let audit = guard.audit().to_string();
    for route in ["GET /late", "GET /v1/items/<id>/late", "GET /web/<page>"] {
        assert!(audit.contains(route), "{route} in {audit}");
    }
    let client = client_of(guard).await;
    for target in ["/late", "/v1/items/1/late"] {
        let (status, body) = ask(&client, Method::Get, target).await;
        assert_eq!(status, 500, "{target}");
        assert!(body.contains("internal_error"), "{target}: {body}");
    }
    assert_eq!(ask(&client, Method::Get, "/web/page").await, (200, "an impostor".into()));
    assert_eq!(ask(&client, Method::Head, "/web/page").await.0, 200);
}

#[tokio::test]
async fn routes_that_do_not_fit_are_an_error_and_do_not_launch() {
    async fn second(_: Param<String>, Param(second): Param<u8, 1>) -> String {
        second.to_string()
    }
    let wrong = || {
        all()
            .handlers(|mount| mount.handler(handlers::get_item))
            .unguarded(Method::Get, "/a%20b", "an encoded literal", impostor)
            .unguarded(Method::Get, "/<rest..>", "rocket would read a wildcard", impostor)
            .unguarded(Method::Get, "/{id}.json", "a part of a segment", impostor)
            .unguarded(Method::Get, "/{*rest}", "a wildcard", impostor)
            .unguarded(Method::Get, "/a//b", "rocket would collapse it", impostor)
            .unguarded(Method::Get, "/b/", "rocket would cut it", impostor)
            .unguarded(Method::Get, "/v1/items/{other}/files/{file}", "differs in a name alone", impostor)
            .unguarded(Method::Get, "/second/{one}", "has one parameter", second)
    };
    let error = wrong().try_into_fairing().err().unwrap();
    insta::assert_snapshot!(error);
    assert!(error.faults().iter().any(|problem| matches!(problem, MountFault::Template { .. })));

    async fn search(_: Permit<Search>) {}
    let query = policy_rocket::guard(&search::POLICY, conformance::Keys, EnableAll)
        .handlers(|mount| mount.handler(search))
        .try_into_fairing();
    let expected = "the routes do not fit the policy\n  rocket cannot serve `QUERY /v3/search` exactly, because rocket does not know the method";
    assert_eq!(query.err().unwrap().to_string(), expected);

    let missing = guard().handlers(|mount| mount.handler(handlers::get_item)).try_into_fairing().err().unwrap();
    assert_eq!(missing.faults().len(), policy::POLICY.operations().count() - 1);

    assert!(refused(quiet().attach(wrong().into_fairing())).await);
}
