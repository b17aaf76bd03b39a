//! Times as people write and read them: UTC, the Gregorian calendar.

use erynoa_kernel::{DAY_US, civil_date, day_of};

/// Microseconds of one hour and one minute.
const HOUR_US: u64 = 3_600_000_000;
const MINUTE_US: u64 = 60_000_000;

/// `2026-01-31 12:00:59Z`.
pub(crate) fn date_time(time_us: u64) -> String {
    let second = time_us % DAY_US / 1_000_000;
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{} {hour:02}:{minute:02}:{:02}Z", date(time_us), second % 60)
}

/// `2026-01-31`.
pub(crate) fn date(time_us: u64) -> String {
    let (year, month, day) = civil_date(day_of(time_us));
    format!("{year:04}-{month:02}-{day:02}")
}

/// Microseconds of a date such as `2026-01-31`, its first moment in UTC.
pub(crate) fn parse_date(text: &str) -> Option<u64> {
    let number = |part: &str, length: usize| -> Option<u64> {
        (part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse().ok())
            .flatten()
    };
    let mut parts = text.split('-');
    let (year, month, day) =
        (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    if parts.next().is_some() || year < 1970 {
        return None;
    }
    let days = days_before(year, month)? + day.checked_sub(1)?;
    // A day that does not exist, such as 31 April, comes back as another date.
    (civil_date(days) == (year, month, day)).then_some(days * DAY_US)
}

/// A date, or a span from `now_us` such as `90d`, `12h` or `30m`.
pub(crate) fn parse_moment(text: &str, now_us: u64) -> Option<u64> {
    if let Some(date) = parse_date(text) {
        return Some(date);
    }
    let unit = match text.chars().last()? {
        'd' => DAY_US,
        'h' => HOUR_US,
        'm' => MINUTE_US,
        _ => return None,
    };
    let count: u64 = text.get(..text.len() - 1)?.parse().ok()?;
    now_us.checked_add(count.checked_mul(unit)?)
}

/// Days from 1970-01-01 to the first of a month.
fn days_before(year: u64, month: u64) -> Option<u64> {
    if !(1..=12).contains(&month) {
        return None;
    }
    let (year, shifted_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * shifted_month + 2) / 5;
    let day = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    day.checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_parses_back() {
        let mut before = String::new();
        for day in 0..146_097 {
            let text = date(day * DAY_US);
            assert!(text > before, "{text} follows {before}");
            assert_eq!(parse_date(&text), Some(day * DAY_US), "{text}");
            before = text;
        }
    }

    #[test]
    fn known_moments_print_as_known() {
        assert_eq!(date_time(0), "1970-01-01 00:00:00Z");
        assert_eq!(date_time(1_289_241_911_728_360), "2010-11-08 18:45:11Z");
        assert_eq!(date(951_782_400_000_000), "2000-02-29");
    }

    #[test]
    fn days_that_do_not_exist_are_no_dates() {
        for text in [
            "2026-02-29",
            "2026-04-31",
            "2026-00-10",
            "2026-13-01",
            "2026-1-01",
            "2026-01-00",
            "1969-12-31",
            "2026-01-01-01",
            "+026-01-01",
            "",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn spans_count_from_now() {
        assert_eq!(parse_moment("90d", 5), Some(90 * DAY_US + 5));
        assert_eq!(parse_moment("2h", 0), Some(2 * HOUR_US));
        assert_eq!(parse_moment("30m", 0), Some(30 * MINUTE_US));
        assert_eq!(parse_moment("1970-01-02", 7), Some(DAY_US));
        for text in ["d", "1w", "-1d", "99999999999999d", "ü"] {
            assert_eq!(parse_moment(text, 0), None, "{text}");
        }
    }
}
