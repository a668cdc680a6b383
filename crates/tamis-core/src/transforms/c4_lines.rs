//! The line rules of C4: keep lines, drop lines, and count what condemns a page.
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};

use crate::error::{CoreError, Result};
use crate::text::chars;
use crate::text::sentences::{Sentences, sentence_count};

/// Whose code is followed where the two differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Ends `. ? ! " '`; words counted before citations go.
    Datatrove,
    /// TensorFlow Datasets: ends `. ? ! "`; words counted after citations went.
    Tfds,
}

impl Dialect {
    pub fn from_name(name: &str) -> Result<Dialect> {
        match name {
            "datatrove" => Ok(Dialect::Datatrove),
            "tfds" => Ok(Dialect::Tfds),
            _ => Err(CoreError::new("unknown_dialect").with("name", name)),
        }
    }
}

/// What a recipe may choose.
#[derive(Debug, Clone, Copy)]
pub struct Choices {
    pub dialect: Dialect,
    pub sentences: Sentences,
    /// Drop lines that end in no mark, or in three dots.
    pub end_marks: bool,
    pub min_words_per_line: usize,
    pub max_word_length: usize,
}

/// Lines by what became of them; `lorem_ipsum` and `curly_bracket` are grounds to drop the page.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct C4Lines {
    pub lines: usize,
    pub long_word: usize,
    pub no_end_mark: usize,
    pub few_words: usize,
    pub lorem_ipsum: usize,
    pub javascript: usize,
    pub curly_bracket: usize,
    pub policy: usize,
    pub kept: usize,
    pub sentences: usize,
}

const PHRASES: [&str; 8] = [
    "lorem ipsum",
    "javascript",
    "terms of use",
    "privacy policy",
    "cookie policy",
    "uses cookies",
    "use of cookies",
    "use cookies",
];

/// None of the phrases ends as another begins, except policies and `javascript` with `terms`, where
/// the first decides: so matches that do not overlap find all that matters.
static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(PHRASES)
        .ok()
});

/// What a line meets first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    LongWord,
    NoEndMark,
    FewWords,
    LoremIpsum,
    Javascript,
    CurlyBracket,
    Policy,
    Kept,
}

impl Fate {
    /// The name of the count that it raises, without `_count`.
    pub fn name(self) -> &'static str {
        match self {
            Fate::LongWord => "long_word_line",
            Fate::NoEndMark => "no_end_mark_line",
            Fate::FewWords => "few_words_line",
            Fate::LoremIpsum => "lorem_ipsum",
            Fate::Javascript => "javascript_line",
            Fate::CurlyBracket => "curly_bracket",
            Fate::Policy => "policy_line",
            Fate::Kept => "kept_line",
        }
    }
}

/// The kept lines, joined by newlines and stripped, and the counts. Never stops early.
pub fn c4_lines(text: &str, choices: &Choices) -> (String, C4Lines) {
    let mut kept = String::with_capacity(text.len());
    let mut counts = C4Lines::default();
    let mut line_room = String::new();
    for line in chars::splitlines(text) {
        counts.lines += 1;
        let (fate, line) = judge(line, choices, &mut line_room);
        match fate {
            Fate::LongWord => counts.long_word += 1,
            Fate::NoEndMark => counts.no_end_mark += 1,
            Fate::FewWords => counts.few_words += 1,
            Fate::LoremIpsum => counts.lorem_ipsum += 1,
            Fate::Javascript => counts.javascript += 1,
            Fate::CurlyBracket => counts.curly_bracket += 1,
            Fate::Policy => counts.policy += 1,
            Fate::Kept => {
                counts.sentences += sentence_count(line, choices.sentences);
                if counts.kept > 0 {
                    kept.push('\n');
                }
                kept.push_str(line);
                counts.kept += 1;
            }
        }
    }
    let stripped = chars::strip(&kept);
    if stripped.len() != kept.len() {
        kept = stripped.to_owned();
    }
    (kept, counts)
}

/// What becomes of a line, and the line as it would be kept: stripped, then without citations.
pub fn judge<'a>(line: &'a str, choices: &Choices, room: &'a mut String) -> (Fate, &'a str) {
    let line = chars::strip(line);
    let longest = choices.max_word_length;
    if line.len() > longest && chars::split(line).any(|word| is_longer(word, longest)) {
        return (Fate::LongWord, line);
    }
    let words = match choices.dialect {
        Dialect::Datatrove => has_words(line, choices.min_words_per_line),
        Dialect::Tfds => true,
    };
    let line = without_citations(line, room);
    if choices.end_marks && (line.ends_with("...") || !ends_in_mark(line, choices.dialect)) {
        return (Fate::NoEndMark, line);
    }
    if !words || !has_words(line, least_after_citations(choices)) {
        return (Fate::FewWords, line);
    }
    (fate_by_content(line), line)
}

fn least_after_citations(choices: &Choices) -> usize {
    match choices.dialect {
        Dialect::Datatrove => 0,
        Dialect::Tfds => choices.min_words_per_line,
    }
}

fn is_longer(word: &str, length: usize) -> bool {
    word.len() > length && chars::char_count(word) > length
}

fn has_words(line: &str, least: usize) -> bool {
    least == 0 || chars::split(line).nth(least - 1).is_some()
}

fn ends_in_mark(line: &str, dialect: Dialect) -> bool {
    match line.as_bytes().last() {
        Some(b'.' | b'?' | b'!' | b'"') => true,
        Some(b'\'') => dialect == Dialect::Datatrove,
        _ => false,
    }
}

fn fate_by_content(line: &str) -> Fate {
    let found = phrases(line);
    if found & 1 != 0 {
        Fate::LoremIpsum
    } else if found & 2 != 0 {
        Fate::Javascript
    } else if line.as_bytes().contains(&b'{') {
        Fate::CurlyBracket
    } else if found != 0 {
        Fate::Policy
    } else {
        Fate::Kept
    }
}

/// A bit for each phrase that the lower-cased line holds. Of the characters beyond ASCII only the
/// Kelvin sign has a lower case that makes a phrase.
fn phrases(line: &str) -> u8 {
    let Some(finder) = FINDER.as_ref() else {
        return 0;
    };
    if line.contains('\u{212a}') {
        let line = line.replace('\u{212a}', "k");
        return phrases(&line);
    }
    finder.find_iter(line).fold(0, |found, matched| {
        found | 1 << matched.pattern().as_usize()
    })
}

/// The line without `[12]`, `[]`, `[edit]` and `[citation needed]`.
fn without_citations<'a>(line: &'a str, room: &'a mut String) -> &'a str {
    let bytes = line.as_bytes();
    let (mut copied, mut from) = (0, 0);
    room.clear();
    while let Some(at) = memchr::memchr(b'[', &bytes[from..]) {
        let start = from + at;
        match citation_len(&line[start..]) {
            0 => from = start + 1,
            length => {
                room.push_str(&line[copied..start]);
                from = start + length;
                copied = from;
            }
        }
    }
    if copied == 0 {
        return line;
    }
    room.push_str(&line[copied..]);
    room
}

/// The length of a citation mark at the start of `rest`, which begins with `[`; 0 where there is none.
fn citation_len(rest: &str) -> usize {
    for mark in ["[edit]", "[citation needed]"] {
        if rest.starts_with(mark) {
            return mark.len();
        }
    }
    let digits = rest[1..].trim_start_matches(chars::is_decimal);
    if digits.starts_with(']') {
        rest.len() - digits.len() + 1
    } else {
        0
    }
}

#[cfg(test)]
#[path = "c4_lines_tests.rs"]
mod tests;
