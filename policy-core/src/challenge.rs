//! The value of `WWW-Authenticate` (RFC 9110, section 11.6.1; RFC 6750, section 3), for policies of either kind.

use core::fmt;

use crate::denial::Reason;
use crate::scheme_kind::SchemeKind;

/// How a scheme's credential is sent, as a challenge says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier<'s> {
    /// A token in `Authorization`. Kinds of schemes without a challenge of their own get this one too.
    Bearer,
    /// User and password in `Authorization` (RFC 7617).
    Basic,
    /// A key.
    Key {
        /// `header`, `query` or `cookie`.
        place: &'static str,
        /// The name that it has there.
        name: &'s str,
    },
}

impl<'s> From<SchemeKind<&'s str>> for Carrier<'s> {
    fn from(kind: SchemeKind<&'s str>) -> Self {
        match kind {
            SchemeKind::Basic => Self::Basic,
            SchemeKind::ApiKeyHeader(name) => Self::Key { place: "header", name },
            SchemeKind::ApiKeyQuery(name) => Self::Key { place: "query", name },
            SchemeKind::ApiKeyCookie(name) => Self::Key { place: "cookie", name },
            _ => Self::Bearer,
        }
    }
}

/// Writes a challenge for each kind of the accepted carriers. `realm` names the protected space. Quotes and backslashes in it are
/// escaped. `required` are the scopes that the resource needs, each once. They are written if the caller's scopes are not enough.
///
/// # Errors
/// What the writer answers.
pub fn write<'s>(
    out: &mut dyn fmt::Write,
    realm: &str,
    reason: Reason<'_>,
    carriers: impl IntoIterator<Item = Carrier<'s>>,
    required: impl IntoIterator<Item = &'s str>,
) -> fmt::Result {
    let (mut bearer, mut basic, mut key) = (false, false, None);
    for carrier in carriers {
        match carrier {
            Carrier::Bearer => bearer = true,
            Carrier::Basic => basic = true,
            Carrier::Key { place, name } => key = key.or(Some((place, name))),
        }
    }
    let mut separator = "";
    if bearer || !(basic || key.is_some()) {
        out.write_str("Bearer ")?;
        write_realm(out, realm)?;
        if let Some(error) = reason.bearer_error() {
            write!(out, ", error=\"{error}\", error_description=\"{reason}\"")?;
        }
        if reason == Reason::InsufficientScope {
            write_scopes(out, required)?;
        }
        separator = ", ";
    }
    if basic {
        write!(out, "{separator}Basic ")?;
        write_realm(out, realm)?;
        out.write_str(", charset=\"UTF-8\"")?;
        separator = ", ";
    }
    if let Some((place, name)) = key {
        write!(out, "{separator}ApiKey ")?;
        write_realm(out, realm)?;
        write!(out, ", in=\"{place}\", name=")?;
        write_quoted(out, name)?;
    }
    Ok(())
}

fn write_scopes<'s>(out: &mut dyn fmt::Write, scopes: impl IntoIterator<Item = &'s str>) -> fmt::Result {
    let mut before = ", scope=\"";
    for scope in scopes {
        write!(out, "{before}{scope}")?;
        before = " ";
    }
    if before == " " { out.write_char('"') } else { Ok(()) }
}

fn write_realm(out: &mut dyn fmt::Write, realm: &str) -> fmt::Result {
    out.write_str("realm=")?;
    write_quoted(out, realm)
}

/// Writes a quoted-string (RFC 9110, section 5.6.4). Characters that it cannot have are left out.
fn write_quoted(out: &mut dyn fmt::Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for character in text.chars().filter(|character| matches!(character, ' '..='~')) {
        if matches!(character, '"' | '\\') {
            out.write_char('\\')?;
        }
        out.write_char(character)?;
    }
    out.write_char('"')
}
