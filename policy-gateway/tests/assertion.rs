//! From the gateway to the service: what the one signs, the guard of the other accepts, and nothing else. And the keys that both need.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../../policy-http/tests/common/mod.rs"]
mod common;
#[path = "../../policy-http/tests/entry/mod.rs"]
mod entry;

mod authorizing;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fs};

use authorizing::{NoPosts, Secrets};
use common::{Api, POLICY, schemes};
use entry::Entry;
use http::HeaderName;
use policy_core::Principal;
use policy_gateway::assertion::SignedAssertion;
use policy_gateway::authorizer::{PolicyEntry, PolicySet};
use policy_gateway::keys::{KeysCommand, KeysError, SigningKeys};
use policy_gateway::{Authorizer, Outcome};
use policy_http::run_time::{Gate, Options, Policy};
use policy_http::{EnableAll, GatewayAssertion, ManualClock};

const NOW: u64 = 1_800_000_000;
/// The document of the service, with another operation that the service was compiled without.
const DOCUMENT: &str = "
openapi: 3.1.0
info: { title: Files, version: 1.0.0 }
servers: [{ url: /v1 }]
paths:
  /files:
    get:
      parameters: [{ name: limit, in: query, schema: { type: integer } }]
      security: [{ OAuth2: [files:read] }, { Key: [] }]
  /files/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    delete: { security: [{ OAuth2: [files:write] }] }
  /search:
    get:
      parameters: [{ name: q, in: query, schema: { type: string } }]
      security: [{}, { OAuth2: [files:read] }]
components:
  securitySchemes:
    OAuth2: { type: oauth2, flows: { clientCredentials: { tokenUrl: /t, scopes: { files:read: Read, files:write: Write } } } }
    Key: { type: apiKey, in: header, name: X-Key }
";

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// A gateway before that document, which signs by these keys.
fn gateway(keys: SigningKeys, now: u64) -> Authorizer {
    let engine = authorizing::engine(DOCUMENT);
    let policy = Policy::new(engine.shared_policy(), &engine.served().base_path, POLICY.fingerprint());
    let gate = Gate::new(policy, Arc::new(NoPosts), Options::new());
    let gate =
        gate.authenticator("OAuth2", Arc::new(Secrets)).unwrap().authenticator("Key", Arc::new(Secrets)).unwrap();
    let signed = SignedAssertion::new("files", Arc::new(keys), engine.shared_policy(), POLICY.fingerprint()).unwrap();
    let signed = signed.with_clock(Arc::new(ManualClock::at(now)));
    let entry = PolicyEntry::new("files", engine, gate).with_assertion(Arc::new(signed));
    Authorizer::new(PolicySet::new(vec![entry]).unwrap())
}

/// What the gateway's admission adds for the upstream, or the status of its denial.
async fn admitted(gateway: &Authorizer, method: &str, target: &str, headers: &[(&str, &str)]) -> Result<String, u16> {
    match gateway.decide("edge", &authorizing::request(method, target, headers)).await {
        Outcome::Allowed(admission) => Ok(admission.set["policy-assertion"].to_str().unwrap().to_owned()),
        Outcome::Denied(response) => Err(response.status().as_u16()),
    }
}

/// Whom the service's guard lets in with that assertion, or the status of its denial.
async fn served(
    keys: &str,
    now: u64,
    operation: (&str, &str),
    method: &str,
    target: &str,
    assertion: &str,
) -> Result<Principal<Api>, u16> {
    let gateway = GatewayAssertion::new("files", POLICY.schemes(), keys).unwrap().with_clock(ManualClock::at(now));
    let entry = Entry::new(gateway, EnableAll, policy_http::Options::new());
    let parts = common::request(method, target, &[("policy-assertion", assertion), ("authorization", "Bearer eve/")]);
    match entry.endpoint(common::operation(operation.0, operation.1)).admit(&parts).await {
        Ok(mut admitted) => Ok(admitted.take_allowed().unwrap().principal().clone()),
        Err(answer) => Err(answer.status().as_u16()),
    }
}

