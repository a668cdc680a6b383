//! Peeling one chunk: what stands between blanks, to the lengths of its tokens.
use super::tables::{
    AFTER_DOT, BEFORE_DOT, DOT_AFTER_ONE, DOT_AFTER_TWO, INFIX, LETTER, PREFIX, SUFFIX, Tables,
};
use super::url::is_url;

/// The tokens of a chunk by their lengths in bytes, appended to `lengths`. Without exceptions, this
/// is how the exceptions themselves are cut for the second pass.
pub fn split_chunk(tables: &Tables, chunk: &str, with_exceptions: bool, lengths: &mut Vec<u32>) {
    let exception = |text: &str| {
        if with_exceptions {
            tables.exception(text)
        } else {
            None
        }
    };
    if let Some(parts) = exception(chunk) {
        lengths.extend(parts.iter().map(|part| u32::from(*part)));
        return;
    }
    let mut rest = chunk;
    let mut suffixes: Vec<u32> = Vec::new();
    while !rest.is_empty() && exception(rest).is_none() {
        let prefix = prefix_len(tables, rest);
        let after = &rest[prefix..];
        if prefix > 0 && exception(after).is_some() {
            lengths.push(prefix as u32);
            rest = after;
            break;
        }
        let suffix = suffix_len(tables, after);
        let before = &rest[..rest.len() - suffix];
        if suffix > 0 && exception(before).is_some() {
            suffixes.push(suffix as u32);
            rest = before;
            break;
        }
        if prefix + suffix == 0 {
            break;
        }
        if prefix > 0 {
            lengths.push(prefix as u32);
        }
        if suffix > 0 {
            suffixes.push(suffix as u32);
        }
        rest = &rest[prefix..rest.len() - suffix];
    }
    if let Some(parts) = exception(rest) {
        lengths.extend(parts.iter().map(|part| u32::from(*part)));
    } else if !rest.is_empty() {
        split_middle(tables, rest, lengths);
    }
    lengths.extend(suffixes.iter().rev());
}

/// What no affix and no exception takes: a URL whole, else split at the infixes.
fn split_middle(tables: &Tables, text: &str, lengths: &mut Vec<u32>) {
    if is_url(tables, text) {
        lengths.push(text.len() as u32);
        return;
    }
    let mut start = 0;
    let mut at = 0;
    let mut before = None;
    while let Some(c) = text[at..].chars().next() {
        let length = infix_len(tables, before, c, &text[at..]);
        if length == 0 {
            before = Some(c);
            at += c.len_utf8();
            continue;
        }
        if at > 0 {
            if at > start {
                lengths.push((at - start) as u32);
            }
            lengths.push(length as u32);
            start = at + length;
        }
        at += length;
        before = text[..at].chars().next_back();
    }
    if start < text.len() {
        lengths.push((text.len() - start) as u32);
    }
}

fn dots(text: &str) -> usize {
    text.bytes().take_while(|byte| *byte == b'.').count()
}

/// The length of the prefix, 0 where there is none.
fn prefix_len(tables: &Tables, text: &str) -> usize {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return 0;
    };
    match first {
        _ if tables.is(first, PREFIX) => first.len_utf8(),
        '.' => match dots(text) {
            1 => 0,
            run => run,
        },
        '+' => usize::from(!characters.next().is_some_and(|c| c.is_ascii_digit())),
        _ => fixed(&tables.prefix_strings, |piece| text.starts_with(piece)),
    }
}

/// The longest of the strings that fit.
fn fixed(strings: &[&str], fits: impl Fn(&str) -> bool) -> usize {
    strings
        .iter()
        .filter(|piece| fits(piece))
        .map(|piece| piece.len())
        .max()
        .unwrap_or(0)
}

/// The length of the suffix, 0 where there is none: a pattern bound to the end, searched from the
/// left, takes the longest.
fn suffix_len(tables: &Tables, text: &str) -> usize {
    let mut backwards = text.chars().rev();
    let Some(last) = backwards.next() else {
        return 0;
    };
    if last == '.' {
        let run = text.bytes().rev().take_while(|byte| *byte == b'.').count();
        let is_token = run > 1 || ends_sentence(tables, backwards.next(), backwards.next());
        return if is_token { run } else { 0 };
    }
    let class = if tables.is(last, SUFFIX) {
        last.len_utf8()
    } else {
        0
    };
    class
        .max(fixed(&tables.suffix_strings, |piece| text.ends_with(piece)))
        .max(suffix_after_digit(tables, text))
}

/// Whether a single full stop after these two characters, nearest first, is a token of its own.
fn ends_sentence(tables: &Tables, nearest: Option<char>, second: Option<char>) -> bool {
    let Some(nearest) = nearest else {
        return false;
    };
    if tables.is(nearest, DOT_AFTER_ONE) {
        return true;
    }
    let degrees = second == Some('°') && matches!(nearest, 'F' | 'f' | 'C' | 'c' | 'K' | 'k');
    let capitals = tables.is(nearest, DOT_AFTER_TWO)
        && second.is_some_and(|second| tables.is(second, DOT_AFTER_TWO));
    degrees || capitals
}

