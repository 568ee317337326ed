//! A file in which values are left unread until somebody looks at them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::finding::Finding;
use crate::source::{FileId, Span};
use crate::tree::Kind;
use crate::{json, parse};

/// Whether the value of a key is read when it is looked at. Policy hardly ever needs what these keys hold, and most of a
/// large document stands below them.
pub(crate) fn is_late(key: &str) -> bool {
    matches!(
        key,
        "callbacks"
            | "content"
            | "definitions"
            | "example"
            | "examples"
            | "externalDocs"
            | "headers"
            | "links"
            | "pathItems"
            | "requestBodies"
            | "requestBody"
            | "responses"
            | "schema"
            | "schemas"
            | "tags"
    )
}

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Notation {
    Json,
    Yaml,
}

/// A file, shared by the nodes that are still to be read.
#[derive(Debug)]
pub(crate) struct LateText {
    pub(crate) text: Arc<String>,
    pub(crate) file: FileId,
    pub(crate) depth: usize,
    notation: Notation,
    /// What was found in values that were read late.
    found: RefCell<Vec<Finding>>,
}

impl LateText {
    pub(crate) fn new(text: Arc<String>, file: FileId, depth: usize, notation: Notation) -> Self {
        Self { text, file, depth, notation, found: RefCell::new(Vec::new()) }
    }

    /// What was found in values that were read late, once.
    pub(crate) fn take_findings(&self) -> Vec<Finding> {
        self.found.take()
    }

    /// A value that was passed over before.
    pub(crate) fn read(self: &Rc<Self>, span: Span) -> Kind {
        let mut findings = Vec::new();
        let kind = match self.notation {
            Notation::Json => json::read_late(self, span, &mut findings),
            Notation::Yaml => parse::read_late(self, span, &mut findings),
        };
        self.found.borrow_mut().append(&mut findings);
        kind
    }
}
