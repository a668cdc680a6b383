//! The words and sentences of NLTK 3.8.1 in English: Punkt, then treebank words.
mod contractions;
mod parameters;
mod punkt;
mod tokens;
mod treebank;

pub use parameters::{Parameters, parameters, set_parameters};
pub use punkt::sentences;

use crate::doc::{Span, WordList};
use crate::text::chars;
use treebank::Treebank;

/// The words of each sentence. Without Punkt's parameters (`Words::from_name` refuses to name this
/// splitting then) all abbreviations end sentences.
pub fn words(text: &str) -> WordList {
    let untrained = Parameters::default();
    let parameters = parameters().unwrap_or(&untrained);
    let sentences = sentences(text, parameters);
    treebank(
        sentences.iter().map(|(start, end)| &text[*start..*end]),
        text.len(),
    )
}

/// The words of the text as if it were one sentence.
pub fn treebank_words(text: &str) -> WordList {
    treebank(std::iter::once(text), text.len())
}

fn treebank<'a>(sentences: impl Iterator<Item = &'a str>, bytes: usize) -> WordList {
    let mut treebank = Treebank::default();
    let mut rewritten = String::with_capacity(bytes);
    let mut spans = Vec::with_capacity(bytes / 5 + 4);
    for sentence in sentences {
        for word in chars::split(treebank.rewrite(sentence)) {
            let start = rewritten.len() as u32;
            rewritten.push_str(word);
            spans.push(Span {
                start,
                end: rewritten.len() as u32,
            });
        }
    }
    WordList::rewritten(rewritten, spans)
}

/// The number of sentences, 0 for blanks alone.
pub fn sentence_count(text: &str) -> usize {
    let untrained = Parameters::default();
    sentences(text, parameters().unwrap_or(&untrained)).len()
}
