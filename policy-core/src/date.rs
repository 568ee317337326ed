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
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_day = year >= 1 && (1..=12).contains(&month) && (1..=days(year, month)).contains(&day);
        is_day.then_some(Self { year, month, day })
    }

    /// Reads `YYYY-MM-DD` (RFC 3339, section 5.6). `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut next = |length: usize| -> Option<u16> {
            let part = parts.next()?;
            (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
        };
        let (year, month, day) = (next(4)?, next(2)?, next(2)?);
        if parts.next().is_some() {
            return None;
        }
        Self::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
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

fn days(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_leap(year: u16) -> bool {
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
