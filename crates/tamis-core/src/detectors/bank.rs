//! Payment cards (ISO/IEC 7812) and international bank account numbers (ISO 13616).
use std::ops::Range;
use std::sync::LazyLock;

use hashbrown::HashMap;

use super::context::{Announced, announced, in_url};
use super::digits::{Number, digit, ends_freely, is_evenly_parted, starts_freely};

/// First and last prefix of an issuer, and how long its numbers are.
const ISSUERS: [(u32, u32, Range<usize>); 14] = [
    (4, 4, 13..14),
    (4, 4, 16..17),
    (4, 4, 19..20),
    (51, 55, 16..17),
    (2221, 2720, 16..17),
    (34, 34, 15..16),
    (37, 37, 15..16),
    (300, 305, 14..15),
    (36, 36, 14..15),
    (38, 39, 14..15),
    (3528, 3589, 16..17),
    (6011, 6011, 16..17),
    (644, 659, 16..17),
    (62, 62, 16..20),
];
/// How cards print their numbers.
const GROUPINGS: [&[usize]; 6] = [
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4, 2],
    &[4, 4, 4, 4],
    &[4, 6, 5],
    &[4, 6, 4],
    &[6, 13],
];

/// A number of an issuer's prefix and length whose last digit is Luhn's. A bare one of rare length, or in a web address,
/// must be announced by a word.
pub fn card(text: &str, at: usize) -> Option<Range<usize>> {
    let (value, _) = digit(text.as_bytes(), at)?;
    if !(2..=6).contains(&value) || !starts_freely(&text[..at]) {
        return None;
    }
    let number = Number::read(text, at);
    let sizes: Vec<usize> = number.sizes().collect();
    let grouped = GROUPINGS
        .iter()
        .filter(|one| sizes.starts_with(one))
        .map(|one| one.len());
    grouped
        .chain([1])
        .find_map(|count| whole_card(text, &number, count))
}

/// The card number that the first groups make.
fn whole_card(text: &str, number: &Number, count: usize) -> Option<Range<usize>> {
    let groups = number.groups();
    let (start, end) = (groups.first()?.start, groups.get(count - 1)?.end);
    let length = groups
        .get(count)
        .map_or(number.digits().len(), |next| next.first);
    let digits = &number.digits()[..length];
    let issued = ISSUERS.iter().any(|(first, last, lengths)| {
        lengths.contains(&length)
            && (*first..=*last).contains(&prefix(digits, first.ilog10() as usize + 1))
    });
    let whole = is_evenly_parted(text, groups.get(..count)?)
        && ends_freely(&text[end..])
        && !is_hashed(text, start, end);
    if !issued || !luhn(digits) || !whole {
        return None;
    }
    let meant = match announced(text, start) {
        Some(Announced::Card) => true,
        Some(Announced::Other) => false,
        _ => (count > 1 || is_common(digits)) && !in_url(text, start),
    };
    meant.then_some(start..end)
}

/// Whether a bare number is long and frequent enough to be a card's without a word: years and identifiers start with 2.
fn is_common(digits: &[u8]) -> bool {
    digits[0] > 2 && (digits.len() == 16 || digits.len() == 15 || digits[..2] == [6, 2])
}

fn prefix(digits: &[u8], length: usize) -> u32 {
    digits[..length]
        .iter()
        .fold(0, |value, digit| value * 10 + u32::from(*digit))
}

fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            u32::from(if place % 2 == 1 {
                doubled(*digit)
            } else {
                *digit
            })
        })
        .sum();
    sum % 10 == 0
}

/// Sixteen digits that stand in for something masked before: `<card:0123456789012345>`.
fn is_hashed(text: &str, start: usize, end: usize) -> bool {
    text[..start].ends_with(':') && text[end..].starts_with('>')
}

/// A country's length in all, and the classes of what follows the check digits.
type Account = (usize, Vec<u8>);

static COUNTRIES: LazyLock<HashMap<&'static str, Account>> = LazyLock::new(|| {
    let table = include_str!("tables/ibans.txt");
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (country, length) = (words.next()?, words.next()?.parse().ok()?);
            let mut classes = Vec::new();
            for part in words {
                let count = part[1..].parse().ok()?;
                classes.extend(std::iter::repeat_n(part.as_bytes()[0], count));
            }
            Some((country, (length, classes)))
        })
        .collect()
});

/// Country, two check digits and the account, bare or in fours; the whole is 1 modulo 97. The anchor is the first digit.
pub fn iban(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let start = at.checked_sub(2)?;
    if !bytes[start..at].iter().all(u8::is_ascii_uppercase) || !bytes.get(at + 1)?.is_ascii_digit()
    {
        return None;
    }
    let (length, classes) = COUNTRIES.get(&text[start..at])?;
    if !starts_freely(&text[..start]) {
        return None;
    }
    let (mut count, mut end, mut rest) = (4, at + 2, 0u64);
    let spaced = bytes.get(end) == Some(&b' ');
    while count < *length {
        if spaced && count % 4 == 0 {
            if bytes.get(end) != Some(&b' ') {
                return None;
            }
            end += 1;
        }
        let byte = *bytes.get(end)?;
        let fits = match classes[count - 4] {
            b'n' => byte.is_ascii_digit(),
            b'a' => byte.is_ascii_uppercase(),
            _ => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        };
        if !fits {
            return None;
        }
        rest = append(rest, byte);
        (count, end) = (count + 1, end + 1);
    }
    let sum = bytes[start..at + 2]
        .iter()
        .fold(rest, |sum, byte| append(sum, *byte));
    (sum == 1 && ends_freely(&text[end..])).then_some(start..end)
}

/// The remainder with one more digit, or a letter as two.
fn append(rest: u64, byte: u8) -> u64 {
    match byte {
        b'0'..=b'9' => (rest * 10 + u64::from(byte - b'0')) % 97,
        _ => (rest * 100 + u64::from(byte - b'A') + 10) % 97,
    }
}
