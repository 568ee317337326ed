//! What an application mounts: what each request for it is answered, and how the permit reaches the handler.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
mod several;

use common::operations::{GetFile, ListFiles};
use common::{Api, Captured, POLICY, Tokens, operation, request};
use http::header::CONTENT_LENGTH;
use http::{Extensions, HeaderMap};
use policy_core::{OperationRef, OperationSet, Permit};
use policy_http::mount::{Extent, Framework, MountError, MountFault, NoPermit, Plan, Served, Slot, declare_length};
use policy_http::{EnableAll, Options};

const KNOWN: (&str, &str) = ("authorization", "Bearer ali/files.read/meta.read");

/// A router that takes the templates as they stand in the document.
enum Exact {}

impl Framework for Exact {
    const NAME: &'static str = "exact";
}

type All = Served<Api, Tokens, EnableAll, String>;

/// Each operation with a handler of its name, but for the status, which is still to have one.
fn plan() -> Plan<Api, String> {
    let mut plan = Plan::new();
    for operation in POLICY.operations() {
        match operation.template() {
            "/v1/status" => plan.pending(operation, "in March"),
            _ => plan.handler(operation, operation.to_string()),
        }
    }
    plan
}

fn serve(plan: Plan<Api, String>) -> Result<All, MountError> {
    plan.serve::<Exact, _, _, _>(Tokens, EnableAll, Options::new(), |handler| handler)
}

/// The operations, three routes outside the policy, and HEAD on the handler of one GET.
fn served() -> All {
    let mut plan = plan();
    plan.head(operation("GET", "/v1/files"));
    for (method, template) in [("GET", "/healthz"), ("GET", "/two"), ("HEAD", "/two"), ("POST", "/hook")] {
        plan.unguarded(method, template, "no data", format!("{method} {template}"));
    }
    serve(plan).unwrap()
}

/// The handler that runs, with `, no body` for HEAD and `, no permit` outside the policy; or the status, and what `Allow` says.
async fn answer(served: &All, method: &str, template: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let endpoint = served.endpoints.iter().find(|endpoint| endpoint.template() == template).unwrap();
    match endpoint.admit(&request(method, path, headers)).await {
        Ok(mut admitted) => {
            let body = if admitted.without_body { ", no body" } else { "" };
            let permit = if admitted.take_slot().is_none() { ", no permit" } else { "" };
            assert!(admitted.take_slot().is_none() && admitted.take_allowed().is_none(), "it is taken once");
            format!("{}{body}{permit}", admitted.handler)
        }
        Err(response) => {
            let allow = response.headers().get("allow").map(|allow| allow.to_str().unwrap().to_owned());
            format!("{} {}", response.status().as_u16(), allow.unwrap_or_default()).trim_end().to_owned()
        }
    }
}

#[tokio::test]
async fn a_request_is_answered_by_its_template_and_method() {
    let served = served();
    for (method, template, headers, expected) in [
        ("GET", "/v1/files", &[KNOWN][..], "GET /v1/files"),
        ("GET", "/v1/files", &[], "401"),
        // The application let the handler of this GET answer HEAD, and of the other one not.
        ("HEAD", "/v1/files", &[KNOWN], "GET /v1/files, no body"),
        ("HEAD", "/v1/files", &[], "401"),
        ("HEAD", "/v1/search", &[], "405 GET"),
        ("HEAD", "/v1/search", &[("authorization", "Bearer nobody")], "401"),
        ("get", "/v1/files", &[KNOWN], "405 GET, HEAD"),
        ("POST", "/v1/files", &[KNOWN], "405 GET, HEAD"),
        ("POST", "/v1/files", &[], "401"),
        // It has no handler yet.
        ("GET", "/v1/status", &[], "403"),
        ("HEAD", "/v1/status", &[], "403"),
        // Outside the policy nobody is asked for a credential, and the handler of GET answers HEAD.
        ("GET", "/healthz", &[], "GET /healthz, no permit"),
        ("HEAD", "/healthz", &[], "GET /healthz, no body, no permit"),
        ("DELETE", "/healthz", &[KNOWN], "405 GET, HEAD"),
        ("HEAD", "/two", &[], "HEAD /two, no permit"),
        ("POST", "/hook", &[], "POST /hook, no permit"),
        ("HEAD", "/hook", &[KNOWN], "405 POST"),
    ] {
        assert_eq!(
            answer(&served, method, template, template, headers).await,
            expected,
            "{method} {template} {headers:?}"
        );
    }
    let file = "/v1/files/{id}";
    assert_eq!(answer(&served, "GET", file, "/v1/files/1", &[KNOWN]).await, "GET /v1/files/{id}");
    assert_eq!(answer(&served, "HEAD", file, "/v1/files/1", &[KNOWN]).await, "405 GET, DELETE");
    assert_eq!(answer(&served, "GET", file, "/v1/files/", &[KNOWN]).await, "404", "the parameter is empty");
}

