//! Lines that are no lines of a log: each is counted and told, and none stops the replay.

use crate::written::{Case, DOCUMENT, line};

#[test]
fn a_line_that_is_not_read_is_told_with_its_number() {
    let bad: &[(&str, &str)] = &[
        ("not json\n", "expected"),
        ("\n", "EOF"),
        ("[1]\n", "expected an object"),
        ("7\n", "expected an object"),
        ("{}\n", "no `decision`"),
        ("\u{fffd}\u{0}\n", "expected"),
        (&line(&[("decision", r#""allow""#), ("reason", r#""x""#)]), "has a reason"),
        (&line(&[("decision", r#""maybe""#)]), "`decision`"),
        (&line(&[("decision", r#""deny""#)]), "no `reason`"),
        (&line(&[("route", "")]), "no `route`"),
        (&line(&[("unix_ms", "")]), "no `unix_ms`"),
        (&line(&[("unix_ms", "-1")]), "invalid value"),
        (&line(&[("fingerprint", "")]), "no `fingerprint`"),
        (&line(&[("granted", "[]")]), "`granted`"),
        (&line(&[("granted", r#"{"Token":"a","Token":"b"}"#)]), "stands twice"),
        (&line(&[("granted", r#"{"Token":"a  b"}"#)]), "no list of scopes"),
        (&line(&[("enablement", r#""perhaps""#)]), "`enablement`"),
        (&line(&[("query_names", "{}")]), "`query_names`"),
        (&line(&[("subject", r#""a","subject":"b""#)]), "duplicate field"),
        (&line(&[("schema", "2"), ("decision", "7")]), "version 2"),
    ];
    let mut lines = vec![line(&[])];
    lines.extend(bad.iter().map(|(line, _)| (*line).to_owned()));
    let (_, json) = Case::new("corrupted", DOCUMENT, &lines).json("");
    let unread = json["unread"].as_array().unwrap();
    for (at, (line, why)) in bad.iter().enumerate() {
        let told = &unread[at];
        assert_eq!((&told["file"], &told["line"]), (&"log".into(), &(at + 2).into()), "{line}");
        assert!(told["why"].as_str().unwrap().contains(why), "{line}: {told}");
    }
    let counted = &json["lines"];
    assert_eq!((&counted["unreadable"], &counted["of_other_schema"]), (&(bad.len() - 1).into(), &1.into()));
    assert_eq!((&counted["read"], &counted["replayed"]), (&lines.len().into(), &1.into()));
}

/// What is kept of a log is kept by name, and whoever wrote the log has chosen the names.
#[test]
fn no_line_takes_memory_by_its_names_or_time_by_their_number() {
    let long = format!("\"{}\"", "x".repeat(2_000));
    let many: Vec<String> = (0..80_000).map(|number| format!("\"{number}\":\"a\"")).collect();
    let many = format!("{{{}}}", many.join(","));
    let lines = [
        line(&[]),
        line(&[("subject", &long)]),
        line(&[("route", &long)]),
        line(&[("granted", &many), ("subject", "\"eve\"")]),
    ];
    let case = Case::new("names", DOCUMENT, &lines);
    let began = std::time::Instant::now();
    let (code, json) = case.json("--all");
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!((code, &json["lines"]["replayed"]), (0, &4.into()), "{json:#}");
    let text = json.to_string();
    assert!(!text.contains("xxxx") && text.contains("\"ali\"") && text.contains("\"eve\""), "{json:#}");
    // One for the client, and one for the operation.
    assert_eq!(text.matches("\"further\":true").count(), 2, "{json:#}");
    assert!(case.run("").out.contains("`--most-groups` makes room"));
}

#[test]
fn no_corruption_of_a_line_stops_it() {
    let whole = line(&[("query_names", r#"["limit","é\u0041"]"#), ("tenant", r#""north""#)]);
    let mut lines = String::new();
    for at in (0..whole.len()).filter(|at| whole.is_char_boundary(*at)) {
        let rest = whole.get(at..).unwrap();
        let rest = rest.get(rest.chars().next().unwrap().len_utf8()..).unwrap();
        for instead in ["", "\"", "{", "}", "0", "\\", "\u{0}", ","] {
            lines.push_str(&format!("{}{instead}{}\n", whole.get(..at).unwrap(), rest.trim_end()));
        }
        lines.push_str(&format!("{}\n", whole.get(..at).unwrap()));
    }
    let count = lines.lines().count();
    let (code, json) = Case::new("corruption", DOCUMENT, &[lines]).json("");
    let of = |key: &str| json["lines"][key].as_u64().unwrap();
    assert_eq!((code, of("read")), (0, u64::try_from(count).unwrap()));
    assert_eq!(of("replayed") + of("unreadable") + of("of_other_schema"), of("read"));
    assert!(of("replayed") > 50 && of("unreadable") > 1000, "{}", json["lines"]);
}

#[test]
fn what_is_no_log_at_all_is_a_failure() {
    let ran = Case::new("no-log", DOCUMENT, &["hello\n".to_owned(), "you\n".to_owned()]).run("");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("log:1: ") && ran.err.contains("docs/decision-log.md"), "{}", ran.err);
    let ran = Case::new(
        "broken",
        "openapi: 3.1.0\ninfo: {}\npaths: { /x: { get: { security: [{ No: [] }] } } }\n",
        &[line(&[])],
    )
    .run("");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("nothing is replayed"), "{}", ran.err);
    let ran = Case::new("missing", DOCUMENT, &[]).run("nowhere.log");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("cannot read `nowhere.log`"), "{}", ran.err);
}

#[test]
fn lost_lines_are_told() {
    let case = Case::new("lost", DOCUMENT, &[line(&[]), "{\"lost\":12}\n".to_owned(), "{\"lost\":30}\n".to_owned()]);
    let (code, json) = case.json("--fail-on lost");
    assert_eq!((code, &json["lines"]["lost"]), (1, &42.into()));
    assert!(case.run("").out.contains("42 decisions are missing"));
}

#[test]
fn what_no_policy_decided_is_counted_and_not_replayed() {
    let undecided =
        r#"{"schema":1,"unix_ms":1814356800000,"decision":"deny","listener":"edge","reason":"malformed","status":400}"#;
    let case = Case::new("undecided", DOCUMENT, &[line(&[]), format!("{undecided}\n")]);
    let (code, json) = case.json("--fail-on unread,cannot-tell");
    let counted = &json["lines"];
    assert_eq!(
        (code, &counted["undecided"], &counted["replayed"], &counted["unreadable"]),
        (0, &1.into(), &1.into(), &0.into())
    );
    assert!(case.run("").out.contains("1 that no policy decided"));
}
