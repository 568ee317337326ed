//! `--token-url`: access tokens by client credentials [RFC 6749, section 4.4].

use std::fs;
use std::path::Path;
use std::time::Duration;

use data_encoding::BASE64;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use policy_test::Held;
use policy_test::matrix::{Address, Client};
use serde_json::Value;

use crate::failure::Failure;

/// Who hands out access tokens.
#[derive(Debug)]
pub(super) struct Issuer {
    client: Client,
    authorization: Authorization,
}

/// The header that says who asks. Its debug text has no secret.
struct Authorization(String);

impl std::fmt::Debug for Authorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authorization")
    }
}

impl Issuer {
    pub(super) fn new(url: &str, id: &str, secret: &Path, authorities: Option<&Path>) -> Result<Self, Failure> {
        let address = Address::read(url).map_err(|error| Failure::new(error.to_string()))?;
        let is_loopback = matches!(address.host.as_str(), "localhost" | "127.0.0.1" | "::1");
        if !address.is_https && !is_loopback {
            let what = format!("`{url}` is not encrypted, and a client's secret would be sent there");
            return Err(Failure::with_help(what, "name an `https` address"));
        }
        let read = |file: &Path| fs::read(file).map_err(|error| Failure::file("read", file, &error));
        let secret =
            String::from_utf8(read(secret)?).map_err(|_| Failure::new(format!("`{}` is no text", secret.display())))?;
        let authorities = authorities.map(read).transpose()?;
        let client = Client::new(address, authorities.as_deref()).map_err(|error| Failure::new(error.to_string()))?;
        // Both are encoded as in a form, before they stand in the header [RFC 6749, section 2.3.1].
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pair = format!("{}:{}", encoded(id), encoded(secret.trim()));
        let authorization = Authorization(format!("Basic {}", BASE64.encode(pair.as_bytes())));
        Ok(Self { client: client.with_timeout(Duration::from_secs(30)), authorization })
    }

    /// A token with these scopes. An issuer may give others, and says so.
    pub(super) fn token(&self, scopes: &[String]) -> Result<Held, String> {
        let mut form = "grant_type=client_credentials".to_owned();
        if !scopes.is_empty() {
            form.push_str(&format!("&scope={}", utf8_percent_encode(&scopes.join(" "), NON_ALPHANUMERIC)));
        }
        let headers = [("Authorization".to_owned(), self.authorization.0.clone())];
        let (status, body) = self.client.post_form(&headers, &form).map_err(|why| format!("the issuer: {why}"))?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status != 200 {
            let code = answer.get("error").and_then(Value::as_str).map(|code| format!(", `{}`", code.escape_debug()));
            return Err(format!("the issuer answered {status}{}", code.unwrap_or_default()));
        }
        let text = |key: &str| answer.get(key).and_then(Value::as_str);
        let Some(secret) = text("access_token") else { return Err("the issuer answered without a token".to_owned()) };
        let scopes = match text("scope") {
            Some(granted) => granted.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
            None if scopes.is_empty() => return Err("the issuer does not say which scopes its token holds".to_owned()),
            // It says nothing where it gave what was asked for [RFC 6749, section 5.1].
            None => scopes.to_vec(),
        };
        Ok(Held { secret: secret.to_owned(), scopes })
    }
}
