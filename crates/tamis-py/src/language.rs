//! fastText models: `FastText(path)` and its best labels for a batch of texts.
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::builder::{Float64Builder, LargeListBuilder, StringBuilder};
use arrow_array::{Array, ArrayRef, LargeStringArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tamis_core::error::CoreError;
use tamis_core::models::fasttext::{FastText as Model, Newlines, Prediction, Scratch};

use crate::arrow::{ArrowArray, import_texts};
use crate::breadcrumb;
use crate::error::core_error;

const PREFIX: &str = "__label__";

/// A supervised fastText model, mapped from its file.
#[pyclass(frozen)]
pub struct FastText {
    model: Model,
    /// Memories of words, one for each thread that has been at work.
    idle: Mutex<Vec<Scratch>>,
}

#[pymethods]
impl FastText {
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let model = py.detach(|| Model::open(&path)).map_err(core_error)?;
        Ok(FastText {
            model,
            idle: Mutex::new(Vec::new()),
        })
    }

    /// All labels in the model's order, without their prefix.
    fn labels(&self) -> Vec<&str> {
        self.model
            .labels()
            .iter()
            .map(|label| bare(label))
            .collect()
    }

    /// The best two labels of each text: label, score, runner_up, runner_up_score.
    #[pyo3(signature = (text, *, newlines))]
    fn best_two<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        newlines: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let texts = import_texts(text)?;
        let newlines = parse_newlines(newlines)?;
        let mut labels = [StringBuilder::new(), StringBuilder::new()];
        let mut scores = [Float64Builder::new(), Float64Builder::new()];
        py.detach(|| {
            self.predict_each(&texts, newlines, 2, |found| {
                for place in 0..2 {
                    let found = found.get(place);
                    labels[place].append_option(found.map(|found| self.label(found)));
                    scores[place].append_value(found.map_or(0.0, |found| f64::from(found.score)));
                }
            })
        })
        .map_err(core_error)?;
        let columns = PyDict::new(py);
        for (place, [label, score]) in NAMES.iter().enumerate() {
            columns.set_item(label, arrow(labels[place].finish()))?;
            columns.set_item(score, arrow(scores[place].finish()))?;
        }
        Ok(columns)
    }

    /// The best `count` labels of each text and their scores: two list columns.
    #[pyo3(signature = (text, *, newlines, count))]
    fn best<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        newlines: &str,
        count: usize,
    ) -> PyResult<Bound<'py, PyDict>> {
        let texts = import_texts(text)?;
        let newlines = parse_newlines(newlines)?;
        let mut labels = LargeListBuilder::new(StringBuilder::new());
        let mut scores = LargeListBuilder::new(Float64Builder::new());
        py.detach(|| {
            self.predict_each(&texts, newlines, count, |found| {
                for found in found {
                    labels.values().append_value(self.label(found));
                    scores.values().append_value(f64::from(found.score));
                }
                labels.append(true);
                scores.append(true);
            })
        })
        .map_err(core_error)?;
        let columns = PyDict::new(py);
        columns.set_item("labels", arrow(labels.finish()))?;
        columns.set_item("scores", arrow(scores.finish()))?;
        Ok(columns)
    }
}

const NAMES: [[&str; 2]; 2] = [["label", "score"], ["runner_up", "runner_up_score"]];

impl FastText {
    fn label(&self, found: &Prediction) -> &str {
        bare(&self.model.labels()[found.label as usize])
    }

    fn predict_each(
        &self,
        texts: &LargeStringArray,
        newlines: Newlines,
        count: usize,
        mut each: impl FnMut(&[Prediction]),
    ) -> Result<(), CoreError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = idle().pop().unwrap_or_default();
        for (row, text) in texts.iter().enumerate() {
            breadcrumb::mark(row);
            let text = text.unwrap_or_default();
            each(&self.model.predict(text, newlines, count, &mut scratch)?);
        }
        idle().push(scratch);
        Ok(())
    }
}

fn bare(label: &str) -> &str {
    label.strip_prefix(PREFIX).unwrap_or(label)
}

fn arrow(array: impl Array + 'static) -> ArrowArray {
    let array: ArrayRef = Arc::new(array);
    ArrowArray::new(array)
}

fn parse_newlines(name: &str) -> PyResult<Newlines> {
    let unknown = || CoreError::new("unknown_newlines").with("name", name);
    Newlines::from_name(name).ok_or_else(|| core_error(unknown()))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<FastText>()
}
