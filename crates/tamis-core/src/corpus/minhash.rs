//! The MinHash sketch of a document: band keys, and on demand signature and set of shingles.
//!
//! Broder 1997; banding as in datatrove: `bands` groups of `rows` values, two documents are candidates
//! where all values of a group are equal.
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::normalise::Dialect;
use super::permutations::Permutations;
use super::shingles::{ShingleHash, Shingler, Unit};
use super::signature::{Signer, Width};

/// Everything that decides what a signature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    pub normalise: Dialect,
    pub unit: Unit,
    pub n: usize,
    pub hash: ShingleHash,
    pub bands: usize,
    pub rows: usize,
    pub seed: u32,
}

/// Makes sketches; keeps its buffers from document to document.
#[derive(Debug)]
pub struct Sketcher {
    config: Config,
    signer: Signer,
    shingler: Shingler,
    normal: String,
    hashes: Vec<u64>,
    bytes: Vec<u8>,
    /// The signature of the last document: bands x rows values.
    pub signature: Vec<u64>,
    /// Its distinct shingles as sorted 64-bit hashes, where they were asked for.
    pub set: Vec<u64>,
}

impl Sketcher {
    pub fn new(config: Config) -> Self {
        let permutations = Permutations::new(config.seed, config.bands * config.rows);
        let width = if config.hash.is_narrow() {
            Width::Bits32
        } else {
            Width::Bits64
        };
        Sketcher {
            config,
            signer: Signer::new(&permutations, width),
            shingler: Shingler::new(config.unit, config.n, config.hash),
            normal: String::new(),
            hashes: Vec::new(),
            bytes: Vec::new(),
            signature: Vec::new(),
            set: Vec::new(),
        }
    }

    /// Signs a text; false where it has fewer than `n` words (or characters), hence no signature.
    pub fn sign(&mut self, text: &str, with_set: bool) -> bool {
        self.set.clear();
        self.config.normalise.apply(text, &mut self.normal);
        if !self.shingler.lay_out(&self.normal) {
            self.signature.clear();
            return false;
        }
        if with_set {
            self.shingler.set(&mut self.set);
        }
        if with_set && !self.config.hash.is_narrow() {
            self.signer.sign(&self.set, &mut self.signature);
        } else {
            self.shingler.hashes(&mut self.hashes);
            self.signer.sign(&self.hashes, &mut self.signature);
        }
        true
    }

    /// The keys of the last signature's bands. Documents of different groups (`by`) share none.
    pub fn band_keys(&mut self, group: u64, into: &mut Vec<u64>) {
        let Config { bands, rows, .. } = self.config;
        for band in 0..bands {
            self.bytes.clear();
            self.bytes.extend((band as u32).to_le_bytes());
            for value in &self.signature[band * rows..(band + 1) * rows] {
                self.bytes.extend(value.to_le_bytes());
            }
            into.push(xxh3_64_with_seed(&self.bytes, group));
        }
    }

    /// One hash of the last set of shingles: equal sets are found by it without reading them.
    pub fn set_hash(&mut self) -> u64 {
        self.bytes.clear();
        for value in &self.set {
            self.bytes.extend(value.to_le_bytes());
        }
        xxh3_64_with_seed(&self.bytes, 0)
    }
}

/// Share of pairs of Jaccard similarity `s` that are candidates: 1 - (1 - s^rows)^bands.
pub fn share_proposed(similarity: f64, bands: usize, rows: usize) -> f64 {
    1.0 - (1.0 - similarity.powf(rows as f64)).powf(bands as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::Words;

    pub fn config() -> Config {
        Config {
            normalise: Dialect::Datatrove010,
            unit: Unit::Words(Words::SpacyEn),
            n: 5,
            hash: ShingleHash::Xxhash64,
            bands: 14,
            rows: 8,
            seed: 1,
        }
    }

    #[test]
    fn five_words_of_datatrove() {
        let mut sketcher = Sketcher::new(config());
        assert!(!sketcher.sign("one two three four", true));
        for with_set in [false, true] {
            assert!(sketcher.sign("One two three four five", with_set));
            assert_eq!(
                sketcher.signature[..3],
                [699275049159941947, 1668490093867446599, 889504911880821557]
            );
        }
        let (mut all, mut other) = (Vec::new(), Vec::new());
        sketcher.band_keys(0, &mut all);
        sketcher.band_keys(7, &mut other);
        assert_eq!(all.len(), 14);
        assert!(all.iter().zip(&other).all(|(one, two)| one != two));
    }

    #[test]
    fn match_curve() {
        for (bands, rows, similarity, expected) in [
            (14, 8, 0.5, 0.0533),
            (14, 8, 0.75, 0.7716),
            (20, 450, 0.99, 0.1962),
            (9, 13, 0.8, 0.3988),
            (25, 10, 0.7, 0.5115),
        ] {
            let share = share_proposed(similarity, bands, rows);
            assert!((share - expected).abs() < 6e-5, "{bands}x{rows}: {share}");
        }
    }
}
