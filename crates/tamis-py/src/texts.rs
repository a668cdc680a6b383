//! A batch of texts with the splittings that kernels have asked for.
//!
//! Operators that follow each other measure the same Arrow array. The last batch is kept, so
//! that a splitting is made once for all of them; holding the array keeps its buffer alive,
//! hence an equal address means the same texts.
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{Array, LargeStringArray};
use pyo3::prelude::*;
use tamis_core::doc::{Doc, Splits};

use crate::arrow::import_texts;
use crate::breadcrumb;

pub struct Texts {
    array: LargeStringArray,
    splits: Vec<Splits>,
}

impl Texts {
    fn new(array: LargeStringArray) -> Self {
        let splits = (0..array.len()).map(|_| Splits::default()).collect();
        Texts { array, splits }
    }

    fn is(&self, array: &LargeStringArray) -> bool {
        self.array.len() == array.len()
            && self.array.value_offsets().as_ptr() == array.value_offsets().as_ptr()
            && self.array.value_data().as_ptr() == array.value_data().as_ptr()
    }

    /// The documents in order; a null text is the empty text.
    pub fn docs(&self) -> impl Iterator<Item = Doc<'_>> {
        (0..self.array.len()).map(|row| {
            breadcrumb::mark(row);
            let text = if self.array.is_null(row) {
                ""
            } else {
                self.array.value(row)
            };
            Doc::new(text, &self.splits[row])
        })
    }
}

static LAST: Mutex<Option<Arc<Texts>>> = Mutex::new(None);

/// The texts of a Python Arrow array, with the splittings already made for it.
pub fn texts(value: &Bound<'_, PyAny>) -> PyResult<Arc<Texts>> {
    let array = import_texts(value)?;
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = last.as_ref().filter(|known| known.is(&array)) {
        return Ok(Arc::clone(known));
    }
    let made = Arc::new(Texts::new(array));
    *last = Some(Arc::clone(&made));
    Ok(made)
}

/// Drop the kept batch; a worker calls it between tasks.
#[pyfunction]
pub fn forget_texts() {
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = None;
}
