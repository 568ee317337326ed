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

/// What somebody may write who does not know that a secret never stands in the file. What is said of it must not have the secret.
#[test]
fn a_secret_that_was_typed_into_the_file_is_told_by_its_key_and_never_shown() {
    let store = |line: &str| format!("{LISTENER}{POLICY}[[stores]]\nname = 'a'\nkey-prefix = 'a'\n{line}\n");
    let asked = |line: &str| {
        format!(
            "{LISTENER}{POLICY}[policies.schemes.Key.introspection]\nurl = 'https://a'\nclient-id = 'b'\naudience = 'c'\n{line}\n"
        )
    };
    let jwt = |line: &str| format!("{LISTENER}{POLICY}[policies.schemes.Key.jwt]\naudience = 'c'\n{line}\n");
    for (text, message, shown) in [
        (
            store("url = 'postgres://u:hunter2@h/d'"),
            "there is no key of `[[stores]]` `url`",
            "url = 'postgres://…@h/d'",
        ),
        (store("sqlite = 'postgres://u:hunter2@h/d'"), "`sqlite` is no path of a file", "sqlite = 'postgres://…@h/d'"),
        (store("sqlite = 'a'\npasword = 'hunter2'"), "there is no key of `[[stores]]` `pasword`", "pasword = '…'"),
        (store("sqlite = 'a' # pasword = hunter2\nsqlite = 'b'"), "duplicate key", ""),
        (store("url-env = 'postgres://u:hunter2@h/d'"), "`url-env` names no environment variable", "url-env = '…'"),
        (store("url-file = 'postgres://u:hunter2@h/d'"), "`url-file` is no path of a file", "url-file = '…'"),
        (store("url-env = 4711"), "expected a string here", "url-env = …"),
        (asked("client-secret = 'hunter2'"), "`client-secret`", "client-secret = '…'"),
        (asked("client-secret-env = 'hunter2-'"), "names no environment variable", "client-secret-env = '…'"),
        (asked("client-secret-file = '{\"hunter2\"}'"), "is no path of a file", "client-secret-file = '…'"),
        (asked("client-secret = \"hunter2"), "invalid basic string", "client-secret = \"…\""),
        (asked("client-secret: 'hunter2'"), "", "client-secret…"),
        (asked("client-secret = hunter2"), "", "client-secret = …"),
        (asked("[a] client-secret = 'hunter2'"), "", "[a]…"),
        (
            asked("client-secret-env = 'A'\ntypp = { a = ['hunter2'], b = \"\"\"\nhunter2\"\"\" }"),
            "there is no key of `introspection` `typp`",
            "typp = { a = ['…'], b = \"…\"",
        ),
        (jwt("issuer = 'https://u:hunter2@a'\nkeys-url = 5"), "expected a string here", "keys-url = 5"),
        (
            jwt("preset = 'auth0'\ndomain = 'https://u:hunter2@a'"),
            "`https://…@a` is no domain",
            "domain = 'https://…@a'",
        ),
        (
            format!(
                "{LISTENER}tls = {{ certificate = 'a', key = \"\"\"-----BEGIN PRIVATE KEY-----\nhunter2\"\"\" }}\n{POLICY}"
            ),
            "`key` is no path of a file",
            "",
        ),
        (
            format!("{LISTENER}{POLICY}[traces]\nendpoint = 'http://u:hunter2@a/v1/traces'\n"),
            "this is no address",
            "endpoint = 'http://…@a/v1/traces'",
        ),
    ] {
        let told = faults(&text);
        assert!(told.contains(message) && !told.is_empty(), "{text}\n{told}");
        assert!(!told.contains("hunter2") && !told.contains("4711"), "{text}\n{told}");
        assert!(told.contains(shown), "{shown} is not in\n{told}");
    }
}

#[test]
fn paths_start_at_the_folder_of_the_file() {
    let read = Configuration::parse("etc/gateway.toml", &format!("{LISTENER}{POLICY}")).unwrap();
    assert_eq!(read.policies[0].source.value.to_str(), Some("etc/openapi.yaml"));
}
