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

/// Microseconds since 1970 of a date of ISO 8601, extended or basic, whole or a year or month alone, with an optional
/// time and offset, or of the 14 digits of a web archive. Parts that are missing count as their beginning.
fn microseconds(date: &str) -> Option<i64> {
    let date = date.trim();
    let (days, time) = match date.find(['T', 't', ' ']) {
        Some(at) => (&date[..at], Some(&date[at + 1..])),
        None if date.len() == 14 => (date.get(..8)?, date.get(8..)),
        None => (date, None),
    };
    let (year, month, day) = calendar(days)?;
    let midnight = days_since_1970(year, month, day) * 86_400_000_000;
    match time {
        Some(time) => Some(midnight + time_of_day(time)?),
        None => Some(midnight),
    }
}

/// `YYYY[-MM[-DD]]` or `YYYYMMDD`.
fn calendar(days: &str) -> Option<(i64, i64, i64)> {
    let (year, month, day) = match days.len() {
        4 => (days, "01", "01"),
        7 => (days.get(..4)?, days.get(4..)?.strip_prefix('-')?, "01"),
        8 => (days.get(..4)?, days.get(4..6)?, days.get(6..)?),
        10 => {
            let (month, day) = days.get(4..)?.strip_prefix('-')?.split_once('-')?;
            (days.get(..4)?, month, day)
        }
        _ => return None,
    };
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    (1..=length).contains(&day).then_some((year, month, day))
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

/// `HH[:MM[:SS[.fraction]]]` or `HH[MM[SS[.fraction]]]`, and `Z`, `+HH[:MM]` or `-HH[:MM]`: microseconds, moved to UTC.
fn time_of_day(time: &str) -> Option<i64> {
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => (&time[..at], &time[at..]),
        None => (time, ""),
    };
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = sixties(whole)?;
    if hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let shift = match offset.chars().next() {
        Some(sign @ ('+' | '-')) => {
            let [hours, minutes, _] = sixties(&offset[1..])?;
            let shift = hours * 3600 + minutes * 60;
            if sign == '+' { shift } else { -shift }
        }
        _ => 0,
    };
    let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
    Some(((hour * 60 + minute) * 60 + second - shift) * 1_000_000 + number(&six)?)
}

/// Up to three numbers of two digits, with a colon between all or none; those that are missing are 0.
fn sixties(text: &str) -> Option<[i64; 3]> {
    let mut found = [0; 3];
    let mut rest = text.trim_end();
    let colons = rest.contains(':');
    for (place, part) in found.iter_mut().enumerate() {
        if place > 0 {
            if rest.is_empty() {
                return Some(found);
            }
            rest = if colons {
                rest.strip_prefix(':')?
            } else {
                rest
            };
        }
        *part = number(rest.get(..2)?)?;
        rest = rest.get(2..)?;
    }
    rest.is_empty().then_some(found)
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
            ("1970", 0),
            ("1972-03", 68_256_000_000_000),
            ("19720301", 68_256_000_000_000),
            ("1972-03-01T05", 68_274_000_000_000),
            ("19720301T050607Z", 68_274_367_000_000),
            ("19720301050607", 68_274_367_000_000),
            ("1972-03-01T05:06:07.5+0500", 68_256_367_500_000),
            ("1972-03-01T05:06:07+05", 68_256_367_000_000),
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
            "2023-02-29",
            "2024-04-31",
            "202403",
            "2024-3",
            "2024-03-",
            "20241301",
            "20240101250000",
            "2024010112000",
            "2024-01-01T12:3",
            "2024-01-01T12:00:61",
            "2024-01-01T12:00:00+1",
            "-2024",
            "٢٠٢٤",
            "01/02/2024",
        ] {
            assert_eq!(newest_first(date), MISSING, "{date}");
        }
        assert!(newest_first("2024-05-02") < newest_first("2024-05-01"));
        assert!(newest_first("1960-01-01") < MISSING);
        assert!(newest_first("2022") < newest_first("2021-12-31T23:59:59"));
        assert!(newest_first("20080430204825") < newest_first("2008-04-30 20:48:24"));
    }
}
