//! Operations of a document.

use std::collections::HashSet;
use std::io;
use std::path::Path;

/// `method <tab> template <tab> scopes [<tab> odd]`, a line for each operation.
#[derive(Debug)]
pub struct Workload {
    operations: Vec<Operation>,
}

/// A line of a workload.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    /// The HTTP method.
    pub method: String,
    /// The path template.
    pub template: String,
    /// The scopes, all of them required, separated by spaces.
    pub scopes: String,
}

impl Workload {
    /// Reads a workload.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        let operations = text.lines().filter_map(|line| {
            let mut fields = line.split('\t');
            let [method, template, scopes] = [fields.next()?, fields.next()?, fields.next()?].map(str::to_owned);
            Some(Operation { method, template, scopes })
        });
        Ok(Self { operations: operations.collect() })
    }

    /// All operations.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operations that every router accepts: their parameters are whole segments, there is no query, and no two differ only in the
    /// names of parameters.
    #[must_use]
    pub fn plain(&self) -> Vec<&Operation> {
        let mut seen = HashSet::new();
        self.operations
            .iter()
            .filter(|operation| operation.template.split('/').all(is_plain))
            .filter(|operation| seen.insert((&operation.method, with_names(&operation.template, |_| "{}".to_owned()))))
            .collect()
    }
}

fn is_plain(segment: &str) -> bool {
    let inner = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')).unwrap_or(segment);
    !inner.contains(['{', '}', '?', '#', '*', ':', '(', ')', '<', '>', '+'])
}

/// The template with each parameter replaced. Parameters must be whole segments.
pub fn with_names(template: &str, mut name: impl FnMut(usize) -> String) -> String {
    let mut count = 0;
    let segments: Vec<String> = template
        .split('/')
        .map(|segment| {
            if segment.starts_with('{') {
                count += 1;
                name(count)
            } else {
                segment.to_owned()
            }
        })
        .collect();
    segments.join("/")
}
