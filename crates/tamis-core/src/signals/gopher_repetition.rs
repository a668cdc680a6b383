//! The repetition rules of Gopher as datatrove measures them.
use crate::doc::{Doc, Words};
use crate::error::{CoreError, Result};
use crate::signals::ngrams::Ngrams;
use crate::signals::repeats::{Repeats, split_at_newlines};
use crate::text::chars;

/// What counts as a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Runs of newlines cut; a newline at an end of the text leaves an empty line there.
    NewlineRuns,
    /// `str.splitlines()`: blank lines are lines, and repeats of each other.
    SplitLines,
}

pub const LINES: &[(&str, Lines)] = &[
    ("datatrove-0.10", Lines::NewlineRuns),
    ("datatrove-2024", Lines::NewlineRuns),
    ("datatrove-0.2", Lines::SplitLines),
];

impl Lines {
    pub fn from_name(name: &str) -> Result<Lines> {
        let known = LINES.iter().find(|(known, _)| *known == name);
        known
            .map(|(_, lines)| *lines)
            .ok_or_else(|| CoreError::new("unknown_dialect").with("name", name))
    }
}

/// The numbers that the thirteen quotients are made of; characters are code points.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Repetition {
    pub chars: usize,
    pub paragraphs: Repeats,
    pub lines: Repeats,
    pub top: [usize; 3],
    pub duplicates: [usize; 6],
}

pub const NAMES: [&str; 13] = [
    "duplicate_paragraph_ratio",
    "duplicate_paragraph_char_ratio",
    "duplicate_line_ratio",
    "duplicate_line_char_ratio",
    "top_2_gram_per_char",
    "top_3_gram_per_char",
    "top_4_gram_per_char",
    "duplicate_5_gram_per_char",
    "duplicate_6_gram_per_char",
    "duplicate_7_gram_per_char",
    "duplicate_8_gram_per_char",
    "duplicate_9_gram_per_char",
    "duplicate_10_gram_per_char",
];

impl Repetition {
    pub fn of(doc: Doc<'_>, words: Words, lines: Lines, ngrams: &mut Ngrams) -> Self {
        let paragraphs = Repeats::of(split_at_newlines(chars::strip(doc.text), 2));
        let lines = match lines {
            Lines::NewlineRuns => Repeats::of(split_at_newlines(doc.text, 1)),
            Lines::SplitLines => Repeats::of(doc.splitlines()),
        };
        ngrams.load(doc.words(words));
        Repetition {
            chars: doc.char_count(),
            paragraphs,
            lines,
            top: ngrams.top(),
            duplicates: ngrams.duplicates(),
        }
    }

    /// In the order of `NAMES`.
    pub fn values(&self) -> [f64; 13] {
        let per_char = |chars: usize| quotient(chars, self.chars);
        let mut values = [0.0; 13];
        values[0] = quotient(self.paragraphs.repeated, self.paragraphs.pieces);
        values[1] = per_char(self.paragraphs.repeated_chars);
        values[2] = quotient(self.lines.repeated, self.lines.pieces);
        values[3] = per_char(self.lines.repeated_chars);
        let grams = self.top.iter().chain(&self.duplicates);
        for (value, chars) in values[4..].iter_mut().zip(grams) {
            *value = per_char(*chars);
        }
        values
    }
}

/// The quotient of two counts, 0.0 where there is nothing to divide by.
#[inline]
pub fn quotient(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::Splits;

    fn measure(text: &str, lines: Lines) -> Repetition {
        let splits = Splits::default();
        let mut ngrams = Ngrams::default();
        Repetition::of(
            Doc::new(text, &splits),
            Words::Whitespace,
            lines,
            &mut ngrams,
        )
    }

    #[test]
    fn lines_and_paragraphs_by_hand() {
        let text = "a b\nc\n\na b\nc\n";
        let new = measure(text, Lines::NewlineRuns);
        assert_eq!(
            (
                new.lines.pieces,
                new.lines.repeated,
                new.lines.repeated_chars
            ),
            (5, 2, 4)
        );
        assert_eq!((new.paragraphs.pieces, new.paragraphs.repeated), (2, 1));
        let old = measure(text, Lines::SplitLines);
        assert_eq!(
            (
                old.lines.pieces,
                old.lines.repeated,
                old.lines.repeated_chars
            ),
            (5, 2, 4)
        );
        assert_eq!(measure("\n\n\n", Lines::SplitLines).lines.repeated, 2);
        assert_eq!(measure("\n\n\n", Lines::NewlineRuns).lines.repeated, 1);
    }

    #[test]
    fn nothing_divides_by_nothing() {
        assert_eq!(measure("", Lines::NewlineRuns).values(), [0.0; 13]);
        assert_eq!(measure("", Lines::SplitLines).values(), [0.0; 13]);
    }
}
