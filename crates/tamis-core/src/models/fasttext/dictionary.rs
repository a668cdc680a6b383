//! A model's words, labels and hashed n-grams, and the rows of the input matrix that they name.
use std::ops::Range;

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use super::pruned::Pruned;
use super::reader::Reader;
use crate::error::Result;

/// The token that ends a line, and a text.
pub const END: &[u8] = b"</s>";
/// A token that begins so and is not in the dictionary counts as a label, not as a word.
const LABEL_PREFIX: &[u8] = b"__label__";

/// How texts become rows, from the model's header.
#[derive(Debug, Clone, Copy)]
pub struct NgramSettings {
    pub word_ngrams: usize,
    pub buckets: u32,
    pub shortest: usize,
    pub longest: usize,
}

impl NgramSettings {
    pub fn hashed(&self) -> bool {
        self.longest > 0 || self.word_ngrams > 1
    }
}

pub struct Dictionary {
    pub settings: NgramSettings,
    /// Where each word, then each label, stands in the file.
    entries: Vec<Range<usize>>,
    index: HashTable<u32>,
    words: usize,
    label_counts: Vec<i64>,
    pruned: Option<Pruned>,
    buckets: Remainder,
}

/// What one token adds to a text.
pub enum Token {
    /// A word, with its fastText hash for word n-grams.
    Word(i32),
    Label,
}

impl Dictionary {
    pub fn read(
        reader: &mut Reader<'_>,
        bytes: &[u8],
        settings: NgramSettings,
    ) -> Result<Dictionary> {
        let part = "dictionary";
        let size = reader.size(part, 1..i32::MAX)?;
        let words = reader.size(part, 0..i32::MAX)?;
        let labels = reader.size(part, 1..i32::MAX)?;
        if words + labels != size {
            return Err(reader.invalid(part, size as i64));
        }
        reader.long(part)?;
        let kept_ngrams = reader.long(part)?;
        let mut entries = Vec::new();
        let mut label_counts = Vec::new();
        for number in 0..size {
            entries.push(reader.word(part)?);
            let count = reader.long(part)?;
            let is_label = reader.flag(part)?;
            if is_label != (number >= words) {
                return Err(reader.invalid(part, number as i64));
            }
            if is_label {
                label_counts.push(count);
            }
        }
        let pruned = match kept_ngrams {
            -1 => None,
            count => Some(Pruned::read(reader, bytes, count)?),
        };
        let index = index(bytes, &entries);
        let buckets = Remainder::new(settings.buckets);
        Ok(Dictionary {
            settings,
            entries,
            index,
            words,
            label_counts,
            pruned,
            buckets,
        })
    }

    pub fn label_counts(&self) -> &[i64] {
        &self.label_counts
    }

