//! The quality rules of Gopher as datatrove measures them.
use std::sync::LazyLock;

use memchr::memmem;

use crate::doc::{Doc, Words};
use crate::error::{CoreError, Result};
use crate::signals::gopher_repetition::quotient;
use crate::signals::punctuation::{CharSet, PUNCTUATION};
use crate::text::chars;

/// Which state of datatrove: its set of symbols, and how it counts stop words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// 0.10: 281 symbols; stop words that occur.
    Head,
    /// May 2024: 129 symbols; occurrences of stop words.
    Y2024,
}

impl Dialect {
    pub fn from_name(name: &str) -> Result<Dialect> {
        match name {
            "datatrove-0.10" => Ok(Dialect::Head),
            "datatrove-2024" => Ok(Dialect::Y2024),
            _ => Err(CoreError::new("unknown_dialect").with("name", name)),
        }
    }
}

pub const STOP_WORDS: [&str; 8] = ["the", "be", "to", "of", "and", "that", "have", "with"];

static DOTS: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("..."));
static ELLIPSIS: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("…"));

const ALPHA: u8 = 1;
const PLAIN: u8 = 2;

/// What one byte says of its word. All ASCII punctuation and control characters are symbols.
const ASCII: [u8; 128] = {
    let mut table = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        let c = byte as u8;
        if c.is_ascii_alphabetic() {
            table[byte] = ALPHA | PLAIN;
        } else if c.is_ascii_digit() || matches!(c, b' ' | b'\t' | b'\n') {
            table[byte] = PLAIN;
        }
        byte += 1;
    }
    table
};

/// Counts of one text. `plain` words have a character outside the set of symbols.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    pub words: usize,
    pub plain_words: usize,
    pub plain_chars: usize,
    pub hashes: usize,
    pub ellipses: usize,
    pub lines: usize,
    pub bullet_lines: usize,
    pub ellipsis_lines: usize,
    pub alpha_words: usize,
    pub distinct_stop_words: usize,
    pub stop_word_occurrences: usize,
}

impl Quality {
    pub fn of(doc: Doc<'_>, words: Words, dialect: Dialect) -> Self {
        let mut found = Quality {
            hashes: memchr::memchr_iter(b'#', doc.text.as_bytes()).count(),
            ellipses: DOTS.find_iter(doc.text.as_bytes()).count()
                + ELLIPSIS.find_iter(doc.text.as_bytes()).count(),
            ..Quality::default()
        };
        found.count_lines(doc);
        found.count_words(doc, words, dialect);
        found
    }

    fn count_lines(&mut self, doc: Doc<'_>) {
        for line in doc.splitlines() {
            self.lines += 1;
            self.bullet_lines += usize::from(is_bullet(line));
            self.ellipsis_lines += usize::from(ends_in_ellipsis(line));
        }
    }

    fn count_words(&mut self, doc: Doc<'_>, words: Words, dialect: Dialect) {
        let symbols = match dialect {
            Dialect::Head => &PUNCTUATION.symbols,
            Dialect::Y2024 => &PUNCTUATION.symbols_2024,
        };
        let mut met = 0u8;
        let words = doc.words(words);
        self.words = words.len();
        for word in words.iter() {
            let (flags, length) = describe(word, symbols);
            if flags & PLAIN != 0 {
                self.plain_words += 1;
                self.plain_chars += length;
            }
            self.alpha_words += usize::from(flags & ALPHA != 0);
            if let Some(stop_word) = stop_word(word) {
                self.stop_word_occurrences += 1;
                met |= 1 << stop_word;
            }
        }
        self.distinct_stop_words = met.count_ones() as usize;
    }

    pub fn stop_words(&self, dialect: Dialect) -> usize {
        match dialect {
            Dialect::Head => self.distinct_stop_words,
            Dialect::Y2024 => self.stop_word_occurrences,
        }
    }

    pub fn mean_word_length(&self) -> f64 {
        quotient(self.plain_chars, self.plain_words)
    }
}

/// The flags of a word and its code points.
#[inline]
fn describe(word: &str, symbols: &CharSet) -> (u8, usize) {
    let (mut flags, mut length) = (0, 0);
    for byte in word.bytes() {
        match ASCII.get(byte as usize) {
            Some(flag) => flags |= flag,
            None => return describe_any(word, symbols),
        }
        length += 1;
    }
    (flags, length)
}

fn describe_any(word: &str, symbols: &CharSet) -> (u8, usize) {
    let (mut flags, mut length) = (0, 0);
    for c in word.chars() {
        length += 1;
        flags |= match c {
            '\0'..='\x7f' => ASCII[c as usize],
            _ => {
                let plain = if symbols.contains(c) { 0 } else { PLAIN };
                plain | if chars::is_alpha(c) { ALPHA } else { 0 }
            }
        };
    }
    (flags, length)
}

/// The place of a stop word in `STOP_WORDS`; case counts.
#[inline]
pub fn stop_word(word: &str) -> Option<usize> {
    if !(2..=4).contains(&word.len()) {
        return None;
    }
    STOP_WORDS.iter().position(|known| *known == word)
}

pub fn is_bullet(line: &str) -> bool {
    let line = chars::strip_start(line);
    line.starts_with('-') || line.starts_with('•')
}

pub fn ends_in_ellipsis(line: &str) -> bool {
    let line = chars::strip_end(line);
    line.ends_with("...") || line.ends_with('…')
}

/// Whether any character of the word is a letter, whether any is no symbol.
pub fn is_alpha_word(word: &str) -> bool {
    describe(word, &PUNCTUATION.symbols).0 & ALPHA != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::Splits;

    fn measure(text: &str, dialect: Dialect) -> Quality {
        let splits = Splits::default();
        Quality::of(Doc::new(text, &splits), Words::Whitespace, dialect)
    }

    #[test]
    fn counts_by_hand() {
        let text = " - The cat and the dog # ... sat....\n•  \u{a0}x … \n\n* １２ ۔ ، १ é";
        let new = measure(text, Dialect::Head);
        assert_eq!(new.words, 18);
        assert_eq!(new.plain_words, 12);
        assert_eq!(new.plain_chars, 29);
        assert_eq!(measure(text, Dialect::Y2024).plain_words, 13);
        assert_eq!((new.hashes, new.ellipses), (1, 3));
        assert_eq!((new.lines, new.bullet_lines, new.ellipsis_lines), (4, 2, 2));
        assert_eq!(new.alpha_words, 8);
        assert_eq!((new.distinct_stop_words, new.stop_word_occurrences), (2, 2));
    }

    #[test]
    fn the_ascii_table_is_the_set() {
        for byte in 0..128u8 {
            let c = byte as char;
            let plain = !PUNCTUATION.symbols.contains(c);
            assert_eq!(plain, ASCII[byte as usize] & PLAIN != 0, "{byte:x}");
            assert_eq!(plain, !PUNCTUATION.symbols_2024.contains(c), "{byte:x}");
            assert_eq!(c.is_ascii_alphabetic(), ASCII[byte as usize] & ALPHA != 0);
        }
    }

    #[test]
    fn an_empty_text_has_no_mean() {
        assert_eq!(measure("", Dialect::Head), Quality::default());
        assert_eq!(Quality::default().mean_word_length(), 0.0);
    }
}
