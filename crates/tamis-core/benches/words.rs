//! MB/s of each splitting over text files: `cargo bench -p tamis-core --bench words -- FILE...`
#![allow(clippy::unwrap_used)]
use std::hint::black_box;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use tamis_core::doc::{Doc, Splits, WORD_SPLITTINGS};
use tamis_core::text::sentences::{SENTENCE_SPLITTINGS, sentence_count};

const DOCUMENT_BYTES: usize = 4_000;
const LEAST: Duration = Duration::from_millis(1_000);

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Time this thread has run, so that a busy machine does not count; the wall clock outside Linux.
fn time() -> Duration {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Documents of whole lines, near the size of web pages.
fn documents(texts: &[String]) -> Vec<String> {
    let mut made = vec![String::new()];
    for line in texts.iter().flat_map(|text| text.split_inclusive('\n')) {
        let last = made.last_mut().unwrap();
        last.push_str(line);
        if last.len() >= DOCUMENT_BYTES {
            made.push(String::new());
        }
    }
    made
}

fn report(name: &str, documents: &[String], measure: impl Fn(&str) -> usize) {
    let bytes: usize = documents.iter().map(String::len).sum();
    let start = time();
    let mut rounds = 0;
    let mut found = 0;
    while time() - start < LEAST {
        found = documents.iter().map(|text| measure(black_box(text))).sum();
        rounds += 1;
    }
    let speed = (bytes * rounds) as f64 / (time() - start).as_secs_f64() / 1e6;
    println!("{name:24} {speed:8.1} MB/s  {found} found");
}

fn main() {
    let texts: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned())
        .collect();
    let documents = documents(&texts);
    for (name, words) in WORD_SPLITTINGS {
        report(name, &documents, |text| {
            Doc::new(text, &Splits::default()).words(*words).len()
        });
    }
    for (name, sentences) in SENTENCE_SPLITTINGS {
        report(&format!("sentences {name}"), &documents, |text| {
            text.lines()
                .map(|line| sentence_count(line, *sentences))
                .sum()
        });
    }
}
