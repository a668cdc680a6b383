//! `tamis._core`: thin functions over the kernels. Arrow in, Arrow out, the GIL released.
use pyo3::prelude::*;

mod archive;
mod arrow;
mod breadcrumb;
mod dedup;
mod dedup_files;
mod digest;
mod error;
mod language;
mod signals;
mod text;
mod texts;
mod watch;

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("KernelError", module.py().get_type::<error::KernelError>())?;
    module.add_class::<arrow::ArrowArray>()?;
    module.add_function(wrap_pyfunction!(texts::forget_texts, module)?)?;
    archive::register(module)?;
    breadcrumb::register(module)?;
    dedup::register(module)?;
    digest::register(module)?;
    language::register(module)?;
    signals::register(module)?;
    text::register(module)?;
    watch::register(module)
}
