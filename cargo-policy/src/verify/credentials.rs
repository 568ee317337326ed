//! Where credentials come from: a file, and a command or an issuer for what the file does not have.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use policy_spec::SchemeKind;
use policy_test::{Credentials, Held, KnownCredentials, Wanted};
use serde_json::Value;
use toml_edit::{Document, Item};

use super::arguments::Verify;
use super::issuer::Issuer;
use super::mint::Mint;
use crate::failure::Failure;

/// All sources that the command line names.
#[derive(Debug)]
pub(super) struct Sources {
    file: KnownCredentials,
    mint: Option<Mint>,
    issuer: Option<Issuer>,
    /// Whether there is a client certificate, which holds no scope.
    has_certificate: bool,
    /// What was minted, or why not, by scheme and scopes. Each is asked for once.
    minted: RefCell<BTreeMap<(String, Vec<String>), Minted>>,
}

type Minted = Result<Held, String>;

impl Sources {
    pub(super) fn read(arguments: &Verify) -> Result<Self, Failure> {
        let file = arguments.credentials.as_deref().map(read).transpose()?;
        let mint = arguments.token_command.as_deref().map(Mint::read).transpose()?;
        let issuer = match (&arguments.token_url, &arguments.client_id, &arguments.client_secret_file) {
            (Some(url), Some(id), Some(secret)) => Some(Issuer::new(url, id, secret, arguments.ca.as_deref())?),
            _ => None,
        };
        let has_certificate = arguments.cert.is_some();
        Ok(Self { file: file.unwrap_or_default(), mint, issuer, has_certificate, minted: RefCell::default() })
    }

    /// The schemes that the file names.
    pub(super) fn schemes(&self) -> impl Iterator<Item = &str> {
        self.file.schemes()
    }

    /// The credentials that must be refused.
    pub(super) fn refusals(&self) -> Vec<(String, String)> {
        self.file.refusals()
    }

    fn minted(&self, wanted: &Wanted<'_>) -> Option<Minted> {
        let key = (wanted.scheme.name.clone(), wanted.scopes.to_vec());
        if let Some(known) = self.minted.borrow().get(&key) {
            return Some(known.clone());
        }
        let is_bearer =
            matches!(wanted.scheme.kind, SchemeKind::Bearer | SchemeKind::OAuth2 | SchemeKind::OpenIdConnect);
        let minted = match (&self.mint, &self.issuer) {
            (Some(mint), _) => {
                let secret = mint.mint(&wanted.scheme.name, wanted.scopes);
                secret.map(|secret| Held { secret, scopes: wanted.scopes.to_vec() })
            }
            (None, Some(issuer)) if is_bearer => issuer.token(wanted.scopes),
            _ => return None,
        };
        self.minted.borrow_mut().insert(key, minted.clone());
        Some(minted)
    }
}

impl Credentials for Sources {
    fn holding(&self, wanted: &Wanted<'_>) -> Result<Vec<Held>, String> {
        if matches!(wanted.scheme.kind, SchemeKind::MutualTls) {
            let is_enough = self.has_certificate && (wanted.scopes.is_empty() || wanted.is_any);
            return Ok(is_enough.then(|| Held { secret: String::new(), scopes: Vec::new() }).into_iter().collect());
        }
        let known = self.file.holding(wanted)?;
        let is_exact = |held: &Held| held.scopes.len() == wanted.scopes.len();
        // A credential of the file that holds more may do. One that is made for the purpose is better.
        if known.first().is_some_and(is_exact) {
            return Ok(known);
        }
        match self.minted(wanted) {
            Some(Ok(held)) => Ok(std::iter::once(held).chain(known).collect()),
            Some(Err(why)) if known.is_empty() => Err(why),
            _ => Ok(known),
        }
    }

    fn refused(&self, scheme: &str, state: &str) -> Option<String> {
        self.file.refused(scheme, state)
    }
}

