//! `cannot` and its like in two words (R. MacIntyre's list), in any case.
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::text::chars::{is_space, is_word_boundary};

/// What stands before a contraction, and after it.
#[derive(Clone, Copy, PartialEq)]
enum Edge {
    Word,
    Blank,
}

/// Two parts, and what must stand before and after them.
const CONTRACTIONS: [(&str, &str, Edge, Edge); 10] = [
    ("can", "not", Edge::Word, Edge::Word),
    ("d", "'ye", Edge::Word, Edge::Word),
    ("gim", "me", Edge::Word, Edge::Word),
    ("gon", "na", Edge::Word, Edge::Word),
    ("got", "ta", Edge::Word, Edge::Word),
    ("lem", "me", Edge::Word, Edge::Word),
    ("more", "'n", Edge::Word, Edge::Word),
    ("wan", "na", Edge::Word, Edge::Blank),
    ("'t", "is", Edge::Blank, Edge::Word),
    ("'t", "was", Edge::Blank, Edge::Word),
];

static ANY: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let wholes = CONTRACTIONS
        .iter()
        .map(|(first, second, ..)| format!("{first}{second}"));
    // Letters that Python's `re` takes for i and s when case is ignored.
    let folded = ["ı", "İ", "ſ"].map(String::from);
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(wholes.chain(folded))
        .ok()
});

/// Split the contractions of `text`; `made` is room to work in.
pub fn split(text: &mut String, made: &mut String) {
    if ANY.as_ref().is_some_and(|any| !any.is_match(text.as_str())) {
        return;
    }
    for (first, second, before, after) in CONTRACTIONS {
        made.clear();
        let mut start = 0;
        for (at, _) in text.char_indices() {
            if at < start {
                continue;
            }
            let Some(parts) = parts_at(text, at, (first, second), (before, after)) else {
                continue;
            };
            let (begin, middle, end) = parts;
            made.push_str(&text[start..at]);
            for part in [begin..middle, middle..end] {
                made.push(' ');
                made.push_str(&text[part]);
            }
            made.push(' ');
            start = end;
        }
        if start > 0 {
            made.push_str(&text[start..]);
            std::mem::swap(text, made);
        }
    }
}

/// Start of the first part, start of the second, and the end, where a contraction matches at `at`. A
/// blank before it belongs to the match.
fn parts_at(
    text: &str,
    at: usize,
    (first, second): (&str, &str),
    (before, after): (Edge, Edge),
) -> Option<(usize, usize, usize)> {
    let begin = match before {
        Edge::Blank => text[at..].starts_with(' ').then_some(at + 1)?,
        Edge::Word => at,
    };
    let middle = begin + folded_len(&text[begin..], first)?;
    let end = middle + folded_len(&text[middle..], second)?;
    let starts = before == Edge::Blank || is_word_boundary(text, begin);
    let ends = match after {
        Edge::Word => is_word_boundary(text, end),
        Edge::Blank => text[end..].chars().next().is_some_and(is_space),
    };
    (starts && ends).then_some((begin, middle, end))
}

/// The bytes that `pattern` takes at the start of `text`, without regard to case.
fn folded_len(text: &str, pattern: &str) -> Option<usize> {
    let mut characters = text.chars();
    let mut length = 0;
    for expected in pattern.chars() {
        let c = characters.next()?;
        let same = match (expected, c) {
            ('i', 'ı' | 'İ') | ('s', 'ſ') => true,
            _ => c.eq_ignore_ascii_case(&expected),
        };
        if !same {
            return None;
        }
        length += c.len_utf8();
    }
    Some(length)
}
