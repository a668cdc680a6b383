//! The tokens of a text, and a bounded memory of what each adds to it: words repeat.
use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use super::dictionary::{Dictionary, END, Token};

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

/// fastText splits at these seven and at no other blank of Unicode.
pub fn is_blank(byte: u8) -> bool {
    BLANK[byte as usize]
}

static BLANK: [bool; 256] = {
    let mut blank = [false; 256];
    let mut at = 0;
    while at < 7 {
        blank[b" \n\r\t\x0b\x0c\0"[at] as usize] = true;
        at += 1;
    }
    blank
};

/// Tokens longer than this are not remembered: text without blanks does not repeat.
const REMEMBERED_BYTES: usize = 48;
/// When full, all is forgotten. 8 MiB hold the words of some ten thousand web pages.
const MEMORY_BYTES: usize = 8 << 20;

/// What the tokens met so far add to a text: their rows and their hash.
#[derive(Default)]
pub struct Memory {
    index: HashTable<Known>,
    words: Vec<u8>,
    rows: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Known {
    hash: u64,
    word: u32,
    length: u32,
    rows: u32,
    row_count: u32,
    token: Option<i32>,
}

impl Memory {
    /// The rows of a token, and its hash if it is a word.
    pub fn token<'a>(
        &'a mut self,
        dictionary: &Dictionary,
        bytes: &[u8],
        token: &[u8],
    ) -> (&'a [u32], Option<i32>) {
        let hash = xxh3_64(token);
        let words = &self.words;
        let found = self.index.find(hash, |known| {
            &words[known.word as usize..][..known.length as usize] == token
        });
        let known = match found {
            Some(known) => *known,
            None => self.learn(dictionary, bytes, token, hash),
        };
        let rows = &self.rows[known.rows as usize..][..known.row_count as usize];
        (rows, known.token)
    }

    fn learn(&mut self, dictionary: &Dictionary, bytes: &[u8], token: &[u8], hash: u64) -> Known {
        let held = self.words.len() + 4 * self.rows.len() + 40 * self.index.len();
        if held > MEMORY_BYTES {
            *self = Memory::default();
        }
        let (word, rows) = (self.words.len() as u32, self.rows.len() as u32);
        let token_kind = match dictionary.token(bytes, token, &mut self.rows) {
            Token::Word(hash) => Some(hash),
            Token::Label => None,
        };
        self.words.extend_from_slice(token);
        let known = Known {
            hash,
            word,
            length: token.len() as u32,
            rows,
            row_count: self.rows.len() as u32 - rows,
            token: token_kind,
        };
        self.index.insert_unique(hash, known, |known| known.hash);
        known
    }
}

/// Reads the tokens of one text up to its end sign and hands each one's rows on.
pub fn each_token(
    text: &[u8],
    dictionary: &Dictionary,
    bytes: &[u8],
    memory: &mut Memory,
    spare: &mut Vec<u32>,
    mut add: impl FnMut(&[u32], Option<i32>),
) {
    let mut at = 0;
    loop {
        while at < text.len() && is_blank(text[at]) {
            at += 1;
        }
        let start = at;
        while at < text.len() && !is_blank(text[at]) {
            at += 1;
        }
        // The library ends each text with a line end, which it reads as this token; one that
        // stands in the text ends it as well.
        let token = if start == at { END } else { &text[start..at] };
        if token.len() <= REMEMBERED_BYTES {
            let (rows, hash) = memory.token(dictionary, bytes, token);
            add(rows, hash);
        } else {
            spare.clear();
            let hash = match dictionary.token(bytes, token, spare) {
                Token::Word(hash) => Some(hash),
                Token::Label => None,
            };
            add(spare, hash);
        }
        if token == END {
            return;
        }
    }
}
