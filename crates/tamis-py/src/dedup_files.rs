//! The tasks of corpus steps: files in, files out.
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, Float64Array, Int64Array, LargeStringArray, UInt32Array,
    UInt64Array,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tamis_core::corpus::edges::EdgeReader;
use tamis_core::corpus::gather::gather;
use tamis_core::corpus::members::Range;
use tamis_core::corpus::packed::{Key, Row, write_index, write_keys};
use tamis_core::corpus::partition::{Shards, Slice, partition};
use tamis_core::corpus::stars::{Inputs, Mode, Outcome, stars};
use tamis_core::corpus::union::{NONE, Root};
use tamis_core::error::CoreError;

use crate::arrow::{ArrowArray, import};
use crate::error::core_error;

/// Where the bytes of an array lie within the mapped sketch file.
struct Mapped {
    base: usize,
    size: usize,
}

impl Mapped {
    fn at<T>(&self, slice: &[T]) -> PyResult<u64> {
        let address = slice.as_ptr() as usize;
        let inside = address >= self.base && address + size_of_val(slice) <= self.base + self.size;
        if !inside && !slice.is_empty() {
            // compressed buffers are inflated elsewhere, and then nothing can be read in place
            return Err(core_error(CoreError::new("sketch_not_mapped")));
        }
        Ok(address.saturating_sub(self.base) as u64)
    }
}

fn unexpected(column: &str) -> PyErr {
    core_error(CoreError::new("unexpected_type").with("column", column))
}

fn numbers_of<'a>(values: &'a ArrayRef, column: &str) -> PyResult<&'a [u64]> {
    match values.as_primitive_opt::<UInt64Type>() {
        Some(numbers) => Ok(numbers.values()),
        None => Err(unexpected(column)),
    }
}

/// One record batch of a sketch file.
struct Batch {
    columns: HashMap<String, ArrayRef>,
}

impl Batch {
    fn import(columns: &HashMap<String, Bound<'_, PyAny>>) -> PyResult<Self> {
        let columns = columns
            .iter()
            .map(|(name, value)| Ok((name.clone(), import(value)?)));
        Ok(Batch {
            columns: columns.collect::<PyResult<_>>()?,
        })
    }

    fn column(&self, name: &str) -> PyResult<&ArrayRef> {
        self.columns
            .get(name)
            .ok_or_else(|| core_error(CoreError::new("missing_column").with("name", name)))
    }

    fn numbers(&self, name: &str) -> Option<&UInt64Array> {
        self.columns.get(name)?.as_primitive_opt::<UInt64Type>()
    }

    /// A column of lists of one size, with the numbers in them.
    fn lists(&self, name: &str) -> PyResult<(&FixedSizeListArray, &[u64])> {
        let lists = self.column(name)?.as_fixed_size_list_opt();
        let lists = lists.ok_or_else(|| unexpected(name))?;
        Ok((lists, numbers_of(lists.values(), name)?))
    }

    fn keys(&self, first: u32, into: &mut Vec<Key>) -> PyResult<()> {
        let (keys, values) = self.lists("keys")?;
        let size = keys.value_length() as usize;
        for row in (0..keys.len()).filter(|row| keys.is_valid(*row)) {
            let start = keys.value_offset(row) as usize;
            let of_row = &values[start..start + size];
            into.extend(of_row.iter().enumerate().map(|(band, key)| Key {
                key: *key,
                position: first + row as u32,
                band: band as u16,
            }));
        }
        Ok(())
    }

    fn rows(&self, mapped: &Mapped, into: &mut Vec<Row>) -> PyResult<()> {
        let rows = self.column("row")?.as_primitive_opt::<Int64Type>();
        let rows = rows.ok_or_else(|| unexpected("row"))?.values();
        let ids = self.column("id")?.as_string_opt::<i64>();
        let ids = ids.ok_or_else(|| unexpected("id"))?;
        let orders = self.numbers("order");
        let hashes = self.numbers("set_hash");
        for (at, row) in rows.iter().enumerate() {
            let id = ids.value(at);
            let (set_at, set_length) = self.set(mapped, at)?;
            into.push(Row {
                row: *row as u64,
                order: orders.map_or(0, |orders| orders.value(at)),
                set_hash: hashes.map_or(0, |hashes| hashes.value(at)),
                set_at,
                set_length,
                id_at: mapped.at(id.as_bytes())?,
                id_length: id.len() as u32,
                signature_at: self.signature(mapped, at)?,
            });
        }
        Ok(())
    }

