//! New configurations while the gateway runs.

use std::fs;

use super::running::{Folder, Gateway, configuration, until};
use super::{POLICY, document};

const REFUSED: &str = "policy_gateway_reload_total{result=\"refused\"} 1";
const LOADED_AGAIN: &str = "policy_gateway_reload_total{result=\"loaded\"} 2";

fn started() -> (Folder, Gateway, String) {
    let folder = Folder::new();
    let key = folder.key(&["notes:read"]);
    folder.write("openapi.yaml", &document("notes:read"));
    let gateway = Gateway::start(&folder, POLICY);
    assert_eq!(gateway.status("GET", "/notes", Some(&key)), 200);
    (folder, gateway, key)
}

#[test]
fn a_document_that_is_replaced_is_taken() {
    let (folder, gateway, key) = started();
    let info =
        |text: &str| text.lines().find(|line| line.starts_with("policy_gateway_policy_info{")).unwrap().to_owned();
    let before = info(&gateway.metrics());
    folder.replace("openapi.yaml", &document("notes:all"));
    gateway.until_counted(LOADED_AGAIN);
    assert_eq!(gateway.status("GET", "/notes", Some(&key)), 403);
    assert_ne!(info(&gateway.metrics()), before);
}

#[test]
fn one_that_is_wrong_is_refused_and_told_and_the_old_one_goes_on() {
    let (folder, gateway, key) = started();
    let broken = document("notes:all").replace("security: [{ Key: [] }]", "security: [{ Kye: [] }]");
    folder.replace("openapi.yaml", &broken);
    gateway.until_counted(REFUSED);
    assert_eq!(gateway.status("GET", "/notes", Some(&key)), 200);
    let ready = gateway.ready();
    assert_eq!(ready.status, 200);
    assert!(ready.body.contains("\"status\":\"degraded\"") && ready.body.contains("openapi.yaml:"), "{}", ready.body);
    assert!(folder.read("stderr").contains("the new configuration is refused"), "{}", folder.read("stderr"));

    folder.replace("openapi.yaml", &document("notes:all"));
    gateway.until_counted(LOADED_AGAIN);
    assert!(gateway.ready().body.contains("\"status\":\"ready\""));
    assert_eq!(gateway.status("GET", "/notes", Some(&key)), 403);
}

#[test]
fn a_file_that_is_written_in_place_is_taken_at_a_signal_alone() {
    let (folder, gateway, key) = started();
    folder.write("openapi.yaml", &document("notes:all"));
    until("it is told", || folder.read("stderr").contains("was written in place").then_some(()));
    assert_eq!(gateway.status("GET", "/notes", Some(&key)), 200);
    gateway.signal("HUP");
    gateway.until_counted(LOADED_AGAIN);
    assert_eq!(gateway.status("GET", "/notes", Some(&key)), 403);
}

#[test]
fn what_has_no_end_is_refused_at_once_and_holds_up_no_later_reload() {
    let (folder, gateway, key) = started();
    let at = |name: &str| folder.0.join(name);
    let refused = || -> u64 {
        let metrics = gateway.metrics();
        let line =
            metrics.lines().find_map(|line| line.strip_prefix("policy_gateway_reload_total{result=\"refused\"} "));
        line.unwrap().parse().unwrap()
    };
    let take = |name: &str, place: &str| {
        let before = refused();
        fs::rename(at(name), at(place)).unwrap();
        gateway.signal("HUP");
        until(name, || (refused() > before).then_some(()));
    };
    let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink("/dev/zero", at("zeros")).unwrap();
    fs::File::create(at("hole")).unwrap().set_len(1 << 40).unwrap();
    std::os::unix::fs::symlink("openapi.yaml", at("loop")).unwrap();
    let begun = std::time::Instant::now();
    for name in ["pipe", "zeros", "hole", "loop"] {
        take(name, "openapi.yaml");
    }
    std::os::unix::fs::symlink("/dev/zero", at("zeros")).unwrap();
    fs::File::create(at("hole")).unwrap().set_len(1 << 40).unwrap();
    for name in ["zeros", "hole"] {
        take(name, "gateway.toml");
    }
    assert_eq!(gateway.status("GET", "/notes", Some(&key)), 200);
    folder.replace("openapi.yaml", &document("notes:all"));
    folder.replace("gateway.toml", &configuration(gateway.listener, gateway.admin, POLICY));
    gateway.signal("HUP");
    until("the next one is taken", || (gateway.status("GET", "/notes", Some(&key)) == 403).then_some(()));
    assert!(begun.elapsed().as_secs() < 50, "{:?}", begun.elapsed());
}

