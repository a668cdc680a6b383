//! One pass over a text: anchors by one automaton, then the exact checks of their detectors.
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, Input, MatchKind};
use regex::Regex;

use super::addresses::{Dialect, next_email, next_ip};
use super::table::{Check, DETECTORS, Detector};
use super::{Category, digits, ipv6, secrets};
use crate::error::{CoreError, Result};

/// A hit, in bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub range: Range<usize>,
    pub detector: &'static Detector,
}

/// Looks for the detectors of some categories.
pub struct Scanner {
    emails: Option<&'static Detector>,
    /// IPv4 and IPv6.
    ips: Option<[&'static Detector; 2]>,
    anchors: Option<AhoCorasick>,
    /// What is asked where an anchor stands, by its number.
    owners: Vec<Vec<usize>>,
    /// The first of the anchors that are digits.
    first_digit: usize,
    patterns: Vec<Option<Regex>>,
}

/// The scanner of a set of categories, made once a process.
pub fn scanner(categories: &[Category]) -> Result<&'static Scanner> {
    const SETS: usize = 1 << Category::ALL.len();
    static SCANNERS: [OnceLock<Scanner>; SETS] = [const { OnceLock::new() }; SETS];
    let set = categories
        .iter()
        .fold(0, |set, category| set | 1 << *category as usize);
    if let Some(known) = SCANNERS[set].get() {
        return Ok(known);
    }
    let made = Scanner::new(categories)?;
    Ok(SCANNERS[set].get_or_init(|| made))
}

impl Scanner {
    fn new(categories: &[Category]) -> Result<Scanner> {
        let chosen = |category| categories.contains(&category);
        let address = |name: &str| {
            let found = DETECTORS.iter().find(|one| one.name == name);
            found.filter(|one| chosen(one.category))
        };
        let (mut anchors, mut owners) = (Vec::<&str>::new(), Vec::<Vec<usize>>::new());
        let (mut numbers, mut patterns) = (Vec::new(), Vec::new());
        for (number, detector) in DETECTORS.iter().enumerate() {
            patterns.push(None);
            if !chosen(detector.category) {
                continue;
            }
            patterns[number] = detector.check.pattern()?;
            if detector.digits {
                numbers.push(number);
            }
            for anchor in detector.anchors {
                match anchors.iter().position(|known| known == anchor) {
                    Some(at) => owners[at].push(number),
                    None => {
                        anchors.push(anchor);
                        owners.push(vec![number]);
                    }
                }
            }
        }
        let first_digit = anchors.len();
        if !numbers.is_empty() {
            anchors.extend(digits::ALL);
            owners.resize(anchors.len(), numbers);
        }
        Ok(Scanner {
            emails: address("email"),
            ips: address("ip")
                .zip(address("ipv6"))
                .map(|(four, six)| [four, six]),
            anchors: automaton(&anchors)?,
            owners,
            first_digit,
            patterns,
        })
    }

    /// All hits from left to right, none over another; an address is found first, then what starts first.
    pub fn scan(&self, text: &str, dialect: Dialect) -> Vec<Found> {
        let mut found = self.addresses(text, dialect);
        let addresses = found.len();
        self.anchored(text, &mut found);
        if addresses > 0 && found.len() > addresses {
            let rest = found.split_off(addresses);
            let free = |one: &Found| {
                let next = found.partition_point(|known| known.range.end <= one.range.start);
                found
                    .get(next)
                    .is_none_or(|known| known.range.start >= one.range.end)
            };
            let rest: Vec<Found> = rest.into_iter().filter(free).collect();
            found.extend(rest);
            found.sort_by_key(|one| one.range.start);
        }
        found
    }

    /// E-mail addresses, and IP addresses in what lies between them.
    fn addresses(&self, text: &str, dialect: Dialect) -> Vec<Found> {
        let mut found = Vec::new();
        let mut from = 0;
        loop {
            let email = self
                .emails
                .and_then(|detector| Some((next_email(text, from, dialect)?, detector)));
            let end = email.as_ref().map_or(text.len(), |(range, _)| range.start);
            if let Some(detectors) = self.ips {
                ips(text, from..end, dialect, detectors, &mut found);
            }
            let Some((range, detector)) = email else {
                return found;
            };
            from = range.end;
            found.push(Found { range, detector });
        }
    }

    fn anchored(&self, text: &str, found: &mut Vec<Found>) {
        let Some(anchors) = &self.anchors else { return };
        let bytes = text.as_bytes();
        let (mut at, mut floor) = (0, 0);
        while let Some(hit) = anchors.find(Input::new(bytes).span(at..bytes.len())) {
            let (start, anchor) = (hit.start(), hit.pattern().as_usize());
            at = start + 1;
            let run = (anchor >= self.first_digit).then(|| digits::run_end(bytes, start));
            if run.is_some_and(|end| digits::is_too_short(bytes, start, end)) {
                at = run.unwrap_or(at);
                continue;
            }
            let owners = self.owners[anchor].iter();
            let one = owners
                .filter_map(|number| self.check(*number, text, start))
                .find(|one| one.range.start >= floor);
            match one {
                Some(one) => {
                    (at, floor) = (one.range.end.max(at), one.range.end);
                    found.push(one);
                }
                None => at = run.unwrap_or(at),
            }
        }
    }

    fn check(&self, number: usize, text: &str, at: usize) -> Option<Found> {
        let detector = &DETECTORS[number];
        let range = match (&detector.check, &self.patterns[number]) {
            (Check::Function(function), _) => function(text, at),
            (Check::Token(_), Some(pattern)) => secrets::token(pattern, text, at),
            (Check::Phrase(_), Some(pattern)) => secrets::matched(pattern, text, at),
            _ => None,
        }?;
        Some(Found { range, detector })
    }
}

/// The IP addresses of a stretch. Only `Dialect::Tamis` knows IPv6.
fn ips(
    text: &str,
    stretch: Range<usize>,
    dialect: Dialect,
    [four, six]: [&'static Detector; 2],
    found: &mut Vec<Found>,
) {
    let (mut from, end) = (stretch.start, stretch.end);
    loop {
        let known = dialect == Dialect::Tamis;
        let long = known.then(|| ipv6::next_ipv6(text, from, end)).flatten();
        let to = long.as_ref().map_or(end, |range| range.start);
        while let Some(range) = next_ip(text, from, to, dialect) {
            from = range.end;
            found.push(Found {
                range,
                detector: four,
            });
        }
        let Some(range) = long else { return };
        from = range.end;
        found.push(Found {
            range,
            detector: six,
        });
    }
}

fn automaton(anchors: &[&str]) -> Result<Option<AhoCorasick>> {
    if anchors.is_empty() {
        return Ok(None);
    }
    let made = AhoCorasickBuilder::new()
        .match_kind(MatchKind::LeftmostFirst)
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(anchors);
    let made = made.map_err(|error| CoreError::new("bad_anchors").with("reason", error))?;
    Ok(Some(made))
}
