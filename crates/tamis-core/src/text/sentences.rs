//! Counting sentences as the references do.
use super::{nltk, spacy};
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
    /// Fails with `unknown_splitting`, or with `punkt_missing` where `nltk::set_parameters` was not called.
    pub fn from_name(name: &str) -> Result<Sentences> {
        let known = SENTENCE_SPLITTINGS.iter().find(|(known, _)| *known == name);
        let (_, sentences) =
            known.ok_or_else(|| CoreError::new("unknown_splitting").with("name", name))?;
        if *sentences == Sentences::Nltk {
            nltk::parameters()?;
        }
        Ok(*sentences)
    }
}

/// The number of sentences of a text or line. Never 0 with `SpacyEn`; 0 with `Nltk` where all is blank.
pub fn sentence_count(text: &str, sentences: Sentences) -> usize {
    match sentences {
        Sentences::SpacyEn => spacy::sentence_count(text),
        Sentences::Nltk => nltk::sentence_count(text),
    }
}
