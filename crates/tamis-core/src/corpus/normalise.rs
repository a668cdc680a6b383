//! Texts made equal before they are cut into shingles, in the dialects of the references.
//!
//! datatrove's `simplify_text` at 0.10.1 (since June 2024) and as of April 2024. Both end in NFD without
//! the marks of category Mn and do not recompose, so Hangul stays in jamo. Each dialect is one walk over
//! the text: ASCII by a table, the rest a character at a time, runs beyond ASCII decomposed as a whole.
use unicode_normalization::UnicodeNormalization;

use super::later_characters::{LATER, LATER_DIGITS};
use crate::error::{CoreError, Result};
use crate::text::chars;

/// How a text is made equal to others that differ in little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// datatrove 0.10.1: lower, a number is `0`, punctuation is a blank, one blank at a time, no marks.
    Datatrove010,
    /// datatrove of April 2024: punctuation is deleted after the blanks, a run of digits at last `0`.
    Datatrove2024,
    /// Lower case, one blank at a time.
    LowerSpace,
    /// The text as it is.
    None,
}

pub const DIALECTS: &[(&str, Dialect)] = &[
    ("datatrove-0.10", Dialect::Datatrove010),
    ("datatrove-2024", Dialect::Datatrove2024),
    ("lower-space", Dialect::LowerSpace),
    ("none", Dialect::None),
];

impl Dialect {
    pub fn from_name(name: &str) -> Result<Dialect> {
        DIALECTS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, dialect)| *dialect)
            .ok_or_else(|| CoreError::new("unknown_normalisation").with("name", name))
    }

    /// The normalised text, replacing what is in `into`.
    pub fn apply(self, text: &str, into: &mut String) {
        into.clear();
        match self {
            Dialect::None => into.push_str(text),
            _ => Walk::new(self, std::mem::take(into), text.len()).run(text, into),
        }
    }
}

const KEEP: u8 = 0;
const BLANK: u8 = 1;
const PUNCTUATION: u8 = 2;
const DIGIT: u8 = 3;

/// What each ASCII byte is to datatrove; a control character that is also a blank counts as blank.
const ASCII: [u8; 128] = {
    let mut table = [KEEP; 128];
    let mut byte = 0;
    while byte < 128 {
        let control = byte < 32 || byte == 127;
        table[byte] = if chars::is_ascii_space(byte as u8) {
            BLANK
        } else if control || (byte as u8).is_ascii_punctuation() {
            PUNCTUATION
        } else if (byte as u8).is_ascii_digit() {
            DIGIT
        } else {
            KEEP
        };
        byte += 1;
    }
    table
};

/// datatrove's punctuation beyond ASCII; the digit `１` is one of them.
fn is_punctuation(c: char) -> bool {
    matches!(
        c,
        '\u{80}'
            ..='\u{9f}'
                | '«'
                | '´'
                | '»'
                | '–'
                | '—'
                | '’'
                | '“'
                | '”'
                | '„'
                | '…'
                | '∶'
                | '━'
                | '►'
                | '、'
                | '。'
                | '〈'
                | '〉'
                | '《'
                | '》'
                | '「'
                | '」'
                | '【'
                | '】'
                | '！'
                | '％'
                | '（'
                | '）'
                | '，'
                | '．'
                | '１'
                | '：'
                | '；'
                | '？'
                | '～'
    )
}

fn within(table: &[(u32, u32)], c: char) -> bool {
    let code = c as u32;
    let after = table.partition_point(|(first, _)| *first <= code);
    after > 0 && table[after - 1].1 >= code
}

/// `\p{Nd}` of the `regex` package, which is newer than Python's own tables.
fn is_digit(c: char) -> bool {
    chars::is_decimal(c) || (c >= '\u{10d40}' && within(LATER_DIGITS, c))
}

/// The end of `\p{Nd}+([.,،٫⎖⎗⎘]\p{Nd}+)?` that starts at the digit at `start`.
fn number_end(text: &str, start: usize) -> usize {
    let digits = |at: usize| -> usize {
        let rest = &text[at..];
        at + rest.find(|c| !is_digit(c)).unwrap_or(rest.len())
    };
    let end = digits(start);
    let Some(mark) = text[end..].chars().next() else {
        return end;
    };
    if !matches!(mark, '.' | ',' | '،' | '٫' | '⎖' | '⎗' | '⎘') {
        return end;
    }
    let decimals = end + mark.len_utf8();
    match digits(decimals) {
        none if none == decimals => end,
        found => found,
    }
}

struct Walk {
    dialect: Dialect,
    out: String,
    /// Characters beyond ASCII that wait for their decomposition.
    run: String,
    blank: bool,
    started: bool,
    in_digits: bool,
}

impl Walk {
    fn new(dialect: Dialect, mut out: String, length: usize) -> Self {
        out.reserve(length + 16);
        Walk {
            dialect,
            out,
            run: String::new(),
            blank: false,
            started: false,
            in_digits: false,
        }
    }

    fn run(mut self, text: &str, into: &mut String) {
        // only these two need more than one character to be lowered
        if text.contains(['Σ', 'İ']) {
            self.walk(&chars::lower(text));
        } else {
            self.walk(text);
        }
        self.decompose();
        let kept = self.out.trim_end_matches(' ').len();
        self.out.truncate(kept);
        let leading = self.out.len() - self.out.trim_start_matches(' ').len();
        self.out.drain(..leading);
        *into = self.out;
    }

