//! However a path is spelled and wherever the router stands: the operation whose policy decided is the one whose handler ran.
//!
//! salvo leaves empty segments out, decodes each segment, and then compares. Requests are sent by raw sockets, each by callers
//! with one scope alone: whoever is served another operation's handler has not its scope.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use conformance::{enablement_first as policy, on_a_thread};
use http::Method;
use policy_http::EnableAll;
use policy_salvo::{Guard, Param};
use salvo_core::conn::tcp::TcpAcceptor;
use salvo_core::{Router, Server};

mod handlers {
    use super::policy::operations::*;
    use super::*;
    use policy_salvo::Permit;

    macro_rules! plain {
        ($(($type:ident $function:ident))*) => {
            $(pub(crate) async fn $function(_: Permit<$type>) -> &'static str { stringify!($type) })*
        };
    }
    plain! {
        (GetMine get_mine) (ListItems list_items) (CreateItem create_item) (GetReport get_report)
        (HeadReport head_report) (GetStatus get_status) (GetGreeting get_greeting) (GetStream get_stream)
        (GetEndless get_endless) (GetByHeader get_by_header) (GetByCookie get_by_cookie) (GetByQuery get_by_query)
        (GetByEither get_by_either)
    }

    pub(crate) async fn get_item(_: Permit<GetItem>, Param(id): Param<String>) -> String {
        format!("GetItem {id}")
    }

    pub(crate) async fn delete_item(_: Permit<DeleteItem>, Param(id): Param<String>) -> String {
        format!("DeleteItem {id}")
    }

    pub(crate) async fn get_file(
        _: Permit<GetFile>,
        Param(id): Param<String>,
        Param(file): Param<String, 1>,
    ) -> String {
        format!("GetFile {id} {file}")
    }
}

fn guard() -> Guard<policy::Api, conformance::Keys, EnableAll> {
    policy_salvo::guard(&policy::POLICY, conformance::Keys, EnableAll)
        .handlers(conformance::all_handlers!(policy, handlers))
        .head::<policy::operations::GetItem>()
}

fn router() -> Router {
    guard().try_into_router().unwrap()
}

fn serve(router: impl FnOnce() -> Router + Send + 'static) -> SocketAddr {
    on_a_thread(move |listener| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            Server::new(TcpAcceptor::try_from(listener).unwrap()).serve(router()).await;
        });
    })
}

#[derive(Debug)]
struct Answer {
    status: u16,
    fields: String,
    body: String,
}

