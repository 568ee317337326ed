//! `policy-gateway store`: keys by the command line, as a running gateway sees them.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use policy_store::sqlx::{self, AssertSqlSafe, Connection as _, PgConnection};

use super::running::{Folder, configuration, free, run};
use super::server::Server;
use super::store_behaviour;

/// A document with a scope for each method, an operation that needs either of two, one that needs a second credential, and a public one.
const DOCUMENT: &str = "
openapi: 3.1.0
info: { title: Notes, version: '1' }
paths:
  /notes:
    get: { operationId: listNotes, security: [{ Key: [] }], x-required-scopes: ['notes:read'] }
    post: { operationId: addNote, security: [{ Key: [] }], x-required-scopes: ['notes:write'] }
  /search:
    get: { security: [{ Other: ['search:any'] }, { Key: ['notes:read'] }, { Key: ['search:all'] }] }
  /both:
    get: { security: [{ Key: ['notes:both'], Staff: ['staff:read'] }] }
  /staff:
    get: { security: [{ Staff: ['staff:read'] }] }
  /health:
    get: { security: [] }
webhooks:
  note.added:
    post: { x-follow-up: [listNotes, 'GET /search', 'GET /both', addNote] }
components:
  securitySchemes:
    Key: { type: http, scheme: bearer }
    Other: { type: apiKey, in: header, name: X-Other }
    Staff: { type: apiKey, in: header, name: X-Staff }
";

/// Where the store `main` is.
#[derive(Clone, Copy)]
pub(super) enum Database<'s> {
    Sqlite,
    Postgres(&'s Server),
}

/// The configuration's stores and policies. The schemes `Other` and `Staff` are those of another store.
pub(super) fn rest(on: Database<'_>, enablement: &str) -> String {
    let main = match on {
        Database::Sqlite => "sqlite = 'keys.db'\ncreate = true",
        Database::Postgres(_) => "url-file = 'main.url'",
    };
    format!(
        "[[stores]]\nname = 'main'\n{main}\nkey-prefix = 'acme_sk'\n\
         [[stores]]\nname = 'staff'\nsqlite = 'staff.db'\ncreate = true\nkey-prefix = 'acme_staff'\n\
         [[policies]]\nname = 'notes'\nsource = 'openapi.yaml'\nenablement = '{enablement}'\n\
         [policies.schemes.Key]\nstore = 'main'\n[policies.schemes.Other]\nstore = 'staff'\n\
         [policies.schemes.Staff]\nstore = 'staff'\n"
    )
}

pub(super) fn folder(on: Database<'_>, enablement: &str) -> Folder {
    let folder = Folder::new();
    folder.write("openapi.yaml", DOCUMENT);
    if let Database::Postgres(server) = on {
        folder.write("main.url", &database(server));
    }
    folder.write("gateway.toml", &configuration(free(), free(), &rest(on, enablement)));
    folder
}

/// The address of an empty database.
fn database(server: &Server) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    execute(&server.url("postgres"), &format!("CREATE DATABASE {name}"));
    server.url(&name)
}

/// Runs statements in the database of an address.
fn execute(url: &str, statements: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
    });
}

/// Each behaviour by its name, for a macro that makes tests of them.
macro_rules! behaviours {
    ($each:ident) => {
        $each! {
            a_key_opens_what_it_was_issued_for_and_is_refused_within_a_second_once_it_is_revoked
            what_is_enabled_for_an_organization_decides_what_its_key_holds
            a_key_holds_the_least_and_never_more
            each_mistake_says_what_to_do
            a_receiver_gets_the_least_for_the_follow_ups_it_is_approved_for
            of_several_policies_one_is_named_where_both_have_the_operation
        }
    };
}

macro_rules! on_sqlite {
    ($($behaviour:ident)*) => {$(
        #[test]
        fn $behaviour() {
            store_behaviour::$behaviour(Database::Sqlite);
        }
    )*};
}
behaviours!(on_sqlite);

/// One server for all of them, since it takes some seconds to start. What failed is named by the panic.
#[test]
fn every_behaviour_is_the_same_on_postgres() {
    let Some(server) = Server::start() else { return };
    macro_rules! one_after_the_other {
        ($($behaviour:ident)*) => {$(
            println!(stringify!($behaviour));
            store_behaviour::$behaviour(Database::Postgres(&server));
        )*};
    }
    behaviours!(one_after_the_other);
    a_check_needs_an_account_that_may_read_and_nothing_else(&server);
}

