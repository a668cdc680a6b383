//! The pairs that were compared, as evidence.
use std::path::Path;

use super::files::{Output, Records, u32_of, u64_of};
use super::members::Member;
use crate::error::Result;

const WIDTH: usize = 32;

/// Documents as file (in the engine's order) and row, the second one kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    pub file: u32,
    pub row: u64,
    pub kept_file: u32,
    pub kept_row: u64,
    pub similarity: f64,
}

pub struct Edges {
    output: Output,
}

impl Edges {
    pub fn create(path: &Path) -> Result<Self> {
        Ok(Edges {
            output: Output::create(path)?,
        })
    }

    pub fn write(&mut self, one: &Member, kept: &Member, similarity: f64) -> Result<()> {
        self.output.write(&one.file.to_le_bytes())?;
        self.output.write(&kept.file.to_le_bytes())?;
        self.output.write(&one.row.row.to_le_bytes())?;
        self.output.write(&kept.row.row.to_le_bytes())?;
        self.output.write(&similarity.to_le_bytes())
    }

    pub fn finish(self) -> Result<()> {
        self.output.finish()
    }
}

/// Reads a file of edges from front to back.
pub struct EdgeReader {
    records: Records,
}

impl EdgeReader {
    pub fn open(path: &Path) -> Result<Self> {
        Ok(EdgeReader {
            records: Records::open(path, WIDTH)?,
        })
    }

    /// At most `count` further edges; none at the end.
    pub fn read(&mut self, count: usize) -> Result<Vec<Edge>> {
        let mut edges = Vec::new();
        while edges.len() < count {
            let Some(record) = self.records.next_record()? else {
                break;
            };
            edges.push(Edge {
                file: u32_of(record),
                kept_file: u32_of(&record[4..]),
                row: u64_of(&record[8..]),
                kept_row: u64_of(&record[16..]),
                similarity: f64::from_bits(u64_of(&record[24..])),
            });
        }
        Ok(edges)
    }
}
