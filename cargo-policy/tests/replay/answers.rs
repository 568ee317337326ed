//! What is told of a line.

use std::fs;

use crate::written::{Case, DOCUMENT, edited, fingerprint, line};

/// The only group: its outcome and its reason.
fn told(name: &str, document: &str, members: &[(&str, &str)]) -> (String, String) {
    let (_, json) = Case::new(name, document, &[line(members)]).json("");
    let group = &json["groups"][0];
    assert_eq!(json["groups"].as_array().unwrap().len(), 1, "{json}");
    (group["outcome"].as_str().unwrap().to_owned(), group["reason"].as_str().unwrap().to_owned())
}

const DENIED: (&str, &str) = ("decision", r#""deny""#);
const LACKING: (&str, &str) = ("reason", r#""insufficient_scope""#);
const NOBODY: [(&str, &str); 2] = [("granted", "{}"), ("subject", "")];

#[test]
fn each_line_is_decided_afresh() {
    let own = format!("{:?}", fingerprint(DOCUMENT));
    let own = ("fingerprint", own.as_str());
    let cases: &[(&str, Vec<(&str, &str)>, &str, &str)] = &[
        ("as it was", vec![], "unchanged", "allowed"),
        (
            "a scope was taken out of the line",
            vec![own, ("granted", r#"{"Token":""}"#)],
            "newly-denied",
            "insufficient_scope",
        ),
        ("the credential was taken out", vec![own, NOBODY[0], NOBODY[1]], "newly-denied", "missing_credential"),
        (
            "another scheme granted it",
            vec![own, ("granted", r#"{"Key":"files:read"}"#)],
            "newly-denied",
            "scheme_not_satisfied",
        ),
        ("a query name", vec![("query_names", r#"["limit","owner"]"#)], "newly-denied", "unsupported_query_parameter"),
        (
            "an empty query name",
            vec![("query_names", r#"["limit",""]"#)],
            "newly-denied",
            "unsupported_query_parameter",
        ),
        ("not enabled", vec![("enablement", r#""not_enabled""#)], "newly-denied", "route_not_enabled"),
        ("refused for what is granted", vec![DENIED, LACKING], "newly-allowed", "insufficient_scope"),
        (
            "refused before enablement was asked",
            vec![DENIED, LACKING, ("enablement", r#""not_asked""#)],
            "cannot-tell",
            "enablement-not-asked",
        ),
        ("refused as before", vec![own, DENIED, LACKING, ("granted", r#"{"Token":""}"#)], "unchanged", "denied"),
        (
            "shadowed",
            vec![own, ("decision", r#""would-deny""#), LACKING, ("granted", r#"{"Token":""}"#)],
            "unchanged",
            "would-deny",
        ),
        (
            "an expired credential",
            vec![DENIED, ("reason", r#""expired_credential""#), NOBODY[0], NOBODY[1]],
            "unchanged",
            "denied",
        ),
        (
            "no handler",
            vec![DENIED, ("stage", r#""query""#), ("reason", r#""operation_pending""#)],
            "unchanged",
            "allowed",
        ),
        (
            "an expired credential where none is needed",
            vec![("route", r#""/health""#), DENIED, ("reason", r#""expired_credential""#), NOBODY[0], NOBODY[1]],
            "newly-allowed",
            "expired_credential",
        ),
        ("a renamed template", vec![("route", r#""/file""#)], "cannot-tell", "unknown-operation"),
        ("another method", vec![("method", r#""get""#)], "cannot-tell", "unknown-operation"),
        (
            "no operation",
            vec![("route", ""), ("method", ""), DENIED, ("reason", r#""not_found""#)],
            "cannot-tell",
            "no-operation",
        ),
        (
            "a log without replay fields",
            vec![("granted", ""), ("enablement", ""), ("query_names", "")],
            "cannot-tell",
            "granted-not-logged",
        ),
        ("a log without query names", vec![("query_names", "")], "cannot-tell", "query-names-not-logged"),
        (
            "a line of before the schema",
            vec![("schema", ""), ("granted", ""), ("enablement", ""), ("query_names", "")],
            "cannot-tell",
            "granted-not-logged",
        ),
        ("a name that was cut", vec![("query_names", r#"["owne…"]"#)], "cannot-tell", "query-names-not-logged"),
        (
            "more names",
            vec![("query_names", r#"["limit"]"#), ("query_names_cut", "true")],
            "cannot-tell",
            "query-names-not-logged",
        ),
        (
            "nobody, whose credential may not have been looked at",
            NOBODY.to_vec(),
            "cannot-tell",
            "scheme-not-looked-at",
        ),
        (
            "a scope that the log names nowhere",
            vec![("granted", r#"{"Token":""}"#)],
            "cannot-tell",
            "scope-not-known-then",
        ),
        (
            "a scheme that the document does not have",
            vec![("granted", r#"{"Other":"files:read"}"#)],
            "cannot-tell",
            "scheme-not-looked-at",
        ),
        ("a reason of a later version", vec![DENIED, ("reason", r#""too_tall""#)], "cannot-tell", "unknown-reason"),
    ];
    for (name, members, outcome, reason) in cases {
        assert_eq!(told("told", DOCUMENT, members), ((*outcome).to_owned(), (*reason).to_owned()), "{name}");
    }
}

#[test]
fn a_changed_document_tells_who_loses_and_who_gains() {
    let narrower = edited("[files:read] }], para", "[files:read, files:write] }], para");
    let lines = [
        line(&[]),
        line(&[("subject", r#""eve""#), ("granted", r#"{"Token":"files:read files:write"}"#)]),
        line(&[("unix_ms", "1814356900000")]),
        line(&[
            ("subject", r#""bob""#),
            ("decision", r#""deny""#),
            ("reason", r#""unsupported_query_parameter""#),
            ("query_names", r#"["x"]"#),
        ]),
    ];
    let case = Case::new("narrower", &narrower, &lines);
    let (code, json) = case.json("--fail-on newly-denied");
    assert_eq!(code, 1);
    assert_eq!((json["counts"]["newly_denied"].as_u64(), json["counts"]["unchanged"].as_u64()), (Some(2), Some(2)));
    let group = &json["groups"][0];
    assert_eq!((&group["client"], &group["lines"]), (&"ali".into(), &2.into()), "{json}");
    assert_eq!(
        (&group["first_unix_ms"], &group["last_unix_ms"]),
        (&1_814_356_800_000_u64.into(), &1_814_356_900_000_u64.into())
    );
    assert_eq!(group["missing_scopes"], serde_json::json!(["files:write"]));
    assert_eq!((&group["place"]["file"], &group["place"]["line"]), (&"api.yaml".into(), &5.into()));
    assert_eq!(case.json("--fail-on newly-allowed,lost,unread,cannot-tell").0, 0);

    let open = edited("get: { security: [{ Token: [files:read] }],", "get: { security: [],");
    let refused =
        line(&[("decision", r#""deny""#), ("reason", r#""insufficient_scope""#), ("granted", r#"{"Token":""}"#)]);
    let case = Case::new("open", &open, &[refused]);
    assert_eq!(case.json("--fail-on newly-allowed").0, 1);
}

#[test]
fn the_document_that_wrote_the_log_tells_what_it_looked_at() {
    let own = format!("{:?}", fingerprint(DOCUMENT));
    let own = ("fingerprint", own.as_str());
    // It knew `files:share`, although the log names it nowhere.
    let share = edited("[files:read] }], para", "[files:read, files:share] }], para");
    // It never looked at a credential of health checks.
    let closed = edited("/health: { get: { security: [] } }", "/health: { get: { security: [{ Key: [] }] } }");
    let health = [own, ("route", r#""/health""#), NOBODY[0], NOBODY[1]];
    // It did not know this scope.
    let new = edited("files:share: Share", "files:share: Share, files:new: New")
        .replace("[files:read] }], para", "[files:read, files:new] }], para");
    for (name, document, members, without, with) in [
        ("share", share, vec![own], "cannot-tell", "newly-denied"),
        ("closed", closed, health.to_vec(), "cannot-tell", "cannot-tell"),
        ("new", new, vec![own], "cannot-tell", "cannot-tell"),
    ] {
        let case = Case::new(name, &document, &[line(&members)]);
        fs::write(case.folder.join("before.yaml"), DOCUMENT).unwrap();
        assert_eq!(case.json("").1["groups"][0]["outcome"], without, "{name}");
        assert_eq!(case.json("--before before.yaml").1["groups"][0]["outcome"], with, "{name}");
    }
}

#[test]
fn only_the_wanted_lines_count() {
    let lines = [
        line(&[("unix_ms", "1814313599999")]),
        line(&[("unix_ms", "1814313600000"), ("tenant", r#""north""#), ("credential_id", r#""7kq2""#)]),
        line(&[("unix_ms", "1814400000000")]),
    ];
    let case = Case::new("wanted", DOCUMENT, &lines);
    let (_, json) = case.json("--since 2027-06-30 --until 2027-07-01T00:00:00Z");
    assert_eq!((&json["lines"]["replayed"], &json["lines"]["outside"]), (&1.into(), &2.into()));
    for (by, client) in [("subject", "ali"), ("tenant", "north"), ("credential", "7kq2")] {
        let (_, json) = case.json(&format!("--since 2027-06-30 --until 2027-07-01 --by {by}"));
        assert_eq!(json["groups"][0]["client"], client);
    }
    let several = [line(&[("document", r#""files""#)]), line(&[("document", r#""other""#)])];
    let case = Case::new("several", DOCUMENT, &several);
    let ran = case.run("");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("log:2: the line is about `other`") && ran.err.contains("--named NAME"), "{}", ran.err);
    let (_, json) = case.json("--named other");
    assert_eq!((&json["lines"]["replayed"], &json["lines"]["of_other_documents"]), (&1.into(), &1.into()));
}

#[test]
fn memory_is_bounded_and_it_is_said_where_that_shows() {
    let of = |number: usize| {
        let subject = format!("\"client {number}\"");
        line(&[("subject", &subject), ("query_names", r#"["x"]"#)])
    };
    let case = Case::new("many", DOCUMENT, &(0..500).map(of).collect::<Vec<String>>());
    let (_, json) = case.json("--most-groups 100");
    assert_eq!((&json["counts"]["newly_denied"], &json["all_groups_told_apart"]), (&500.into(), &false.into()));
    let groups = json["groups"].as_array().unwrap();
    let further: u64 =
        groups.iter().filter(|group| group["further"] == true).map(|group| group["lines"].as_u64().unwrap()).sum();
    assert_eq!((groups.len(), further), (101, 400));
    assert!(case.run("--most-groups 100").out.contains("`--most-groups` makes room"));
    let (_, json) = case.json("");
    assert_eq!((json["groups"].as_array().unwrap().len(), &json["all_groups_told_apart"]), (500, &true.into()));
}

#[test]
fn several_logs_and_standard_input_are_one() {
    use std::io::Write as _;
    let case = Case::new("input", DOCUMENT, &[line(&[])]);
    let mut command = crate::run::command(&case.folder);
    command.args(["replay", "log", "-", "log", "--document", "api.yaml", "--format", "json"]);
    let mut child = command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(line(&[]).trim_end().as_bytes()).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(json["lines"]["replayed"], 3);
}
