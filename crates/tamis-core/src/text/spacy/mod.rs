//! The words and sentences of `spacy.blank("en")`, token by token.
//!
//! A text is cut at blanks; what stands between them is cut by rules that see nothing else, so the
//! answer is remembered by chunk. Only the second pass looks further, and only where a chunk says
//! that it may change something.
mod affixes;
mod cache;
mod pairs;
mod sentences;
mod sinks;
mod tables;
mod url;

use std::cell::RefCell;

use crate::doc::Span;
use crate::text::chars::{is_ascii_space, skip_space, space_len};
use affixes::split_chunk;
use cache::{Cache, MOST_TOKENS};
use sentences::{ChunkSentences, State};
use sinks::{ChunkSummary, SentenceSink, Sink, TokenSink, WordSink};
use tables::{Tables, pairs, tables};

const LETTER: u8 = 0;
const BLANK: u8 = 1;
const OTHER: u8 = 2;
const MAYBE_BLANK: u8 = 4;

const BYTES: [u8; 256] = {
    let mut table = [OTHER; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphabetic() {
            table[byte] = LETTER;
        } else if is_ascii_space(byte as u8) {
            table[byte] = BLANK;
        }
        byte += 1;
    }
    table[0xc2] = MAYBE_BLANK;
    table[0xe1] = MAYBE_BLANK;
    table[0xe2] = MAYBE_BLANK;
    table[0xe3] = MAYBE_BLANK;
    table
};

/// The first pass and the room it works in.
struct Splitter {
    tables: &'static Tables,
    cache: Cache,
    lengths: Vec<u32>,
    spans: Vec<Span>,
}

thread_local! {
    static SPLITTER: RefCell<Splitter> = RefCell::new(Splitter {
        tables: tables(),
        cache: Cache::new(),
        lengths: Vec::new(),
        spans: Vec::new(),
    });
}

/// The end of the chunk that starts at `at`, and which kinds of bytes it holds.
#[inline]
fn chunk_end(bytes: &[u8], mut at: usize) -> (usize, u8) {
    let mut kinds = 0;
    while let Some(byte) = bytes.get(at) {
        let kind = BYTES[*byte as usize];
        if kind == BLANK || (kind == MAYBE_BLANK && space_len(bytes, at) > 0) {
            break;
        }
        kinds |= kind;
        at += 1;
    }
    (at, kinds)
}

impl Splitter {
    /// Feed all tokens of the first pass to `sink`; true when the second pass may change some.
    fn run(&mut self, text: &str, sink: &mut impl Sink) -> bool {
        let bytes = text.as_bytes();
        let mut may_change = false;
        let mut at = skip_space(bytes, 0);
        if at > 0 {
            sink.blanks(0, at);
        }
        while at < bytes.len() {
            let (end, kinds) = chunk_end(bytes, at);
            if kinds == LETTER && !self.tables.may_be_letter_exception(&bytes[at..end]) {
                sink.word(at, end);
            } else {
                may_change |= self.chunk(text, at, end, sink);
            }
            // One blank is the chunk's own, further ones are a token.
            at = end + usize::from(bytes.get(end) == Some(&b' '));
            let blanks_end = skip_space(bytes, at);
            if blanks_end > at {
                sink.blanks(at, blanks_end);
                at = blanks_end;
            }
        }
        may_change
    }

    #[inline]
    fn chunk(&mut self, text: &str, start: usize, end: usize, sink: &mut impl Sink) -> bool {
        let chunk = &text[start..end];
        let Some((known, is_hit)) = self.cache.slot(chunk.as_bytes()) else {
            let may_change = fill(self.tables, chunk, &mut self.lengths, &mut self.spans);
            sink.chunk(start, self.lengths.iter().copied(), ChunkSummary::Long);
            return may_change;
        };
        if !is_hit {
            let may_change = fill(self.tables, chunk, &mut self.lengths, &mut self.spans);
            if self.lengths.len() > MOST_TOKENS {
                sink.chunk(start, self.lengths.iter().copied(), ChunkSummary::Long);
                return may_change;
            }
            let tokens = self.spans.iter().map(|span| span.of(chunk));
            let sentences = ChunkSentences::of(self.tables, tokens);
            known.keep(chunk.as_bytes(), &self.lengths, sentences, may_change);
        }
        let lengths = known.lengths().iter().map(|length| u32::from(*length));
        sink.chunk(start, lengths, ChunkSummary::Cached(known.sentences));
        known.may_change
    }
}