#[tokio::test]
async fn what_the_gateway_allows_the_service_accepts_with_the_same_caller() {
    let keys = SigningKeys::generate(at(NOW)).unwrap();
    let public = keys.public(at(NOW));
    let gateway = gateway(keys, NOW);
    let list = ("GET", "/v1/files");
    let token = [("authorization", "Bearer ali/files.read")];
    let both = [("authorization", "Bearer ali/files.read"), ("x-key", "ali/")];
    for (headers, has_key) in [(&token[..], false), (&both[..], true)] {
        let assertion = admitted(&gateway, "GET", "/v1/files?limit=%35", headers).await.unwrap();
        let caller = served(&public, NOW, list, "GET", "/v1/files?limit=%35", &assertion).await.unwrap();
        assert_eq!(
            (caller.subject(), caller.tenant(), caller.credential_id()),
            (Some("ali"), Some("north"), Some("id-ali"))
        );
        assert_eq!(caller.grant(schemes::OAUTH2).unwrap().to_string(), "files:read");
        assert_eq!(caller.grant(schemes::KEY).is_some(), has_key, "a grant belongs to the scheme that gave it");
        // For nothing else, and not for long.
        for (operation, method, target, now) in [
            (list, "GET", "/v1/files", NOW),
            (list, "GET", "/v1/files?limit=5", NOW),
            (("DELETE", "/v1/files/{id}"), "DELETE", "/v1/files?limit=%35", NOW),
            (list, "GET", "/v1/files?limit=%35", NOW + 15),
        ] {
            assert_eq!(
                served(&public, now, operation, method, target, &assertion).await.unwrap_err(),
                401,
                "{method} {target}"
            );
        }
    }
    // Nobody, where anybody may.
    let nobodys = admitted(&gateway, "GET", "/v1/search?q=a", &[]).await.unwrap();
    let search = ("GET", "/v1/search");
    assert!(served(&public, NOW, search, "GET", "/v1/search?q=a", &nobodys).await.unwrap().is_anonymous());
    // What the gateway denies has no assertion. What a client sends in its place never counts.
    assert_eq!(admitted(&gateway, "GET", "/v1/files", &[("authorization", "Bearer ali/")]).await.unwrap_err(), 403);
    let forged = [("authorization", "Bearer ali/files.read"), ("policy-assertion", "forged")];
    assert_ne!(admitted(&gateway, "GET", "/v1/files", &forged).await.unwrap(), "forged", "it is overwritten");
    // The gateway's document demands less than the service's: the service's own policy decides.
    let delete = [("authorization", "Bearer ali/files.write")];
    let assertion = admitted(&gateway, "DELETE", "/v1/files/7", &delete).await.unwrap();
    let refused = served(&public, NOW, ("DELETE", "/v1/files/{id}"), "DELETE", "/v1/files/7", &assertion).await;
    assert_eq!(refused.unwrap_err(), 403);
}

