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

/// A reload that waits for a pipe would hold up each later one.
#[test]
fn a_configuration_or_a_certificate_that_is_a_pipe_is_refused_at_once() {
    let folder = Folder::new();
    folder.write("openapi.yaml", &document("notes:read"));
    let text = configuration(9191, 9901, &POLICY.replace("key-prefix", "create = true\nkey-prefix"));
    folder.write("good.toml", &text);
    let tls = "address = \"127.0.0.1:9191\"\ntls = { certificate = 'pipe', key = 'pipe' }";
    folder.write("tls.toml", &text.replace("address = \"127.0.0.1:9191\"", tls));
    let made = std::process::Command::new("mkfifo").arg(folder.0.join("pipe")).status().unwrap();
    assert!(made.success());
    // Somebody who would write a right configuration, so that reading it would succeed.
    let mut writer = std::process::Command::new("sh")
        .args(["-c", "exec cat good.toml > pipe"])
        .current_dir(&folder.0)
        .spawn()
        .unwrap();
    for file in ["pipe", "tls.toml"] {
        let (code, _, err) = run(&folder.0, &["check", file]);
        assert!(code != 0 && err.contains("it is a pipe or a device; name an ordinary file"), "{file}: {code}\n{err}");
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
}
