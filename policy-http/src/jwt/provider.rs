//! What the tokens of well-known providers look like, as their documentation says.

use std::fmt;

use crate::claim_path::ClaimPath;
use crate::claims::TenantClaim;

/// A provider of tokens, with the facts that its access tokens have: the issuer's name, the header's `typ` or none, the claims that name
/// audience, client and organization, and what tells an access token from an ID token.
///
/// The address of its keys is [`keys_url`](Self::keys_url). `docs/tokens.md` shows the tokens of each provider.
#[derive(Clone, Debug)]
pub struct Provider {
    pub(super) issuer: String,
    keys_url: String,
    pub(super) types: &'static [&'static str],
    pub(super) may_lack_type: bool,
    pub(super) audience_claim: ClaimPath,
    pub(super) client_claim: ClaimPath,
    pub(super) clients: Option<Vec<String>>,
    pub(super) demanded: Vec<(ClaimPath, Vec<String>)>,
    pub(super) tenant_claim: Option<TenantClaim>,
}

impl Provider {
    fn new(issuer: String, keys_url: String, types: &'static [&'static str], client_claim: &str) -> Self {
        Self {
            issuer,
            keys_url,
            types,
            may_lack_type: false,
            audience_claim: ClaimPath::from("aud"),
            client_claim: ClaimPath::from(client_claim),
            clients: None,
            demanded: Vec::new(),
            tenant_claim: None,
        }
    }

    fn demanding(mut self, claim: &str, value: &str) -> Self {
        self.demanded.push((ClaimPath::from(claim), vec![value.to_owned()]));
        self
    }

    /// Auth0, with the token profile that it has by default: `typ` is `JWT` and `azp` names the client. `domain` is that of the tenant,
    /// `example.eu.auth0.com`, or a custom one.
    ///
    /// # Errors
    /// The domain is not a host name in lower case.
    pub fn auth0(domain: &str) -> Result<Self, ProviderError> {
        let host = host(domain)?;
        let keys = format!("https://{host}/.well-known/jwks.json");
        Ok(Self::new(format!("https://{host}/"), keys, &["JWT"], "azp"))
    }

    /// Auth0, with the token profile of RFC 9068: `typ` is `at+jwt` and `client_id` names the client.
    ///
    /// # Errors
    /// The domain is not a host name in lower case.
    pub fn auth0_rfc9068(domain: &str) -> Result<Self, ProviderError> {
        Ok(Self { types: &["at+jwt"], client_claim: ClaimPath::from("client_id"), ..Self::auth0(domain)? })
    }

    /// Microsoft Entra ID, access tokens of version 1: an API whose `requestedAccessTokenVersion` is 1 or `null` gets these. `aud` is the
    /// API's identifier `api://…` or its client identifier, as the client asked for it; accept both by
    /// [`with_audience`](crate::Jwt::with_audience). `tenant` is the directory's identifier. The claim `tid` must be the same, and names
    /// the caller's organization.
    ///
    /// # Errors
    /// The tenant is not the identifier of a directory. `common` and `organizations` are refused, because they stand for every directory.
    pub fn entra_v1(tenant: &str) -> Result<Self, ProviderError> {
        let tenant = directory(tenant)?;
        Ok(entra(&tenant, format!("https://sts.windows.net/{tenant}/"), "appid").demanding("ver", "1.0"))
    }

    /// Microsoft Entra ID, access tokens of version 2. The audience is the API's client identifier. Otherwise as
    /// [`entra_v1`](Self::entra_v1).
    ///
    /// # Errors
    /// The tenant is not the identifier of a directory. `common` and `organizations` are refused, because they stand for every directory.
    pub fn entra_v2(tenant: &str) -> Result<Self, ProviderError> {
        let tenant = directory(tenant)?;
        let issuer = format!("https://login.microsoftonline.com/{tenant}/v2.0");
        Ok(entra(&tenant, issuer, "azp").demanding("ver", "2.0"))
    }

    /// A realm of Keycloak. `server` is its address before `/realms`, `https://sso.example.com`. The audience must be added to tokens by an
    /// audience mapper: by itself, Keycloak names `account` there.
    ///
    /// # Errors
    /// The address is not an `https` URL, or has a query. Or the realm has characters that no realm has.
    pub fn keycloak(server: &str, realm: &str) -> Result<Self, ProviderError> {
        let address = server.strip_prefix("https://").ok_or_else(|| ProviderError::of("server", server))?;
        let (domain, path) = address.split_once('/').map_or((address, ""), |(domain, path)| (domain, path));
        let path = path.trim_end_matches('/');
        let (host, realm) = (host(domain)?, segment("realm", realm)?);
        let is_path = path.is_empty() || path.split('/').all(is_segment);
        if !is_path {
            return Err(ProviderError::of("server", server));
        }
        let slash = if path.is_empty() { "" } else { "/" };
        let issuer = format!("https://{host}{slash}{path}/realms/{realm}");
        let keys = format!("{issuer}/protocol/openid-connect/certs");
        Ok(Self::new(issuer, keys, &["JWT"], "azp").demanding("typ", "Bearer"))
    }

    /// A user pool of Amazon Cognito, such as `eu-west-1_AbC123`. Its access tokens have no `typ`, and `client_id` names the app client, which
    /// stands for the audience. A token that was asked for with a `resource` has an `aud` as well: it must be accepted too, by
    /// [`with_audience`](crate::Jwt::with_audience).
    ///
    /// # Errors
    /// The text is not the identifier of a user pool.
    pub fn cognito(user_pool: &str) -> Result<Self, ProviderError> {
        let pool = segment("user pool", user_pool)?;
        let (region, _) = pool
            .split_once('_')
            .filter(|(region, id)| is_region(region) && !id.is_empty())
            .ok_or_else(|| ProviderError::of("user pool", user_pool))?;
        let issuer = format!("https://cognito-idp.{region}.amazonaws.com/{pool}");
        let keys = format!("{issuer}/.well-known/jwks.json");
        let mut provider = Self::new(issuer, keys, &[], "client_id").demanding("token_use", "access");
        provider.may_lack_type = true;
        provider.audience_claim = ClaimPath::from("client_id");
        Ok(provider)
    }

    /// A custom authorization server of Okta, such as `default` of `example.okta.com`. Its access tokens have no `typ`, and `cid` names the
    /// client. Tokens of the organization's own authorization server are not for APIs.
    ///
    /// # Errors
    /// The domain is not a host name in lower case, or the authorization server has characters that none has.
    pub fn okta(domain: &str, authorization_server: &str) -> Result<Self, ProviderError> {
        let (host, server) = (host(domain)?, segment("authorization server", authorization_server)?);
        let issuer = format!("https://{host}/oauth2/{server}");
        let keys = format!("{issuer}/v1/keys");
        Ok(Self { may_lack_type: true, ..Self::new(issuer, keys, &[], "cid") })
    }

    /// Accepts tokens of these clients alone. Without it, tokens of every client of the issuer that are for the audience.
    #[must_use]
    pub fn clients<T: Into<String>>(mut self, clients: impl IntoIterator<Item = T>) -> Self {
        self.clients = Some(clients.into_iter().map(Into::into).collect());
        self
    }

    /// The issuer's name, which `iss` must be.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The address of the issuer's keys (RFC 7517).
    #[must_use]
    pub fn keys_url(&self) -> &str {
        &self.keys_url
    }
}

