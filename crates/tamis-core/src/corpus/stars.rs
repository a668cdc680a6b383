//! Stars: which documents are kept, and which kept one each of the others goes with.
//!
//! Three ways: a whole component is one star (`components`, as the references); documents of one hash are
//! one star (`equal`); a document joins the first kept one whose set of shingles is similar enough, of
//! those that share a band with it, earliest first (`checked`).
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::edges::Edges;
use super::gather::sample_hash;
use super::members::{Member, Memberships, Range, members, memberships};
use super::partition::Shards;
use crate::error::Result;

/// Bytes of sets of kept documents held while a component is looked through.
const CACHE_BYTES: usize = 96 << 20;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    /// `sample_below`: removed documents whose similarity is measured (see `gather::sample_hash`).
    Components {
        sample_below: u64,
    },
    Equal,
    Checked {
        threshold: f64,
        max_candidates: usize,
    },
}

/// A document of a star of two or more. `rank` 0 is the centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    pub document: u32,
    pub centre: u32,
    pub rank: u32,
    pub size: u32,
    /// To the centre; None for the centre itself and where it was not measured.
    pub similarity: Option<f64>,
}

#[derive(Debug, Default)]
pub struct Outcome {
    /// By document; those of older runs are left out.
    pub verdicts: Vec<Verdict>,
    /// The centre's id beside each verdict.
    pub ids: Vec<String>,
    /// Documents kept because they reached the bound of candidates.
    pub capped: u64,
    /// Pairs whose sets were compared.
    pub compared: u64,
    pub edges: u64,
}

/// Jaccard similarity of two sorted sets.
pub fn jaccard(one: &[u64], two: &[u64]) -> f64 {
    let (mut at, mut other, mut common) = (0, 0, 0usize);
    while at < one.len() && other < two.len() {
        let (left, right) = (one[at], two[other]);
        common += usize::from(left == right);
        at += usize::from(left <= right);
        other += usize::from(right <= left);
    }
    let union = one.len() + two.len() - common;
    if union == 0 {
        return 0.0;
    }
    common as f64 / union as f64
}

/// Where the range's files lie.
#[derive(Debug)]
pub struct Inputs<'a> {
    pub labels: &'a Path,
    pub groups: &'a [PathBuf],
    /// Gets the compared pairs.
    pub edges: &'a Path,
}

/// Decides on the components of one range.
pub fn stars(
    shards: &mut Shards,
    inputs: &Inputs<'_>,
    range: Range,
    mode: Mode,
) -> Result<Outcome> {
    let members = members(shards, inputs.labels, range)?;
    let groups = match mode {
        Mode::Checked { .. } => Some(memberships(&members, inputs.groups)?),
        _ => None,
    };
    let mut work = Work {
        shards,
        members: &members,
        joined: vec![None; members.len()],
        edges: Edges::create(inputs.edges)?,
        outcome: Outcome::default(),
    };
    let mut start = 0;
    while start < members.len() {
        let label = members[start].label;
        let length = members[start..].partition_point(|member| member.label == label);
        let component = start..start + length;
        match (mode, &groups) {
            (Mode::Components { sample_below }, _) => work.one_star(component, sample_below)?,
            (Mode::Equal, _) => work.equal(component),
            (
                Mode::Checked {
                    threshold,
                    max_candidates,
                },
                Some(groups),
            ) => Checked {
                work: &mut work,
                groups,
                threshold,
                max_candidates,
                kept: HashMap::new(),
                sets: HashMap::new(),
                bytes: 0,
            }
            .component(component)?,
            (Mode::Checked { .. }, None) => {}
        }
        start += length;
    }
    work.finish()
}

/// Which kept member a member goes with, and how similar they are.
type Joined = Option<(usize, Option<f64>)>;

struct Work<'a> {
    shards: &'a mut Shards,
    members: &'a [Member],
    joined: Vec<Joined>,
    edges: Edges,
    outcome: Outcome,
}

