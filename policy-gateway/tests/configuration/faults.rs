//! What is wrong with a file, and what is said of it.

use policy_gateway::Configuration;

/// A file that is right, to which each case adds something.
const LISTENER: &str = "[[listeners]]\nname = 'edge'\ndialect = 'forward-auth'\naddress = '127.0.0.1:9191'\n";
const POLICY: &str = "[[policies]]\nname = 'notes'\nsource = 'openapi.yaml'\nenablement = 'all'\n";

fn faults(text: &str) -> String {
    Configuration::parse("etc/gateway.toml", text).map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn each_mistake_is_told_with_its_line_and_its_fix() {
    let whole = |listener: &str, policy: &str| format!("{LISTENER}{listener}{POLICY}{policy}");
    for (text, message, line, help) in [
        (
            whole("timout-ms = 5\n", ""),
            "there is no key of `[[listeners]]` `timout-ms`",
            5,
            "did you mean `timeout-ms`?",
        ),
        (whole("", "listeners = ['egde']\n"), "there is no listener `egde`", 9, "did you mean `edge`?"),
        (
            whole("", "remove-headers = ['Authorization']\n"),
            "the listener `edge` cannot have `authorization` removed",
            9,
            "remove it in the proxy's own configuration",
        ),
        (whole("limits = { head-ms = 0, idle-ms = 5 }\n", ""), "`head-ms` is a whole number from 1 to 60000", 5, ""),
        (
            whole(
                "",
                "[policies.schemes.Key]\nstore = 'mian'\n[[stores]]\nname = 'main'\nsqlite = 'a'\nkey-prefix = 'a'\n",
            ),
            "there is no store `mian`",
            10,
            "did you mean `main`?",
        ),
        (
            whole("", "[policies.schemes.Key]\n"),
            "one of `store`, `jwt` and `introspection`",
            9,
            "keep one of them, or add one",
        ),
        (
            whole("", "[policies.schemes.Key]\njwt = { preset = 'okta', audience = 'a', domain = 'a.okta.com' }\n"),
            "the preset `okta` needs `authorization-server`",
            10,
            "add `authorization-server",
        ),
        (
            whole("", "[policies.schemes.Key]\njwt = { preset = 'auth0', audience = 'a', domain = 'https://a.com' }\n"),
            "is no domain",
            10,
            "",
        ),
        (
            whole(
                "",
                "[policies.schemes.Key]\nintrospection = { url = 'https://a', client-id = 'b', client-secret = 'c' }\n",
            ),
            "`introspection` has no secret",
            10,
            "a secret never stands in this file",
        ),
        (
            whole("path-prefix = '/check'\n", ""),
            "`path-prefix` means nothing with `forward-auth`",
            5,
            "it is for `envoy-http`",
        ),
        (
            whole("", "hosts = ['api.example.com']\n"),
            "the listener `edge` does not look at the host",
            9,
            "by-host = true",
        ),
        (whole("", "document-key = 'notes'\n"), "does not say which document applies", 9, "document-from"),
        (whole("document-from = 'X_Document'\n", ""), "this is no name of a header", 5, "letters, digits and `-`"),
        (
            whole("", "[policies.identity]\nsubject = 'X-A'\ntenant = 'x-a'\n"),
            "the header `x-a` says two things",
            11,
            "another name",
        ),
        (whole("", "base-path = 'v1/'\n"), "this is no base path", 9, "`/v1`"),
        (
            whole("", "public-origin = 'https://api.example.com/'\n"),
            "this is no origin",
            9,
            "scheme, host and port alone",
        ),
        (whole("", "enablement = 'all'\n"), "duplicate key", 9, ""),
        (
            whole("", &LISTENER.replace("edge", "other")),
            "`other` listens where `edge` does",
            10,
            "an address of its own",
        ),
        (whole("", &POLICY.replace("openapi", "other")), "two policies are called `notes`", 10, "a name of its own"),
        (whole("", "[admin]\naddress = '127.0.0.1:9191'\n"), "`admin` listens where `edge` does", 10, "another port"),
        (
            format!("{}{POLICY}", LISTENER.replace("127.0.0.1", "0.0.0.0")),
            "other machines reach `0.0.0.0:9191`",
            4,
            "expose = true",
        ),
        (
            format!("{}{POLICY}", LISTENER.replace("address", "socket-mode = '999'\nsocket")),
            "these are no permissions",
            4,
            "0660",
        ),
        (
            format!("{}{POLICY}", LISTENER.replace("address", "socket = 'a'\naddress")),
            "both an `address` and a `socket`",
            1,
            "one of the two",
        ),
        (
            format!("{}{POLICY}", LISTENER.replace("forward-auth", "authzen")),
            "needs `public-url`",
            1,
            "add `public-url",
        ),
        (LISTENER.to_owned(), "`gateway.toml` has no `policies`", 1, "`policies`"),
        (
            format!("{LISTENER}policies = []\n")
                .replace("[[listeners]]", "[[listeners]]")
                .replace("policies = []\n", "[traces]\nendpoint = 'collector:4317'\n")
                + POLICY,
            "this is no address",
            6,
            "/v1/traces",
        ),
    ] {
        let told = faults(&text);
        assert!(told.contains(message), "{text}\n{told}");
        assert!(told.contains(&format!("etc/gateway.toml:{line}:")), "{text}\n{told}");
        assert!(told.contains(help), "{text}\n{told}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_and_in_the_order_of_the_file() {
    let told = faults(
        "[[listeners]]\nname = 'edge'\ndialect = 'envoy'\naddress = 'localhost:80'\n\
         [[policies]]\nname = 'notes'\nenablement = 'all'\nlisteners = 'edge'\n[log]\nlevel = 'loud'\n",
    );
    let places: Vec<usize> =
        ["no dialect `envoy`", "no IP address", "has no `source`", "no list of texts", "no level `loud`"]
            .into_iter()
            .map(|message| told.find(message).unwrap_or_else(|| panic!("`{message}` is not in\n{told}")))
            .collect();
    assert!(places.is_sorted(), "{told}");
}

#[test]
fn a_secret_in_the_file_is_not_a_key_that_exists() {
    let told = faults(&format!(
        "{LISTENER}{POLICY}[[stores]]\nname = 'a'\nurl = 'postgres://u:hunter2@h/d'\nkey-prefix = 'a'\n"
    ));
    assert!(told.contains("there is no key of `[[stores]]` `url`"), "{told}");
}

#[test]
fn paths_start_at_the_folder_of_the_file() {
    let read = Configuration::parse("etc/gateway.toml", &format!("{LISTENER}{POLICY}")).unwrap();
    assert_eq!(read.policies[0].source.value.to_str(), Some("etc/openapi.yaml"));
}
