//! A bounded memory of what each token adds to a text: words repeat.
use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

/// When full, all is forgotten. 8 MiB hold the words of some ten thousand web pages.
const MEMORY_BYTES: usize = 8 << 20;
const FIRST_PLACES: usize = 1 << 10;

/// What a token adds: some of the memory's rows, and its hash if it is a word (a label has none).
#[derive(Clone, Copy, Default)]
pub struct Known {
    start: u32,
    count: u32,
    pub hash: Option<i32>,
}

/// The key is 0 where the place is free.
#[derive(Clone, Copy, Default)]
struct Place {
    key: u128,
    known: Known,
}

struct LongToken {
    hash: u64,
    start: u32,
    length: u32,
    known: Known,
}

/// Tokens of up to 16 bytes are kept by their bytes as one number (a token has no zero byte, so
/// padding with zeros is unambiguous), longer ones in a table of their own.
pub struct Memory {
    /// A power of two, at most half taken.
    places: Vec<Place>,
    taken: usize,
    long: HashTable<LongToken>,
    bytes: Vec<u8>,
    rows: Vec<u32>,
}

impl Default for Memory {
    fn default() -> Self {
        Memory {
            places: vec![Place::default(); FIRST_PLACES],
            taken: 0,
            long: HashTable::new(),
            bytes: Vec::new(),
            rows: Vec::new(),
        }
    }
}

impl Memory {
    pub fn rows(&self, known: Known) -> &[u32] {
        &self.rows[known.start as usize..][..known.count as usize]
    }

    #[inline]
    pub fn short(&self, key: u128) -> Option<Known> {
        let place = &self.places[self.place(key)];
        (place.key == key).then_some(place.known)
    }

    /// Remember a short token; `look_up` appends its rows and says its hash.
    #[inline(never)]
    pub fn learn_short(
        &mut self,
        key: u128,
        look_up: impl FnOnce(&mut Vec<u32>) -> Option<i32>,
    ) -> Known {
        let known = self.learn(look_up);
        if 2 * (self.taken + 1) > self.places.len() {
            let doubled = vec![Place::default(); 2 * self.places.len()];
            for old in std::mem::replace(&mut self.places, doubled) {
                if old.key != 0 {
                    let place = self.place(old.key);
                    self.places[place] = old;
                }
            }
        }
        let place = self.place(key);
        self.places[place] = Place { key, known };
        self.taken += 1;
        known
    }

    pub fn long(
        &mut self,
        token: &[u8],
        look_up: impl FnOnce(&mut Vec<u32>) -> Option<i32>,
    ) -> Known {
        let hash = xxh3_64(token);
        let bytes = &self.bytes;
        let same = |old: &LongToken| &bytes[old.start as usize..][..old.length as usize] == token;
        if let Some(old) = self.long.find(hash, same) {
            return old.known;
        }
        let known = self.learn(look_up);
        let entry = LongToken {
            hash,
            start: self.bytes.len() as u32,
            length: token.len() as u32,
            known,
        };
        self.bytes.extend_from_slice(token);
        self.long.insert_unique(hash, entry, |old| old.hash);
        known
    }

    fn learn(&mut self, look_up: impl FnOnce(&mut Vec<u32>) -> Option<i32>) -> Known {
        let places = self.places.len() * size_of::<Place>();
        let long = self.long.capacity() * size_of::<LongToken>() + self.bytes.len();
        if places + long + self.rows.len() * 4 > MEMORY_BYTES {
            *self = Memory::default();
        }
        let start = self.rows.len() as u32;
        let hash = look_up(&mut self.rows);
        let count = self.rows.len() as u32 - start;
        Known { start, count, hash }
    }

    /// Where a key stands, or the free place where it would.
    #[inline]
    fn place(&self, key: u128) -> usize {
        let mask = self.places.len() - 1;
        let mut place = spread(key) & mask;
        while self.places[place].key != key && self.places[place].key != 0 {
            place = (place + 1) & mask;
        }
        place
    }
}

/// Two odd multipliers (the golden ratio, and the square root of 3) mix both halves into the
/// upper bits of a product, which are folded down.
#[inline]
fn spread(key: u128) -> usize {
    let low = (key as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let high = ((key >> 64) as u64 ^ low.rotate_left(32)).wrapping_mul(0xbb67_ae85_84ca_a73b);
    (high ^ (high >> 32)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_what_was_learned_until_it_is_full() {
        let mut memory = Memory::default();
        for key in 1..200_000_u128 {
            let key = key << (key % 90);
            if memory.short(key).is_none() {
                memory.learn_short(key, |rows| {
                    rows.extend([key as u32, 7]);
                    Some(key as i32)
                });
            }
            let known = memory.short(key).unwrap_or_default();
            assert_eq!(memory.rows(known), [key as u32, 7]);
            assert_eq!(known.hash, Some(key as i32));
        }
        assert!(memory.places.len() * size_of::<Place>() <= MEMORY_BYTES);
        assert!(2 * memory.taken <= memory.places.len());
        assert!(memory.taken < 199_999, "it was forgotten in between");
    }

    #[test]
    fn long_tokens_are_looked_up_once() {
        let mut memory = Memory::default();
        let mut asked = 0;
        for token in [&b"one"[..], b"two", b"one", b"two", b"three"] {
            let known = memory.long(token, |rows| {
                asked += 1;
                rows.extend(token.iter().map(|byte| u32::from(*byte)));
                None
            });
            let expected: Vec<u32> = token.iter().map(|byte| u32::from(*byte)).collect();
            assert_eq!(memory.rows(known), expected);
        }
        assert_eq!(asked, 3);
    }
}
