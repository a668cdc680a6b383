//! Where a worker stands: the row that a kernel is about to touch, for the supervisor to read.
//!
//! 32 bytes of memory shared with the supervisor, who keeps the time: it notices for how long
//! the row and the beat have not changed, so that no clock is read here for each document.
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::arrow::import;

/// No document is in hand.
pub const NONE: u64 = u64::MAX;

/// Rows of one batch that can be named one by one; 128 kB that stay untouched until used.
const NAMED: usize = 16_384;

/// The layout that `tamis.engine.guards` reads: four little-endian words of 64 bits.
#[repr(C)]
struct Crumb {
    row: AtomicU64,
    first: AtomicU64,
    end: AtomicU64,
    step: AtomicU32,
    beat: AtomicU32,
}

static OWN: Crumb = Crumb {
    row: AtomicU64::new(NONE),
    first: AtomicU64::new(NONE),
    end: AtomicU64::new(NONE),
    step: AtomicU32::new(0),
    beat: AtomicU32::new(0),
};
static CRUMB: AtomicPtr<Crumb> = AtomicPtr::new((&raw const OWN).cast_mut());
static NAMES: [AtomicU64; NAMED] = [const { AtomicU64::new(0) }; NAMED];
static NAMES_LENGTH: AtomicUsize = AtomicUsize::new(0);

#[inline]
fn crumb() -> &'static Crumb {
    // SAFETY: the pointer is to OWN or to a mapping that is never unmapped; all fields are atomic.
    unsafe { &*CRUMB.load(Ordering::Relaxed) }
}

/// Note the batch row that comes next; one atomic store.
#[inline]
pub fn mark(row: usize) {
    let crumb = crumb();
    let name = if row < NAMES_LENGTH.load(Ordering::Relaxed) {
        NAMES[row].load(Ordering::Relaxed)
    } else {
        crumb.first.load(Ordering::Relaxed).wrapping_add(row as u64)
    };
    crumb.row.store(name, Ordering::Relaxed);
}

/// What the watchdog sees; `first` is NONE while no batch is in hand.
#[derive(Clone, Copy, PartialEq)]
pub struct Seen {
    pub row: u64,
    pub first: u64,
    pub end: u64,
    pub step: u32,
    pub beat: u32,
}

pub fn seen() -> Seen {
    let crumb = crumb();
    Seen {
        row: crumb.row.load(Ordering::Relaxed),
        first: crumb.first.load(Ordering::Relaxed),
        end: crumb.end.load(Ordering::Relaxed),
        step: crumb.step.load(Ordering::Relaxed),
        beat: crumb.beat.load(Ordering::Relaxed),
    }
}

fn enter(first: u64, end: u64, step: u32) {
    let crumb = crumb();
    crumb.row.store(NONE, Ordering::Relaxed);
    crumb.first.store(first, Ordering::Relaxed);
    crumb.end.store(end, Ordering::Relaxed);
    crumb.step.store(step, Ordering::Relaxed);
    crumb.beat.fetch_add(1, Ordering::Relaxed);
}

/// Write the breadcrumb from now on into the first 32 bytes of this file.
#[pyfunction]
fn breadcrumb_open(fd: RawFd) -> PyResult<()> {
    // SAFETY: a fresh shared mapping at an address that the kernel chooses; page aligned.
    let address = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            size_of::<Crumb>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED,
            fd,
            0,
        )
    };
    if address == libc::MAP_FAILED {
        return Err(PyOSError::new_err(
            std::io::Error::last_os_error().to_string(),
        ));
    }
    CRUMB.store(address.cast(), Ordering::Relaxed);
    breadcrumb_idle();
    Ok(())
}

/// A batch of `count` rows of the shard, from `base_row` on, goes through step number `step` next.
///
/// Where the batch is not one run of rows (a gate took some), `rows` gives the shard row of each
/// batch row, ascending; then `base_row` and `count` are not looked at.
#[pyfunction]
#[pyo3(signature = (base_row, step, count=1, rows=None))]
fn breadcrumb(
    base_row: u64,
    step: u32,
    count: u64,
    rows: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    NAMES_LENGTH.store(0, Ordering::Relaxed);
    let Some(rows) = rows else {
        enter(base_row, base_row.saturating_add(count), step);
        return Ok(());
    };
    let rows = import(rows)?;
    let Some(rows) = rows.as_primitive_opt::<Int64Type>() else {
        return Err(PyValueError::new_err("rows: not an int64 array"));
    };
    if rows.len() > NAMED || rows.null_count() > 0 {
        return Err(PyValueError::new_err("rows: nulls, or more than 16,384"));
    }
    let names = rows.values();
    for (slot, name) in NAMES.iter().zip(names) {
        slot.store(*name as u64, Ordering::Relaxed);
    }
    match (names.first(), names.last()) {
        (Some(first), Some(last)) => {
            enter(*first as u64, *last as u64 + 1, step);
            NAMES_LENGTH.store(names.len(), Ordering::Relaxed);
        }
        _ => breadcrumb_idle(),
    }
    Ok(())
}

/// The batch row that comes next, for loops in Python.
#[pyfunction]
fn breadcrumb_row(row: usize) {
    mark(row);
}

/// No document is in hand: reading, writing, waiting.
#[pyfunction]
pub fn breadcrumb_idle() {
    NAMES_LENGTH.store(0, Ordering::Relaxed);
    enter(NONE, NONE, 0);
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(breadcrumb_open, module)?)?;
    module.add_function(wrap_pyfunction!(breadcrumb, module)?)?;
    module.add_function(wrap_pyfunction!(breadcrumb_row, module)?)?;
    module.add_function(wrap_pyfunction!(breadcrumb_idle, module)?)
}
