//! The paths that could mean one of the guard's own, to somebody who reads them in another way than the framework.

use std::collections::HashMap;

use super::readings::any_reading;
use super::template;

/// The templates of a guard's routes, those of the operations and of the routes outside the policy.
#[derive(Debug, Default)]
pub struct Claims(Node);

impl Claims {
    pub(super) fn new<'t>(templates: impl Iterator<Item = &'t str>) -> Self {
        let mut claims = Self::default();
        templates.for_each(|template| claims.0.insert(template));
        claims
    }

    /// Whether some reader could take the path for one that a template matches: who decodes it, merges its slashes, resolves its dots, cuts
    /// off what follows a `;` or takes `\` for a slash, in any combination. The path is given as it was sent, without the query.
    ///
    /// It decides who answers what the framework has found no template for, and never what may run.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        any_reading(path, |segments| self.0.matches(segments))
    }
}

/// The templates that begin with the segments that lead here.
#[derive(Debug, Default)]
struct Node {
    /// One of them ends here.
    ends: bool,
    literals: HashMap<Vec<u8>, Node>,
    /// Segments with parameters: what stands before the first of them and after the last. Between may be anything, nothing too.
    patterns: HashMap<(Vec<u8>, Vec<u8>), Node>,
}

impl Node {
    fn insert(&mut self, template: &str) {
        let segments = || template.strip_prefix('/').unwrap_or(template).split('/');
        self.insert_segments(segments());
        // As a reader has it who merges slashes.
        self.insert_segments(segments().filter(|segment| !segment.is_empty()));
    }

    fn insert_segments<'s>(&mut self, segments: impl Iterator<Item = &'s str>) {
        let mut here = self;
        for segment in segments {
            here = match template::ends(segment) {
                Some((start, end)) => here.patterns.entry((decoded(start), decoded(end))).or_default(),
                None => here.literals.entry(decoded(segment)).or_default(),
            };
        }
        here.ends = true;
    }

    fn matches(&self, segments: &[&[u8]]) -> bool {
        let Some((first, rest)) = segments.split_first() else { return self.ends };
        self.literals.get(*first).is_some_and(|node| node.matches(rest))
            || self.patterns.iter().any(|((start, end), node)| {
                let holds = first.len() >= start.len() + end.len() && first.starts_with(start) && first.ends_with(end);
                holds && node.matches(rest)
            })
    }
}

/// What is encoded in the document is decoded here: one of the readings of a path is decoded too.
fn decoded(text: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(text).collect()
}

#[cfg(test)]
mod tests {
    use super::Claims;

    #[test]
    fn a_path_is_claimed_where_a_template_matches_one_of_its_readings() {
        let templates =
            ["/orders", "/orders/{id}", "/orders/{id}/lines/{line}", "/caf%C3%A9", "/files/{name}.json", "/closed/"];
        let claims = Claims::new(templates.into_iter());
        for path in [
            "/orders",
            "/orders/",
            "//orders",
            "/%6Frders",
            "/orders;v=1",
            "/x/../orders",
            "/orders/7",
            "/orders//",
            "/orders/7;a/lines/..",
            "/orders//lines/1",
            "/orders%2F7",
            "/orders\\7",
            "/caf%c3%a9",
            "/caf%25C3%25A9",
            "/files/a.json/",
            "/files/.json",
            "/closed",
            "/closed/",
            "/a/b/../../orders/7",
        ] {
            assert!(claims.has(path), "{path}");
        }
        for path in [
            "/",
            "*",
            "/about",
            "/ordersx",
            "/Orders",
            "/orders/7/lines",
            "/orders/7/lines/1/2",
            "/x/orders",
            "/files/a.xml",
            "/static//x.css",
            "/a%2Fb",
            "/shop;v=1/orders",
        ] {
            assert!(!claims.has(path), "{path}");
        }
        assert!(!Claims::default().has("/orders"));
        assert!(Claims::new(["/"].into_iter()).has("//"));
    }
}
