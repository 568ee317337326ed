//! The query of a list: paging, order and the time window.

use std::fmt;

use jiff::Timestamp;

const LIMIT: std::ops::RangeInclusive<u32> = 1..=100;
const DEFAULT_LIMIT: u32 = 50;
const OFFSET: std::ops::RangeInclusive<u32> = 0..=10_000;

/// By `created_at`, then by `encounter_id`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortOrder {
    /// Oldest first.
    Ascending,
    /// Newest first.
    #[default]
    Descending,
}

/// Which encounters a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many at the most.
    pub limit: u32,
    /// How many are skipped.
    pub offset: u32,
    /// In which order.
    pub order: SortOrder,
    /// Created at this time or later.
    pub start_at: Option<Timestamp>,
    /// Created before this time.
    pub end_at: Option<Timestamp>,
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: DEFAULT_LIMIT, offset: 0, order: SortOrder::default(), start_at: None, end_at: None }
    }
}

impl Page {
    /// Reads a raw query string. Each name may come once, and each value has exactly one spelling.
    ///
    /// # Errors
    /// The first parameter that is not understood.
    pub fn parse(query: Option<&str>) -> Result<Self, PageError> {
        let mut page = Self::default();
        let mut seen: Vec<&'static str> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let field = match &*name {
                "limit" => "limit",
                "offset" => "offset",
                "sort_order" => "sort_order",
                "start_at" => "start_at",
                "end_at" => "end_at",
                _ => return Err(PageError::UnsupportedFilter(name.into_owned())),
            };
            if seen.contains(&field) {
                return Err(PageError::Repeated(field));
            }
            seen.push(field);
            match field {
                "limit" => page.limit = decimal(&value, &LIMIT).ok_or(PageError::Limit)?,
                "offset" => page.offset = decimal(&value, &OFFSET).ok_or(PageError::Offset)?,
                "sort_order" => {
                    page.order = match &*value {
                        "asc" => SortOrder::Ascending,
                        "desc" => SortOrder::Descending,
                        _ => return Err(PageError::SortOrder),
                    }
                }
                _ => {
                    let time = Some(time(&value).ok_or(PageError::Time(field))?);
                    if field == "start_at" { page.start_at = time } else { page.end_at = time }
                }
            }
        }
        match (page.start_at, page.end_at) {
            (Some(start), Some(end)) if start >= end => Err(PageError::EmptyWindow),
            _ => Ok(page),
        }
    }
}

/// A number in the range, written in digits only: without a sign and without leading zeros.
fn decimal(text: &str, range: &std::ops::RangeInclusive<u32>) -> Option<u32> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let number = canonical.then(|| text.parse().ok()).flatten()?;
    range.contains(&number).then_some(number)
}

/// A `date-time` of RFC 3339, section 5.6, which always has an offset. The parser would also accept other forms of ISO 8601 and the
/// annotations of RFC 9557, so they are excluded first.
fn time(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(19)?;
    let shaped = date.bytes().zip(*b"0000-00-00T00:00:00").all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't'),
        shape => byte == shape,
    });
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => {
            let offset = fraction.trim_start_matches(|character: char| character.is_ascii_digit());
            if offset.len() == fraction.len() {
                return None;
            }
            offset
        }
        None => rest,
    };
    let zoned = matches!(offset, "Z" | "z")
        || offset.len() == 6
            && offset.bytes().zip(*b"+00:00").all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                b'+' => matches!(byte, b'+' | b'-'),
                shape => byte == shape,
            });
    (shaped && zoned).then(|| text.parse().ok()).flatten()
}

