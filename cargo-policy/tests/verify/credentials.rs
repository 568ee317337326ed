//! Where credentials come from, and that none is shown.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use crate::run::empty_folder;
use crate::services::{Language, start};
use crate::{verified, verify};

#[test]
fn a_command_mints_what_is_needed_and_no_shell_sees_the_scopes() {
    let service = start(Language::Rust, "").unwrap();
    let folder = empty_folder("verify-mint");
    // It prints what this service takes for a token: scopes with commas between them.
    let program = folder.join("mint");
    fs::write(&program, "#!/bin/sh\nprintf 'holds:'; printf '%s' \"$1\" | tr ' ' ','\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let minted = format!("'{}' {{scopes}}", program.display());
    let (code, report) =
        verified(service.port, &["--allowed", "--token-command", &minted, "--operation", "GET /files/{id}/links"]);
    assert_eq!((code, &report["verdict"]), (0, &"obeys".into()), "{report:#}");
    assert_eq!(report["counts"]["cannot_tell"], 0, "{report:#}");
    let faulty = start(Language::Rust, "or-for-and").unwrap();
    let (code, _) = verified(faulty.port, &["--token-command", &minted]);
    assert_eq!(code, 1);
}

#[test]
fn a_command_that_fails_is_told_and_does_not_end_the_run() {
    let service = start(Language::Rust, "").unwrap();
    let ran = verify(service.port, &["--token-command", "false {scopes}", "--operation", "GET /files"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("`false` ended with exit status: 1"), "{}", ran.out);
}

/// An issuer that answers one token for the scopes that it is asked for, and tells what it was sent.
fn issuer() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (send, asked) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut received = Vec::new();
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                received.extend_from_slice(&buffer[..count]);
                let text = String::from_utf8_lossy(&received).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
                if body.len() >= length.parse().unwrap() {
                    let scopes = body.split_once("scope=").map_or("", |(_, scopes)| scopes);
                    let scopes = scopes.replace("%3A", ":").replace("%20", " ");
                    let token = format!("holds:{}", scopes.replace(' ', ","));
                    let body =
                        format!("{{\"access_token\":\"{token}\",\"token_type\":\"Bearer\",\"scope\":\"{scopes}\"}}");
                    let answer = format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                    let _ = stream.write_all(answer.as_bytes());
                    let _ = send.send(text);
                    break;
                }
            }
        }
    });
    (port, asked)
}

#[test]
fn client_credentials_are_sent_to_the_issuer_that_was_named() {
    let service = start(Language::Python, "").or_else(|| start(Language::Rust, "")).unwrap();
    let folder = empty_folder("verify-issuer");
    fs::write(folder.join("secret"), "s3cr:et\n").unwrap();
    let (port, asked) = issuer();
    let url = format!("http://127.0.0.1:{port}/oauth/token");
    let secret = folder.join("secret").display().to_string();
    let (code, report) = verified(
        service.port,
        &[
            "--token-url",
            &url,
            "--client-id",
            "tool",
            "--client-secret-file",
            &secret,
            "--allowed",
            "--operation",
            "GET /files/{id}",
        ],
    );
    // It gives no keys, so that nothing tells of the two other schemes.
    assert_eq!((code, &report["counts"]["cannot_tell"]), (0, &2.into()), "{report:#}");
    let first = asked.recv().unwrap();
    // `tool:s3cr%3Aet`, as RFC 6749 encodes it.
    assert!(
        first.starts_with("POST /oauth/token HTTP/1.1\r\n") && first.contains("Basic dG9vbDpzM2NyJTNBZXQ=\r\n"),
        "{first}"
    );
    assert!(!format!("{report}").contains("s3cr"));
    for (url, told) in [("http://issuer.example/token", "not encrypted"), ("issuer", "no address")] {
        let ran = verify(service.port, &["--token-url", url, "--client-id", "tool", "--client-secret-file", &secret]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains(told), "{}", ran.err);
    }
}

