//! The n-grams that survived the pruning of a quantised model, and their rows.
use super::reader::Reader;
use crate::error::Result;

/// From bucket to row. Most buckets were pruned, so a small filter answers first.
pub struct Pruned {
    /// One bit for each bucket modulo its size, which is a power of two.
    filter: Vec<u64>,
    /// Open addressing, at most half full; `EMPTY` marks a free place.
    places: Vec<(u32, u32)>,
    rows: u64,
}

const EMPTY: u32 = u32::MAX;

impl Pruned {
    pub fn read(reader: &mut Reader<'_>, bytes: &[u8], count: i64) -> Result<Pruned> {
        let range = reader.range("pruned n-grams", count, 8)?;
        let count = count as usize;
        let mut pruned = Pruned {
            filter: vec![0; (count * 16).next_power_of_two().max(64) / 64],
            places: vec![(EMPTY, 0); (count * 2).next_power_of_two()],
            rows: 0,
        };
        for pair in bytes[range].chunks_exact(8) {
            let bucket = i32::from_le_bytes([pair[0], pair[1], pair[2], pair[3]]);
            let row = i32::from_le_bytes([pair[4], pair[5], pair[6], pair[7]]);
            if bucket < 0 || row < 0 {
                return Err(reader.invalid("pruned n-grams", i64::from(bucket.min(row))));
            }
            pruned.insert(bucket as u32, row as u32);
        }
        Ok(pruned)
    }

    /// One more than the highest row that is named.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    pub fn get(&self, bucket: u32) -> Option<u32> {
        let bit = bucket as usize & (self.filter.len() * 64 - 1);
        if self.filter[bit / 64] >> (bit % 64) & 1 == 0 {
            return None;
        }
        let (found, row) = self.places[self.place(bucket)];
        (found == bucket).then_some(row)
    }

    fn insert(&mut self, bucket: u32, row: u32) {
        let bit = bucket as usize & (self.filter.len() * 64 - 1);
        self.filter[bit / 64] |= 1 << (bit % 64);
        let place = self.place(bucket);
        self.places[place] = (bucket, row);
        self.rows = self.rows.max(u64::from(row) + 1);
    }

    /// Where a bucket stands, or the free place where it would.
    fn place(&self, bucket: u32) -> usize {
        let mask = self.places.len() - 1;
        let spread = u64::from(bucket.wrapping_mul(0x9e37_79b1));
        let mut place = ((spread * self.places.len() as u64) >> 32) as usize;
        while self.places[place].0 != bucket && self.places[place].0 != EMPTY {
            place = (place + 1) & mask;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(pairs: &[(i32, i32)]) -> Result<Pruned> {
        let bytes: Vec<u8> = pairs
            .iter()
            .flat_map(|(bucket, row)| [bucket.to_le_bytes(), row.to_le_bytes()].concat())
            .collect();
        Pruned::read(&mut Reader::new(&bytes), &bytes, pairs.len() as i64)
    }

    #[test]
    fn finds_what_it_was_given_and_nothing_else() {
        let pruned = read(&[(5, 0), (69, 1), (133, 2), (1_999_999, 7)]).unwrap();
        let found = [5, 69, 133, 1_999_999, 6, 197].map(|bucket| pruned.get(bucket));
        assert_eq!(found, [Some(0), Some(1), Some(2), Some(7), None, None]);
        assert_eq!(pruned.rows(), 8);
    }

    #[test]
    fn none_kept_means_none_found() {
        let pruned = read(&[]).unwrap();
        assert_eq!(pruned.get(0), None);
        assert_eq!(pruned.rows(), 0);
    }

    #[test]
    fn negative_numbers_are_refused() {
        assert_eq!(read(&[(-1, 0)]).err().unwrap().kind, "model_invalid");
        assert_eq!(read(&[(1, -2)]).err().unwrap().kind, "model_invalid");
    }
}
