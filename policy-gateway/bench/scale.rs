//! Start time, memory and reload time with many documents, operations and keys.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::keys;
use crate::process::{Folder, Process, free};
use crate::wire::{Wire, question};

#[derive(clap::Args)]
pub(crate) struct Scale {
    /// How many documents.
    #[arg(long, default_value_t = 100)]
    documents: usize,
    /// How many operations, in all documents together.
    #[arg(long, default_value_t = 10_000)]
    operations: usize,
    /// How many keys.
    #[arg(long, default_value_t = 1_000_000)]
    keys: u64,
}

impl Scale {
    pub(crate) fn run(&self) {
        println!(
            "{:>10} {:>11} {:>10} {:>9} {:>10} {:>12} {:>12} {:>12}",
            "documents", "operations", "keys", "start", "memory", "one reloads", "all reload", "memory after"
        );
        let one = (1, 100, 1);
        for (documents, operations, keys) in [one, (self.documents, self.operations, self.keys)] {
            measure(documents, operations, keys);
        }
    }
}

fn measure(documents: usize, operations: usize, count: u64) {
    let folder = Folder::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let key = runtime.block_on(async {
        let store = keys::open(&folder.path().join("keys.sqlite"), &["items:read", "items:write"]).await;
        keys::fill(&store, count).await;
        let (_, key) = keys::issue(&store, &["items:read"]).await;
        store.close().await;
        key
    });
    let address = free();
    let each = operations / documents;
    let mut text = format!(
        "[[listeners]]\nname = \"proxy\"\ndialect = \"forward-auth\"\naddress = \"{address}\"\n\n\
         [[stores]]\nname = \"keys\"\nsqlite = \"keys.sqlite\"\nkey-prefix = \"{}\"\n\n[log]\ndecisions = \"none\"\n",
        keys::PREFIX
    );
    for number in 0..documents {
        folder.replace(&format!("document-{number}.yaml"), &document(number, each, "items:read"));
        let _ = write!(
            text,
            "\n[[policies]]\nname = \"d{number}\"\nsource = \"document-{number}.yaml\"\nenablement = \"all\"\n\n\
             [policies.schemes.Token]\nstore = \"keys\"\n"
        );
    }
    folder.replace("gateway.toml", &text);
    let gateway = Process::gateway(&folder, address);
    let last = documents - 1;
    wait(address, last, &key, 200);
    let (start, memory) = (gateway.started, gateway.memory());
    // The new document demands a scope that the key lacks.
    let began = Instant::now();
    folder.replace(&format!("document-{last}.yaml"), &document(last, each, "items:write"));
    wait(address, last, &key, 403);
    let one = began.elapsed();
    let began = Instant::now();
    for number in 0..documents {
        let scope = if number == last { "items:read" } else { "items:write" };
        folder.replace(&format!("document-{number}.yaml"), &document(number, each, scope));
    }
    wait(address, last, &key, 200);
    if documents > 1 {
        wait(address, 0, &key, 403);
    }
    let all = began.elapsed();
    let megabytes = |bytes: u64| format!("{:.0} MB", bytes as f64 / 1e6);
    println!(
        "{documents:>10} {operations:>11} {count:>10} {:>7.2} s {:>10} {:>10.2} s {:>10.2} s {:>12}",
        start.as_secs_f64(),
        megabytes(memory),
        one.as_secs_f64(),
        all.as_secs_f64(),
        megabytes(gateway.memory())
    );
}

/// Asks until the answer is this.
fn wait(address: std::net::SocketAddr, document: usize, key: &str, status: u16) {
    let began = Instant::now();
    let asked = question("GET", &format!("/d{document}/things-0/7"), key);
    let mut wire = Wire::open(address).unwrap();
    loop {
        let answer = wire.ask(&asked).unwrap();
        if answer.status == status {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(300), "the answer stays {answer:?}, expected {status}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn document(number: usize, operations: usize, scope: &str) -> String {
    let mut text = format!(
        "openapi: 3.1.0\ninfo: {{ title: D{number}, version: \"1\" }}\nservers: [{{ url: https://items.example/d{number} }}]\n\
         security: [{{ Token: [] }}]\npaths:\n"
    );
    for operation in 0..operations {
        let _ = write!(
            text,
            "  /things-{operation}/{{id}}:\n    parameters: [{{ name: id, in: path, required: true, schema: {{ type: string }} }}]\n    \
             get: {{ operationId: get{operation}, x-required-scopes: [\"{scope}\"] }}\n"
        );
    }
    text.push_str(
        "components:\n  securitySchemes:\n    Token:\n      type: http\n      scheme: bearer\n      \
         x-scopes: { \"items:read\": Read., \"items:write\": Write. }\n",
    );
    text
}
