//! One line of a decision log, as `docs/decision-log.md` describes it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Visitor};
use serde_json::value::RawValue;

/// The version of the schema that is read. Lines of before it have none.
const SCHEMA: u64 = 1;

/// What a line of a file says.
#[expect(clippy::large_enum_variant, reason = "nearly every line is a decision, and one is in memory at a time")]
pub(super) enum Said<'l> {
    /// A decision.
    Decision(Line<'l>),
    /// So many lines were lost here.
    Lost(u64),
    /// A decision of another version of the schema, by its number.
    OtherSchema(u64),
    /// A gateway denied a request about which no policy decided.
    Undecided,
}

/// How the logged policy decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    Allowed,
    Denied,
    /// A stage refused, and shadow mode let the request through.
    Shadowed,
}

/// A decision. What is not known is `None`.
pub(super) struct Line<'l> {
    pub(super) unix_ms: u64,
    pub(super) before: Before,
    pub(super) document: Option<Text<'l>>,
    /// The method and the path template.
    pub(super) operation: Option<(Text<'l>, Text<'l>)>,
    /// Why it was refused.
    pub(super) reason: Option<Text<'l>>,
    pub(super) missing_scopes: Option<Text<'l>>,
    pub(super) credential_id: Option<Text<'l>>,
    pub(super) subject: Option<Text<'l>>,
    pub(super) tenant: Option<Text<'l>>,
    pub(super) fingerprint: Text<'l>,
    /// The object as it stands in the line.
    pub(super) granted: Option<&'l str>,
    pub(super) enablement: Option<Text<'l>>,
    /// The list as it stands in the line.
    pub(super) query_names: Option<&'l str>,
    pub(super) query_names_cut: bool,
}

/// The members that are read. Others are passed over: within a version, members are only added.
#[derive(Deserialize)]
struct Members<'l> {
    schema: Option<u64>,
    lost: Option<u64>,
    unix_ms: Option<u64>,
    #[serde(borrow)]
    decision: Option<Text<'l>>,
    #[serde(borrow)]
    document: Option<Text<'l>>,
    #[serde(borrow)]
    listener: Option<Text<'l>>,
    #[serde(borrow)]
    method: Option<Text<'l>>,
    #[serde(borrow)]
    route: Option<Text<'l>>,
    #[serde(borrow)]
    stage: Option<Text<'l>>,
    #[serde(borrow)]
    reason: Option<Text<'l>>,
    #[serde(borrow)]
    missing_scopes: Option<Text<'l>>,
    #[serde(borrow)]
    credential_id: Option<Text<'l>>,
    #[serde(borrow)]
    subject: Option<Text<'l>>,
    #[serde(borrow)]
    tenant: Option<Text<'l>>,
    #[serde(borrow)]
    granted: Option<&'l RawValue>,
    #[serde(borrow)]
    enablement: Option<Text<'l>>,
    #[serde(borrow)]
    query_names: Option<&'l RawValue>,
    query_names_cut: Option<bool>,
    #[serde(borrow)]
    fingerprint: Option<Text<'l>>,
}

/// What is read of a line whose members have other types than those of this version.
#[derive(Deserialize)]
struct SchemaAlone {
    schema: u64,
}

/// Reads a line.
///
/// # Errors
/// Why it is no line of the log, in words.
pub(super) fn read(bytes: &[u8]) -> Result<Said<'_>, String> {
    // A list of as many values would be taken for the members in their order.
    if bytes.trim_ascii_start().first().is_some_and(|first| matches!(first, b'[' | b'"' | b'0'..=b'9')) {
        return Err("expected an object".to_owned());
    }
    let members: Members<'_> = match serde_json::from_slice(bytes) {
        Ok(members) => members,
        Err(error) => {
            return match serde_json::from_slice::<SchemaAlone>(bytes) {
                Ok(SchemaAlone { schema }) if schema != SCHEMA => Ok(Said::OtherSchema(schema)),
                _ => Err(error.to_string()),
            };
        }
    };
    match (members.schema, members.lost) {
        (Some(schema), _) if schema != SCHEMA => return Ok(Said::OtherSchema(schema)),
        (None, Some(lost)) if members.decision.is_none() => return Ok(Said::Lost(lost)),
        _ => {}
    }
    let is_denial =
        members.decision.as_deref() == Some("deny") && members.reason.is_some() && members.unix_ms.is_some();
    if is_denial && members.listener.is_some() && members.fingerprint.is_none() && members.route.is_none() {
        return Ok(Said::Undecided);
    }
    decision(members).map(Said::Decision)
}

fn decision(members: Members<'_>) -> Result<Line<'_>, String> {
    let missing = |name: &str| format!("it has no `{name}`");
    let decision = members.decision.ok_or_else(|| missing("decision"))?;
    let before = match &*decision.0 {
        "allow" => Before::Allowed,
        "deny" => Before::Denied,
        "would-deny" => Before::Shadowed,
        _ => return Err("its `decision` is not one that this version has".to_owned()),
    };
    match (before, &members.reason) {
        (Before::Allowed, None) if members.stage.is_none() => {}
        (Before::Allowed, _) => return Err("it allows and has a reason for a refusal".to_owned()),
        (_, None) => return Err(missing("reason")),
        _ => {}
    }
    let operation = match (members.method, members.route) {
        (Some(method), Some(route)) => Some((method, route)),
        (None, None) => None,
        (Some(_), None) => return Err(missing("route")),
        (None, Some(_)) => return Err(missing("method")),
    };
    Ok(Line {
        unix_ms: members.unix_ms.ok_or_else(|| missing("unix_ms"))?,
        before,
        document: members.document,
        operation,
        reason: members.reason,
        missing_scopes: members.missing_scopes,
        credential_id: members.credential_id,
        subject: members.subject,
        tenant: members.tenant,
        fingerprint: members.fingerprint.ok_or_else(|| missing("fingerprint"))?,
        granted: members.granted.map(RawValue::get),
        enablement: members.enablement,
        query_names: members.query_names.map(RawValue::get),
        query_names_cut: members.query_names_cut.unwrap_or_default(),
    })
}

/// A text of a line, without a copy where it has no escape in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text<'l>(pub(super) Cow<'l, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'l, 'l> Deserialize<'de> for Text<'l> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Read)
    }
}
