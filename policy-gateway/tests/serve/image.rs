//! The image: what its recipe says, as far as that can be tried without a builder of images.

use std::path::Path;
use std::process::{Command, Stdio};

use super::running::{Folder, ask, configuration, free, run, until};

/// The instructions of the recipe, each with what it says.
fn recipe() -> Vec<(String, String)> {
    let text = include_str!("../../Dockerfile").replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once(' ').unwrap())
        .map(|(what, rest)| (what.to_owned(), rest.trim().to_owned()))
        .collect()
}

fn of(what: &str) -> Vec<String> {
    recipe().into_iter().filter(|(known, _)| known == what).map(|(_, said)| said).collect()
}

#[test]
fn the_image_is_made_of_what_is_there_and_runs_as_a_user_without_rights() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let ignored: Vec<&str> = include_str!("../../Dockerfile.dockerignore").lines().collect();
    for copied in of("COPY") {
        let words: Vec<&str> = copied.split_whitespace().collect();
        match words.as_slice() {
            ["--from=build", from, to] => {
                let [folder] = &of("WORKDIR")[..1] else { panic!("the build has no folder") };
                let built = from.strip_prefix(&format!("{folder}/target/release/")).unwrap();
                assert_eq!((built, *to), (env!("CARGO_PKG_NAME"), "/usr/local/bin/policy-gateway"));
            }
            [sources @ .., _] => {
                for source in sources {
                    assert!(root.join(source).exists() && !ignored.contains(source), "COPY {copied}");
                }
            }
            [] => panic!("COPY without a source"),
        }
    }
    let build = of("RUN").into_iter().find(|run| run.contains("cargo build")).unwrap();
    for part in ["cargo build --release --locked", "-p policy-gateway", "strip target/release/policy-gateway"] {
        assert!(build.contains(part), "{build}");
    }
    assert!(root.join("Cargo.lock").exists() && !ignored.contains(&"Cargo.lock"));
    let compiler = of("FROM")[0].strip_prefix("rust:").unwrap().split('-').next().unwrap().to_owned();
    let number = |version: &str| version.split('.').map(|part| part.parse().unwrap()).collect::<Vec<u32>>();
    assert!(number(&compiler) >= number(env!("CARGO_PKG_RUST_VERSION")), "{compiler} is older than the crate demands");

    let users = of("USER");
    let [user] = users.as_slice() else { panic!("{users:?}") };
    assert!(
        user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)),
        "a cluster knows numbers alone: {user}"
    );
    let instructions = recipe();
    let user = instructions.iter().position(|(what, _)| what == "USER").unwrap();
    assert!(
        instructions[user..].iter().all(|(what, _)| what != "RUN" && what != "COPY"),
        "what is made afterwards is the user's"
    );
    assert!(of("RUN").iter().any(|run| run.contains("--uid 65532")), "the user is made");

    let list = |what: &str| serde_json::from_str::<Vec<String>>(&of(what)[0]).unwrap();
    assert_eq!(list("ENTRYPOINT"), ["/usr/local/bin/policy-gateway"]);
    let arguments = list("CMD");
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(["--help"]).collect();
    let (code, out, err) = run(&root, &arguments);
    assert!(code == 0 && out.contains("SIGTERM"), "{out}{err}");
}

#[test]
fn systemd_understands_its_unit_and_waits_longer_than_the_gateway_drains() {
    let unit = include_str!("../../systemd/policy-gateway.service");
    let stop = unit.lines().find_map(|line| line.strip_prefix("TimeoutStopSec=")).unwrap();
    assert!(stop.parse::<u32>().unwrap() > 10 + 10, "the time to drain, and to write what is left");
    for line in unit.lines().filter_map(|line| line.split_once("=/usr/bin/policy-gateway ")) {
        let command: Vec<&str> = line.1.split(' ').take(1).chain(["--help"]).collect();
        let (code, out, err) = run(Path::new("."), &command);
        assert_eq!(code, 0, "{}: {out}{err}", line.0);
    }
    let folder = Folder::new();
    folder.write("policy-gateway.service", &unit.replace("/usr/bin/policy-gateway", "/bin/true"));
    match Command::new("systemd-analyze").arg("verify").arg(folder.0.join("policy-gateway.service")).output() {
        Ok(said) => assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr)),
        Err(_) => eprintln!("SKIPPED: systemd-analyze is not installed"),
    }
}

/// As the head of the recipe runs it: `--read-only --cap-drop ALL --security-opt no-new-privileges`.
#[cfg(target_os = "linux")]
#[test]
fn a_file_system_that_can_only_be_read_and_a_user_without_rights_are_enough() {
    let quiet = |arguments: &[&str]| {
        let mut unshare = Command::new("unshare");
        unshare
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mounts: &[&str] = if is_root { &["-m"] } else { &["-r", "-m"] };
    if !quiet(&[mounts, &["mount", "--make-rprivate", "/"]].concat()) {
        eprintln!("SKIPPED: no file system can be mounted here");
        return;
    }
    let folder = Folder::new();
    let document =
        "openapi: 3.1.0\ninfo: { title: Notes, version: '1' }\npaths:\n  /health: { get: { security: [] } }\n";
    folder.write("openapi.yaml", document);
    let (listener, admin) = (free(), free());
    let policy = "[[policies]]\nname = 'notes'\nsource = 'openapi.yaml'\nenablement = 'all'\n";
    folder.write("gateway.toml", &configuration(listener, admin, policy));
    let user = "setpriv --reuid=65532 --regid=65532 --clear-groups --bounding-set=-all --no-new-privs";
    let script = format!(
        "set -e; mount --make-rprivate /
         for at in $(cut -d ' ' -f 5 /proc/self/mountinfo | sort -u); do
             case $at in /proc* | /sys* | /dev*) ;; *) mount -o remount,bind,ro \"$at\" 2> /dev/null || true ;; esac
         done
         if touch \"$2/written\" 2> /dev/null; then echo 'the file system can be written'; exit 1; fi
         exec {} \"$1\" serve --config \"$2/gateway.toml\"",
        if is_root { user } else { "" }
    );
    let log = std::fs::File::create(folder.0.join("stderr")).unwrap();
    let mut process = Command::new("unshare")
        .args(mounts)
        .args(["sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_policy-gateway")])
        .arg(&folder.0)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    until("it is ready", || {
        if let Some(status) = process.try_wait().unwrap() {
            panic!("it ended: {status}\n{}", folder.read("stderr"));
        }
        ask(admin, "/ready", &[]).filter(|answer| answer.status == 200)
    });
    let headers = [
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Uri", "/health"),
        ("X-Forwarded-Host", "api.example.com"),
        ("X-Forwarded-Proto", "https"),
    ];
    assert_eq!(ask(listener, "/", &headers).unwrap().status, 200);
    assert!(Command::new("kill").arg(process.id().to_string()).status().unwrap().success());
    assert!(until("it ends", || process.try_wait().unwrap()).success(), "{}", folder.read("stderr"));
}
