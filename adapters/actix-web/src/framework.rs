//! What actix-web's router can serve.

use policy_http::mount::{Framework, template};

/// actix-web, whose templates are written as OpenAPI's are, and compiled to regular expressions.
pub(crate) enum ActixWeb {}

impl Framework for ActixWeb {
    const NAME: &'static str = "actix-web";

    fn refusal(text: &str) -> Option<&'static str> {
        if let Some(because) = template::refusal(text) {
            return Some(because);
        }
        text.split('/').find_map(|segment| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if !is_group_name(name) => Some("a parameter's name must be one of letters, digits and `_`"),
            None if segment.contains('%') => Some("actix-web decodes a request's path before it compares a literal"),
            _ => None,
        })
    }
}

/// A name that a regular expression's group may have; actix-web panics at any other.
fn is_group_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_actix_web_reads_otherwise_is_refused() {
        for text in ["/{id:[0-9]+}", "/{a-b}", "/{1}", "/{tail}*", "/%41", "/{id}.json"] {
            assert!(ActixWeb::refusal(text).is_some(), "{text}");
        }
        for text in ["/", "/v1/items/{item_id}", "/a.b/c-d/{e}", "/a:b"] {
            assert_eq!(ActixWeb::refusal(text), None, "{text}");
        }
    }
}
