//! Kernels that see many documents: signatures, buckets, clusters.

pub mod edges;
pub mod exact;
mod files;
pub mod gather;
mod later_characters;
pub mod members;
pub mod minhash;
pub mod normalise;
pub mod order;
pub mod packed;
pub mod partition;
pub mod permutations;
pub mod shingles;
pub mod signature;
pub mod stars;
pub mod union;
pub mod units;
