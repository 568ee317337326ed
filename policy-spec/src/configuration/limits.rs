//! `[limits]`: how much is read before the document is refused.

use super::reader::{self, Reader};
use super::schema::{self, Key, key};
use crate::settings::Settings;

/// Nesting is read by recursion, and the stack is finite.
const DEEPEST: usize = 250;

/// The keys of `[limits]`.
const KEYS: &[Key] = &[
    key("bytes", "All files of the document together.", number),
    key(
        "depth",
        "The deepest nesting, aliases expanded.",
        || schema::json!({ "type": "integer", "minimum": 1, "maximum": DEEPEST }),
    ),
    key("alias-values", "Values that YAML aliases and merge keys may add.", number),
    key("references", "References that may be followed.", number),
    key("overlay-values", "Values that overlays may look at, copy and write.", number),
    key("alternatives", "Alternatives of one operation.", number),
    key("model-values", "Values of the model, with references written out.", number),
    key("comparisons", "Pairs of templates.", number),
    key("findings", "Findings that are told.", number),
];

fn number() -> schema::Value {
    schema::json!({ "type": "integer", "minimum": 1 })
}

pub(super) fn schema() -> schema::Value {
    schema::table(KEYS)
}

impl Reader {
    pub(super) fn limits(&mut self, value: &reader::Value<'_>, settings: &mut Settings) {
        let help = "write `bytes = 100_000_000` below `[limits]`";
        let Some(table) = self.table(value, "`limits`", help) else { return };
        let limits = &mut settings.limits;
        for (key, value) in table {
            if !self.knows(key, "limit", KEYS) {
                continue;
            }
            let (limit, most) = match key.get_ref().as_ref() {
                "bytes" => (&mut limits.bytes, usize::MAX),
                "depth" => (&mut limits.depth, DEEPEST),
                "alias-values" => (&mut limits.alias_values, usize::MAX),
                "references" => (&mut limits.references, usize::MAX),
                "overlay-values" => (&mut limits.overlay_values, usize::MAX),
                "alternatives" => (&mut limits.alternatives, usize::MAX),
                "model-values" => (&mut limits.model_values, usize::MAX),
                "comparisons" => (&mut limits.comparisons, usize::MAX),
                "findings" => (&mut limits.findings, usize::MAX),
                _ => continue,
            };
            let number = value
                .get_ref()
                .as_integer()
                .and_then(|number| usize::from_str_radix(number.as_str(), number.radix()).ok());
            match number {
                Some(number) if (1..=most).contains(&number) => *limit = number,
                _ => {
                    let help = if most == DEEPEST { "write a number from 1 to 250" } else { "write a number from 1" };
                    self.error(value.span(), format!("the limit `{}` is out of range", key.get_ref()), help);
                }
            }
        }
    }
}
