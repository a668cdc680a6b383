//! Blanks and line ends as Python 3.11 sees them: `str.split`, `str.strip`, `str.splitlines`.
use super::chars::{is_ascii_space, is_space};

/// Per byte: 0 part of a word, 1 an ASCII blank, 2 perhaps the first byte of a longer blank.
const BLANK_BYTES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = is_ascii_space(byte as u8) as u8;
        byte += 1;
    }
    table[0xc2] = 2;
    table[0xe1] = 2;
    table[0xe2] = 2;
    table[0xe3] = 2;
    table
};

/// The length in bytes of the blank character at `at`, 0 where there is none.
#[inline]
pub fn space_len(bytes: &[u8], at: usize) -> usize {
    match BLANK_BYTES[bytes[at] as usize] {
        0 => 0,
        1 => 1,
        _ => long_space_len(&bytes[at..]),
    }
}

/// U+0085 U+00A0 U+1680 U+2000-200A U+2028 U+2029 U+202F U+205F U+3000 as UTF-8.
fn long_space_len(bytes: &[u8]) -> usize {
    match bytes {
        [0xc2, 0x85 | 0xa0, ..] => 2,
        [0xe1, 0x9a, 0x80, ..]
        | [0xe2, 0x80, 0x80..=0x8a | 0xa8 | 0xa9 | 0xaf, ..]
        | [0xe2, 0x81, 0x9f, ..]
        | [0xe3, 0x80, 0x80, ..] => 3,
        _ => 0,
    }
}

/// The first byte at or after `at` that starts a blank character, or the end.
#[inline]
pub fn find_space(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && space_len(bytes, at) == 0 {
        at += 1;
    }
    at
}

/// The first byte at or after `at` that does not belong to a blank character, or the end.
#[inline]
pub fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match space_len(bytes, at) {
            0 => break,
            length => at += length,
        }
    }
    at
}

/// `str.strip()`.
pub fn strip(text: &str) -> &str {
    strip_end(strip_start(text))
}

/// `str.lstrip()`.
pub fn strip_start(text: &str) -> &str {
    &text[skip_space(text.as_bytes(), 0)..]
}

/// `str.rstrip()`.
pub fn strip_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// `str.split()`: the maximal runs without blanks.
pub fn split(text: &str) -> Split<'_> {
    Split { text, at: 0 }
}

#[derive(Debug, Clone)]
pub struct Split<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let start = skip_space(bytes, self.at);
        if start == bytes.len() {
            self.at = start;
            return None;
        }
        self.at = find_space(bytes, start + 1);
        Some(&self.text[start..self.at])
    }
}

/// `str.splitlines()`: without the ends, no empty line after a final break.
pub fn splitlines(text: &str) -> SplitLines<'_> {
    SplitLines { rest: text }
}

#[derive(Debug, Clone)]
pub struct SplitLines<'a> {
    rest: &'a str,
}

impl<'a> Iterator for SplitLines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let bytes = self.rest.as_bytes();
        let mut end = 0;
        let mut length = 0;
        while end < bytes.len() {
            length = line_break_len(bytes, end);
            if length > 0 {
                break;
            }
            end += 1;
        }
        let line = &self.rest[..end];
        self.rest = &self.rest[end + length..];
        Some(line)
    }
}

/// The length of the line break at `at` as `str.splitlines` knows them, 0 where there is none.
#[inline]
fn line_break_len(bytes: &[u8], at: usize) -> usize {
    match bytes[at] {
        b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
        0x0a..=0x0d | 0x1c..=0x1e => 1,
        0xc2 if bytes.get(at + 1) == Some(&0x85) => 2,
        0xe2 if matches!(bytes.get(at + 1..at + 3), Some([0x80, 0xa8 | 0xa9])) => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_words_are_those_of_python() {
        let text = "a\u{85}b\u{2028}c\u{2029}d\u{b}e\u{c}f\u{1c}g\rh\r\ni\n\n";
        let lines = ["a", "b", "c", "d", "e", "f", "g", "h", "i", ""];
        assert_eq!(splitlines(text).collect::<Vec<_>>(), lines);
        assert_eq!(splitlines("").count(), 0);
        let words: Vec<_> = split(" \u{1f}a\u{3000}b\u{200b}c\u{a0}\u{2009}dé ").collect();
        assert_eq!(words, ["a", "b\u{200b}c", "dé"]);
        assert_eq!(strip("\u{a0} a b\u{2003}\u{1c}"), "a b");
        assert_eq!(strip("\u{3000}"), "");
    }
}
