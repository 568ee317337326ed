#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, clippy::panic)]
use policy_gateway::{authorizer::Evaluation, dialects::*, listener::*, *};
use std::sync::Arc;
struct S;
impl Decides for S {
    async fn decide(&self, l: &str, r: &ProxiedRequest) -> Outcome {
        let mut h: Vec<_> = r.headers.iter().map(|(n, v)| format!("{n}={}", v.as_bytes().escape_ascii())).collect();
        h.sort();
        println!("[{l}] {} {} host={:?} doc={:?} {}", r.method, r.target, r.host, r.document, h.join(" ; "));
        if r.target.contains("slow") {
            tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        }
        if r.target.contains("panic") {
            panic!("x")
        }
        if r.target.contains("allow") {
            let mut a = Admission::default();
            a.set.insert("x-subject", "ali".parse().unwrap());
            a.set.insert("x-client", "".parse().unwrap());
            a.remove.push("x-secret".parse().unwrap());
            return Outcome::Allowed(a);
        }
        let status: u16 = r.path().rsplit('/').next().and_then(|s| s.parse().ok()).unwrap_or(403);
        let mut d = http::Response::new("{\"a\":1}".to_owned());
        *d.status_mut() = http::StatusCode::from_u16(status).unwrap();
        d.headers_mut().insert("content-type", "application/problem+json".parse().unwrap());
        d.headers_mut().append("www-authenticate", "Bearer scope=\"a b\"".parse().unwrap());
        d.headers_mut().append("www-authenticate", "Basic".parse().unwrap());
        Outcome::Denied(d)
    }
    async fn evaluate(&self, _: &str, _: &Evaluation) -> Outcome {
        Outcome::unavailable()
    }
    fn refused(&self, l: &str, r: Refusal) {
        println!("[{l}] refused {r}");
    }
}
#[tokio::main]
async fn main() {
    let mut tasks = Vec::new();
    for (name, port, dialect) in [
        ("grpc", 19001, Dialect::EnvoyGrpc(EnvoyGrpc::default())),
        ("http", 19002, Dialect::EnvoyHttp(EnvoyHttp { target: EnvoyTarget::Prefix("/check".into()), document: None })),
        ("fwd", 19003, Dialect::ForwardAuth(ForwardAuth::default())),
        ("nginx", 19004, Dialect::Nginx(Nginx::default())),
        ("authzen", 19005, Dialect::AuthZen(AuthZen { policy_decision_point: "https://pdp.example".into() })),
    ] {
        let s = ListenerSettings::new(name, Address::Tcp(format!("127.0.0.1:{port}").parse().unwrap()), dialect);
        tasks.push(tokio::spawn(serve(s, Arc::new(S), std::future::pending())));
    }
    for t in tasks {
        t.await.unwrap().unwrap();
    }
}
