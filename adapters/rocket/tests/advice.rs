//! What rocket's console says of a handler: no advice that a handler here cannot follow.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Mutex;

use conformance::enablement_first as policy;
use log::{LevelFilter, Log, Metadata, Record};
use policy::operations::GetItem;
use policy_http::EnableAll;
use policy_rocket::{Param, Permit};
use rocket::http::Header;
use rocket::local::blocking::Client;

/// What was logged, in place of rocket's console.
struct Logged(Mutex<Vec<String>>);

static LOGGED: Logged = Logged(Mutex::new(Vec::new()));

impl Log for Logged {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.0.lock().unwrap().push(record.args().to_string());
    }

    fn flush(&self) {}
}

#[test]
fn rocket_advises_nobody_to_take_a_parameter_that_a_handler_cannot_take() {
    log::set_logger(&LOGGED).unwrap();
    log::set_max_level(LevelFilter::Info);
    async fn item(_: Permit<GetItem>, Param(id): Param<String>) -> String {
        id
    }
    let guard = policy_rocket::guard(&policy::POLICY, conformance::Keys, EnableAll)
        .non_utf8_credentials_count_as_none("not under test")
        .handlers(conformance::only_handler!(policy_rocket::Mount<policy::Api>, item, GetItem));
    let client = Client::untracked(rocket::build().attach(guard.try_into_fairing().unwrap())).unwrap();
    let request = client.get("/v1/items/a%20b").header(Header::new("authorization", "Bearer ali~items.read"));
    assert_eq!(request.dispatch().into_string().unwrap(), "a b");
    let logged = LOGGED.0.lock().unwrap();
    assert!(logged.iter().any(|line| line.contains("/v1/items/a%20b")), "{logged:?}");
    assert!(!logged.iter().any(|line| line.contains("inefficient")), "{logged:?}");
}
