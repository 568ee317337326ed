//! A day of the Gregorian calendar, in UTC.

use std::fmt;

/// A day, as `2027-06-30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    year: u16,
    month: u8,
    day: u8,
}

impl Day {
    /// Reads `YYYY-MM-DD`. `None` for anything else, and for days before the Unix epoch.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        if parts.next().is_some() || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
            return None;
        }
        let found = Self { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        (found.year >= 1970 && found.day >= 1 && found.day <= found.days_of_month()?).then_some(found)
    }

    /// The first second after the day, since the Unix epoch.
    pub(super) fn end(self) -> u64 {
        let years = (1970..self.year).map(|year| if is_leap(year) { 366 } else { 365 }).sum::<u64>();
        let months =
            (1..self.month).filter_map(|month| Self { month, ..self }.days_of_month()).map(u64::from).sum::<u64>();
        (years + months + u64::from(self.day)) * 86_400
    }

    fn days_of_month(self) -> Option<u8> {
        Some(match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if is_leap(self.year) => 29,
            2 => 28,
            _ => return None,
        })
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_end_where_the_calendar_says() {
        // Each by `date -u -d "<day> + 1 day" +%s`.
        for (day, end) in [
            ("1970-01-01", 86_400),
            ("2000-02-29", 951_868_800),
            ("2023-12-31", 1_704_067_200),
            ("2024-02-29", 1_709_251_200),
            ("2027-06-30", 1_814_400_000),
            ("2100-03-01", 4_107_628_800),
        ] {
            assert_eq!(Day::parse(day).map(|day| (day.end(), day.to_string())), Some((end, day.to_owned())));
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
            "+027-06-30",
            "1969-12-31",
            "２０２７-06-30",
        ] {
            assert_eq!(Day::parse(text), None, "{text:?}");
        }
    }
}
