//! `[[extensions]]`: keys of operations that hold scopes.

use toml::de::DeTable;

use super::reader::{Range, Reader};
use crate::settings::{Combine, Extension, ExtensionShape};

impl Reader {
    pub(super) fn extension(&mut self, table: &DeTable<'_>, range: Range) -> Option<Extension> {
        let mut extension = Extension::new("");
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "name" => {
                    extension.name = self.string(value)?.to_owned();
                    if !extension.name.starts_with("x-") {
                        self.error(
                            value.span(),
                            format!("`{}` is no extension", extension.name),
                            "its name starts with `x-`",
                        );
                    }
                }
                "combine" => {
                    extension.combine =
                        self.word(value, "combination", &[("all", Combine::All), ("any", Combine::Any)])?;
                }
                "shape" => extension.shape = self.word(value, "shape", &ExtensionShape::ALL)?,
                "sibling" => extension.sibling = Some(self.string(value)?.to_owned()),
                other => {
                    self.unknown(key.span(), "key of an extension", other, &["name", "combine", "shape", "sibling"])
                }
            }
        }
        if extension.name.is_empty() && table.get("name").is_none() {
            self.error(range, "the extension has no `name`", "say which key of an operation holds its scopes");
            return None;
        }
        Some(extension)
    }
}