fn a_check_needs_an_account_that_may_read_and_nothing_else(server: &Server) {
    let folder = folder(Database::Postgres(server), "main");
    let url = folder.read("main.url");
    execute(&url, "CREATE ROLE reader LOGIN; ALTER ROLE reader SET default_transaction_read_only = on");
    let as_reader = url.replace("postgres://api@", "postgres://reader@");
    folder.write("main.url", &as_reader);
    let check = || run(&folder.0, &["check"]);
    let (code, _, err) = check();
    assert!(code == 0 && err.contains("store `main` needs the migrations 1 to 2"), "{err}");
    folder.write("main.url", &url);
    let (code, _, err) = check();
    assert!(code == 0 && err.contains("store `main` needs the migrations 1 to 2"), "a check made tables: {err}");
    assert!(done(&folder, &["migrate"]).1.starts_with("applied the migrations 1 to 2 "));

    folder.write("main.url", &as_reader);
    let (code, _, err) = check();
    assert!(code == 1 && err.contains("cannot be read") && err.contains("permission denied"), "{err}");
    execute(&url, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
    assert_eq!((check().0, check().2), (0, String::new()));
    // What a newer version left is told, and nothing is made of it.
    execute(&url, "UPDATE policy_store_migrations SET version = 7 WHERE version = 2");
    let (code, _, err) = check();
    assert!(code == 1 && err.contains("has the migration 7, which this version does not know"), "{err}");
}

/// What a command in the store `main` prints, and its exit code.
pub(super) fn store(folder: &Folder, arguments: &[&str]) -> (i32, String, String) {
    run(&folder.0, &[&["store", "--store", "main"], arguments].concat())
}

/// What a command that succeeds prints: its output, and its notes.
#[track_caller]
pub(super) fn done(folder: &Folder, arguments: &[&str]) -> (String, String) {
    let (code, out, err) = store(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {err}");
    (out, err)
}

/// A key, and its id.
#[track_caller]
pub(super) fn issued(folder: &Folder, arguments: &[&str]) -> (String, String) {
    let (out, err) = done(folder, &[&["key", "issue"], arguments].concat());
    let key = out.strip_suffix('\n').unwrap().to_owned();
    let id = key.strip_prefix("acme_sk_").unwrap().split('_').next().unwrap().to_owned();
    assert!(!key.contains(char::is_whitespace) && !err.contains(&key), "the key alone is the output: {out} {err}");
    (key, id)
}

/// The part of the page that a newcomer follows, with these ports in place of its own.
fn first_minutes(listener: u16, admin: u16) -> String {
    let page = include_str!("../../../docs/gateway.md");
    let section = page.split("## The first five minutes").nth(1).unwrap().split("\n## ").next().unwrap();
    section.replace(":9191", &format!(":{listener}")).replace(":9901", &format!(":{admin}"))
}

#[test]
fn the_first_five_minutes_of_the_page_end_with_an_answer_for_an_issued_key() {
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("skipped: curl is not installed");
        return;
    }
    let section = first_minutes(free(), free());
    let block =
        |language: &str| section.split(&format!("```{language}\n")).nth(1).unwrap().split("```").next().unwrap();
    let folder = Folder::new();
    folder.write("openapi.yaml", block("yaml"));
    folder.write("gateway.toml", block("toml"));
    let (mut script, mut expected) = (String::from("set -e\ntrap 'kill $!' EXIT\n"), Vec::new());
    // The first block starts the demonstration, which has a test of its own.
    for console in section.split("```console\n").skip(2).map(|rest| rest.split("```").next().unwrap()) {
        for line in console.lines() {
            match line.strip_prefix("$ ") {
                Some(command) => script.push_str(&format!("{command}\n")),
                None if line.starts_with("    ") => script.push_str(&format!("{line}\n")),
                None => expected.push(line),
            }
        }
    }
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_policy-gateway")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let shell = Command::new("sh").args(["-c", &script]).current_dir(&folder.0).env("PATH", path).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&shell.stdout), String::from_utf8_lossy(&shell.stderr));
    assert_eq!(expected, ["200", "403", "401"]);
    assert!(shell.status.success() && out.ends_with(&format!("{}\n", expected.join("\n"))), "{script}{out}{err}");
}

#[test]
fn every_page_of_help_is_known() {
    let folder = Folder::new();
    let pages: Vec<Vec<&str>> = [
        &[][..],
        &["organization"],
        &["organization", "create"],
        &["organization", "enable"],
        &["organization", "disable"],
        &["organization", "allow"],
        &["organization", "disallow"],
        &["key"],
        &["key", "issue"],
        &["key", "rotate"],
        &["key", "revoke"],
        &["receiver"],
        &["receiver", "add"],
        &["receiver", "list"],
        &["migrate"],
    ]
    .iter()
    .map(|page| [&["store"], *page, &["--help"]].concat())
    .collect();
    let shown: Vec<String> =
        pages.iter().map(|page| format!("$ policy-gateway {}\n{}", page.join(" "), run(&folder.0, page).1)).collect();
    insta::assert_snapshot!("help", shown.join("\n"));
}
