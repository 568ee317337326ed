//! `[[extensions]]`: keys of operations that hold scopes.

use toml::de::DeTable;

use super::reader::{Range, Reader};
use super::schema::{self, Key, key};
use crate::settings::{Combine, Extension, ExtensionShape};

const COMBINE: [(&str, Combine); 2] = [("all", Combine::All), ("any", Combine::Any)];

/// The keys of an entry of `[[extensions]]`.
pub(super) const KEYS: &[Key] = &[
    key(
        "name",
        "The key of an operation that holds its scopes.",
        || schema::json!({ "type": "string", "pattern": "^x-" }),
    )
    .required(),
    key("combine", "Whether all of its scopes are needed, or any one.", || schema::words(&COMBINE)),
    key("shape", "What its value looks like.", || schema::words(&ExtensionShape::ALL)),
    key("sibling", "Another extension of the operation that says `any` or `all` for this one.", schema::text),
];

impl Reader {
    pub(super) fn extension(&mut self, table: &DeTable<'_>, range: Range) -> Option<Extension> {
        let mut extension = Extension::new("");
        for (key, value) in table {
            if !self.knows(key, "key of an extension", KEYS) {
                continue;
            }
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
                    extension.combine = self.word(value, "combination", &COMBINE)?;
                }
                "shape" => extension.shape = self.word(value, "shape", &ExtensionShape::ALL)?,
                "sibling" => extension.sibling = Some(self.string(value)?.to_owned()),
                _ => {}
            }
        }
        if extension.name.is_empty() && table.get("name").is_none() {
            self.error(range, "the extension has no `name`", "say which key of an operation holds its scopes");
            return None;
        }
        Some(extension)
    }
}