/// Reads a file of credentials. All its faults are told at once.
fn read(path: &Path) -> Result<KnownCredentials, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    let name = path.display();
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let broken = |error: &dyn std::fmt::Display| Failure::new(format!("`{name}` cannot be read: {error}"));
    let (value, lines) = if is_json {
        (serde_json::from_str(&text).map_err(|error| broken(&error))?, Vec::new())
    } else {
        // The parser's own message shows the line of the file, which may hold a secret.
        let parsed = Document::parse(text.as_str()).map_err(|error| broken(&error.message()))?;
        (of_item(parsed.as_item()), lines(&parsed, &text))
    };
    let mut faults = Vec::new();
    let known = credentials(&value, &lines, &mut faults);
    if faults.is_empty() {
        return Ok(known);
    }
    let help = "each `[[credentials]]` has a `scheme`, and a `secret` or the name of a variable as `secret-env`; and `scopes`, a list, or \
                `refused`, what became of it";
    Err(Failure::with_help(format!("`{name}` cannot be used: {}", faults.join("; ")), help))
}

fn credentials(value: &Value, lines: &[usize], faults: &mut Vec<String>) -> KnownCredentials {
    let mut known = KnownCredentials::new();
    let members = value.as_object();
    for key in members.into_iter().flat_map(|members| members.keys()).filter(|key| *key != "credentials") {
        faults.push(format!("it has no key `{}`", key.escape_debug()));
    }
    let Some(list) = members.and_then(|members| members.get("credentials")).and_then(Value::as_array) else {
        faults.push("it has no list `credentials`".to_owned());
        return known;
    };
    for (at, one) in list.iter().enumerate() {
        let place = match lines.get(at) {
            Some(line) => format!("line {line}"),
            None => format!("credential {}", at + 1),
        };
        let mut fault = |what: String| faults.push(format!("{place}: {what}"));
        let Some(members) = one.as_object() else {
            fault("it is no object".to_owned());
            continue;
        };
        const KEYS: [&str; 5] = ["scheme", "scopes", "secret", "secret-env", "refused"];
        for key in members.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            fault(format!("there is no key `{}`", key.escape_debug()));
        }
        let text = |key: &str| members.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let secret = match (text("secret"), text("secret-env")) {
            (Some(secret), None) => Some(secret.to_owned()),
            (None, Some(variable)) => {
                let found = std::env::var(variable).ok().filter(|secret| !secret.is_empty());
                if found.is_none() {
                    fault(format!("the variable `{}` is not set", variable.escape_debug()));
                }
                found
            }
            _ => {
                fault("it has no `secret`, or two".to_owned());
                None
            }
        };
        let scopes = match members.get("scopes") {
            None => Some(Vec::new()),
            Some(Value::Array(items)) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            Some(_) => None,
        };
        let Some(scheme) = text("scheme") else {
            fault("it has no `scheme`".to_owned());
            continue;
        };
        let Some(scopes) = scopes else {
            fault("`scopes` is no list of texts".to_owned());
            continue;
        };
        let Some(secret) = secret else { continue };
        known = match (members.get("refused"), text("refused")) {
            (None, _) => known.with(scheme, scopes, secret),
            (Some(_), Some(state)) => known.with_refused(scheme, state, secret),
            (Some(_), None) => {
                fault("`refused` is no text".to_owned());
                known
            }
        };
    }
    known
}

/// The line of each credential.
fn lines(document: &Document<&str>, text: &str) -> Vec<usize> {
    let tables = document.get("credentials").and_then(Item::as_array_of_tables);
    let line = |at: usize| text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
    tables.into_iter().flatten().filter_map(|table| table.span().map(|span| line(span.start))).collect()
}

/// The same as JSON, as far as a file of credentials needs it.
fn of_item(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => of_value(value),
        Item::Table(table) => table.iter().map(|(key, item)| (key.to_owned(), of_item(item))).collect(),
        Item::ArrayOfTables(tables) => tables
            .iter()
            .map(|table| table.iter().map(|(key, item)| (key.to_owned(), of_item(item))).collect::<Value>())
            .collect(),
    }
}

fn of_value(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::String(text.value().clone()),
        toml_edit::Value::Boolean(value) => Value::Bool(*value.value()),
        toml_edit::Value::Integer(number) => Value::from(*number.value()),
        toml_edit::Value::Array(items) => items.iter().map(of_value).collect(),
        toml_edit::Value::InlineTable(table) => {
            table.iter().map(|(key, value)| (key.to_owned(), of_value(value))).collect()
        }
        toml_edit::Value::Float(_) | toml_edit::Value::Datetime(_) => Value::Null,
    }
}
