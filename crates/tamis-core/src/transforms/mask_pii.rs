//! Masking addresses, numbers and keys that the detectors find.
use std::borrow::Cow;
use std::net::Ipv6Addr;

use sha1::{Digest, Sha1};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::detectors::addresses::Dialect;
use crate::detectors::{Category, Detector, Scanner};
use crate::error::{CoreError, Result};
use crate::text::chars;

/// Addresses that nobody owns: reserved for examples, and without an answer when FineWeb was made.
pub const EMAILS: [&str; 2] = ["email@example.com", "firstname.lastname@example.org"];
pub const IPS: [&str; 6] = [
    "22.214.171.124",
    "126.96.36.199",
    "188.8.131.52",
    "184.108.40.206",
    "220.127.116.11",
    "18.104.22.168",
];

/// Of the range that is for documentation (RFC 3849).
pub const IPV6: &str = "2001:db8::1";

/// What stands in place of a hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// One of the fixed addresses (the document's id chooses the first, the next follow in turn; IPv6 has one); `<phone>`
    /// for others.
    Mask,
    /// `<email:HASH>`: 16 hexadecimal digits of SHA-1 over salt and what was found.
    Hash {
        salt: String,
    },
    Remove,
}

impl Mode {
    pub fn from_name(name: &str, salt: &str) -> Result<Mode> {
        match name {
            "mask" => Ok(Mode::Mask),
            "hash" => Ok(Mode::Hash {
                salt: salt.to_owned(),
            }),
            "remove" => Ok(Mode::Remove),
            _ => Err(CoreError::new("unknown_mode").with("name", name)),
        }
    }
}

pub fn dialect_from_name(name: &str) -> Result<Dialect> {
    match name {
        "fineweb" => Ok(Dialect::Fineweb),
        "tamis" => Ok(Dialect::Tamis),
        _ => Err(CoreError::new("unknown_dialect").with("name", name)),
    }
}

/// What was masked, in code points of the text before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Masked {
    pub start: usize,
    pub end: usize,
    pub detector: &'static Detector,
}

/// Rewrites one text after another with the same choices.
pub struct Masker {
    pub scanner: &'static Scanner,
    pub dialect: Dialect,
    pub mode: Mode,
}

impl Masker {
    /// The text without what was looked for, and where it was; None where there was none.
    pub fn mask(&self, id: &str, text: &str) -> Option<(String, Vec<Masked>)> {
        let found = self.scanner.scan(text, self.dialect);
        if found.is_empty() {
            return None;
        }
        let mut turns = [turn(id, EMAILS.len()), turn(id, IPS.len())];
        let (mut out, mut spans) = (String::with_capacity(text.len()), Vec::new());
        let (mut at, mut at_chars) = (0, 0);
        for one in found {
            let between = &text[at..one.range.start];
            let hit = &text[one.range.clone()];
            let start = at_chars + chars::char_count(between);
            let end = start + chars::char_count(hit);
            (at, at_chars) = (one.range.end, end);
            out.push_str(between);
            self.replace(&mut out, hit, one.detector.category, &mut turns);
            spans.push(Masked {
                start,
                end,
                detector: one.detector,
            });
        }
        out.push_str(&text[at..]);
        Some((out, spans))
    }

    fn replace(&self, out: &mut String, hit: &str, category: Category, turns: &mut [usize; 2]) {
        match (&self.mode, category) {
            (Mode::Mask, Category::Email) => out.push_str(next(&EMAILS, &mut turns[0])),
            (Mode::Mask, Category::Ip) if hit.contains(':') => out.push_str(IPV6),
            (Mode::Mask, Category::Ip) => out.push_str(next(&IPS, &mut turns[1])),
            (Mode::Mask, _) => out.push_str(&format!("<{}>", category.name())),
            (Mode::Hash { salt }, _) => out.push_str(&hashed(salt, hit, category)),
            (Mode::Remove, _) => {}
        }
    }
}

