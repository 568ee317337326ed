//! `[policies.schemes.NAME]`: who authenticates the credentials of one security scheme.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use policy_http::{ClaimPath, JwtAlgorithm};
use policy_spec::toml_file::schema::{self, Key, key};
use policy_spec::toml_file::{DeTable, Range, Value};

use super::fields::{At, Fields, Place, Reading};
use super::forms;
use super::provider;
use super::secret::Secret;

/// Who authenticates the credentials of one scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemeEntry {
    /// The scheme's name in the document.
    pub scheme: At<String>,
    /// Who does.
    pub by: By,
}

/// Who authenticates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The keys of the store with this name.
    Store(At<String>),
    /// An issuer, by its signature.
    Jwt(Box<JwtEntry>),
    /// An issuer that is asked about each token.
    Introspection(Box<IntrospectionEntry>),
}

/// The signed tokens of an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtEntry {
    /// Where the table stands.
    pub place: Place,
    /// Who issues them.
    pub issuer: Issuer,
    /// For whom they are: one of these.
    pub audiences: Vec<At<String>>,
    /// How they are signed. Empty for `RS256`.
    pub algorithms: Vec<JwtAlgorithm>,
    /// The values of the header's `typ`, where they are not the usual ones.
    pub types: Vec<At<String>>,
    /// By how many seconds the issuer's clock may differ.
    pub leeway: Option<u64>,
    /// What both kinds of tokens have.
    pub token: TokenEntry,
}

/// Who issues tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// A provider that is known.
    Known(provider::Known),
    /// Any other.
    Other {
        /// Its name, which `iss` must be.
        name: At<String>,
        /// Where its keys are. Without it, its metadata says so.
        keys: Option<At<String>>,
        /// The only clients whose tokens count, and the claim that names them.
        clients: Option<(ClaimPath, Vec<String>)>,
    },
}

/// What both kinds of tokens have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenEntry {
    /// The claim that names the organization.
    pub tenant_claim: Option<At<ClaimPath>>,
    /// The claims that scopes are taken from. Empty for the usual ones.
    pub scope_claims: Vec<ClaimPath>,
    /// Where the claims stand.
    pub scope_claims_place: Place,
    /// The authorities that are trusted when the issuer is asked, in place of the system's.
    pub authorities: Option<At<PathBuf>>,
    /// Whether the issuer may be on this machine and asked without TLS.
    pub allows_loopback: bool,
}

/// Tokens that their issuer is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntrospectionEntry {
    /// Where the table stands.
    pub place: Place,
    /// Where it is asked.
    pub url: At<String>,
    /// As whom.
    pub client_id: String,
    /// By which secret.
    pub client_secret: At<Secret>,
    /// For whom tokens are: one of these.
    pub audiences: Vec<At<String>>,
    /// Who issued them.
    pub issuer: Option<String>,
    /// The kind of token: `Bearer`.
    pub token_type: Option<String>,
    /// The kind of token, as RFC 9068 has it: `at+jwt`.
    pub typ: Option<String>,
    /// What both kinds of tokens have.
    pub token: TokenEntry,
}

const ALGORITHMS: [(&str, JwtAlgorithm); 9] = [
    ("RS256", JwtAlgorithm::Rs256),
    ("RS384", JwtAlgorithm::Rs384),
    ("RS512", JwtAlgorithm::Rs512),
    ("PS256", JwtAlgorithm::Ps256),
    ("PS384", JwtAlgorithm::Ps384),
    ("PS512", JwtAlgorithm::Ps512),
    ("ES256", JwtAlgorithm::Es256),
    ("ES384", JwtAlgorithm::Es384),
    ("EdDSA", JwtAlgorithm::EdDsa),
];

const LEEWAY: RangeInclusive<u64> = 0..=300;

const KEYS: &[Key] = &[
    key("store", "The store whose keys are accepted.", schema::said),
    key("jwt", "The issuer whose signed tokens are accepted.", || schema::table(JWT)),
    key("introspection", "The issuer that is asked about each token.", || schema::table(INTROSPECTION)),
];

