//! Models that run in the core: fastText.
pub mod fasttext;
