//! Repeated word n-grams of one text, exact: a hash only proposes, the bytes decide.
//!
//! Most texts repeat few n-grams, so both counts first throw out what cannot repeat. A 3-gram is
//! counted only where both of its 2-grams occur twice, a 4-gram where both of its 3-grams do. A
//! duplicate 5- to 10-gram starts with 16 bytes that another position starts with too (or is shorter
//! than that), so one pass over the first 16 bytes at each word leaves the few positions to look at.
use xxhash_rust::xxh3::xxh3_64;

use crate::doc::WordsOf;
use crate::text::chars;

/// The n of the most frequent n-gram.
pub const TOP: [usize; 3] = [2, 3, 4];
/// The n of the duplicate n-grams.
pub const DUPLICATE: [usize; 6] = [5, 6, 7, 8, 9, 10];

const HEAD: usize = 16;
const NONE: u32 = u32::MAX;

/// Open addressing over indices; what an index stands for is compared by the caller. Sized for each
/// text, so that a small text does not pay for the large one before it.
#[derive(Default)]
struct IndexTable {
    slots: Vec<(u32, u32)>,
    mask: usize,
}

impl IndexTable {
    fn reset(&mut self, expected: usize) {
        let size = (expected * 2).next_power_of_two().max(8);
        self.slots.clear();
        self.slots.resize(size, (0, NONE));
        self.mask = size - 1;
    }

    /// The index that equals `index`, else None, and `index` is stored.
    #[inline]
    fn find_or_insert(&mut self, hash: u64, index: u32, same: impl Fn(u32) -> bool) -> Option<u32> {
        let tag = (hash >> 32) as u32;
        let mut at = hash as usize & self.mask;
        loop {
            match self.slots[at] {
                (_, NONE) => {
                    self.slots[at] = (tag, index);
                    return None;
                }
                (known_tag, known) if known_tag == tag && same(known) => return Some(known),
                _ => at = (at + 1) & self.mask,
            }
        }
    }
}

#[inline]
fn mix(a: u64, b: u64) -> u64 {
    let wide = u128::from(a ^ 0x9e37_79b9_7f4a_7c15) * u128::from(b ^ 0xd6e8_feb8_6659_fd93);
    (wide as u64) ^ ((wide >> 64) as u64)
}

/// A distinct n-gram: where it was first met, and how often it occurs.
#[derive(Clone, Copy)]
struct Gram {
    first: u32,
    count: u32,
}

/// Room for the n-grams of one text, used again for the next.
#[derive(Default)]
pub struct Ngrams {
    /// All words joined without blanks, with `HEAD` zero bytes behind.
    joined: Vec<u8>,
    /// Where each word starts in `joined`, and its end.
    starts: Vec<u32>,
    /// Code points before each word.
    chars: Vec<u32>,
    hashes: Vec<u64>,
    table: IndexTable,
    grams: Vec<Gram>,
    /// At each word the number of the n-gram that starts there, in `grams`.
    ids: Vec<u32>,
    suspects: Vec<u32>,
    suspected: Vec<bool>,
}

impl Ngrams {
    /// Take in the words of a text.
    pub fn load(&mut self, words: WordsOf<'_>) {
        self.joined.clear();
        self.starts.clear();
        self.chars.clear();
        self.hashes.clear();
        self.starts.push(0);
        self.chars.push(0);
        let mut count = 0;
        for word in words.iter() {
            self.joined.extend_from_slice(word.as_bytes());
            self.starts.push(self.joined.len() as u32);
            count += chars::char_count(word) as u32;
            self.chars.push(count);
            self.hashes.push(xxh3_64(word.as_bytes()));
        }
        self.joined.extend_from_slice(&[0; HEAD]);
    }

    fn words(&self) -> usize {
        self.hashes.len()
    }

    #[inline]
    fn bytes(&self, from: usize, to: usize) -> &[u8] {
        &self.joined[self.starts[from] as usize..self.starts[to] as usize]
    }

    /// For n = 2, 3, 4: code points of the most frequent n-gram, its words joined by blanks, times its
    /// count. Ties go to the first met; where none occurs twice that is the first n-gram. 0 without one.
    pub fn top(&mut self) -> [usize; 3] {
        let mut found = [0; 3];
        if self.words() < TOP[0] {
            return found;
        }
        self.pairs();
        found[0] = self.best(2);
        for (slot, n) in TOP.iter().enumerate().skip(1) {
            if self.words() >= *n {
                self.lengthen(*n);
                found[slot] = self.best(*n);
            }
        }
        found
    }

    /// Number the 2-grams.
    fn pairs(&mut self) {
        let pairs = self.words() - 1;
        let mut table = std::mem::take(&mut self.table);
        let (mut grams, mut ids) = (
            std::mem::take(&mut self.grams),
            std::mem::take(&mut self.ids),
        );
        table.reset(pairs);
        grams.clear();
        ids.clear();
        for at in 0..pairs {
            let hash = mix(self.hashes[at], self.hashes[at + 1]);
            let same = |known: u32| {
                let first = grams[known as usize].first as usize;
                self.bytes(first, first + 1) == self.bytes(at, at + 1)
                    && self.bytes(first + 1, first + 2) == self.bytes(at + 1, at + 2)
            };
            let known = table.find_or_insert(hash, grams.len() as u32, same);
            ids.push(note(&mut grams, known, at));
        }
        (self.table, self.grams, self.ids) = (table, grams, ids);
    }

