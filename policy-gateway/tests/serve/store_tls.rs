//! The way to a PostgreSQL on another machine.

use std::io::{Read, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::running::{Folder, configuration, run};
use super::{POLICY, document};

/// A server that says `S` or `N` to the question whether it speaks TLS, and keeps whatever else it is told.
fn server(offers_tls: bool, certificate: &rcgen::CertifiedKey<rcgen::KeyPair>) -> (u16, Arc<Mutex<Vec<u8>>>) {
    let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let chain = vec![CertificateDer::from(certificate.cert.der().to_vec())];
    let config = Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let got = Arc::new(Mutex::new(Vec::new()));
    let kept = got.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let mut question = [0; 8];
            stream.read_exact(&mut question).unwrap();
            assert_eq!(question, [0, 0, 0, 8, 4, 210, 22, 47], "SSLRequest");
            stream.write_all(if offers_tls { b"S" } else { b"N" }).unwrap();
            let mut told = [0; 512];
            let count = if offers_tls {
                StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream).read(&mut told)
            } else {
                stream.read(&mut told)
            };
            kept.lock().unwrap().extend_from_slice(&told[..count.unwrap_or(0)]);
        }
    });
    (port, got)
}

#[test]
fn a_database_is_reached_by_tls_that_is_verified_where_its_address_says_so() {
    let folder = Folder::new();
    folder.write("openapi.yaml", &document("notes:read"));
    folder.write("gateway.toml", &configuration(9191, 9901, &POLICY.replace("sqlite = 'keys.db'", "url-file = 'url'")));
    let made = || rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (own, other) = (made(), made());
    folder.write("own.pem", &own.cert.pem());
    folder.write("other.pem", &other.cert.pem());
    for (offers_tls, authority, is_told) in
        [(true, "own.pem", true), (true, "other.pem", false), (false, "own.pem", false)]
    {
        let (port, got) = server(offers_tls, &own);
        let authority = folder.0.join(authority);
        let options = format!("sslmode=verify-full&sslrootcert={}", authority.display());
        folder.write("url", &format!("postgres://reader:hunter2@127.0.0.1:{port}/keys?{options}"));
        let (code, _, err) = run(&folder.0, &["check"]);
        assert!(code == 1 && err.contains("cannot be read") && !err.contains("hunter2"), "{err}");
        let told = String::from_utf8_lossy(&got.lock().unwrap()).into_owned();
        assert_eq!(told.contains("user\0reader\0"), is_told, "{offers_tls} {authority:?} {told:?}\n{err}");
    }
}