/// Methods are what a framework routes by. `Allow` names the same ones.
#[test]
fn an_endpoint_says_which_methods_and_operations_it_serves() {
    let served = served();
    let told = served.endpoints.iter().map(|endpoint| {
        let methods: Vec<_> = endpoint.methods().map(|method| method.to_string()).collect();
        assert_eq!(endpoint.allow(), &methods.join(", "));
        let operations = endpoint.operations().map(|operation| operation.method().to_owned());
        format!("{} {methods:?} {:?}", endpoint.template(), operations.collect::<Vec<_>>()).replace('"', "")
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    assert_eq!(
        told,
        [
            "/healthz [GET, HEAD] []",
            "/hook [POST] []",
            "/two [GET, HEAD] []",
            "/v1/files [GET, HEAD] [GET]",
            "/v1/files/{id} [GET, DELETE] [GET, DELETE]",
            "/v1/search [GET] [GET]",
            "/v1/status [GET] [GET]",
        ]
    );
}

/// A permit is of one operation of one policy, and a request has one.
#[tokio::test]
async fn a_slot_gives_the_permit_of_its_operation_once() {
    let served = served();
    let slot = async || {
        let endpoint = served.endpoints.iter().find(|endpoint| endpoint.template() == "/v1/files").unwrap();
        endpoint.admit(&request("GET", "/v1/files", &[KNOWN])).await.unwrap().take_slot().unwrap()
    };
    let own = slot().await;
    assert_eq!(Slot::permit::<ListFiles>(Some(&own)).as_ref().map(|_: &Permit<ListFiles>| ()), Ok(()));
    assert_eq!(Slot::permit::<ListFiles>(Some(&own.clone())).unwrap_err(), NoPermit::Taken);
    let foreign = slot().await;
    assert_eq!(Slot::permit::<GetFile>(Some(&foreign)).unwrap_err(), NoPermit::Foreign);
    assert_eq!(Slot::permit::<ListFiles>(Some(&foreign)).unwrap_err(), NoPermit::Taken, "the attempt used it up");

    // What an outer guard allowed is not this guard's.
    let mut extensions = Extensions::new();
    Slot::replace(&mut extensions, Some(slot().await));
    assert!(extensions.get::<Slot>().is_some());
    Slot::replace(&mut extensions, None);
    assert_eq!(Slot::permit::<ListFiles>(extensions.get()).unwrap_err(), NoPermit::Missing);
}

/// Nobody looks at a status alone: the log names the operation, and each reason says what to do about it.
#[test]
fn a_handler_without_a_permit_is_named_in_the_log() {
    let events = Captured::default();
    let writer = events.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    assert_eq!(Slot::permit::<ListFiles>(None).unwrap_err(), NoPermit::Missing);
    let events = events.text();
    for part in ["/v1/files", "the handler demands a permit and its route has no guard"] {
        assert!(events.contains(part), "{events}");
    }
    for (none, help) in [
        (NoPermit::Missing, "mount it by `handlers![…]` alone"),
        (NoPermit::Foreign, "the first parameter of a handler is the permit of its own operation"),
        (NoPermit::Taken, "a handler has one permit among its parameters"),
    ] {
        assert!(none.help().starts_with(help), "{none}");
    }
}

/// Each mistake alone, and the one line that says so.
#[test]
fn routes_that_do_not_fit_are_not_served() {
    type Mistake = fn(&mut Plan<Api, String>);
    let list: fn() -> OperationRef<Api> = || operation("GET", "/v1/files");
    assert_eq!(serve(plan()).err(), None);
    let mistakes: [(Mistake, &str); 11] = [
        (
            |plan| plan.handler(operation("GET", "/v1/files"), "again".into()),
            "`GET /v1/files` is mounted twice; a route has one handler",
        ),
        (
            |plan| ["one", "two"].iter().for_each(|why| plan.unguarded("GET", "/healthz", why, String::new())),
            "`GET /healthz` is mounted twice; a route has one handler",
        ),
        (
            |plan| ["one", "two"].iter().for_each(|why| plan.leave(Extent::Beside, why)),
            "`ANY (whatever is not below /v1)` is mounted twice; a route has one handler",
        ),
        (
            |plan| plan.unguarded("CONNECT", "/proxy", "none", String::new()),
            "`CONNECT /proxy` has a method that no request for a path can have",
        ),
        (
            |plan| plan.unguarded("GE T", "/proxy", "none", String::new()),
            "`GE T /proxy` has a method that no request for a path can have",
        ),
        (
            |plan| plan.unguarded("GET", "/logo.{kind}", "none", String::new()),
            "exact cannot serve `GET /logo.{kind}` exactly, because a parameter must be a whole segment between two slashes",
        ),
        (
            |plan| plan.unguarded("GET", "/v1/files", "none", String::new()),
            "the unguarded route `GET /v1/files` would answer requests that the document gives to `GET /v1/files`; \
             serve it at another path, or declare it in the document",
        ),
        (
            |plan| plan.unguarded("POST", "/v1/files/all", "none", String::new()),
            "the unguarded route `POST /v1/files/all` would answer requests that the document gives to `GET /v1/files/{id}`; \
             serve it at another path, or declare it in the document",
        ),
        (
            |plan| ["/a/{b}", "/a/{c}"].iter().for_each(|path| plan.unguarded("GET", path, "none", String::new())),
            "exact cannot route `/a/{c}`: it differs from `/a/{b}` in the names of parameters alone",
        ),
        (
            |plan| plan.head(operation("DELETE", "/v1/files/{id}")),
            "`DELETE /v1/files/{id}` cannot answer HEAD with its handler: only a GET operation with a handler, \
             and without a HEAD operation beside it, can",
        ),
        (
            |plan| plan.head(operation("GET", "/v1/status")),
            "`GET /v1/status` cannot answer HEAD with its handler: only a GET operation with a handler, \
             and without a HEAD operation beside it, can",
        ),
    ];
    for (mistake, expected) in mistakes {
        let mut plan = plan();
        mistake(&mut plan);
        let error = serve(plan).err().unwrap();
        assert_eq!(error.to_string(), format!("the routes do not fit the policy\n  {expected}"));
        assert_eq!((error.faults().len(), format!("{error:?}")), (1, error.to_string()));
    }
    let mut only_one = Plan::new();
    only_one.handler(list(), String::new());
    only_one.fault(MountFault::Foreign { framework: "exact", route: "GET /own".into() });
    let error = serve(only_one).err().unwrap();
    let missing = error.faults().iter().filter(|fault| matches!(fault, MountFault::Missing { .. })).count();
    assert_eq!((missing, error.faults().len()), (4, 5), "all at once: {error}");
    for line in [
        "\n  `GET /v1/search` has no handler; add it to `handlers![…]`, or `pending!(Operation, \"reason\")`",
        "\n  exact serves `GET /own`, which is neither an operation nor mounted as unguarded; ",
    ] {
        assert!(error.to_string().contains(line), "{error}");
    }
}

/// Another method of an operation's template takes no request from it.
#[test]
fn another_method_of_an_operations_template_may_be_unguarded() {
    let mut plan = plan();
    plan.unguarded("POST", "/v1/files", "an upload by another service", String::new());
    assert_eq!(serve(plan).err(), None);
}

/// What no operation of the document guards is in the audit.
#[test]
fn the_audit_names_what_is_outside_the_policy() {
    let mut plan = plan();
    plan.unguarded("GET", "/healthz", "is asked by the load balancer", String::new());
    plan.list("GET", "/assets", "is served by the framework");
    plan.leave(Extent::Beside, "is the web application");
    plan.accept(OperationSet::all(), "merged slashes", "are checked in front of it");
    assert_eq!(plan.unguarded_routes().collect::<Vec<_>>(), [("GET", "/healthz")]);
    let templates = ["/v1/files", "/v1/files/{id}", "/v1/files/{id}", "/v1/status", "/v1/search", "/healthz"];
    assert_eq!(plan.templates().collect::<Vec<_>>(), templates);
    let audit = plan.audit(&Options::new()).to_string();
    for part in [
        "in March",
        "/healthz",
        "is asked by the load balancer",
        "/assets",
        "is served by the framework",
        "(whatever is not below /v1)",
        "is the web application",
        "merged slashes",
        "are checked in front of it",
    ] {
        assert!(audit.contains(part), "{part} in {audit}");
    }
    let mut everywhere = Plan::<several::Api, String>::new();
    everywhere.leave(Extent::Beside, "is the web application");
    let audit = everywhere.audit(&Options::new()).to_string();
    assert!(audit.contains("(whatever no route matches)"), "{audit}");
}

/// An application gets what is left to it, and never a path that means one of the guard's to some reader.
#[test]
fn the_application_has_what_is_left_to_it_and_no_reading_of_a_template() {
    let unclaimed = |extent: Option<Extent>| {
        let mut plan = plan();
        plan.unguarded("GET", "/healthz", "is asked by the load balancer", String::new());
        extent.into_iter().for_each(|extent| plan.leave(extent, "is the web application"));
        serve(plan).unwrap().unclaimed
    };
    let (none, beside, otherwise) =
        (unclaimed(None), unclaimed(Some(Extent::Beside)), unclaimed(Some(Extent::Otherwise)));
    for (path, is_beside, is_left) in [
        ("/", true, true),
        ("/v12/none", true, true),
        ("/healthz/live", true, true),
        ("/v1", false, true),
        ("/v1/none", false, true),
        ("//v1//none", false, true),
        ("/%761/none", false, true),
        ("/assets/../v1/none", false, true),
        ("/v1/files", false, false),
        ("/v1/%66iles", false, false),
        ("/assets/../v1/files;x", false, false),
        ("/healthz/", false, false),
    ] {
        assert_eq!((beside.has(path), otherwise.has(path), none.has(path)), (is_beside, is_left, false), "{path}");
    }
}

/// HEAD says how long the body would be that it leaves out (RFC 9110, section 9.3.2).
#[test]
fn the_length_of_a_body_that_is_left_out_is_declared_where_it_is_known() {
    for (said, known, declared) in
        [(None, Some(7), Some("7")), (None, None, None), (Some("5"), Some(7), Some("5")), (Some("5"), None, Some("5"))]
    {
        let mut headers = HeaderMap::new();
        if let Some(said) = said {
            headers.insert(CONTENT_LENGTH, said.parse().unwrap());
        }
        declare_length(&mut headers, known);
        assert_eq!(headers.get(CONTENT_LENGTH).map(|value| value.to_str().unwrap()), declared);
    }
}
