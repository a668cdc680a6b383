//! Characters and lines as Python 3.11 (Unicode 14.0) sees them.
//!
//! Every reference implementation is Python, and Rust's classes differ: `char::is_alphabetic` adds
//! letter numbers and vowel signs, `char::is_whitespace` lacks U+001C to U+001F, and both follow the
//! compiler's Unicode version. ASCII is answered by a constant table, the rest by one flat table.
use std::borrow::Cow;
use std::sync::LazyLock;

pub use super::blanks::{
    Split, SplitLines, find_space, skip_space, space_len, split, splitlines, strip, strip_end,
    strip_start,
};

const SPACE: u16 = 0x01;
const ALPHA: u16 = 0x02;
const ALNUM: u16 = 0x04;
const PUNCT: u16 = 0x08;
const MARK: u16 = 0x10;
const DECIMAL: u16 = 0x20;
const CASED: u16 = 0x40;
const CASE_IGNORED: u16 = 0x80;
const LOWER: u16 = 0x100;
const UPPER: u16 = 0x200;

/// A run of characters whose lower case lies at one distance: first, last, step, lower case of first.
type LowerRun = (u32, u32, u32, u32);

struct Tables {
    flags: Box<[u16]>,
    lower: Box<[LowerRun]>,
}

static TABLES: LazyLock<Tables> =
    LazyLock::new(|| read_tables(include_str!("tables/unicode14.txt")));

fn read_tables(source: &str) -> Tables {
    let mut flags = vec![0u16; 0x11_0000].into_boxed_slice();
    let mut lower = Vec::new();
    let mut in_lower = false;
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if line == "lower" {
            in_lower = true;
            continue;
        }
        let mut numbers = line
            .split([' ', '-'])
            .map(|number| u32::from_str_radix(number, 16).unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        let (first, last) = (next(), next());
        if in_lower {
            lower.push((first, last, next(), next()));
        } else {
            flags[first as usize..=last as usize].fill(next() as u16);
        }
    }
    Tables {
        flags,
        lower: lower.into_boxed_slice(),
    }
}

#[inline]
fn flags(c: char) -> u16 {
    TABLES.flags[c as usize]
}

/// `str.isspace` of one character: also what `\s`, `str.split` and `str.strip` mean by a blank.
#[inline]
pub fn is_space(c: char) -> bool {
    match c {
        '\0'..='\x7f' => is_ascii_space(c as u8),
        _ => flags(c) & SPACE != 0,
    }
}

/// `str.isspace` below U+0080.
#[inline]
pub const fn is_ascii_space(byte: u8) -> bool {
    matches!(byte, 0x09..=0x0d | 0x1c..=0x20)
}

/// `str.isalpha` of one character: the letter categories and nothing else.
#[inline]
pub fn is_alpha(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphabetic(),
        _ => flags(c) & ALPHA != 0,
    }
}

/// `str.isalnum` of one character.
#[inline]
pub fn is_alnum(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphanumeric(),
        _ => flags(c) & ALNUM != 0,
    }
}

/// What `\w` matches in Python's `re`: `isalnum` or `_`.
#[inline]
pub fn is_word(c: char) -> bool {
    c == '_' || is_alnum(c)
}

/// A character of the categories P*.
#[inline]
pub fn is_punct(c: char) -> bool {
    flags(c) & PUNCT != 0
}

/// A nonspacing mark (category Mn).
#[inline]
pub fn is_mark(c: char) -> bool {
    c > '\x7f' && flags(c) & MARK != 0
}

/// A decimal digit of any script (category Nd), `\d` in Python's `re`.
#[inline]
pub fn is_decimal(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_digit(),
        _ => flags(c) & DECIMAL != 0,
    }
}

/// `str.islower` of one character.
#[inline]
pub fn is_lower(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_lowercase(),
        _ => flags(c) & LOWER != 0,
    }
}

