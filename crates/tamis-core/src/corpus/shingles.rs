//! Shingles: every `n` words or characters in a row, as hashes.
use sha1::{Digest, Sha1};
use xxhash_rust::{xxh32::xxh32, xxh64::xxh64};

use crate::doc::{Doc, Splits, Words};
use crate::error::{CoreError, Result};

/// The hash of one shingle's UTF-8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShingleHash {
    Xxhash64,
    Xxhash32,
    /// The first eight bytes of SHA-1, little-endian.
    Sha1Of64,
    /// The first four bytes of SHA-1, little-endian.
    Sha1Of32,
}

pub const HASHES: &[(&str, ShingleHash)] = &[
    ("xxhash64", ShingleHash::Xxhash64),
    ("xxhash32", ShingleHash::Xxhash32),
    ("sha1-64", ShingleHash::Sha1Of64),
    ("sha1-32", ShingleHash::Sha1Of32),
];

impl ShingleHash {
    pub fn from_name(name: &str) -> Result<ShingleHash> {
        HASHES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, hash)| *hash)
            .ok_or_else(|| CoreError::new("unknown_hash").with("name", name))
    }

    pub fn is_narrow(self) -> bool {
        matches!(self, ShingleHash::Xxhash32 | ShingleHash::Sha1Of32)
    }

    /// The 64-bit hash that stands for the shingle in sets, also where signatures use 32 bits.
    fn wide(self) -> ShingleHash {
        match self {
            ShingleHash::Xxhash32 => ShingleHash::Xxhash64,
            ShingleHash::Sha1Of32 => ShingleHash::Sha1Of64,
            wide => wide,
        }
    }

    #[inline(always)]
    pub fn of(self, bytes: &[u8]) -> u64 {
        match self {
            ShingleHash::Xxhash64 => xxh64(bytes, 0),
            ShingleHash::Xxhash32 => u64::from(xxh32(bytes, 0)),
            ShingleHash::Sha1Of64 => sha1_of(bytes),
            ShingleHash::Sha1Of32 => sha1_of(bytes) & 0xffff_ffff,
        }
    }
}

#[inline]
fn sha1_of(bytes: &[u8]) -> u64 {
    let digest = Sha1::digest(bytes);
    let mut first = [0u8; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

/// What a shingle is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Words(Words),
    Characters,
}

impl Unit {
    /// `characters`, or the name of a splitting.
    pub fn from_name(name: &str) -> Result<Unit> {
        match name {
            "characters" => Ok(Unit::Characters),
            _ => Words::from_name(name).map(Unit::Words),
        }
    }
}

/// Cuts texts into shingles; keeps its buffers from text to text.
#[derive(Debug)]
pub struct Shingler {
    unit: Unit,
    n: usize,
    hash: ShingleHash,
    joined: String,
    /// Where each word (or character) starts and ends in `joined`.
    starts: Vec<u32>,
    ends: Vec<u32>,
}

impl Shingler {
    pub fn new(unit: Unit, n: usize, hash: ShingleHash) -> Self {
        Shingler {
            unit,
            n: n.max(1),
            hash,
            joined: String::new(),
            starts: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Lays out the parts of a text; false where there are fewer than `n`, hence no shingle.
    pub fn lay_out(&mut self, text: &str) -> bool {
        self.joined.clear();
        self.starts.clear();
        self.ends.clear();
        match self.unit {
            Unit::Words(words) => self.lay_out_words(text, words),
            Unit::Characters => {
                self.joined.push_str(text);
                let starts = text.char_indices().map(|(at, _)| at as u32);
                self.starts.extend(starts);
                self.ends
                    .extend_from_slice(self.starts.get(1..).unwrap_or(&[]));
                if !text.is_empty() {
                    self.ends.push(text.len() as u32);
                }
            }
        }
        self.starts.len() >= self.n
    }

    fn lay_out_words(&mut self, text: &str, words: Words) {
        let splits = Splits::default();
        for word in Doc::new(text, &splits).words(words).iter() {
            if !self.joined.is_empty() {
                self.joined.push(' ');
            }
            self.starts.push(self.joined.len() as u32);
            self.joined.push_str(word);
            self.ends.push(self.joined.len() as u32);
        }
    }

    /// The hashes of the shingles laid out, in order, repeated ones again.
    pub fn hashes(&self, into: &mut Vec<u64>) {
        match self.hash {
            // one loop for each, so that the hash is compiled into it
            ShingleHash::Xxhash64 => self.hash_all(into, |bytes| ShingleHash::Xxhash64.of(bytes)),
            ShingleHash::Xxhash32 => self.hash_all(into, |bytes| ShingleHash::Xxhash32.of(bytes)),
            ShingleHash::Sha1Of64 => self.hash_all(into, |bytes| ShingleHash::Sha1Of64.of(bytes)),
            ShingleHash::Sha1Of32 => self.hash_all(into, |bytes| ShingleHash::Sha1Of32.of(bytes)),
        }
    }

    /// The distinct shingles as sorted 64-bit hashes.
    pub fn set(&self, into: &mut Vec<u64>) {
        let wide = self.hash.wide();
        self.hash_all(into, |bytes| wide.of(bytes));
        into.sort_unstable();
        into.dedup();
    }

    #[inline(always)]
    fn hash_all(&self, into: &mut Vec<u64>, hash: impl Fn(&[u8]) -> u64) {
        into.clear();
        let bytes = self.joined.as_bytes();
        let last_ends = self.ends.get(self.n - 1..).unwrap_or(&[]);
        into.extend(
            self.starts
                .iter()
                .zip(last_ends)
                .map(|(&start, &end)| hash(&bytes[start as usize..end as usize])),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha1_of_hello_world() {
        assert_eq!(
            ShingleHash::Sha1Of64.of(b"hello world"),
            13028719972609469994
        );
        assert_eq!(ShingleHash::Sha1Of32.of(b"hello world"), 896314922);
    }

    #[test]
    fn words_and_characters() {
        let words = Unit::Words(Words::Whitespace);
        let mut shingler = Shingler::new(words, 2, ShingleHash::Xxhash64);
        assert!(!shingler.lay_out("one"));
        assert!(shingler.lay_out("a  b\nc a b"));
        let mut hashes = Vec::new();
        shingler.hashes(&mut hashes);
        let expected = ["a b", "b c", "c a", "a b"].map(|s| xxh64(s.as_bytes(), 0));
        assert_eq!(hashes, expected);
        shingler.set(&mut hashes);
        assert_eq!(hashes.len(), 3);

        let mut shingler = Shingler::new(Unit::Characters, 3, ShingleHash::Xxhash32);
        assert!(!shingler.lay_out("né") && !shingler.lay_out(""));
        assert!(shingler.lay_out("née a"));
        shingler.hashes(&mut hashes);
        let expected = ["née", "ée ", "e a"].map(|s| u64::from(xxh32(s.as_bytes(), 0)));
        assert_eq!(hashes, expected);
        shingler.set(&mut hashes);
        assert!(hashes.iter().any(|hash| *hash > u64::from(u32::MAX)));
    }
}
