//! 128-bit hashes of whole texts (XXH3, seed by group).
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

/// The hash of a text's UTF-8 bytes within its group, as two halves.
pub fn halves(text: &str, group: u64) -> (u64, u64) {
    let hash = xxh3_128_with_seed(text.as_bytes(), group);
    ((hash >> 64) as u64, hash as u64)
}

/// The number of a group (`by`): documents without a value are one group of their own.
pub fn group_of(value: Option<&str>) -> u64 {
    match value {
        // zero is what steps without groups use
        Some(value) => xxh3_64(value.as_bytes()).max(2),
        None => 1,
    }
}
