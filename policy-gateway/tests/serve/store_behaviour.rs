//! What `policy-gateway store` does, whatever the database.

use std::time::{Duration, Instant};

use super::running::{Gateway, configuration, free, run, until};
use super::store::{Database, done, folder, issued, rest, store};

pub(super) fn a_key_opens_what_it_was_issued_for_and_is_refused_within_a_second_once_it_is_revoked(on: Database<'_>) {
    let folder = folder(on, "all");
    done(&folder, &["organization", "create", "acme", "--allow-scopes", "notes:read,notes:write"]);
    let (key, id) = issued(&folder, &["acme", "--operation", "GET /notes"]);
    let gateway = Gateway::start(&folder, &rest(on, "all"));
    let statuses = |key: &str| ["GET", "POST"].map(|method| gateway.status(method, "/notes", Some(key)));
    assert_eq!(statuses(&key), [200, 403]);

    // The gateway takes a key that is issued while it runs, and the successor of one.
    let (both, _) = issued(&folder, &["acme", "--operation", "listNotes", "--operation", "POST /notes"]);
    until("the new key counts", || (statuses(&both) == [200, 200]).then_some(()));
    let (successor, notes) = done(&folder, &["key", "rotate", &id, "--overlap", "1h"]);
    assert!(notes.contains(&format!("key {id} expires ")) && notes.contains("scopes   notes:read"), "{notes}");
    until("the successor counts", || (statuses(successor.trim_end()) == [200, 403]).then_some(()));
    assert_eq!(statuses(&key), [200, 403], "both count during the overlap");

    let (_, notes) = done(&folder, &["key", "revoke", &id]);
    let revoked = Instant::now();
    assert_eq!(notes, format!("revoked key {id}\n"));
    until("the revoked key is refused", || (gateway.status("GET", "/notes", Some(&key)) == 401).then_some(()));
    assert!(revoked.elapsed() < Duration::from_secs(1), "{:?}", revoked.elapsed());
    assert_eq!(done(&folder, &["key", "revoke", &id]).1, format!("key {id} was revoked before\n"));
    let (list, _) = done(&folder, &["key", "list", "acme"]);
    assert!(list.contains(&format!("{id}  acme (production)  revoked ")) && !list.contains(&key), "{list}");
}

pub(super) fn what_is_enabled_for_an_organization_decides_what_its_key_holds(on: Database<'_>) {
    let folder = folder(on, "main");
    let (_, notes) = done(&folder, &["organization", "add", "acme", "--environment", "test", "--enable", "listNotes"]);
    assert!(notes.contains("note: `GET /notes` is enabled, but no key may hold `notes:read`"), "{notes}");
    done(&folder, &["organization", "allow", "acme", "notes:read notes:write"]);
    let (key, _) = issued(&folder, &["acme"]);
    let (list, _) = done(&folder, &["key", "list"]);
    assert!(list.contains("acme (test)  never expires\n    scopes   notes:read\n"), "{list}");

    let gateway = Gateway::start(&folder, &rest(on, "main"));
    assert_eq!(gateway.status("GET", "/notes", Some(&key)), 200);
    let (code, _, err) = store(&folder, &["key", "issue", "acme", "--operation", "addNote"]);
    assert!(code == 1 && err.contains("first `policy-gateway store organization enable acme 'POST /notes'`"), "{err}");
    done(&folder, &["organization", "disable", "acme", "GET /notes"]);
    until("the disabled operation is closed", || (gateway.status("GET", "/notes", Some(&key)) == 403).then_some(()));
    let (code, _, err) = store(&folder, &["key", "issue", "acme"]);
    assert!(code == 1 && err.contains("no operation is enabled for `acme`"), "{err}");

    let (_, notes) = done(&folder, &["organization", "enable", "acme", "--policy", "notes", "--all"]);
    assert!(notes.contains("    POST /notes\n") && notes.contains("    GET /health\n"), "{notes}");
    done(&folder, &["organization", "allow", "acme", "notes:both"]);
    let (_, notes) = done(&folder, &["key", "issue", "acme", "--scopes", "notes:read notes:write notes:both"]);
    assert!(notes.contains("note: no key of this store opens `GET /staff`"), "{notes}");
    assert!(notes.contains("of `acme` (test)\n    scopes   notes:both notes:read notes:write\n"), "{notes}");
    done(&folder, &["organization", "disallow", "acme", "notes:both"]);
    let (list, _) = done(&folder, &["organization", "list"]);
    assert!(list.starts_with("acme (test)\n    scopes   notes:read notes:write\n    enabled  GET /both\n"), "{list}");
    done(&folder, &["organization", "deactivate", "acme"]);
    until("all is closed", || (gateway.status("GET", "/notes", Some(&key)) == 403).then_some(()));
}

/// The operations that are named, the scopes that are asked for, and what the key then holds; or what the refusal says.
type Least<'t> = (&'t [&'t str], Option<&'t str>, Result<&'t str, &'t str>);

