//! Which ready authenticator fits a security scheme.

use clap::ValueEnum;
use policy_spec::{PolicyModel, Scheme, SchemeKind, Sources};

/// How bearer tokens are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Bearer {
    /// As API keys, which a store knows.
    Keys,
    /// As JWTs, by their signature.
    Jwt,
    /// By asking the issuer about each (RFC 7662).
    Introspection,
}

/// What authenticates the credentials of a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authenticator {
    Keys,
    Jwt,
    Introspection,
    /// There is none that is ready: whoever comes by this scheme is refused.
    Missing,
}

/// A security scheme of the document.
#[derive(Debug)]
pub(super) struct Presented {
    /// Its constant in `policy::schemes`.
    pub(super) constant: String,
    kind: SchemeKind,
    /// The document says that its tokens are JWTs.
    says_jwt: bool,
    /// The issuer, where the document names it.
    pub(super) issuer: Option<String>,
}

impl Presented {
    pub(super) fn all(model: &PolicyModel, constants: &[String], sources: &Sources) -> Vec<Self> {
        let one = |(scheme, constant): (&Scheme, &String)| {
            let text = declaration(scheme, model, sources);
            Self {
                constant: constant.clone(),
                kind: scheme.kind.clone(),
                says_jwt: value(&text, "bearerFormat").is_some_and(|format| format.eq_ignore_ascii_case("jwt")),
                issuer: value(&text, "openIdConnectUrl").and_then(issuer),
            }
        };
        model.schemes.iter().zip(constants).map(one).collect()
    }

    /// The authenticator that fits. Where `bearer` says how bearer tokens are checked, that counts.
    pub(super) fn authenticator(&self, bearer: Option<Bearer>) -> Authenticator {
        match &self.kind {
            SchemeKind::ApiKeyHeader(_) | SchemeKind::ApiKeyQuery(_) | SchemeKind::ApiKeyCookie(_) => {
                Authenticator::Keys
            }
            SchemeKind::Bearer | SchemeKind::OAuth2 | SchemeKind::OpenIdConnect => match bearer {
                Some(Bearer::Keys) => Authenticator::Keys,
                Some(Bearer::Jwt) => Authenticator::Jwt,
                Some(Bearer::Introspection) => Authenticator::Introspection,
                // A bearer token of which nothing is said is as opaque as a key.
                None if self.kind == SchemeKind::Bearer && !self.says_jwt => Authenticator::Keys,
                None => Authenticator::Jwt,
            },
            SchemeKind::Basic | SchemeKind::HttpOther(_) | SchemeKind::MutualTls => Authenticator::Missing,
            _ => Authenticator::Missing,
        }
    }
}

/// The lines that declare a scheme: up to the next scheme, and not more than a screen.
///
/// The model does not keep what decides nothing. This is looked at only to choose what is proposed for the file of authenticators.
fn declaration(scheme: &Scheme, model: &PolicyModel, sources: &Sources) -> String {
    const MOST: usize = 40;
    let here = &scheme.location;
    let Some(file) = sources.files().find(|file| sources.name(*file) == here.file) else { return String::new() };
    let others = model.schemes.iter().map(|other| &other.location);
    let next = others.filter(|other| other.file == here.file && other.line > here.line).map(|other| other.line).min();
    let lines = next.map_or(MOST, |next| next - here.line).min(MOST);
    let text: Vec<&str> = sources.text(file).lines().skip(here.line.saturating_sub(1)).take(lines).collect();
    text.join("\n")
}

/// What stands behind a key, in YAML or JSON.
fn value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(key)?;
    let rest = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?;
    let value = rest.trim_start().trim_start_matches(['"', '\'']);
    value.split(['"', '\'', '\n', ',', '}', ' ']).next().filter(|value| !value.is_empty())
}

/// The issuer of OpenID Connect's metadata, where that is an address as the specification wants it.
fn issuer(url: &str) -> Option<String> {
    let issuer = url.strip_suffix("/.well-known/openid-configuration")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/".contains(c);
    (issuer.starts_with("https://") && issuer.chars().all(plain)).then(|| issuer.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{issuer, value};

    #[test]
    fn what_stands_behind_a_key_is_found_in_both_languages() {
        for (text, found) in [
            ("Token: { type: http, scheme: bearer, bearerFormat: JWT }", Some("JWT")),
            ("\"bearerFormat\": \"JWT\",", Some("JWT")),
            ("bearerFormat:\n  JWT", Some("JWT")),
            ("bearerFormat", None),
            ("type: http", None),
        ] {
            assert_eq!(value(text, "bearerFormat"), found, "{text}");
        }
    }

    #[test]
    fn an_issuer_is_an_address_and_nothing_else() {
        for (url, found) in [
            ("https://sso.example/realms/a/.well-known/openid-configuration", Some("https://sso.example/realms/a")),
            ("http://sso.example/.well-known/openid-configuration", None),
            ("https://sso.example/\\\".well-known/openid-configuration", None),
            ("https://sso.example/metadata", None),
        ] {
            assert_eq!(issuer(url).as_deref(), found, "{url}");
        }
    }
}
