//! Pieces of a text that were seen before: lines, paragraphs.
use hashbrown::HashSet;

use crate::text::chars;

/// How many pieces there are, how many were seen before, and the code points of those.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Repeats {
    pub pieces: usize,
    pub repeated: usize,
    pub repeated_chars: usize,
}

impl Repeats {
    /// The first copy of a piece is free, each further one counts.
    pub fn of<'a>(pieces: impl Iterator<Item = &'a str>) -> Self {
        let mut seen: HashSet<&str> = HashSet::new();
        let mut found = Repeats::default();
        for piece in pieces {
            found.pieces += 1;
            if !seen.insert(piece) {
                found.repeated += 1;
                found.repeated_chars += chars::char_count(piece);
            }
        }
        found
    }
}

/// `re.split(r"\n{least,}", text)`: cut at runs of at least so many newlines; a run at an end leaves an
/// empty piece there.
pub fn split_at_newlines(text: &str, least: usize) -> SplitAtNewlines<'_> {
    SplitAtNewlines {
        rest: Some(text),
        least,
    }
}

#[derive(Debug, Clone)]
pub struct SplitAtNewlines<'a> {
    rest: Option<&'a str>,
    least: usize,
}

impl<'a> Iterator for SplitAtNewlines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let bytes = rest.as_bytes();
        let mut from = 0;
        while let Some(at) = memchr::memchr(b'\n', &bytes[from..]) {
            let start = from + at;
            let run = bytes[start..].iter().take_while(|b| **b == b'\n').count();
            if run >= self.least {
                self.rest = Some(&rest[start + run..]);
                return Some(&rest[..start]);
            }
            from = start + run;
        }
        self.rest = None;
        Some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_newlines_cut_once() {
        let cut = |text, least| split_at_newlines(text, least).collect::<Vec<_>>();
        assert_eq!(cut("", 1), [""]);
        assert_eq!(cut("\n\n", 1), ["", ""]);
        assert_eq!(cut("\na\n\n\nb", 1), ["", "a", "b"]);
        assert_eq!(cut("a\nb\n\nc\n", 2), ["a\nb", "c\n"]);
        assert_eq!(cut("a\r\n\r\nb", 2), ["a\r\n\r\nb"]);
    }

    #[test]
    fn the_first_copy_is_free() {
        let found = Repeats::of(["né", "b", "né", "", "", "né"].into_iter());
        assert_eq!(
            (found.pieces, found.repeated, found.repeated_chars),
            (6, 3, 4)
        );
    }
}
