//! `overlays`: files of OpenAPI Overlay actions, in the order in which they are applied.

use super::reader::{Reader, Value};
use super::schema;
use crate::settings::Overlay;

/// A list of files. None has the address of something that would have to be fetched.
pub(super) fn schema() -> schema::Value {
    schema::json!({ "type": "array", "items": { "type": "string", "not": { "pattern": "://" } } })
}

impl Reader {
    /// Each is a path, relative to the folder of the configuration.
    pub(super) fn overlays(&mut self, value: &Value<'_>) -> Vec<Overlay> {
        let Some(items) = value.get_ref().as_array() else {
            self.error(value.span(), "`overlays` is no list", "write `overlays = [\"policy.overlay.yaml\"]`");
            return Vec::new();
        };
        let mut found: Vec<Overlay> = Vec::with_capacity(items.len());
        for item in items {
            let Some(text) = self.string(item) else { continue };
            if text.contains("://") {
                self.error(item.span(), "an overlay is a file; nothing is fetched", "copy it beside the document");
            } else {
                found.push(Overlay { origin: Some(self.origin(item.span())), ..Overlay::new(self.beside(text)) });
            }
        }
        found
    }
}
