//! Reading a model's bytes in place: every size is checked against the file before it is used.
use std::ops::Range;

use crate::error::{CoreError, Result};

/// Goes through a model file from its start. Numbers are little-endian and not aligned.
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    /// The next `count` items of `size` bytes, as a range of the file.
    pub fn range(&mut self, part: &'static str, count: i64, size: u64) -> Result<Range<usize>> {
        let left = (self.bytes.len() - self.at) as u64;
        let wanted = u64::try_from(count)
            .map_err(|_| self.invalid(part, count))?
            .checked_mul(size)
            .filter(|wanted| *wanted <= left)
            .ok_or_else(|| {
                CoreError::new("model_truncated")
                    .with("part", part)
                    .with("offset", self.at)
                    .with("length", self.bytes.len())
            })?;
        let start = self.at;
        self.at += wanted as usize;
        Ok(start..self.at)
    }

    fn array<const N: usize>(&mut self, part: &'static str) -> Result<[u8; N]> {
        let range = self.range(part, N as i64, 1)?;
        let mut value = [0; N];
        value.copy_from_slice(&self.bytes[range]);
        Ok(value)
    }

    pub fn byte(&mut self, part: &'static str) -> Result<u8> {
        Ok(self.array::<1>(part)?[0])
    }

    pub fn int(&mut self, part: &'static str) -> Result<i32> {
        Ok(i32::from_le_bytes(self.array(part)?))
    }

    pub fn long(&mut self, part: &'static str) -> Result<i64> {
        Ok(i64::from_le_bytes(self.array(part)?))
    }

    /// A C++ `bool`, which is one byte that is 0 or 1.
    pub fn flag(&mut self, part: &'static str) -> Result<bool> {
        match self.byte(part)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.invalid(part, i64::from(other))),
        }
    }

    /// The bytes up to the next zero byte, which is passed over.
    pub fn word(&mut self, part: &'static str) -> Result<Range<usize>> {
        let rest = &self.bytes[self.at..];
        let length = memchr::memchr(0, rest).unwrap_or(rest.len());
        let word = self.range(part, length as i64, 1)?;
        self.byte(part)?;
        Ok(word)
    }

    /// A 32-bit count or size that must lie in `allowed`.
    pub fn size(&mut self, part: &'static str, allowed: Range<i32>) -> Result<usize> {
        let value = self.int(part)?;
        if allowed.contains(&value) {
            Ok(value as usize)
        } else {
            Err(self.invalid(part, i64::from(value)))
        }
    }

    /// The error for a value that no model written by fastText has.
    pub fn invalid(&self, part: &'static str, value: i64) -> CoreError {
        CoreError::new("model_invalid")
            .with("part", part)
            .with("value", value)
            .with("offset", self.at)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sizes_are_checked_against_the_bytes_that_are_left() {
        let mut reader = Reader::new(&[7, 0, 0, 0, 1, b'a', b'b', 0, 9]);
        assert_eq!(reader.int("n").unwrap(), 7);
        assert!(reader.flag("f").unwrap());
        assert_eq!(reader.word("w").unwrap(), 5..7);
        assert_eq!(
            reader.range("m", i64::MAX, 8).unwrap_err().kind,
            "model_truncated"
        );
        assert_eq!(reader.range("m", 2, 1).unwrap_err().kind, "model_truncated");
        assert_eq!(reader.range("m", -1, 4).unwrap_err().kind, "model_invalid");
        assert_eq!(reader.flag("f").unwrap_err().kind, "model_invalid");
        assert_eq!(reader.word("w").unwrap_err().kind, "model_truncated");
    }
}
