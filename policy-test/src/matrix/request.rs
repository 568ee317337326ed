//! A request with its credentials, and its form as a `curl` line without them.

use std::collections::BTreeSet;
use std::fmt;
use std::fmt::Write as _;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use policy_spec::{Engine, SchemeKind};

use super::caller::Caller;
use super::case::{Case, Check, TOKEN_IN_QUERY};
use super::certificate::Certificate;
use super::credentials::{Credentials, Held, Wanted};

/// A request that is ready to be sent. Its debug text has no secret.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The method, byte for byte.
    pub method: String,
    /// The base path of the document.
    pub base: String,
    /// The rest of the path with the query, byte for byte.
    pub target: String,
    /// The headers that carry credentials.
    pub headers: Vec<(String, String)>,
    /// A header beside them. It may hold a path of the document.
    header: Option<(String, String)>,
    pub(crate) certificate: Certificate,
    /// The body with its media type, where the operation was given one.
    pub body: Option<(String, String)>,
    /// What the caller holds, really: a credential may hold more than the case asks for.
    pub caller: Caller,
    /// The case as it is sent, with a word for each secret.
    shown: Shown,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shown {
    headers: Vec<(String, String)>,
    query: Vec<String>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("caller", &self.caller).finish_non_exhaustive()
    }
}

const AUTHORIZATION: &str = "Authorization";
/// Stands before and behind the name of a variable. No header and no path can hold it.
const MARK: char = '\u{1}';
/// A credential that is no credential of any form: no token, no key and no base64.
const MALFORMED: &str = "\"malformed";
/// One that has the form of a key and of a token.
const UNKNOWN: &str = "unknown0000000000000000000000000000000000000";

impl Request {
    /// The request of a case, with the credentials that are found for it. `Err` says why it is not sent.
    pub(crate) fn of(engine: &Engine, case: &Case, credentials: &dyn Credentials) -> Result<Self, String> {
        let mut request = Self {
            method: case.method.clone(),
            base: case.base.clone(),
            target: case.path.clone(),
            headers: Vec::new(),
            header: case.header.clone(),
            certificate: Certificate::of(engine, &case.caller),
            body: None,
            caller: case.caller.clone(),
            shown: Shown::default(),
        };
        let mut query: Vec<String> = case.query.clone().into_iter().collect();
        match &case.caller {
            Caller::Nobody => {}
            Caller::Malformed(scheme) => request.carry(engine, scheme, MALFORMED, &mut query)?,
            Caller::Unknown(scheme) => request.carry(engine, scheme, &unknown(engine, scheme), &mut query)?,
            Caller::Unsigned(scheme, scopes) => request.carry(engine, scheme, &unsigned(scopes), &mut query)?,
            Caller::Refused { scheme, state } => {
                let secret = credentials.refused(scheme, state);
                let secret = secret.ok_or_else(|| format!("there is no credential of `{scheme}` that is {state}"))?;
                request.carry(engine, scheme, &secret, &mut query)?;
            }
            Caller::Holds(grants) => {
                let mut held = Vec::new();
                for (scheme, scopes) in grants {
                    held.push((scheme.clone(), find(engine, case, (scheme, scopes), credentials)?));
                }
                let real = held.iter().map(|(scheme, held)| (scheme.clone(), held.scopes.clone())).collect();
                request.caller = Caller::Holds(real);
                if !is_as_expected(engine, case, &request.caller) {
                    return Err("the credentials that there are do not make such a caller".to_owned());
                }
                for (scheme, held) in &held {
                    request.carry(engine, scheme, &held.secret, &mut query)?;
                }
            }
        }
        match case.check {
            Check::SchemeCase => request.in_lower_case(),
            Check::TwoCredentials => request.with_unsigned(engine, case),
            Check::TokenInQuery => request.in_query(&mut query),
            _ => {}
        }
        if !query.is_empty() {
            request.target = format!("{}?{}", request.target, query.join("&"));
        }
        let own = case.query.iter().cloned();
        let shown: Vec<String> = own.chain(std::mem::take(&mut request.shown.query)).collect();
        request.shown.query = shown;
        Ok(request)
    }

