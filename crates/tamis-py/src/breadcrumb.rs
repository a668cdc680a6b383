//! Where a worker stands: the row that a kernel is about to touch, for the supervisor to read.
use std::sync::atomic::{AtomicU64, Ordering};

static ROW: AtomicU64 = AtomicU64::new(0);

/// Note the batch row that comes next; one atomic store.
#[inline]
pub fn mark(row: usize) {
    ROW.store(row as u64, Ordering::Relaxed);
}
