//! Inflating one deflate stream, with its check sums, keeping no more of the output than asked.
use flate2::{Decompress, FlushDecompress, Status};

use crate::error::{CoreError, Result};

const CHUNK: usize = 64 * 1024;
/// Bytes written at once beyond the limit; they are counted and thrown away.
const SPILL: usize = 32 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Gzip,
    Zlib,
    Raw,
}

/// One stream. `feed` until `done`; `output` holds the first `keep` bytes, `total` counts all.
pub struct Inflate {
    stream: Decompress,
    output: Vec<u8>,
    keep: usize,
    total: u64,
    done: bool,
}

impl Inflate {
    pub fn new(format: Format, keep: usize) -> Self {
        let stream = match format {
            Format::Gzip => Decompress::new_gzip(15),
            Format::Zlib => Decompress::new(true),
            Format::Raw => Decompress::new(false),
        };
        Inflate {
            stream,
            output: Vec::new(),
            keep,
            total: 0,
            done: false,
        }
    }

    pub fn done(&self) -> bool {
        self.done
    }

    pub fn total(&self) -> u64 {
        self.total
    }

    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    pub fn output(&self) -> &[u8] {
        &self.output
    }

    /// Inflate from `data`, all of it or up to the stream's end; returns the bytes used.
    /// Stops early, with `total` above `keep`, when `stop_at_limit` is set.
    pub fn feed(&mut self, data: &[u8], stop_at_limit: bool) -> Result<usize> {
        let mut used = 0;
        let mut spill = Vec::new();
        while !self.done {
            let before = (self.stream.total_in(), self.stream.total_out());
            let room = self.keep.saturating_sub(self.output.len());
            let target = if room > 0 {
                // At least one byte beyond the limit is asked for, so that passing it is seen.
                let want = self.output.len().max(CHUNK).min(room);
                self.output.reserve_exact(want);
                &mut self.output
            } else {
                if stop_at_limit && self.total > self.keep as u64 {
                    return Ok(used);
                }
                spill.clear();
                spill.reserve_exact(SPILL);
                &mut spill
            };
            let status = self
                .stream
                .decompress_vec(&data[used..], target, FlushDecompress::None)
                .map_err(|_| self.corrupt())?;
            let read = (self.stream.total_in() - before.0) as usize;
            let wrote = self.stream.total_out() - before.1;
            used += read;
            self.total += wrote;
            match status {
                Status::StreamEnd => self.done = true,
                _ if used == data.len() && wrote == 0 => break,
                _ if read == 0 && wrote == 0 => return Err(self.corrupt()),
                _ => {}
            }
        }
        // `reserve_exact` may give more than asked.
        if self.output.len() > self.keep {
            self.output.truncate(self.keep);
        }
        Ok(used)
    }

    fn corrupt(&self) -> CoreError {
        CoreError::new("corrupt_deflate").with("after", self.stream.total_out())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(data.len() + 1024);
        Compress::new_gzip(Compression::default(), 15)
            .compress_vec(data, &mut out, FlushCompress::Finish)
            .unwrap();
        out
    }

    #[test]
    fn stops_at_the_end_of_the_member() {
        let mut both = gzip(b"one");
        let first = both.len();
        both.extend(gzip(b"two"));
        let mut inflate = Inflate::new(Format::Gzip, 100);
        assert_eq!(inflate.feed(&both, false).unwrap(), first);
        assert!(inflate.done());
        assert_eq!(inflate.take(), b"one");
    }

    #[test]
    fn keeps_only_what_is_asked_and_counts_the_rest() {
        let data = vec![b'x'; 300_000];
        let member = gzip(&data);
        for step in [1, 7, 1000, member.len()] {
            let mut inflate = Inflate::new(Format::Gzip, 1000);
            for piece in member.chunks(step) {
                assert_eq!(inflate.feed(piece, false).unwrap(), piece.len());
            }
            assert!(inflate.done());
            assert_eq!(inflate.total(), 300_000);
            assert_eq!(inflate.take().len(), 1000);
        }
        let mut inflate = Inflate::new(Format::Gzip, 1000);
        inflate.feed(&member, true).unwrap();
        assert!(!inflate.done() && inflate.total() < 100_000);
    }

    #[test]
    fn a_wrong_check_sum_is_seen() {
        let mut member = gzip(b"some text");
        let at = member.len() - 6;
        member[at] ^= 1;
        let mut inflate = Inflate::new(Format::Gzip, 100);
        assert!(inflate.feed(&member, false).is_err());
    }

    #[test]
    fn a_cut_member_is_not_done() {
        let member = gzip(b"some text that is long enough to be cut");
        let mut inflate = Inflate::new(Format::Gzip, 100);
        inflate.feed(&member[..member.len() - 3], false).unwrap();
        assert!(!inflate.done());
    }
}