pub(super) fn a_key_holds_the_least_and_never_more(on: Database<'_>) {
    let folder = folder(on, "all");
    let allowed = "notes:read notes:write notes:both search:all search:any staff:read";
    done(&folder, &["organization", "create", "acme", "--allow-scopes", allowed]);
    let cases: &[Least<'_>] = &[
        (&["GET /notes"], None, Ok("notes:read")),
        (&["GET /notes", "addNote"], None, Ok("notes:read notes:write")),
        (&["GET /health"], None, Ok("none")),
        (&["GET /search"], None, Err("--scopes notes:read\n    --scopes search:all\n")),
        (&["GET /search"], Some("search:all"), Ok("search:all")),
        (&["GET /search"], Some("search:any"), Err("no operation that is named needs `search:any`")),
        (&["GET /search"], Some("notes:read search:all"), Err("no operation that is named needs `search:all`")),
        (&["GET /search", "GET /notes"], None, Ok("notes:read")),
        (&["GET /both"], None, Ok("notes:both")),
        (&["GET /both"], Some("notes:both,staff:read"), Err("no operation that is named needs `staff:read`")),
        (&["GET /staff"], None, Err("no key of this store opens `GET /staff`: it demands Staff[staff:read]")),
        (&["GET /notes"], Some("notes:read notes:write"), Err("no operation that is named needs `notes:write`")),
        (&["GET /notes"], Some("note:read"), Err("unknown scope `note:read`; did you mean `notes:read`?")),
        (&["GET /notse"], None, Err("unknown operation `GET /notse`; did you mean `GET /notes`?")),
        (&[], None, Err("name the operations that the key must open")),
        (&[], Some("notes:write"), Ok("notes:write")),
        (&[], Some("staff:read"), Err("no operation that is enabled needs `staff:read`")),
    ];
    for (operations, scopes, expected) in cases {
        let mut arguments = vec!["key", "issue", "acme"];
        operations.iter().for_each(|operation| arguments.extend(["--operation", operation]));
        scopes.iter().for_each(|scopes| arguments.extend(["--scopes", scopes]));
        let (code, out, err) = store(&folder, &arguments);
        match expected {
            Ok(scopes) => {
                assert!(code == 0 && err.contains(&format!("    scopes   {scopes}\n")), "{arguments:?} {err}")
            }
            Err(message) => assert!(code == 1 && out.is_empty() && err.contains(message), "{arguments:?} {err}"),
        }
    }
    let (_, err) = done(&folder, &["key", "issue", "acme", "--operation", "GET /both"]);
    assert!(err.contains("note: `GET /both` demands a credential of `Staff` beside the key"), "{err}");
}

pub(super) fn each_mistake_says_what_to_do(on: Database<'_>) {
    let folder = folder(on, "all");
    let (code, _, err) = store(&folder, &["key", "list"]);
    match on {
        Database::Sqlite => assert!(
            code == 2 && err.contains("there is no database") && err.contains("organization create` makes it"),
            "{err}"
        ),
        Database::Postgres(_) => assert!(code == 0 && err.contains("there is no key yet"), "{err}"),
    }
    done(&folder, &["organization", "create", "acme"]);
    let cases: [(&[&str], i32, &str); 10] = [
        (&["organization", "create", "acme"], 1, "there is an organization `acme` already"),
        (&["organization", "create", "a", "--environment", "live"], 2, "[possible values: production, test]"),
        (&["organization", "enable", "acme", "--all"], 1, "`enablement = \"main\"` changes that"),
        (&["organization", "allow", "acme", "x"], 1, "unknown scope `x`"),
        (&["key", "issue", "acne", "--operation", "GET /notes"], 1, "did you mean `acme`?"),
        (&["key", "issue", "acme", "--operation", "GET /notes"], 1, "store organization allow acme notes:read`"),
        (&["key", "issue", "acme", "--policy", "note"], 1, "unknown policy `note`; did you mean `notes`?"),
        (&["key", "issue", "acme", "--expires-in", "0d"], 2, "write a number above 0"),
        (&["key", "revoke", "acme_sk_whole_key"], 1, "there is no key of that id"),
        (&["key", "rotate", "none"], 1, "`policy-gateway store key list` shows the ids"),
    ];
    for (arguments, expected, message) in cases {
        let (code, out, err) = store(&folder, arguments);
        assert!(code == expected && out.is_empty() && err.contains(message), "{arguments:?}: {code} {err}");
        assert!(!err.contains("whole_key"), "a key that was typed for its id is repeated: {err}");
    }
    let (code, _, err) = run(&folder.0, &["store", "key", "list"]);
    assert!(code == 1 && err.contains("the stores `main`, `staff`; choose one by `--store`"), "{err}");
    let (code, _, err) = run(&folder.0, &["store", "key", "list", "--store", "mian"]);
    assert!(code == 1 && err.contains("unknown store `mian`; did you mean `main`?"), "{err}");
    let (code, _, err) = run(&folder.0, &["store", "key", "list", "--config", "none.toml"]);
    assert!(code == 1 && err.contains("`none.toml` cannot be read"), "{err}");

    // What is wrong with a document keeps nobody from revoking a key.
    folder.write("openapi.yaml", "openapi: [");
    assert_eq!(done(&folder, &["key", "list"]).0, "");
    let (code, _, err) = store(&folder, &["key", "issue", "acme", "--operation", "GET /notes"]);
    assert!(code == 1 && err.contains("openapi.yaml:1:"), "{err}");
}

