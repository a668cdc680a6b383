//! Splittings of a text into words, sentences and lines, each by its name.

mod blanks;
pub mod chars;
pub mod nltk;
pub mod sentences;
pub mod spacy;
pub mod uax29;
