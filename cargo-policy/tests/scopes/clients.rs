//! `--by`: each client of a log by itself.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::run::{Ran, empty_folder};
use crate::{CALLED, of_log, scopes};

/// A line of the log.
fn line(subject: Option<&str>, operation: &str, granted: Option<&str>) -> String {
    let (method, route) = operation.split_once(' ').unwrap();
    let mut line: Value = serde_json::from_str(CALLED).unwrap();
    let members = line.as_object_mut().unwrap();
    members.insert("method".to_owned(), method.into());
    members.insert("route".to_owned(), route.into());
    match subject {
        Some(subject) => drop(members.insert("subject".to_owned(), subject.into())),
        None => drop(members.remove("subject")),
    }
    match granted {
        Some(granted) => drop(members.insert("granted".to_owned(), serde_json::from_str(granted).unwrap())),
        None => drop(members.remove("granted")),
    }
    line.to_string()
}

/// One client of each kind.
fn lines() -> Vec<String> {
    let cut = format!("{}…", "x".repeat(127));
    [
        (Some("zoe"), "GET /a", Some(r#"{"OAuth2":"a:read b:write"}"#)),
        (Some("ali"), "GET /a", Some(r#"{"OAuth2":"a:read"}"#)),
        (Some("ali"), "GET /b", Some(r#"{"OAuth2":"b:read"}"#)),
        (Some("old"), "GET /a", None),
        (Some("half"), "GET /a", Some(r#"{"OAuth2":"a:read"}"#)),
        (Some("half"), "GET /a", None),
        (Some("both"), "GET /a", Some(r#"{"OAuth2":"a:read c:read"}"#)),
        (Some("both"), "GET /a", None),
        (Some("gone"), "GET /gone", Some(r#"{"OAuth2":"a:read"}"#)),
        (Some("gone"), "GET /a", Some(r#"{"OAuth2":"a:read"}"#)),
        (Some("lacks"), "POST /b", Some(r#"{"OAuth2":"b:read"}"#)),
        (Some(&cut), "GET /a", Some(r#"{"OAuth2":"a:read c:read"}"#)),
        (Some("key"), "GET /a", Some(r#"{"Key":"","Old":"a:read"}"#)),
        (None, "GET /health", Some("{}")),
    ]
    .map(|(subject, operation, granted)| line(subject, operation, granted))
    .to_vec()
}

fn told(name: &str, lines: &[String], arguments: &[&str]) -> Ran {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    of_log(&format!("by-{name}"), &lines, &[&["--by", "subject"], arguments].concat())
}

fn rows(ran: &Ran) -> Vec<Value> {
    let table: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
    table["clients"].as_array().unwrap().clone()
}

#[test]
fn each_client_is_told_by_itself_and_nothing_is_guessed_of_those_that_the_log_says_too_little_of() {
    let rows = rows(&told("each", &lines(), &["--format", "json"]));
    let of = |client: Value| rows.iter().find(|row| row["client"] == client).unwrap_or_else(|| panic!("{client}"));
    let scope = |scheme: &str, scope: &str| json!([{ "scheme": scheme, "scope": scope }]);
    for (client, told, excess, missing, held) in [
        (json!("zoe"), "excess", scope("OAuth2", "b:write"), json!([]), json!({ "OAuth2": ["a:read", "b:write"] })),
        (json!("ali"), "fits", json!([]), json!([]), json!({ "OAuth2": ["a:read", "b:read"] })),
        (json!("old"), "cannot-tell", json!([]), json!([]), Value::Null),
        (json!("half"), "cannot-tell", json!([]), json!([]), json!({ "OAuth2": ["a:read"] })),
        // What is held beyond what is needed is known, though more may be.
        (json!("both"), "excess", scope("OAuth2", "c:read"), json!([]), json!({ "OAuth2": ["a:read", "c:read"] })),
        (json!("gone"), "cannot-tell", json!([]), json!([]), json!({ "OAuth2": ["a:read"] })),
        (
            json!("lacks"),
            "excess",
            scope("OAuth2", "b:read"),
            scope("OAuth2", "b:write"),
            json!({ "OAuth2": ["b:read"] }),
        ),
        (
            json!(format!("{}…", "x".repeat(127))),
            "cannot-tell",
            json!([]),
            json!([]),
            json!({ "OAuth2": ["a:read", "c:read"] }),
        ),
        // A scheme that the document does not have is needed for nothing.
        (json!("key"), "excess", scope("Old", "a:read"), json!([]), json!({ "Key": [], "Old": ["a:read"] })),
        (Value::Null, "fits", json!([]), json!([]), json!({})),
    ] {
        let row = of(client.clone());
        assert_eq!(row["told"], told, "{client}: {row:#}");
        assert_eq!((&row["excess"], &row["missing"], &row["held"]), (&excess, &missing, &held), "{client}");
        assert_eq!(row["why"] == json!([]), told != "cannot-tell" && client != "both", "{client}: {row:#}");
    }
    assert_eq!(of(json!("ali"))["operations"], json!(["GET /a", "GET /b"]));
    assert_eq!(of(json!("ali"))["lines"], 2);
    assert_eq!(of(json!("gone"))["sets"], Value::Null);
    // What fails a job comes first, and of those the order is that of the names.
    let names: Vec<&str> = rows.iter().take(4).map(|row| row["client"].as_str().unwrap()).collect();
    assert_eq!(names, ["both", "key", "lacks", "zoe"]);
}

#[test]
fn the_table_as_text_and_as_markdown() {
    let text = told("text", &lines(), &[]).out;
    insta::assert_snapshot!(text);
    insta::assert_snapshot!(told("markdown", &lines(), &["--format", "markdown"]).out);
    // The order of the lines is no part of it.
    let reversed: Vec<String> = lines().into_iter().rev().collect();
    assert_eq!(told("reversed", &reversed, &[]).out, text);
}

#[test]
fn exit_codes_count_over_all_clients() {
    let some = |names: &[&str]| -> Vec<String> {
        lines().into_iter().filter(|line| names.iter().any(|name| line.contains(&format!("\"{name}\"")))).collect()
    };
    for (names, fail_on, code) in [
        (&["ali", "zoe"][..], "excess", 1),
        (&["ali"], "excess,missing,cannot-tell", 0),
        (&["ali", "old"], "excess,missing", 0),
        (&["ali", "old"], "cannot-tell", 1),
        (&["ali", "lacks"], "missing", 1),
        (&["ali", "gone"], "missing,excess", 0),
    ] {
        let ran = told("codes", &some(names), &["--fail-on", fail_on]);
        assert_eq!(ran.code, code, "{names:?} {fail_on}: {}{}", ran.out, ran.err);
    }
    // A line that cannot be read may be that of anybody.
    let unread = [some(&["ali"]), vec![line(Some("bad"), "GET /a", Some(r#"{"OAuth2":7}"#)); 2]].concat();
    let ran = told("unread", &unread, &["--fail-on", "cannot-tell"]);
    assert!(ran.code == 1 && ran.out.contains("2 lines not read"), "{}{}", ran.out, ran.err);
    for arguments in [&["--client", "ali"][..], &["--operation", "GET /a"]] {
        assert_eq!(told("conflict", &lines(), arguments).code, 2, "{arguments:?}");
    }
    assert_eq!(scopes(&["hooks.yaml", "--by", "subject"]).code, 2, "it needs a log");
    let nobody = told("empty", &[], &[]);
    assert!(nobody.code == 2 && nobody.err.contains("no allowed request"), "{}", nobody.err);
}

#[test]
fn what_a_client_is_can_be_said() {
    let tenants: Vec<String> = [("ali", "north"), ("zoe", "north"), ("key", "south")]
        .iter()
        .flat_map(|(client, tenant)| {
            let own: Vec<String> = lines().into_iter().filter(|line| line.contains(&format!("\"{client}\""))).collect();
            own.into_iter()
                .map(move |line| line.replace("\"subject\"", &format!("\"tenant\":\"{tenant}\",\"subject\"")))
        })
        .collect();
    let refs: Vec<&str> = tenants.iter().map(String::as_str).collect();
    let ran = of_log("by-tenant", &refs, &["--by", "tenant", "--format", "json"]);
    let names: Vec<Value> = rows(&ran).iter().map(|row| row["client"].clone()).collect();
    assert_eq!(names, [json!("north"), json!("south")]);
}

#[test]
fn there_is_room_for_so_many_and_the_rest_is_counted() {
    let many: Vec<String> =
        (0..50).map(|at| line(Some(&format!("c{at:02}")), "GET /a", Some(r#"{"OAuth2":"a:read"}"#))).collect();
    let ran = told("room", &many, &["--most-groups", "10", "--fail-on", "excess"]);
    assert!(ran.code == 0 && ran.out.contains("10 clients by"), "{}", ran.out);
    assert!(ran.out.contains("40 lines of further clients"), "{}", ran.out);
    assert_eq!(told("room", &many, &["--most-groups", "10", "--fail-on", "cannot-tell"]).code, 1);
    // One client with more grants than there is room for.
    let grants: Vec<String> =
        (0..50).map(|at| line(Some("ali"), "GET /a", Some(&format!(r#"{{"OAuth2":"a:read s{at}"}}"#)))).collect();
    let row = rows(&told("grants", &grants, &["--most-groups", "10", "--format", "json"])).remove(0);
    assert!(row["told"] == "cannot-tell" && row["why"].to_string().contains("no room"), "{row:#}");
    let refs: Vec<&str> = grants.iter().map(String::as_str).collect();
    let ran = of_log("together", &refs, &["--most-groups", "10"]);
    assert!(ran.code == 2 && ran.err.contains("more operations or grants than there is room for"), "{}", ran.err);
}

/// Many clients, each with another grant: the comment stays one, and says what it left out.
#[test]
fn a_comment_is_never_longer_than_one_may_be() {
    let many: Vec<String> = (0..2_000)
        .map(|at| line(Some(&format!("client-{at:04}|<b>@all")), "GET /a", Some(r#"{"OAuth2":"a:read x|y `z`"}"#)))
        .collect();
    let out = told("comment", &many, &["--format", "markdown"]).out;
    assert!(out.len() <= 65_536 && out.contains("more clients do not fit here"), "{}", out.len());
    assert!(out.lines().filter(|line| line.starts_with("| `client")).all(|line| line.contains("\\|<b>@all` |")));
}

/// The log is streamed: what is kept is a set of numbers for each client.
#[test]
#[cfg(target_os = "linux")]
fn a_large_log_needs_no_more_memory_than_a_small_one() {
    let peak = |name: &str, lines: usize| -> u64 {
        let log: PathBuf = empty_folder(&format!("scopes-memory-{name}")).join("log");
        let one = |at: usize| line(Some(&format!("c{}", at % 50)), "GET /a", Some(r#"{"OAuth2":"a:read b:write"}"#));
        let some: String = (0..50).map(|at| one(at) + "\n").collect();
        std::fs::write(&log, some.repeat(lines / 50)).unwrap();
        let mut command = crate::run::command(&crate::fixtures());
        command.args(["scopes", "hooks.yaml", "--by", "subject", "--format", "json", "--log", log.to_str().unwrap()]);
        let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut most = 0;
        while child.try_wait().unwrap().is_none() {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let kept = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
            most = most.max(kept.trim().trim_end_matches(" kB").parse().unwrap_or(0));
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        std::fs::remove_file(log).unwrap();
        most
    };
    let (small, large) = (peak("small", 10_000), peak("large", 100_000));
    assert!(small > 0 && large < small + 4_096, "{small} kB, {large} kB");
}
