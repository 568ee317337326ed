//! The grammar of path templates, and the order of their segments.
//!
//! It is the only one: documents are read by it and routers are built by it, so that nothing passes as a template that no
//! request could reach.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::error::TemplateFault;
use crate::partial;
use crate::slot::NodeInfo;
use crate::strict;

/// A path template, read into its segments.
///
/// ```
/// use policy_router::{Segment, Template, TemplateFault};
///
/// let template = Template::parse("/items/{id}")?;
/// assert_eq!(template.segments(), [Segment::Literal("items"), Segment::Parameter]);
/// assert_eq!(Template::parse("/items//{id}"), Err(TemplateFault::EmptySegment));
/// # Ok::<(), TemplateFault>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template<'t> {
    segments: Vec<Segment<'t>>,
}

/// One segment of a template: what stands between two slashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment<'t> {
    /// Text. It is empty only as the last segment, behind a trailing slash.
    Literal(&'t str),
    /// Literals and parameters in one segment, such as `{name}.json`.
    Partial(Partial),
    /// One parameter and nothing else.
    Parameter,
}

/// A segment of literals and parameters. The names of the parameters make no difference.
// Each parameter is written as the byte `PARAMETER`. No literal holds that byte, so equal text is equal bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partial {
    pub(crate) text: String,
}

/// Stands for a parameter in [`Partial::text`].
pub(crate) const PARAMETER: u8 = 0;

/// How the values that one segment matches relate to those that another one matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// No value is matched by both.
    Disjoint,
    /// Both match the same values.
    Equal,
    /// The other one matches all of its values and more.
    Narrower,
    /// It matches all values of the other one and more.
    Wider,
    /// Some values are matched by both, and each matches values that the other one does not.
    Crossing,
}

impl Relation {
    /// The relation as the other segment has it.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Narrower => Self::Wider,
            Self::Wider => Self::Narrower,
            same => same,
        }
    }
}

impl Segment<'_> {
    /// How this segment relates to another one.
    ///
    /// ```
    /// use policy_router::{Relation, Template};
    ///
    /// let template = Template::parse("/{name}:cancel/{name}:{verb}/{a}-{b}")?;
    /// let [cancel, verb, dash] = template.segments() else { panic!() };
    /// assert_eq!(cancel.relation(verb), Relation::Narrower);
    /// assert_eq!(dash.relation(verb), Relation::Crossing, "`a-b:c` is matched by both");
    /// # Ok::<(), policy_router::TemplateFault>(())
    /// ```
    #[must_use]
    pub fn relation(&self, other: &Self) -> Relation {
        match (self, other) {
            (Self::Literal(one), Self::Literal(other)) if one == other => Relation::Equal,
            (Self::Parameter, Self::Parameter) => Relation::Equal,
            (Self::Partial(one), Self::Partial(other)) => one.relation(other),
            (Self::Literal(_), Self::Literal(_)) => Relation::Disjoint,
            (Self::Literal(text), Self::Partial(partial)) => {
                narrower_if(partial::matches(partial.text.as_bytes(), text.as_bytes()))
            }
            (Self::Literal(text), Self::Parameter) => narrower_if(!text.is_empty()),
            (Self::Partial(_), Self::Parameter) => Relation::Narrower,
            (Self::Parameter | Self::Partial(_), _) => other.relation(self).reversed(),
        }
    }
}

const fn narrower_if(matches: bool) -> Relation {
    if matches { Relation::Narrower } else { Relation::Disjoint }
}

impl Partial {
    fn parameters(&self) -> usize {
        self.text.bytes().filter(|byte| *byte == PARAMETER).count()
    }

