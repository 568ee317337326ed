//! From a question in JSON to the evaluation that it asks for.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::authorizer::{Evaluation, Subject};

type Object = Map<String, Value>;

/// Why nobody was asked.
pub(super) enum Unasked {
    /// The question lacks something, or has it in another shape.
    Invalid(&'static str),
    /// The question is well-formed, and about something that this service does not know.
    Unknown(&'static str),
}

/// Reads one question. What it does not have is taken from the question around it.
pub(super) fn read(question: &Object, around: Option<&Object>) -> Result<Evaluation, Unasked> {
    let part = |name: &str| present(question, name).or_else(|| around.and_then(|around| present(around, name)));
    let subject = object(part("subject"), "`subject` is missing, or no object")?;
    let action = object(part("action"), "`action` is missing, or no object")?;
    let resource = object(part("resource"), "`resource` is missing, or no object")?;
    if part("context").is_some_and(|context| !context.is_object()) {
        return Err(Unasked::Invalid("`context` is no object"));
    }
    let subject_type = text(subject, "type", "`subject.type` is missing, or no text")?;
    let subject_id = text(subject, "id", "`subject.id` is missing, or no text")?;
    let method = text(action, "name", "`action.name` is missing, or no text")?;
    let resource_type = text(resource, "type", "`resource.type` is missing, or no text")?;
    let template = text(resource, "id", "`resource.id` is missing, or no text")?;
    let of_subject = properties(subject, "`subject.properties` is no object")?;
    let of_resource = properties(resource, "`resource.properties` is no object")?;
    properties(action, "`action.properties` is no object")?;
    if resource_type != "operation" {
        return Err(Unasked::Unknown("`resource.type` is not `operation`"));
    }
    let document = match of_resource.and_then(|properties| present(properties, "document")) {
        None => None,
        Some(Value::String(document)) => Some(document.clone()),
        Some(_) => return Err(Unasked::Invalid("`resource.properties.document` is no text")),
    };
    let subject = match subject_type {
        "anonymous" => Subject::Nobody,
        "credential" => Subject::Presents(presented(of_subject)?),
        "key" => Subject::Stored(subject_id.into()),
        "stated" => Subject::Stated(stated(of_subject)?),
        _ => return Err(Unasked::Unknown("`subject.type` is not `credential`, `key`, `stated` or `anonymous`")),
    };
    Ok(Evaluation { document, method: method.into(), template: template.into(), subject })
}

/// A member that is there. One that is `null` is not (AuthZEN 1.0, section 11.5).
fn present<'v>(object: &'v Object, name: &str) -> Option<&'v Value> {
    object.get(name).filter(|value| !value.is_null())
}

fn object<'v>(value: Option<&'v Value>, wrong: &'static str) -> Result<&'v Object, Unasked> {
    value.and_then(Value::as_object).ok_or(Unasked::Invalid(wrong))
}

fn text<'v>(object: &'v Object, name: &str, wrong: &'static str) -> Result<&'v str, Unasked> {
    object.get(name).and_then(Value::as_str).ok_or(Unasked::Invalid(wrong))
}

fn properties<'v>(entity: &'v Object, wrong: &'static str) -> Result<Option<&'v Object>, Unasked> {
    present(entity, "properties").map(|value| value.as_object().ok_or(Unasked::Invalid(wrong))).transpose()
}

/// The header fields that the caller would send.
fn presented(properties: Option<&Object>) -> Result<HeaderMap, Unasked> {
    let mut headers = HeaderMap::new();
    for (name, value) in properties.into_iter().flatten() {
        let name = HeaderName::try_from(name.as_str())
            .map_err(|_| Unasked::Invalid("a name in `subject.properties` is no name of a header field"))?;
        let values = match value {
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        for value in values {
            let value = value.as_str().and_then(|value| HeaderValue::try_from(value).ok());
            let value =
                value.ok_or(Unasked::Invalid("a value in `subject.properties` is no value of a header field"))?;
            headers
                .try_append(name.clone(), value)
                .map_err(|_| Unasked::Invalid("`subject.properties` has too many header fields"))?;
        }
    }
    Ok(headers)
}

/// The scopes that the asker says the caller holds, by scheme.
fn stated(properties: Option<&Object>) -> Result<Vec<(String, Vec<String>)>, Unasked> {
    let wrong = || Unasked::Invalid("`subject.properties.scopes` is no object with a list of texts for each scheme");
    let scopes = properties.and_then(|properties| properties.get("scopes")).and_then(Value::as_object);
    scopes
        .ok_or_else(wrong)?
        .iter()
        .map(|(scheme, scopes)| {
            let scopes = scopes.as_array().ok_or_else(wrong)?.iter();
            let scopes: Option<Vec<_>> = scopes.map(|scope| scope.as_str().map(ToOwned::to_owned)).collect();
            Ok((scheme.clone(), scopes.ok_or_else(wrong)?))
        })
        .collect()
}

/// When several evaluations end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Semantic {
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

impl Semantic {
    pub(super) fn of(question: &Object) -> Result<Self, &'static str> {
        let Some(options) = present(question, "options") else { return Ok(Self::ExecuteAll) };
        let options = options.as_object().ok_or("`options` is no object")?;
        let Some(semantic) = present(options, "evaluations_semantic") else { return Ok(Self::ExecuteAll) };
        match semantic.as_str() {
            Some("execute_all") => Ok(Self::ExecuteAll),
            Some("deny_on_first_deny") => Ok(Self::DenyOnFirstDeny),
            Some("permit_on_first_permit") => Ok(Self::PermitOnFirstPermit),
            _ => Err(
                "`options.evaluations_semantic` is not `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`",
            ),
        }
    }

    pub(super) const fn ends_after(self, allowed: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !allowed,
            Self::PermitOnFirstPermit => allowed,
        }
    }
}
