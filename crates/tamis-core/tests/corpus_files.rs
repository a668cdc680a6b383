//! Keys of several shards, grouped by range, joined and looked through, against the plain definition.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tamis_core::corpus::edges::EdgeReader;
use tamis_core::corpus::gather::gather;
use tamis_core::corpus::members::Range;
use tamis_core::corpus::packed::{Key, Row, write_index, write_keys};
use tamis_core::corpus::partition::{Dense, Shards, Slice, partition};
use tamis_core::corpus::stars::{Inputs, Mode, jaccard, stars};
use tamis_core::corpus::union::{NONE, Root};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tamis-corpus-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Keys of documents, two a document, drawn from few values; the high bits spread over partitions.
fn keys_of(document: u64) -> [u64; 2] {
    let mixed = |value: u64| (value + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    [mixed(document * 7 % 41), mixed(100 + document * 13 % 19)]
}

/// A sketch file holds nothing but each document's set of numbers and its id.
fn write_shards(folder: &Folder, rows: &[u64]) -> Shards {
    let (mut keys_files, mut indexes, mut sketches) = (Vec::new(), Vec::new(), Vec::new());
    let mut document = 0;
    for (shard, count) in rows.iter().enumerate() {
        let (mut keys, mut index, mut sketch) = (Vec::new(), Vec::new(), Vec::new());
        for position in 0..*count {
            for (band, key) in keys_of(document).into_iter().enumerate() {
                keys.push(Key {
                    key,
                    position: position as u32,
                    band: band as u16,
                });
            }
            let id = format!("id{document}");
            let set = [document % 41, 1000, 1001, 1002];
            index.push(Row {
                row: position * 2,
                set_at: sketch.len() as u64,
                set_length: 4,
                set_hash: document % 41,
                id_at: sketch.len() as u64 + 32,
                id_length: id.len() as u32,
                ..Row::default()
            });
            sketch.extend(set.iter().flat_map(|value: &u64| value.to_le_bytes()));
            sketch.extend(id.as_bytes());
            document += 1;
        }
        let name = |kind: &str| folder.file(&format!("{kind}-{shard}"));
        write_keys(&name("keys"), &mut keys).unwrap();
        write_index(&name("index"), index.into_iter()).unwrap();
        fs::write(name("sketch"), sketch).unwrap();
        keys_files.push(name("keys"));
        indexes.push(name("index"));
        sketches.push(name("sketch"));
    }
    Shards::new(rows, keys_files, indexes, sketches).unwrap()
}

fn members_of(paths: &[PathBuf]) -> Vec<Vec<u32>> {
    let mut groups = Vec::new();
    for path in paths {
        let mut found: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for record in fs::read(path).unwrap().chunks_exact(8) {
            let value = u64::from_le_bytes(record.try_into().unwrap());
            found.entry(value >> 32).or_default().push(value as u32);
        }
        groups.extend(found.into_values());
    }
    groups.sort();
    groups
}

fn expected_groups(total: u64) -> Vec<Vec<u32>> {
    let mut by_key: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    for document in 0..total {
        for key in keys_of(document) {
            by_key.entry(key).or_default().push(document as u32);
        }
    }
    let mut groups: Vec<Vec<u32>> = by_key
        .into_values()
        .filter(|group| group.len() > 1)
        .collect();
    groups.sort();
    groups
}

fn group(folder: &Folder, shards: &mut Shards, bits: u32) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for number in 0..1 << bits {
        let path = folder.file(&format!("groups-{bits}-{number}"));
        let slice = Slice {
            partition: number,
            bits,
            rows: 0,
        };
        partition(shards, slice, &path, Path::new("/nowhere")).unwrap();
        paths.push(path);
    }
    paths
}

#[test]
fn ranges_and_shards_change_nothing() {
    let folder = Folder::new("ranges");
    for rows in [vec![200], vec![3, 0, 150, 47], vec![50; 4]] {
        let mut shards = write_shards(&folder, &rows);
        for bits in [0, 1, 4] {
            let paths = group(&folder, &mut shards, bits);
            assert_eq!(members_of(&paths), expected_groups(200), "{rows:?} {bits}");
        }
    }
}

#[test]
fn components_and_equal_sets() {
    let folder = Folder::new("stars");
    let mut shards = write_shards(&folder, &[120, 80]);
    let groups = group(&folder, &mut shards, 2);
    let labels = folder.file("labels");
    let found = gather(200, &groups, &[], 0, Root::Least, &labels).unwrap();
    assert_eq!(found.candidates, 200);
    assert_eq!(found.sample_below, u64::MAX);
    let range = Range {
        low: 0,
        high: NONE,
        own_from: 0,
        root_first: false,
    };
    let edges = folder.file("edges");
    let inputs = Inputs {
        labels: &labels,
        groups: &groups,
        edges: &edges,
    };
    let mode = Mode::Checked {
        threshold: 1.0,
        max_candidates: 1000,
    };
    for mode in [Mode::Equal, mode] {
        let outcome = stars(&mut shards, &inputs, range, mode).unwrap();
        assert_eq!(outcome.verdicts.len(), 200);
        for (at, verdict) in outcome.verdicts.iter().enumerate() {
            assert_eq!(verdict.document as usize, at);
            assert_eq!(verdict.centre as usize, at % 41);
            assert_eq!(verdict.rank as usize, at / 41);
            assert_eq!(outcome.ids[at], format!("id{}", at % 41));
        }
    }
    let mut reader = EdgeReader::open(&edges).unwrap();
    let rejected = reader.read(usize::MAX).unwrap();
    assert!(!rejected.is_empty());
    assert!(rejected.iter().all(|edge| edge.similarity == 0.6));
}

#[test]
fn damaged_files_are_refused() {
    let folder = Folder::new("damaged");
    let mut shards = write_shards(&folder, &[20]);
    let keys = folder.file("keys-0");
    let whole = fs::read(&keys).unwrap();
    let slice = Slice {
        partition: 0,
        bits: 0,
        rows: 0,
    };
    for broken in [
        &whole[..whole.len() - 1],
        &whole[..10],
        b"TAMISKY2 and so on",
    ] {
        fs::write(&keys, broken).unwrap();
        let mut shards_again = Shards::new(&[20], vec![keys.clone()], vec![], vec![]).unwrap();
        let error = partition(
            &mut shards_again,
            slice,
            &folder.file("g"),
            &folder.file("o"),
        );
        assert_eq!(error.unwrap_err().kind, "damaged_file");
    }
    fs::remove_file(&keys).unwrap();
    let error = partition(&mut shards, slice, &folder.file("g"), &folder.file("o"));
    assert_eq!(error.unwrap_err().kind, "io");
}

#[test]
fn dense_numbers() {
    let dense = Dense::new(&[3, 0, 2]).unwrap();
    let places = [(0, 0), (0, 1), (0, 2), (2, 0), (2, 1)];
    for (document, (file, position)) in places.into_iter().enumerate() {
        assert_eq!(dense.locate(document as u32), (file, position));
        assert_eq!(dense.of(file, position), document as u32);
    }
    let error = Dense::new(&[u64::from(u32::MAX)]).unwrap_err();
    assert_eq!(error.kind, "too_many_documents");
}

#[test]
fn jaccard_of_sorted_sets() {
    for (one, two, expected) in [
        (&[][..], &[][..], 0.0),
        (&[1, 2], &[], 0.0),
        (&[1, 2, 3], &[1, 2, 3], 1.0),
        (&[1, 2, 3, 9], &[2, 3, 4], 0.4),
    ] {
        assert_eq!(jaccard(one, two), expected);
    }
}
