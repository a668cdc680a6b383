//! Kernels of the steps that must see the whole corpus: signatures, grouping, clusters.

pub mod permutations;
pub mod signature;
