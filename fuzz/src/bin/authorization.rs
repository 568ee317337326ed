//! Where credentials stand, by a second reading of the grammars: the secret that an authenticator sees is what the request has.
//!
//! Each line is a header (`name: value`), up to the first empty line; behind it stands the query.
#![no_main]

#[path = "../../../policy-http/tests/several/mod.rs"]
mod several;

use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use http::{HeaderName, HeaderValue, Request};
use libfuzzer_sys::fuzz_target;
use policy_core::{AuthenticationFailure, Policy, Principal, ScopeSet};
use policy_http::{Authenticator, Credential, identify};
use several::Api;

/// Accepts everything, as one caller, and notes what it saw.
#[derive(Default)]
struct Noting(Mutex<Vec<(&'static str, String)>>);

impl Authenticator<Api> for Noting {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, AuthenticationFailure> {
        self.0.lock().unwrap().push((credential.scheme().name(), credential.secret().to_owned()));
        Ok(Principal::new("ali").with_grant(credential.scheme(), ScopeSet::EMPTY))
    }
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing is waited for"),
    }
}

/// RFC 6750, section 2.1: `"Bearer" 1*SP b64token`.
fn bearer(field: &str) -> Option<&str> {
    let (scheme, rest) = field.split_once(' ')?;
    let rest = rest.trim_start_matches(' ');
    let body = rest.trim_end_matches('=');
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    (scheme.eq_ignore_ascii_case("bearer") && !body.is_empty() && body.bytes().all(is_token)).then_some(rest)
}

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let mut request = Request::builder();
    let mut fields = Vec::new();
    for line in lines.by_ref().take_while(|line| !line.is_empty()).take(8) {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
        let Ok(name) = HeaderName::from_bytes(&line[..at]) else { continue };
        let Ok(value) = HeaderValue::from_bytes(line[at + 1..].trim_ascii()) else { continue };
        fields.push((name.clone(), value.clone()));
        request = request.header(name, value);
    }
    if let Some(query) = lines.next().and_then(|query| str::from_utf8(query).ok()) {
        request = request.uri(format!("/?{query}"));
    }
    let Ok(request) = request.body(()) else { return };
    let (parts, ()) = request.into_parts();
    let of = |name: &str| fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value).collect::<Vec<_>>();
    let authorization = of("authorization");
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    for operation in Policy::<Api>::new().operations().map(Some).chain([None]) {
        let noting = Noting::default();
        let found = now(identify(operation, &parts, &noting));
        let seen = noting.0.into_inner().unwrap();
        assert_eq!(found.as_ref().is_ok_and(Option::is_some), found.is_ok() && !seen.is_empty());
        for (scheme, secret) in &seen {
            assert!(!secret.is_empty(), "an empty secret of {scheme}");
            match *scheme {
                "One" | "Two" | "Basic" | "Digest" | "DPoP" | "Raw" => {
                    let [field] = authorization[..] else { panic!("several fields, and one was read: {scheme}") };
                    let field = text(field).unwrap();
                    let expected = match *scheme {
                        "One" | "Two" => bearer(&field).map(str::to_owned),
                        "Raw" => Some(field.clone()),
                        "Basic" => {
                            let pair = field.split_once(' ').and_then(|(_, rest)| {
                                data_encoding::BASE64.decode(rest.trim_start_matches(' ').as_bytes()).ok()
                            });
                            pair.and_then(|pair| String::from_utf8(pair).ok()).filter(|pair| pair.contains(':'))
                        }
                        _ => field.split_once(' ').map(|(_, rest)| rest.trim_start_matches(' ').to_owned()),
                    };
                    assert_eq!(Some(secret), expected.as_ref(), "{scheme} of {field:?}");
                }
                "InHeader" | "InHeaderToo" => {
                    let [field] = of("x-key")[..] else { panic!("several keys, and one was read") };
                    assert_eq!(text(field).as_ref(), Some(secret));
                }
                "InQuery" | "InQueryToo" => {
                    let query = parts.uri.query().unwrap_or_default();
                    let mut named = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "api_key");
                    assert_eq!(named.next().map(|(_, value)| value.into_owned()).as_ref(), Some(secret));
                    assert_eq!(named.next(), None, "two keys, and one was read");
                }
                "InCookie" | "InCookieToo" => {
                    assert!(
                        of("cookie").iter().any(|value| value.to_str().unwrap_or_default().contains(secret.as_str())
                            || !value.as_bytes().is_ascii())
                    );
                }
                other => panic!("{other} has nothing in a request"),
            }
        }
    }
});