const JWT: &[Key] = &[
    key("preset", "The provider, whose tokens are known.", || schema::words(&provider::ALL)),
    key("domain", "The provider's domain, with the presets of Auth0 and Okta.", schema::said),
    key("tenant", "The directory's identifier, with the presets of Entra ID.", schema::said),
    key("server", "The address before `/realms`, with `keycloak`.", schema::said),
    key("realm", "The realm, with `keycloak`.", schema::said),
    key("user-pool", "The user pool's identifier, with `cognito`.", schema::said),
    key("authorization-server", "The authorization server's name, with `okta`: `default`.", schema::said),
    key("issuer", "The issuer's name, which `iss` must be. Without `preset`.", schema::said),
    key(
        "keys-url",
        "Where the issuer's keys are. Without it, the issuer's metadata says so. Without `preset`.",
        schema::said,
    ),
    key("audience", "For whom the tokens are: a text, or a list of texts of which one is enough.", forms::one_or_more)
        .required(),
    key("algorithms", "How the tokens are signed: `RS256` where nothing is said.", algorithms),
    key("types", "The values of the header's `typ`, in place of the usual ones.", forms::texts),
    key("clients", "The only clients whose tokens count.", forms::texts),
    key("client-claim", "The claim that names the client. Without `preset`, and with `clients`.", forms::claim),
    key("leeway-seconds", "By how much the issuer's clock may differ: 30 where nothing is said.", || {
        forms::number(&LEEWAY)
    }),
    TENANT_CLAIM,
    SCOPE_CLAIMS,
    CA_FILE,
    ALLOW_LOOPBACK,
];

const INTROSPECTION: &[Key] = &[
    key("url", "Where the issuer is asked.", schema::said).required(),
    key("client-id", "As whom it is asked.", schema::said).required(),
    key("client-secret-file", "The file that holds the secret by which it is asked.", schema::said),
    key("client-secret-env", "The environment variable that holds the secret by which it is asked.", schema::said),
    key("audience", "For whom tokens are: a text, or a list of texts of which one is enough.", forms::one_or_more),
    key("issuer", "Who issued the tokens, as `iss` has it.", schema::said),
    key("token-type", "The kind of token: `Bearer`.", schema::said),
    key("typ", "The kind of token, as RFC 9068 has it: `at+jwt`.", schema::said),
    TENANT_CLAIM,
    SCOPE_CLAIMS,
    CA_FILE,
    ALLOW_LOOPBACK,
];

const TENANT_CLAIM: Key = key("tenant-claim", "The claim that names the organization.", forms::claim);
const SCOPE_CLAIMS: Key =
    key("scope-claims", "The claims that scopes are taken from; the first that is there counts.", forms::claims);
const CA_FILE: Key = key("ca-file", "The authorities that are trusted when the issuer is asked, in PEM.", schema::said);
const ALLOW_LOOPBACK: Key =
    key("allow-loopback", "Whether the issuer may be on this machine and asked by http. For development.", forms::flag);

fn algorithms() -> serde_json::Value {
    serde_json::json!({ "type": "array", "items": schema::words(&ALGORITHMS), "minItems": 1 })
}

/// A table for each scheme, by its name in the document.
pub(super) fn schema() -> serde_json::Value {
    serde_json::json!({ "type": "object", "additionalProperties": schema::table(KEYS) })
}

/// The table `schemes`, with a table for each scheme.
pub(super) fn read(reading: &mut Reading, table: &DeTable<'_>) -> Vec<SchemeEntry> {
    let mut found = Vec::new();
    for (name, value) in table {
        let scheme = At { value: name.get_ref().to_string(), place: name.span() };
        match value.get_ref().as_table() {
            Some(table) => found.extend(by(reading, table, value.span()).map(|by| SchemeEntry { scheme, by })),
            None => {
                let help = "write `store = \"main\"`, `jwt = { … }` or `introspection = { … }` below `[policies.schemes.NAME]`";
                reading.form.error(
                    value.span(),
                    format!("`schemes.{}` is no table", scheme.value.escape_debug()),
                    help,
                );
            }
        }
    }
    found
}

