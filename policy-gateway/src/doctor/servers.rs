//! The doctor as the service behind the proxy, and as its authorizer by HTTP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::plan::{Dialect, IDENTITY, Plan};
use super::seen::{Record, Seen};
use super::wire;

/// How long a connection may wait for its next request.
const IDLE: Duration = Duration::from_secs(60);

/// A silent authorizer keeps a connection for this long.
const SILENCE: Duration = Duration::from_secs(600);

/// What the authorizer has to know.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) dialect: Dialect,
    pub(crate) path_prefix: String,
    pub(crate) host_header: String,
    pub(crate) identity_headers: Vec<String>,
}

/// Answers 200 to whatever the proxy forwards, and records it.
pub(crate) async fn echo(address: SocketAddr, record: Arc<Record>) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let record = record.clone();
            tokio::spawn(async move {
                let mut stream = BufStream::new(stream);
                while let Some(seen) = next(&mut stream).await {
                    let bodiless = seen.method == "HEAD";
                    record.called(seen);
                    let body = if bodiless { "" } else { "doctor" };
                    let answer =
                        format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\n{body}");
                    if stream.write_all(answer.as_bytes()).await.is_err() || stream.flush().await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    Ok(())
}

/// Answers as the plan says, and records what was asked.
pub(crate) async fn authorizer(address: SocketAddr, asked: Asked, record: Arc<Record>) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (asked, record) = (asked.clone(), record.clone());
            if asked.dialect == Dialect::EnvoyGrpc {
                tokio::spawn(super::grpc::serve(stream, asked, record));
            } else {
                tokio::spawn(by_http(stream, asked, record));
            }
        }
    });
    Ok(())
}

async fn by_http(stream: TcpStream, asked: Asked, record: Arc<Record>) {
    let mut stream = BufStream::new(stream);
    while let Some(request) = next(&mut stream).await {
        let bodiless = request.method == "HEAD";
        let plan = record.asked(told(&asked, request));
        let (line, fields) = match plan {
            Plan::Allow => ("200 OK", identity(&asked, IDENTITY)),
            Plan::AllowNobody => ("200 OK", identity(&asked, "")),
            Plan::Deny => ("403 Forbidden", String::new()),
            Plan::Fail => ("500 Internal Server Error", String::new()),
            Plan::Overloaded => ("503 Service Unavailable", String::new()),
            Plan::Silence => return tokio::time::sleep(SILENCE).await,
            Plan::Close => return,
        };
        let body = if bodiless { "" } else { "doctor" };
        let answer = format!("HTTP/1.1 {line}\r\n{fields}Content-Length: 6\r\n\r\n{body}");
        if stream.write_all(answer.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

fn identity(asked: &Asked, value: &str) -> String {
    asked.identity_headers.iter().map(|name| format!("{name}: {value}\r\n")).collect()
}

/// The request that a question is about.
fn told(asked: &Asked, question: Seen) -> Seen {
    if asked.dialect == Dialect::EnvoyHttp {
        let target = question.target.strip_prefix(&asked.path_prefix).unwrap_or(&question.target).to_owned();
        return Seen { target, ..question };
    }
    let field = |name: &str| question.values(name).collect::<Vec<_>>().join(" and ");
    let (method, target, host) = match asked.dialect {
        Dialect::Nginx => ("x-original-method", "x-original-uri", asked.host_header.as_str()),
        _ => ("x-forwarded-method", "x-forwarded-uri", "x-forwarded-host"),
    };
    let (method, target, host) = (field(method), field(target), field(host));
    Seen { method, target, host: (!host.is_empty()).then_some(host), headers: question.headers }
}

/// The next request of a connection, with its body read and forgotten. A body in chunks ends the connection.
async fn next(stream: &mut BufStream<TcpStream>) -> Option<Seen> {
    let head = timeout(IDLE, wire::head(stream)).await.ok()??;
    let seen = wire::read(&head)?;
    let mut body = stream.take(wire::length(&seen));
    timeout(IDLE, tokio::io::copy(&mut body, &mut tokio::io::sink())).await.ok()?.ok()?;
    Some(seen)
}