    fn set(&self, mapped: &Mapped, row: usize) -> PyResult<(u64, u32)> {
        let Some(sets) = self.columns.get("shingles") else {
            return Ok((0, 0));
        };
        let sets = sets.as_list_opt::<i64>();
        let sets = sets.ok_or_else(|| unexpected("shingles"))?;
        let offsets = &sets.value_offsets()[row..row + 2];
        let values = numbers_of(sets.values(), "shingles")?;
        let set = &values[offsets[0] as usize..offsets[1] as usize];
        Ok((mapped.at(set)?, set.len() as u32))
    }

    fn signature(&self, mapped: &Mapped, row: usize) -> PyResult<u64> {
        if !self.columns.contains_key("signature") {
            return Ok(0);
        }
        let (signatures, values) = self.lists("signature")?;
        let size = signatures.value_length() as usize;
        let start = signatures.value_offset(row) as usize;
        mapped.at(&values[start..start + size])
    }
}

/// Writes the sorted keys and the index of one sketch file, mapped at `base`; returns the number of keys.
#[pyfunction]
#[pyo3(signature = (batches, *, base, size, keys, index))]
fn pack_sketch(
    py: Python<'_>,
    batches: Vec<HashMap<String, Bound<'_, PyAny>>>,
    base: usize,
    size: usize,
    keys: PathBuf,
    index: PathBuf,
) -> PyResult<usize> {
    let batches: Vec<Batch> = batches.iter().map(Batch::import).collect::<PyResult<_>>()?;
    py.detach(|| {
        let mapped = Mapped { base, size };
        let (mut packed, mut rows) = (Vec::new(), Vec::new());
        for batch in &batches {
            batch.keys(rows.len() as u32, &mut packed)?;
            batch.rows(&mapped, &mut rows)?;
        }
        write_keys(&keys, &mut packed).map_err(core_error)?;
        write_index(&index, rows.into_iter()).map_err(core_error)?;
        Ok(packed.len())
    })
}

fn shards(
    rows: &[u64],
    keys: Vec<PathBuf>,
    indexes: Vec<PathBuf>,
    sketches: Vec<PathBuf>,
) -> PyResult<Shards> {
    Shards::new(rows, keys, indexes, sketches).map_err(core_error)
}

/// Merges one of `1 << bits` ranges of keys; returns (groups, members). `band_rows` > 0 also writes `order`.
#[pyfunction]
#[pyo3(signature = (*, rows, keys, indexes, sketches, partition, bits, band_rows, groups, order))]
#[expect(clippy::too_many_arguments)]
fn group_keys(
    py: Python<'_>,
    rows: Vec<u64>,
    keys: Vec<PathBuf>,
    indexes: Vec<PathBuf>,
    sketches: Vec<PathBuf>,
    partition: u64,
    bits: u32,
    band_rows: usize,
    groups: PathBuf,
    order: PathBuf,
) -> PyResult<(u64, u64)> {
    let mut shards = shards(&rows, keys, indexes, sketches)?;
    let slice = Slice {
        partition,
        bits,
        rows: band_rows,
    };
    let found = py
        .detach(|| self::partition(&mut shards, slice, &groups, &order))
        .map_err(core_error)?;
    Ok((found.groups, found.members))
}

/// Joins all groups; writes the labels; returns candidates, components, cuts and the bound of the sample.
#[pyfunction]
#[pyo3(signature = (*, documents, groups, orders, band_rows, root, labels))]
fn join_groups<'py>(
    py: Python<'py>,
    documents: usize,
    groups: Vec<PathBuf>,
    orders: Vec<PathBuf>,
    band_rows: usize,
    root: &str,
    labels: PathBuf,
) -> PyResult<Bound<'py, PyDict>> {
    let root = match root {
        "bigger" => Root::Bigger,
        "first" => Root::First,
        _ => Root::Least,
    };
    let found = py
        .detach(|| gather(documents, &groups, &orders, band_rows, root, &labels))
        .map_err(core_error)?;
    let summary = PyDict::new(py);
    summary.set_item("candidates", found.candidates)?;
    summary.set_item("components", found.components)?;
    summary.set_item("cuts", found.cuts)?;
    summary.set_item("sample_below", found.sample_below)?;
    Ok(summary)
}

/// Decides on the components with labels in `low..high`; see `tamis_core::corpus::stars`.
#[pyfunction]
#[pyo3(signature = (*, rows, indexes, sketches, labels, groups, low, high, own_from, root_first, mode,
    threshold, max_candidates, sample_below, edges))]
