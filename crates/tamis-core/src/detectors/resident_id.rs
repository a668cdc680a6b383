//! The number of a Chinese resident's identity card: GB 11643-1999, check digit by ISO 7064 mod 11-2.
use std::ops::Range;

use super::context::says_identity;
use super::digits::{Number, digit, ends_freely, is_evenly_parted, run_end, starts_freely};

/// The first two digits, GB/T 2260: provinces, municipalities, autonomous and special administrative regions.
const REGIONS: [u8; 36] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83, 91,
];
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// 18 characters in one group or 6, 8 and 4: region, birthday, order and check digit.
pub fn resident_id(text: &str, at: usize) -> Option<Range<usize>> {
    let (value, _) = digit(text.as_bytes(), at)?;
    if !(1..=9).contains(&value) || !starts_freely(&text[..at]) {
        return None;
    }
    let number = Number::read(text, at);
    let sizes: Vec<usize> = number.sizes().collect();
    let (count, lettered) = match sizes[..] {
        [18, ..] => (1, false),
        [17, ..] => (1, true),
        [6, 8, 4, ..] => (3, false),
        [6, 8, 3, ..] => (3, true),
        _ => return None,
    };
    let mut end = number.groups()[count - 1].end;
    if lettered {
        let letter = text[end..]
            .chars()
            .next()
            .filter(|c| matches!(c, 'X' | 'x' | 'Ｘ' | 'ｘ'))?;
        end += letter.len_utf8();
    }
    let digits = number.digits();
    let check = if lettered { 10 } else { u32::from(digits[17]) };
    let right = is_evenly_parted(text, &number.groups()[..count]) && ends_freely(&text[end..]);
    (right && is_valid(&digits[..17], check)).then_some(at..end)
}

fn is_valid(digits: &[u8], check: u32) -> bool {
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .sum();
    is_born(value(&digits[6..10]), &digits[10..14])
        && is_region(digits)
        && (12 - sum % 11) % 11 == check
}

fn value(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |value, digit| value * 10 + u32::from(*digit))
}

fn is_region(digits: &[u8]) -> bool {
    REGIONS
        .iter()
        .any(|region| u32::from(*region) == value(&digits[..2]))
}

/// Whether a year has a day, given as two digits of the month and two of the day.
fn is_born(year: u32, date: &[u8]) -> bool {
    let (month, day) = (value(&date[..2]), value(&date[2..]));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1880..2080).contains(&year) && (1..=days).contains(&day)
}

/// The 15 digits of cards made until 1999: region, birthday with a year of two digits, order. They have no check digit, and one in
/// eighty random numbers has such a region and day: a word must say that it is an identity card.
pub fn old_resident_id(text: &str, at: usize) -> Option<Range<usize>> {
    let (value, width) = digit(text.as_bytes(), at)?;
    let end = run_end(text.as_bytes(), at);
    if !(1..=9).contains(&value) || (end - at) / width != 15 {
        return None;
    }
    let number = Number::read(text, at);
    let digits = number.group(0);
    let right = digits.len() == 15
        && is_region(digits)
        && is_born(1900 + self::value(&digits[6..8]), &digits[8..12])
        && starts_freely(&text[..at])
        && ends_freely(&text[end..]);
    (right && says_identity(text, at)).then_some(at..end)
}
