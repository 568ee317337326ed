//! Operations that the list leaves to the application: nothing is checked there, and the faults name them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{Api, POLICY, Tokens, operation, request};
use http::HeaderValue;
use policy_core::OperationRef;
use policy_core::handler_list::Elsewhere;
use policy_http::mount::{Framework, Plan, Served};
use policy_http::{Cors, EnableAll, Options};

const APP: &str = "https://app.example.com";
const FILE: &str = "/v1/files/{id}";

enum Exact {}

impl Framework for Exact {
    const NAME: &'static str = "exact";
}

fn left() -> Elsewhere {
    Elsewhere::new("the old routes", None)
}

fn get() -> OperationRef<Api> {
    operation("GET", FILE)
}

fn delete() -> OperationRef<Api> {
    operation("DELETE", FILE)
}

/// Both operations on a file are left to the application, and the others have handlers.
fn plan() -> Plan<Api, String> {
    let mut plan = Plan::new();
    for operation in POLICY.operations() {
        match operation.template() {
            FILE => plan.elsewhere(operation, left()),
            _ => plan.handler(operation, operation.to_string()),
        }
    }
    plan
}

fn serve(plan: Plan<Api, String>) -> Result<Served<Api, Tokens, EnableAll, String>, Vec<String>> {
    let options = Options::new().cors(Cors::origins([APP]).unwrap());
    let served = plan.serve::<Exact, _, _, _>(Tokens, EnableAll, options, |handler| handler);
    served.map_err(|error| error.faults().iter().map(ToString::to_string).collect())
}

/// What serves the request, with `, no body` for HEAD; or the status.
async fn answer(plan: Plan<Api, String>, method: &str, template: &str, headers: &[(&str, &str)]) -> String {
    let served = serve(plan).unwrap();
    let endpoint = served.endpoints.iter().find(|endpoint| endpoint.template() == template).unwrap();
    match endpoint.admit(&request(method, &template.replace("{id}", "1"), headers)).await {
        Ok(mut admitted) => {
            assert!(admitted.take_allowed().is_none(), "nothing was decided");
            format!("{}{}", admitted.handler, if admitted.without_body { ", no body" } else { "" })
        }
        Err(response) => response.status().as_u16().to_string(),
    }
}

#[tokio::test]
async fn the_application_gets_every_request_for_what_is_left_to_it() {
    let own = || {
        let mut plan = plan();
        plan.application(Some(get()), "its own".into());
        plan.application(None, "the rest".into());
        plan
    };
    let preflight = |method| [("origin", APP), ("access-control-request-method", method)];
    for (method, template, headers, expected) in [
        ("GET", FILE, &[][..], "its own"),
        ("GET", FILE, &[("authorization", "Bearer nobody")], "its own"),
        ("HEAD", FILE, &[], "its own, no body"),
        ("DELETE", FILE, &[], "the rest"),
        ("POST", FILE, &[], "401"),
        // Who serves a method says from where it may be called.
        ("OPTIONS", FILE, &preflight("GET"), "its own"),
        ("OPTIONS", FILE, &preflight("DELETE"), "the rest"),
        ("OPTIONS", FILE, &preflight("POST"), "401"),
        ("OPTIONS", FILE, &[], "401"),
        ("GET", FILE, &preflight("DELETE"), "its own"),
        ("OPTIONS", "/v1/files", &preflight("GET"), "204"),
        ("GET", "/v1/files", &[], "401"),
    ] {
        assert_eq!(answer(own(), method, template, headers).await, expected, "{method} {template} {headers:?}");
    }
    // A route for OPTIONS answers preflights itself.
    let mut plan = own();
    plan.unguarded("OPTIONS", FILE, "answers preflights", "options".into());
    assert_eq!(answer(plan, "OPTIONS", FILE, &preflight("GET")).await, "options");
}

#[test]
fn an_endpoint_serves_the_methods_that_are_left_and_answers_for_no_operation() {
    let mut plan = plan();
    plan.application(None, "the rest".into());
    let served = serve(plan).unwrap();
    let endpoint = served.endpoints.iter().find(|endpoint| endpoint.template() == FILE).unwrap();
    assert!(endpoint.methods().map(|method| method.to_string()).eq(["GET", "DELETE", "HEAD"]));
    assert_eq!((endpoint.allow(), endpoint.operations().count()), (&HeaderValue::from_static("GET, DELETE, HEAD"), 0));
}

#[test]
fn what_is_left_and_what_serves_it_belong_together() {
    let no_application = |operation: OperationRef<Api>| {
        format!(
            "`{operation}` is served elsewhere, and the guard does not know by what; give it the application's own \
             routes with `.elsewhere(…)`"
        )
    };
    let no_effect =
        "`.elsewhere(…)` has no effect: the list does not say `elsewhere!(…)` of `GET /v1/files`".to_owned();
    let twice = |route: &str| format!("`{route}` is mounted twice; a route has one handler");
    let list = || operation("GET", "/v1/files");
    for (applications, expected) in [
        (vec![None], vec![]),
        (vec![Some(get()), Some(delete())], vec![]),
        (vec![None, Some(delete())], vec![]),
        (vec![], vec![no_application(get()), no_application(delete())]),
        (vec![Some(delete())], vec![no_application(get())]),
        (vec![None, Some(list())], vec![no_effect]),
        (vec![None, None], vec![twice("the operations served elsewhere")]),
        (vec![None, Some(get()), Some(get())], vec![twice("GET /v1/files/{id}")]),
    ] {
        let mut plan = plan();
        applications.iter().for_each(|of| plan.application(*of, String::new()));
        assert_eq!(serve(plan).err().unwrap_or_default(), expected, "{applications:?}");
    }
    let mut guarded = Plan::new();
    POLICY.operations().for_each(|operation| guarded.handler(operation, String::new()));
    guarded.application(None, String::new());
    let no_effect = "`.elsewhere(…)` has no effect: the list does not say `elsewhere!(…)` of any operation";
    assert_eq!(serve(guarded).err().unwrap_or_default(), [no_effect]);
}