/// Which parameter of the list's query is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageError {
    /// `limit` is no plain number from 1 to 100.
    Limit,
    /// `offset` is no plain number from 0 to 10000.
    Offset,
    /// `sort_order` is neither `asc` nor `desc`.
    SortOrder,
    /// The parameter of this name is no time of RFC 3339 with an offset.
    Time(&'static str),
    /// `start_at` is not before `end_at`.
    EmptyWindow,
    /// The parameter of this name is there twice.
    Repeated(&'static str),
    /// The list has no filter of this name.
    UnsupportedFilter(String),
}

impl PageError {
    /// The stable reason that clients branch on.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            PageError::Limit => "invalid_limit",
            PageError::Offset => "invalid_offset",
            PageError::SortOrder => "invalid_sort",
            PageError::Time(_) | PageError::EmptyWindow | PageError::Repeated(_) => "invalid_query",
            PageError::UnsupportedFilter(_) => "unsupported_filter",
        }
    }

    /// The name of the faulty parameter.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            PageError::Limit => "limit",
            PageError::Offset => "offset",
            PageError::SortOrder => "sort_order",
            PageError::Time(field) | PageError::Repeated(field) => field,
            PageError::EmptyWindow => "end_at",
            PageError::UnsupportedFilter(field) => field,
        }
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PageError::Limit => {
                write!(f, "`limit` must be a decimal number from {} to {}.", LIMIT.start(), LIMIT.end())
            }
            PageError::Offset => {
                write!(f, "`offset` must be a decimal number from {} to {}.", OFFSET.start(), OFFSET.end())
            }
            PageError::SortOrder => f.write_str("`sort_order` must be `asc` or `desc`."),
            PageError::Time(field) => write!(
                f,
                "`{field}` must be a time with its zone, as 2026-01-31T09:30:00Z (RFC 3339); a `+` in it is sent as `%2B`."
            ),
            PageError::EmptyWindow => f.write_str("`start_at` must be before `end_at`."),
            PageError::Repeated(field) => write!(f, "`{field}` must be sent once."),
            PageError::UnsupportedFilter(_) => f.write_str("The query parameter is not supported by this route."),
        }
    }
}

impl std::error::Error for PageError {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]
    use super::*;

    #[track_caller]
    fn refused(query: &str, code: &str, field: &str) {
        let error = Page::parse(Some(query)).expect_err(query);
        assert_eq!((error.code(), error.field()), (code, field), "{query}");
    }

    #[test]
    fn without_a_query_the_newest_fifty_are_shown() {
        let default = Page { limit: 50, offset: 0, order: SortOrder::Descending, start_at: None, end_at: None };
        assert_eq!(Page::parse(None).unwrap(), default);
        assert_eq!(Page::parse(Some("")).unwrap(), default);
    }

    #[test]
    fn the_bounds_are_inclusive_and_numbers_have_one_spelling() {
        for good in ["limit=1", "limit=100", "offset=0", "offset=10000", "limit=%31", "sort_order=asc&limit=7"] {
            Page::parse(Some(good)).expect(good);
        }
        for limit in ["0", "101", "05", "+5", "%2B5", "-5", "5.0", "5%20", "", "1e1", "0x5", "٥", "99999999999", "%FF"]
        {
            refused(&format!("limit={limit}"), "invalid_limit", "limit");
        }
        refused("limit", "invalid_limit", "limit");
        for offset in ["10001", "00", "-1", "", "%2B0"] {
            refused(&format!("offset={offset}"), "invalid_offset", "offset");
        }
        for order in ["ASC", "", "ascending", "asc,desc"] {
            refused(&format!("sort_order={order}"), "invalid_sort", "sort_order");
        }
    }

    #[test]
    fn times_name_their_zone_and_the_window_is_not_empty() {
        let page = Page::parse(Some("start_at=2026-01-01T00:00:00Z&end_at=2026-01-01T02:00:00.5%2B01:00")).unwrap();
        assert_eq!(page.start_at.unwrap().to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(page.end_at.unwrap().to_string(), "2026-01-01T01:00:00.5Z");
        for time in [
            "",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00+01:00",
            "2026-01-01%2000:00:00Z",
            "2026-01-01T00:00Z",
            "20260101T000000Z",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-01T25:00:00Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00Z[UTC]",
            "2026-01-01T00:00:00%2B01",
            "2026-01-01T00:00:00%2B0100",
            "1767225600",
            "éééééééééééé",
        ] {
            refused(&format!("start_at={time}"), "invalid_query", "start_at");
            refused(&format!("end_at={time}"), "invalid_query", "end_at");
        }
        refused("start_at=2026-01-01T00:00:00Z&end_at=2026-01-01T00:00:00Z", "invalid_query", "end_at");
        refused("start_at=2026-01-02T00:00:00Z&end_at=2026-01-01T00:00:00Z", "invalid_query", "end_at");
    }

    #[test]
    fn a_name_stands_once_and_is_known() {
        refused("limit=1&limit=1", "invalid_query", "limit");
        refused("limit=1&%6cimit=1", "invalid_query", "limit");
        for name in ["owners", "record_kind", "date_of_service", "patient_id", "Limit", "limit[]"] {
            refused(&format!("{name}=1"), "unsupported_filter", name);
        }
    }
}
