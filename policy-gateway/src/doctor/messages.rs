//! What the doctor reads and writes of the messages of `envoy.service.auth.v3`. Their numbers are those of Envoy's definition.

use std::collections::HashMap;

use prost::Message;

/// `CheckRequest`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Question {
    #[prost(message, optional, tag = "1")]
    pub(crate) attributes: Option<Attributes>,
}

/// `AttributeContext`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Attributes {
    #[prost(message, optional, tag = "4")]
    pub(crate) request: Option<RequestAttributes>,
}

/// `AttributeContext.Request`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RequestAttributes {
    #[prost(message, optional, tag = "2")]
    pub(crate) http: Option<HttpRequest>,
}

/// `AttributeContext.HttpRequest`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct HttpRequest {
    #[prost(string, tag = "2")]
    pub(crate) method: String,
    #[prost(map = "string, string", tag = "3")]
    pub(crate) headers: HashMap<String, String>,
    #[prost(string, tag = "4")]
    pub(crate) path: String,
    #[prost(string, tag = "5")]
    pub(crate) host: String,
    #[prost(message, optional, tag = "13")]
    pub(crate) header_map: Option<HeaderFields>,
}

/// `HeaderMap`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct HeaderFields {
    #[prost(message, repeated, tag = "1")]
    pub(crate) headers: Vec<HeaderField>,
}

/// `HeaderValue`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct HeaderField {
    #[prost(string, tag = "1")]
    pub(crate) key: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
    #[prost(bytes = "vec", tag = "3")]
    pub(crate) raw_value: Vec<u8>,
}

/// `CheckResponse`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Answer {
    #[prost(message, optional, tag = "1")]
    pub(crate) status: Option<Status>,
    #[prost(message, optional, tag = "3")]
    pub(crate) allowed: Option<Allowed>,
}

/// `google.rpc.Status`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Status {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
}

/// `OkHttpResponse`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Allowed {
    #[prost(message, repeated, tag = "2")]
    pub(crate) headers: Vec<HeaderOption>,
}

/// `HeaderValueOption`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct HeaderOption {
    #[prost(message, optional, tag = "1")]
    pub(crate) header: Option<HeaderField>,
    /// 2: what is there is overwritten.
    #[prost(int32, tag = "3")]
    pub(crate) append_action: i32,
    /// Without it, Envoy removes a header whose value is empty.
    #[prost(bool, tag = "4")]
    pub(crate) keep_empty_value: bool,
}

impl Answer {
    /// An allowed request, with this value in each of the headers.
    pub(crate) fn allowed(names: &[String], value: &str) -> Self {
        let option = |name: &String| {
            let field = HeaderField { key: name.to_ascii_lowercase(), value: value.to_owned(), raw_value: Vec::new() };
            HeaderOption { header: Some(field), append_action: 2, keep_empty_value: true }
        };
        Self {
            status: Some(Status { code: 0 }),
            allowed: Some(Allowed { headers: names.iter().map(option).collect() }),
        }
    }
}
