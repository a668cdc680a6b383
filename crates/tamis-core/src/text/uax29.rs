//! Words by Unicode's default segmentation (UAX 29): the segments with a letter or digit.
//!
//! Nothing joins across an ASCII blank but blanks and marks, so each stretch between blanks is cut
//! alone: an ASCII one by a table, any other by the full rules.
use unicode_segmentation::UnicodeSegmentation;

use crate::doc::Span;

const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const UNDERSCORE: u8 = 4;
/// Joins two letters, two digits, or either.
const MID_LETTER: u8 = 8;
const MID_DIGIT: u8 = 16;
const BLANK: u8 = 32;
const NOT_ASCII: u8 = 64;
const OTHER: u8 = 128;
const PART: u8 = LETTER | DIGIT | UNDERSCORE;

const BYTES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'0'..=b'9' => DIGIT,
            b'_' => UNDERSCORE,
            b':' => MID_LETTER,
            b',' | b';' => MID_DIGIT,
            b'.' | b'\'' => MID_LETTER | MID_DIGIT,
            b' ' | b'\t'..=b'\r' => BLANK,
            0x80.. => NOT_ASCII,
            _ => OTHER,
        };
        byte += 1;
    }
    table
};

#[inline]
fn class(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).map_or(0, |byte| BYTES[*byte as usize])
}

/// The words of a text.
pub fn words(text: &str) -> Vec<Span> {
    let mut words = Vec::with_capacity(text.len() / 5 + 4);
    each_word(text, |start, end| {
        words.push(Span {
            start: start as u32,
            end: end as u32,
        });
    });
    words
}

/// The number of words of a text.
pub fn count_uax29(text: &str) -> usize {
    let mut count = 0;
    each_word(text, |_, _| count += 1);
    count
}

fn each_word(text: &str, mut visit: impl FnMut(usize, usize)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let blanks = at;
        while class(bytes, at) & BLANK != 0 {
            at += 1;
        }
        let start = at;
        let mut kinds = 0;
        while at < bytes.len() {
            let kind = class(bytes, at);
            if kind & BLANK != 0 {
                break;
            }
            kinds |= kind;
            at += 1;
        }
        if kinds & NOT_ASCII != 0 {
            // A mark at the start belongs to the blank before it, and so may further blanks.
            at = other_end(bytes, at);
            for (word, slice) in text[blanks..at].unicode_word_indices() {
                visit(blanks + word, blanks + word + slice.len());
            }
        } else if kinds & !PART == 0 && kinds & (LETTER | DIGIT) != 0 {
            visit(start, at);
        } else {
            ascii_words(&bytes[..at], start, &mut visit);
        }
    }
}

/// The end of the stretches from `at` on that follow each other with more than ASCII at their start.
fn other_end(bytes: &[u8], mut at: usize) -> usize {
    loop {
        let end = at;
        while class(bytes, at) & BLANK != 0 {
            at += 1;
        }
        if class(bytes, at) & NOT_ASCII == 0 {
            return end;
        }
        while at < bytes.len() && class(bytes, at) & BLANK == 0 {
            at += 1;
        }
    }
}

/// The words of an ASCII stretch from `at` to the end.
fn ascii_words(bytes: &[u8], mut at: usize, visit: &mut impl FnMut(usize, usize)) {
    while at < bytes.len() {
        let start = at;
        let mut kinds = 0;
        loop {
            let kind = class(bytes, at);
            if kind & PART != 0 {
                kinds |= kind;
            } else if at == start || !joins(bytes, at) {
                break;
            }
            at += 1;
        }
        if kinds & (LETTER | DIGIT) != 0 {
            visit(start, at);
        }
        at = at.max(start + 1);
    }
}

/// Whether the mark at `at` stands between two letters or two digits that it joins.
#[inline]
fn joins(bytes: &[u8], at: usize) -> bool {
    let mark = class(bytes, at);
    let both = class(bytes, at - 1) & class(bytes, at + 1);
    (mark & MID_LETTER != 0 && both & LETTER != 0) || (mark & MID_DIGIT != 0 && both & DIGIT != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        words(text).iter().map(|word| word.of(text)).collect()
    }

    #[test]
    fn marks_join_only_their_own_kind() {
        assert_eq!(
            split("can't a.b 3.14 1,000 a,b 3:4 a:b"),
            ["can't", "a.b", "3.14", "1,000", "a", "b", "3", "4", "a:b"]
        );
        assert_eq!(
            split("_ __a_1 x-y 'tis dogs' a..b 1.a"),
            ["__a_1", "x", "y", "tis", "dogs", "a", "b", "1", "a"]
        );
        assert_eq!(
            split("a\u{301}b 今天 カタ"),
            ["a\u{301}b", "今", "天", "カタ"]
        );
        assert_eq!(count_uax29(""), 0);
    }

    /// Against the full rules on strings of awkward characters, from a fixed seed.
    #[test]
    fn stretches_are_cut_as_the_whole() {
        let alphabet: Vec<char> = "aZ09_:.,;'\" \t\r\n-é今\u{301}\u{200d}👩ק\u{3000}\u{93f}🇨カ"
            .chars()
            .collect();
        let mut state = 7u64;
        for _ in 0..50_000 {
            let text: String = (0..12)
                .map(|_| {
                    state = state
                        .wrapping_mul(6364136223846793005)
                        .wrapping_add(1442695040888963407);
                    alphabet[(state >> 33) as usize % alphabet.len()]
                })
                .collect();
            let whole: Vec<&str> = text.unicode_words().collect();
            assert_eq!(split(&text), whole, "{text:?}");
        }
    }
}