fn entra(tenant: &str, issuer: String, client_claim: &str) -> Provider {
    let keys = format!("https://login.microsoftonline.com/{tenant}/discovery/v2.0/keys");
    let tid = ClaimPath::from("tid");
    let mut provider = Provider::new(issuer, keys, &["JWT"], client_claim).demanding("tid", tenant);
    provider.tenant_claim = TenantClaim::named(tid).ok();
    provider
}

/// A host name in lower case, as it stands in the issuer's name.
fn host(domain: &str) -> Result<&str, ProviderError> {
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let is_host = domain.contains('.') && domain.split('.').all(is_label);
    if is_host { Ok(domain) } else { Err(ProviderError::of("domain", domain)) }
}

/// The identifier of a directory, 8-4-4-4-12 hexadecimal digits in lower case, as tokens have it.
fn directory(tenant: &str) -> Result<String, ProviderError> {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = tenant.split('-').collect();
    let is_right = parts.len() == lengths.len()
        && parts
            .iter()
            .zip(lengths)
            .all(|(part, length)| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if is_right { Ok(tenant.to_ascii_lowercase()) } else { Err(ProviderError::of("tenant", tenant)) }
}

fn is_segment(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && !text.bytes().all(|byte| byte == b'.') && text.bytes().all(is_plain)
}

fn segment<'t>(what: &'static str, text: &'t str) -> Result<&'t str, ProviderError> {
    if is_segment(text) { Ok(text) } else { Err(ProviderError::of(what, text)) }
}

fn is_region(text: &str) -> bool {
    text.contains('-') && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// A text that names no provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    what: &'static str,
    text: String,
}

impl ProviderError {
    fn of(what: &'static str, text: &str) -> Self {
        Self { what, text: text.to_owned() }
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match self.what {
            "domain" => "a host name in lower case without `https://`, such as `example.eu.auth0.com`",
            "tenant" => {
                "a directory's identifier, such as `9f3c1d2e-8a54-4c1b-9b7e-2d6f0a1b3c4d`; `common` and `organizations` stand for all of them"
            }
            "server" => "an address such as `https://sso.example.com`",
            "user pool" => "a user pool's identifier, such as `eu-west-1_AbC123`",
            _ => "a name of letters, digits, `-`, `_` and `.`",
        };
        write!(f, "`{}` is no {}; write {form}", self.text.escape_debug(), self.what)
    }
}

impl std::error::Error for ProviderError {}
