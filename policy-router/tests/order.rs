//! Which of several templates a request is matched by, and how a partial segment splits.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    unreachable_pub,
    reason = "a test"
)]

mod naive;
mod requests;

use naive::{Answer, Naive};
use policy_router::Router;
use requests::answer;

fn found(operation: usize, parameters: &[(&str, &str)]) -> Answer {
    Answer::Found(operation, parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
}

fn allowed(methods: &[&str]) -> Answer {
    Answer::MethodNotAllowed(methods.iter().map(|method| (*method).into()).collect())
}

#[test]
fn requests_are_matched_by_the_first_template_in_the_order() {
    let operations = [
        ("GET", "/a/{x}/c"),               // 0
        ("GET", "/a/b/{y}"),               // 1
        ("GET", "/a/b/d"),                 // 2
        ("PUT", "/a/{x}/{y}"),             // 3
        ("GET", "/r/{a}"),                 // 4
        ("GET", "/r/{a}-{b}"),             // 5
        ("GET", "/r/{a}.json"),            // 6
        ("GET", "/r/{a}...{b}"),           // 7
        ("GET", "/r/x{a}"),                // 8
        ("GET", "/r/{a}x"),                // 9
        ("GET", "/r/x{a}-{b}"),            // 10
        ("GET", "/s/fn(a='{a}')"),         // 11
        ("GET", "/s/fn(a='{a}',b='{b}')"), // 12
        ("POST", "/s/{id}:cancel"),        // 13
        ("POST", "/s/{id}"),               // 14
        ("GET", "/t/{a}-{b}-{c}/end"),     // 15
        ("GET", "/t/{a}-{b}/end"),         // 16
        ("GET", "/t/lit/other"),           // 17
        ("DELETE", "/r/{other}"),          // 18
        ("GET", "/u/{a}ab{b}"),            // 19
        ("GET", "/v/ab-c/x"),              // 20
        ("GET", "/v/a{a}/y"),              // 21
        ("GET", "/w/{a}z{b}"),             // 22
        ("GET", "/w/{a}zz"),               // 23
        ("GET", "/v/ab-c/z"),              // 24
    ];
    let router = Router::build(operations).unwrap();
    let naive = Naive::new(&operations);
    for (method, path, expected) in [
        // Left to right, literal first; a dead end goes back.
        ("GET", "/a/b/c", found(1, &[("y", "c")])),
        ("GET", "/a/b/d", found(2, &[])),
        ("GET", "/a/z/c", found(0, &[("x", "z")])),
        ("GET", "/a/z/d", allowed(&["PUT"])),
        ("GET", "/v/ab-c/y", found(21, &[("a", "b-c")])),
        // The method takes part: the literal template has no PUT.
        ("PUT", "/a/b/d", found(3, &[("x", "b"), ("y", "d")])),
        ("POST", "/a/b/d", allowed(&["GET", "PUT"])),
        // Partials by literal bytes, then by fewer parameters, then by their text; a parameter last.
        ("GET", "/r/a-b.json", found(6, &[("a", "a-b")])),
        ("GET", "/r/a...json", found(6, &[("a", "a..")])),
        ("GET", "/r/a...b", found(7, &[("a", "a"), ("b", "b")])),
        ("GET", "/r/a....b", found(7, &[("a", "a"), ("b", ".b")])),
        ("GET", "/r/xa-b", found(10, &[("a", "a"), ("b", "b")])),
        ("GET", "/r/xax", found(9, &[("a", "xa")])),
        ("GET", "/r/xa", found(8, &[("a", "a")])),
        ("GET", "/w/azz", found(23, &[("a", "a")])),
        ("GET", "/w/azb", found(22, &[("a", "a"), ("b", "b")])),
        ("GET", "/r/a-b", found(5, &[("a", "a"), ("b", "b")])),
        ("GET", "/r/a", found(4, &[("a", "a")])),
        ("DELETE", "/r/a-b", found(18, &[("other", "a-b")])),
        ("PUT", "/r/a-b", allowed(&["DELETE", "GET"])),
        ("GET", "/s/fn(a='1')", found(11, &[("a", "1")])),
        ("GET", "/s/fn(a='1',b='2')", found(12, &[("a", "1"), ("b", "2")])),
        ("GET", "/s/fn(a='')", allowed(&["POST"])),
        ("POST", "/s/7:cancel", found(13, &[("id", "7")])),
        ("POST", "/s/:cancel", found(14, &[("id", ":cancel")])),
        // The split: each literal at the first place that leaves every parameter a byte.
        ("GET", "/r/x-y-z", found(10, &[("a", "-y"), ("b", "z")])),
        ("GET", "/r/--", found(4, &[("a", "--")])),
        ("GET", "/r/---", found(5, &[("a", "-"), ("b", "-")])),
        ("GET", "/t/x-y-z/end", found(15, &[("a", "x"), ("b", "y"), ("c", "z")])),
        ("GET", "/t/x-y/end", found(16, &[("a", "x"), ("b", "y")])),
        ("GET", "/u/ababab", found(19, &[("a", "ab"), ("b", "ab")])),
        ("GET", "/u/aab", Answer::NotFound),
        ("GET", "/u/abb", Answer::NotFound),
        // The split is fixed before it is seen that a value is a dot segment.
        ("GET", "/u/.abab..", Answer::NotFound),
        ("GET", "/u/.xab.b", found(19, &[("a", ".x"), ("b", ".b")])),
    ] {
        assert_eq!(naive.find(method, path.as_bytes()), expected, "naive: {method} {path}");
        assert_eq!(answer(&router, method, path.as_bytes()), expected, "{method} {path}");
    }
}

#[test]
fn the_order_in_which_operations_are_given_makes_no_difference() {
    let operations = [("GET", "/a/{x}"), ("GET", "/a/b"), ("GET", "/a/{x}.y"), ("PUT", "/a/b"), ("GET", "/{a}/b")];
    let paths = ["/a/b", "/a/c", "/a/b.y", "/c/b", "/a/.y", "/c/d"];
    for turn in 0..operations.len() {
        let mut turned = operations;
        turned.rotate_left(turn);
        let router = Router::build(turned).unwrap();
        for path in paths {
            let found = |router: &policy_router::OwnedRouter, operations: &[(&str, &str)]| {
                router.find("GET", path).operation().map(|operation| operations[operation].1.to_owned())
            };
            let plain = Router::build(operations).unwrap();
            assert_eq!(found(&router, &turned), found(&plain, &operations), "{path} after {turn}");
        }
    }
}

#[test]
fn parameters_are_read_by_name_and_in_the_order_of_the_template() {
    let router = Router::build([("GET", "/a/{x}/{y}.{z}"), ("GET", "/a/{x}-{x}")]).unwrap();
    let view = router.router();
    assert_eq!((view.len(), view.is_empty(), view.template(0)), (2, false, Some("/a/{x}/{y}.{z}")));
    let policy_router::Match::Found { operation, parameters } = router.find("GET", "/a/%20/b.c.d") else { panic!() };
    let again = view.parameters(operation, "/a/%20/b.c.d");
    for parameters in [parameters, again] {
        let expected = [("x", "%20"), ("y", "b"), ("z", "c.d")];
        assert!(parameters.iter().eq(expected) && parameters.into_iter().eq(expected));
        assert!((&parameters).into_iter().eq(expected));
        assert_eq!(["x", "y", "z", "w"].map(|name| parameters.get(name)), [Some("%20"), Some("b"), Some("c.d"), None]);
    }
    // Of two parameters with one name, the first is given.
    assert_eq!(view.parameters(1, "/a/1-2").get("x"), Some("1"));
    // An operation that is not there has none.
    assert_eq!(view.parameters(2, "/a/1-2").iter().count(), 0);
}
