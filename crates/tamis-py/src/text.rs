//! The splittings, for tests, plots and user operators.
use std::sync::Arc;

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

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(split_words, module)?)
}
