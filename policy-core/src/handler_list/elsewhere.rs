//! An operation that the application serves by its own routes, unguarded.

use core::fmt;

use crate::date::Date;

/// Why an operation is left to the application's own routes, unguarded, and for how long.
///
/// ```
/// use policy_core::Date;
/// use policy_core::handler_list::Elsewhere;
///
/// let elsewhere = Elsewhere::new("served by the old routes", Date::parse("2027-06-30"));
/// assert_eq!(elsewhere.to_string(), "served by the old routes, until 2027-06-30");
/// assert!(elsewhere.is_overdue(Date::parse("2027-07-01").ok_or("no such day")?));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    reason: &'static str,
    until: Option<Date>,
}

impl Elsewhere {
    /// For this reason, up to the end of that day in UTC.
    #[must_use]
    pub const fn new(reason: &'static str, until: Option<Date>) -> Self {
        Self { reason, until }
    }

    /// Why nothing is checked.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// The last day.
    #[must_use]
    pub const fn until(&self) -> Option<Date> {
        self.until
    }

    /// Whether the last day is over.
    #[must_use]
    pub fn is_overdue(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }
}

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)?;
        self.until.map_or(Ok(()), |until| write!(f, ", until {until}"))
    }
}

/// The day of an `until`. Does not compile if the calendar has no such day.
#[doc(hidden)]
#[must_use]
#[track_caller]
#[expect(clippy::panic, reason = "evaluated at compile time; the panic is the compile error")]
pub const fn last_day(text: &str) -> Option<Date> {
    match Date::parse(text) {
        Some(day) => Some(day),
        None => panic!("this is no day; write the last day as `until = \"2027-06-30\"`"),
    }
}
