//! One text and its splittings, each made at most once, lazily.
use std::sync::OnceLock;

use crate::error::{CoreError, Result};
use crate::text::chars::{self, SplitLines};
use crate::text::{nltk, spacy, uax29};

/// A half-open range of bytes of the text it was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn of<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start as usize..self.end as usize]
    }
}

/// The word splittings by their public names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// `str.split()` of Python.
    Whitespace,
    /// The tokens of `spacy.blank("en")` 3.8, stripped, without the empty ones.
    SpacyEn,
    /// NLTK 3.8.1 `word_tokenize`: Punkt sentences, then treebank words; quotes are rewritten.
    Nltk,
    /// The words of NLTK 3.8.1 without the sentence split.
    Treebank,
    /// Unicode word segmentation; the segments with a letter or digit.
    Uax29,
    /// The ASCII blanks at which fastText splits.
    FastText,
}

pub const WORD_SPLITTINGS: &[(&str, Words)] = &[
    ("whitespace", Words::Whitespace),
    ("spacy-en", Words::SpacyEn),
    ("nltk-3.8.1", Words::Nltk),
    ("treebank", Words::Treebank),
    ("uax29", Words::Uax29),
    ("fasttext", Words::FastText),
];

impl Words {
    /// Fails with `unknown_splitting`, or with `punkt_missing` where `nltk::set_parameters` was not called.
    pub fn from_name(name: &str) -> Result<Words> {
        let known = WORD_SPLITTINGS.iter().find(|(known, _)| *known == name);
        let (_, words) =
            known.ok_or_else(|| CoreError::new("unknown_splitting").with("name", name))?;
        if *words == Words::Nltk {
            nltk::parameters()?;
        }
        Ok(*words)
    }
}

/// The words of one text. Most splittings are spans of the text itself; one that rewrites
/// characters (the NLTK words turn `"` into two backquotes) keeps its own copy to point into.
#[derive(Debug, Default)]
pub struct WordList {
    rewritten: Option<Box<str>>,
    spans: Vec<Span>,
}

impl WordList {
    pub fn of_text(spans: Vec<Span>) -> Self {
        WordList {
            rewritten: None,
            spans,
        }
    }

    /// Slices of `text`, in order.
    pub fn of_slices<'a>(text: &'a str, slices: impl Iterator<Item = &'a str>) -> Self {
        let base = text.as_ptr() as usize;
        let mut spans = Vec::with_capacity(text.len() / 5 + 4);
        spans.extend(slices.map(|slice| {
            let start = (slice.as_ptr() as usize - base) as u32;
            let end = start + slice.len() as u32;
            Span { start, end }
        }));
        WordList::of_text(spans)
    }

    pub fn rewritten(text: String, spans: Vec<Span>) -> Self {
        WordList {
            rewritten: Some(text.into_boxed_str()),
            spans,
        }
    }
}

/// A word list beside the text it points into.
#[derive(Clone, Copy)]
pub struct WordsOf<'a> {
    source: &'a str,
    spans: &'a [Span],
}

impl<'a> WordsOf<'a> {
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    pub fn get(&self, index: usize) -> Option<&'a str> {
        self.spans.get(index).map(|span| span.of(self.source))
    }

    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a str> + Clone {
        let source = self.source;
        self.spans.iter().map(move |span| span.of(source))
    }
}

/// The splittings of one text, kept apart from it so that a batch can hold them.
#[derive(Debug, Default)]
pub struct Splits {
    words: [OnceLock<WordList>; WORD_SPLITTINGS.len()],
    chars: OnceLock<usize>,
}

/// One text with its splittings.
#[derive(Clone, Copy)]
pub struct Doc<'a> {
    pub text: &'a str,
    splits: &'a Splits,
}

impl<'a> Doc<'a> {
    pub fn new(text: &'a str, splits: &'a Splits) -> Self {
        Doc { text, splits }
    }

    /// The words of the text in a named splitting, made at the first call.
    pub fn words(&self, words: Words) -> WordsOf<'a> {
        let list = self.splits.words[words as usize].get_or_init(|| match words {
            Words::SpacyEn => WordList::of_text(spacy::words(self.text)),
            Words::Nltk => nltk::words(self.text),
            Words::Treebank => nltk::treebank_words(self.text),
            Words::FastText => split_ascii_blanks(self.text),
            Words::Uax29 => WordList::of_text(uax29::words(self.text)),
            Words::Whitespace => WordList::of_slices(self.text, chars::split(self.text)),
        });
        WordsOf {
            source: list.rewritten.as_deref().unwrap_or(self.text),
            spans: &list.spans,
        }
    }

    /// The lines of `str.splitlines()`: all line ends of Unicode, no empty line after the last end.
    pub fn splitlines(&self) -> SplitLines<'a> {
        chars::splitlines(self.text)
    }

    /// The lines of `text.split("\n")`: never none, a final newline leaves an empty one.
    pub fn lines(&self) -> std::str::Split<'a, char> {
        self.text.split('\n')
    }

    /// The number of code points, counted once.
    pub fn char_count(&self) -> usize {
        *self
            .splits
            .chars
            .get_or_init(|| chars::char_count(self.text))
    }
}

fn split_ascii_blanks(text: &str) -> WordList {
    let blanks = [' ', '\n', '\r', '\t', '\x0b', '\x0c', '\0'];
    let words = text.split(blanks).filter(|word| !word.is_empty());
    WordList::of_slices(text, words)
}