    /// Puts a credential where its scheme sends it.
    fn carry(&mut self, engine: &Engine, scheme: &str, secret: &str, query: &mut Vec<String>) -> Result<(), String> {
        let found = engine.served().schemes.iter().find(|known| known.name == scheme);
        let kind = found.map(|scheme| scheme.kind.clone()).ok_or_else(|| format!("no scheme `{scheme}`"))?;
        if secret.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(format!("the credential of `{scheme}` holds a control character"));
        }
        let variable = format!("{MARK}{}{MARK}", variable(scheme));
        let basic =
            |secret: &str| if secret == MALFORMED { secret.to_owned() } else { BASE64.encode(secret.as_bytes()) };
        let authorization = |word: &str, secret: &str| (AUTHORIZATION.to_owned(), format!("{word} {secret}"));
        let (header, shown) = match &kind {
            SchemeKind::Basic => (authorization("Basic", &basic(secret)), authorization("Basic", &variable)),
            SchemeKind::HttpOther(word) => (authorization(word, secret), authorization(word, &variable)),
            SchemeKind::ApiKeyHeader(name) => ((name.clone(), secret.to_owned()), (name.clone(), variable)),
            SchemeKind::ApiKeyCookie(name) => {
                (("Cookie".to_owned(), format!("{name}={secret}")), ("Cookie".to_owned(), format!("{name}={variable}")))
            }
            SchemeKind::ApiKeyQuery(name) => {
                let name = utf8_percent_encode(name, NON_ALPHANUMERIC).to_string();
                query.push(format!("{name}={}", utf8_percent_encode(secret, NON_ALPHANUMERIC)));
                self.shown.query.push(format!("{name}={variable}"));
                return Ok(());
            }
            SchemeKind::MutualTls if matches!(self.certificate, Certificate::Of(_)) => return Ok(()),
            SchemeKind::MutualTls => {
                return Err(format!("`{scheme}` is a client certificate, and none is made that is not good"));
            }
            _ => (authorization("Bearer", secret), authorization("Bearer", &variable)),
        };
        let is_same = |(name, _): &(String, String)| name.eq_ignore_ascii_case(&header.0);
        match self.headers.iter().position(is_same).filter(|_| header.0 == "Cookie") {
            Some(at) => {
                for (list, more) in [(&mut self.headers, &header), (&mut self.shown.headers, &shown)] {
                    if let Some((_, value)) = list.get_mut(at) {
                        let _ = write!(value, "; {}", more.1);
                    }
                }
            }
            None if self.headers.iter().any(is_same) => {
                return Err("two credentials would stand in one header".to_owned());
            }
            None => {
                self.headers.push(header);
                self.shown.headers.push(shown);
            }
        }
        Ok(())
    }

    /// Writes the word before the credential in lower case, which is the same word [RFC 9110, section 11.1].
    fn in_lower_case(&mut self) {
        for (name, value) in self.headers.iter_mut().chain(&mut self.shown.headers) {
            if let Some((word, rest)) = value.split_once(' ').filter(|_| name == AUTHORIZATION) {
                *value = format!("{} {rest}", word.to_ascii_lowercase());
            }
        }
    }

    /// Adds an unsigned token that claims all that the operation names. It is no secret.
    fn with_unsigned(&mut self, engine: &Engine, case: &Case) {
        let operation = engine.served().operations.get(case.operation);
        let alternatives = operation.map(|operation| operation.alternatives()).unwrap_or_default();
        let scopes: BTreeSet<String> = alternatives.iter().flat_map(|one| one.scopes().cloned()).collect();
        let second = (AUTHORIZATION.to_owned(), format!("Bearer {}", unsigned(&Vec::from_iter(scopes))));
        self.headers.push(second.clone());
        self.shown.headers.push(second);
    }

    /// Moves the token to the query.
    fn in_query(&mut self, query: &mut Vec<String>) {
        let shown = std::mem::take(&mut self.shown.headers);
        for ((name, value), (_, shown)) in std::mem::take(&mut self.headers).into_iter().zip(shown) {
            if let (true, Some((_, secret)), Some((_, shown))) =
                (name == AUTHORIZATION, value.split_once(' '), shown.split_once(' '))
            {
                query.push(format!("{TOKEN_IN_QUERY}={}", utf8_percent_encode(secret, NON_ALPHANUMERIC)));
                self.shown.query.push(format!("{TOKEN_IN_QUERY}={shown}"));
            }
        }
    }

    /// All headers, for a service at which `prefix` stands for the document's base path.
    pub(crate) fn headers_at(&self, prefix: &str) -> Vec<(String, String)> {
        self.headers.iter().cloned().chain(self.header_at(prefix)).collect()
    }

    fn header_at(&self, prefix: &str) -> Option<(String, String)> {
        let (name, value) = self.header.clone()?;
        let value = match value.strip_prefix(&self.base).filter(|rest| rest.starts_with('/')) {
            Some(rest) => format!("{prefix}{rest}"),
            None => value,
        };
        Some((name, value))
    }

    /// A line for a shell that sends the same request. Secrets are variables, whose names are made of the schemes'.
    ///
    /// `origin` and `prefix` are where the service is: `https://api.example` and what stands there for the document's base path.
    #[must_use]
    pub fn curl(&self, origin: &str, prefix: &str) -> String {
        let mut line = String::from("curl -i --path-as-is");
        match self.method.as_str() {
            "GET" => {}
            "HEAD" => line.push_str(" --head"),
            method => line.push_str(&format!(" -X {}", quoted(method))),
        }
        for (name, value) in self.shown.headers.iter().cloned().chain(self.header_at(prefix)) {
            let _ = write!(line, " -H {}", quoted(&format!("{name}: {value}")));
        }
        if let Certificate::Of(scheme) = &self.certificate {
            let name = variable(scheme);
            let _ = write!(line, " --cert \"${name}\" --key \"${name}_KEY\"");
        }
        if let Some((media, body)) = &self.body {
            let _ = write!(line, " -H {} --data-binary {}", quoted(&format!("Content-Type: {media}")), literal(body));
        }
        let path = self.target.split('?').next().unwrap_or_default();
        let query =
            if self.shown.query.is_empty() { String::new() } else { format!("?{}", self.shown.query.join("&")) };
        let _ = write!(line, " {}", quoted(&format!("{origin}{prefix}{path}{query}")));
        line
    }
}

