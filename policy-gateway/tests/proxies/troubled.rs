//! A gateway that is slow, overloaded, reloading, or without its database or issuer, behind proxies that are told to let requests through
//! where the authorizer fails. Its answers still deny.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use conformance::Request;

use crate::failures::open;
use crate::gateway::{Gateway, Keys};
use crate::programs::{ALL, Folder, Ports, Proxy, Running, free, listen, local, programs};
use crate::upstream::Upstream;
use crate::{introspection, keys};

/// What is wrong with the gateway.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// Nothing. A request that is allowed must get through, or the others prove nothing.
    None,
    /// Its issuer does not answer in time.
    Slow,
    /// It decides about as many requests as it may.
    Overloaded,
    /// Its document is replaced again and again, by right ones and wrong ones.
    Reloading,
    /// Its issuer is not there.
    IssuerDown,
    /// Its database has lost its tables.
    DatabaseDown,
}

const TROUBLES: [Trouble; 6] =
    [Trouble::None, Trouble::Slow, Trouble::Overloaded, Trouble::Reloading, Trouble::IssuerDown, Trouble::DatabaseDown];

impl Trouble {
    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Slow => "slow",
            Self::Overloaded => "overloaded",
            Self::Reloading => "reloading",
            Self::IssuerDown => "issuer down",
            Self::DatabaseDown => "database down",
        }
    }
}

/// A server that takes connections, and never answers.
fn silent(port: u16) {
    let listener = listen(local(port));
    std::thread::spawn(move || {
        let streams: Vec<_> = listener.incoming().flatten().collect();
        drop(streams);
    });
}

fn request(key: &str) -> Request {
    let text = format!("GET /v1/items HTTP/1.1\r\nHost: items.example\r\nAuthorization: Bearer {key}\r\n\r\n");
    Request { bytes: text.into_bytes(), ..Request::default() }
}

/// Starts the gateway in its trouble, and gives the key to ask with.
fn start(proxy: Proxy, address: SocketAddr, trouble: Trouble, folder: &Folder) -> (Running, String) {
    let issuer = free();
    let bearer = "ali~items.read".to_owned();
    let gateway = |keys, listener| Gateway { proxy, address, keys, listener }.start(folder);
    match trouble {
        Trouble::None | Trouble::Reloading => {
            introspection::start(issuer);
            (gateway(Keys::Issuer(issuer), ""), bearer)
        }
        Trouble::IssuerDown => (gateway(Keys::Issuer(issuer), ""), bearer),
        Trouble::Slow => {
            silent(issuer);
            (gateway(Keys::Issuer(issuer), "timeout-ms = 500"), bearer)
        }
        Trouble::Overloaded => {
            silent(issuer);
            (gateway(Keys::Issuer(issuer), "timeout-ms = 1500\nlimits = { concurrent = 1 }"), bearer)
        }
        Trouble::DatabaseDown => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let file = folder.path().join("keys.sqlite");
            let (store, key) = runtime.block_on(async {
                let store = keys::open(&file, &["items:read"]).await;
                let (_, key) = keys::issue(&store, &["items:read"]).await;
                (store, key)
            });
            let running = gateway(Keys::Store, "");
            runtime.block_on(async {
                let policy_store::Pool::Sqlite(pool) = store.pool() else { panic!("the store is in SQLite") };
                policy_store::sqlx::query("ALTER TABLE keys RENAME TO lost").execute(pool).await.unwrap();
                store.close().await;
            });
            (running, key)
        }
    }
}

/// What a client gets, and whether the service got the request.
fn tried(proxy: Proxy, programs: &Path, trouble: Trouble) -> String {
    let ports = Ports::free();
    let upstream = Upstream::start(ports.service());
    let folder = Folder::new();
    let (_gateway, key) = start(proxy, ports.authorizer(), trouble, &folder);
    let _proxy = proxy.start(programs, ports, open(proxy).unwrap_or_default());
    let asked = request(&key);
    let status = match trouble {
        Trouble::Overloaded => std::thread::scope(|scope| {
            let first = scope.spawn(|| asked.send(ports.proxy()));
            std::thread::sleep(Duration::from_millis(300));
            let second = asked.send(ports.proxy()).0;
            first.join().unwrap();
            second
        }),
        Trouble::Reloading => {
            let document = folder.path().join("openapi.yaml");
            let right = fs::read_to_string(&document).unwrap();
            let denied = request("ali~mine.read");
            let mut statuses = Vec::new();
            for round in 0..40 {
                let beside = folder.path().join("openapi.new");
                let text = if round % 3 == 2 {
                    "openapi: 3.1.0\npaths: [".to_owned()
                } else {
                    format!("{right}\n# {round}\n")
                };
                fs::write(&beside, text).unwrap();
                fs::rename(&beside, &document).unwrap();
                statuses.push(denied.send(ports.proxy()).0);
            }
            statuses.sort_unstable();
            statuses.dedup();
            assert_eq!(statuses.len(), 1, "{}: {statuses:?}", proxy.name());
            statuses[0]
        }
        _ => asked.send(ports.proxy()).0,
    };
    let answered = if status == 0 { "no answer within 3 s".to_owned() } else { status.to_string() };
    if upstream.take().is_empty() { answered } else { format!("{answered}, FORWARDED") }
}

#[test]
fn a_gateway_in_trouble_denies_behind_proxies_that_let_through_what_fails() {
    let Some(programs) = programs() else { return };
    let mut table = format!("{:<12}", "proxy");
    for trouble in TROUBLES {
        let _ = write!(table, " {:<15}", trouble.name());
    }
    let mut wrong = Vec::new();
    for proxy in ALL {
        let _ = write!(table, "\n{:<12}", proxy.name());
        let cells: Vec<String> = std::thread::scope(|scope| {
            let running = TROUBLES.map(|trouble| {
                scope.spawn({
                    let programs = &programs;
                    move || tried(proxy, programs, trouble)
                })
            });
            running.into_iter().map(|cell| cell.join().unwrap()).collect()
        });
        for (trouble, cell) in TROUBLES.into_iter().zip(cells) {
            if cell.contains("FORWARDED") != matches!(trouble, Trouble::None) {
                wrong.push(format!("{} {trouble:?}: {cell}", proxy.name()));
            }
            let _ = write!(table, " {cell:<15}");
        }
    }
    let table: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    println!("{table}");
    insta::assert_snapshot!("troubled_gateway", table);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
