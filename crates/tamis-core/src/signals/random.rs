//! A number in [0, 1) that only the document's id and a seed decide.
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The upper 53 bits of the hash as a fraction: every double in [0, 1) of that grid, never 1.
pub fn random(id: &str, seed: u64) -> f64 {
    (xxh3_64_with_seed(id.as_bytes(), seed) >> 11) as f64 * 2f64.powi(-53)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_evenly_and_by_seed() {
        let values: Vec<f64> = (0..10_000)
            .map(|id| random(&format!("{id:032x}"), 7))
            .collect();
        assert!(values.iter().all(|value| (0.0..1.0).contains(value)));
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        assert!(random("a", 1) != random("a", 2));
    }
}
