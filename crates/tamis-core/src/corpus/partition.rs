//! One range of band keys, merged over all shards: the groups of documents that share a key.
//!
//! A streaming merge: a key that all documents share needs no more memory than one that two share. The
//! groups file holds `group << 32 | document` for each member, group by group, members ascending.
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};

use super::files::{Files, Output, u64_of};
use super::packed::{Cursor, read_row};
use crate::error::{CoreError, Result};

/// Bytes of keys held in memory over all files.
const BUFFER_BYTES: usize = 32 << 20;
const MEMORY_OF_A_KEY: usize = 48;

/// The documents of a corpus step: (file, position) as one dense number in the engine's order.
#[derive(Debug, Clone)]
pub struct Dense {
    bases: Vec<u64>,
}

impl Dense {
    pub fn new(rows: &[u64]) -> Result<Self> {
        let mut bases = vec![0];
        let mut total = 0;
        for count in rows {
            total += count;
            bases.push(total);
        }
        // the largest number stands for "no document"
        if total >= u64::from(u32::MAX) {
            return Err(CoreError::new("too_many_documents").with("documents", total));
        }
        Ok(Dense { bases })
    }

    pub fn total(&self) -> usize {
        self.bases.last().copied().unwrap_or(0) as usize
    }

    pub fn of(&self, file: usize, position: u32) -> u32 {
        (self.bases[file] + u64::from(position)) as u32
    }

    pub fn locate(&self, document: u32) -> (usize, u32) {
        let document = u64::from(document);
        let file = self.bases.partition_point(|base| *base <= document) - 1;
        (file, (document - self.bases[file]) as u32)
    }

    /// The first document of a file.
    pub fn start(&self, file: usize) -> u32 {
        self.bases[file] as u32
    }
}

/// The files of all shards, in the engine's order.
#[derive(Debug)]
pub struct Shards {
    pub dense: Dense,
    pub keys: Files,
    pub indexes: Files,
    pub sketches: Files,
}

impl Shards {
    pub fn new(
        rows: &[u64],
        keys: Vec<PathBuf>,
        indexes: Vec<PathBuf>,
        sketches: Vec<PathBuf>,
    ) -> Result<Self> {
        Ok(Shards {
            dense: Dense::new(rows)?,
            keys: Files::new(keys),
            indexes: Files::new(indexes),
            sketches: Files::new(sketches),
        })
    }
}

/// Which part of the keys, and how groups are to be ordered.
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    pub partition: u64,
    /// There are `1 << bits` partitions.
    pub bits: u32,
    /// Rows of a band where the groups' order is asked for (the references' order of unions), else 0.
    pub rows: usize,
}

/// What was found in one range.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    pub groups: u64,
    pub members: u64,
}

/// A group's place in the references' order: band, its values, then where its members lie.
struct Place {
    band: u16,
    values: Vec<u64>,
    first: u64,
    count: u64,
}

struct Groups {
    output: Output,
    found: Found,
    first: Option<(u64, u16, u32)>,
    open: bool,
    places: Vec<Place>,
}

impl Groups {
    fn add(&mut self, key: u64, band: u16, document: u32) -> Result<bool> {
        match self.first {
            Some((open, _, first)) if open == key => {
                let starts = !self.open;
                if starts {
                    self.found.groups += 1;
                    self.write(first)?;
                }
                self.open = true;
                self.write(document)?;
                Ok(starts)
            }
            _ => {
                self.first = Some((key, band, document));
                self.open = false;
                Ok(false)
            }
        }
    }

    fn write(&mut self, document: u32) -> Result<()> {
        if self.found.groups > u64::from(u32::MAX) {
            return Err(CoreError::new("too_many_groups").with("groups", self.found.groups));
        }
        let group = self.found.groups - 1;
        self.output
            .write(&(group << 32 | u64::from(document)).to_le_bytes())?;
        self.found.members += 1;
        if let Some(place) = self.places.last_mut() {
            place.count += 1;
        }
        Ok(())
    }
}

/// Merges one range of keys into `groups` (and `order`, the references' order, where `rows` asks for it).
pub fn partition(shards: &mut Shards, slice: Slice, groups: &Path, order: &Path) -> Result<Found> {
    let count = shards.dense.bases.len() - 1;
    let piece = (BUFFER_BYTES / MEMORY_OF_A_KEY / count.max(1)).clamp(256, 1 << 16);
    let mut cursors = Vec::with_capacity(count);
    let mut heap = BinaryHeap::with_capacity(count);
    for file in 0..count {
        let mut cursor = Cursor::open(&mut shards.keys, file, slice.partition, slice.bits, piece)?;
        if let Some(key) = cursor.current(&mut shards.keys)? {
            heap.push(Reverse((key.key, file)));
        }
        cursors.push(cursor);
    }
    let mut found = Groups {
        output: Output::create(groups)?,
        found: Found::default(),
        first: None,
        open: false,
        places: Vec::new(),
    };
    while let Some(mut least) = heap.peek_mut() {
        let Reverse((key, file)) = *least;
        let cursor = &mut cursors[file];
        while let Some(current) = cursor.current(&mut shards.keys)? {
            if current.key != key {
                break;
            }
            let document = shards.dense.of(file, current.position);
            let before = found.first;
            if slice.rows > 0 && !found.open && before.is_some_and(|(open, ..)| open == key) {
                let (_, band, first) = before.unwrap_or_default();
                let place = place_of(shards, slice.rows, band, first, found.found.members)?;
                found.places.push(place);
            }
            found.add(key, current.band, document)?;
            cursor.advance();
        }
        match cursor.current(&mut shards.keys)? {
            Some(next) => *least = Reverse((next.key, file)),
            None => {
                std::collections::binary_heap::PeekMut::pop(least);
            }
        }
    }
    let summary = found.found;
    found.output.finish()?;
    if slice.rows > 0 {
        write_order(order, found.places)?;
    }
    Ok(summary)
}

/// Reads the values of the band that a group shares from its first member's signature.
fn place_of(
    shards: &mut Shards,
    rows: usize,
    band: u16,
    document: u32,
    first: u64,
) -> Result<Place> {
    let (file, position) = shards.dense.locate(document);
    let row = read_row(&mut shards.indexes, file, position)?;
    let offset = row.signature_at + (band as usize * rows * 8) as u64;
    Ok(Place {
        band,
        values: shards.sketches.read_u64s(file, offset, rows)?,
        first,
        count: 0,
    })
}

/// The references read `.dups` files band by band, each sorted by the values of the band.
fn write_order(path: &Path, mut places: Vec<Place>) -> Result<()> {
    places.sort_unstable_by(|one, two| (one.band, &one.values).cmp(&(two.band, &two.values)));
    let mut output = Output::create(path)?;
    for place in &places {
        output.write(&u64::from(place.band).to_le_bytes())?;
        for value in &place.values {
            output.write(&value.to_le_bytes())?;
        }
        output.write(&place.first.to_le_bytes())?;
        output.write(&place.count.to_le_bytes())?;
    }
    output.finish()
}

/// A member of a groups file: group and document.
pub fn member_of(record: &[u8]) -> (u32, u32) {
    let value = u64_of(record);
    ((value >> 32) as u32, value as u32)
}
