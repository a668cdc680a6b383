//! The survivor order as one number a document: smaller comes first, `MISSING` last.

/// A missing date or score.
pub const MISSING: u64 = u64::MAX;

/// Larger numbers first.
pub fn largest_first(value: i64) -> u64 {
    (!(value as u64 ^ 1 << 63)).min(MISSING - 1)
}

/// Larger numbers first; NaN is missing.
pub fn highest_first(value: f64) -> u64 {
    if value.is_nan() {
        return MISSING;
    }
    // the usual order-preserving map of floats, with -0 as 0
    let bits = (value + 0.0).to_bits();
    let ascending = if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    };
    (!ascending).min(MISSING - 1)
}

/// Later dates first; a date that cannot be read is missing.
pub fn newest_first(date: &str) -> u64 {
    microseconds(date).map_or(MISSING, largest_first)
}

/// Microseconds since 1970 of an ISO 8601 date, or date and time with an optional offset.
fn microseconds(date: &str) -> Option<i64> {
    let date = date.trim();
    let (days, rest) = (date.get(..10)?, date.get(10..)?);
    let mut parts = days.split('-');
    let year: i64 = number(parts.next()?)?;
    let month: i64 = number(parts.next()?)?;
    let day: i64 = number(parts.next()?)?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let midnight = days_since_1970(year, month, day) * 86_400_000_000;
    if rest.is_empty() {
        return Some(midnight);
    }
    let time = rest.strip_prefix(['T', 't', ' '])?;
    Some(midnight + time_of_day(time)?)
}

fn number(digits: &str) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// Proleptic Gregorian calendar, years starting in March so that the leap day is the last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// `HH:MM[:SS[.fraction]][Z|+HH:MM|-HH:MM]` in microseconds, moved to UTC.
fn time_of_day(time: &str) -> Option<i64> {
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => (&time[..at], &time[at..]),
        None => (time, ""),
    };
    let mut parts = clock.split(':');
    let hour = number(parts.next()?)?;
    let minute = number(parts.next()?)?;
    let seconds = parts.next().unwrap_or("0");
    if parts.next().is_some() || hour > 24 || minute > 59 {
        return None;
    }
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let within = (hour * 60 + minute) * 60 + number(whole)?;
    let shift = match offset.chars().next() {
        Some(sign @ ('+' | '-')) => {
            let digits = offset[1..].replace(':', "");
            let minutes = number(digits.get(..2)?)? * 60
                + number(digits.get(2..).filter(|m| !m.is_empty()).unwrap_or("0"))?;
            if sign == '+' { minutes } else { -minutes }
        }
        _ => 0,
    };
    Some((within - shift * 60) * 1_000_000 + number(&six)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores() {
        let falling = [
            f64::INFINITY,
            3.5,
            1.0,
            0.0,
            -0.5,
            -2.0,
            f64::NEG_INFINITY,
            f64::NAN,
        ];
        let orders = falling.map(highest_first);
        assert!(
            orders.windows(2).all(|pair| pair[0] < pair[1]),
            "{orders:?}"
        );
        assert_eq!(highest_first(-0.0), highest_first(0.0));
    }

    #[test]
    fn dates() {
        for (date, expected) in [
            ("1970-01-01", 0),
            ("1970-01-02T00:00:01Z", 86_401_000_000),
            ("2024-02-29T12:30:00.25+02:00", 1_709_202_600_250_000),
            ("2000-03-01 00:00", 951_868_800_000_000),
            ("1969-12-31T23:59:59-00:30", 1_799_000_000),
        ] {
            assert_eq!(microseconds(date), Some(expected), "{date}");
        }
        for date in [
            "",
            "yesterday",
            "2024-13-01",
            "2024-01-01x",
            "2024-1-01T",
            "2024-01-01T1",
        ] {
            assert_eq!(newest_first(date), MISSING, "{date}");
        }
        assert!(newest_first("2024-05-02") < newest_first("2024-05-01"));
        assert!(newest_first("1960-01-01") < MISSING);
    }
}
