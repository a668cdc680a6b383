//! Masking e-mail and public IPv4 addresses.
use sha1::{Digest, Sha1};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::error::{CoreError, Result};
use crate::text::chars;
use crate::transforms::addresses::{Dialect, next_email, next_ip};

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

/// What stands in place of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// One of the fixed addresses: the document's id chooses the first, the next follow in turn.
    Mask,
    /// `<email:HASH>`: 16 hexadecimal digits of SHA-1 over salt and address.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Email,
    Ip,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Email => "email",
            Kind::Ip => "ip",
        }
    }
}

/// A masked address, in code points of the text before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Masked {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
}

/// Rewrites one text after another with the same choices.
pub struct Masker {
    pub dialect: Dialect,
    pub mode: Mode,
}

/// The new text under construction.
struct Draft<'a> {
    text: &'a str,
    out: String,
    spans: Vec<Masked>,
    /// The place in `text` up to which it was taken over, in bytes and in code points.
    at: usize,
    at_chars: usize,
    turns: [usize; 2],
}

impl Masker {
    /// The text without addresses and where they were; None where there were none.
    pub fn mask(&self, id: &str, text: &str) -> Option<(String, Vec<Masked>)> {
        memchr::memchr2(b'@', b'.', text.as_bytes())?;
        let mut draft = Draft {
            text,
            out: String::new(),
            spans: Vec::new(),
            at: 0,
            at_chars: 0,
            turns: [turn(id, EMAILS.len()), turn(id, IPS.len())],
        };
        let mut from = 0;
        loop {
            let email = next_email(text, from, self.dialect);
            let end = email.as_ref().map_or(text.len(), |range| range.start);
            self.mask_ips(&mut draft, from, end);
            let Some(range) = email else { break };
            from = range.end;
            self.replace(&mut draft, range, Kind::Email);
        }
        if draft.spans.is_empty() {
            return None;
        }
        draft.out.push_str(&text[draft.at..]);
        Some((draft.out, draft.spans))
    }

    /// The reference looks for IP addresses in what its e-mail pass left. What stands in for an e-mail
    /// address has letters at both ends, so no IP address reaches over it.
    fn mask_ips(&self, draft: &mut Draft<'_>, from: usize, to: usize) {
        let mut from = from;
        while let Some(range) = next_ip(draft.text, from, to, self.dialect) {
            from = range.end;
            self.replace(draft, range, Kind::Ip);
        }
    }

    fn replace(&self, draft: &mut Draft<'_>, range: std::ops::Range<usize>, kind: Kind) {
        let text = draft.text;
        draft.out.push_str(&text[draft.at..range.start]);
        let start = draft.at_chars + chars::char_count(&text[draft.at..range.start]);
        let end = start + chars::char_count(&text[range.clone()]);
        (draft.at, draft.at_chars) = (range.end, end);
        draft.spans.push(Masked { start, end, kind });
        let known: &[&str] = match kind {
            Kind::Email => &EMAILS,
            Kind::Ip => &IPS,
        };
        match &self.mode {
            Mode::Mask => {
                let turn = &mut draft.turns[kind as usize];
                draft.out.push_str(known[*turn]);
                *turn = (*turn + 1) % known.len();
            }
            Mode::Hash { salt } => draft.out.push_str(&hashed(salt, &text[range], kind)),
            Mode::Remove => {}
        }
    }
}

/// Which of so many replacements comes first in a document.
pub fn turn(id: &str, choices: usize) -> usize {
    (xxh3_64_with_seed(id.as_bytes(), choices as u64) % choices as u64) as usize
}

fn hashed(salt: &str, address: &str, kind: Kind) -> String {
    let mut hasher = Sha1::new();
    hasher.update(salt.as_bytes());
    hasher.update([0]);
    hasher.update(chars::lower(address).as_bytes());
    let digest = hasher.finalize();
    let head = digest.iter().take(8);
    let number = head.fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    format!("<{}:{number:016x}>", kind.name())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn masker(dialect: Dialect, mode: Mode) -> Masker {
        Masker { dialect, mode }
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
        assert_eq!((first.as_str(), spans[0].kind), ("a.b@x.org", Kind::Email));
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
