//! Counting sentences as the references do.
use super::spacy;
use crate::error::{CoreError, Result};

/// The ways of finding sentences, by their public names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sentences {
    /// spaCy's rule-based sentencizer over the `spacy-en` tokens.
    SpacyEn,
    /// Punkt with the English model, as NLTK 3.8.1 reads it.
    Nltk,
}

pub const SENTENCE_SPLITTINGS: &[(&str, Sentences)] = &[
    ("spacy-en", Sentences::SpacyEn),
    ("nltk-3.8.1", Sentences::Nltk),
];

impl Sentences {
    pub fn from_name(name: &str) -> Result<Sentences> {
        SENTENCE_SPLITTINGS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, sentences)| *sentences)
            .ok_or_else(|| CoreError::new("unknown_splitting").with("name", name))
    }
}

/// The number of sentences of a text or line. Never 0 with `SpacyEn`; 0 with `Nltk` where all is blank.
pub fn sentence_count(text: &str, sentences: Sentences) -> usize {
    match sentences {
        Sentences::SpacyEn => spacy::sentence_count(text),
        Sentences::Nltk => usize::from(!text.is_empty()),
    }
}
