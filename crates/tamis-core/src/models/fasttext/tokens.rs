//! The tokens of a text, and the rows that each adds.
use super::dictionary::{Dictionary, END, Token};
use super::memory::Memory;

/// What happens to a line end inside a document, which the library itself refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newlines {
    /// As a blank (datatrove today).
    Space,
    /// Deleted, which glues the words at its sides (datatrove when FineWeb was made).
    Delete,
}

impl Newlines {
    pub fn from_name(name: &str) -> Option<Newlines> {
        match name {
            "space" => Some(Newlines::Space),
            "delete" => Some(Newlines::Delete),
            _ => None,
        }
    }
}

/// Tokens longer than this are not remembered: text without blanks does not repeat.
const REMEMBERED_BYTES: usize = 48;

/// fastText splits at these seven and at no other blank of Unicode.
fn is_blank(byte: u8) -> bool {
    byte <= b' ' && matches!(byte, b' ' | b'\t'..=b'\r' | 0)
}

/// The token at the front of `text`, which begins with no blank; where it has at most 16 bytes,
/// also as a number with the first byte lowest.
#[inline]
fn front(text: &[u8]) -> (usize, Option<u128>) {
    if let Some(ahead) = text.first_chunk::<16>() {
        let ahead = u128::from_le_bytes(*ahead);
        // Sets the upper bit of each byte below 0x21, the lowest of them exactly; sixteen bytes
        // at a time, since a loop would mispredict at the end of nearly every word.
        let ones = u128::MAX / 255;
        let low = ahead.wrapping_sub(ones * 0x21) & !ahead & (ones * 0x80);
        let length = low.trailing_zeros() as usize / 8;
        if length < 16 && is_blank(text[length]) {
            return (length, Some(ahead & ((1 << (8 * length)) - 1)));
        }
    }
    let blank = text.iter().position(|byte| is_blank(*byte));
    let length = blank.unwrap_or(text.len());
    if length > 16 {
        return (length, None);
    }
    let mut padded = [0; 16];
    padded[..length].copy_from_slice(&text[..length]);
    (length, Some(u128::from_le_bytes(padded)))
}

/// Reads the tokens of one text up to its end sign and hands each one's rows and hash on.
pub fn each_token(
    text: &[u8],
    dictionary: &Dictionary,
    bytes: &[u8],
    memory: &mut Memory,
    spare: &mut Vec<u32>,
    mut add: impl FnMut(&[u32], Option<i32>),
) {
    let look_up = |token: &[u8], rows: &mut Vec<u32>| match dictionary.token(bytes, token, rows) {
        Token::Word(hash) => Some(hash),
        Token::Label => None,
    };
    let mut at = 0;
    loop {
        while at < text.len() && is_blank(text[at]) {
            at += 1;
        }
        // The library ends each text with a line end, which it reads as this token; one that
        // stands in the text ends it as well.
        let rest = if at < text.len() { &text[at..] } else { END };
        let (length, key) = front(rest);
        let token = &rest[..length];
        let known = match key {
            Some(key) => memory
                .short(key)
                .unwrap_or_else(|| memory.learn_short(key, |rows| look_up(token, rows))),
            None if length <= REMEMBERED_BYTES => memory.long(token, |rows| look_up(token, rows)),
            None => {
                spare.clear();
                let hash = look_up(token, spare);
                add(spare, hash);
                at += length;
                continue;
            }
        };
        add(memory.rows(known), known.hash);
        if token == END {
            return;
        }
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_seven_characters_are_blanks() {
        let blanks: Vec<u8> = (0..=255).filter(|byte| is_blank(*byte)).collect();
        assert_eq!(blanks, b"\0\t\n\x0b\x0c\r ");
    }

    #[test]
    fn tokens_of_all_lengths_end_at_the_first_blank() {
        for length in 1..40 {
            for after in 0..20 {
                // Control characters that are no blanks belong to the token.
                let token: Vec<u8> = (0..length)
                    .map(|at| [b'a', 0xc3, 1, 0x1f][at % 4])
                    .collect();
                let mut text = token.clone();
                text.extend((0..after).map(|at| if at == 0 { b' ' } else { b'z' }));
                let (found, key) = front(&text);
                assert_eq!(found, length, "{text:?}");
                assert_eq!(key.is_some(), length <= 16);
                if let Some(key) = key {
                    assert_eq!(key.to_le_bytes()[..length], token);
                    assert!(key.to_le_bytes()[length..].iter().all(|byte| *byte == 0));
                }
            }
        }
    }
}
