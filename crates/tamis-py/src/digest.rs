//! BLAKE3 for file names and keys: 128 bits as 32 hex digits.
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use pyo3::prelude::*;

fn hex(hasher: &blake3::Hasher) -> String {
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A running BLAKE3 digest.
#[pyclass]
struct Hasher {
    hasher: blake3::Hasher,
}

#[pymethods]
impl Hasher {
    #[new]
    fn new() -> Self {
        Hasher {
            hasher: blake3::Hasher::new(),
        }
    }

    fn update(&mut self, data: &[u8]) {
        self.hasher.update(data);
    }

    /// 32 hex digits of what has come so far.
    fn hexdigest(&self) -> String {
        hex(&self.hasher)
    }
}

/// 32 hex digits of these bytes.
#[pyfunction]
fn digest_bytes(data: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(data);
    hex(&hasher)
}

/// 32 hex digits of a file's content.
#[pyfunction]
fn digest_file(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    py.detach(|| {
        let mut file = File::open(path)?;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hex(&hasher)),
                count => hasher.update(&buffer[..count]),
            };
        }
    })
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Hasher>()?;
    module.add_function(wrap_pyfunction!(digest_bytes, module)?)?;
    module.add_function(wrap_pyfunction!(digest_file, module)?)
}
