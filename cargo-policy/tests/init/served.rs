//! From an empty package and a document to answered requests: what is written compiles without a warning, and refuses.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::package::{CLINIC, Package, Ran, assert_formatted, ran, root};

const TOKENS: &str = "openapi: 3.0.3
info: { title: Files, version: '1' }
servers: [{ url: 'https://files.example/v1' }]
security: [{ OAuth: [files:read] }]
paths:
  /files: { get: { operationId: listFiles }, post: { operationId: addFile, security: [{ OAuth: [files:write] }] } }
  /files/{id}/a-name-that-is-long-enough-to-be-broken-by-rustfmt: { get: { summary: 'Reads.', operationId: readTheFileOfThisVeryLongNameThatNobodyWouldEverWriteByHand } }
  /health: { get: { operationId: type, security: [] } }
  /me: { get: { operationId: me, security: [{ Login: [] }] } }
components:
  securitySchemes:
    OAuth: { type: oauth2, flows: { clientCredentials: { tokenUrl: 'https://issuer.example/token', scopes: { files:read: Read, files:write: Write } } } }
    Login: { type: http, scheme: basic }
";

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_path_buf()
}

fn cargo(folder: &Path, arguments: &[&str]) -> Ran {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments).current_dir(folder);
    cargo.env("CARGO_TARGET_DIR", target()).env("CARGO_TERM_COLOR", "never").env("INSTA_UPDATE", "always");
    for variable in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_ENCODED_RUSTFLAGS", "OUT_DIR"] {
        cargo.env_remove(variable);
    }
    ran(cargo.output().unwrap())
}

/// A package of a workspace, set up.
fn member(name: &str, document: &str, arguments: &[&str]) -> Package {
    let package = Package::with(&format!("served/{name}"), document);
    let ran = package.init(arguments);
    assert_eq!(ran.code, 0, "{name}: {}{}", ran.out, ran.err);
    assert_formatted(&package);
    package
}

#[test]
fn an_empty_package_becomes_a_service_that_refuses() {
    let keys = member("init-keys", CLINIC, &[]);
    let workspace = keys.0.parent().unwrap().to_path_buf();
    let cookie =
        CLINIC.replace("type: http\n      scheme: bearer", "type: apiKey\n      in: cookie\n      name: session");
    member("init-pending", &cookie, &["--handlers", "pending"]);
    member("init-tokens", TOKENS, &[]);
    member("init-asked", TOKENS, &["--bearer", "introspection", "--module", "guarded"]);
    let old = member("init-old", CLINIC, &["--handlers", "elsewhere"]);
    old.write(
        "src/main.rs",
        "mod api;\n\nfn main() -> Result<(), Box<dyn std::error::Error>> {\n    let old = axum::Router::new();\n    \
         let _app: axum::Router = api::guard(api::callers()?, old).try_with_state(())?;\n    Ok(())\n}\n",
    );
    let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"init-*\"]\n\
                    [profile.dev]\ndebug = \"line-tables-only\"\n[profile.dev.package.\"*\"]\ndebug = false\n";
    std::fs::write(workspace.join("Cargo.toml"), manifest).unwrap();
    std::fs::copy(root().join("Cargo.lock"), workspace.join("Cargo.lock")).unwrap();

    let ran = cargo(&workspace, &["test", "--workspace", "--offline"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(!ran.err.contains("warning"), "{}", ran.err);
    assert_eq!(ran.out.matches("a_call_needs_a_credential_and_its_scopes ... ok").count(), 4, "{}", ran.out);
    assert_eq!(ran.out.matches("who_may_call_what ... ok").count(), 5, "{}", ran.out);
    let audit = keys.read("src/api/snapshots/init_keys__api__tests__who_may_call_what.snap");
    assert!(audit.contains("needed by  GET /encounters/{encounter_id}/audio"), "{audit}");

    let built = cargo(&workspace, &["build", "-p", "init-keys", "--offline"]);
    assert_eq!(built.code, 0, "{}", built.err);
    let (service, address, key) = Service::start(&target().join("debug/init-keys"));
    let key = format!("Authorization: Bearer {key}\r\n");
    for (path, header, status) in [
        ("/encounters", "", "401"),
        ("/encounters", "Authorization: Bearer init_keys_0123_4567\r\n", "401"),
        ("/encounters", key.as_str(), "403"),
        ("/nothing", "", "401"),
        ("/nothing", key.as_str(), "404"),
    ] {
        let answer = ask(&address, path, header);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path} with `{header}`: {answer}");
    }
    drop(service);
}

/// The program of a set-up, until it is dropped.
struct Service(Child);

impl Service {
    /// It says where it serves and a key.
    fn start(program: &Path) -> (Self, String, String) {
        let mut child = Command::new(program)
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let service = Self(child);
        let line = |reader: Box<dyn std::io::Read>, before: &str| {
            let mut line = String::new();
            BufReader::new(reader).read_line(&mut line).unwrap();
            line.trim_end().strip_prefix(before).unwrap_or_else(|| panic!("{line}")).to_owned()
        };
        let key = line(Box::new(err), "a key without scopes: ");
        (service, line(Box::new(out), "serving http://"), key)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ask(address: &str, path: &str, header: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n{header}Connection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The other frameworks have a guard, an authenticator and the audit, and the rest is said.
#[test]
#[ignore = "compiles every framework: cargo test -p cargo-scope-policy --test init -- --ignored frameworks"]
fn the_other_frameworks_compile() {
    let mut workspace = PathBuf::new();
    for framework in ["actix-web", "poem", "rocket", "salvo", "hyper"] {
        let package = member(&format!("frameworks/init-{framework}"), CLINIC, &["--framework", framework]);
        package.write(
            "src/main.rs",
            "mod api;\n\nfn main() {\n    let _guard = api::guard(api::callers().unwrap());\n}\n",
        );
        workspace = package.0.parent().unwrap().to_path_buf();
    }
    let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"init-*\"]\n";
    std::fs::write(workspace.join("Cargo.toml"), manifest).unwrap();
    std::fs::copy(root().join("Cargo.lock"), workspace.join("Cargo.lock")).unwrap();
    // Their default features have crates that this workspace does not, so that the index may have to be asked.
    let ran = cargo(&workspace, &["check", "--workspace", "--tests"]);
    assert!(ran.code == 0 && !ran.err.contains("warning"), "{}", ran.err);
}
