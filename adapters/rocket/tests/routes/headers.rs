//! What rocket takes away before the guard sees it opens nothing, unless the application says that it may.

use conformance::enablement_first as policy;
use policy_http::EnableAll;
use policy_rocket::MountFault;

use super::handlers;

#[test]
fn an_operation_that_a_dropped_header_could_open_is_an_error_at_start_unless_it_is_accepted() {
    let guard = || {
        policy_rocket::guard(&policy::POLICY, conformance::Keys, EnableAll)
            .handlers(conformance::all_handlers!(policy, handlers))
    };
    let error = guard().try_into_fairing().err().unwrap();
    // The optional operation and the one with two schemes; an operation that each credential is needed for refuses anyway.
    let routes: Vec<&str> = error
        .faults()
        .iter()
        .map(|problem| match problem {
            MountFault::Template { route, because, .. } => {
                assert!(because.contains(".non_utf8_credentials_count_as_none(reason)"), "{because}");
                route.as_str()
            }
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(routes, ["GET /v1/greeting", "GET /v1/by-either"]);

    let accepted = guard().non_utf8_credentials_count_as_none("the proxy in front refuses such headers");
    let audit = accepted.audit().to_string();
    let place = |text: &str| audit.find(text).unwrap_or_else(|| panic!("`{text}` in {audit}"));
    place(
        "ACCEPTED     a credential that is not UTF-8 counts as none\n             because  the proxy in front refuses such headers",
    );
    for route in routes {
        place(&format!("\n{route}\n    ACCEPTED  a credential that is not UTF-8 counts as none\n"));
    }
    assert_eq!(audit.matches("    ACCEPTED  ").count(), 2, "{audit}");
    assert!(!guard().audit().to_string().contains("ACCEPTED"));
    assert!(accepted.try_into_fairing().is_ok());
}
