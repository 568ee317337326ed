//! Rows over HTTP/2 with prior knowledge.

use std::net::SocketAddr;
use std::time::Duration;

use crate::connections::{MIXED, MIXED_ANSWERS, Shared, shown};
use crate::corpus::{ALL, ITEMS, MINE};
use crate::frames;
use crate::runner::Judge;
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

/// Rows of more than one request, and of paths that no client library sends. Their outcome is `-` if the framework has no HTTP/2.
pub(crate) fn connections(address: SocketAddr, judge: &mut Judge, absent: bool) -> Vec<Shared> {
    let mut several = |name, sent, run: &dyn Fn() -> String| {
        if absent {
            return "-".to_owned();
        }
        crate::witness::take();
        let outcome = run();
        judge.shared(name, sent);
        outcome
    };
    vec![
        ("h2-interleaved", several("h2-interleaved", MIXED.len(), &|| on_runtime(interleaved(address))), MIXED_ANSWERS),
        ("h2-cancelled", several("h2-cancelled", 3, &|| on_runtime(cancelled(address))), &["200 ListItems"]),
        (
            "h2-path-without-slash",
            several("h2-path-without-slash", 1, &|| frames::outcome(address, "v1/items", ALL)),
            &["reset", "400", "404"],
        ),
        ("h2-path-empty", several("h2-path-empty", 1, &|| frames::outcome(address, "", ALL)), &["reset", "400", "404"]),
        (
            "h2-path-asterisk",
            several("h2-path-asterisk", 1, &|| frames::outcome(address, "*", ALL)),
            &["reset", "400", "404"],
        ),
    ]
}

type Failure = Box<dyn std::error::Error>;

/// Runs one exchange, with a limit on how long it may take.
fn on_runtime<T: Default>(exchange: impl Future<Output = Result<T, Failure>>) -> T {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return T::default();
    };
    runtime.block_on(async {
        let exchange = tokio::time::timeout(Duration::from_secs(5), exchange);
        exchange.await.ok().and_then(Result::ok).unwrap_or_default()
    })
}

/// Sends one request on a connection of its own. A POST withholds its body until it is answered, unless that takes long.
pub(crate) fn send(address: SocketAddr, request: &str, key: &str) -> Answer {
    crate::witness::take();
    on_runtime(exchange(address, request, key))
}

async fn exchange(address: SocketAddr, request: &str, key: &str) -> Result<Answer, Failure> {
    let mut client = connect(address).await?;
    let (response, mut body) = client.send_request(head(request, key)?, !request.starts_with("POST "))?;
    tokio::pin!(response);
    let response = if request.starts_with("POST ") {
        tokio::select! {
            response = &mut response => response?,
            () = tokio::time::sleep(Duration::from_millis(300)) => {
                body.send_data(b"name=x", true)?;
                response.await?
            }
        }
    } else {
        response.await?
    };
    whole(response).await
}

/// Sends several requests on one connection before any is answered. Their answers may come in any order.
async fn interleaved(address: SocketAddr) -> Result<String, Failure> {
    let mut client = connect(address).await?;
    let mut waiting = Vec::new();
    for (line, key, body) in MIXED {
        client = client.ready().await?;
        let (response, mut sender) = client.send_request(head(line, key)?, body.is_empty())?;
        if !body.is_empty() {
            sender.send_data(body.as_bytes(), true)?;
        }
        waiting.push(response);
    }
    let mut answers = Vec::new();
    for response in waiting {
        let answer = whole(response.await?).await?;
        answers.push(shown(answer.status, &answer.body));
    }
    Ok(answers.join(", "))
}

/// Cancels an endless answer and an unfinished request, and sends another request on the same connection.
async fn cancelled(address: SocketAddr) -> Result<String, Failure> {
    let mut client = connect(address).await?;
    let (response, _) = client.send_request(head("GET /v1/endless", ALL)?, true)?;
    let mut endless = response.await?.into_body();
    endless.data().await.ok_or("an endless answer begins")??;
    drop(endless);
    client = client.ready().await?;
    let (response, mut sender) = client.send_request(head("POST /v1/items", ALL)?, false)?;
    sender.send_data(b"ab", false)?;
    // The request is cancelled after its decision.
    for _ in 0..100 {
        if crate::witness::has(crate::witness::Event::Allowed("CreateItem")) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    sender.send_reset(h2::Reason::CANCEL);
    drop(response);
    client = client.ready().await?;
    let (response, _) = client.send_request(head("GET /v1/items", ALL)?, true)?;
    let answer = whole(response.await?).await?;
    Ok(shown(answer.status, &answer.body))
}

async fn connect(address: SocketAddr) -> Result<h2::client::SendRequest<&'static [u8]>, Failure> {
    let stream = tokio::net::TcpStream::connect(address).await?;
    // With a small window the client receives only a little of an endless answer at a time.
    let (client, connection) = h2::client::Builder::new().initial_window_size(1024).handshake(stream).await?;
    tokio::spawn(connection);
    Ok(client.ready().await?)
}

fn head(request: &str, key: &str) -> Result<http::Request<()>, Failure> {
    let (method, path) = request.split_once(' ').ok_or("a request has a method")?;
    let mut head = http::Request::builder().method(method).uri(format!("http://items.example{path}"));
    if !key.is_empty() {
        head = head.header("authorization", format!("Bearer {key}"));
    }
    Ok(head.body(())?)
}

async fn whole(response: http::Response<h2::RecvStream>) -> Result<Answer, Failure> {
    let mut answer = Answer { status: response.status().as_u16(), ..Answer::default() };
    let mut body = response.into_body();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        answer.body.push_str(&String::from_utf8_lossy(&data));
    }
    Ok(answer)
}
