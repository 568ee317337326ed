//! A path template read into segments, and their order.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::error::TemplateFault;
use crate::strict;

/// One segment of a template: what stands between two slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment<'t> {
    Literal(&'t str),
    /// Literals and parameters in one segment.
    Partial(Partial),
    Parameter,
}

/// A segment of literals and parameters, with each parameter written as the byte [`PARAMETER`].
///
/// No literal holds that byte, so equal text is equal shape: parameter names are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partial {
    pub(crate) text: String,
}

/// Stands for a parameter in [`Partial::text`].
pub(crate) const PARAMETER: u8 = 0;

impl Partial {
    fn parameters(&self) -> usize {
        self.text.bytes().filter(|byte| *byte == PARAMETER).count()
    }
}

/// The documented order of partial segments: more literal bytes, then fewer parameters, then the text.
impl Ord for Partial {
    fn cmp(&self, other: &Self) -> Ordering {
        let (here, there) = (self.parameters(), other.parameters());
        let literal = (other.text.len() - there).cmp(&(self.text.len() - here));
        literal.then(here.cmp(&there)).then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Partial {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The segments of a template, or why no request could ever reach it.
pub(crate) fn parse(template: &str) -> Result<Vec<Segment<'_>>, TemplateFault> {
    let rest = template.strip_prefix('/').ok_or(TemplateFault::NoLeadingSlash)?;
    let mut segments = Vec::new();
    let mut parts = rest.split('/').peekable();
    while let Some(part) = parts.next() {
        if part.is_empty() && parts.peek().is_some() {
            return Err(TemplateFault::EmptySegment);
        }
        segments.push(segment(part)?);
    }
    Ok(segments)
}

fn segment(part: &str) -> Result<Segment<'_>, TemplateFault> {
    let mut text = String::new();
    let mut rest = part;
    let mut parameters = 0_usize;
    while let Some((literal, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or(TemplateFault::UnbalancedBrace)?;
        if name.contains('{') || literal.contains('}') {
            return Err(TemplateFault::UnbalancedBrace);
        }
        if name.is_empty() {
            return Err(TemplateFault::EmptyName);
        }
        if parameters > 0 && literal.is_empty() {
            return Err(TemplateFault::AdjacentParameters);
        }
        literal_of(literal)?;
        text.push_str(literal);
        text.push(char::from(PARAMETER));
        parameters += 1;
        rest = after;
    }
    if rest.contains('}') {
        return Err(TemplateFault::UnbalancedBrace);
    }
    literal_of(rest)?;
    if parameters == 0 {
        // An encoded byte could be split between two literals only across a parameter, so the whole is checked here.
        return if strict::is_dots(part.as_bytes()) {
            Err(TemplateFault::DotSegment)
        } else {
            Ok(Segment::Literal(part))
        };
    }
    text.push_str(rest);
    if text.len() == 1 { Ok(Segment::Parameter) } else { Ok(Segment::Partial(Partial { text })) }
}

fn literal_of(literal: &str) -> Result<(), TemplateFault> {
    match literal.bytes().find(|byte| strict::is_forbidden(*byte)) {
        Some(byte) => Err(TemplateFault::ForbiddenByte(byte)),
        None if strict::has_forbidden_encoding(literal.as_bytes()) => Err(TemplateFault::ForbiddenEncoding),
        None => Ok(()),
    }
}
