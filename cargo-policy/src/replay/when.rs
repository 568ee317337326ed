//! Times of a log: milliseconds since 1970, shown and given as people write them.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;

/// A time as it is shown: `2027-06-30T12:00:00Z`. The fraction of a second is left out.
pub(super) fn shown(unix_ms: u64) -> String {
    let time = i64::try_from(unix_ms / 1000).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or_else(|| format!("{unix_ms} ms"), |time| time.to_string())
}

/// A time as it is given on the command line: a day, at whose beginning it is in UTC, or a time with its offset.
pub(crate) fn given(text: &str) -> Result<u64, String> {
    // A time without an offset could be any, so that it is refused.
    let is_day = text.len() == "2027-06-30".len() && text.parse::<Date>().is_ok();
    let text = if is_day { Cow::Owned(format!("{text}T00:00:00Z")) } else { Cow::Borrowed(text) };
    let time = text.parse::<Timestamp>().ok();
    time.and_then(|time| u64::try_from(time.as_millisecond()).ok())
        .ok_or_else(|| "write a day, `2027-06-30`, or a time with its offset, `2027-06-30T12:00:00Z`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{given, shown};

    #[test]
    fn times_are_read_and_shown_in_utc() {
        assert_eq!(given("2027-06-30"), Ok(1_814_313_600_000));
        assert_eq!(given("2027-06-30T12:00:00Z"), Ok(1_814_356_800_000));
        assert_eq!(given("2027-06-30T14:00:00+02:00"), Ok(1_814_356_800_000));
        for text in ["", "yesterday", "2027-06-31", "2027-06-30T12:00:00", "1814356800000", "1969-01-01"] {
            assert!(given(text).is_err(), "{text}");
        }
        assert_eq!(shown(1_814_356_800_123), "2027-06-30T12:00:00Z");
        assert_eq!(shown(u64::MAX), "18446744073709551615 ms");
    }
}
