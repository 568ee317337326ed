//! Durations as a person types them, and times as a person reads them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use policy_core::Date;

/// A century. Nothing is issued for longer.
const LONGEST: Duration = Duration::from_secs(36_525 * 86_400);

/// Reads `90d`, `12h`, `30m` or `45s`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let read = crate::keys::duration(text)?;
    if read.is_zero() {
        return Err("no time at all; write a number above 0".into());
    }
    if read > LONGEST {
        return Err(format!("`{text}` is longer than a century; leave it out for a key that does not expire"));
    }
    Ok(read)
}

/// So long from now, to the second.
pub(super) fn from_now(lifetime: Duration) -> SystemTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(now.as_secs()) + lifetime
}

/// As `2027-06-30T12:00:00Z`.
pub(super) fn shown(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let of_day = seconds % 86_400;
    format!("{}T{:02}:{:02}:{:02}Z", Date::of_unix(seconds), of_day / 3_600, of_day / 60 % 60, of_day % 60)
}
