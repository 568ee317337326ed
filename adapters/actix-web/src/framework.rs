//! What actix-web's router can serve.

use policy_http::mount::{Framework, template};

/// actix-web, whose templates are written as OpenAPI's are, and compiled to regular expressions.
pub(crate) enum ActixWeb {}

/// actix-web panics at a template with more parameters.
const MAX_PARAMETERS: usize = 16;

impl Framework for ActixWeb {
    const NAME: &'static str = "actix-web";

    fn refusal(text: &str) -> Option<&'static str> {
        if let Some(because) = template::refusal(text) {
            return Some(because);
        }
        if text.ends_with('*') {
            return Some("actix-web drops the text between the last parameter and a `*` at the end");
        }
        let names: Vec<&str> = text.split('/').filter_map(template::parameter).collect();
        if names.iter().enumerate().any(|(at, name)| names.iter().take(at).any(|earlier| earlier == name)) {
            return Some("two of its parameters have one name");
        }
        if names.len() > MAX_PARAMETERS {
            return Some("it has more than 16 parameters");
        }
        text.split('/').find_map(|segment| match template::parameter(segment) {
            Some(name) if !is_group_name(name) => Some("a parameter's name must be one of letters, digits and `_`"),
            None if segment.contains('%') => Some("actix-web decodes a request's path before it compares a literal"),
            _ => None,
        })
    }
}

/// Whether a group of a regular expression can have the name. actix-web panics at any other name.
fn is_group_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_actix_web_reads_otherwise_is_refused() {
        for text in ["/{id:[0-9]+}", "/{a-b}", "/{1}", "/{tail}*", "/%41", "/{id}.json", "/*", "/{a}/x*", "/{a}/b/{a}"]
        {
            assert!(ActixWeb::refusal(text).is_some(), "{text}");
        }
        for text in ["/", "/v1/items/{item_id}", "/a.b/c-d/{e}", "/a:b", "/*a/{b}", "/{a}/x*/{b}"] {
            assert_eq!(ActixWeb::refusal(text), None, "{text}");
        }
    }
}
