//! Decides about requests, by the policies that are in force.

use http::HeaderMap;

use crate::outcome::Outcome;
use crate::proxied_request::ProxiedRequest;

/// Decides about requests. It is shared by all listeners, and keeps the policies that are in force.
#[derive(Debug, Default)]
pub struct Authorizer {}

impl Authorizer {
    /// Decides about one request that came by the listener of this name.
    pub async fn decide(&self, listener: &str, request: &ProxiedRequest) -> Outcome {
        let _ = (listener, request);
        Outcome::unavailable()
    }

    /// Decides whether a subject may do something, for whoever asks by AuthZEN.
    pub async fn evaluate(&self, listener: &str, evaluation: &Evaluation) -> Outcome {
        let _ = (listener, evaluation);
        Outcome::unavailable()
    }
}

/// A question about an operation rather than a request (AuthZEN Authorization API 1.0, section 5).
#[derive(Debug)]
pub struct Evaluation {
    /// Which document applies, where the asker says so.
    pub document: Option<String>,
    /// The method: the name of the action.
    pub method: String,
    /// The path template, as the document has it, without the base path: the id of the resource.
    pub template: String,
    /// Who would call.
    pub subject: Subject,
}

/// Who would call.
#[derive(Debug)]
pub enum Subject {
    /// Nobody who is known.
    Nobody,
    /// Whoever presents these header fields, as a request would.
    Presents(HeaderMap),
    /// The key with this public id, as the store has it. No secret is compared.
    Stored(String),
    /// Whoever the asker says holds these scopes by these schemes. It counts only where the listener allows it.
    Stated(Vec<(String, Vec<String>)>),
}
