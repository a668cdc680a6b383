//! spaCy's rule-based sentencizer: where one sentence ends and the next begins, by token.
use super::tables::{SENTENCE_MARK, Tables};
use crate::text::chars::is_punct;

/// Whether a sentence mark has been seen since the last start, and how many starts there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct State {
    pub after_mark: bool,
    pub starts: u32,
}

impl State {
    /// A sentence starts at the first token that is neither mark nor punctuation after a mark.
    #[inline]
    pub fn step(&mut self, tables: &Tables, token: &str) {
        if is_mark(tables, token) {
            self.after_mark = true;
        } else if self.after_mark && !token.chars().all(is_punct) {
            self.start();
        }
    }

    /// The same for a token known to be neither.
    #[inline]
    pub fn step_over_word(&mut self) {
        if self.after_mark {
            self.start();
        }
    }

    #[inline]
    fn start(&mut self) {
        self.starts += 1;
        self.after_mark = false;
    }

    #[inline]
    pub fn step_over_chunk(&mut self, chunk: ChunkSentences) {
        let after = if self.after_mark {
            chunk.after_mark
        } else {
            chunk.otherwise
        };
        self.starts += u32::from(after >> 1);
        self.after_mark = after & 1 != 0;
    }
}

fn is_mark(tables: &Tables, token: &str) -> bool {
    let mut characters = token.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) => tables.is(only, SENTENCE_MARK),
        _ => false,
    }
}

/// What a chunk of at most 16 tokens does to each of the two states: twice its starts, plus 1 where
/// a mark has been seen after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkSentences {
    after_mark: u8,
    otherwise: u8,
}

impl ChunkSentences {
    pub const NONE: ChunkSentences = ChunkSentences {
        after_mark: 0,
        otherwise: 0,
    };

    pub fn of<'a>(tables: &Tables, tokens: impl Iterator<Item = &'a str> + Clone) -> Self {
        let run = |after_mark| {
            let mut state = State {
                after_mark,
                starts: 0,
            };
            tokens.clone().for_each(|token| state.step(tables, token));
            (state.starts as u8) << 1 | u8::from(state.after_mark)
        };
        ChunkSentences {
            after_mark: run(true),
            otherwise: run(false),
        }
    }
}
