//! The splittings, for tests, plots and user operators.
use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::Int64Array;
use arrow_array::builder::{LargeListBuilder, LargeStringBuilder};
use pyo3::prelude::*;
use tamis_core::doc::Words;

use crate::arrow::ArrowArray;
use crate::error::core_error;
use crate::texts::texts;

/// The words of each text: `large_list<large_utf8>`.
#[pyfunction]
#[pyo3(signature = (text, *, words))]
pub fn split_words(py: Python<'_>, text: &Bound<'_, PyAny>, words: &str) -> PyResult<ArrowArray> {
    let words = Words::from_name(words).map_err(core_error)?;
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
pub fn count_text(py: Python<'_>, text: &Bound<'_, PyAny>) -> PyResult<HashMap<&'static str, ArrowArray>> {
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

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(count_text, module)?)?;
    module.add_function(wrap_pyfunction!(split_words, module)?)
}
