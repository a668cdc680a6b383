//! Finding e-mail and IPv4 addresses, as FineWeb's patterns match them and with borders.
//!
//! The patterns are matched by hand: around each `@` and each `.`, which are rare, instead of at each
//! character. Leftmost match, first alternative, as a backtracking matcher has it.
use std::net::Ipv4Addr;
use std::ops::Range;

use crate::text::chars;

/// How addresses are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// datatrove's patterns: an IPv4 address has no border on either side.
    Fineweb,
    /// With borders on both sides; no version numbers, no paths before an e-mail address.
    Tamis,
}

/// The next e-mail address at or after `from`, as bytes of the text.
pub fn next_email(text: &str, from: usize, dialect: Dialect) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut search = from;
    while let Some(at) = memchr::memchr(b'@', &bytes[search..]) {
        let at = search + at;
        let start = match dialect {
            Dialect::Fineweb => local_start(text, from, at),
            Dialect::Tamis => bordered_local_start(text, from, at),
        };
        let end = start.and_then(|_| match dialect {
            Dialect::Fineweb => domain_end(bytes, at + 1).or_else(|| literal_end(bytes, at + 1)),
            Dialect::Tamis => bordered_domain_end(text, at + 1),
        });
        if let (Some(start), Some(end)) = (start, end) {
            return Some(start..end);
        }
        search = at + 1;
    }
    None
}

/// The atoms of a local part in FineWeb's pattern.
fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

/// The leftmost start of atoms joined by single dots that end before `at`, at a word border.
fn local_start(text: &str, from: usize, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut first = at;
    while first > from {
        match bytes[first - 1] {
            b'.' if first == at || bytes[first] == b'.' => break,
            byte if byte == b'.' || is_atom(byte) => first -= 1,
            _ => break,
        }
    }
    (first..at).find(|start| bytes[*start] != b'.' && chars::is_word_boundary(text, *start))
}

/// The end of labels joined by dots, at least two.
fn domain_end(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut labels, mut last) = (start, 0, start);
    loop {
        let run = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-')
            .count();
        let end = (at..at + run)
            .rev()
            .find(|end| bytes[*end].is_ascii_alphanumeric())
            .map_or(at, |end| end + 1);
        let whole = run > 0 && bytes[at] != b'-';
        if !whole {
            return (labels >= 2).then_some(last);
        }
        last = end;
        labels += 1;
        if end != at + run || bytes.get(end) != Some(&b'.') {
            return (labels >= 2).then_some(last);
        }
        at = end + 1;
    }
}

/// The end of `[1.2.3.4]` or `[1.2.3.name:]`.
fn literal_end(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes.get(start) != Some(&b'[') {
        return None;
    }
    let mut at = start + 1;
    for _ in 0..3 {
        at = octet_before(bytes, at, b'.')?;
    }
    octet_before(bytes, at, b']').or_else(|| {
        let name = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-')
            .count();
        let end = at + name;
        let named = name > 0 && bytes[end - 1] != b'-';
        (named && bytes.get(end..end + 2) == Some(b":]")).then_some(end + 2)
    })
}

/// Past a number from 0 to 255 and the byte that has to follow it.
fn octet_before(bytes: &[u8], at: usize, follower: u8) -> Option<usize> {
    let end = at + digits(&bytes[at..]);
    let fits = is_octet(&bytes[at..end]);
    (fits && bytes.get(end) == Some(&follower)).then_some(end + 1)
}