/// A unit, currency or plus right after an ASCII digit; none of them holds a digit.
fn suffix_after_digit(tables: &Tables, text: &str) -> usize {
    let bytes = text.as_bytes();
    let longest = bytes
        .len()
        .saturating_sub(1)
        .min(tables.longest_suffix_after_digit);
    let digit = bytes
        .iter()
        .rev()
        .take(longest + 1)
        .position(u8::is_ascii_digit);
    match digit {
        None | Some(0) => 0,
        Some(length) => {
            let tail = &text[text.len() - length..];
            if tables.suffixes_after_digit.contains(tail) {
                length
            } else {
                0
            }
        }
    }
}

/// The length of the infix that starts with `c`, the first character of `rest`; 0 where none does.
#[inline]
fn infix_len(tables: &Tables, before: Option<char>, c: char, rest: &str) -> usize {
    if c.is_ascii_alphanumeric() {
        return 0;
    }
    if tables.is(c, INFIX) {
        return c.len_utf8();
    }
    match c {
        '.' => dot_len(tables, before, rest),
        '+' | '*' | '^' => operator_len(before, rest),
        '-' => match operator_len(before, rest) {
            0 => hyphen_len(tables, before, rest, &["-", "--", "---"]),
            length => length,
        },
        '–' => hyphen_len(tables, before, rest, &["–"]),
        '—' => hyphen_len(tables, before, rest, &["—", "——"]),
        '~' => hyphen_len(tables, before, rest, &["~"]),
        ',' if !before.is_some_and(|c| tables.is(c, LETTER)) => 0,
        ',' | ':' | '<' | '>' | '=' | '/' => hyphen_len(tables, before, rest, &[&rest[..1]]),
        _ => 0,
    }
}

fn dot_len(tables: &Tables, before: Option<char>, rest: &str) -> usize {
    let run = dots(rest);
    if run > 1 {
        return run;
    }
    let after = rest[1..].chars().next();
    let splits = before.is_some_and(|c| tables.is(c, BEFORE_DOT))
        && after.is_some_and(|c| tables.is(c, AFTER_DOT));
    usize::from(splits)
}

/// `+ - * ^` between a digit and a digit or hyphen.
fn operator_len(before: Option<char>, rest: &str) -> usize {
    let digit = before.is_some_and(|c| c.is_ascii_digit());
    let after = matches!(rest.as_bytes().get(1), Some(b'0'..=b'9' | b'-'));
    usize::from(digit && after)
}

/// The first of the pieces that stands between a letter or digit and a letter.
fn hyphen_len(tables: &Tables, before: Option<char>, rest: &str, pieces: &[&str]) -> usize {
    if !before.is_some_and(|c| c.is_ascii_digit() || tables.is(c, LETTER)) {
        return 0;
    }
    pieces
        .iter()
        .find(|piece| {
            rest.strip_prefix(**piece)
                .and_then(|after| after.chars().next())
                .is_some_and(|c| tables.is(c, LETTER))
        })
        .map_or(0, |piece| piece.len())
}

#[cfg(test)]
mod tests {
    use super::super::tables::tables;
    use super::*;

    fn split(chunk: &str) -> Vec<&str> {
        let mut lengths = Vec::new();
        split_chunk(tables(), chunk, true, &mut lengths);
        let mut rest = chunk;
        lengths
            .iter()
            .map(|length| {
                let (token, after) = rest.split_at(*length as usize);
                rest = after;
                token
            })
            .collect()
    }

    #[test]
    fn affixes_come_off_in_rounds() {
        let cases: [(&str, &[&str]); 12] = [
            ("(can't)", &["(", "ca", "n't", ")"]),
            ("'tis", &["'", "tis"]),
            ("US$5km/h", &["US$", "5", "km/h"]),
            ("5°C.", &["5", "°", "C", "."]),
            ("U.S.", &["U.S."]),
            ("END.", &["END", "."]),
            ("x..", &["x", ".."]),
            ("…a…b", &["…", "a", "…", "b"]),
            ("+5 ".trim(), &["+5"]),
            ("5+", &["5", "+"]),
            ("10-year", &["10", "-", "year"]),
            ("a----b", &["a----b"]),
        ];
        for (chunk, expected) in cases {
            assert_eq!(split(chunk), expected);
        }
    }

    #[test]
    fn a_long_chunk_takes_linear_time() {
        let chunk = "(".repeat(200_000) + &"a@".repeat(100_000) + &".".repeat(200_000);
        assert_eq!(split(&chunk).len(), 200_002);
    }
}
