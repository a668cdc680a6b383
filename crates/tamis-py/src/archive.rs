//! Archives: inflating members, charsets, nesting.
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use tamis_core::archive::inflate::{Format, Inflate as Stream};
use tamis_core::archive::{charset, hidden, markup};
use tamis_core::error::CoreError;

use crate::error::core_error;

/// One deflate stream: `feed` until `done`; see the stub file.
#[pyclass]
struct Inflate {
    stream: Stream,
}

#[pymethods]
impl Inflate {
    #[new]
    fn new(format: &str, keep: usize) -> PyResult<Self> {
        let format = match format {
            "gzip" => Format::Gzip,
            "zlib" => Format::Zlib,
            "raw" => Format::Raw,
            other => {
                return Err(core_error(
                    CoreError::new("unknown_format").with("format", other),
                ));
            }
        };
        Ok(Inflate {
            stream: Stream::new(format, keep),
        })
    }

    #[pyo3(signature = (data, start=0, stop_at_limit=false))]
    fn feed(
        &mut self,
        py: Python<'_>,
        data: &[u8],
        start: usize,
        stop_at_limit: bool,
    ) -> PyResult<usize> {
        let rest = data.get(start..).unwrap_or_default();
        let used = py.detach(|| self.stream.feed(rest, stop_at_limit));
        used.map(|used| start + used).map_err(core_error)
    }

    fn take<'py>(&mut self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.stream.take())
    }

    #[getter]
    fn done(&self) -> bool {
        self.stream.done()
    }

    #[getter]
    fn total(&self) -> u64 {
        self.stream.total()
    }
}

/// (WHATWG label in lower case, bom | header | meta | detector).
#[pyfunction]
#[pyo3(signature = (content, header=None, markup=true, top_level_domain=None))]
fn choose_charset(
    py: Python<'_>,
    content: &[u8],
    header: Option<&str>,
    markup: bool,
    top_level_domain: Option<&str>,
) -> (String, &'static str) {
    let (encoding, how) = py.detach(|| {
        charset::choose(
            content,
            header.map(str::as_bytes),
            markup,
            top_level_domain.map(str::as_bytes),
        )
    });
    (encoding.name().to_ascii_lowercase(), how.name())
}

#[pyfunction]
fn decode<'py>(py: Python<'py>, content: &[u8], charset: &str) -> PyResult<Bound<'py, PyString>> {
    let text = py.detach(|| charset::decode(content, charset));
    Ok(PyString::new(py, &text.map_err(core_error)?))
}

/// (depth, attributes, text, link_text) of a page's tags.
#[pyfunction]
fn markup_facts(py: Python<'_>, page: &str) -> (usize, usize, usize, usize) {
    let found = py.detach(|| markup::facts(page.as_bytes()));
    (found.depth, found.attributes, found.text, found.link_text)
}

/// Characters, hidden characters, hidden passages, and `(start, end, reason, text)` of the first ones.
type HiddenText = (
    usize,
    usize,
    usize,
    Vec<(usize, usize, &'static str, String)>,
);

#[pyfunction]
#[pyo3(signature = (page, charset, *, excerpts))]
fn hidden_text(
    py: Python<'_>,
    page: &[u8],
    charset: &str,
    excerpts: usize,
) -> PyResult<HiddenText> {
    let found = py.detach(|| hidden::hidden(page, charset, excerpts));
    let found = found.map_err(core_error)?;
    let excerpts = found
        .excerpts
        .into_iter()
        .map(|one| (one.start, one.end, one.reason.name(), one.text));
    Ok((
        found.characters,
        found.hidden,
        found.passages,
        excerpts.collect(),
    ))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Inflate>()?;
    module.add_function(wrap_pyfunction!(choose_charset, module)?)?;
    module.add_function(wrap_pyfunction!(decode, module)?)?;
    module.add_function(wrap_pyfunction!(markup_facts, module)?)?;
    module.add_function(wrap_pyfunction!(hidden_text, module)?)
}
