//! A day of the Gregorian calendar.

use core::fmt;

const SECONDS_OF_A_DAY: u64 = 86_400;

/// A day in UTC. Displays as `2027-06-30`.
///
/// ```
/// use policy_core::Date;
///
/// let last = Date::parse("2027-06-30").ok_or("no such day")?;
/// assert_eq!(Date::of_unix(last.end()).to_string(), "2027-07-01");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The first day that there is.
    pub(crate) const FIRST: Self = Self { year: 1, month: 1, day: 1 };

    /// The day, or `None` where the calendar has no such day.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        if year >= 1 && 1 <= month && month <= 12 && 1 <= day && day <= days(year, month) {
            Some(Self { year, month, day })
        } else {
            None
        }
    }

    /// Reads `YYYY-MM-DD` (RFC 3339, section 5.6). `None` for anything else.
    #[must_use]
    pub const fn parse(text: &str) -> Option<Self> {
        let &[a, b, c, d, b'-', e, f, b'-', g, h] = text.as_bytes() else { return None };
        let year = match (pair(a, b), pair(c, d)) {
            (Some(century), Some(year)) => century as u16 * 100 + year as u16,
            _ => return None,
        };
        match (pair(e, f), pair(g, h)) {
            (Some(month), Some(day)) => Self::new(year, month, day),
            _ => None,
        }
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, from 1.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// The day on which a second since the Unix epoch lies.
    #[must_use]
    pub fn of_unix(seconds: u64) -> Self {
        let mut rest = seconds / SECONDS_OF_A_DAY;
        let (mut year, mut month) = (1970_u16, 1_u8);
        loop {
            let length = u64::from(days(year, month));
            if rest < length || year == u16::MAX {
                break;
            }
            rest -= length;
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        }
        Self { year, month, day: u8::try_from(rest + 1).unwrap_or(1) }
    }

    /// The first second after the day, since the Unix epoch; 0 for days before it.
    #[must_use]
    pub fn end(self) -> u64 {
        if self.year < 1970 {
            return 0;
        }
        let years = (1970..self.year).map(|year| if is_leap(year) { 366 } else { 365 }).sum::<u64>();
        let months = (1..self.month).map(|month| u64::from(days(self.year, month))).sum::<u64>();
        (years + months + u64::from(self.day)) * SECONDS_OF_A_DAY
    }
}

/// The number that two digits write.
const fn pair(tens: u8, ones: u8) -> Option<u8> {
    if tens.is_ascii_digit() && ones.is_ascii_digit() { Some((tens - b'0') * 10 + (ones - b'0')) } else { None }
}

const fn days(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

const fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned as _;
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn days_end_where_the_calendar_says() {
        // Each by `date -u -d "<day> + 1 day" +%s`.
        for (day, end) in [
            ("1969-12-31", 0),
            ("1970-01-01", 86_400),
            ("2000-02-29", 951_868_800),
            ("2023-12-31", 1_704_067_200),
            ("2024-02-29", 1_709_251_200),
            ("2027-06-30", 1_814_400_000),
            ("2100-03-01", 4_107_628_800),
        ] {
            assert_eq!(Date::parse(day).map(|day| (day.end(), day.to_string())), Some((end, day.to_owned())));
            let parts =
                Date::parse(day).map(|day| alloc::format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()));
            assert_eq!(parts.as_deref(), Some(day));
            if let Some(last) = end.checked_sub(1) {
                assert_eq!(Some(Date::of_unix(last)), Date::parse(day), "{day}");
            }
        }
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in [
            "",
            "2027",
            "2027-06",
            "2027-6-30",
            "27-06-30",
            "2027-06-31",
            "2027-02-29",
            "2100-02-29",
            "2027-13-01",
            "2027-00-01",
            "2027-01-00",
            "2027-06-30 ",
            "2027-06-30-",
            "2027-06-30T00",
            "+027-06-30",
            "0000-01-01",
            "２０２７-06-30",
        ] {
            assert_eq!(Date::parse(text), None, "{text:?}");
        }
    }
}
