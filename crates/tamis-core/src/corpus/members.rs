//! The documents of a range of components, in survivor order, and the groups they are in.
use std::path::{Path, PathBuf};

use super::files::{Records, u32_of};
use super::packed::{Row, read_row};
use super::partition::{Shards, member_of};
use super::union::NONE;
use crate::error::Result;

/// A document that shares a band with another one.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    pub document: u32,
    pub label: u32,
    pub file: u32,
    /// Of an older run (`against`): always kept, and before all of this run's.
    pub older: bool,
    pub row: Row,
}

/// Components whose labels lie in `low..high` (`NONE` is no bound).
#[derive(Debug, Clone, Copy)]
pub struct Range {
    pub low: u32,
    pub high: u32,
    /// The first document of this run; those before are of older runs.
    pub own_from: u32,
    /// The component's root comes first, as the references keep it.
    pub root_first: bool,
}

/// All members of the range by component and survivor order; ties by the engine's order.
pub fn members(shards: &mut Shards, labels: &Path, range: Range) -> Result<Vec<Member>> {
    let mut found = Vec::new();
    let mut records = Records::open(labels, 4)?;
    let mut document = 0;
    while let Some(record) = records.next_record()? {
        let label = u32_of(record);
        if label != NONE && label >= range.low && label < range.high {
            let (file, position) = shards.dense.locate(document);
            let older = document < range.own_from;
            let mut row = read_row(&mut shards.indexes, file, position)?;
            if older {
                row.order = 0;
            } else if range.root_first {
                row.order = u64::from(label != document);
            }
            found.push(Member {
                document,
                label,
                file: file as u32,
                older,
                row,
            });
        }
        document += 1;
    }
    found.sort_unstable_by_key(|member| {
        (
            member.label,
            !member.older,
            member.row.order,
            member.document,
        )
    });
    Ok(found)
}

/// For each member the groups it is in: `of(i)` in the order of `members`.
#[derive(Debug)]
pub struct Memberships {
    starts: Vec<usize>,
    groups: Vec<u32>,
    /// Groups are numbered from 0 within the range.
    pub count: u32,
}

impl Memberships {
    pub fn of(&self, member: usize) -> &[u32] {
        &self.groups[self.starts[member]..self.starts[member + 1]]
    }
}

/// Reads all groups files and keeps what belongs to the members.
pub fn memberships(members: &[Member], groups: &[PathBuf]) -> Result<Memberships> {
    let mut places: Vec<(u32, u32)> = members
        .iter()
        .enumerate()
        .map(|(place, member)| (member.document, place as u32))
        .collect();
    places.sort_unstable();
    // A bit for each document: most are other tasks'. How many bits stand before one is its place among ours.
    let last = places.last().map_or(0, |(document, _)| *document as usize);
    let mut ours = vec![0u64; last / 64 + 1];
    for (document, _) in &places {
        ours[*document as usize / 64] |= 1 << (document % 64);
    }
    let mut before = Vec::with_capacity(ours.len());
    let mut count = 0;
    for word in &ours {
        before.push(count);
        count += word.count_ones() as usize;
    }
    let place_of = |document: u32| {
        let at = document as usize / 64;
        let (word, bit) = (*ours.get(at)?, 1u64 << (document % 64));
        let rank = before[at] + (word & (bit - 1)).count_ones() as usize;
        (word & bit != 0).then(|| places[rank].1)
    };
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    let mut count = 0;
    for path in groups {
        let mut records = Records::open(path, 8)?;
        // the members of a group lie in one component: its first member decides for all
        let mut open: Option<(u32, Option<u32>)> = None;
        while let Some(record) = records.next_record()? {
            let (group, document) = member_of(record);
            if open.is_none_or(|(before, _)| before != group) {
                let inside = place_of(document).map(|_| count);
                count += u32::from(inside.is_some());
                open = Some((group, inside));
            }
            if let Some((_, Some(number))) = open {
                pairs.extend(place_of(document).map(|place| (place, number)));
            }
        }
    }
    pairs.sort_unstable();
    let mut starts = vec![0; members.len() + 1];
    for (place, _) in &pairs {
        starts[*place as usize + 1] += 1;
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    Ok(Memberships {
        starts,
        groups: pairs.into_iter().map(|(_, group)| group).collect(),
        count,
    })
}
