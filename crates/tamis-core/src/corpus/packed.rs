//! What `pack` makes of one shard's sketches: its band keys sorted, and where the rest of a row lies.
use std::path::Path;

use super::files::{Files, Output, damaged, u32_of, u64_of};
use crate::error::Result;

const KEYS: &[u8; 8] = b"TAMISKY1";
const INDEX: &[u8; 8] = b"TAMISIX1";
const HEADER: u64 = 16;
const ROW_BYTES: u64 = 56;

/// One key of one document: position of the row in its sketch file, and the band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub key: u64,
    pub position: u32,
    pub band: u16,
}

/// Writes keys sorted by (key, position), column by column: 14 bytes a key.
pub fn write_keys(path: &Path, keys: &mut [Key]) -> Result<()> {
    keys.sort_unstable();
    let mut output = Output::create(path)?;
    output.write(KEYS)?;
    output.write(&(keys.len() as u64).to_le_bytes())?;
    for key in keys.iter() {
        output.write(&key.key.to_le_bytes())?;
    }
    for key in keys.iter() {
        output.write(&key.position.to_le_bytes())?;
    }
    for key in keys.iter() {
        output.write(&key.band.to_le_bytes())?;
    }
    output.finish()
}

/// Where the parts of a row lie in its sketch file, and what clustering asks of it most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Row {
    pub row: u64,
    /// Place in the survivor order: smaller comes first, the largest number is "missing".
    pub order: u64,
    pub set_hash: u64,
    pub set_at: u64,
    pub id_at: u64,
    pub signature_at: u64,
    pub set_length: u32,
    pub id_length: u32,
}

impl Row {
    fn to_bytes(self) -> [u8; ROW_BYTES as usize] {
        let mut bytes = [0u8; ROW_BYTES as usize];
        let numbers = [
            self.row,
            self.order,
            self.set_hash,
            self.set_at,
            self.id_at,
            self.signature_at,
            u64::from(self.set_length) | u64::from(self.id_length) << 32,
        ];
        for (place, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Row {
        let number = |at: usize| u64_of(&bytes[at * 8..]);
        Row {
            row: number(0),
            order: number(1),
            set_hash: number(2),
            set_at: number(3),
            id_at: number(4),
            signature_at: number(5),
            set_length: number(6) as u32,
            id_length: (number(6) >> 32) as u32,
        }
    }
}

pub fn write_index(path: &Path, rows: impl ExactSizeIterator<Item = Row>) -> Result<()> {
    let mut output = Output::create(path)?;
    output.write(INDEX)?;
    output.write(&(rows.len() as u64).to_le_bytes())?;
    for row in rows {
        output.write(&row.to_bytes())?;
    }
    output.finish()
}

pub fn read_row(indexes: &mut Files, file: usize, position: u32) -> Result<Row> {
    let mut bytes = [0u8; ROW_BYTES as usize];
    indexes.read_at(file, HEADER + u64::from(position) * ROW_BYTES, &mut bytes)?;
    Ok(Row::from_bytes(&bytes))
}

/// The keys of one file within a range, read in pieces.
#[derive(Debug)]
pub struct Cursor {
    file: usize,
    total: u64,
    /// The next key to read from disk, and where the range ends.
    next: u64,
    end: u64,
    piece: usize,
    buffer: Vec<Key>,
    at: usize,
}

impl Cursor {
    /// All keys whose leading `bits` bits are `partition`.
    pub fn open(
        files: &mut Files,
        file: usize,
        partition: u64,
        bits: u32,
        piece: usize,
    ) -> Result<Self> {
        let mut header = [0u8; HEADER as usize];
        files.read_at(file, 0, &mut header)?;
        if &header[..8] != KEYS {
            return Err(damaged(files.path(file)));
        }
        let total = u64_of(&header[8..]);
        let (mut next, mut end) = (0, total);
        if bits > 0 {
            let shift = 64 - bits;
            next = lower_bound(files, file, total, partition << shift)?;
            if partition + 1 < 1 << bits {
                end = lower_bound(files, file, total, (partition + 1) << shift)?;
            }
        }
        Ok(Cursor {
            file,
            total,
            next,
            end,
            piece: piece.max(1),
            buffer: Vec::new(),
            at: 0,
        })
    }

    /// The key under the cursor, None after the last.
    pub fn current(&mut self, files: &mut Files) -> Result<Option<Key>> {
        if self.at == self.buffer.len() {
            if self.next == self.end {
                return Ok(None);
            }
            self.refill(files)?;
        }
        Ok(Some(self.buffer[self.at]))
    }

    pub fn advance(&mut self) {
        self.at += 1;
    }

    fn refill(&mut self, files: &mut Files) -> Result<()> {
        let count = self.piece.min((self.end - self.next) as usize);
        let keys = files.read_u64s(self.file, HEADER + self.next * 8, count)?;
        let mut positions = vec![0u8; count * 4];
        let positions_at = HEADER + self.total * 8 + self.next * 4;
        files.read_at(self.file, positions_at, &mut positions)?;
        let mut bands = vec![0u8; count * 2];
        let bands_at = HEADER + self.total * 12 + self.next * 2;
        files.read_at(self.file, bands_at, &mut bands)?;
        self.buffer.clear();
        self.buffer.extend((0..count).map(|index| Key {
            key: keys[index],
            position: u32_of(&positions[index * 4..]),
            band: u16::from_le_bytes([bands[index * 2], bands[index * 2 + 1]]),
        }));
        self.next += count as u64;
        self.at = 0;
        Ok(())
    }
}

/// The first of `total` sorted keys that is at least `bound`.
fn lower_bound(files: &mut Files, file: usize, total: u64, bound: u64) -> Result<u64> {
    let (mut low, mut high) = (0, total);
    let mut key = [0u8; 8];
    while low < high {
        let middle = (low + high) / 2;
        files.read_at(file, HEADER + middle * 8, &mut key)?;
        if u64::from_le_bytes(key) < bound {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
