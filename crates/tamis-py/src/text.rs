//! The splittings, for tests, plots and user operators.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_array::Int64Array;
use arrow_array::builder::{LargeListBuilder, LargeStringBuilder};
use pyo3::prelude::*;
use tamis_core::doc::Words;
use tamis_core::error::Result;
use tamis_core::text::nltk::{Parameters, set_parameters};
use tamis_core::text::sentences::{Sentences, sentence_count};

use crate::arrow::ArrowArray;
use crate::error::core_error;
use crate::texts::texts;

/// The words of each text: `large_list<large_utf8>`.
#[pyfunction]
#[pyo3(signature = (text, *, words))]
pub fn split_words(py: Python<'_>, text: &Bound<'_, PyAny>, words: &str) -> PyResult<ArrowArray> {
    let words = words_named(py, words)?;
    let texts = texts(text)?;
    Ok(py.detach(|| {
        let mut lists = LargeListBuilder::new(LargeStringBuilder::new());
        for doc in texts.docs() {
            for word in doc.words(words).iter() {
                lists.values().append_value(word);
            }
            lists.append(true);
        }
        ArrowArray::new(Arc::new(lists.finish()))
    }))
}

/// Code points and UAX 29 words of each text: `{"text_chars": int64, "text_words": int64}`.
#[pyfunction]
pub fn count_text(
    py: Python<'_>,
    text: &Bound<'_, PyAny>,
) -> PyResult<HashMap<&'static str, ArrowArray>> {
    let texts = texts(text)?;
    let (chars, words) = py.detach(|| {
        let mut chars = Vec::new();
        let mut words = Vec::new();
        for doc in texts.docs() {
            chars.push(doc.text.chars().count() as i64);
            words.push(doc.words(Words::Uax29).len() as i64);
        }
        (Int64Array::from(chars), Int64Array::from(words))
    });
    Ok(HashMap::from([
        ("text_chars", ArrowArray::new(Arc::new(chars))),
        ("text_words", ArrowArray::new(Arc::new(words))),
    ]))
}

/// The number of words of each text: `int64`.
#[pyfunction]
#[pyo3(signature = (text, *, words))]
pub fn count_words(py: Python<'_>, text: &Bound<'_, PyAny>, words: &str) -> PyResult<ArrowArray> {
    let words = words_named(py, words)?;
    let texts = texts(text)?;
    Ok(py.detach(|| {
        let counts = texts.docs().map(|doc| doc.words(words).len() as i64);
        ArrowArray::new(Arc::new(Int64Array::from_iter_values(counts)))
    }))
}

/// The number of sentences of each text: `int64`.
#[pyfunction]
#[pyo3(signature = (text, *, sentences))]
pub fn count_sentences(
    py: Python<'_>,
    text: &Bound<'_, PyAny>,
    sentences: &str,
) -> PyResult<ArrowArray> {
    let sentences = sentences_named(py, sentences)?;
    let texts = texts(text)?;
    Ok(py.detach(|| {
        let counts = texts
            .docs()
            .map(|doc| sentence_count(doc.text, sentences) as i64);
        ArrowArray::new(Arc::new(Int64Array::from_iter_values(counts)))
    }))
}

/// Give the splitting `nltk-3.8.1` the English parameters of Punkt, once a process.
#[pyfunction]
#[pyo3(signature = (*, abbreviations, collocations, starters, orthography))]
pub fn set_punkt(
    abbreviations: HashSet<String>,
    collocations: Vec<(String, String)>,
    starters: HashSet<String>,
    orthography: HashMap<String, u8>,
) -> PyResult<()> {
    let collocations = collocations.iter().map(|(a, b)| format!("{a} {b}"));
    set_parameters(Parameters {
        abbreviations: abbreviations.into_iter().collect(),
        collocations: collocations.collect(),
        starters: starters.into_iter().collect(),
        orthography: orthography.into_iter().collect(),
    })
    .map_err(core_error)
}

/// What a name means; `nltk-3.8.1` fetches Punkt's parameters from Python at its first use.
pub fn named<T>(py: Python<'_>, find: impl Fn() -> Result<T>) -> PyResult<T> {
    match find() {
        Err(error) if error.kind == "punkt_missing" => {
            py.import("tamis.models.punkt")?
                .call_method0("load_punkt")?;
            find().map_err(core_error)
        }
        found => found.map_err(core_error),
    }
}

/// The splitting into words of a name.
pub fn words_named(py: Python<'_>, name: &str) -> PyResult<Words> {
    named(py, || Words::from_name(name))
}

/// The splitting into sentences of a name.
pub fn sentences_named(py: Python<'_>, name: &str) -> PyResult<Sentences> {
    named(py, || Sentences::from_name(name))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(count_text, module)?)?;
    module.add_function(wrap_pyfunction!(split_words, module)?)?;
    module.add_function(wrap_pyfunction!(count_words, module)?)?;
    module.add_function(wrap_pyfunction!(count_sentences, module)?)?;
    module.add_function(wrap_pyfunction!(set_punkt, module)?)
}