/// `str.isupper` of one character.
#[inline]
pub fn is_upper(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_uppercase(),
        _ => flags(c) & UPPER != 0,
    }
}

/// Whether Python's `\b` holds between the bytes before and after `at`, a character boundary.
pub fn is_word_boundary(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back().is_some_and(is_word);
    let after = text[at..].chars().next().is_some_and(is_word);
    before != after
}

/// The number of code points, Python's `len`.
#[inline]
pub fn char_count(text: &str) -> usize {
    text.as_bytes()
        .iter()
        .filter(|byte| (**byte as i8) >= -0x40)
        .count()
}

/// `str.lower`, the final sigma included.
pub fn lower(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    let mut lowered = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        match c {
            '\0'..='\x7f' => lowered.push(c.to_ascii_lowercase()),
            'Σ' if is_final_sigma(text, at) => lowered.push('ς'),
            'İ' => lowered.push_str("i\u{307}"),
            _ => lowered.push(lower_char(c)),
        }
    }
    Cow::Owned(lowered)
}

/// The lower case of one character whose lower case is one character.
pub fn lower_char(c: char) -> char {
    let code = c as u32;
    let runs = &TABLES.lower;
    let next = runs.partition_point(|(first, ..)| *first <= code);
    let Some((first, last, step, mapped)) = next.checked_sub(1).and_then(|at| runs.get(at)) else {
        return c;
    };
    let distance = code - first;
    if code > *last || distance % step != 0 {
        return c;
    }
    char::from_u32(mapped + distance).unwrap_or(c)
}

/// A sigma ends a word: a cased letter before it and none after it, passing over ignored characters.
fn is_final_sigma(text: &str, at: usize) -> bool {
    let cased = |c: char| flags(c) & CASED != 0;
    let counts = |c: &char| flags(*c) & CASE_IGNORED == 0;
    text[..at].chars().rev().find(counts).is_some_and(cased)
        && !text[at..].chars().skip(1).find(counts).is_some_and(cased)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_python() {
        assert!(
            is_space('\u{1c}')
                && is_space('\u{85}')
                && !is_space('\u{200b}')
                && !is_space('\u{feff}')
        );
        assert!(is_alpha('ª') && is_alpha('中') && !is_alpha('Ⅷ') && !is_alpha('\u{93e}'));
        assert!(is_alnum('²') && is_alnum('Ⅷ') && is_alnum('½') && !is_alnum('\u{301}'));
        assert!(is_word('_') && !is_word('‿') && !is_word('\u{200d}'));
        assert!(is_decimal('٣') && !is_decimal('²') && is_mark('\u{301}') && !is_mark('\u{903}'));
        assert!(is_punct('!') && is_punct('—') && !is_punct('$') && !is_punct('a'));
        assert_eq!(char_count("aé中👍"), 4);
        assert!(is_upper('Ω') && !is_upper('ǅ') && is_lower('ª') && !is_lower('中'));
    }

    #[test]
    fn lower_case_is_that_of_python() {
        let cases = [
            ("ABC", "abc"),
            ("ΑΣ ΑΣΑ Σ", "ας ασα σ"),
            ("ΑΣ'Α ΑΣ'", "ασ'α ας'"),
            ("İI", "i\u{307}i"),
            ("ẞǅ\u{10400}", "ßǆ\u{10428}"),
            ("ĀāĂ", "āāă"),
        ];
        for (text, expected) in cases {
            assert_eq!(lower(text), expected);
        }
    }

    #[test]
    fn word_boundaries_are_those_of_python() {
        let boundaries = |text: &str| {
            text.char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .filter(|at| is_word_boundary(text, *at))
                .collect::<Vec<_>>()
        };
        assert_eq!(boundaries("a-b"), [0, 1, 2, 3]);
        assert_eq!(boundaries("e\u{301} "), [0, 1]);
        assert_eq!(boundaries(""), [0; 0]);
    }
}
