//! Exact checks of keys and tokens, and of all that a pattern describes.
use std::ops::Range;

use regex::Regex;

use crate::text::chars;

/// Distinct characters below which a token was typed, not drawn.
const FEWEST_DISTINCT: usize = 8;
/// The same in the base64 of a key.
const FEWEST_IN_KEY: usize = 24;
const LONGEST_KEY: usize = 32_768;
const SHORTEST_KEY: usize = 60;

/// What a pattern matches from a place on, with no letter or digit beside it; the first group where it has one.
pub fn matched(pattern: &Regex, text: &str, at: usize) -> Option<Range<usize>> {
    let found = pattern.captures(&text[at..])?;
    let one = found.get(1).or_else(|| found.get(0))?;
    let (start, end) = (at + one.start(), at + one.end());
    let first_free = !text[start..].starts_with(is_part) || !text[..start].ends_with(is_part);
    let last_free = !text[..end].ends_with(is_part) || !text[end..].starts_with(is_part);
    (end > start && first_free && last_free).then_some(start..end)
}

/// Letters of scripts without blanks are a border.
fn is_part(c: char) -> bool {
    c < '\u{2e80}' && chars::is_word(c)
}

/// A match that looks drawn at random: no example, no row of stars.
pub fn token(pattern: &Regex, text: &str, at: usize) -> Option<Range<usize>> {
    let found = matched(pattern, text, at)?;
    is_random(&text[found.clone()]).then_some(found)
}

fn is_random(token: &str) -> bool {
    let lower = token.to_ascii_lowercase();
    let typed = [
        "example",
        "your",
        "xxxx",
        "0000",
        "1234567",
        "abcdef",
        "placeholder",
        "redacted",
    ];
    let row = token
        .as_bytes()
        .windows(5)
        .any(|five| five.iter().all(|byte| *byte == five[0]));
    distinct(token) >= FEWEST_DISTINCT && !row && !typed.iter().any(|word| lower.contains(word))
}

fn distinct(token: &str) -> usize {
    let mut seen = [false; 256];
    token
        .bytes()
        .for_each(|byte| seen[usize::from(byte)] = true);
    seen.iter().filter(|one| **one).count()
}

/// `sk-` and 32 characters or more, digits and letters mixed as chance mixes them: names in style sheets are none.
pub fn model_key(text: &str, at: usize) -> Option<Range<usize>> {
    if !text[at..].starts_with("sk-") || text[..at].ends_with(|c| is_part(c) || c == '-') {
        return None;
    }
    let body = &text[at + 3..];
    let length = body
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
        .count();
    let body = body[..length].trim_end_matches(['-', '_']);
    let digits = body.bytes().filter(u8::is_ascii_digit).count();
    let hyphens = body.bytes().filter(|byte| *byte == b'-').count();
    let lower = body.bytes().any(|byte| byte.is_ascii_lowercase());
    let upper = body.bytes().any(|byte| byte.is_ascii_uppercase());
    let mixed = lower && upper && digits > 1 || !upper && digits * 10 >= body.len() * 3;
    let drawn = mixed && hyphens * 8 <= body.len();
    let end = at + 3 + body.len();
    (body.len() >= 32 && drawn && is_random(body) && !text[end..].starts_with(is_part))
        .then_some(at..end)
}

/// A JSON web token: two parts of base64url that hold objects, the first with `alg`, and a signature.
pub fn web_token(text: &str, at: usize) -> Option<Range<usize>> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let bytes = text.as_bytes();
    if !text[at..].starts_with("eyJ") || at > 0 && is_part(bytes[at - 1]) {
        return None;
    }
    let (mut ends, mut end) = ([0; 3], at);
    for (number, place) in ends.iter_mut().enumerate() {
        let start = end + usize::from(number > 0);
        let length = bytes[start..]
            .iter()
            .take_while(|byte| is_part(**byte))
            .count();
        end = start + length;
        *place = end;
        let enough = if number == 1 {
            length >= 8
        } else {
            length >= 16
        };
        if !enough || number < 2 && bytes.get(end) != Some(&b'.') {
            return None;
        }
    }
    let header = decoded(&bytes[at..ends[0]]);
    let payload = text[ends[0] + 1..].starts_with("eyJ");
    let told = header.windows(5).any(|five| five == b"\"alg\"") && header.last() == Some(&b'}');
    (told && payload).then_some(at..end)
}

/// Base64url without padding.
fn decoded(token: &[u8]) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'-' => 62,
        _ => 63,
    };
    let mut made = Vec::with_capacity(token.len() * 3 / 4);
    for four in token.chunks(4) {
        let bits =
            four.iter().fold(0, |bits, byte| bits << 6 | value(*byte)) << (6 * (4 - four.len()));
        made.extend((0..four.len() - 1).map(|place| (bits >> (16 - 8 * place)) as u8));
    }
    made
}

/// A block from BEGIN to END of a private key in PEM; one that is cut goes as far as its base64 does.
pub fn private_key(text: &str, at: usize) -> Option<Range<usize>> {
    const BEGIN: &str = "-----BEGIN ";
    let head = text[at..].strip_prefix(BEGIN)?;
    let label = &head[..head.find("-----").filter(|end| *end < 40)?];
    if !label.ends_with("PRIVATE KEY") && !label.ends_with("PRIVATE KEY BLOCK") {
        return None;
    }
    let start = at + BEGIN.len() + label.len() + 5;
    let window = stretch(text, start, LONGEST_KEY);
    // No block holds another: without this many heads would each be followed through all that comes behind them.
    let window = window.find(BEGIN).map_or(window, |next| &window[..next]);
    let foot = format!("-----END {label}-----");
    let (body, end) = match window.find(&foot) {
        Some(place) => (&window[..place], start + place + foot.len()),
        None => {
            let length = window.bytes().take_while(|byte| is_armour(*byte)).count();
            (&window[..length], start + window[..length].trim_end().len())
        }
    };
    let plain: usize = body
        .bytes()
        .filter(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte))
        .count();
    let drawn = body.is_ascii() && !body.contains("...") && distinct(body) >= FEWEST_IN_KEY;
    (plain >= SHORTEST_KEY && drawn).then_some(at..end)
}

fn is_armour(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=\\ \r\n\t,:-".contains(&byte)
}

fn stretch(text: &str, start: usize, most: usize) -> &str {
    let end = (start + most).min(text.len());
    let end = (start..=end)
        .rev()
        .find(|place| text.is_char_boundary(*place))
        .unwrap_or(start);
    &text[start..end]
}
