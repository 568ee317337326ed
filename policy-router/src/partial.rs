//! How a segment splits between the literals of a partial one.

use crate::strict;
use crate::template::PARAMETER;

/// Whether the segment has the shape, and every parameter a value it may have.
///
/// Each literal is taken at the first place that leaves the parameter before it at least one byte. If a segment can be
/// split at all, it can be split so: an earlier place leaves more for what follows. So nothing is tried twice.
pub(crate) fn matches(shape: &[u8], segment: &[u8]) -> bool {
    let mut literals = shape.split(|byte| *byte == PARAMETER);
    let Some(rest) = literals.next().and_then(|first| segment.strip_prefix(first)) else { return false };
    let mut rest = rest;
    let mut literals = literals.peekable();
    while let Some(literal) = literals.next() {
        let is_last = literals.peek().is_none();
        let Some((value, after)) = take(rest, literal, is_last) else { return false };
        if strict::is_dots(value) {
            return false;
        }
        rest = after;
    }
    true
}

/// The value of a parameter that the literal follows, and what follows the literal.
pub(crate) fn take<'s>(rest: &'s [u8], literal: &[u8], is_last: bool) -> Option<(&'s [u8], &'s [u8])> {
    let length = if is_last {
        rest.len().checked_sub(literal.len())?
    } else {
        1 + rest.get(1..)?.windows(literal.len().max(1)).position(|window| window == literal)?
    };
    let (value, after) = rest.split_at_checked(length)?;
    let after = after.strip_prefix(literal)?;
    (!value.is_empty()).then_some((value, after))
}
