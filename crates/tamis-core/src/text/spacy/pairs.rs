//! The second pass: exceptions that the affix rules had cut, found again as sequences of tokens.
//!
//! An exception that a prefix, suffix or infix matches is looked for among the tokens of the whole
//! text, by its own tokens without exceptions. Of all places the longest is taken first, then the
//! leftmost; it gets the exception's parts where its text, blanks included, is the exception, and
//! stands in the way of shorter ones where it is not (`:` blank `)`).
use hashbrown::HashMap;

use super::affixes::split_chunk;
use super::tables::Tables;
use crate::doc::Span;

/// Number of a token text, 0 for one that stands in no exception.
type TokenId = u16;

#[derive(Default)]
struct Node {
    next: HashMap<TokenId, usize>,
    is_end: bool,
}

/// The token sequences of the exceptions as a tree.
pub struct Pairs {
    ids: HashMap<Box<str>, TokenId>,
    nodes: Vec<Node>,
    longest_token: usize,
}

/// A run of tokens that reads like an exception: first token, one past the last.
type Run = (usize, usize);

impl Pairs {
    pub fn of_exceptions(tables: &Tables) -> Pairs {
        let mut pairs = Pairs {
            ids: HashMap::new(),
            nodes: vec![Node::default()],
            longest_token: 0,
        };
        let mut lengths = Vec::new();
        for text in tables.exceptions.keys() {
            lengths.clear();
            split_chunk(tables, text, false, &mut lengths);
            // A single token is the exception itself, which the first pass has taken.
            if lengths.len() > 1 {
                pairs.add(text, &lengths);
            }
        }
        pairs
    }

    fn add(&mut self, text: &str, lengths: &[u32]) {
        let mut node = 0;
        let mut at = 0;
        for length in lengths {
            let token = &text[at..at + *length as usize];
            at += *length as usize;
            self.longest_token = self.longest_token.max(token.len());
            let fresh = self.ids.len() as TokenId + 1;
            let id = *self.ids.entry(token.into()).or_insert(fresh);
            let child = self.nodes.len();
            node = *self.nodes[node].next.entry(id).or_insert(child);
            if node == child {
                self.nodes.push(Node::default());
            }
        }
        self.nodes[node].is_end = true;
    }

    #[inline]
    fn id(&self, token: &str) -> TokenId {
        if token.len() > self.longest_token {
            return 0;
        }
        self.ids.get(token).copied().unwrap_or(0)
    }

    fn runs(&self, text: &str, tokens: &[Span]) -> Vec<Run> {
        let ids: Vec<TokenId> = tokens.iter().map(|token| self.id(token.of(text))).collect();
        let mut runs = Vec::new();
        for first in 0..ids.len() {
            let mut node = &self.nodes[0];
            for (at, id) in ids.iter().enumerate().skip(first) {
                let Some(next) = node.next.get(id) else {
                    break;
                };
                node = &self.nodes[*next];
                if node.is_end {
                    runs.push((first, at + 1));
                }
            }
        }
        runs
    }

    /// Whether the second pass may change the tokens of this chunk, all of which are given.
    pub fn may_change(&self, tables: &Tables, text: &str, tokens: &[Span]) -> bool {
        tokens.iter().any(|token| self.id(token.of(text)) != 0)
            && self
                .runs(text, tokens)
                .iter()
                .any(|run| exact_parts(tables, text, tokens, *run).is_some())
    }

    /// The tokens of a whole text after the second pass.
    pub fn apply(&self, tables: &Tables, text: &str, tokens: Vec<Span>) -> Vec<Span> {
        let mut runs = self.runs(text, &tokens);
        runs.sort_by_key(|(first, end)| (std::cmp::Reverse(end - first), *first));
        let mut is_taken = vec![false; tokens.len()];
        let mut changes = Vec::new();
        for (first, end) in runs {
            let is_free = !is_taken[first] && !is_taken[end - 1];
            // A run that is refused stands in the way all the same: of `''''` only two are joined.
            is_taken[first..end].fill(true);
            let parts = exact_parts(tables, text, &tokens, (first, end));
            if let Some(parts) = parts.filter(|_| is_free) {
                changes.push((first, end, parts));
            }
        }
        changes.sort_unstable_by_key(|(first, ..)| *first);
        let mut made = Vec::with_capacity(tokens.len());
        let mut at = 0;
        for (first, end, parts) in changes {
            made.extend_from_slice(&tokens[at..first]);
            push_parts(tokens[first].start, parts, &mut made);
            at = end;
        }
        made.extend_from_slice(&tokens[at..]);
        made
    }
}

fn push_parts(mut start: u32, parts: &[u8], made: &mut Vec<Span>) {
    for part in parts {
        let end = start + u32::from(*part);
        made.push(Span { start, end });
        start = end;
    }
}

/// The parts of the exception that a run spells, where they are not the run's tokens already.
fn exact_parts<'a>(
    tables: &'a Tables,
    text: &str,
    tokens: &[Span],
    (first, end): Run,
) -> Option<&'a [u8]> {
    let run = &tokens[first..end];
    let (start, stop) = (run.first()?.start, run.last()?.end);
    let whole = Span { start, end: stop };
    let parts = tables.exception(whole.of(text))?;
    let same = parts.len() == run.len()
        && parts
            .iter()
            .zip(run)
            .all(|(part, token)| u32::from(*part) == token.end - token.start);
    (!same).then_some(parts)
}