#[test]
fn a_file_may_be_json_and_its_faults_are_told_all_at_once_without_a_secret() {
    let service = start(Language::Rust, "").unwrap();
    let folder = empty_folder("verify-file");
    let write = |name: &str, text: &str| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name).display().to_string()
    };
    let json = write(
        "c.json",
        r#"{"credentials":[{"scheme":"Token","secret":"holds:"},{"scheme":"Token","scopes":["files:read"],"secret":"holds:files:read"}]}"#,
    );
    let (code, report) = verified(service.port, &["--credentials", &json, "--allowed", "--operation", "GET /files"]);
    assert_eq!(code, 0, "{report:#}");
    let broken = write(
        "c.toml",
        "[[credentials]]\nscheme = 'Token'\nscope = ['a']\nsecret = 'hush1'\n\n[[credentials]]\nsecret = 'hush2'\n\n[[credentials]]\nscheme = 'Token'\nsecret-env = 'NO_SUCH_VARIABLE'\n",
    );
    let syntax = write("d.toml", "secret = 'hush3\n");
    let stranger = write("e.toml", "[[credentials]]\nscheme = 'Stranger'\nsecret = 'hush4'\n");
    for (file, told) in [
        (
            &broken,
            &[
                "line 1: there is no key `scope`",
                "line 6: it has no `scheme`",
                "line 9: the variable `NO_SUCH_VARIABLE` is not set",
            ][..],
        ),
        (&syntax, &["cannot be read"]),
        (&stranger, &["no security scheme `Stranger`", "it has `Token`, `Key`, `Other`"]),
    ] {
        let ran = verify(service.port, &["--credentials", file]);
        assert_eq!(ran.code, 2);
        assert!(told.iter().all(|told| ran.err.contains(told)), "{}", ran.err);
        assert!(!ran.err.contains("hush"), "{}", ran.err);
    }
}

#[test]
fn a_name_that_the_document_does_not_have_is_told() {
    for (arguments, told) in [
        (["--operation", "GET /nothing"], "no operation `GET /nothing`"),
        (["--param", "nothing=1"], "no parameter `nothing`"),
        (["--refusal", "200"], "200"),
        (["--param", "id"], "NAME=VALUE"),
        (["--cert", "client.pem"], "--key"),
        (["--cert=credentials.toml", "--key=credentials.toml"], "begins with `http://`"),
        (["--cert=nothing.pem", "--key=nothing.pem"], "cannot read `nothing.pem`"),
    ] {
        let ran = verify(1, &arguments);
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(ran.err.contains(told), "{}", ran.err);
    }
}

#[test]
fn what_an_error_of_the_document_is_about_is_not_tried_and_other_errors_end_it() {
    let service = start(Language::Rust, "").unwrap();
    let folder = empty_folder("verify-document");
    let document = fs::read_to_string(crate::services::folder().join("files.yaml")).unwrap();
    let write = |name: &str, text: &str| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name).display().to_string()
    };
    let doubtful =
        write("doubtful.yaml", &document.replace("get: { security: [] }", "get: { security: [{ Nobody: [] }] }"));
    let ran = crate::run::ran(
        crate::run::command(&folder)
            .args(["verify", &format!("http://127.0.0.1:{}", service.port), "--rate", "5000", "--document", &doubtful])
            .output()
            .unwrap(),
    );
    assert!(ran.code != 2, "{}", ran.err);
    assert!(ran.err.contains("has 1 error, about 1 operation that are not tried"), "{}", ran.err);
    assert!(ran.out.contains("GET /v1/status: not tried: the document has an error about it"), "{}", ran.out);
    let broken =
        write("broken.yaml", &document.replace("x-required-scopes: [\"files:write\"]", "x-required-scopes: 7"));
    let ran = crate::run::ran(
        crate::run::command(&folder).args(["verify", "http://127.0.0.1:1", "--document", &broken]).output().unwrap(),
    );
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no policy that a service could obey"), "{}", ran.err);
}