fn ask(server: SocketAddr, line: &str, key: Option<&str>) -> Answer {
    let key = key.map_or(String::new(), |key| format!("Authorization: Bearer {key}\r\n"));
    let mut stream = TcpStream::connect(server).unwrap();
    write!(stream, "{line} HTTP/1.1\r\nHost: items.example\r\nConnection: close\r\n{key}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, fields: head.to_ascii_lowercase(), body: body.to_owned() }
}

const SCOPES: [&str; 5] = ["files.read", "items.read", "items.write", "items.delete", "mine.read"];

/// The handler runs for whoever has its operation's scope, and for nobody else.
fn assert_served(server: SocketAddr, line: &str, scope: &str, answer: &str) {
    for granted in SCOPES {
        let found = ask(server, line, Some(&format!("ali~{granted}")));
        if granted == scope {
            assert_eq!((found.status, found.body.as_str()), (200, answer), "{line} with {granted}");
        } else {
            assert_eq!(found.status, 403, "{line} with {granted}: {found:?}");
        }
    }
    assert_eq!(ask(server, line, None).status, 401, "{line}");
}

/// No handler runs, and what there is none of is told to known callers alone.
fn assert_none(server: SocketAddr, line: &str, known: u16, unknown: u16) {
    for granted in SCOPES {
        assert_eq!(ask(server, line, Some(&format!("ali~{granted}"))).status, known, "{line} with {granted}");
    }
    assert_eq!(ask(server, line, None).status, unknown, "{line}");
}

/// A router on its own, and below prefixes: a plain one, and one with a parameter that is called like a template's.
const PREFIXES: [&str; 5] = ["", "/gateway", "/%67ateway", "/north/api", "/a%2Fb/%61pi"];

fn prefixed() -> SocketAddr {
    serve(|| {
        Router::new()
            .push(Router::with_path("gateway").push(router()))
            .push(Router::with_path("{id}/api").push(router()))
            .push(router())
    })
}

#[test]
fn an_encoded_path_is_served_as_what_it_decodes_to_and_decoded_once() {
    let server = prefixed();
    for prefix in PREFIXES {
        for (path, scope, answer) in [
            ("/v1/items", "items.read", "ListItems"),
            ("/v1/%69tems", "items.read", "ListItems"),
            ("/%76%31/items", "items.read", "ListItems"),
            ("/v1/items/mine", "mine.read", "GetMine"),
            ("/v1/items/%6dine", "mine.read", "GetMine"),
            ("/v1/items/%6D%69%6E%65", "mine.read", "GetMine"),
            ("/v1/items/%256dine", "items.read", "GetItem %6dine"),
            ("/v1/items/MINE", "items.read", "GetItem MINE"),
            ("/v1/items/mine;a=b", "items.read", "GetItem mine;a=b"),
            ("/v1/items/mine%00", "items.read", "GetItem mine\0"),
            ("/v1/items/mine%2F", "items.read", "GetItem mine/"),
            ("/v1/items/%2Fmine", "items.read", "GetItem /mine"),
            ("/v1/items/1", "items.read", "GetItem 1"),
            ("/v1/items/a%2Fb", "items.read", "GetItem a/b"),
            ("/v1/items/%2F", "items.read", "GetItem /"),
            ("/v1/items/1%2Ffiles%2F2", "items.read", "GetItem 1/files/2"),
            ("/v1/items/..%2Fmine", "items.read", "GetItem ../mine"),
            ("/v1/items/%2e%2e", "items.read", "GetItem .."),
            ("/v1/items/..", "items.read", "GetItem .."),
            ("/v1/items/%", "items.read", "GetItem %"),
            ("/v1/items/%zz", "items.read", "GetItem %zz"),
            ("/v1/items/%ff", "items.read", "GetItem \u{fffd}"),
            ("/v1/items/**", "items.read", "GetItem **"),
            ("/v1/items/{id}", "items.read", "GetItem {id}"),
            ("/v1/items/files", "items.read", "GetItem files"),
            ("/v1/items/1/files/2", "files.read", "GetFile 1 2"),
            ("/v1/items/mine/files/2", "files.read", "GetFile mine 2"),
            ("/v1/items/1/%66iles/a%2Fb", "files.read", "GetFile 1 a/b"),
            ("/v1/items/..%2F../files/mine", "files.read", "GetFile ../.. mine"),
        ] {
            assert_served(server, &format!("GET {prefix}{path}"), scope, answer);
        }
    }
}

#[test]
fn every_slash_counts_and_an_encoded_one_ends_no_segment() {
    let server = prefixed();
    for prefix in PREFIXES {
        for path in [
            "/v1",
            "/v1/",
            "/v1/none",
            "//v1/items",
            "/v1//items",
            "/v1/items/",
            "/v1/items//",
            "/v1/items//mine",
            "/v1/items/mine/",
            "/v1/items/mine//",
            "/v1/items/%6dine/",
            "/v1/items/1/",
            "/v1/items//files",
            "/v1/items/1//files/2",
            "/v1/items//files/2",
            "/v1/items/1/files/",
            "/v1/items/1/files//2",
            "/v1/items/1/files/2/",
            "/v1/items/1/files",
            "/v1/./items",
            "/v1/x/../items",
            "/v1/items%2Fmine",
            "/v1/items%2F",
            "/v1/itemsx",
            "/v1/items/1/filesx/2",
            "/v1/items/1/file/2",
            "/v1/items/1/files%2F2",
            "/v1/items;/1",
            "/v1/ITEMS",
        ] {
            assert_none(server, &format!("GET {prefix}{path}"), 404, 401);
        }
        // Not below the base path, where salvo goes on to whatever else the application serves.
        for path in
            ["/v10/items", "/v1x/items", "/V1/items", "/v%31%31/items", "/v1%2Fitems", "/v1%2F/items", "/%2Fv1/items"]
        {
            assert_none(server, &format!("GET {prefix}{path}"), 404, 404);
        }
    }
    for target in ["//gateway/v1/items", "/gateway//v1/items", "//north/api/v1/items", "/north//api/v1/items/1/"] {
        assert_none(server, &format!("GET {target}"), 404, 401);
    }
}

#[test]
fn a_method_that_a_template_lacks_goes_to_no_other_template() {
    let server = prefixed();
    for prefix in PREFIXES {
        assert_served(server, &format!("DELETE {prefix}/v1/items/1"), "items.delete", "DeleteItem 1");
        assert_served(server, &format!("DELETE {prefix}/v1/items/%4dine"), "items.delete", "DeleteItem Mine");
        for line in
            ["DELETE /v1/items/mine", "DELETE /v1/items/%6dine", "OPTIONS /v1/items", "get /v1/items", "FROB /v1/items"]
        {
            let line = line.replacen('/', &format!("{prefix}/"), 1);
            assert_none(server, &line, 405, 401);
        }
        let allowed = ask(server, &format!("DELETE {prefix}/v1/items/%6dine"), Some("ali~items.delete"));
        assert!(allowed.fields.contains("\r\nallow: get\r\n"), "{allowed:?}");

        let target = format!("{prefix}/v1/items/a%2Fb");
        let get = ask(server, &format!("GET {target}"), Some("ali~items.read"));
        let head = ask(server, &format!("HEAD {target}"), Some("ali~items.read"));
        let length = format!("\r\ncontent-length: {}\r\n", get.body.len());
        assert!(head.status == 200 && head.body.is_empty() && head.fields.contains(&length), "{head:?}");
        for (line, scope, status) in [
            ("HEAD /v1/items/1", "mine.read", 403),
            // A HEAD of the literal is not that of the template, however it is spelled.
            ("HEAD /v1/items/%6dine", "items.read", 403),
            ("HEAD /v1/items/%6dine", "mine.read", 405),
            ("HEAD /v1/items/", "items.read", 404),
            ("HEAD /v1/report", "items.read", 403),
            ("HEAD /v1/report", "items.write", 200),
        ] {
            let found = ask(server, &line.replacen('/', &format!("{prefix}/"), 1), Some(&format!("ali~{scope}")));
            assert_eq!((found.status, found.body.as_str()), (status, ""), "{line} with {scope}");
        }
    }
}

#[salvo_core::handler]
async fn page() -> &'static str {
    "a page"
}

