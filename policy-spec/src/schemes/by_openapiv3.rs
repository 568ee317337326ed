//! A second reading of a security scheme, by the crate `openapiv3` (feature `openapiv3`).
//!
//! This crate reads a scheme itself, so that no build script has to compile `openapiv3` and a deserializer for it. The
//! command line and the tests have the feature, and compare both readings of every scheme. A difference is an
//! ambiguity, and so an error.

use openapiv3::{APIKeyLocation, SecurityScheme};
use serde_yaml::{Mapping, Value};

use super::declared::http_scheme;
use crate::model::SchemeKind;
use crate::tree::{Kind, Node, Scalar};

/// What `openapiv3` reads, or why it cannot.
pub(super) fn kind(node: &Node) -> Result<SchemeKind, String> {
    const KEPT: [&str; 6] = ["type", "name", "in", "scheme", "bearerFormat", "openIdConnectUrl"];
    let kept = node.entries().unwrap_or_default().iter().filter(|entry| KEPT.contains(&entry.key.as_str()));
    let mut mapping: Mapping = kept.map(|entry| (Value::from(entry.key.as_str()), scalar(&entry.value))).collect();
    // It would refuse a flow of OpenAPI 3.2. The flows are not needed here, since scopes are read from the tree.
    if node.get("flows").is_some() {
        mapping.insert("flows".into(), Value::Mapping(Mapping::new()));
    }
    let typed = serde_yaml::from_value(Value::Mapping(mapping)).map_err(|error| error.to_string())?;
    Ok(match typed {
        SecurityScheme::APIKey { location: APIKeyLocation::Header, name, .. } => SchemeKind::ApiKeyHeader(name),
        SecurityScheme::APIKey { location: APIKeyLocation::Query, name, .. } => SchemeKind::ApiKeyQuery(name),
        SecurityScheme::APIKey { location: APIKeyLocation::Cookie, name, .. } => SchemeKind::ApiKeyCookie(name),
        SecurityScheme::HTTP { scheme, .. } => http_scheme(&scheme),
        SecurityScheme::OAuth2 { .. } => SchemeKind::OAuth2,
        SecurityScheme::OpenIDConnect { .. } => SchemeKind::OpenIdConnect,
    })
}

/// A value for `serde`. What is no scalar is of no use in any of these keys, and becomes a list, which `openapiv3`
/// refuses.
fn scalar(node: &Node) -> Value {
    match (node.kind(), node.scalar()) {
        (Kind::Scalar { .. }, Some(Scalar::Bool(value))) => Value::Bool(value),
        (Kind::Scalar { .. }, Some(Scalar::Integer(value))) => Value::Number(value.into()),
        (Kind::Scalar { .. }, Some(Scalar::Float(value))) => Value::Number(value.into()),
        (Kind::Scalar { .. }, Some(Scalar::String(text))) => Value::String(text.to_owned()),
        (Kind::Scalar { .. } | Kind::Tagged(_), _) => Value::Null,
        (Kind::Sequence(_) | Kind::Mapping(_), _) => Value::Sequence(Vec::new()),
    }
}
