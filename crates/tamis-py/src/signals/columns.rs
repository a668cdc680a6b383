//! Columns of numbers by name, and string columns of either offset width.
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, LargeStringArray, StringArray};
use arrow_schema::DataType;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrow::{ArrowArray, import};
use crate::error::core_error;

/// Integer and float columns that grow row by row.
pub struct Columns {
    ints: Vec<(&'static str, Int64Builder)>,
    floats: Vec<(&'static str, Float64Builder)>,
}

impl Columns {
    pub fn new(ints: &[&'static str], floats: &[&'static str]) -> Self {
        Columns {
            ints: ints
                .iter()
                .map(|name| (*name, Int64Builder::new()))
                .collect(),
            floats: floats
                .iter()
                .map(|name| (*name, Float64Builder::new()))
                .collect(),
        }
    }

    /// One row's integers, in the order of their names.
    pub fn push_ints(&mut self, values: &[usize]) {
        for ((_, column), value) in self.ints.iter_mut().zip(values) {
            column.append_value(*value as i64);
        }
    }

    pub fn push_floats(&mut self, values: &[f64]) {
        for ((_, column), value) in self.floats.iter_mut().zip(values) {
            column.append_value(*value);
        }
    }

    pub fn into_dict(self, py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let dict = PyDict::new(py);
        for (name, mut column) in self.ints {
            dict.set_item(name, ArrowArray::new(Arc::new(column.finish())))?;
        }
        for (name, mut column) in self.floats {
            dict.set_item(name, ArrowArray::new(Arc::new(column.finish())))?;
        }
        Ok(dict)
    }
}

/// A column of strings: ids and URLs come with 32-bit offsets, texts with 64; a column that nobody has
/// filled comes without a type.
pub enum Strings {
    Nulls(usize),
    Small(StringArray),
    Large(LargeStringArray),
}

impl Strings {
    pub fn import(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let array = import(value)?;
        if array.data_type() == &DataType::Null {
            return Ok(Strings::Nulls(array.len()));
        }
        if let Some(strings) = array.as_string_opt::<i32>() {
            return Ok(Strings::Small(strings.clone()));
        }
        match array.as_string_opt::<i64>() {
            Some(strings) => Ok(Strings::Large(strings.clone())),
            None => Err(core_error(
                tamis_core::error::CoreError::new("not_utf8").with("type", array.data_type()),
            )),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Strings::Nulls(rows) => *rows,
            Strings::Small(strings) => strings.len(),
            Strings::Large(strings) => strings.len(),
        }
    }

    pub fn get(&self, row: usize) -> Option<&str> {
        match self {
            Strings::Nulls(_) => None,
            Strings::Small(strings) => strings.is_valid(row).then(|| strings.value(row)),
            Strings::Large(strings) => strings.is_valid(row).then(|| strings.value(row)),
        }
    }
}
