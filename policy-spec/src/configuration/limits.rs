//! `[limits]`: how much is read before the document is refused.

use super::reader::{Reader, Value};
use crate::settings::Settings;

impl Reader {
    pub(super) fn limits(&mut self, value: &Value<'_>, settings: &mut Settings) {
        let Some(table) = value.get_ref().as_table() else {
            self.error(value.span(), "`limits` is no table", "write `bytes = 100_000_000` below `[limits]`");
            return;
        };
        // Nesting is read by recursion, and the stack is finite.
        const DEEPEST: usize = 250;
        const KNOWN: [&str; 9] = [
            "bytes",
            "depth",
            "alias-values",
            "references",
            "overlay-values",
            "alternatives",
            "model-values",
            "comparisons",
            "findings",
        ];
        let limits = &mut settings.limits;
        for (key, value) in table {
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
                other => {
                    self.unknown(key.span(), "limit", other, &KNOWN);
                    continue;
                }
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
