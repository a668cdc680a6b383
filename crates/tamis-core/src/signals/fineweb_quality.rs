//! FineWeb's own rules as datatrove measures them.
use crate::doc::{Doc, Words};
use crate::signals::gopher_quality::Dialect;
use crate::signals::gopher_repetition::quotient;
use crate::signals::punctuation::PUNCTUATION;
use crate::signals::repeats::Repeats;
use crate::text::chars;

/// Counts of one text; lines are cut at `\n` alone and never stripped.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Fineweb {
    pub lines: usize,
    pub ending_in_mark: usize,
    pub short: usize,
    pub repeated_chars: usize,
    /// Code points that are no newline.
    pub chars: usize,
    pub newlines: usize,
    pub words: usize,
}

impl Fineweb {
    pub fn of(doc: Doc<'_>, words: Words, dialect: Dialect, short_line_length: usize) -> Self {
        let newlines = memchr::memchr_iter(b'\n', doc.text.as_bytes()).count();
        let mut found = Fineweb {
            newlines,
            chars: doc.char_count() - newlines,
            words: doc.words(words).len(),
            ..Fineweb::default()
        };
        for line in doc.lines() {
            if dialect == Dialect::Head && is_blank(line) {
                continue;
            }
            found.lines += 1;
            found.ending_in_mark += usize::from(ends_in_mark(line, dialect));
            found.short += usize::from(is_short(line, short_line_length));
        }
        let lines = doc.lines().filter(|line| !is_blank(line));
        found.repeated_chars = Repeats::of(lines).repeated_chars;
        found
    }

    pub fn line_end_mark_ratio(&self) -> f64 {
        quotient(self.ending_in_mark, self.lines)
    }

    pub fn short_line_ratio(&self) -> f64 {
        quotient(self.short, self.lines)
    }

    pub fn duplicate_line_char_ratio(&self) -> f64 {
        quotient(self.repeated_chars, self.chars)
    }

    pub fn newlines_per_word(&self) -> f64 {
        quotient(self.newlines, self.words)
    }
}

pub fn is_blank(line: &str) -> bool {
    chars::skip_space(line.as_bytes(), 0) == line.len()
}

pub fn is_short(line: &str, length: usize) -> bool {
    line.len() <= length || (line.len() <= 4 * length && chars::char_count(line) <= length)
}

/// 0.10 knows the ends of sentences of all scripts, no quotes; 2024 five ASCII marks, quotes among them.
pub fn ends_in_mark(line: &str, dialect: Dialect) -> bool {
    let Some(last) = line.chars().next_back() else {
        return false;
    };
    match dialect {
        Dialect::Head => PUNCTUATION.marks.contains(last),
        Dialect::Y2024 => matches!(last, '.' | '\'' | '"' | '!' | '?'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::Splits;

    fn measure(text: &str, dialect: Dialect) -> Fineweb {
        let splits = Splits::default();
        Fineweb::of(Doc::new(text, &splits), Words::Whitespace, dialect, 30)
    }

    #[test]
    fn counts_by_hand() {
        let long = "a line of more than thirty characters, \"ending\"";
        let text = format!("{long}\n\n{long}\nOK.\n \u{1c}\n好。 \n");
        let new = measure(&text, Dialect::Head);
        assert_eq!((new.lines, new.ending_in_mark, new.short), (4, 1, 2));
        assert_eq!((new.repeated_chars, new.newlines, new.words), (47, 6, 18));
        assert_eq!(new.chars, 47 * 2 + 3 + 2 + 3);
        let old = measure(&text, Dialect::Y2024);
        assert_eq!((old.lines, old.ending_in_mark, old.short), (7, 3, 5));
    }

    #[test]
    fn an_empty_text_has_one_line_in_2024_and_none_now() {
        assert_eq!(measure("", Dialect::Head).lines, 0);
        let old = measure("", Dialect::Y2024);
        assert_eq!(
            (old.lines, old.short, old.line_end_mark_ratio()),
            (1, 1, 0.0)
        );
    }
}