fn by(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> Option<By> {
    let mut fields = Fields::new(reading, table, place, "[policies.schemes.NAME]", KEYS);
    let store = fields.text("store").map(By::Store);
    let jwt = fields.table("jwt").map(|(table, place)| jwt(fields.reading, table, place));
    let asked = fields.table("introspection").map(|(table, place)| introspection(fields.reading, table, place));
    if KEYS.iter().filter(|key| fields.has(key.name)).count() != 1 {
        let message = "one of `store`, `jwt` and `introspection` says who authenticates";
        fields.reading.refuse(fields.place(), message, "keep one of them, or add one");
        return None;
    }
    store
        .or(jwt.flatten().map(|jwt| By::Jwt(Box::new(jwt))))
        .or(asked.flatten().map(|asked| By::Introspection(Box::new(asked))))
}

fn jwt(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> Option<JwtEntry> {
    let mut fields = Fields::new(reading, table, place, "jwt", JWT);
    let issuer = provider::read(&mut fields);
    let algorithms = words(&mut fields, "algorithms");
    Some(JwtEntry {
        place: Place(fields.place()),
        audiences: fields.one_or_more("audience"),
        types: fields.texts("types"),
        leeway: fields.number("leeway-seconds", &LEEWAY),
        token: token(&mut fields),
        issuer: issuer?,
        algorithms,
    })
}

fn introspection(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> Option<IntrospectionEntry> {
    let mut fields = Fields::new(reading, table, place, "introspection", INTROSPECTION);
    let (url, client_id) = (fields.text("url"), fields.text("client-id"));
    let secret = fields.secret("client-secret-file", "client-secret-env");
    if secret.is_none() && !fields.has("client-secret-file") && !fields.has("client-secret-env") {
        let help = "add `client-secret-file` or `client-secret-env`; a secret never stands in this file";
        fields.reading.refuse(fields.place(), "`introspection` has no secret", help);
    }
    let audiences = fields.one_or_more("audience");
    let [issuer, token_type, typ] = ["issuer", "token-type", "typ"].map(|key| fields.text(key).map(|text| text.value));
    Some(IntrospectionEntry {
        place: Place(fields.place()),
        token: token(&mut fields),
        url: url?,
        client_id: client_id?.value,
        client_secret: secret?,
        audiences,
        issuer,
        token_type,
        typ,
    })
}

fn words(fields: &mut Fields<'_, '_>, key: &str) -> Vec<JwtAlgorithm> {
    let Some(value) = fields.value(key) else { return Vec::new() };
    let Some(items) = value.get_ref().as_array().filter(|items| !items.is_empty()) else {
        fields.reading.form.error(value.span(), format!("`{key}` is no list"), "write `[\"RS256\"]`");
        return Vec::new();
    };
    items.iter().filter_map(|item| fields.reading.form.word(item, "algorithm", &ALGORITHMS)).collect()
}

fn token(fields: &mut Fields<'_, '_>) -> TokenEntry {
    let tenant = fields
        .value("tenant-claim")
        .and_then(|value| claim(fields, value).map(|claim| At { value: claim, place: value.span() }));
    let scope_claims = match fields.value("scope-claims") {
        None => Vec::new(),
        Some(value) => match value.get_ref().as_array().filter(|items| !items.is_empty()) {
            Some(items) => items.iter().filter_map(|item| claim(fields, item)).collect(),
            None => {
                fields.reading.form.error(value.span(), "`scope-claims` is no list", "write `[\"scope\"]`");
                Vec::new()
            }
        },
    };
    TokenEntry {
        tenant_claim: tenant,
        scope_claims,
        scope_claims_place: Place(fields.place_of("scope-claims")),
        authorities: fields.path("ca-file"),
        allows_loopback: fields.flag("allow-loopback"),
    }
}

/// A claim: its name, or the objects around it and its name.
pub(super) fn claim(fields: &mut Fields<'_, '_>, value: &Value<'_>) -> Option<ClaimPath> {
    let form = &mut fields.reading.form;
    let names = match value.get_ref().as_array() {
        None => vec![form.string(value)?.to_owned()],
        Some(items) => items.iter().map(|item| form.string(item).map(str::to_owned)).collect::<Option<Vec<_>>>()?,
    };
    if names.is_empty() || names.iter().any(|name| name.trim().is_empty()) {
        form.error(
            value.span(),
            "this names no claim",
            "write its name, or a list of the objects around it and its name",
        );
        return None;
    }
    Some(ClaimPath::from(names))
}