    fn walk(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            if byte < 0x80 {
                at = self.ascii(text, at, byte);
            } else if let Some(c) = text[at..].chars().next() {
                at = self.beyond_ascii(text, at, c);
            }
        }
    }

    #[inline(always)]
    fn ascii(&mut self, text: &str, at: usize, byte: u8) -> usize {
        let class = ASCII[byte as usize];
        if class == KEEP || self.dialect == Dialect::LowerSpace && class != BLANK {
            self.begin();
            self.decompose();
            self.out.push(byte.to_ascii_lowercase() as char);
            self.in_digits = false;
            return at + 1;
        }
        match class {
            BLANK => self.blank = true,
            PUNCTUATION => self.punctuation(),
            _ => return self.digit(text, at, byte as char),
        }
        at + 1
    }

    fn beyond_ascii(&mut self, text: &str, at: usize, c: char) -> usize {
        let after = at + c.len_utf8();
        if chars::is_space(c) {
            self.blank = true;
        } else if self.dialect == Dialect::LowerSpace {
            self.begin();
            self.out.push(chars::lower_char(c));
        } else if self.dialect == Dialect::Datatrove010 && is_digit(c) {
            return self.digit(text, at, c);
        } else if is_punctuation(c) {
            self.punctuation();
        } else {
            self.begin();
            self.run.push(chars::lower_char(c));
        }
        after
    }

    /// The blank that stands before the next character, if any.
    #[inline(always)]
    fn begin(&mut self) {
        if self.blank && self.started {
            self.decompose();
            self.out.push(' ');
            self.in_digits = false;
        }
        self.blank = false;
        self.started = true;
    }

    fn punctuation(&mut self) {
        match self.dialect {
            Dialect::Datatrove2024 => self.begin(),
            _ => self.blank = true,
        }
    }

    /// A digit: in 0.10.1 a whole number with its decimals, in April 2024 one character of a run.
    fn digit(&mut self, text: &str, at: usize, c: char) -> usize {
        self.begin();
        self.decompose();
        if self.dialect == Dialect::Datatrove010 {
            self.out.push('0');
            return number_end(text, at);
        }
        self.push_decomposed(c);
        at + c.len_utf8()
    }

    #[inline(always)]
    fn decompose(&mut self) {
        if !self.run.is_empty() {
            self.decompose_run();
        }
    }

    #[cold]
    fn decompose_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        let mut rest = run.as_str();
        while !rest.is_empty() {
            // to Python a character that came later neither decomposes nor moves
            let later = rest.find(|c| within(LATER, c)).unwrap_or(rest.len());
            for c in rest[..later].nfd().filter(|c| !chars::is_mark(*c)) {
                self.push_decomposed(c);
            }
            rest = &rest[later..];
            if let Some(c) = rest.chars().next() {
                self.push_decomposed(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        self.run = run;
        self.run.clear();
    }

    fn push_decomposed(&mut self, c: char) {
        if self.dialect == Dialect::Datatrove2024 && chars::is_decimal(c) {
            if !self.in_digits {
                self.out.push('0');
            }
            self.in_digits = true;
        } else {
            self.out.push(c);
            self.in_digits = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(dialect: Dialect, text: &str) -> String {
        let mut into = String::from("rest of before");
        dialect.apply(text, &mut into);
        into
    }

    #[test]
    fn datatrove_0_10() {
        for (text, expected) in [
            ("", ""),
            (" \n", ""),
            ("1|2|300$", "0 0 0"),
            (
                "Hello, World! It's 3.14 on Monday.",
                "hello world it s 0 on monday",
            ),
            ("1,234,567 a１b ٣٫٥", "0 0 a0b 0"),
            ("don't  re-do", "don t re do"),
            ("ΟΔΟΣ ΣΑ", "οδος σα"),
            ("İx É é ﬁ ½ ²", "ix e e ﬁ ½ ²"),
            ("가 が", "\u{1100}\u{1161} か"),
            ("\u{301}a \u{301} b\u{301}", "a  b"),
            ("a\u{1c}b\u{85}c\u{3000}d\u{200b}e", "a b c d\u{200b}e"),
            ("x\u{37e}y", "x;y"),
        ] {
            assert_eq!(normal(Dialect::Datatrove010, text), expected, "{text:?}");
        }
    }

    #[test]
    fn datatrove_2024() {
        for (text, expected) in [
            ("1|2|300$", "0"),
            (
                "Hello, World! It's 3.14 on Monday.",
                "hello world its 0 on monday",
            ),
            ("! a ! b", "a  b"),
            ("1,234 5", "0 0"),
            ("１2", "0"),
            ("٣\u{301}4", "0"),
            (" x - 1-1 ", "x  0"),
        ] {
            assert_eq!(normal(Dialect::Datatrove2024, text), expected, "{text:?}");
        }
    }

    #[test]
    fn lower_space_and_none() {
        assert_eq!(normal(Dialect::LowerSpace, " A\t\nb,É1 "), "a b,é1");
        assert_eq!(normal(Dialect::None, " A\n"), " A\n");
    }

    #[test]
    fn lowering_twice_changes_nothing() {
        for code in 0..=0x10_ffffu32 {
            let Some(c) = char::from_u32(code) else {
                continue;
            };
            let lower = chars::lower_char(c);
            assert_eq!(chars::lower_char(lower), lower, "{code:x}");
        }
    }
}
