//! What is made of a text's tokens as they are found: words, tokens or a number of sentences.
use super::sentences::{ChunkSentences, State};
use super::tables::Tables;
use crate::doc::Span;

/// What comes of a text's tokens as they are found.
pub trait Sink {
    /// A chunk that is one token, and neither mark nor punctuation.
    fn word(&mut self, start: usize, end: usize);
    /// The tokens of a chunk by their lengths.
    fn chunk(&mut self, start: usize, lengths: impl Iterator<Item = u32>, known: ChunkSummary);
    /// A token of blanks.
    fn blanks(&mut self, start: usize, end: usize);
}

#[derive(Clone, Copy)]
pub enum ChunkSummary {
    Cached(ChunkSentences),
    Long,
}

/// The words alone.
pub struct WordSink {
    pub words: Vec<Span>,
}

impl Sink for WordSink {
    #[inline]
    fn word(&mut self, start: usize, end: usize) {
        self.words.push(Span {
            start: start as u32,
            end: end as u32,
        });
    }

    #[inline]
    fn chunk(&mut self, start: usize, lengths: impl Iterator<Item = u32>, _known: ChunkSummary) {
        let mut start = start as u32;
        for length in lengths {
            let end = start + length;
            self.words.push(Span { start, end });
            start = end;
        }
    }

    #[inline]
    fn blanks(&mut self, _start: usize, _end: usize) {}
}

/// All tokens, those of blanks too.
pub struct TokenSink {
    pub tokens: WordSink,
}

impl Sink for TokenSink {
    fn word(&mut self, start: usize, end: usize) {
        self.tokens.word(start, end);
    }

    fn chunk(&mut self, start: usize, lengths: impl Iterator<Item = u32>, known: ChunkSummary) {
        self.tokens.chunk(start, lengths, known);
    }

    fn blanks(&mut self, start: usize, end: usize) {
        self.tokens.word(start, end);
    }
}

/// The sentences alone.
pub struct SentenceSink<'a> {
    pub text: &'a str,
    pub tables: &'static Tables,
    pub state: State,
}

impl Sink for SentenceSink<'_> {
    #[inline]
    fn word(&mut self, _start: usize, _end: usize) {
        self.state.step_over_word();
    }

    #[inline]
    fn chunk(&mut self, start: usize, lengths: impl Iterator<Item = u32>, known: ChunkSummary) {
        match known {
            ChunkSummary::Cached(sentences) => self.state.step_over_chunk(sentences),
            ChunkSummary::Long => {
                let mut start = start;
                for length in lengths {
                    let end = start + length as usize;
                    self.state.step(self.tables, &self.text[start..end]);
                    start = end;
                }
            }
        }
    }

    #[inline]
    fn blanks(&mut self, _start: usize, _end: usize) {
        self.state.step_over_word();
    }
}