fn digits(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

/// One to three digits, 0 to 255; leading zeros pass here and fail as an address.
fn is_octet(digits: &[u8]) -> bool {
    (1..=3).contains(&digits.len()) && number(digits) <= 255
}

fn number(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

/// The next public IPv4 address in `from..to`, as bytes of the text.
pub fn next_ip(text: &str, from: usize, to: usize, dialect: Dialect) -> Option<Range<usize>> {
    let bytes = &text.as_bytes()[..to];
    let (mut floor, mut search) = (from, from);
    while let Some(dot) = memchr::memchr(b'.', &bytes[search..]) {
        let dot = search + dot;
        search = dot + 1;
        let Some(found) = ip_around(bytes, floor, dot) else {
            continue;
        };
        let masked = is_public(&text[found.clone()])
            && (dialect == Dialect::Fineweb || has_borders(text, &found));
        if masked {
            return Some(found);
        }
        floor = found.end;
        search = found.end;
    }
    None
}

/// Four octets whose first dot is `dot`; the first starts as far left as it can, the last is as long as
/// the pattern makes it.
fn ip_around(bytes: &[u8], floor: usize, dot: usize) -> Option<Range<usize>> {
    let mut at = dot + 1;
    for _ in 0..2 {
        at = octet_before(bytes, at, b'.')?;
    }
    let end = at + last_octet(&bytes[at..])?;
    let before = bytes[floor..dot]
        .iter()
        .rev()
        .take(3)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let length = (1..=before)
        .rev()
        .find(|length| is_octet(&bytes[dot - length..dot]))?;
    Some(dot - length..end)
}

/// 25x, 2xx, then up to three digits that start with 0 or 1, else up to two.
fn last_octet(bytes: &[u8]) -> Option<usize> {
    let length = digits(bytes).min(3);
    match length {
        0 => None,
        3 if number(&bytes[..3]) > 255 => Some(2),
        _ => Some(length),
    }
}

/// `ipaddress.ip_address(text).is_global` of Python 3.11.0 to 3.11.9; False for leading zeros.
pub fn is_public(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok_and(is_global)
}

/// First address and prefix length of what Python calls private or shared.
const NOT_GLOBAL: [(u32, u32); 15] = [
    (0x0000_0000, 8),
    (0x0a00_0000, 8),
    (0x6440_0000, 10),
    (0x7f00_0000, 8),
    (0xa9fe_0000, 16),
    (0xac10_0000, 12),
    (0xc000_0000, 29),
    (0xc000_00aa, 31),
    (0xc000_0200, 24),
    (0xc0a8_0000, 16),
    (0xc612_0000, 15),
    (0xc633_6400, 24),
    (0xcb00_7100, 24),
    (0xf000_0000, 4),
    (0xffff_ffff, 32),
];

fn is_global(address: Ipv4Addr) -> bool {
    let address = u32::from(address);
    !NOT_GLOBAL
        .iter()
        .any(|(network, length)| (address ^ network) >> (32 - length) == 0)
}

/// A number that stands alone: no letter, digit, underscore, or dotted digit on either side, and nothing
/// before it that says "version".
fn has_borders(text: &str, found: &Range<usize>) -> bool {
    let before = &text[..found.start];
    let after = &text[found.end..];
    let stands = match before.chars().next_back() {
        None => true,
        Some(c) if chars::is_word(c) => is_far_letter(c),
        Some('.') => !ends_in_word(&before[..found.start - 1]),
        Some(_) => {
            !ends_in_word(before.trim_end_matches(['-', '/', '@', '^', '~']))
                || !before.ends_with(['-', '/', '@', '^', '~'])
        }
    };
    let stands = stands && !before.ends_with("==");
    let mut ahead = after.chars();
    let ends = match ahead.next() {
        None => true,
        Some(c) if chars::is_word(c) => is_far_letter(c),
        Some('.' | '-') => !ahead.next().is_some_and(chars::is_word),
        Some(_) => true,
    };
    stands && ends && !says_version(before)
}

/// A letter of a script that sets words without blanks.
pub fn is_far_letter(c: char) -> bool {
    c > '\u{2e7f}' && !chars::is_decimal(c)
}

fn ends_in_word(text: &str) -> bool {
    text.chars().next_back().is_some_and(chars::is_word)
}

/// Whether the word before, within one line, announces a version.
fn says_version(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\t', ':', '.', '#', '=', '"', '\'', '(', '\u{a0}']);
    let word = before.len()
        - before
            .bytes()
            .rev()
            .take_while(u8::is_ascii_alphabetic)
            .count();
    let word = before[word..].to_ascii_lowercase();
    let words = [
        "v", "ver", "vers", "version", "versions", "release", "rev", "build", "firmware", "section",
    ];
    words.contains(&word.as_str())
}

/// The start of a local part with borders: letters of European scripts, digits and `._%+-'`.
fn bordered_local_start(text: &str, from: usize, at: usize) -> Option<usize> {
    let local = |c: char| match c {
        '.' | '_' | '%' | '+' | '-' | '\'' => true,
        _ => (c as u32) < 0x530 && chars::is_alnum(c),
    };
    let run = text[from..at].trim_end_matches(local).len() + from;
    let name = text[run..at].trim_start_matches(['.', '%', '+', '-', '\'']);
    let odd = name.is_empty() || name.ends_with('.') || name.contains("..");
    (!odd).then_some(at - name.len())
}

/// The end of a domain whose last label is of letters alone, two or more.
fn bordered_domain_end(text: &str, start: usize) -> Option<usize> {
    let end = domain_end(text.as_bytes(), start)?;
    let top = text[start..end].rsplit('.').next()?;
    let lettered = top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic());
    let joined = text[end..].starts_with(['_', '@']);
    (lettered && !joined).then_some(end)
}

#[cfg(test)]
#[path = "addresses_tests.rs"]
mod tests;
