//! MinHash signatures: the smallest value of each permutation over a document's shingles.
//!
//! The product wraps modulo 2^64 before it is taken modulo 2^61 - 1, as NumPy's does in the references.
//! The second reduction is a sum of the low 61 and the high 3 bits and at most one subtraction. The loop
//! is written once, in lanes of eight permutations, and compiled twice: for any machine, and for AVX2.
use super::permutations::{PRIME, Permutations};

const LANES: usize = 8;

/// How wide a value of the signature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// 64-bit shingle hashes, values below 2^61 - 1.
    Bits64,
    /// 32-bit shingle hashes; a value is masked to 32 bits before the minimum is taken.
    Bits32,
}

/// The permutations laid out for the kernel.
#[derive(Debug, Clone)]
pub struct Signer {
    a: Vec<[u64; LANES]>,
    b: Vec<[u64; LANES]>,
    count: usize,
    width: Width,
}

#[inline(always)]
fn reduced(value: u64) -> u64 {
    let folded = (value & PRIME) + (value >> 61);
    // `folded` is at most PRIME + 7: adding one carries into bit 61 exactly where PRIME must go off
    (folded + ((folded + 1) >> 61)) & PRIME
}

#[inline(always)]
fn lanes64(shingles: &[u64], a: &[u64; LANES], b: &[u64; LANES]) -> [u64; LANES] {
    let mut least = [i64::MAX; LANES];
    for &shingle in shingles {
        for lane in 0..LANES {
            let value = reduced(shingle.wrapping_mul(a[lane]).wrapping_add(b[lane])) as i64;
            least[lane] = if value < least[lane] {
                value
            } else {
                least[lane]
            };
        }
    }
    least.map(|value| value as u64)
}

#[inline(always)]
fn lanes32(shingles: &[u64], a: &[u64; LANES], b: &[u64; LANES]) -> [u64; LANES] {
    let mut least = [u32::MAX; LANES];
    for &shingle in shingles {
        for lane in 0..LANES {
            // a shingle has 32 bits here, which saves one of three partial products
            let low = shingle.wrapping_mul(a[lane] & 0xffff_ffff);
            let high = shingle.wrapping_mul(a[lane] >> 32) << 32;
            let value = reduced(low.wrapping_add(high).wrapping_add(b[lane])) as u32;
            least[lane] = least[lane].min(value);
        }
    }
    least.map(u64::from)
}

#[inline(always)]
fn all_lanes(signer: &Signer, shingles: &[u64], into: &mut Vec<u64>) {
    for (a, b) in signer.a.iter().zip(&signer.b) {
        let least = match signer.width {
            Width::Bits64 => lanes64(shingles, a, b),
            Width::Bits32 => lanes32(shingles, a, b),
        };
        into.extend_from_slice(&least);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn all_lanes_avx2(signer: &Signer, shingles: &[u64], into: &mut Vec<u64>) {
    all_lanes(signer, shingles, into);
}

impl Signer {
    pub fn new(permutations: &Permutations, width: Width) -> Self {
        let lay_out = |column: &[u64]| -> Vec<[u64; LANES]> {
            column
                .chunks(LANES)
                .map(|chunk| {
                    let mut lanes = [0; LANES];
                    lanes[..chunk.len()].copy_from_slice(chunk);
                    lanes
                })
                .collect()
        };
        Signer {
            a: lay_out(&permutations.a),
            b: lay_out(&permutations.b),
            count: permutations.len(),
            width,
        }
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The signature of a set of shingle hashes (of 32 bits where the width is 32), replacing `into`.
    pub fn sign(&self, shingles: &[u64], into: &mut Vec<u64>) {
        into.clear();
        self.fastest(shingles, into);
        into.truncate(self.count);
    }

    #[cfg(target_arch = "x86_64")]
    fn fastest(&self, shingles: &[u64], into: &mut Vec<u64>) {
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has AVX2.
            unsafe { all_lanes_avx2(self, shingles, into) }
        } else {
            all_lanes(self, shingles, into);
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn fastest(&self, shingles: &[u64], into: &mut Vec<u64>) {
        all_lanes(self, shingles, into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_definition(permutations: &Permutations, shingles: &[u64], width: Width) -> Vec<u64> {
        let mask = if width == Width::Bits32 {
            0xffff_ffff
        } else {
            u64::MAX
        };
        (0..permutations.len())
            .map(|index| {
                let value = |shingle: &u64| {
                    (shingle
                        .wrapping_mul(permutations.a[index])
                        .wrapping_add(permutations.b[index])
                        % PRIME)
                        & mask
                };
                shingles.iter().map(value).min().unwrap_or(0)
            })
            .collect()
    }

    #[test]
    fn reduction_is_the_remainder() {
        for value in [
            0,
            1,
            PRIME - 1,
            PRIME,
            PRIME + 1,
            2 * PRIME,
            7 * PRIME + 6,
            8 * PRIME,
            8 * PRIME + 7,
            u64::MAX,
        ] {
            assert_eq!(reduced(value), value % PRIME, "{value}");
        }
    }

    #[test]
    fn both_paths_follow_the_definition() {
        let mut shingle = 0x9e37_79b9_7f4a_7c15u64;
        let mut shingles: Vec<u64> = (0..777)
            .map(|_| {
                shingle = shingle
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                shingle
            })
            .collect();
        shingles.extend([0, 1, u64::MAX]);
        for width in [Width::Bits64, Width::Bits32] {
            let of_width: Vec<u64> = shingles
                .iter()
                .map(|x| if width == Width::Bits32 { x >> 32 } else { *x })
                .collect();
            for count in [1, 7, 8, 112, 130] {
                let permutations = Permutations::new(1, count);
                let signer = Signer::new(&permutations, width);
                let expected = by_definition(&permutations, &of_width, width);
                let mut signature = Vec::new();
                signer.sign(&of_width, &mut signature);
                assert_eq!(signature, expected);
                let mut portable = Vec::new();
                all_lanes(&signer, &of_width, &mut portable);
                assert_eq!(portable[..count], expected);
            }
        }
    }
}
