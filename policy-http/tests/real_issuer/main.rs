//! Tokens of a real issuer, from discovery to decision: `oidc-provider` of npm, on this machine and by HTTPS.
//!
//! It needs Node 20 and npm, which fetches the package once. Where they are missing, the test says that it was skipped.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../entry/mod.rs"]
mod entry;
#[path = "../https/server.rs"]
mod server;

use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use common::Api;
use entry::{Entry, reason};
use policy_http::{
    Authenticator, Demands, Discovery, EnableAll, HttpsClient, Introspection, IntrospectionServer as _, Jwt,
    JwtAlgorithm, KeyBounds, Options,
};
use serde_json::Value;
use server::Authority;

const API: &str = "https://api.example";
const SECRET: &str = "a secret/of: the app";

/// The issuer's process, which ends with the test.
struct Issuer {
    process: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    url: String,
    client: HttpsClient,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The major version of Node, where it is installed together with npm.
fn node() -> Option<u32> {
    let said = |program: &str| {
        let output = Command::new(program).arg("--version").output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    };
    said("npm")?;
    said("node")?.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// A folder with the issuer's program and what it needs. `Err` says why there is none.
fn installed() -> Result<PathBuf, String> {
    match node() {
        Some(20..) => {}
        Some(old) => return Err(format!("Node is of version {old}, and 20 is needed")),
        None => return Err("`node` or `npm` is missing".to_owned()),
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real_issuer");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real-issuer");
    fs::create_dir_all(&folder).unwrap();
    let asked = fs::read(source.join("package.json")).unwrap();
    let is_there = fs::read(folder.join("package.json")).is_ok_and(|there| there == asked)
        && folder.join("node_modules/oidc-provider").exists();
    if !is_there {
        fs::write(folder.join("package.json"), asked).unwrap();
        let npm = Command::new("npm")
            .args(["install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(&folder)
            .output()
            .map_err(|error| error.to_string())?;
        if !npm.status.success() {
            let _ = fs::remove_file(folder.join("package.json"));
            return Err(format!("npm could not install it: {}", String::from_utf8_lossy(&npm.stderr)));
        }
    }
    fs::copy(source.join("issuer.mjs"), folder.join("issuer.mjs")).unwrap();
    Ok(folder)
}

impl Issuer {
    /// `None` where it cannot run here.
    fn start() -> Option<Self> {
        static INSTALLED: LazyLock<Result<PathBuf, String>> = LazyLock::new(installed);
        let folder = match &*INSTALLED {
            Ok(folder) => folder,
            Err(because) => {
                eprintln!("SKIPPED: no tokens of a real issuer were tried, since {because}");
                return None;
            }
        };
        let authority = Authority::new();
        let (certificate, key) = authority.certificate(&["localhost"]).pem();
        let mut process = Command::new("node")
            .arg("issuer.mjs")
            .current_dir(folder)
            .env("CERTIFICATE", certificate)
            .env("KEY", key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (process.stdin.take(), BufReader::new(process.stdout.take().unwrap()).lines());
        let client = HttpsClient::trusting(authority.pem()).unwrap();
        let mut issuer = Self { process, input, output, url: String::new(), client };
        let port = issuer.line();
        issuer.url = format!("https://localhost:{port}");
        Some(issuer)
    }

    /// The next line that the program itself prints.
    fn line(&mut self) -> String {
        loop {
            let line = self.output.next().unwrap_or_else(|| panic!("the issuer ended")).unwrap();
            if let Some(own) = line.strip_prefix("issuer: ") {
                return own.to_owned();
            }
        }
    }

    fn rotate_keys(&mut self) {
        writeln!(self.input.as_mut().unwrap()).unwrap();
        assert_eq!(self.line(), "new keys");
    }

    /// Posts a form as the client `app`, and answers the body of a 200. A server for introspection is asked in the very same way.
    async fn post(&self, path: &str, form: String) -> String {
        let server = self.client.introspection(format!("{}{path}", self.url), "app", SECRET).unwrap();
        server.post(form).await.unwrap()
    }

    async fn token(&self, resource: &str, scope: &str) -> String {
        let scope = if scope.is_empty() { String::new() } else { format!("&scope={}", scope.replace(' ', "+")) };
        let form = format!("grant_type=client_credentials&resource={resource}{scope}");
        let answer: Value = serde_json::from_str(&self.post("/token", form).await).unwrap();
        answer.get("access_token").and_then(Value::as_str).unwrap().to_owned()
    }

    fn tokens(&self) -> impl Authenticator<Api> {
        let keys = Discovery::new(self.url.clone(), self.client.clone()).unwrap();
        let bounds = KeyBounds::default().with_at_most_every(Duration::ZERO);
        Jwt::new(self.url.clone(), API, JwtAlgorithm::Rs256, keys).with_key_bounds(bounds)
    }
}

async fn told(authenticator: Arc<impl Authenticator<Api>>, method: &str, path: &str, token: &str) -> String {
    let gate = Entry::new(authenticator, EnableAll, Options::<Api>::new());
    let header = format!("Bearer {token}");
    let answer = gate.admit(common::operation(method, path), &common::parts("/", &[("authorization", &header)])).await;
    match answer {
        Ok(mut admitted) => admitted.take_allowed().unwrap().principal().subject().unwrap().to_owned(),
        Err(answer) => format!("{} {}", answer.status().as_u16(), reason(&answer)),
    }
}

#[tokio::test]
async fn tokens_of_a_real_issuer_are_decided_by_their_scopes_through_a_rotation_of_its_keys() {
    let Some(mut issuer) = Issuer::start() else { return };
    let tokens = Arc::new(issuer.tokens());
    let read = issuer.token(API, "files:read").await;
    for (case, token, expected) in [
        ("with the scope", read.clone(), "app"),
        ("with more scopes", issuer.token(API, "files:write files:read").await, "app"),
        ("with another scope", issuer.token(API, "files:write").await, "403 insufficient_scope"),
        ("without any", issuer.token(API, "").await, "403 insufficient_scope"),
        ("for another API", issuer.token("https://other.example", "files:read").await, "401 invalid_credential"),
        ("opaque", issuer.token("https://opaque.example", "files:read").await, "401 malformed_credential"),
        ("with its last character changed", changed(&read), "401 invalid_credential"),
    ] {
        assert_eq!(told(Arc::clone(&tokens), "GET", "/v1/files", &token).await, expected, "{case}");
    }

    issuer.rotate_keys();
    let new = issuer.token(API, "files:read").await;
    assert_eq!(told(Arc::clone(&tokens), "GET", "/v1/files", &new).await, "app", "of a key that was not known before");
    assert_eq!(
        told(Arc::clone(&tokens), "GET", "/v1/files", &read).await,
        "401 invalid_credential",
        "of a key that is published no more"
    );

    // Keys that were fetched are used while the issuer is down; without any, nobody is known.
    let later = Arc::new(issuer.tokens());
    issuer.process.kill().unwrap();
    issuer.process.wait().unwrap();
    assert_eq!(told(Arc::clone(&tokens), "GET", "/v1/files", &new).await, "app");
    assert_eq!(told(later, "GET", "/v1/files", &new).await, "503 authentication_unavailable");
}

/// The token with another signature.
fn changed(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", signature.get(1..).unwrap())
}

#[tokio::test]
async fn opaque_tokens_of_a_real_issuer_are_introspected_until_they_are_revoked() {
    let Some(issuer) = Issuer::start() else { return };
    let opaque = "https://opaque.example";
    let introspection = |audience: &str| {
        let server = issuer.client.introspection(format!("{}/token/introspection", issuer.url), "app", SECRET).unwrap();
        let demands = Demands::new().audience(audience).issuer(issuer.url.clone()).token_type("Bearer");
        Arc::new(Introspection::<Api, _>::new(server, demands).unwrap().with_cache(0, Duration::ZERO))
    };
    let token = issuer.token(opaque, "files:read").await;
    assert_eq!(told(introspection(opaque), "GET", "/v1/files", &token).await, "app");
    assert_eq!(
        told(introspection(API), "GET", "/v1/files", &token).await,
        "401 invalid_credential",
        "another audience"
    );
    let write = issuer.token(opaque, "files:write").await;
    assert_eq!(told(introspection(opaque), "GET", "/v1/files", &write).await, "403 insufficient_scope");
    assert_eq!(told(introspection(opaque), "GET", "/v1/files", "made-up").await, "401 invalid_credential");
    issuer.post("/token/revocation", format!("token={token}")).await;
    assert_eq!(told(introspection(opaque), "GET", "/v1/files", &token).await, "401 invalid_credential", "revoked");
}