/// Cut a chunk into `lengths` and `spans`; true when the second pass may change it.
fn fill(tables: &Tables, chunk: &str, lengths: &mut Vec<u32>, spans: &mut Vec<Span>) -> bool {
    lengths.clear();
    spans.clear();
    split_chunk(tables, chunk, true, lengths);
    let mut start = 0;
    for length in lengths.iter() {
        let end = start + length;
        spans.push(Span { start, end });
        start = end;
    }
    pairs().may_change(tables, chunk, spans)
}

/// All tokens after the second pass.
fn second_pass(splitter: &mut Splitter, text: &str) -> Vec<Span> {
    let mut sink = TokenSink {
        tokens: WordSink {
            words: Vec::with_capacity(text.len() / 4),
        },
    };
    splitter.run(text, &mut sink);
    pairs().apply(splitter.tables, text, sink.tokens.words)
}

/// The words of a text: its tokens without those of blanks.
pub fn words(text: &str) -> Vec<Span> {
    SPLITTER.with_borrow_mut(|splitter| {
        let mut sink = WordSink {
            words: Vec::with_capacity(text.len() / 5 + 4),
        };
        if splitter.run(text, &mut sink) {
            let bytes = text.as_bytes();
            sink.words = second_pass(splitter, text);
            sink.words
                .retain(|token| space_len(bytes, token.start as usize) == 0);
        }
        sink.words
    })
}

/// The number of sentences of a text, never 0.
pub fn sentence_count(text: &str) -> usize {
    SPLITTER.with_borrow_mut(|splitter| {
        let mut sink = SentenceSink {
            text,
            tables: splitter.tables,
            state: State::default(),
        };
        if splitter.run(text, &mut sink) {
            sink.state = State::default();
            for token in second_pass(splitter, text) {
                sink.state.step(splitter.tables, token.of(text));
            }
        }
        sink.state.starts as usize + 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        words(text).iter().map(|word| word.of(text)).collect()
    }

    #[test]
    fn refused_runs_stand_in_the_way() {
        assert_eq!(split("x:)"), ["x", ":)"]);
        assert_eq!(split("x:) )"), ["x", ":", ")", ")"]);
        assert_eq!(split("x''''"), ["x", "''", "'", "'"]);
    }

    #[test]
    fn blanks_are_no_words_but_start_sentences() {
        assert_eq!(split("\u{a0} a\n\n b\u{1c}"), ["a", "b"]);
        let counts = [
            ("", 1),
            ("  ", 1),
            ("Hi. ", 1),
            ("Hi.  ", 2),
            ("Hi!\n", 2),
            ("Hi. (Yes.) But", 3),
        ];
        for (text, count) in counts {
            assert_eq!(sentence_count(text), count, "{text:?}");
        }
    }

    #[test]
    fn the_cache_answers_as_the_rules_do() {
        // More chunks than slots, and again in reverse order.
        let chunks: Vec<String> = (0..40_000).map(|n| format!("({n}km.)")).collect();
        let forwards: Vec<Span> = chunks.iter().flat_map(|chunk| words(chunk)).collect();
        let mut backwards: Vec<Vec<Span>> = chunks.iter().rev().map(|chunk| words(chunk)).collect();
        backwards.reverse();
        assert_eq!(backwards.concat(), forwards);
        assert_eq!(split("(39999km.)"), ["(", "39999", "km", ".", ")"]);
    }
}
