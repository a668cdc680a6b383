//! Numbers as people write them: groups of ASCII or full-width digits with blanks, hyphens, dots or brackets between.
//!
//! Chinese sets numbers without blanks around them: what may stand beside a number is said by characters, not by `\b`.
use super::addresses::is_far_letter;
use crate::text::chars;

/// All digits that a number may start with.
pub const ALL: [&str; 20] = [
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "０", "１", "２", "３", "４", "５", "６",
    "７", "８", "９",
];
const MOST_DIGITS: usize = 24;
const MOST_GROUPS: usize = 8;
/// Characters that may stand between two groups.
const MOST_BETWEEN: usize = 4;

/// The value of the digit that starts at a place, and its bytes.
pub fn digit(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    match bytes.get(at)? {
        byte @ b'0'..=b'9' => Some((byte - b'0', 1)),
        0xef => match bytes.get(at + 1..at + 3)? {
            [0xbc, low @ 0x90..=0x99] => Some((low - 0x90, 3)),
            _ => None,
        },
        _ => None,
    }
}

pub fn run_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some((_, length)) = digit(bytes, at) {
        at += length;
    }
    at
}

/// Whether a run of digits is no number that any detector looks for: one or two alone, or a part of a word.
pub fn is_too_short(bytes: &[u8], start: usize, end: usize) -> bool {
    let next = bytes.get(end).copied().unwrap_or(b' ');
    end - start < 3
        && (next.is_ascii_lowercase() || matches!(next, b'\n' | b',' | b';' | b':' | b'/' | b'_'))
}

/// A group of digits: bytes of the text, and the number of its first digit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Group {
    pub start: usize,
    pub end: usize,
    pub first: usize,
}

/// The digits from a place on.
#[derive(Debug, Default)]
pub struct Number {
    digits: [u8; MOST_DIGITS],
    count: usize,
    groups: [Group; MOST_GROUPS],
    group_count: usize,
}

impl Number {
    /// Reads up to 24 digits in 8 groups; a group that goes on beyond is left out.
    pub fn read(text: &str, at: usize) -> Number {
        Number::read_between(text, at, is_between)
    }

    /// The same where other characters may stand between groups.
    pub fn read_between(text: &str, at: usize, is_between: fn(char) -> bool) -> Number {
        let bytes = text.as_bytes();
        let mut number = Number::default();
        let mut start = at;
        while number.group_count < MOST_GROUPS {
            let (first, mut end) = (number.count, start);
            while let Some((value, length)) = digit(bytes, end) {
                if number.count == MOST_DIGITS {
                    number.count = first;
                    return number;
                }
                number.digits[number.count] = value;
                number.count += 1;
                end += length;
            }
            if end == start {
                break;
            }
            number.groups[number.group_count] = Group { start, end, first };
            number.group_count += 1;
            let between = text[end..].chars().take(MOST_BETWEEN);
            start = end
                + between
                    .take_while(|c| is_between(*c))
                    .map(char::len_utf8)
                    .sum::<usize>();
            if start == end {
                break;
            }
        }
        number
    }

    pub fn digits(&self) -> &[u8] {
        &self.digits[..self.count]
    }

    pub fn groups(&self) -> &[Group] {
        &self.groups[..self.group_count]
    }

    /// The digits of one group.
    pub fn group(&self, number: usize) -> &[u8] {
        let groups = self.groups();
        let end = groups.get(number + 1).map_or(self.count, |next| next.first);
        groups
            .get(number)
            .map_or(&[], |group| &self.digits[group.first..end])
    }

    /// The sizes of the first groups, as many as there are.
    pub fn sizes(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.group_count).map(|number| self.group(number).len())
    }
}

/// Whether groups are parted by one and the same single blank or hyphen.
pub fn is_evenly_parted(text: &str, groups: &[Group]) -> bool {
    let mut parts = groups
        .windows(2)
        .map(|pair| &text[pair[0].end..pair[1].start]);
    let Some(first) = parts.next() else {
        return true;
    };
    matches!(first, " " | "-" | "\u{a0}" | "\u{3000}" | "－" | "\u{2011}")
        && parts.all(|part| part == first)
}

pub fn is_between(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{a0}' | '\u{3000}' | '-' | '\u{2010}'
            ..='\u{2014}' | '－' | '.' | '(' | ')' | '（' | '）'
    )
}

/// Whether a number may start behind this text: no letter, digit, decimal point, sign or path before it. Letters of
/// scripts without blanks may.
pub fn starts_freely(before: &str) -> bool {
    match before.chars().next_back() {
        None => true,
        Some(c) if chars::is_word(c) => is_far_letter(c),
        Some(c @ ('/' | '-')) => {
            let further = before[..before.len() - 1].chars().next_back();
            further.is_none_or(|far| match c {
                '-' => !chars::is_word(far) || is_far_letter(far),
                _ => !far.is_ascii_alphabetic() && !is_mark(far),
            })
        }
        Some(',') => !before[..before.len() - 1]
            .chars()
            .next_back()
            .is_some_and(|c| c.is_ascii_digit()),
        // `Tel.010`, but no decimal and no part of a version.
        Some('.') => before[..before.len() - 1].ends_with(char::is_alphabetic),
        Some(c) => !is_mark(c),
    }
}

fn is_mark(c: char) -> bool {
    matches!(
        c,
        '.' | '-'
            | '+'
            | '#'
            | '$'
            | '￥'
            | '¥'
            | '€'
            | '£'
            | '%'
            | '&'
            | '\\'
            | '@'
            | '~'
            | '^'
            | '*'
            | '－'
            | '/'
    )
}

/// Whether a number may end before this text.
pub fn ends_freely(after: &str) -> bool {
    let mut ahead = after.chars();
    match ahead.next() {
        None => true,
        Some(c) if chars::is_word(c) => is_far_letter(c),
        Some('/') => !ahead.next().is_some_and(|c| c.is_ascii_alphabetic()),
        Some('.' | '-' | '\u{2010}'..='\u{2013}' | '－' | '=' | ':') => !ahead
            .next()
            .is_some_and(|c| chars::is_word(c) && !is_far_letter(c)),
        Some(',') => !ahead.next().is_some_and(|c| c.is_ascii_digit()),
        Some('%' | '％' | '‰' | '°') => false,
        Some(_) => true,
    }
}
