//! What the table of detectors finds: masked by `mask_pii`, counted by `document_safety`.
use std::sync::Arc;

use arrow_array::builder::{
    Float64Builder, Int64Builder, LargeStringBuilder, ListBuilder, StringBuilder, StructBuilder,
};
use arrow_schema::{DataType, Field, Fields};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tamis_core::detectors::addresses::Dialect;
use tamis_core::detectors::{Category, DETECTORS, Detector, scanner};
use tamis_core::text::chars;
use tamis_core::transforms::mask_pii::{Masker, Mode, dialect_from_name};

use super::columns::Strings;
use crate::arrow::ArrowArray;
use crate::error::core_error;
use crate::texts::texts;

/// The columns of hits, row by row: a count for each category, and `list<struct<start, end, score, label>>`.
struct Hits {
    categories: Vec<Category>,
    counts: Vec<Int64Builder>,
    spans: ListBuilder<StructBuilder>,
}

/// Code points of the text, and whose hit it is.
type Hit = (usize, usize, &'static Detector);

impl Hits {
    fn new(categories: Vec<Category>) -> Hits {
        let fields = Fields::from(vec![
            Field::new("start", DataType::Int64, true),
            Field::new("end", DataType::Int64, true),
            Field::new("score", DataType::Float64, true),
            Field::new("label", DataType::Utf8, true),
        ]);
        Hits {
            counts: categories.iter().map(|_| Int64Builder::new()).collect(),
            categories,
            spans: ListBuilder::new(StructBuilder::from_fields(fields, 0)),
        }
    }

    fn push(&mut self, hits: &[Hit]) {
        for (category, counts) in self.categories.iter().zip(&mut self.counts) {
            let own = hits.iter().filter(|(.., one)| one.category == *category);
            counts.append_value(own.count() as i64);
        }
        for (start, end, detector) in hits {
            let row = self.spans.values();
            for (place, value) in [start, end].into_iter().enumerate() {
                if let Some(column) = row.field_builder::<Int64Builder>(place) {
                    column.append_value(*value as i64);
                }
            }
            if let Some(score) = row.field_builder::<Float64Builder>(2) {
                score.append_value(1.0);
            }
            if let Some(label) = row.field_builder::<StringBuilder>(3) {
                label.append_value(detector.name);
            }
            row.append(true);
        }
        self.spans.append(true);
    }

    fn into_dict(mut self, py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let dict = PyDict::new(py);
        for (category, mut counts) in self.categories.iter().zip(self.counts) {
            let name = format!("{}_count", category.name());
            dict.set_item(name, ArrowArray::new(Arc::new(counts.finish())))?;
        }
        dict.set_item("spans", ArrowArray::new(Arc::new(self.spans.finish())))?;
        Ok(dict)
    }
}

fn categories_named(names: &[String]) -> PyResult<Vec<Category>> {
    let found: tamis_core::error::Result<Vec<Category>> =
        names.iter().map(|name| Category::from_name(name)).collect();
    found.map_err(core_error)
}

/// The texts without what detectors of some categories find, how much there was of each, and where.
#[pyfunction]
#[pyo3(signature = (id, text, *, categories, dialect, mode, salt))]
fn mask_pii<'py>(
    py: Python<'py>,
    id: &Bound<'py, PyAny>,
    text: &Bound<'py, PyAny>,
    categories: Vec<String>,
    dialect: &str,
    mode: &str,
    salt: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let categories = categories_named(&categories)?;
    let masker = Masker {
        scanner: scanner(&categories).map_err(core_error)?,
        dialect: dialect_from_name(dialect).map_err(core_error)?,
        mode: Mode::from_name(mode, salt).map_err(core_error)?,
    };
    let ids = Strings::import(id)?;
    let texts = texts(text)?;
    let (rewritten, hits) = py.detach(|| {
        let mut rewritten = LargeStringBuilder::new();
        let mut hits = Hits::new(categories);
        for (row, doc) in texts.docs().enumerate() {
            let masked = masker.mask(ids.get(row).unwrap_or(""), doc.text);
            let (text, found) = match &masked {
                Some((text, found)) => (text.as_str(), found.as_slice()),
                None => (doc.text, &[][..]),
            };
            rewritten.append_value(text);
            let found: Vec<Hit> = found
                .iter()
                .map(|one| (one.start, one.end, one.detector))
                .collect();
            hits.push(&found);
        }
        (rewritten.finish(), hits)
    });
    let dict = hits.into_dict(py)?;
    dict.set_item("text", ArrowArray::new(Arc::new(rewritten)))?;
    Ok(dict)
}

/// How much detectors of some categories find in each text, and where.
#[pyfunction]
#[pyo3(signature = (text, *, categories))]
fn detect<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyAny>,
    categories: Vec<String>,
) -> PyResult<Bound<'py, PyDict>> {
    let categories = categories_named(&categories)?;
    let scanner = scanner(&categories).map_err(core_error)?;
    let texts = texts(text)?;
    let hits = py.detach(|| {
        let mut hits = Hits::new(categories);
        for doc in texts.docs() {
            let (mut at, mut at_chars) = (0, 0);
            let mut found: Vec<Hit> = Vec::new();
            for one in scanner.scan(doc.text, Dialect::Tamis) {
                let start = at_chars + chars::char_count(&doc.text[at..one.range.start]);
                let end = start + chars::char_count(&doc.text[one.range.clone()]);
                (at, at_chars) = (one.range.end, end);
                found.push((start, end, one.detector));
            }
            hits.push(&found);
        }
        hits
    });
    hits.into_dict(py)
}

/// `(name, category)` of each detector, in the order of the table.
#[pyfunction]
fn detectors() -> Vec<(&'static str, &'static str)> {
    let named = DETECTORS.iter().map(|one| (one.name, one.category.name()));
    named.collect()
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(mask_pii, module)?)?;
    module.add_function(wrap_pyfunction!(detect, module)?)?;
    module.add_function(wrap_pyfunction!(detectors, module)?)
}