pub(super) fn a_receiver_gets_the_least_for_the_follow_ups_it_is_approved_for(on: Database<'_>) {
    let folder = folder(on, "main");
    done(&folder, &["organization", "create", "acme", "--enable", "listNotes", "--allow-scopes", "notes:read"]);
    let (out, err) = done(&folder, &["receiver", "list"]);
    assert!(out.is_empty() && err.contains("there is no receiver yet"), "{out} {err}");
    let add = |webhook: &str, approve: &[&str]| {
        store(&folder, &[&["receiver", "add", "acme", "--webhook", webhook, "--approve"], approve].concat())
    };
    for (webhook, approve, message) in [
        ("note.aded", &["listNotes"][..], "unknown webhook `note.aded`; did you mean `note.added`?"),
        ("note.added", &["GET /staff"], "unknown follow-up `GET /staff`"),
        ("note.added", &["GET /search"], "no single scope set is the least"),
        ("note.added", &["listNotes", "addNote"], "`policy-gateway store organization enable acme 'POST /notes'`"),
    ] {
        let (code, out, err) = add(webhook, approve);
        assert!(code == 1 && out.is_empty() && err.contains(message), "{approve:?}: {code} {err}");
    }
    let (code, out, err) = add("note.added", &["listNotes"]);
    assert!(code == 0 && out.starts_with("acme_sk_") && err.contains("    scopes   notes:read\n"), "{err}");
    done(&folder, &["organization", "enable", "acme", "addNote"]);
    let (code, _, err) = add("note.added", &["addNote"]);
    assert!(code == 1 && err.contains("store organization allow acme notes:write`"), "{err}");

    let (list, _) = done(&folder, &["receiver", "list", "acme"]);
    let (id, rest) = list.split_once("  acme  note.added\n    approved  GET /notes\n    added     ").unwrap();
    assert_eq!(rest.lines().count(), 1, "nothing that was refused is there: {list}");
    done(&folder, &["key", "rotate", id]);
    done(&folder, &["key", "revoke", id]);
    let (list, _) = done(&folder, &["receiver", "list"]);
    assert!(list.matches("  acme  note.added\n    approved  GET /notes\n").count() == 2 && list.contains(id), "{list}");
}

pub(super) fn of_several_policies_one_is_named_where_both_have_the_operation(on: Database<'_>) {
    let folder = folder(on, "main");
    let second = "[[policies]]\nname = 'second'\nsource = 'openapi.yaml'\nbase-path = '/v2'\nenablement = 'all'\n\
         [policies.schemes.Key]\nstore = 'main'\n[policies.schemes.Other]\nstore = 'staff'\n[policies.schemes.Staff]\nstore = 'staff'\n";
    folder.write("gateway.toml", &configuration(free(), free(), &format!("{}{second}", rest(on, "main"))));
    done(&folder, &["organization", "create", "acme", "--allow-scopes", "notes:read notes:write"]);
    let issue = |arguments: &[&str]| store(&folder, &[&["key", "issue", "acme"], arguments].concat());
    let (code, _, err) = issue(&["--operation", "listNotes"]);
    assert!(code == 1 && err.contains("the policies `notes`, `second` have an operation `listNotes`"), "{err}");
    let (code, _, err) = issue(&["--operation", "listNotes", "--policy", "notes"]);
    assert!(code == 1 && err.contains("'GET /notes' is not enabled for `acme`"), "{err}");
    let (code, _, err) = issue(&["--operation", "listNotes", "--policy", "second"]);
    assert!(code == 0 && err.contains("    scopes   notes:read\n"), "{err}");
    // The first is enabled operation by operation, and nothing is; the second opens everything to whoever has the scope.
    let (code, _, err) = issue(&["--scopes", "notes:write"]);
    assert!(code == 0 && err.contains("    scopes   notes:write\n"), "{err}");
    let (code, _, err) = issue(&["--scopes", "notes:write", "--policy", "notes"]);
    assert!(code == 1 && err.contains("no operation that is enabled needs `notes:write`"), "{err}");
    let (code, _, err) = store(&folder, &["organization", "enable", "acme", "GET /v2/notes"]);
    assert!(code == 1 && err.contains("unknown operation `GET /v2/notes`; did you mean `GET /notes`?"), "{err}");
}
