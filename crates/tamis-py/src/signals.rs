//! Signals of one text: Arrow texts in, one array per signal out.
use std::sync::Arc;

use arrow_array::Float64Array;
use arrow_array::builder::{Float64Builder, Int64Builder};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tamis_core::signals::c4_page::{BadWords, Borders};
use tamis_core::signals::fineweb_quality::Fineweb;
use tamis_core::signals::gopher_quality::{Dialect, Quality};
use tamis_core::signals::gopher_repetition::{Lines, NAMES, Repetition, quotient};
use tamis_core::signals::ngrams::Ngrams;

use crate::arrow::ArrowArray;
use crate::error::core_error;
use crate::text::words_named;
use crate::texts::texts;

mod columns;
mod detectors;
mod transforms;
mod urls;

use columns::{Columns, Strings};

/// The thirteen quotients of Gopher's repetition rules.
#[pyfunction]
#[pyo3(signature = (text, *, words, lines))]
fn gopher_repetition<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyAny>,
    words: &str,
    lines: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let words = words_named(py, words)?;
    let lines = Lines::from_name(lines).map_err(core_error)?;
    let texts = texts(text)?;
    let columns = py.detach(|| {
        let mut ngrams = Ngrams::default();
        let mut columns = Columns::new(&[], &NAMES);
        for doc in texts.docs() {
            columns.push_floats(&Repetition::of(doc, words, lines, &mut ngrams).values());
        }
        columns
    });
    columns.into_dict(py)
}

/// The eight measures of Gopher's quality rules.
#[pyfunction]
#[pyo3(signature = (text, *, words, dialect))]
fn gopher_quality<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyAny>,
    words: &str,
    dialect: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let words = words_named(py, words)?;
    let dialect = Dialect::from_name(dialect).map_err(core_error)?;
    let texts = texts(text)?;
    let columns = py.detach(|| {
        let ints = ["word_count", "stop_word_count"];
        let floats = [
            "mean_word_length",
            "hash_per_word",
            "ellipsis_per_word",
            "bullet_line_ratio",
            "ellipsis_line_ratio",
            "alpha_word_ratio",
        ];
        let mut columns = Columns::new(&ints, &floats);
        for doc in texts.docs() {
            let found = Quality::of(doc, words, dialect);
            columns.push_ints(&[found.plain_words, found.stop_words(dialect)]);
            columns.push_floats(&[
                found.mean_word_length(),
                quotient(found.hashes, found.words),
                quotient(found.ellipses, found.words),
                quotient(found.bullet_lines, found.lines),
                quotient(found.ellipsis_lines, found.lines),
                quotient(found.alpha_words, found.words),
            ]);
        }
        columns
    });
    columns.into_dict(py)
}

/// The five measures of FineWeb's own rules.
#[pyfunction]
#[pyo3(signature = (text, *, words, dialect, short_line_length))]
fn fineweb_quality<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyAny>,
    words: &str,
    dialect: &str,
    short_line_length: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let words = words_named(py, words)?;
    let dialect = Dialect::from_name(dialect).map_err(core_error)?;
    let texts = texts(text)?;
    let columns = py.detach(|| {
        let floats = [
            "line_end_mark_ratio",
            "short_line_ratio",
            "duplicate_line_char_ratio",
            "newlines_per_word",
        ];
        let mut columns = Columns::new(&["line_count"], &floats);
        for doc in texts.docs() {
            let found = Fineweb::of(doc, words, dialect, short_line_length);
            columns.push_ints(&[found.lines]);
            columns.push_floats(&[
                found.line_end_mark_ratio(),
                found.short_line_ratio(),
                found.duplicate_line_char_ratio(),
                found.newlines_per_word(),
            ]);
        }
        columns
    });
    columns.into_dict(py)
}

/// A list of words, ready to be looked for.
#[pyclass(frozen, name = "BadWords")]
struct PyBadWords {
    words: BadWords,
}

#[pymethods]
impl PyBadWords {
    #[new]
    #[pyo3(signature = (list, *, borders))]
    fn new(list: &str, borders: &str) -> PyResult<Self> {
        let borders = Borders::from_name(borders).map_err(core_error)?;
        let words = BadWords::of_list(list, borders).map_err(core_error)?;
        Ok(PyBadWords { words })
    }
}

/// Code points of each page and, with a list, the places where one of its words starts, else null.
#[pyfunction]
#[pyo3(signature = (text, *, bad_words))]
fn c4_page<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyAny>,
    bad_words: Option<Py<PyBadWords>>,
) -> PyResult<Bound<'py, PyDict>> {
    let texts = texts(text)?;
    let list = bad_words.as_ref().map(|list| &list.get().words);
    let (lengths, counts) = py.detach(|| {
        let (mut lengths, mut counts) = (Int64Builder::new(), Int64Builder::new());
        for doc in texts.docs() {
            lengths.append_value(doc.char_count() as i64);
            counts.append_option(list.map(|list| list.count(doc.text) as i64));
        }
        (lengths.finish(), counts.finish())
    });
    let dict = PyDict::new(py);
    dict.set_item("character_count", ArrowArray::new(Arc::new(lengths)))?;
    dict.set_item("bad_word_count", ArrowArray::new(Arc::new(counts)))?;
    Ok(dict)
}

/// A number in [0, 1) by id and seed.
#[pyfunction]
#[pyo3(signature = (id, *, seed))]
fn random(py: Python<'_>, id: &Bound<'_, PyAny>, seed: u64) -> PyResult<ArrowArray> {
    let ids = Strings::import(id)?;
    let values: Float64Array = py.detach(|| {
        let mut values = Float64Builder::with_capacity(ids.len());
        for row in 0..ids.len() {
            let id = ids.get(row).unwrap_or("");
            values.append_value(tamis_core::signals::random::random(id, seed));
        }
        values.finish()
    });
    Ok(ArrowArray::new(Arc::new(values)))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyBadWords>()?;
    module.add_function(wrap_pyfunction!(gopher_repetition, module)?)?;
    module.add_function(wrap_pyfunction!(gopher_quality, module)?)?;
    module.add_function(wrap_pyfunction!(fineweb_quality, module)?)?;
    module.add_function(wrap_pyfunction!(c4_page, module)?)?;
    module.add_function(wrap_pyfunction!(random, module)?)?;
    detectors::register(module)?;
    transforms::register(module)?;
    urls::register(module)
}
