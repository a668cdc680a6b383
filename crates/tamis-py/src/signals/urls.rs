//! Rules on URLs.
use std::sync::Arc;

use arrow_array::BooleanArray;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyDict;
use tamis_core::signals::hosts::Host;
use tamis_core::signals::url_blocklist::{HashedSet, UrlBlocklist, UrlHits};

use super::columns::{Columns, Strings};
use crate::arrow::ArrowArray;
use crate::breadcrumb;
use crate::error::core_error;

type Flag = fn(&UrlHits) -> bool;

/// Listed domains and URLs as hashes, and the word lists.
#[pyclass(frozen, name = "UrlBlocklist")]
struct PyUrlBlocklist {
    list: UrlBlocklist,
}

fn hashed(lists: &[PyBackedBytes]) -> HashedSet {
    let mut set = HashedSet::default();
    for list in lists {
        set.add_lines(list);
    }
    set.finish();
    set
}

#[pymethods]
impl PyUrlBlocklist {
    /// Lists as bytes, one entry a line; word lists as text.
    #[new]
    #[pyo3(signature = (*, domains, urls, banned_words, soft_words, banned_subwords))]
    fn new(
        py: Python<'_>,
        domains: Vec<PyBackedBytes>,
        urls: Vec<PyBackedBytes>,
        banned_words: &str,
        soft_words: &str,
        banned_subwords: &str,
    ) -> PyResult<Self> {
        let list = py.detach(|| {
            let (domains, urls) = (hashed(&domains), hashed(&urls));
            UrlBlocklist::new(domains, urls, banned_words, soft_words, banned_subwords)
        });
        Ok(PyUrlBlocklist {
            list: list.map_err(core_error)?,
        })
    }

    /// Domains and URLs held.
    fn sizes(&self) -> (usize, usize) {
        (self.list.domains.len(), self.list.urls.len())
    }

    /// Six columns; a null URL is on no list.
    fn measure<'py>(
        &self,
        py: Python<'py>,
        url: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let urls = Strings::import(url)?;
        let (hits, columns) = py.detach(|| {
            let names = ["hard_word_count", "soft_word_count", "subword_count"];
            let mut columns = Columns::new(&names, &[]);
            let mut hits = Vec::with_capacity(urls.len());
            for row in 0..urls.len() {
                breadcrumb::mark(row);
                let url = urls.get(row).filter(|url| !url.is_empty());
                let found = url.map_or_else(UrlHits::default, |url| self.list.measure(url));
                columns.push_ints(&[found.hard_words, found.soft_words, found.subwords]);
                hits.push(found);
            }
            (hits, columns)
        });
        let dict = columns.into_dict(py)?;
        let flags: [(&str, Flag); 3] = [
            ("domain_listed", |found| found.domain_listed),
            ("subdomain_listed", |found| found.subdomain_listed),
            ("url_listed", |found| found.url_listed),
        ];
        for (name, flag) in flags {
            let column: BooleanArray = hits.iter().map(|found| Some(flag(found))).collect();
            dict.set_item(name, ArrowArray::new(Arc::new(column)))?;
        }
        Ok(dict)
    }
}

/// The registered domain and the whole host of a URL, empty where there is no registered domain.
#[pyfunction]
fn url_host(url: &str) -> (String, String) {
    let host = Host::of_url(url);
    (host.registered().to_owned(), host.name().to_owned())
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyUrlBlocklist>()?;
    module.add_function(wrap_pyfunction!(url_host, module)?)
}
