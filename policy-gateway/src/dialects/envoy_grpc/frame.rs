//! The frame of a gRPC message: a byte that tells whether it is compressed, its length in four bytes, and the message.

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body, Bytes};

use super::super::refusal::Refusal;

const PREFIX: usize = 5;

/// The message of a unary call. Its frame is the whole body.
pub(super) async fn read<B>(body: B, most: usize) -> Result<Bytes, Refusal>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let whole = Limited::new(body, most.saturating_add(PREFIX)).collect().await;
    let mut frame = whole
        .map_err(|error| match error.downcast_ref::<LengthLimitError>() {
            Some(_) => Refusal::TooLarge,
            None => Refusal::Malformed("the call's body ended early"),
        })?
        .to_bytes();
    let Some((&[compressed, a, b, c, d], message)) = frame.split_first_chunk::<PREFIX>() else {
        return Err(Refusal::Malformed("the call's body has no gRPC frame"));
    };
    if compressed != 0 {
        return Err(Refusal::Malformed("the message is compressed, which this service did not offer"));
    }
    if usize::try_from(u32::from_be_bytes([a, b, c, d])).ok() != Some(message.len()) {
        return Err(Refusal::Malformed("the call's body is not one gRPC frame"));
    }
    Ok(frame.split_off(PREFIX))
}
