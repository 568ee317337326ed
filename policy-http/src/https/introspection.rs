//! An introspection server at a configured address.

use std::fmt;

use data_encoding::BASE64;
use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::HttpsClient;
use super::address::Address;
use crate::introspection::IntrospectionServer;
use crate::unavailable::Unavailable;

/// An introspection server at an address ([`HttpsClient::introspection`]). `Debug` does not show the secret.
#[derive(Clone)]
pub struct HttpsIntrospection {
    client: HttpsClient,
    address: Address,
    authorization: HeaderValue,
}

/// What a form leaves as it is. Servers that forget to decode identifiers and secrets (RFC 6749, section 2.3.1) then read most of them
/// all the same.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*');

impl HttpsIntrospection {
    pub(super) fn new(client: HttpsClient, address: Address, client_id: &str, client_secret: &str) -> Self {
        let pair = format!("{}:{}", utf8_percent_encode(client_id, FORM), utf8_percent_encode(client_secret, FORM));
        // Base64 has only characters that a header may have.
        let value = HeaderValue::try_from(format!("Basic {}", BASE64.encode(pair.as_bytes())));
        let mut authorization = value.unwrap_or_else(|_| HeaderValue::from_static("Basic"));
        authorization.set_sensitive(true);
        Self { client, address, authorization }
    }
}

impl IntrospectionServer for HttpsIntrospection {
    async fn post(&self, form: String) -> Result<String, Unavailable> {
        Ok(self.client.ask(&self.address, Some((self.authorization.clone(), form))).await?)
    }
}

impl fmt::Debug for HttpsIntrospection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpsIntrospection").field("address", &self.address.shown()).finish_non_exhaustive()
    }
}