#[test]
fn a_target_that_is_no_path_reaches_neither_the_root_nor_a_parameter() {
    let server = serve(|| {
        let methods = [Method::GET, Method::OPTIONS, Method::TRACE];
        let with_pages = methods.into_iter().fold(guard(), |guard, method| {
            guard.unguarded(method.clone(), "/", "a page", page).unguarded(method, "/{page}", "a page", page)
        });
        with_pages.try_into_router().unwrap()
    });
    for line in ["GET /", "OPTIONS /", "GET /a", "GET http://items.example", "GET /?a=/v1/items", "TRACE /%2A"] {
        assert_eq!(ask(server, line, None).body, "a page", "{line}");
    }
    for (line, status) in [("OPTIONS *", 404), ("GET *", 404), ("GET //", 404), ("GET /a/", 404), ("GET //a", 404)] {
        assert_eq!(ask(server, line, None).status, status, "{line}");
    }
    // salvo, where it completes targets with `Host`, takes this one for `/`.
    assert_none(server, "CONNECT items.example:80", 405, 401);
}

#[test]
fn a_template_is_served_as_it_is_written_whatever_salvo_has_patterns_for() {
    const TEMPLATES: [(&str, &str); 9] = [
        ("/a:b/*c/(d)", "/a:b/*c/(d)"),
        ("/**", "/**"),
        ("/*+rest/**rest", "/*+rest/**rest"),
        ("/~!$&'()*+,;=:@-._", "/~!$&'()*+,;=:@-._"),
        ("/a-z/{a-b.c}", "/a-z/1"),
        ("/b/{a?}/{a,b}", "/b/1/2"),
        ("/c/{rest}", "/c/1"),
        ("/d/{\u{e4}}", "/d/%7Bx%7D"),
        ("/num/{num}", "/num/x"),
    ];
    let server = serve(|| {
        let pages = TEMPLATES
            .into_iter()
            .fold(guard(), |guard, (template, _)| guard.unguarded(Method::GET, template, "a page", page));
        pages.try_into_router().unwrap()
    });
    for (template, path) in TEMPLATES {
        let found = ask(server, &format!("GET {path}"), None);
        assert_eq!((found.status, found.body.as_str()), (200, "a page"), "{template}");
        for other in [format!("{path}/1"), format!("{path}/"), format!("/{path}"), format!("/1{path}")] {
            assert_eq!(ask(server, &format!("GET {other}"), None).status, 404, "{template}: {other}");
        }
    }
    for other in ["/a/*c/(d)", "/a:b/c/(d)", "/*", "/***", "/x", "/*+rest/x", "/a-z", "/b/1/", "/c", "/num"] {
        assert_eq!(ask(server, &format!("GET {other}"), None).status, 404, "{other}");
    }
}