    /// One is narrower where its own text, with the parameters as they stand, is matched by the other: whatever a
    /// parameter's value is, it then lies within a value of the other's.
    fn relation(&self, other: &Self) -> Relation {
        let (one, two) = (self.text.as_bytes(), other.text.as_bytes());
        if one == two {
            Relation::Equal
        } else if partial::matches(two, one) {
            Relation::Narrower
        } else if partial::matches(one, two) {
            Relation::Wider
        } else if self.ends_meet(other) {
            // Between its ends each holds a parameter, which takes whatever the other one asks for.
            Relation::Crossing
        } else {
            Relation::Disjoint
        }
    }

    /// Whether some text begins and ends as both do.
    fn ends_meet(&self, other: &Self) -> bool {
        let (Some((start, _)), Some((other_start, _))) = (self.text.split_once('\0'), other.text.split_once('\0'))
        else {
            return false;
        };
        let (Some((_, end)), Some((_, other_end))) = (self.text.rsplit_once('\0'), other.text.rsplit_once('\0')) else {
            return false;
        };
        (start.starts_with(other_start) || other_start.starts_with(start))
            && (end.ends_with(other_end) || other_end.ends_with(end))
    }
}

/// The documented order of partial segments: more literal bytes, then fewer parameters, then the text.
///
/// A segment that is narrower than another has more literal bytes, so that it comes first.
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

impl<'t> Template<'t> {
    /// How many bytes one segment may have. Servers refuse request lines that are much shorter.
    pub const LONGEST_SEGMENT: usize = NodeInfo::LONGEST - 1;

    /// Reads a template.
    ///
    /// # Errors
    /// [`TemplateFault`], where no request could ever reach it, or where it would not be clear what it means.
    pub fn parse(template: &'t str) -> Result<Self, TemplateFault> {
        let rest = template.strip_prefix('/').ok_or(TemplateFault::NoLeadingSlash)?;
        let mut segments = Vec::new();
        let mut parts = rest.split('/').peekable();
        while let Some(part) = parts.next() {
            if part.is_empty() && parts.peek().is_some() {
                return Err(TemplateFault::EmptySegment);
            }
            if part.len() > Self::LONGEST_SEGMENT {
                return Err(TemplateFault::TooLong);
            }
            segments.push(segment(part)?);
        }
        Ok(Self { segments })
    }

    /// The segments, at least one.
    #[must_use]
    pub fn segments(&self) -> &[Segment<'t>] {
        &self.segments
    }
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
        check_literal(literal)?;
        text.push_str(literal);
        text.push(char::from(PARAMETER));
        parameters += 1;
        rest = after;
    }
    if rest.contains('}') {
        return Err(TemplateFault::UnbalancedBrace);
    }
    check_literal(rest)?;
    if parameters == 0 {
        return if strict::is_dots(part.as_bytes()) {
            Err(TemplateFault::DotSegment)
        } else {
            Ok(Segment::Literal(part))
        };
    }
    text.push_str(rest);
    if text.len() == 1 { Ok(Segment::Parameter) } else { Ok(Segment::Partial(Partial { text })) }
}

/// Whether a literal is made of what requests hold: `pchar` [RFC 3986, section 3.3], written as clients write it.
fn check_literal(literal: &str) -> Result<(), TemplateFault> {
    let bytes = literal.as_bytes();
    // An encoding is never split between two literals: `%` must be followed by its digits.
    if let Some(byte) = bytes.iter().find(|byte| !strict::is_pchar(**byte)) {
        return Err(TemplateFault::ForbiddenByte(*byte));
    }
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%') {
        match bytes.get(at..at + 3) {
            Some(encoding) if strict::has_forbidden_encoding(encoding) => return Err(TemplateFault::ForbiddenEncoding),
            Some([_, high, low]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let byte = digit(*high) << 4 | digit(*low);
                if strict::is_unreserved(byte) || high.is_ascii_lowercase() || low.is_ascii_lowercase() {
                    return Err(TemplateFault::UnusualEncoding(byte));
                }
            }
            _ => return Err(TemplateFault::MalformedEncoding),
        }
    }
    Ok(())
}

/// The value of a hexadecimal digit.
const fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        _ => (byte | 0x20) - b'a' + 10,
    }
}