fn next(known: &[&'static str], turn: &mut usize) -> &'static str {
    let one = known[*turn];
    *turn = (*turn + 1) % known.len();
    one
}

/// Which of so many replacements comes first in a document.
pub fn turn(id: &str, choices: usize) -> usize {
    (xxh3_64_with_seed(id.as_bytes(), choices as u64) % choices as u64) as usize
}

/// Equal ones however they are set: addresses without capitals, numbers without what stands between the digits.
fn plain(hit: &str, category: Category) -> Cow<'_, str> {
    match category {
        Category::Email => chars::lower(hit),
        // Full and compressed forms are one address.
        Category::Ip => match hit.parse::<Ipv6Addr>() {
            Ok(address) => Cow::Owned(address.to_string()),
            Err(_) => Cow::Borrowed(hit),
        },
        Category::Secret => Cow::Borrowed(hit),
        _ => {
            let narrow = |c| match c {
                '０'..='９' | 'Ｘ' | 'ｘ' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
                _ => c,
            };
            let kept = hit.chars().map(narrow).filter(char::is_ascii_alphanumeric);
            Cow::Owned(kept.collect::<String>().to_ascii_lowercase())
        }
    }
}

fn hashed(salt: &str, hit: &str, category: Category) -> String {
    let mut hasher = Sha1::new();
    hasher.update(salt.as_bytes());
    hasher.update([0]);
    hasher.update(plain(hit, category).as_bytes());
    let digest = hasher.finalize();
    let head = digest.iter().take(8);
    let number = head.fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    format!("<{}:{number:016x}>", category.name())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::detectors::scanner;

    fn masker(dialect: Dialect, mode: Mode) -> Masker {
        let scanner = scanner(&[Category::Email, Category::Ip]).unwrap();
        Masker {
            scanner,
            dialect,
            mode,
        }
    }

    /// An id whose first replacements are the first of both lists, as in a fresh formatter.
    fn fresh() -> String {
        let ids = (0..1000).map(|number| number.to_string());
        let first = |id: &String| turn(id, 2) == 0 && turn(id, 6) == 0;
        ids.into_iter().find(first).unwrap()
    }

    #[test]
    fn replacements_follow_in_turn() {
        let masker = masker(Dialect::Fineweb, Mode::Mask);
        let text = "mail a.b@x.org, c@y.co and d@z.io; ip 8.8.8.8 10.0.0.1 1.1.1.1 v1.2.3.4";
        let (masked, spans) = masker.mask(&fresh(), text).unwrap();
        assert_eq!(
            masked,
            "mail email@example.com, firstname.lastname@example.org and email@example.com; \
             ip 22.214.171.124 10.0.0.1 126.96.36.199 v188.8.131.52"
        );
        assert_eq!(spans.len(), 6);
        let first: String = text
            .chars()
            .skip(spans[0].start)
            .take(spans[0].end - spans[0].start)
            .collect();
        assert_eq!(
            (first.as_str(), spans[0].detector.name),
            ("a.b@x.org", "email")
        );
    }

    #[test]
    fn ips_between_emails_keep_their_order_and_offsets() {
        let text = "é 8.8.8.8 a@b.cd 1.1.1.1 字";
        for mode in [Mode::Remove, Mode::Mask, Mode::Hash { salt: "s".into() }] {
            let (masked, spans) = masker(Dialect::Fineweb, mode.clone())
                .mask("x", text)
                .unwrap();
            let offsets: Vec<_> = spans.iter().map(|span| (span.start, span.end)).collect();
            assert_eq!(offsets, [(2, 9), (10, 16), (17, 24)]);
            match mode {
                Mode::Remove => assert_eq!(masked, "é    字"),
                Mode::Mask => assert!(masked.starts_with("é ") && masked.ends_with(" 字")),
                Mode::Hash { .. } => assert!(masked.contains("<email:") && masked.contains("<ip:")),
            }
        }
        assert!(
            masker(Dialect::Fineweb, Mode::Mask)
                .mask("x", "no address. here @")
                .is_none()
        );
    }
}
