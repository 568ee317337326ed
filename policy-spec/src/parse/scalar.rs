//! What a tag makes of a scalar or a collection.

use granit_parser::{ScalarStyle, Tag};

use crate::tree::{Kind, Scalar, resolve};

/// A scalar by its tag, or else by its looks. A tag of JSON's types settles the type of a text that is one of that type;
/// anything else is a value of which nothing is known.
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
        // `!` makes it a string, but not to every reader.
        (None, Scalar::String(_)) if is_non_specific(tag) => Some(false),
        // `!!merge <<` says at length what `<<` is anyway.
        (None, _) if plain && text == "<<" && is_merge_tag(tag) => Some(true),
        _ => None,
    };
    match as_tagged {
        Some(plain) => Kind::Scalar { text, plain },
        None => Kind::Tagged(tag.original().to_string()),
    }
}

/// The text of a tag that makes a collection something else than JSON has, such as `!include`, `!!set` or `!!omap`. What
/// such a value means is known to the tool it is written for; here it is one that nothing can be read from.
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
