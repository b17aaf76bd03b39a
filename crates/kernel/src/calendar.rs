//! Dates: the Gregorian calendar in UTC.

use crate::day_of;

/// Year, month and day of a day number since 1970-01-01.
#[must_use]
pub const fn civil_date(day: u64) -> (u64, u64, u64) {
    // Count from 0000-03-01, so that a leap day is the last of its year; an era
    // of 400 years has 146 097 days.
    let day = day + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March have 153 days in five.
    let from_march = (5 * of_year + 2) / 153;
    let date = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + (month <= 2) as u64, month, date)
}

/// RFC 3339 in UTC with whole seconds, `2026-01-31T12:00:59Z`, of microseconds
/// since the Unix epoch.
#[must_use]
pub fn utc_text(time_us: u64) -> String {
    let (year, month, date) = civil_date(day_of(time_us));
    let second = time_us / 1_000_000 % 86_400;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(utc_text(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc_text(951_782_400_000_000), "2000-02-29T00:00:00Z");
        assert_eq!(utc_text(1_795_423_137_999_999), "2026-11-23T08:38:57Z");
        assert_eq!(utc_text(4_107_542_399_000_000), "2100-02-28T23:59:59Z");
    }

    #[test]
    fn every_day_of_an_era_follows_the_one_before() {
        let mut before = civil_date(0);
        for day in 1..=146_097 {
            let (year, month, date) = civil_date(day);
            let next = match (date, month) {
                (1, 1) => (before.0 + 1, 12, 31) == (year, before.1, before.2),
                (1, _) => (before.0, before.1 + 1) == (year, month) && before.2 >= 28,
                _ => (before.0, before.1, before.2 + 1) == (year, month, date),
            };
            assert!(next, "{before:?} before {:?}", (year, month, date));
            before = (year, month, date);
        }
        assert_eq!(before, (2370, 1, 1), "400 years later");
    }
}