/// The name of a shell variable for a scheme's credential.
fn variable(scheme: &str) -> String {
    let name: String =
        scheme.chars().map(|one| if one.is_ascii_alphanumeric() { one.to_ascii_uppercase() } else { '_' }).collect();
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("KEY_{name}") } else { name }
}

/// Text within quotes of a shell. What stands between two marks is the name of a variable, and all else is taken literally.
fn quoted(text: &str) -> String {
    let mut line = String::new();
    for (at, part) in text.split(MARK).enumerate() {
        match (at % 2, part) {
            (_, "") => {}
            (0, part) => line.push_str(&literal(part)),
            (_, name) => {
                let _ = write!(line, "\"${name}\"");
            }
        }
    }
    if line.is_empty() { literal("") } else { line }
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A secret of the form that the scheme has.
fn unknown(engine: &Engine, scheme: &str) -> String {
    let kind = engine.served().schemes.iter().find(|known| known.name == scheme).map(|known| &known.kind);
    if matches!(kind, Some(SchemeKind::Basic)) { format!("unknown:{UNKNOWN}") } else { UNKNOWN.to_owned() }
}

/// A JWT that claims everything and that nobody signed [RFC 7519, section 6].
fn unsigned(scopes: &[String]) -> String {
    let scope =
        serde_json::json!({ "sub": "nobody", "scope": scopes.join(" "), "scp": scopes, "exp": 4_102_444_800_u64 });
    let header = BASE64URL_NOPAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
    format!("{header}.{}.", BASE64URL_NOPAD.encode(scope.to_string().as_bytes()))
}

/// A credential for a part of a case. With what it really holds, the document must say the same of the request.
fn find(
    engine: &Engine,
    case: &Case,
    (scheme, scopes): (&str, &[String]),
    credentials: &dyn Credentials,
) -> Result<Held, String> {
    let found = engine.served().schemes.iter().find(|known| known.name == scheme);
    let known = found.ok_or_else(|| format!("no scheme `{scheme}`"))?;
    let operation = engine.served().operations.get(case.operation);
    let alternatives = operation.map(|operation| operation.alternatives()).unwrap_or_default();
    let without: Vec<String> = match &case.check {
        Check::MissingScope { scope, .. } => vec![scope.clone()],
        Check::ScopeElsewhere { scheme: own, scope, .. } if own == scheme => vec![scope.clone()],
        Check::OtherScopes => {
            alternatives.iter().flat_map(|one| one.scopes().cloned()).collect::<BTreeSet<_>>().into_iter().collect()
        }
        _ => Vec::new(),
    };
    let is_any = matches!(case.check, Check::OtherScopes | Check::OtherScheme(_));
    let is_same = |held: &Held| {
        let Caller::Holds(grants) = &case.caller else { return false };
        let real = |(known, own): &(String, Vec<String>)| {
            (known.clone(), if known == scheme { held.scopes.clone() } else { own.clone() })
        };
        let lacks = !held.scopes.iter().any(|scope| without.contains(scope));
        lacks && is_as_expected(engine, case, &Caller::Holds(grants.iter().map(real).collect()))
    };
    // Scopes of an extension may be granted by any scheme of the alternative: a key need not have those that a token beside it has.
    let extension: Vec<&String> = alternatives.iter().flat_map(|one| one.extension()).collect();
    let own: Vec<String> = scopes.iter().filter(|scope| !extension.contains(scope)).cloned().collect();
    let is_whole = own.len() == scopes.len() || matches!(case.check, Check::ScopeElsewhere { .. });
    let lists: &[&[String]] = if is_whole { &[scopes] } else { &[scopes, &own] };
    let mut failure = None;
    for scopes in lists {
        let wanted = Wanted { scheme: known, scopes, without: &without, is_any };
        match credentials.holding(&wanted) {
            Ok(candidates) => {
                if let Some(found) = candidates.into_iter().find(is_same) {
                    return Ok(found);
                }
            }
            Err(why) => failure = failure.or(Some(why)),
        }
    }
    Err(failure.unwrap_or_else(|| {
        let holds = match scopes {
            [] => "no scope".to_owned(),
            scopes => format!("`{}`", scopes.join(" ")),
        };
        let but =
            if without.is_empty() || is_any { String::new() } else { format!(" and without `{}`", without.join(" ")) };
        format!("there is no credential of `{scheme}` with {holds}{but}")
    }))
}

/// Whether the document says of a request of this caller what the case is about.
fn is_as_expected(engine: &Engine, case: &Case, caller: &Caller) -> bool {
    let said = caller.asks(engine, &case.method, &case.served_path(), case.query.as_deref());
    // Were the token where the document has it, it must not be enough.
    if case.check == Check::TokenInQuery { !said.is_allowed() } else { said == case.expected }
}

#[cfg(test)]
mod tests {
    use super::{quoted, variable};

    #[test]
    fn a_shell_sees_variables_of_ours_and_nothing_else() {
        for (text, expected) in [
            ("Authorization: Bearer \u{1}TOKEN\u{1}", "'Authorization: Bearer '\"$TOKEN\""),
            ("it's", "'it'\\''s'"),
            ("a$(rm)`b`$HOME", "'a$(rm)`b`$HOME'"),
            ("key=\u{1}KEY\u{1}&x=1", "'key='\"$KEY\"'&x=1'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(text), expected, "{text}");
        }
        assert_eq!(variable("api-key 2"), "API_KEY_2");
        assert_eq!(variable("2x"), "KEY_2X");
    }
}
