//! C4's measures of a whole page: its length, and words of a list.
use aho_corasick::{AhoCorasick, AhoCorasickBuilder};

use crate::error::{CoreError, Result};
use crate::text::chars;

/// What has to stand beside a listed word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Borders {
    /// No word character on either side.
    Word,
    /// Anything: for scripts without blanks.
    None,
}

impl Borders {
    pub fn from_name(name: &str) -> Result<Borders> {
        match name {
            "word" => Ok(Borders::Word),
            "none" => Ok(Borders::None),
            _ => Err(CoreError::new("unknown_borders").with("name", name)),
        }
    }
}

/// Words that the reference takes out of the list of every language: common inside other words.
pub const ALLOWED: [&str; 4] = ["sm", "グロ", "女の子", "性"];

/// A list of words to look for in lower-cased texts.
pub struct BadWords {
    finder: AhoCorasick,
    borders: Borders,
}

impl BadWords {
    /// One word or phrase a line; blank lines and the allowed words are left out.
    pub fn of_list(list: &str, borders: Borders) -> Result<Self> {
        let words = list.lines().map(chars::strip);
        let words = words.filter(|word| !word.is_empty() && !ALLOWED.contains(word));
        let finder = AhoCorasickBuilder::new().build(words);
        let finder = finder.map_err(|error| CoreError::new("bad_list").with("reason", error))?;
        Ok(BadWords { finder, borders })
    }

    /// The places where a listed word starts. A word in capitals in the list never matches: the text is
    /// lower-cased, the list is not.
    pub fn count(&self, text: &str) -> usize {
        let text = chars::lower(text);
        let mut starts: Vec<usize> = self
            .finder
            .find_overlapping_iter(text.as_ref())
            .filter(|found| self.stands_alone(&text, found.start(), found.end()))
            .map(|found| found.start())
            .collect();
        starts.sort_unstable();
        starts.dedup();
        starts.len()
    }

    fn stands_alone(&self, text: &str, start: usize, end: usize) -> bool {
        self.borders == Borders::None
            || !text[..start]
                .chars()
                .next_back()
                .is_some_and(chars::is_word)
                && !text[end..].chars().next().is_some_and(chars::is_word)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn words_stand_alone_or_not() {
        let list = "bad\nvery bad\n\nsm\nCapital\nc++\n悪い\n";
        let words = BadWords::of_list(list, Borders::Word).unwrap();
        for (text, count) in [
            ("Bad", 1),
            ("a very bad thing", 2),
            ("badly, _bad bad2", 0),
            ("bad bad", 2),
            ("sm Capital capital", 0),
            ("(c++)", 1),
            ("あ悪い", 0),
            ("", 0),
        ] {
            assert_eq!(words.count(text), count, "{text}");
        }
        let words = BadWords::of_list(list, Borders::None).unwrap();
        assert_eq!(words.count("あ悪い badly"), 2);
    }
}