impl Work<'_> {
    fn set(&mut self, member: usize) -> Result<Vec<u64>> {
        let Member { file, row, .. } = self.members[member];
        self.shards
            .sketches
            .read_u64s(file as usize, row.set_at, row.set_length as usize)
    }

    fn edge(&mut self, one: usize, two: usize, similarity: f64) -> Result<()> {
        self.outcome.edges += 1;
        self.edges
            .write(&self.members[one], &self.members[two], similarity)
    }

    fn one_star(&mut self, component: std::ops::Range<usize>, sample_below: u64) -> Result<()> {
        let centre = component.start;
        for member in component.skip(1) {
            let Member {
                document,
                older,
                row,
                ..
            } = self.members[member];
            if older {
                continue;
            }
            let mut similarity = None;
            if row.set_length > 0 && sample_hash(document) <= sample_below {
                let measured = jaccard(&self.set(centre)?, &self.set(member)?);
                self.outcome.compared += 1;
                self.edge(member, centre, measured)?;
                similarity = Some(measured);
            }
            self.joined[member] = Some((centre, similarity));
        }
        Ok(())
    }

    fn equal(&mut self, component: std::ops::Range<usize>) {
        let mut first = HashMap::new();
        for member in component {
            let Member { row, older, .. } = self.members[member];
            let centre = *first.entry(row.set_hash).or_insert(member);
            if centre != member && !older {
                self.joined[member] = Some((centre, Some(1.0)));
            }
        }
    }

    /// Ranks and sizes of all stars, by document.
    fn finish(mut self) -> Result<Outcome> {
        let mut sizes = vec![1u32; self.members.len()];
        let mut ranks = vec![0u32; self.members.len()];
        for (member, joined) in self.joined.iter().enumerate() {
            if let Some((centre, _)) = joined {
                ranks[member] = sizes[*centre];
                sizes[*centre] += 1;
            }
        }
        let mut order: Vec<usize> = (0..self.members.len()).collect();
        order.sort_unstable_by_key(|member| self.members[*member].document);
        for member in order {
            let (centre, similarity) = self.joined[member].unwrap_or((member, None));
            if self.members[member].older || sizes[centre] < 2 {
                continue;
            }
            self.outcome.verdicts.push(Verdict {
                document: self.members[member].document,
                centre: self.members[centre].document,
                rank: ranks[member],
                size: sizes[centre],
                similarity,
            });
            let id = self.id(centre)?;
            self.outcome.ids.push(id);
        }
        self.edges.finish()?;
        Ok(self.outcome)
    }

    fn id(&mut self, member: usize) -> Result<String> {
        let Member { file, row, .. } = self.members[member];
        let mut bytes = vec![0; row.id_length as usize];
        let sketches = &mut self.shards.sketches;
        sketches.read_at(file as usize, row.id_at, &mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// One component looked through in survivor order.
struct Checked<'a, 'b> {
    work: &'a mut Work<'b>,
    groups: &'a Memberships,
    threshold: f64,
    max_candidates: usize,
    /// Kept members of each group, in survivor order.
    kept: HashMap<u32, Vec<u32>>,
    sets: HashMap<usize, Vec<u64>>,
    bytes: usize,
}

impl Checked<'_, '_> {
    fn component(mut self, component: std::ops::Range<usize>) -> Result<()> {
        // equal sets are in the same groups, so they meet the same candidates and end the same way:
        // a corpus of copies costs one look each
        let mut equal: HashMap<u64, Joined> = HashMap::new();
        for member in component {
            let Member { older, row, .. } = self.work.members[member];
            if older {
                self.keep(member);
                equal
                    .entry(row.set_hash)
                    .or_insert(Some((member, Some(1.0))));
                continue;
            }
            if let Some(known) = equal.get(&row.set_hash) {
                self.work.joined[member] = *known;
                continue;
            }
            let joined = self.look(member)?;
            self.work.joined[member] = joined;
            if joined.is_none() {
                self.keep(member);
            }
            equal.insert(row.set_hash, joined.or(Some((member, Some(1.0)))));
        }
        Ok(())
    }

    fn keep(&mut self, member: usize) {
        for group in self.groups.of(member) {
            self.kept.entry(*group).or_default().push(member as u32);
        }
    }

    /// The first kept candidate at the threshold.
    fn look(&mut self, member: usize) -> Result<Joined> {
        let candidates = self.candidates(member);
        if candidates.is_empty() {
            return Ok(None);
        }
        let own = self.work.set(member)?;
        for candidate in &candidates {
            let similarity = self.similarity(&own, *candidate as usize)?;
            self.work.outcome.compared += 1;
            if similarity >= self.threshold {
                return Ok(Some((*candidate as usize, Some(similarity))));
            }
            self.work.edge(member, *candidate as usize, similarity)?;
        }
        self.work.outcome.capped += u64::from(candidates.len() == self.max_candidates);
        Ok(None)
    }

    fn candidates(&self, member: usize) -> Vec<u32> {
        let mut found = Vec::new();
        for group in self.groups.of(member) {
            if let Some(kept) = self.kept.get(group) {
                found.extend_from_slice(&kept[..kept.len().min(self.max_candidates)]);
            }
        }
        found.sort_unstable();
        found.dedup();
        found.truncate(self.max_candidates);
        found
    }

    fn similarity(&mut self, own: &[u64], candidate: usize) -> Result<f64> {
        if let Some(set) = self.sets.get(&candidate) {
            return Ok(jaccard(own, set));
        }
        let set = self.work.set(candidate)?;
        let similarity = jaccard(own, &set);
        if self.bytes < CACHE_BYTES {
            self.bytes += set.len() * 8;
            self.sets.insert(candidate, set);
        }
        Ok(similarity)
    }
}
