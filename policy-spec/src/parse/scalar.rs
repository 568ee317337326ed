//! How a tag changes what a scalar or a collection is.

use granit_parser::{ScalarStyle, Tag};

use crate::tree::{Kind, Scalar, resolve};

/// Reads a scalar by its tag. Without a tag its text decides. A tag such as `!!int` counts if the text is of that type. A scalar with
/// any other tag is a value of which nothing is known.
pub(super) fn scalar(text: String, style: ScalarStyle, tag: Option<&Tag>) -> Kind {
    let plain = style == ScalarStyle::Plain;
    let Some(tag) = tag else { return Kind::Scalar { text, plain } };
    let looks = resolve(&text);
    let as_tagged = match (tag.core_suffix(), looks) {
        (Some("str"), _) => Some(false),
        (Some("int"), Scalar::Integer(_))
        | (Some("float"), Scalar::Integer(_) | Scalar::Float(_))
        | (Some("bool"), Scalar::Bool(_))
        | (Some("null"), Scalar::Null) => Some(true),
        // `!` makes it a string, but some readers ignore that.
        (None, Scalar::String(_)) if is_non_specific(tag) => Some(false),
        // `!!merge <<` is the same as `<<`.
        (None, _) if plain && text == "<<" && is_merge_tag(tag) => Some(true),
        _ => None,
    };
    match as_tagged {
        Some(plain) => Kind::Scalar { text, plain },
        None => Kind::Tagged(tag.original().to_string()),
    }
}

/// The text of a tag that makes a collection something that JSON does not have, such as `!include`, `!!set` or `!!omap`. Only the
/// tool for which such a value is written knows what it means. Here nothing can be read from it.
pub(super) fn unknown(tag: Option<&Tag>, own: &str) -> Option<String> {
    let tag = tag?;
    (!is_non_specific(tag) && !tag.is_yaml_core_schema_tag(own)).then(|| tag.original().to_string())
}

fn is_non_specific(tag: &Tag) -> bool {
    let (handle, suffix) = tag.parts();
    matches!((handle, suffix), ("", "!") | ("!", ""))
}

fn is_merge_tag(tag: &Tag) -> bool {
    let (handle, suffix) = tag.parts();
    format!("{handle}{suffix}") == "tag:yaml.org,2002:merge"
}
