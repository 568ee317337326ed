//! `src/api/callers.rs`: the authenticator of each security scheme.

use super::schemes::Authenticator;
use super::set_up::SetUp;
use super::written::{WIDTH, chain, comment, literal};

pub(super) fn text(set_up: &SetUp, prefix: &str) -> String {
    let of = |authenticator| set_up.schemes_of(authenticator);
    let keys = of(Authenticator::Keys);
    let tokens = [
        (Authenticator::Jwt, of(Authenticator::Jwt)),
        (Authenticator::Introspection, of(Authenticator::Introspection)),
    ];
    let mut imports = vec!["Authenticator", "ByScheme"];
    let (mut chosen, mut functions) = (Vec::new(), String::new());
    for scheme in &keys {
        chosen.push(format!(".scheme(schemes::{scheme}, keys()?)"));
    }
    if !keys.is_empty() {
        imports.extend(["ApiKeys", "KeyFormat", "MemoryKeys", "StoredKey"]);
        functions.push_str(&keys_function(prefix));
    }
    for (authenticator, schemes) in tokens {
        let Some(scheme) = schemes.first() else { continue };
        // All schemes of bearer tokens that are left have the same issuer, until somebody writes more of them.
        chosen.push(".bearer(tokens()?)".to_owned());
        let issuer =
            set_up.facts.schemes.iter().find(|one| one.constant == **scheme).and_then(|one| one.issuer.clone());
        let issuer = issuer.unwrap_or_else(|| "https://issuer.example".to_owned());
        if authenticator == Authenticator::Jwt {
            imports.extend(["Jwt", "JwtAlgorithm", "Unavailable"]);
            functions.push_str(&jwt_function(&issuer));
        } else {
            imports.extend(["Demands", "Introspection", "Unavailable"]);
            functions.push_str(INTROSPECTION);
        }
    }
    imports.sort_unstable();
    let missing: Vec<String> =
        of(Authenticator::Missing).into_iter().map(|name| format!("`schemes::{name}`")).collect();

    let mut text =
        String::from("//! Who is calling. Credentials of a scheme without an authenticator are refused.\n\n");
    text.push_str("use std::error::Error;\n\n");
    text.push_str(&import(&imports));
    text.push_str(&format!("\nuse super::policy::{};\n\n", if keys.is_empty() { "Api" } else { "{Api, schemes}" }));
    text.push_str("/// The authenticator of each security scheme.\n");
    if !missing.is_empty() {
        text.push_str("///\n");
        text.push_str(&comment("///", &format!("There is none yet for {}.", missing.join(", "))));
    }
    text.push_str("pub fn callers() -> Result<impl Authenticator<Api>, Box<dyn Error>> {\n");
    text.push_str(&chain("Ok(", "ByScheme::new()", &chosen, ")"));
    text.push_str("}\n");
    text.push_str(&functions);
    text
}

/// One line where it fits, else as many names on a line as fit.
fn import(names: &[&str]) -> String {
    let line = format!("use policy_http::{{{}}};\n", names.join(", "));
    if line.len() <= WIDTH + 1 {
        return line;
    }
    let mut lines = vec![String::new()];
    for name in names {
        if lines.last().is_some_and(|line| 4 + line.len() + name.len() + 2 > WIDTH) {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(&format!("{}{name},", if line.is_empty() { "" } else { " " }));
        }
    }
    format!("use policy_http::{{\n    {}\n}};\n", lines.join("\n    "))
}

fn keys_function(prefix: &str) -> String {
    format!(
        "
/// API keys, in memory. `policy-store` keeps them in a database; a store of your own is one method.
fn keys() -> Result<ApiKeys<MemoryKeys>, Box<dyn Error>> {{
    let (format, store) = (KeyFormat::new({})?, MemoryKeys::new());
    if cfg!(debug_assertions) {{
        // To try the service out: a key without any scope, and another one at each start.
        let key = format.generate()?;
        store.insert(key.id(), StoredKey::new(key.secret_hash()));
        eprintln!(\"a key without scopes: {{}}\", key.reveal());
    }}
    Ok(ApiKeys::new(format, store))
}}
",
        literal(prefix)
    )
}

fn jwt_function(issuer: &str) -> String {
    format!(
        "
/// Tokens of one issuer, for one audience. `Provider` knows what Auth0, Entra ID, Keycloak, Cognito and Okta issue.
fn tokens() -> Result<impl Authenticator<Api>, Box<dyn Error>> {{
    // The issuer's key set in a file. `Discovery` fetches it, by your HTTP client. Without it, tokens are answered 503.
    let keys = || async {{ Ok::<_, Unavailable>(std::fs::read_to_string(\"jwks.json\")?) }};
    let (issuer, audience) = ({}, \"https://api.example\");
    Ok(Jwt::new(issuer, audience, JwtAlgorithm::Rs256, keys))
}}
",
        literal(issuer)
    )
}

const INTROSPECTION: &str = "
/// Tokens that their issuer is asked about (RFC 7662).
fn tokens() -> Result<impl Authenticator<Api>, Box<dyn Error>> {
    // Your HTTP client posts the form to the issuer. Until then, tokens are answered 503.
    let server = |_form: String| async { Err(Unavailable::because(\"no issuer is asked yet\")) };
    let demands = Demands::new().audience(\"https://api.example\");
    Ok(Introspection::new(server, demands)?)
}
";