    /// From the numbers of the (n-1)-grams to those of the n-grams, `NONE` where one cannot repeat.
    fn lengthen(&mut self, n: usize) {
        let places = self.words() + 1 - n;
        let shorter = std::mem::take(&mut self.grams);
        let repeats = |id: u32| id != NONE && shorter[id as usize].count > 1;
        let mut grams: Vec<Gram> = Vec::new();
        self.suspects.clear();
        for at in 0..places {
            if repeats(self.ids[at]) && repeats(self.ids[at + 1]) {
                self.suspects.push(at as u32);
            }
        }
        self.table.reset(self.suspects.len());
        let mut ids = vec![NONE; places];
        for at in self.suspects.iter().map(|at| *at as usize) {
            let pair = (self.ids[at], self.ids[at + 1]);
            let same = |known: u32| {
                let first = grams[known as usize].first as usize;
                pair == (self.ids[first], self.ids[first + 1])
            };
            let hash = mix(u64::from(pair.0) << 32 | u64::from(pair.1), n as u64);
            let known = self.table.find_or_insert(hash, grams.len() as u32, same);
            ids[at] = note(&mut grams, known, at);
        }
        (self.grams, self.ids) = (grams, ids);
    }

    fn best(&self, n: usize) -> usize {
        let mut best = Gram { first: 0, count: 1 };
        for gram in &self.grams {
            if gram.count > best.count {
                best = *gram;
            }
        }
        let first = best.first as usize;
        let length = self.chars[first + n] - self.chars[first] + n as u32 - 1;
        length as usize * best.count as usize
    }

    /// For n = 5..10: code points of n-grams that were met before, their words joined without blanks;
    /// left to right, and past such an n-gram by n words.
    pub fn duplicates(&mut self) -> [usize; 6] {
        let mut found = [0; 6];
        if self.words() < DUPLICATE[0] {
            return found;
        }
        self.suspect();
        if self.suspects.is_empty() {
            return found;
        }
        let mut table = std::mem::take(&mut self.table);
        for (slot, n) in DUPLICATE.iter().enumerate() {
            found[slot] = self.duplicates_of(*n, &mut table);
        }
        self.table = table;
        found
    }

    /// Collect the positions whose n-grams of five words or more may occur twice.
    fn suspect(&mut self) {
        let places = self.words() + 1 - DUPLICATE[0];
        self.suspected.clear();
        self.suspected.resize(places, false);
        self.table.reset(places);
        for at in 0..places {
            let start = self.starts[at] as usize;
            let head = head(&self.joined, start);
            let hash = mix(head as u64, (head >> 64) as u64);
            let same =
                |known: u32| self::head(&self.joined, self.starts[known as usize] as usize) == head;
            if let Some(known) = self.table.find_or_insert(hash, at as u32, same) {
                self.suspected[known as usize] = true;
                self.suspected[at] = true;
            } else if self.starts[at + DUPLICATE[0]] as usize - start < HEAD {
                self.suspected[at] = true;
            }
        }
        self.suspects.clear();
        let marked = self.suspected.iter().enumerate();
        let marked = marked.filter(|(_, suspected)| **suspected);
        self.suspects.extend(marked.map(|(at, _)| at as u32));
    }

    fn duplicates_of(&self, n: usize, table: &mut IndexTable) -> usize {
        table.reset(self.suspects.len());
        let mut next = 0;
        let mut chars = 0;
        for at in self.suspects.iter().map(|at| *at as usize) {
            if at < next {
                continue;
            }
            if at + n > self.words() {
                break;
            }
            let gram = self.bytes(at, at + n);
            let same = |known: u32| gram == self.bytes(known as usize, known as usize + n);
            if table
                .find_or_insert(xxh3_64(gram), at as u32, same)
                .is_some()
            {
                chars += self.chars[at + n] - self.chars[at];
                next = at + n;
            }
        }
        chars as usize
    }
}

/// Count a known n-gram once more, or number a new one.
#[inline]
fn note(grams: &mut Vec<Gram>, known: Option<u32>, at: usize) -> u32 {
    if let Some(id) = known {
        grams[id as usize].count += 1;
        return id;
    }
    grams.push(Gram {
        first: at as u32,
        count: 1,
    });
    grams.len() as u32 - 1
}

#[inline]
fn head(joined: &[u8], start: usize) -> u128 {
    match joined[start..].first_chunk::<HEAD>() {
        Some(bytes) => u128::from_le_bytes(*bytes),
        None => 0,
    }
}

#[cfg(test)]
#[path = "ngrams_tests.rs"]
mod tests;
