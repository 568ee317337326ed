//! For development: what the log says of a denial, in the answer as well. Behind the feature `explain-denials`.
//!
//! It tells strangers what is wrong with their credentials and callers what they lack, so it must not be on where anybody else than a
//! developer calls. A build without debug assertions never has it, whatever features are on.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Response};

use crate::credential_fault::CredentialFault;
use crate::denial_facts::DenialFacts;
use crate::mount::tell_once;

/// Whether this build can explain denials.
const IS_POSSIBLE: bool = cfg!(all(debug_assertions, feature = "explain-denials"));

/// The header of an answer that explains itself.
const HEADER: HeaderName = HeaderName::from_static("policy-explanation");

/// Whether denials are explained. There is no other way to make it than [`asked`](Self::asked), which looks at the build.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Explanations {
    are_on: bool,
}

impl Explanations {
    /// On, where the build can. Otherwise the log says why not.
    pub(crate) fn asked() -> Self {
        if !IS_POSSIBLE {
            tracing::error!(
                target: "policy",
                "denials are not explained: that needs the feature `explain-denials` of policy-http and a build with debug assertions"
            );
            tell_once(
                "`Options::explain_denials` does nothing: it needs the feature `explain-denials` of policy-http and a build with \
                 debug assertions",
            );
        }
        Self { are_on: IS_POSSIBLE }
    }

    pub(crate) fn are_on(self) -> bool {
        self.are_on
    }

    /// Says in the log that it is on.
    pub(crate) fn announce(self) {
        if self.are_on {
            tracing::warn!(target: "policy", "answers explain denials to whoever is denied; this is for development alone");
        }
    }

    /// Adds the explanation to an answer: a header, and a member of the default body.
    pub(crate) fn explain(
        self,
        response: &mut Response<String>,
        denial: &impl DenialFacts,
        fault: Option<CredentialFault>,
    ) {
        if !self.are_on {
            return;
        }
        let text = explanation(denial, fault);
        // Scopes and faults are visible ASCII. What is not is no header, and the header must be there all the same.
        let header = HeaderValue::try_from(&text).unwrap_or(HeaderValue::from_static("development"));
        response.headers_mut().insert(HEADER, header);
        if !is_problem(response.headers()) {
            return;
        }
        if let Some(open) = response.body().strip_suffix('}') {
            let member = serde_json::to_string(&text).unwrap_or_default();
            let body = format!("{open},\"explanation\":{member}}}");
            let length = HeaderValue::from(body.len());
            *response.body_mut() = body;
            response.headers_mut().insert(CONTENT_LENGTH, length);
        }
    }
}

fn is_problem(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes() == b"application/problem+json")
}

fn explanation(denial: &impl DenialFacts, fault: Option<CredentialFault>) -> String {
    let (code, missing) = (denial.reason().code(), denial.missing());
    match fault {
        Some(fault) => format!("{}: {fault}", fault.code()),
        None if !missing.is_empty() => format!("{code}: the caller lacks {missing}"),
        None => code.to_owned(),
    }
}
