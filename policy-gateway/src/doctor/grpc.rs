//! The doctor as an authorizer that Envoy asks by gRPC.

use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Request, Response};
use prost::Message;
use tokio::net::TcpStream;

use super::messages::{Answer, Question, Status};
use super::plan::{IDENTITY, Plan};
use super::seen::{Record, Seen};
use super::servers::Asked;

const SILENCE: Duration = Duration::from_secs(600);

/// Answers the questions of one connection.
pub(crate) async fn serve(stream: TcpStream, asked: Asked, record: Arc<Record>) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(answer(request, respond, asked.clone(), record.clone()));
    }
}

async fn answer(
    request: Request<h2::RecvStream>,
    mut respond: SendResponse<Bytes>,
    asked: Asked,
    record: Arc<Record>,
) -> Option<()> {
    let plan = record.asked(question(request.into_body()).await?);
    let (message, status) = match plan {
        Plan::Allow => (Some(Answer::allowed(&asked.identity_headers, IDENTITY)), "0"),
        Plan::AllowNobody => (Some(Answer::allowed(&asked.identity_headers, "")), "0"),
        Plan::Deny => (Some(Answer { status: Some(Status { code: 7 }), ..Answer::default() }), "0"),
        Plan::Fail => (None, "14"),
        Plan::Overloaded => (None, "8"),
        Plan::Silence => {
            tokio::time::sleep(SILENCE).await;
            return None;
        }
        Plan::Close => {
            respond.send_reset(h2::Reason::INTERNAL_ERROR);
            return None;
        }
    };
    let head = Response::builder().header("content-type", "application/grpc").body(()).ok()?;
    let mut stream = respond.send_response(head, false).ok()?;
    if let Some(message) = message {
        let mut frame = BytesMut::new();
        frame.put_u8(0);
        frame.put_u32(u32::try_from(message.encoded_len()).ok()?);
        message.encode(&mut frame).ok()?;
        stream.send_data(frame.freeze(), false).ok()?;
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(status));
    stream.send_trailers(trailers).ok()
}

/// Reads the one message of a call.
async fn question(mut body: h2::RecvStream) -> Option<Seen> {
    let mut bytes = BytesMut::new();
    while let Some(part) = body.data().await {
        let part = part.ok()?;
        let _ = body.flow_control().release_capacity(part.len());
        bytes.extend_from_slice(&part);
    }
    // Before the message stand whether it is compressed, and its length.
    let question = Question::decode(bytes.get(5..)?).ok()?;
    let http = question.attributes?.request?.http?;
    let mut headers: Vec<_> =
        http.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    for field in http.header_map.unwrap_or_default().headers {
        let value = if field.raw_value.is_empty() {
            field.value
        } else {
            field.raw_value.iter().map(|byte| char::from(*byte)).collect()
        };
        headers.push((field.key.to_ascii_lowercase(), value));
    }
    headers.sort();
    let host = (!http.host.is_empty()).then_some(http.host);
    Some(Seen { method: http.method, target: http.path, host, headers })
}
