//! The permutations of MinHash: NumPy's `RandomState(seed).randint`, number for number.
//!
//! datatrove, datasketch and the Stack draw their `a` and `b` from it, so signatures are only equal if
//! the generator is. It is MT19937 (Matsumoto and Nishimura, 1998) seeded by `init_genrand`; a 64-bit
//! draw takes two outputs, the first as its high half, and is rejected while above the range.

/// 2^61 - 1, the modulus of the permutations.
pub const PRIME: u64 = (1 << 61) - 1;

const LENGTH: usize = 624;
const SHIFT: usize = 397;

/// The Mersenne Twister, 32-bit outputs.
struct Twister {
    state: [u32; LENGTH],
    position: usize,
}

impl Twister {
    fn new(seed: u32) -> Self {
        let mut state = [0u32; LENGTH];
        state[0] = seed;
        for index in 1..LENGTH {
            let before = state[index - 1];
            state[index] = 1_812_433_253u32
                .wrapping_mul(before ^ (before >> 30))
                .wrapping_add(index as u32);
        }
        Twister {
            state,
            position: LENGTH,
        }
    }

    fn refill(&mut self) {
        for index in 0..LENGTH {
            let next = self.state[(index + 1) % LENGTH];
            let mixed = (self.state[index] & 0x8000_0000) | (next & 0x7fff_ffff);
            let odd = if mixed & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[index] = self.state[(index + SHIFT) % LENGTH] ^ (mixed >> 1) ^ odd;
        }
        self.position = 0;
    }

    fn next_u32(&mut self) -> u32 {
        if self.position == LENGTH {
            self.refill();
        }
        let mut value = self.state[self.position];
        self.position += 1;
        value ^= value >> 11;
        value ^= (value << 7) & 0x9d2c_5680;
        value ^= (value << 15) & 0xefc6_0000;
        value ^ (value >> 18)
    }

    fn next_u64(&mut self) -> u64 {
        let high = u64::from(self.next_u32());
        (high << 32) | u64::from(self.next_u32())
    }

    /// A number in `low..PRIME`, as `randint(low, PRIME, dtype=uint64)` draws it.
    fn below_prime(&mut self, low: u64) -> u64 {
        let range = PRIME - 1 - low;
        loop {
            let value = self.next_u64() & PRIME;
            if value <= range {
                return low + value;
            }
        }
    }
}

/// `x -> (x * a + b mod 2^64) mod (2^61 - 1)`, `count` of them, as two columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permutations {
    pub a: Vec<u64>,
    pub b: Vec<u64>,
}

impl Permutations {
    /// datatrove's: first all `a`, then all `b`.
    pub fn new(seed: u32, count: usize) -> Self {
        let mut twister = Twister::new(seed);
        let a = (0..count).map(|_| twister.below_prime(1)).collect();
        let b = (0..count).map(|_| twister.below_prime(0)).collect();
        Permutations { a, b }
    }

    /// datasketch's and the Stack's: `a` and `b` of one permutation after the other.
    pub fn in_pairs(seed: u32, count: usize) -> Self {
        let mut twister = Twister::new(seed);
        let (a, b) = (0..count)
            .map(|_| (twister.below_prime(1), twister.below_prime(0)))
            .unzip();
        Permutations { a, b }
    }

    pub fn len(&self) -> usize {
        self.a.len()
    }

    pub fn is_empty(&self) -> bool {
        self.a.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datatrove_seed_1() {
        let drawn = Permutations::new(1, 112);
        assert_eq!(
            drawn.a[..3],
            [775169054918279404, 1758426461858698313, 2109959069025162]
        );
        assert_eq!(drawn.a[111], 223865076026037746);
        assert_eq!(
            drawn.b[..3],
            [
                1062448801025099917,
                1324811268927594100,
                1217488311597731462
            ]
        );
        assert_eq!(drawn.b[111], 1097409548522419201);
    }

    #[test]
    fn datasketch_and_the_stack_draw_pairs() {
        let datasketch = Permutations::in_pairs(1, 128);
        assert_eq!(
            (datasketch.a[0], datasketch.b[0]),
            (775169054918279404, 1758426461858698312)
        );
        let stack = Permutations::in_pairs(42, 256);
        assert_eq!(
            (stack.a[0], stack.b[0]),
            (2297359619001564596, 1396682528897996046)
        );
    }
}
