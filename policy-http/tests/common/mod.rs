//! A policy with two schemes, an authenticator whose tokens say what they grant, and requests.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::unwrap_used,
    clippy::panic,
    reason = "shared by test binaries that use parts of it; a test fails by panicking"
)]

#[path = "../../../policy-core/tests/fixture/mod.rs"]
#[allow(
    unused_macros,
    missing_docs,
    clippy::allow_attributes_without_reason,
    reason = "the fixture serves several tests"
)]
mod files;

use std::io;
use std::sync::{Arc, Mutex};

pub use files::{Api, POLICY, operations, schemes};
use http::request::Parts;
use policy_core::{AuthenticationFailure as Failure, OperationRef, Principal, ScopeSet};
use policy_http::{Authenticator, Credential};

/// `subject/scope/scope`; anything without a `/` is nobody's.
pub struct Tokens;

impl Authenticator<Api> for Tokens {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, Failure> {
        assert!(!format!("{credential:?}").contains(credential.secret()), "the secret is shown");
        match credential.secret() {
            "expired" => return Err(Failure::Expired),
            "down" => return Err(Failure::Unavailable),
            _ => {}
        }
        let (subject, scopes) = credential.secret().split_once('/').ok_or(Failure::Invalid)?;
        let scopes: ScopeSet<Api> = scopes
            .split('/')
            .filter_map(|name| POLICY.scopes().find(|scope| scope.name().replace(':', ".") == name))
            .collect();
        Ok(Principal::new(subject)
            .with_tenant(format!("org-{subject}"))
            .with_credential_id(format!("id-{subject}"))
            .with_grant(credential.scheme(), scopes))
    }
}

pub fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
    let request = headers.iter().fold(http::Request::builder().method(method).uri(target), |request, (name, value)| {
        request.header(*name, *value)
    });
    request.body(()).unwrap().into_parts().0
}

pub fn parts(target: &str, headers: &[(&str, &str)]) -> Parts {
    request("GET", target, headers)
}

pub fn operation(method: &str, template: &str) -> OperationRef<Api> {
    POLICY.operation(method, template).unwrap()
}

/// Keeps what is written to it.
#[derive(Clone, Default)]
pub struct Captured(pub Arc<Mutex<Vec<u8>>>);

impl Captured {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
