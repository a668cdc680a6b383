//! Kernels that see many documents: signatures, buckets, clusters.

mod later_characters;
pub mod minhash;
pub mod normalise;
pub mod permutations;
pub mod shingles;
pub mod signature;
