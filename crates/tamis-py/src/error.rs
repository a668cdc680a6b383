//! The one place where errors of the core become Python exceptions.
use std::fmt::Display;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tamis_core::error::CoreError;

pyo3::create_exception!(
    _core,
    KernelError,
    PyValueError,
    "A kernel refused its input; `args` are (kind, fields)."
);

/// `KernelError(kind, fields)`: Python makes the sentence.
pub fn core_error(error: CoreError) -> PyErr {
    Python::attach(|py| {
        let fields = PyDict::new(py);
        for (name, value) in &error.fields {
            if let Err(failure) = fields.set_item(name, value) {
                return failure;
            }
        }
        KernelError::new_err((error.kind, fields.unbind()))
    })
}

pub fn argument_error(error: impl Display) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}
