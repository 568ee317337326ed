//! The body of every answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::HeaderMap;
use hyper::body::{Body, Bytes, Frame, SizeHint};

/// The body of an answer: some bytes, and for gRPC the trailers that say how the call ended.
#[derive(Debug, Default)]
pub struct Answer {
    bytes: Option<Bytes>,
    trailers: Option<HeaderMap>,
}

impl Answer {
    /// A body of these bytes.
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { bytes: (!bytes.is_empty()).then_some(bytes), trailers: None }
    }

    /// The same body, with trailers after it.
    pub(crate) fn with_trailers(mut self, trailers: HeaderMap) -> Self {
        self.trailers = Some(trailers);
        self
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = self.bytes.take().map(Frame::data).or_else(|| self.trailers.take().map(Frame::trailers));
        Poll::Ready(frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.bytes.as_ref().map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.trailers.is_none() {
            return SizeHint::with_exact(length);
        }
        // A message of gRPC tells its own length. An exact one would become a header field that nobody reads.
        let mut hint = SizeHint::new();
        hint.set_lower(length);
        hint
    }
}
