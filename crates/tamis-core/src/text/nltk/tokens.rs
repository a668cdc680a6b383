//! Punkt's own tokens: words with their final full stop, and what they are.
use std::borrow::Cow;

use super::parameters::Parameters;
use crate::text::chars::{char_count, is_decimal, is_space, is_word, lower};

pub const NUMBER: &str = "##number##";

/// Characters that end a word and stand alone.
pub fn is_non_word(c: char) -> bool {
    matches!(
        c,
        ')' | '"' | ';' | '}' | ']' | '*' | ':' | '@' | '\'' | '(' | '{' | '[' | '!' | '?'
    )
}

/// Characters that start no word.
fn starts_no_word(c: char) -> bool {
    matches!(
        c,
        '(' | '"'
            | '`'
            | '{'
            | '['
            | ':'
            | ';'
            | '&'
            | '#'
            | '*'
            | '@'
            | ')'
            | '}'
            | ']'
            | '-'
            | ','
    )
}

/// The tokens of a line.
pub struct Tokens<'a> {
    rest: &'a str,
}

pub fn tokens(line: &str) -> Tokens<'_> {
    Tokens { rest: line }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.rest = self.rest.trim_start_matches(is_space);
        let first = self.rest.chars().next()?;
        let length = match marks_len(self.rest) {
            0 if starts_no_word(first) => first.len_utf8(),
            0 => word_len(self.rest, first),
            length => length,
        };
        let (token, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(token)
    }
}

/// The length of a token of several marks: `--`, `...` or `. . .`; 0 where none starts.
fn marks_len(text: &str) -> usize {
    for mark in ['-', '.'] {
        let run = text.len() - text.trim_start_matches(mark).len();
        if run > 1 {
            return run;
        }
    }
    spaced_dots_len(text)
}

/// At least three full stops with one blank after each but the last.
fn spaced_dots_len(text: &str) -> usize {
    let mut dots = 0;
    let mut end = 0;
    let mut at = 0;
    while text[at..].starts_with('.') {
        dots += 1;
        end = at + 1;
        match text[end..].chars().next() {
            Some(c) if is_space(c) => at = end + c.len_utf8(),
            _ => break,
        }
    }
    if dots > 2 { end } else { 0 }
}

/// A word goes on, after its first character, to what ends words.
fn word_len(text: &str, first: char) -> usize {
    text.char_indices()
        .map(|(at, _)| at)
        .skip_while(|at| *at < first.len_utf8())
        .find(|at| ends_word(&text[*at..]))
        .unwrap_or(text.len())
}

fn ends_word(rest: &str) -> bool {
    let mut characters = rest.chars();
    let Some(c) = characters.next() else {
        return true;
    };
    if is_space(c) || is_non_word(c) {
        return true;
    }
    match c {
        '.' | '-' => marks_len(rest) > 0,
        ',' => match characters.next() {
            None => true,
            Some(next) => {
                is_space(next) || is_non_word(next) || marks_len(characters_after(rest, c)) > 0
            }
        },
        _ => false,
    }
}

fn characters_after(text: &str, first: char) -> &str {
    &text[first.len_utf8()..]
}

/// A token with what the first pass says of it.
#[derive(Debug, Default)]
pub struct Token<'a> {
    pub text: &'a str,
    pub kind: Cow<'a, str>,
    pub ends_sentence: bool,
    pub is_abbreviation: bool,
    pub is_ellipsis: bool,
}

impl<'a> Token<'a> {
    pub fn new(text: &'a str, parameters: &Parameters) -> Self {
        let lowered = lower(text);
        let mut token = Token {
            text,
            kind: if is_number(&lowered) {
                Cow::Borrowed(NUMBER)
            } else {
                lowered
            },
            ..Token::default()
        };
        if matches!(text, "." | "?" | "!") {
            token.ends_sentence = true;
        } else if text.len() > 1 && text.bytes().all(|byte| byte == b'.') {
            token.is_ellipsis = true;
        } else if text.ends_with('.') && !text.ends_with("..") {
            token.is_abbreviation = is_abbreviation(&text[..text.len() - 1], parameters);
            token.ends_sentence = !token.is_abbreviation;
        }
        token
    }

    /// The type without a final full stop.
    pub fn kind_without_stop(&self) -> &str {
        match self.kind.strip_suffix('.') {
            Some(stem) if !stem.is_empty() => stem,
            _ => &self.kind,
        }
    }

    /// The same, where the full stop ends a sentence.
    pub fn kind_in_sentence(&self) -> &str {
        if self.ends_sentence {
            self.kind_without_stop()
        } else {
            &self.kind
        }
    }

    /// A letter and a full stop.
    pub fn is_initial(&self) -> bool {
        self.text.strip_suffix('.').is_some_and(|letter| {
            char_count(letter) == 1 && letter.chars().all(|c| is_word(c) && !is_decimal(c))
        })
    }
}

fn is_abbreviation(text: &str, parameters: &Parameters) -> bool {
    let lowered = lower(text);
    let after_hyphen = lowered.rsplit('-').next().unwrap_or_default();
    parameters.abbreviations.contains(lowered.as_ref())
        || parameters.abbreviations.contains(after_hyphen)
}

/// Digits with full stops, commas and hyphens; a minus and one mark may stand first.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let text = text.strip_prefix(['.', ',']).unwrap_or(text);
    text.chars().next().is_some_and(is_decimal)
        && text
            .chars()
            .all(|c| is_decimal(c) || matches!(c, ',' | '.' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_keep_their_full_stop() {
        let cases: [(&str, &[&str]); 5] = [
            ("etc.) Dr. X.", &["etc.", ")", "Dr.", "X."]),
            ("a,b a, (b-c", &["a,b", "a", ",", "(", "b-c"]),
            ("a--b... . . . c", &["a", "--", "b", "...", ". . .", "c"]),
            ("a. . b.", &["a.", ".", "b."]),
            ("don't\u{1f}5.3.", &["don", "'t", "5.3."]),
        ];
        for (line, expected) in cases {
            assert_eq!(tokens(line).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn kinds() {
        let parameters = Parameters::default();
        let token = Token::new("-1,000.5.", &parameters);
        assert_eq!((token.kind.as_ref(), token.ends_sentence), (NUMBER, true));
        let token = Token::new("J.", &parameters);
        assert!(token.is_initial() && token.kind_in_sentence() == "j");
        assert!(Token::new("...", &parameters).is_ellipsis);
        assert!(!Token::new("a..", &parameters).ends_sentence);
    }
}
