//! Chunks met before, with their tokens: one line of the processor's cache each, the newest wins.
use super::sentences::ChunkSentences;

const KEY_BYTES: usize = 38;
pub const MOST_TOKENS: usize = 16;
/// 2^14 slots of 64 bytes, 1 MiB a thread. On 2 MB of news pages 2^13 slots gave 91 MB/s, 2^14 100,
/// 2^15 108, 2^16 118: not worth the other caches' room.
const SLOT_BITS: u32 = 14;

/// What is known of a chunk.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Known {
    key: [u8; KEY_BYTES],
    lengths: [u8; MOST_TOKENS],
    key_len: u8,
    count: u8,
    pub sentences: ChunkSentences,
    /// The second pass may change these tokens.
    pub may_change: bool,
}

impl Known {
    const EMPTY: Known = Known {
        key: [0; KEY_BYTES],
        lengths: [0; MOST_TOKENS],
        key_len: 0,
        count: 0,
        sentences: ChunkSentences::NONE,
        may_change: false,
    };

    #[inline]
    pub fn lengths(&self) -> &[u8] {
        &self.lengths[..self.count as usize]
    }
}

pub struct Cache {
    slots: Box<[Known]>,
}

impl Cache {
    pub fn new() -> Cache {
        Cache {
            slots: vec![Known::EMPTY; 1 << SLOT_BITS].into_boxed_slice(),
        }
    }

    /// The slot of a chunk and whether it holds this chunk; None for a chunk too long to keep.
    #[inline]
    pub fn slot(&mut self, chunk: &[u8]) -> Option<(&mut Known, bool)> {
        if chunk.len() > KEY_BYTES {
            return None;
        }
        let slot = &mut self.slots[hash(chunk)];
        let is_hit = slot.key_len as usize == chunk.len() && &slot.key[..chunk.len()] == chunk;
        Some((slot, is_hit))
    }
}

impl Known {
    /// Keep a chunk of at most `KEY_BYTES` and `MOST_TOKENS`.
    pub fn keep(
        &mut self,
        chunk: &[u8],
        lengths: &[u32],
        sentences: ChunkSentences,
        may_change: bool,
    ) {
        for (kept, length) in self.lengths.iter_mut().zip(lengths) {
            *kept = *length as u8;
        }
        self.key[..chunk.len()].copy_from_slice(chunk);
        self.key_len = chunk.len() as u8;
        self.count = lengths.len() as u8;
        self.sentences = sentences;
        self.may_change = may_change;
    }
}

#[inline]
fn hash(chunk: &[u8]) -> usize {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |state: u64, word: u64| (state.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    let mut state = chunk.len() as u64;
    if let (Some(first), Some(last)) = (chunk.first_chunk::<8>(), chunk.last_chunk::<8>()) {
        let mut middle = &chunk[8..];
        while let Some((word, rest)) = middle.split_first_chunk::<8>() {
            state = mix(state, u64::from_le_bytes(*word));
            middle = rest;
        }
        state = mix(state, u64::from_le_bytes(*first));
        state = mix(state, u64::from_le_bytes(*last));
    } else if let (Some(first), Some(last)) = (chunk.first_chunk::<4>(), chunk.last_chunk::<4>()) {
        let low = u64::from(u32::from_le_bytes(*first));
        let high = u64::from(u32::from_le_bytes(*last));
        state = mix(state, low | high << 32);
    } else {
        for byte in chunk {
            state = mix(state, u64::from(*byte));
        }
    }
    (state >> (64 - SLOT_BITS)) as usize
}