#[expect(clippy::too_many_arguments)]
fn find_stars<'py>(
    py: Python<'py>,
    rows: Vec<u64>,
    indexes: Vec<PathBuf>,
    sketches: Vec<PathBuf>,
    labels: PathBuf,
    groups: Vec<PathBuf>,
    low: u32,
    high: Option<u32>,
    own_from: u32,
    root_first: bool,
    mode: &str,
    threshold: f64,
    max_candidates: usize,
    sample_below: u64,
    edges: PathBuf,
) -> PyResult<Bound<'py, PyDict>> {
    let mut shards = shards(&rows, Vec::new(), indexes, sketches)?;
    let range = Range {
        low,
        high: high.unwrap_or(NONE),
        own_from,
        root_first,
    };
    let mode = match mode {
        "checked" => Mode::Checked {
            threshold,
            max_candidates,
        },
        "equal" => Mode::Equal,
        _ => Mode::Components { sample_below },
    };
    let inputs = Inputs {
        labels: &labels,
        groups: &groups,
        edges: &edges,
    };
    let outcome = py
        .detach(|| stars(&mut shards, &inputs, range, mode))
        .map_err(core_error)?;
    outcome_columns(py, outcome)
}

fn outcome_columns(py: Python<'_>, outcome: Outcome) -> PyResult<Bound<'_, PyDict>> {
    let verdicts = &outcome.verdicts;
    let documents: UInt32Array = verdicts
        .iter()
        .map(|verdict| verdict.document)
        .collect::<Vec<_>>()
        .into();
    let sizes: Int64Array = verdicts
        .iter()
        .map(|verdict| i64::from(verdict.size))
        .collect::<Vec<_>>()
        .into();
    let ranks: Int64Array = verdicts
        .iter()
        .map(|verdict| i64::from(verdict.rank))
        .collect::<Vec<_>>()
        .into();
    let similarities: Float64Array = verdicts.iter().map(|verdict| verdict.similarity).collect();
    let ids = LargeStringArray::from(outcome.ids);
    let columns = PyDict::new(py);
    columns.set_item("document", ArrowArray::new(Arc::new(documents)))?;
    columns.set_item("cluster", ArrowArray::new(Arc::new(ids)))?;
    columns.set_item("cluster_size", ArrowArray::new(Arc::new(sizes)))?;
    columns.set_item("rank", ArrowArray::new(Arc::new(ranks)))?;
    columns.set_item("similarity", ArrowArray::new(Arc::new(similarities)))?;
    columns.set_item("capped", outcome.capped)?;
    columns.set_item("compared", outcome.compared)?;
    columns.set_item("edges", outcome.edges)?;
    Ok(columns)
}

/// Reads the compared pairs of a task in pieces.
#[pyclass]
struct Edges {
    reader: EdgeReader,
}

#[pymethods]
impl Edges {
    #[new]
    fn new(path: PathBuf) -> PyResult<Self> {
        let reader = EdgeReader::open(&path).map_err(core_error)?;
        Ok(Edges { reader })
    }

    /// At most `count` further pairs as columns; empty at the end.
    fn read<'py>(&mut self, py: Python<'py>, count: usize) -> PyResult<Bound<'py, PyDict>> {
        let edges = self.reader.read(count).map_err(core_error)?;
        let columns = PyDict::new(py);
        let file: UInt32Array = edges
            .iter()
            .map(|edge| edge.file)
            .collect::<Vec<_>>()
            .into();
        let kept_file: UInt32Array = edges
            .iter()
            .map(|edge| edge.kept_file)
            .collect::<Vec<_>>()
            .into();
        let row: Int64Array = edges
            .iter()
            .map(|edge| edge.row as i64)
            .collect::<Vec<_>>()
            .into();
        let kept_row: Int64Array = edges
            .iter()
            .map(|edge| edge.kept_row as i64)
            .collect::<Vec<_>>()
            .into();
        let similarity: Float64Array = edges
            .iter()
            .map(|edge| edge.similarity)
            .collect::<Vec<_>>()
            .into();
        columns.set_item("file", ArrowArray::new(Arc::new(file)))?;
        columns.set_item("row", ArrowArray::new(Arc::new(row)))?;
        columns.set_item("kept_file", ArrowArray::new(Arc::new(kept_file)))?;
        columns.set_item("kept_row", ArrowArray::new(Arc::new(kept_row)))?;
        columns.set_item("similarity", ArrowArray::new(Arc::new(similarity)))?;
        Ok(columns)
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Edges>()?;
    module.add_function(wrap_pyfunction!(pack_sketch, module)?)?;
    module.add_function(wrap_pyfunction!(group_keys, module)?)?;
    module.add_function(wrap_pyfunction!(join_groups, module)?)?;
    module.add_function(wrap_pyfunction!(find_stars, module)?)
}
