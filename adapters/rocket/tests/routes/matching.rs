//! An operation's requests are its own, and what matches nothing is told to known callers alone.

use rocket::Route;
use rocket::http::Method;

use super::{all, ask, bare, client, client_of, impostor, quiet};

#[tokio::test]
async fn no_other_route_is_asked_in_the_place_of_an_operation() {
    let ranked = |rank: isize, uri: &str| {
        let mut route = bare(uri, impostor);
        route.rank = rank;
        route
    };
    let first = isize::MIN + 1000;
    let beside = ["/v1/items", "/v1/items/<other>", "/v1/<all..>"];
    let beside: Vec<Route> = (first..).zip(beside).map(|(rank, uri)| ranked(rank, uri)).collect();
    let client = client_of(all().unguarded_routes("/", "would like to", beside)).await;
    for (target, answer) in [("/v1/items", "ListItems"), ("/v1/items/mine", "GetMine"), ("/v1/items/1", "GetItem")] {
        assert_eq!(ask(&client, Method::Get, target).await, (200, answer.into()), "{target}");
        assert_eq!(client.get(target).dispatch().await.status().code, 401, "{target}");
    }
}

#[tokio::test]
async fn what_matches_nothing_is_told_to_known_callers_alone_however_it_is_spelled() {
    let root = client_of(all()).await;
    let below = client(quiet().attach(all().try_into_fairing().unwrap().at("/gateway"))).await;
    for target in ["/v1", "/v1/", "//v1/none", "/v1/none", "/%761/none", "/v1/items/", "//v1/items/1", "/v1//items/1/"]
    {
        assert_eq!(ask(&root, Method::Get, target).await.0, 404, "{target}");
        assert_eq!(root.get(target).dispatch().await.status().code, 401, "{target}");
        let target = format!("/gateway{target}");
        assert_eq!(ask(&below, Method::Get, &target).await.0, 404, "{target}");
        assert_eq!(below.get(target.as_str()).dispatch().await.status().code, 401, "{target}");
    }
}