#[tokio::test]
async fn a_successor_signs_after_the_overlap_and_no_assertion_is_refused_meanwhile() {
    let mut keys = SigningKeys::generate(at(NOW)).unwrap();
    let first = keys.public(at(NOW));
    let day = Duration::from_secs(86_400);
    let successor = keys.rotate(at(NOW), day).unwrap();
    assert!(!first.contains(&successor));
    let both = keys.public(at(NOW));
    assert!(matches!(keys.rotate(at(NOW + 60), day), Err(KeysError::Waiting { seconds: 86_340, .. })));
    let folder = Folder::new();
    let file = folder.file();
    keys.create(&file).unwrap();
    let token = [("authorization", "Bearer ali/files.read")];
    for (now, by_first, by_both) in [(NOW, true, true), (NOW + 86_399, true, true), (NOW + 86_400, false, true)] {
        let gateway = gateway(SigningKeys::open(&file).unwrap(), now);
        let assertion = admitted(&gateway, "GET", "/v1/files", &token).await.unwrap();
        for (public, accepted) in [(&first, by_first), (&both, by_both)] {
            let caller = served(public, now, ("GET", "/v1/files"), "GET", "/v1/files", &assertion).await;
            assert_eq!(caller.is_ok(), accepted, "{}", now - NOW);
        }
    }
    // The first key is still published for as long as its last assertion may be on the way.
    let published = |now: u64| keys.public(at(now)).matches("\"kid\"").count();
    assert_eq!([published(NOW + 86_400 + 59), published(NOW + 86_400 + 60)], [2, 1]);
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("keys-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("keys.json")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(arguments: &[&str], file: &Path) -> Output {
    let (verb, rest) = arguments.split_first().unwrap();
    let program = env!("CARGO_BIN_EXE_policy-gateway");
    Command::new(program).args(["keys", verb]).arg(file).args(rest).output().unwrap()
}

#[track_caller]
fn printed(arguments: &[&str], file: &Path) -> String {
    let output = run(arguments, file);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_command_keeps_the_private_half_to_itself() {
    let folder = Folder::new();
    let file = folder.file();
    let public = printed(&["generate"], &file);
    let stored: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let secret = stored["keys"][0]["d"].as_str().unwrap();
    assert!(!public.contains(secret) && !public.contains("\"d\""), "{public}");
    assert_eq!(printed(&["public"], &file), public);
    assert_eq!(public.matches("\"kid\"").count(), 1);
    GatewayAssertion::<Api>::new("files", POLICY.schemes(), &public).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let refused = |arguments: &[&str], file: &Path| {
        let output = run(arguments, file);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(&["generate"], &file).contains("keys in it may be in use"));
    assert!(refused(&["public"], &folder.0.join("none")).contains("`policy-gateway keys generate` makes such a file"));
    assert_eq!(printed(&["rotate", "--overlap", "2h"], &file).matches("\"kid\"").count(), 2);
    assert!(refused(&["rotate"], &file).contains("rotate again after that"));
    assert!(refused(&["rotate", "--overlap", "2 weeks"], &file).contains("is no duration"));
    // What an interrupted rotation left is told, and neither taken nor overwritten.
    let (other, left) = (folder.0.join("other.key"), folder.0.join("other.key.new"));
    printed(&["generate"], &other);
    fs::write(&left, "half").unwrap();
    assert!(refused(&["rotate"], &other).contains("a rotation was interrupted; if none runs, remove"));
    assert_eq!(fs::read_to_string(&left).unwrap(), "half");
    assert!(!format!("{:?}", SigningKeys::open(&file).unwrap()).contains(secret));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(refused(&["public"], &file).contains("chmod 600"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        // The gateway may know the file by its own name.
        let (own, link) = (folder.0.join("own.json"), folder.0.join("link.json"));
        assert_eq!(printed(&["generate"], &own).matches("\"kid\"").count(), 1);
        std::os::unix::fs::symlink(&own, &link).unwrap();
        assert_eq!(printed(&["rotate", "--overlap", "2h"], &link).matches("\"kid\"").count(), 2);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(printed(&["public"], &own).matches("\"kid\"").count(), 2);
    }
    let text = fs::read_to_string(&file).unwrap();
    for (from, to, why) in [
        ("\"OKP\"", "\"EC\"", "is no Ed25519 key"),
        (secret, "AAAA", "has a `d` that is none"),
        (secret, &"A".repeat(43), "has an `x` that does not belong to its `d`"),
        ("\"signs_from\"", "\"signs\"", "missing field `signs_from`"),
        ("\"keys\": [", "\"keys\": \"HUNTER2\", \"others\": [", "it has another form at line"),
    ] {
        fs::write(&file, text.replace(from, to)).unwrap();
        let told = refused(&["public"], &file);
        assert!(told.contains(why) && !told.contains("HUNTER2") && !told.contains(secret), "{why}: {told}");
    }
    fs::write(&file, "{\"keys\": []}").unwrap();
    assert!(refused(&["public"], &file).contains("it holds no key"));
}

#[test]
fn a_configuration_with_keys_is_checked_with_them() {
    let folder = Folder::new();
    fs::write(folder.0.join("files.yaml"), DOCUMENT).unwrap();
    fs::write(
        folder.0.join("gateway.toml"),
        "[[listeners]]\nname = \"edge\"\ndialect = \"forward-auth\"\naddress = \"127.0.0.1:9191\"\n\n\
         [[stores]]\nname = \"keys\"\nsqlite = \"keys.db\"\ncreate = true\nkey-prefix = \"acme_sk\"\n\n\
         [[policies]]\nname = \"files\"\nsource = \"files.yaml\"\nenablement = \"all\"\n\n\
         [policies.schemes.OAuth2]\nstore = \"keys\"\n[policies.schemes.Key]\nstore = \"keys\"\n\n\
         [policies.assertion]\nkey-file = \"keys.json\"\naudience = \"files\"\n",
    )
    .unwrap();
    let check = || {
        let program = env!("CARGO_BIN_EXE_policy-gateway");
        let output = Command::new(program).args(["check", "gateway.toml"]).current_dir(&folder.0).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let without = check();
    assert!(without.contains("`policy-gateway keys generate` makes such a file"), "{without}");
    printed(&["generate"], &folder.file());
    let with = check();
    assert!(with.contains("`gateway.toml` is right"), "{with}");
}

#[test]
fn what_signs_for_nobody_or_for_too_long_is_refused() {
    let engine = authorizing::engine(DOCUMENT);
    let keys = Arc::new(SigningKeys::generate(at(NOW)).unwrap());
    let new = |audience: &str| SignedAssertion::new(audience, Arc::clone(&keys), engine.shared_policy(), "fingerprint");
    assert!(new("").unwrap_err().to_string().contains("name the service"));
    for header in ["x_assertion", "x.assertion", "authorization"] {
        let error = new("files").unwrap().with_header(HeaderName::from_static(header)).unwrap_err();
        assert!(error.to_string().contains(&format!("`{header}` cannot bring")), "{error}");
    }
    for seconds in [0, 31] {
        let error = new("files").unwrap().with_lifetime(Duration::from_secs(seconds)).unwrap_err();
        assert!(error.to_string().contains("choose from 1 s to 30 s"), "{error}");
    }
    // The command line reads what the library reads.
    let folder = Folder::new();
    KeysCommand::Generate { file: folder.file() }.run(at(NOW), &mut Vec::new()).unwrap();
    assert!(SigningKeys::open(&folder.file()).is_ok());
}
