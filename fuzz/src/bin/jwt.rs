//! A token of an issuer who has published no key: it is refused, whatever it says, and never for the issuer's fault.
//!
//! Where the bytes hold a line feed, the header stands before the first and the claims behind it, both still to be encoded.
#![no_main]

#[path = "../../../policy-http/tests/several/mod.rs"]
mod several;

use std::cell::RefCell;

use data_encoding::BASE64URL_NOPAD;
use libfuzzer_sys::fuzz_target;
use policy_core::{AuthenticationFailure, Policy};
use policy_http::{Authenticator, Credential, Jwt, JwtAlgorithm, KeySource, Unavailable};
use several::Api;
use tokio::runtime::{Builder, Runtime};

/// Publishes no key.
struct Keyless;

impl KeySource for Keyless {
    async fn fetch(&self) -> Result<String, Unavailable> {
        Ok(r#"{"keys":[]}"#.to_owned())
    }
}

thread_local! {
    static ISSUER: RefCell<Option<(Runtime, Jwt<Keyless>)>> = const { RefCell::new(None) };
}

fuzz_target!(|data: &[u8]| {
    let token = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => {
            let (header, claims) = (&data[..at], &data[at + 1..]);
            format!("{}.{}.AAAA", BASE64URL_NOPAD.encode(header), BASE64URL_NOPAD.encode(claims))
        }
        None => String::from_utf8_lossy(data).into_owned(),
    };
    let scheme = Policy::<Api>::new().scheme("One").unwrap();
    let credential = Credential::<Api>::new(scheme, token);
    ISSUER.with_borrow_mut(|issuer| {
        let (runtime, jwt) = issuer.get_or_insert_with(|| {
            let runtime = Builder::new_current_thread().enable_time().build().unwrap();
            (runtime, Jwt::new("https://i.example", "https://a.example", JwtAlgorithm::Es256, Keyless))
        });
        let refused = runtime.block_on(jwt.authenticate(&credential)).unwrap_err();
        assert_ne!(
            refused,
            AuthenticationFailure::Expired,
            "nobody looked at the claims of a token that nobody signed"
        );
    });
});
