//! The same over HTTP/2 with prior knowledge.

use std::net::SocketAddr;
use std::time::Duration;

use crate::corpus::{ALL, ITEMS, MINE};
use crate::wire::Answer;

/// Row, request, key and expected outcomes.
pub(crate) const ROWS: &[(&str, &str, &str, &[&str])] = &[
    ("h2-get", "GET /v1/items", ITEMS, &["200 ListItems"]),
    ("h2-literal", "GET /v1/items/mine", MINE, &["200 GetMine"]),
    ("h2-literal-by-reader", "GET /v1/items/mine", ITEMS, &["403 scopes"]),
    ("h2-unknown-caller", "GET /v1/items", "", &["401 authentication"]),
    ("h2-post-by-reader", "POST /v1/items", ITEMS, &["403 scopes"]),
    ("h2-post", "POST /v1/items", ALL, &["200 CreateItem"]),
    ("h2-head-of-get", "HEAD /v1/items", ITEMS, &["405"]),
    ("h2-head-of-nothing", "HEAD /v1/none", ALL, &["404"]),
    ("h2-head-of-get-allowed", "HEAD /v1/items/1", ITEMS, &["200 GetItem"]),
    ("h2-method-unknown", "FROB /v1/items", ALL, &["405", "400", "501"]),
    ("h2-path-of-nothing", "GET /v1/none", ALL, &["404"]),
    ("h2-empty-parameter", "GET /v1/items//files/x", ALL, &["404"]),
];

/// Sends one request on a connection of its own. A POST withholds its body until it is answered, unless that takes long.
pub(crate) fn send(address: SocketAddr, request: &str, key: &str) -> Answer {
    crate::witness::take();
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return Answer::default();
    };
    runtime.block_on(async {
        let exchange = tokio::time::timeout(Duration::from_secs(5), exchange(address, request, key));
        exchange.await.ok().and_then(Result::ok).unwrap_or_default()
    })
}

async fn exchange(address: SocketAddr, request: &str, key: &str) -> Result<Answer, Box<dyn std::error::Error>> {
    let (method, path) = request.split_once(' ').ok_or("a request has a method")?;
    let stream = tokio::net::TcpStream::connect(address).await?;
    let (client, connection) = h2::client::handshake(stream).await?;
    tokio::spawn(connection);
    let mut client = client.ready().await?;
    let mut head = http::Request::builder().method(method).uri(format!("http://items.example{path}"));
    if !key.is_empty() {
        head = head.header("authorization", format!("Bearer {key}"));
    }
    let (response, mut body) = client.send_request(head.body(())?, method != "POST")?;
    tokio::pin!(response);
    let response = if method == "POST" {
        tokio::select! {
            response = &mut response => response?,
            () = tokio::time::sleep(Duration::from_millis(300)) => {
                body.send_data("name=x".into(), true)?;
                response.await?
            }
        }
    } else {
        response.await?
    };
    let mut answer = Answer { status: response.status().as_u16(), ..Answer::default() };
    let mut body = response.into_body();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        answer.body.push_str(&String::from_utf8_lossy(&data));
    }
    Ok(answer)
}
