//! Punkt's sentences as NLTK 3.8.1 finds them (Kiss and Strunk 2006).
//!
//! Only full stops, question and exclamation marks before a blank or closing mark are looked at, each
//! with the word before and the token after it.
use super::parameters::{ANY_LOWER, ANY_UPPER, INSIDE_UPPER, Parameters, START_LOWER};
use super::tokens::{NUMBER, Token, is_non_word, tokens};
use crate::text::chars::{is_lower, is_space, is_upper, strip, strip_end, strip_start};

/// A place where a sentence may end.
#[derive(Clone, Copy)]
struct Candidate {
    /// The byte of the mark.
    at: usize,
    /// The end of the token after it.
    context_end: usize,
    /// Where the next sentence would start.
    next_start: usize,
}

/// The sentences of a text as byte ranges, none of them empty.
pub fn sentences(text: &str, parameters: &Parameters) -> Vec<(usize, usize)> {
    let mut slices = Vec::new();
    let mut last_break = 0;
    contexts(text, |word_start, candidate| {
        if has_break(&text[word_start..candidate.context_end], parameters) {
            slices.push((last_break, candidate.at + 1));
            last_break = candidate.next_start;
        }
    });
    slices.push((last_break, strip_end(text).len()));
    realign(text, &slices)
}

/// All marks before a closing mark, or before blanks and something more.
fn candidates(text: &str) -> impl Iterator<Item = Candidate> + '_ {
    let marks = memchr::memchr3_iter(b'.', b'?', b'!', text.as_bytes());
    marks.filter_map(|at| {
        let after = &text[at + 1..];
        let first = after.chars().next()?;
        if is_non_word(first) {
            return Some(Candidate {
                at,
                context_end: at + 2,
                next_start: at + 1,
            });
        }
        if !is_space(first) {
            return None;
        }
        let next = strip_start(after);
        let next_start = text.len() - next.len();
        let length = next.find(is_space).unwrap_or(next.len());
        (length > 0).then_some(Candidate {
            at,
            context_end: next_start + length,
            next_start,
        })
    })
}

/// Each candidate with the start of the word before it; of several in one word the last.
fn contexts(text: &str, mut visit: impl FnMut(usize, Candidate)) {
    let bytes = text.as_bytes();
    let mut word_start = 0;
    let mut last: Option<Candidate> = None;
    for candidate in candidates(text) {
        let from = last.map_or(0, |last| last.at);
        let blank = bytes[from..candidate.at]
            .iter()
            .rposition(|byte| matches!(byte, b' ' | b'\t'..=b'\r'));
        // The reference takes a blank at index 0 for none.
        let next_word = match blank {
            Some(index) if index > 0 => from + index + 1,
            _ => word_start,
        };
        if let Some(last) = last.filter(|last| last.at <= next_word) {
            visit(word_start, last);
        }
        word_start = next_word;
        last = Some(candidate);
    }
    if let Some(last) = last {
        visit(word_start, last);
    }
}

/// Whether a token that is not the last one ends a sentence.
fn has_break(context: &str, parameters: &Parameters) -> bool {
    let lines = context.split('\n').filter(|line| !strip(line).is_empty());
    let mut rest = lines
        .flat_map(tokens)
        .map(|token| Token::new(token, parameters));
    let Some(mut token) = rest.next() else {
        return false;
    };
    for next in rest {
        second_pass(&mut token, &next, parameters);
        if token.ends_sentence {
            return true;
        }
        token = next;
    }
    false
}

/// What the next token says of a token that ends in a full stop.
fn second_pass(token: &mut Token<'_>, next: &Token<'_>, parameters: &Parameters) {
    if !token.text.ends_with('.') {
        return;
    }
    let kind = token.kind_without_stop();
    let next_kind = next.kind_in_sentence();
    let is_initial = token.is_initial();
    let is_number = kind == NUMBER;
    if parameters
        .collocations
        .contains(&format!("{kind} {next_kind}"))
    {
        token.ends_sentence = false;
        return;
    }
    let starts_upper = next.text.chars().next().is_some_and(is_upper);
    let starts_sentence = starts_sentence(next, parameters);
    if (token.is_abbreviation || token.is_ellipsis)
        && !is_initial
        && (starts_sentence == Some(true)
            || (starts_upper && parameters.starters.contains(next_kind)))
    {
        token.ends_sentence = true;
        return;
    }
    if !is_initial && !is_number {
        return;
    }
    let never_lower = orthography(next_kind, parameters) & ANY_LOWER == 0;
    if starts_sentence == Some(false)
        || (starts_sentence.is_none() && is_initial && starts_upper && never_lower)
    {
        token.ends_sentence = false;
    }
}

fn orthography(kind: &str, parameters: &Parameters) -> u8 {
    parameters.orthography.get(kind).copied().unwrap_or(0)
}

/// Whether the letters of a token say that it starts a sentence; None where they do not tell.
fn starts_sentence(token: &Token<'_>, parameters: &Parameters) -> Option<bool> {
    if matches!(token.text, ";" | ":" | "," | "." | "!" | "?") {
        return Some(false);
    }
    let seen = orthography(token.kind_in_sentence(), parameters);
    let first = token.text.chars().next()?;
    if is_upper(first) && seen & ANY_LOWER != 0 && seen & INSIDE_UPPER == 0 {
        return Some(true);
    }
    if is_lower(first) && (seen & ANY_UPPER != 0 || seen & START_LOWER == 0) {
        return Some(false);
    }
    None
}

/// Give closing quotes and brackets at the start of a sentence to the one before.
fn realign(text: &str, slices: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut made = Vec::with_capacity(slices.len());
    let mut moved = 0;
    for (index, (start, end)) in slices.iter().enumerate() {
        let start = start + moved;
        let next = slices.get(index + 1);
        if let Some((next_start, next_end)) = next {
            if let Some((closing, with_blanks)) = closing_len(&text[*next_start..*next_end]) {
                made.push((start, next_start + closing));
                moved = with_blanks;
                continue;
            }
        }
        moved = 0;
        if start < *end {
            made.push((start, *end));
        }
    }
    made
}

/// The length of closing marks before a blank, `--` or the end: alone, and with the blanks.
fn closing_len(text: &str) -> Option<(usize, usize)> {
    let closing = ['"', '\'', ')', ']', '}'];
    let end = text.len() - text.trim_start_matches(closing).len();
    let rest = &text[end..];
    if end == 0 {
        return None;
    }
    if rest.is_empty() || rest.starts_with("--") {
        return Some((end, end));
    }
    let after = strip_start(rest);
    (after.len() < rest.len()).then_some((end, text.len() - after.len()))
}
