//! From the groups of all partitions to the connected component of each document.
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::files::{Files, Output, Records, u64_of};
use super::partition::member_of;
use super::union::{NONE, Root, UnionFind};
use crate::error::Result;

/// Documents of one later task, at least; more where there are many: never over 64 tasks. Each task reads all labels
/// and groups, so that many small ones would cost more than the work itself.
const PART_DOCUMENTS: u64 = 1 << 18;
const MOST_PARTS: u64 = 64;
/// Removed documents whose true similarity is measured where all are not.
const SAMPLE: usize = 10_000;

/// What is written and how the work goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    /// Documents that share a key with another one.
    pub candidates: u64,
    pub components: u64,
    /// Ranges of labels, each for one task; the last is open.
    pub cuts: Vec<u32>,
    /// Documents whose `sample_hash` is at most this are measured.
    pub sample_below: u64,
}

/// Of a document, for a sample that depends on nothing but its place.
pub fn sample_hash(document: u32) -> u64 {
    xxh3_64_with_seed(&document.to_le_bytes(), 0x5a4d_504c)
}

/// Joins the members of all groups and writes each document's root (4 bytes a document, `NONE` for one
/// in no group). `orders` gives the references' order of unions, with the `rows` values of a band in each
/// record, and goes with roots that depend on it.
pub fn gather(
    documents: usize,
    groups: &[PathBuf],
    orders: &[PathBuf],
    rows: usize,
    root: Root,
    labels: &Path,
) -> Result<Components> {
    let mut sets = UnionFind::new(documents, root);
    if orders.is_empty() {
        for path in groups {
            join_in_file_order(path, &mut sets)?;
        }
    } else {
        join_in_order(groups, orders, rows, &mut sets)?;
    }
    write_labels(documents, &mut sets, labels)
}

fn join_in_file_order(path: &Path, sets: &mut UnionFind) -> Result<()> {
    let mut records = Records::open(path, 8)?;
    let mut before: Option<(u32, u32)> = None;
    while let Some(record) = records.next_record()? {
        let (group, document) = member_of(record);
        match before {
            Some((open, last)) if open == group => sets.union(last, document),
            _ => {}
        }
        before = Some((group, document));
    }
    Ok(())
}

/// Merges the partitions by (band, values) and joins each member with its predecessor.
fn join_in_order(
    groups: &[PathBuf],
    orders: &[PathBuf],
    rows: usize,
    sets: &mut UnionFind,
) -> Result<()> {
    let mut members = Files::new(groups.to_vec());
    let mut heap = BinaryHeap::new();
    let mut streams = Vec::with_capacity(orders.len());
    for (partition, path) in orders.iter().enumerate() {
        let mut stream = Records::open(path, (rows + 3) * 8)?;
        if let Some(place) = next_place(&mut stream)? {
            heap.push(Reverse((place, partition)));
        }
        streams.push(stream);
    }
    while let Some(Reverse((place, partition))) = heap.pop() {
        if let [.., first, count] = place[..] {
            let mut before = None;
            for at in 0..count {
                let mut record = [0u8; 8];
                members.read_at(partition, (first + at) * 8, &mut record)?;
                let (_, document) = member_of(&record);
                if let Some(last) = before {
                    sets.union(last, document);
                }
                before = Some(document);
            }
        }
        if let Some(next) = next_place(&mut streams[partition])? {
            heap.push(Reverse((next, partition)));
        }
    }
    Ok(())
}

/// Band, values, first member, count: compares as the references' order does.
fn next_place(stream: &mut Records) -> Result<Option<Vec<u64>>> {
    let record = stream.next_record()?;
    Ok(record.map(|bytes| bytes.chunks_exact(8).map(u64_of).collect()))
}

fn write_labels(documents: usize, sets: &mut UnionFind, path: &Path) -> Result<Components> {
    let mut output = Output::create(path)?;
    // counted by ranges of labels, so that memory does not grow with the corpus
    let shift = (usize::BITS - documents.leading_zeros()).saturating_sub(16);
    let mut histogram = vec![0u64; (documents >> shift) + 1];
    let mut sample = BinaryHeap::new();
    let (mut candidates, mut components) = (0, 0);
    for document in 0..documents as u32 {
        let label = if sets.is_joined(document) {
            let root = sets.find(document);
            candidates += 1;
            histogram[root as usize >> shift] += 1;
            if root == document {
                components += 1;
            } else {
                sample.push(sample_hash(document));
                if sample.len() > SAMPLE {
                    sample.pop();
                }
            }
            root
        } else {
            NONE
        };
        output.write(&label.to_le_bytes())?;
    }
    output.finish()?;
    let per_part = PART_DOCUMENTS.max(candidates / MOST_PARTS + 1);
    let mut cuts = Vec::new();
    let mut sum = 0;
    for (bucket, count) in histogram.iter().enumerate() {
        if sum >= per_part {
            cuts.push((bucket << shift) as u32);
            sum = 0;
        }
        sum += count;
    }
    let all_measured = sample.len() < SAMPLE;
    Ok(Components {
        candidates,
        components,
        cuts,
        sample_below: match sample.peek() {
            Some(largest) if !all_measured => *largest,
            _ => u64::MAX,
        },
    })
}
