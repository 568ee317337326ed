//! Durations as a person types them: `90d`, `12h`, `30m`, `45s`.

use jiff::{SignedDuration, Timestamp};

use crate::audio;

/// Reads a whole number and its unit.
///
/// # Errors
/// The text has another form, or the time is too long.
pub(super) fn parse(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("`{text}` is no duration; write a whole number and d, h, m or s, as in `90d`");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds: i64 = match unit {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        's' => 1,
        _ => return Err(wrong()),
    };
    let digits = text.strip_suffix(unit).unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let total = digits.parse::<i64>().ok().and_then(|number| number.checked_mul(seconds)).filter(|total| *total > 0);
    let duration = SignedDuration::from_secs(total.ok_or_else(wrong)?);
    Timestamp::now().checked_add(duration).map_err(|_| format!("`{text}` is longer than any clock shows"))?;
    Ok(duration)
}

/// Reads how long a signed audio URL is valid.
///
/// # Errors
/// Those of [`parse`], or the time is longer than a URL may be valid.
pub(super) fn of_audio_url(text: &str) -> Result<SignedDuration, String> {
    let duration = parse(text)?;
    if duration > audio::LONGEST {
        return Err(format!("`{text}` is longer than a signed audio URL may be good; 15m is the longest"));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_unit() {
        for (text, seconds) in [("90d", 7_776_000), ("12h", 43_200), ("30m", 1_800), ("45s", 45)] {
            assert_eq!(parse(text), Ok(SignedDuration::from_secs(seconds)), "{text}");
        }
        for text in ["", "d", "90", "-1d", "+1d", "1.5h", "1 d", "0s", "1y", "9999999d", "99999999999999999999d", "1é"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
    #[test]
    fn an_audio_url_is_good_for_fifteen_minutes_at_most() {
        assert_eq!(of_audio_url("15m"), Ok(SignedDuration::from_mins(15)));
        for text in ["901s", "16m", "1h", "90d", "0m"] {
            assert!(of_audio_url(text).is_err(), "{text}");
        }
    }
}
