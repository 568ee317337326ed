//! What rocket's router can serve, and how it writes a template.

use policy_core::{Document, Policy};
use policy_http::mount::{Framework, MountFault, template};
use rocket::http::Method;

/// rocket, whose parameters are written `<name>`.
pub(crate) enum Rocket {}

/// Every method that rocket knows. It answers 400 to all others before it routes.
pub(crate) const METHODS: [Method; 9] = [
    Method::Get,
    Method::Put,
    Method::Post,
    Method::Delete,
    Method::Options,
    Method::Head,
    Method::Trace,
    Method::Connect,
    Method::Patch,
];

impl Framework for Rocket {
    const NAME: &'static str = "rocket";

    fn refusal(text: &str) -> Option<&'static str> {
        if let Some(because) = template::refusal(text) {
            return Some(because);
        }
        if text.contains("//") || (text.len() > 1 && text.ends_with('/')) {
            return Some("rocket drops the empty segments of a route");
        }
        let literal = |segment: &&str| template::parameter(segment).is_none();
        let encoded = text.split('/').filter(literal).any(|segment| segment.contains('%'));
        encoded.then_some("rocket decodes a request's path before it compares a literal")
    }
}

/// The template as rocket writes it. A name that rocket would read as a pattern is left out, since parameters are found by their
/// place.
pub(crate) fn route(text: &str) -> String {
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    template::rename(text, |name| format!("<{}>", if plain(name) { name } else { "_" }))
}

/// Whether rocket knows the method, byte for byte.
fn knows(method: &str) -> bool {
    METHODS.iter().any(|known| known.as_str() == method)
}

/// The operations whose method rocket does not know.
pub(crate) fn unknown_methods<D: Document>() -> impl Iterator<Item = MountFault> {
    Policy::<D>::new().operations().filter(|operation| !knows(operation.method())).map(|operation| {
        MountFault::Template {
            framework: Rocket::NAME,
            route: operation.to_string(),
            because: "rocket does not know the method",
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_written_as_rocket_reads_them_or_refused() {
        assert_eq!(route("/v1/items/{id}/files/{file_name}"), "/v1/items/<id>/files/<file_name>");
        assert_eq!(route("/"), "/");
        assert_eq!(route("/a/{rest..}/{b?}/{c&d=e}"), "/a/<_>/<_>/<_>");
        for text in ["/items/", "/a//b", "/%41", "/{id}.json", "/<id>", "/<rest..>", "/{*rest}"] {
            assert!(Rocket::refusal(text).is_some(), "{text}");
        }
        for text in ["/", "/items/{id}", "/a.b/c-d/{e_f}", "/a:b", "/a+b", "/{100%}"] {
            assert_eq!(Rocket::refusal(text), None, "{text}");
        }
    }

    #[test]
    fn rocket_knows_nine_methods() {
        for method in ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "TRACE", "CONNECT", "PATCH"] {
            assert!(knows(method), "{method}");
        }
        for method in ["QUERY", "COPY", "get", "Get", ""] {
            assert!(!knows(method), "{method}");
        }
    }
}