    pub fn label<'a>(&self, bytes: &'a [u8], number: usize) -> &'a [u8] {
        &bytes[self.entries[self.words + number].clone()]
    }

    pub fn is_pruned(&self) -> bool {
        self.pruned.is_some()
    }

    /// The number of rows that the input matrix must have at least.
    pub fn rows_needed(&self) -> u64 {
        let ngrams = match &self.pruned {
            _ if !self.settings.hashed() => 0,
            Some(pruned) => pruned.rows(),
            None => u64::from(self.settings.buckets),
        };
        self.words as u64 + ngrams
    }

    /// What a token is; its rows are appended to `rows` in the library's order.
    pub fn token(&self, bytes: &[u8], token: &[u8], rows: &mut Vec<u32>) -> Token {
        let known = self.find(bytes, token);
        match known {
            Some(number) if number as usize >= self.words => return Token::Label,
            None if token.starts_with(LABEL_PREFIX) => return Token::Label,
            _ => {}
        }
        rows.extend(known);
        if self.settings.longest > 0 && token != END {
            self.subwords(token, rows);
        }
        Token::Word(hash(FNV_START, token) as i32)
    }

    /// The rows of all word n-grams of a text, from the hashes of its words.
    pub fn word_ngrams(&self, hashes: &[i32], mut each: impl FnMut(u32)) {
        for (start, first) in hashes.iter().enumerate() {
            let mut ngram = i64::from(*first) as u64;
            let end = hashes.len().min(start + self.settings.word_ngrams);
            for next in &hashes[start + 1..end.max(start + 1)] {
                ngram = ngram.wrapping_mul(116_049_371);
                ngram = ngram.wrapping_add(i64::from(*next) as u64);
                if let Some(row) = self.row((ngram % u64::from(self.settings.buckets)) as u32) {
                    each(row);
                }
            }
        }
    }

    /// The character n-grams of `<token>`; a single border sign is none.
    fn subwords(&self, token: &[u8], rows: &mut Vec<u32>) {
        let NgramSettings {
            shortest, longest, ..
        } = self.settings;
        let length = token.len() + 2;
        let byte = |at: usize| match at {
            0 => b'<',
            _ if at == length - 1 => b'>',
            _ => token[at - 1],
        };
        for start in 0..length {
            if is_continuation(byte(start)) {
                continue;
            }
            let mut value = FNV_START;
            let mut end = start;
            for characters in 1..=longest {
                if end >= length {
                    break;
                }
                value = hash_byte(value, byte(end));
                end += 1;
                while end < length && is_continuation(byte(end)) {
                    value = hash_byte(value, byte(end));
                    end += 1;
                }
                let border = characters == 1 && (start == 0 || end == length);
                if characters >= shortest && !border {
                    rows.extend(self.row(self.buckets.of(value)));
                }
            }
        }
    }

    fn row(&self, bucket: u32) -> Option<u32> {
        let ngram = match &self.pruned {
            Some(pruned) => pruned.get(bucket)?,
            None => bucket,
        };
        Some(self.words as u32 + ngram)
    }

    fn find(&self, bytes: &[u8], token: &[u8]) -> Option<u32> {
        let same = |number: &u32| &bytes[self.entries[*number as usize].clone()] == token;
        self.index.find(xxh3_64(token), same).copied()
    }
}

fn index(bytes: &[u8], entries: &[Range<usize>]) -> HashTable<u32> {
    let word = |number: u32| &bytes[entries[number as usize].clone()];
    let mut index = HashTable::with_capacity(entries.len());
    for number in 0..entries.len() as u32 {
        let hash = xxh3_64(word(number));
        let same = |other: &u32| word(*other) == word(number);
        match index.find_mut(hash, same) {
            Some(first) => *first = number,
            None => {
                index.insert_unique(hash, number, |other| xxh3_64(word(*other)));
            }
        }
    }
    index
}

const FNV_START: u32 = 2_166_136_261;

/// One step of FNV-1a as fastText takes it: the byte is a signed one and fills all 32 bits.
fn hash_byte(value: u32, byte: u8) -> u32 {
    (value ^ (byte as i8 as u32)).wrapping_mul(16_777_619)
}

fn hash(start: u32, bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(start, |value, byte| hash_byte(value, *byte))
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// The remainder of division by one fixed number, by two multiplications (Lemire, Kaser and
/// Kurz 2019, "Faster remainder by direct computation").
#[derive(Debug, Clone, Copy)]
struct Remainder {
    divisor: u32,
    inverse: u64,
}

impl Remainder {
    fn new(divisor: u32) -> Remainder {
        let inverse = match divisor {
            0 | 1 => 0,
            _ => u64::MAX / u64::from(divisor) + 1,
        };
        Remainder { divisor, inverse }
    }

    fn of(&self, value: u32) -> u32 {
        let fraction = self.inverse.wrapping_mul(u64::from(value));
        ((u128::from(fraction) * u128::from(self.divisor)) >> 64) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_takes_bytes_as_signed() {
        // FNV-1a of "a" is the published 0xe40c292c; from 0x80 on the sign fills the upper bits.
        assert_eq!(hash(FNV_START, b"a"), 0xe40c_292c);
        assert_eq!(hash(FNV_START, b"foobar"), 0xbf9c_f968);
        let upper = (0x811c_9dc5_u32 ^ 0xffff_ffc3).wrapping_mul(0x0100_0193);
        assert_eq!(hash(FNV_START, &[0xc3]), upper);
    }

    #[test]
    fn remainders_are_those_of_division() {
        for divisor in [1, 2, 3, 7, 1000, 2_000_000, 2_097_143, (1 << 31) - 1] {
            let remainder = Remainder::new(divisor);
            for value in [
                0,
                1,
                2,
                6,
                7,
                999,
                1_999_999,
                2_000_000,
                0x8000_0000,
                u32::MAX,
            ] {
                assert_eq!(remainder.of(value), value % divisor, "{value} % {divisor}");
            }
        }
    }
}
