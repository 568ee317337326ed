//! Operations of a document.

use std::collections::HashSet;
use std::io;
use std::path::Path;

/// `method <tab> template <tab> scopes [<tab> odd]`, a line for each operation.
pub(crate) struct Workload {
    operations: Vec<(String, String)>,
}

impl Workload {
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        let operations = text.lines().filter_map(|line| {
            let mut fields = line.split('\t');
            Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
        });
        Ok(Self { operations: operations.collect() })
    }

    pub(crate) fn len(&self) -> usize {
        self.operations.len()
    }

    /// Operations whose parameters are whole segments, without queries, each shape once: what every router takes.
    pub(crate) fn plain(&self) -> Vec<(&str, &str)> {
        let mut seen = HashSet::new();
        self.operations
            .iter()
            .map(|(method, template)| (method.as_str(), template.as_str()))
            .filter(|(_, template)| template.split('/').all(is_plain))
            .filter(|(method, template)| seen.insert((*method, with_names(template, |_| "{}".to_owned()))))
            .collect()
    }
}

fn is_plain(segment: &str) -> bool {
    let inner = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')).unwrap_or(segment);
    !inner.contains(['{', '}', '?', '#', '*', ':', '(', ')', '<', '>', '+'])
}

/// The template with each parameter written anew. Parameters must be whole segments.
pub(crate) fn with_names(template: &str, mut name: impl FnMut(usize) -> String) -> String {
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
