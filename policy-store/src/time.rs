//! Times as they are stored: microseconds since the Unix epoch.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Error;

/// As a time is stored. One that is too far away is the nearest that fits.
pub(crate) fn stored(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
    }
}

/// A stored time. What no clock could have written is damage.
pub(crate) fn time(stored: i64) -> Result<SystemTime, Error> {
    let distance = Duration::from_micros(stored.unsigned_abs());
    let time = if stored < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    time.ok_or(Error::Damaged)
}

/// A stored time in whole seconds, as credentials state their expiry.
pub(crate) fn seconds(stored: i64) -> u64 {
    u64::try_from(stored / 1_000_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_was_stored() {
        for micros in [0, 1, -1, 1_767_603_600_123_456, -62_135_596_800_000_000] {
            assert_eq!(time(micros).map(stored).ok(), Some(micros));
        }
        assert_eq!([seconds(-5_000_000), seconds(999_999), seconds(2_000_001)], [0, 0, 2]);
    }
}