#[test]
fn what_a_running_gateway_cannot_change_is_refused_whole() {
    let (folder, gateway, key) = started();
    fs::write(folder.0.join("other.yaml"), document("notes:all")).unwrap();
    let rest = POLICY.replace("openapi.yaml", "other.yaml");
    folder.replace(
        "gateway.toml",
        &configuration(gateway.listener, gateway.admin, &format!("{rest}[log]\nlevel = 'debug'\n")),
    );
    gateway.until_counted(REFUSED);
    assert!(gateway.ready().body.contains("`[log]` changed"), "{}", gateway.ready().body);
    assert_eq!(gateway.status("GET", "/notes", Some(&key)), 200);
    // The same file without that is taken, though everything stands on another line.
    folder.replace("gateway.toml", &format!("\n\n{}", configuration(gateway.listener, gateway.admin, &rest)));
    gateway.until_counted(LOADED_AGAIN);
    assert_eq!(gateway.status("GET", "/notes", Some(&key)), 403);
}

#[test]
fn requests_are_decided_by_the_one_or_the_other_while_documents_change() {
    let (folder, gateway, key) = started();
    let asking = std::thread::scope(|scope| {
        let asker = scope.spawn(|| {
            let answers =
                (0..300).map(|_| (gateway.status("GET", "/notes", Some(&key)), gateway.status("GET", "/notes", None)));
            answers.collect::<Vec<_>>()
        });
        for number in 0..4 {
            folder.replace("openapi.yaml", &document(if number % 2 == 0 { "notes:all" } else { "notes:read" }));
            gateway.signal("HUP");
            gateway.until_counted(&format!("policy_gateway_reload_total{{result=\"loaded\"}} {}", number + 2));
        }
        asker.join().unwrap()
    });
    for (with_key, without) in asking {
        assert!([200, 403].contains(&with_key) && without == 401, "{with_key} {without}");
    }
}

#[test]
fn a_certificate_that_is_replaced_is_taken_and_one_that_is_none_is_refused() {
    let folder = Folder::new();
    folder.key(&[]);
    folder.write("openapi.yaml", &document("notes:read"));
    let write = |key: &str, certificate: &str| {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        folder.replace(key, &made.signing_key.serialize_pem());
        folder.replace(certificate, &made.cert.pem());
    };
    write("edge.key", "edge.pem");
    let tls = format!(
        "[[listeners]]\nname = 'tls'\ndialect = 'forward-auth'\naddress = '127.0.0.1:{}'\n\
         tls = {{ certificate = 'edge.pem', key = 'edge.key' }}\n",
        super::running::free()
    );
    let gateway = Gateway::start(&folder, &format!("{tls}{POLICY}"));
    folder.replace("edge.pem", "no certificate");
    gateway.until_counted(REFUSED);
    assert!(gateway.ready().body.contains("degraded"), "{}", gateway.ready().body);
    // Key and certificate are replaced one after the other; in between, they do not fit.
    write("edge.key", "edge.pem");
    gateway.signal("HUP");
    until("both are taken", || gateway.ready().body.contains("\"ready\"").then_some(()));
}

#[test]
fn a_document_that_lets_in_more_says_so_in_the_log() {
    let (folder, gateway, _) = started();
    let open = document("notes:read").replace("x-required-scopes: ['notes:read']", "security: []");
    folder.replace("openapi.yaml", &open);
    gateway.until_counted(LOADED_AGAIN);
    assert_eq!(gateway.status("GET", "/notes", None), 200);
    until("it is told", || folder.read("stderr").contains("change=\"opened\"").then_some(()));
    let told = folder.read("stderr");
    let line = told.lines().find(|line| line.contains("change=\"opened\"")).unwrap();
    assert!(line.contains("WARN") && line.contains("GET /notes") && line.contains("policy=\"notes\""), "{line}");

    let key_less = POLICY.replace("enablement = 'all'", "enablement = 'main'");
    folder.replace("gateway.toml", &format!("\n{}", configuration(gateway.listener, gateway.admin, &key_less)));
    until("the other setting is told", || {
        let told = folder.read("stderr");
        told.lines().any(|line| line.contains("other settings") && line.contains("keys=\"enablement\"")).then_some(())
    });
}
