//! Sketches of corpus steps: from texts to keys, signatures and sets.
use std::sync::Arc;

use arrow_array::builder::{LargeListBuilder, LargeStringBuilder, UInt64Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, FixedSizeListArray, LargeStringArray, UInt64Array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tamis_core::corpus::exact::{group_of, halves};
use tamis_core::corpus::minhash::{Config, Sketcher, share_proposed};
use tamis_core::corpus::normalise::Dialect;
use tamis_core::corpus::order::{MISSING, highest_first, largest_first, newest_first};
use tamis_core::corpus::shingles::{ShingleHash, Unit};
use tamis_core::corpus::units;
use tamis_core::error::CoreError;

use crate::arrow::{ArrowArray, import, import_texts};
use crate::error::{argument_error, core_error};
use crate::text::named;
use crate::texts::{Texts, texts};

/// Lists of `size` numbers each, null where `present` says so.
fn lists(size: usize, values: Vec<u64>, present: Vec<bool>) -> PyResult<ArrowArray> {
    let item = Arc::new(Field::new("item", DataType::UInt64, false));
    let size = i32::try_from(size).map_err(argument_error)?;
    let values: ArrayRef = Arc::new(UInt64Array::from(values));
    let list = FixedSizeListArray::try_new(item, size, values, Some(NullBuffer::from(present)));
    Ok(ArrowArray::new(Arc::new(list.map_err(argument_error)?)))
}

/// The group of each row: 0 without `by`, else a hash of the value.
struct Groups(Option<LargeStringArray>);

impl Groups {
    fn import(by: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        Ok(Groups(by.map(import_texts).transpose()?))
    }

    fn of(&self, row: usize) -> u64 {
        match &self.0 {
            None => 0,
            Some(values) if values.is_null(row) => group_of(None),
            Some(values) => group_of(Some(values.value(row))),
        }
    }
}

/// Texts in a normalisation dialect.
#[pyfunction]
#[pyo3(signature = (text, *, dialect))]
fn normalise_texts(py: Python<'_>, text: &Bound<'_, PyAny>, dialect: &str) -> PyResult<ArrowArray> {
    let dialect = Dialect::from_name(dialect).map_err(core_error)?;
    let texts = texts(text)?;
    Ok(py.detach(|| {
        let mut normal = String::new();
        let mut column = LargeStringBuilder::new();
        for doc in texts.docs() {
            dialect.apply(doc.text, &mut normal);
            column.append_value(&normal);
        }
        ArrowArray::new(Arc::new(column.finish()))
    }))
}

struct Columns {
    keys: Vec<u64>,
    present: Vec<bool>,
    signatures: Vec<u64>,
    sets: LargeListBuilder<UInt64Builder>,
    set_hashes: Vec<u64>,
}

impl Columns {
    fn of(texts: &Texts, groups: &Groups, config: Config, sets: bool, signatures: bool) -> Self {
        let item = Arc::new(Field::new("item", DataType::UInt64, false));
        let mut made = Columns {
            keys: Vec::new(),
            present: Vec::new(),
            signatures: Vec::new(),
            sets: LargeListBuilder::new(UInt64Builder::new()).with_field(item),
            set_hashes: Vec::new(),
        };
        let mut sketcher = Sketcher::new(config);
        for (row, doc) in texts.docs().enumerate() {
            let signed = sketcher.sign(doc.text, sets);
            made.present.push(signed);
            if signed {
                sketcher.band_keys(groups.of(row), &mut made.keys);
            } else {
                made.keys.resize(made.keys.len() + config.bands, 0);
                sketcher.signature.resize(config.bands * config.rows, 0);
            }
            if signatures {
                made.signatures.extend_from_slice(&sketcher.signature);
            }
            if sets {
                made.sets.values().append_slice(&sketcher.set);
                made.sets.append(true);
                made.set_hashes.push(sketcher.set_hash());
            }
        }
        made
    }

    fn into_dict(
        mut self,
        py: Python<'_>,
        config: Config,
        sets: bool,
        signatures: bool,
    ) -> PyResult<Bound<'_, PyDict>> {
        let columns = PyDict::new(py);
        columns.set_item(
            "keys",
            lists(config.bands, self.keys, self.present.clone())?,
        )?;
        if signatures {
            let signature = lists(config.bands * config.rows, self.signatures, self.present)?;
            columns.set_item("signature", signature)?;
        }
        if sets {
            let sets = self.sets.finish();
            columns.set_item("shingles", ArrowArray::new(Arc::new(sets)))?;
            let hashes = UInt64Array::from(self.set_hashes);
            columns.set_item("set_hash", ArrowArray::new(Arc::new(hashes)))?;
        }
        Ok(columns)
    }
}

