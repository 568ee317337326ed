//! The parameters of a request, read again from its template and its path.

use crate::partial;
use crate::table::Strings;

/// The parameters of a request that was matched, in the template's order.
///
/// Nothing was stored while matching: the values are found again from the template and the path when asked for, so
/// whoever does not ask pays nothing.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'r, 'p> {
    templates: Strings<'r>,
    operation: usize,
    path: &'p [u8],
}

impl<'r, 'p> Parameters<'r, 'p> {
    /// For a path that the template is known to match.
    pub(crate) fn new(templates: Strings<'r>, operation: usize, path: &'p [u8]) -> Self {
        Self { templates, operation, path }
    }

    /// The value of the first parameter with this name, exactly as it stands in the path: nothing is decoded.
    pub fn get(&self, name: &str) -> Option<&'p str> {
        self.iter().find_map(|(known, value)| (known == name).then_some(value))
    }

    /// Names and values.
    pub fn iter(&self) -> ParameterIter<'r, 'p> {
        ParameterIter { template: self.templates.get(self.operation).unwrap_or_default(), path: self.path }
    }
}

impl<'r, 'p> IntoIterator for Parameters<'r, 'p> {
    type Item = (&'r str, &'p str);
    type IntoIter = ParameterIter<'r, 'p>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'r, 'p> IntoIterator for &Parameters<'r, 'p> {
    type Item = (&'r str, &'p str);
    type IntoIter = ParameterIter<'r, 'p>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Names and values of [`Parameters`].
#[derive(Debug, Clone)]
pub struct ParameterIter<'r, 'p> {
    template: &'r str,
    path: &'p [u8],
}

impl<'r, 'p> Iterator for ParameterIter<'r, 'p> {
    type Item = (&'r str, &'p str);

    fn next(&mut self) -> Option<Self::Item> {
        let (before, after) = self.template.split_once('{')?;
        let (name, after) = after.split_once('}')?;
        let path = self.path.get(before.len()..)?;
        let literal_ends = after.find(['{', '/']).unwrap_or(after.len());
        let (literal, behind) = after.split_at_checked(literal_ends)?;
        let is_last = !behind.starts_with('{');
        let segment_ends = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
        let (segment, _) = path.split_at_checked(segment_ends)?;
        let (value, _) = partial::take(segment, literal.as_bytes(), is_last)?;
        self.template = after;
        self.path = path.get(value.len()..)?;
        Some((name, core::str::from_utf8(value).ok()?))
    }
}
