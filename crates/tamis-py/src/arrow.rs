//! Arrow arrays in and out of Python by the Arrow C data interface (PyCapsule protocol).
use arrow_array::cast::AsArray;
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use arrow_array::{Array, ArrayRef, LargeStringArray, make_array};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use crate::error::{argument_error, core_error};

/// An Arrow array given by any Python object with `__arrow_c_array__`.
pub fn import(value: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    let pair = value.call_method0("__arrow_c_array__")?;
    let pair = pair.cast::<PyTuple>()?;
    let schema = pair.get_item(0)?.cast_into::<PyCapsule>()?;
    let array = pair.get_item(1)?.cast_into::<PyCapsule>()?;
    let schema = schema
        .pointer_checked(Some(c"arrow_schema"))?
        .cast::<FFI_ArrowSchema>();
    let array = array
        .pointer_checked(Some(c"arrow_array"))?
        .cast::<FFI_ArrowArray>();
    // SAFETY: the capsules' names were checked, so they hold these structs; moving them out
    // leaves released structs behind, as the protocol asks.
    let data = unsafe {
        let schema = FFI_ArrowSchema::from_raw(schema.as_ptr());
        let array = FFI_ArrowArray::from_raw(array.as_ptr());
        from_ffi(array, &schema)
    };
    Ok(make_array(data.map_err(argument_error)?))
}

/// A column of texts; `large_utf8` is the one form in which texts travel.
pub fn import_texts(value: &Bound<'_, PyAny>) -> PyResult<LargeStringArray> {
    let array = import(value)?;
    match array.as_string_opt::<i64>() {
        Some(texts) => Ok(texts.clone()),
        None => Err(core_error(
            tamis_core::error::CoreError::new("not_large_utf8").with("type", array.data_type()),
        )),
    }
}

/// An array on its way to Python: pyarrow, polars and others take it by `__arrow_c_array__`.
#[pyclass(frozen)]
pub struct ArrowArray {
    array: ArrayRef,
}

impl ArrowArray {
    pub fn new(array: ArrayRef) -> Self {
        ArrowArray { array }
    }
}

#[pymethods]
impl ArrowArray {
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let _ = requested_schema;
        let (array, schema) = to_ffi(&self.array.to_data()).map_err(argument_error)?;
        let schema = PyCapsule::new_with_value(py, schema, c"arrow_schema")?;
        let array = PyCapsule::new_with_value(py, array, c"arrow_array")?;
        PyTuple::new(py, [schema, array])
    }

    fn __len__(&self) -> usize {
        self.array.len()
    }
}
