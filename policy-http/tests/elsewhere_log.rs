//! Where nothing checks an operation, an operator reads of it. Alone in its process: which events are of interest is the process's.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{Api, Captured, POLICY, Tokens};
use policy_core::Date;
use policy_core::handler_list::Elsewhere;
use policy_http::mount::{Framework, Plan};
use policy_http::{EnableAll, ManualClock, Options};

enum Exact {}

impl Framework for Exact {
    const NAME: &'static str = "exact";
}

/// The day after the last one, the log calls it an error and the audit too.
#[test]
fn the_log_and_the_audit_name_what_nothing_checks() {
    for (today, level, line) in [
        ("2027-06-30", "WARN", "    until     2027-06-30\n"),
        ("2027-07-01", "ERROR", "    ERROR     it was to be guarded after 2027-06-30\n"),
    ] {
        let events = Captured::default();
        let writer = events.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        let _guard = tracing::subscriber::set_default(subscriber.finish());
        let mut plan = Plan::<Api, String>::new();
        for operation in POLICY.operations() {
            plan.elsewhere(operation, Elsewhere::new("the old routes", Date::parse("2027-06-30")));
        }
        plan.application(None, String::new());
        let clock = || ManualClock::at(Date::parse(today).unwrap().end() - 1);
        let audit = plan.audit(&Options::new().clock(clock())).to_string();
        assert_eq!(audit.matches(line).count(), 5, "{audit}");
        let options = Options::new().clock(clock());
        assert!(plan.serve::<Exact, _, _, _>(Tokens, EnableAll, options, |handler| handler).is_ok());
        let events = events.text();
        let told = events.lines().filter(|event| event.contains(level) && event.contains("GET /v1/search"));
        assert_eq!(told.count(), 1, "{events}");
    }
}
