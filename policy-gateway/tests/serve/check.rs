//! `policy-gateway check`, `schema` and what the command line says.

use super::running::{Folder, configuration, run};
use super::{POLICY, document};

#[test]
fn everything_that_is_wrong_is_shown_at_once() {
    let folder = Folder::new();
    folder.write("openapi.yaml", &document("notes:read").replace("security: [{ Key: [] }]", "security: [{ Kye: [] }]"));
    folder.write("good.yaml", &document("notes:read"));
    let other = "
[[policies]]
name = 'other'
source = 'missing.yaml'
enablement = 'all'
document-key = 'other'
[[policies]]
name = 'good'
source = 'good.yaml'
base-path = '/good'
enablement = 'all'
[policies.schemes.Keey]
introspection = { url = 'https://a', client-id = 'b', client-secret-env = 'POLICY_GATEWAY_NO_SUCH', audience = 'a' }
[[policies.shadow]]
operations = ['GET /good/note']
until = '2099-01-31'
reason = 'try'
";
    let text = configuration(9191, 9901, &format!("{POLICY}{other}"))
        .replace("address = \"127.0.0.1:9191\"", "address = \"127.0.0.1:9191\"\ndocument-from = \"X-Policy\"");
    folder.write("gateway.toml", &text);
    let (code, out, err) = run(&folder.0, &["check"]);
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    for told in [
        "scheme-unresolved",
        "did you mean `Key`?",
        "openapi.yaml:",
        "`missing.yaml` cannot be read",
        "the document has no security scheme `Keey`",
        "the document has no operation `GET /good/note`",
        "did you mean `GET /good/notes`?",
        "nobody authenticates the scheme `Key` of the document",
        "keys.db",
    ] {
        assert!(err.contains(told), "`{told}` is not in\n{err}");
    }
    let (code, _, err) = run(&folder.0, &["serve"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("scheme-unresolved"), "{err}");

    // A mistake in the file itself hides none of its documents.
    folder.write("gateway.toml", &format!("{text}[log]\nlevle = 'warn'\n"));
    let (code, _, err) = run(&folder.0, &["check", "--offline"]);
    assert_eq!(code, 1, "{err}");
    for told in ["did you mean `level`?", "did you mean `Key`?", "openapi.yaml:", "`missing.yaml` cannot be read"] {
        assert!(err.contains(told), "`{told}` is not in\n{err}");
    }
}

#[test]
fn what_is_right_is_said_with_its_fingerprint_and_nothing_is_created() {
    let folder = Folder::new();
    folder.write("openapi.yaml", &document("notes:read"));
    folder
        .write("gateway.toml", &configuration(9191, 9901, &POLICY.replace("key-prefix", "create = true\nkey-prefix")));
    let (code, out, err) = run(&folder.0, &["check", "gateway.toml"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("notes: 2 operations, fingerprint ") && out.contains("`gateway.toml` is right"), "{out}");
    assert!(!folder.0.join("keys.db").exists());
}

#[test]
fn offline_neither_databases_nor_secrets_are_needed() {
    let folder = Folder::new();
    folder.write("openapi.yaml", &document("notes:read"));
    folder.write("gateway.toml", &configuration(9191, 9901, POLICY));
    assert_eq!(run(&folder.0, &["check"]).0, 1);
    let (code, out, err) = run(&folder.0, &["check", "--offline"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
}

#[test]
fn a_source_may_be_a_folder_or_its_policy_toml() {
    for source in ["notes", "notes/policy.toml", "notes/openapi.yaml"] {
        let folder = Folder::new();
        std::fs::create_dir(folder.0.join("notes")).unwrap();
        folder.write("notes/policy.toml", "document = 'openapi.yaml'\nbase-path = '/v7'\n");
        folder.write("notes/openapi.yaml", &document("notes:read"));
        let rest = POLICY.replace("openapi.yaml", source)
            + "[[policies.shadow]]\noperations = ['GET /v7/notes']\nuntil = '2099-01-31'\nreason = 'a'\n";
        folder.write("gateway.toml", &configuration(9191, 9901, &rest));
        let (code, _, err) = run(&folder.0, &["check", "--offline"]);
        assert_eq!(code, 0, "{source}\n{err}");
    }
}

#[test]
fn the_schema_is_printed() {
    let folder = Folder::new();
    let (code, out, _) = run(&folder.0, &["schema"]);
    assert_eq!((code, out), (0, policy_gateway::Configuration::schema()));
}

#[test]
fn every_page_of_help_is_known() {
    let folder = Folder::new();
    let pages = [
        vec!["--help"],
        vec!["serve", "--help"],
        vec!["check", "--help"],
        vec!["schema", "--help"],
        vec!["demo", "--help"],
    ];
    let shown = pages.map(|page| format!("$ policy-gateway {}\n{}", page.join(" "), run(&folder.0, &page).1));
    insta::assert_snapshot!("help", shown.join("\n"));
}

#[test]
fn help_says_what_to_do_first() {
    let folder = Folder::new();
    let (code, out, _) = run(&folder.0, &["--help"]);
    assert!(code == 0 && out.contains("policy-gateway demo") && out.contains("Exit codes:"), "{out}");
    let (code, out, _) = run(&folder.0, &["serve", "--help"]);
    assert!(code == 0 && out.contains("SIGHUP") && out.contains("gateway.toml"), "{out}");
    let (code, _, err) = run(&folder.0, &["serve", "--config", "none.toml"]);
    assert!(code == 1 && err.contains("`none.toml` cannot be read"), "{err}");
}

/// A start or a reload that waits for a pipe would wait for ever, and hold up each later one.
#[test]
fn whatever_file_is_a_pipe_or_a_device_is_refused_at_once() {
    let folder = Folder::new();
    folder.write("openapi.yaml", &document("notes:read"));
    folder.write("refers.yaml", &document("notes:read").replace("{ get: { security: [] } }", "{ $ref: 'parts/pipe' }"));
    for name in ["parts", "piped", "overlaid"] {
        std::fs::create_dir(folder.0.join(name)).unwrap();
    }
    folder.write("piped/openapi.yaml", &document("notes:read"));
    folder.write("overlaid/openapi.yaml", &document("notes:read"));
    folder.write("overlaid/policy.toml", "document = 'openapi.yaml'\noverlays = ['pipe']\n");
    folder.write("secret", "secret");
    for pipe in ["pipe", "parts/pipe", "piped/policy.toml", "overlaid/pipe"] {
        assert!(std::process::Command::new("mkfifo").arg(folder.0.join(pipe)).status().unwrap().success());
    }
    let good = configuration(9191, 9901, &POLICY.replace("key-prefix", "create = true\nkey-prefix"));
    let address = "address = \"127.0.0.1:9191\"";
    let tls = |key: &str| format!("{address}\ntls = {{ certificate = '{key}', key = '{key}' }}");
    let asked = |authority: &str, secret: &str| {
        good.replace("[policies.identity]", "[policies.schemes.Other.introspection]").replace(
            "scopes = 'X-Scopes'\nsubject = 'X-Subject'\n",
            &format!("url = 'https://a'\nclient-id = 'b'\naudience = 'c'\nca-file = '{authority}'\nclient-secret-file = '{secret}'\n"),
        )
    };
    let assertion = |key: &str| {
        good.replace("[policies.identity]", "[policies.assertion]")
            .replace("scopes = 'X-Scopes'\nsubject = 'X-Subject'\n", &format!("key-file = '{key}'\naudience = 'c'\n"))
    };
    let with_scheme = |text: String| {
        let scheme = "Key: { type: http, scheme: bearer }\n    Other: { type: apiKey, in: header, name: X-A }";
        folder.write("two.yaml", &document("notes:read").replace("Key: { type: http, scheme: bearer }", scheme));
        text.replace("openapi.yaml", "two.yaml")
    };
    for (what, text) in [
        ("a certificate", good.replace(address, &tls("pipe"))),
        ("a device", good.replace(address, &tls("/dev/zero"))),
        ("the document", good.replace("openapi.yaml", "pipe")),
        ("a document that is a device", good.replace("openapi.yaml", "/dev/zero")),
        ("a part of the document", good.replace("openapi.yaml", "refers.yaml")),
        ("policy.toml", good.replace("openapi.yaml", "piped/policy.toml")),
        ("policy.toml above the document", good.replace("openapi.yaml", "piped/openapi.yaml")),
        ("an overlay", good.replace("openapi.yaml", "overlaid")),
        ("an authority", with_scheme(asked("pipe", "secret"))),
        ("a secret", with_scheme(asked("good.toml", "pipe"))),
        ("a signing key", assertion("pipe")),
        ("the address of a database", good.replace("sqlite = 'keys.db'\ncreate = true", "url-file = 'pipe'")),
    ] {
        folder.write("gateway.toml", &text);
        let begin = std::time::Instant::now();
        let (code, _, err) = run(&folder.0, &["check"]);
        assert!(code == 1 && err.contains("it is a pipe or a device; name an ordinary file"), "{what}: {code}\n{err}");
        assert!(begin.elapsed() < std::time::Duration::from_secs(20), "{what}: {:?}", begin.elapsed());
    }
    // Somebody who would write a right configuration, so that reading it would succeed.
    folder.write("good.toml", &good);
    let mut writer = std::process::Command::new("sh")
        .args(["-c", "exec cat good.toml > pipe"])
        .current_dir(&folder.0)
        .spawn()
        .unwrap();
    let (code, _, err) = run(&folder.0, &["check", "pipe"]);
    assert!(code == 1 && err.contains("it is a pipe or a device"), "{code}\n{err}");
    writer.kill().unwrap();
    writer.wait().unwrap();
    // A link that leads nowhere is not as if there were no policy.toml.
    std::fs::remove_file(folder.0.join("piped/policy.toml")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.0.join("piped/policy.toml")).unwrap();
    folder.write("gateway.toml", &good.replace("openapi.yaml", "piped/openapi.yaml"));
    let (code, _, err) = run(&folder.0, &["check"]);
    assert!(code == 1 && err.contains("policy.toml` cannot be read"), "{code}\n{err}");
}

/// What `check` says comes after documents and issuers, of what no reader of the file alone can know.
#[test]
fn a_secret_that_cannot_be_had_is_told_without_its_name() {
    let folder = Folder::new();
    folder.write("openapi.yaml", &document("notes:read"));
    for key in ["url-env = 'hunter2'", "url-file = 'hunter2'"] {
        folder.write("gateway.toml", &configuration(9191, 9901, &POLICY.replace("sqlite = 'keys.db'", key)));
        for arguments in [&["check"][..], &["serve"], &["store", "key", "list"]] {
            let (code, _, err) = run(&folder.0, arguments);
            assert!(code != 0 && err.contains("gives no secret") && !err.contains("hunter2"), "{key}\n{err}");
        }
    }
    std::fs::create_dir(folder.0.join("notes")).unwrap();
    folder.write("notes/openapi.yaml", &document("notes:read"));
    folder.write("notes/policy.toml", "document = 'openapi.yaml'\npasword = 'hunter2'\n");
    folder.write("gateway.toml", &configuration(9191, 9901, &POLICY.replace("openapi.yaml", "notes")));
    let (code, _, err) = run(&folder.0, &["check", "--offline"]);
    assert!(code == 1 && err.contains("pasword = '…'") && !err.contains("hunter2"), "{err}");
}

#[test]
fn a_check_changes_nothing_in_a_database_and_says_what_it_needs() {
    let folder = Folder::new();
    folder.write("openapi.yaml", &document("notes:read"));
    folder.write("gateway.toml", &configuration(9191, 9901, POLICY));
    // A database without tables of the store, as an application has it that is to have some.
    folder.write("keys.db", "");
    let (code, out, err) = run(&folder.0, &["check"]);
    assert!(code == 0 && out.contains("is right"), "{out}{err}");
    assert!(err.contains("store `main` needs the migrations 1 to 2: `policy-gateway store migrate` does it"), "{err}");
    assert_eq!(folder.read("keys.db"), "", "the database was written");
    let names = || {
        let mut names: Vec<_> = std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["gateway.toml", "keys.db", "openapi.yaml"]);

    let (code, _, err) = run(&folder.0, &["store", "migrate"]);
    assert_eq!((code, err.as_str()), (0, "applied the migrations 1 to 2 to the database of the store `main`\n"));
    let (code, _, err) = run(&folder.0, &["store", "migrate"]);
    assert_eq!((code, err.as_str()), (0, "the database of the store `main` is up to date\n"));
    let (before, bytes) = (names(), std::fs::read(folder.0.join("keys.db")).unwrap());
    let (code, _, err) = run(&folder.0, &["check"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!((names(), std::fs::read(folder.0.join("keys.db")).unwrap()), (before, bytes));
}