/// `keys` (null where there are fewer than `n` words), and on demand `signature`, `shingles`, `set_hash`.
#[pyfunction]
#[pyo3(signature = (text, *, by, normalise, words, n, hash, bands, rows, seed, sets, signatures))]
#[expect(clippy::too_many_arguments)]
fn minhash_sketch<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyAny>,
    by: Option<&Bound<'py, PyAny>>,
    normalise: &str,
    words: &str,
    n: usize,
    hash: &str,
    bands: usize,
    rows: usize,
    seed: u32,
    sets: bool,
    signatures: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let config = Config {
        normalise: Dialect::from_name(normalise).map_err(core_error)?,
        unit: named(py, || Unit::from_name(words))?,
        n,
        hash: ShingleHash::from_name(hash).map_err(core_error)?,
        bands,
        rows,
        seed,
    };
    let texts = texts(text)?;
    let groups = Groups::import(by)?;
    py.detach(|| Columns::of(&texts, &groups, config, sets, signatures))
        .into_dict(py, config, sets, signatures)
}

/// `keys` (one a row) and `set_hash`: the halves of a 128-bit hash of the normalised text. Null: no key.
#[pyfunction]
#[pyo3(signature = (text, *, by, normalise))]
fn exact_sketch<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyAny>,
    by: Option<&Bound<'py, PyAny>>,
    normalise: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let dialect = Dialect::from_name(normalise).map_err(core_error)?;
    let texts = import_texts(text)?;
    let groups = Groups::import(by)?;
    let (keys, hashes, present) = py.detach(|| {
        let (mut keys, mut hashes, mut present) = (Vec::new(), Vec::new(), Vec::new());
        let mut normal = String::new();
        for (row, text) in texts.iter().enumerate() {
            let (key, hash) = match (text, dialect) {
                (None, _) => (0, 0),
                (Some(text), Dialect::None) => halves(text, groups.of(row)),
                (Some(text), _) => {
                    dialect.apply(text, &mut normal);
                    halves(&normal, groups.of(row))
                }
            };
            keys.push(key);
            hashes.push(hash);
            present.push(text.is_some());
        }
        (keys, hashes, present)
    });
    let columns = PyDict::new(py);
    columns.set_item("keys", lists(1, keys, present)?)?;
    let hashes = UInt64Array::from(hashes);
    columns.set_item("set_hash", ArrowArray::new(Arc::new(hashes)))?;
    Ok(columns)
}

/// `units`: three numbers for each part of a text; see `tamis_core::corpus::units`.
#[pyfunction]
#[pyo3(signature = (text, *, by, unit, normalise))]
fn unit_sketch<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyAny>,
    by: Option<&Bound<'py, PyAny>>,
    unit: &str,
    normalise: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let unit = units::Unit::from_name(unit).map_err(core_error)?;
    let form = units::Form::from_name(normalise).map_err(core_error)?;
    let texts = texts(text)?;
    let groups = Groups::import(by)?;
    let found = py
        .detach(|| {
            let item = Arc::new(Field::new("item", DataType::UInt64, false));
            let mut lists = LargeListBuilder::new(UInt64Builder::new()).with_field(item);
            let mut numbers = Vec::new();
            for (row, doc) in texts.docs().enumerate() {
                numbers.clear();
                units::units(doc.text, unit, form, groups.of(row), &mut numbers)?;
                lists.values().append_slice(&numbers);
                lists.append(true);
            }
            Ok(lists.finish())
        })
        .map_err(core_error)?;
    let columns = PyDict::new(py);
    columns.set_item("units", ArrowArray::new(Arc::new(found)))?;
    Ok(columns)
}

/// Places in a survivor order: dates (newest first) or numbers (highest first); nulls last.
#[pyfunction]
fn survivor_order(values: &Bound<'_, PyAny>) -> PyResult<ArrowArray> {
    let values = import(values)?;
    let order: UInt64Array = match values.data_type() {
        DataType::LargeUtf8 => values
            .as_string::<i64>()
            .iter()
            .map(|date| Some(date.map_or(MISSING, newest_first)))
            .collect(),
        DataType::Float64 => values
            .as_primitive::<Float64Type>()
            .iter()
            .map(|value| Some(value.map_or(MISSING, highest_first)))
            .collect(),
        DataType::Int64 => values
            .as_primitive::<Int64Type>()
            .iter()
            .map(|value| Some(value.map_or(MISSING, largest_first)))
            .collect(),
        other => {
            return Err(core_error(
                CoreError::new("not_orderable").with("type", other),
            ));
        }
    };
    Ok(ArrowArray::new(Arc::new(order)))
}

/// 1 - (1 - similarity^rows)^bands.
#[pyfunction]
fn minhash_share(similarity: f64, bands: usize, rows: usize) -> f64 {
    share_proposed(similarity, bands, rows)
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(normalise_texts, module)?)?;
    module.add_function(wrap_pyfunction!(minhash_sketch, module)?)?;
    module.add_function(wrap_pyfunction!(exact_sketch, module)?)?;
    module.add_function(wrap_pyfunction!(unit_sketch, module)?)?;
    module.add_function(wrap_pyfunction!(survivor_order, module)?)?;
    module.add_function(wrap_pyfunction!(minhash_share, module)?)?;
    crate::dedup_files::register(module)
}
