//! The watchdog of a worker: a thread that never needs the GIL.
//!
//! It ends the process when one document takes too long or the process grows too large, and
//! when the supervisor is gone. `_exit` is safe at any point: what a task writes counts only
//! once its manifest is renamed.
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::breadcrumb::{self, NONE, Seen};

/// Exit codes that `tamis.engine.guards` reads.
const EXIT_TIMEOUT: i32 = 75;
const EXIT_MEMORY: i32 = 76;
const EXIT_ORPHAN: i32 = 70;

const TICK: Duration = Duration::from_millis(100);

/// A stopped process or a sleeping machine must not age the document in hand.
const LONGEST_TICK: Duration = Duration::from_secs(1);

static ATTEMPT: Mutex<String> = Mutex::new(String::new());

struct Watch {
    fd: RawFd,
    limit: Duration,
    memory: u64,
    folder: PathBuf,
    last: Seen,
    age: Duration,
}

impl Watch {
    fn run(mut self) {
        let mut then = Instant::now();
        let mut spent = processor_time();
        loop {
            if hung_up(self.fd) {
                exit(EXIT_ORPHAN);
            }
            let (now, used) = (Instant::now(), processor_time());
            let mut passed = now.duration_since(then).min(LONGEST_TICK);
            if !waits() {
                // A busy machine must not age it either.
                passed = passed.min(used.saturating_sub(spent));
            }
            self.look(passed);
            (then, spent) = (now, used);
        }
    }

    fn look(&mut self, passed: Duration) {
        let seen = breadcrumb::seen();
        if seen == self.last && seen.first != NONE {
            self.age += passed;
        } else {
            self.age = Duration::ZERO;
        }
        self.last = seen;
        if !self.limit.is_zero() && self.age >= self.limit * patience(&seen) {
            self.die("timeout", EXIT_TIMEOUT);
        }
        if self.memory > 0 && anonymous_bytes().is_some_and(|bytes| bytes > self.memory) {
            self.die("memory", EXIT_MEMORY);
        }
    }

    fn die(&self, kind: &str, code: i32) {
        let attempt = ATTEMPT.lock().unwrap_or_else(PoisonError::into_inner);
        let Seen {
            row,
            first,
            end,
            step,
            ..
        } = self.last;
        let number = |value: u64| match value {
            NONE => "null".to_string(),
            value => value.to_string(),
        };
        let note = format!(
            "{{\"attempt\":\"{attempt}\",\"kind\":\"{kind}\",\"row\":{},\"first\":{},\"end\":{},\"step\":{step}}}\n",
            number(row),
            number(first),
            number(end),
        );
        // Without the note (disk full) the exit code still tells the reason.
        let _ = std::fs::create_dir_all(&self.folder)
            .and_then(|()| std::fs::write(self.folder.join(format!("{}.json", *attempt)), note));
        exit(code);
    }
}

/// A batch whose body names no rows gets the time of up to 20 documents.
fn patience(seen: &Seen) -> u32 {
    if seen.row != NONE {
        return 1;
    }
    u32::try_from((seen.end - seen.first).clamp(1, 20)).unwrap_or(20)
}

fn exit(code: i32) {
    // SAFETY: ends the process without running anything.
    unsafe { libc::_exit(code) }
}

/// Sleep for one tick; true at once when the other end of the pipe was closed.
fn hung_up(fd: RawFd) -> bool {
    let mut poll = libc::pollfd {
        fd,
        events: 0,
        revents: 0,
    };
    // SAFETY: one valid pollfd; a negative fd only sleeps.
    let ready = unsafe { libc::poll(&raw mut poll, 1, TICK.as_millis() as i32) };
    ready > 0 && poll.revents & libc::POLLHUP != 0
}

/// Processor time of all threads of this process.
fn processor_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: fills one valid timespec.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

/// Whether the main thread waits for something other than a processor or a disk; true where the system does not tell.
#[cfg(target_os = "linux")]
fn waits() -> bool {
    let Ok(text) = std::fs::read_to_string("/proc/self/stat") else {
        return true;
    };
    text.rsplit_once(')')
        .is_none_or(|(_, rest)| rest.trim_start().starts_with('S'))
}

#[cfg(not(target_os = "linux"))]
fn waits() -> bool {
    true
}

/// Resident memory that no file backs: a memory-mapped model is not counted.
#[cfg(target_os = "linux")]
fn anonymous_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let mut pages = text.split_ascii_whitespace().skip(1);
    let resident: u64 = pages.next()?.parse().ok()?;
    let shared: u64 = pages.next()?.parse().ok()?;
    // SAFETY: reads a constant of the system.
    let page = u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
    Some(resident.saturating_sub(shared) * page)
}

#[cfg(not(target_os = "linux"))]
fn anonymous_bytes() -> Option<u64> {
    None
}

/// Start the watchdog: `fd` is the read end of the supervisor's pipe (or -1), `seconds` the
/// limit for one document and `memory` the bytes for this process (0: no limit); `folder`
/// takes a note of each end.
#[pyfunction]
#[pyo3(signature = (*, fd, seconds, memory, folder))]
fn watch_start(fd: RawFd, seconds: f64, memory: u64, folder: PathBuf) -> PyResult<()> {
    let watch = Watch {
        fd,
        limit: Duration::from_secs_f64(seconds.clamp(0.0, 1e9)),
        memory,
        folder,
        last: breadcrumb::seen(),
        age: Duration::ZERO,
    };
    std::thread::Builder::new()
        .name("tamis-watch".to_string())
        .stack_size(256 * 1024)
        .spawn(move || watch.run())
        .map(drop)
        .map_err(|error| PyOSError::new_err(error.to_string()))
}

/// The name under which the watchdog notes an end from now on.
#[pyfunction]
fn watch_task(attempt: String) {
    *ATTEMPT.lock().unwrap_or_else(PoisonError::into_inner) = attempt;
}

/// Ask the system to end this process with its parent, and end it now if `parent` is gone already.
#[pyfunction]
fn die_with_parent(parent: i32) {
    #[cfg(target_os = "linux")]
    // SAFETY: sets a property of this process.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0);
    }
    // SAFETY: reads a number.
    if unsafe { libc::getppid() } != parent {
        exit(EXIT_ORPHAN);
    }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(watch_start, module)?)?;
    module.add_function(wrap_pyfunction!(watch_task, module)?)?;
    module.add_function(wrap_pyfunction!(die_with_parent, module)?)
}
