//! The lists of spaCy's English tokenizer, read once from the file that a script made.
use std::sync::LazyLock;

use hashbrown::{HashMap, HashSet};

use super::pairs::Pairs;

pub const PREFIX: u16 = 1;
pub const SUFFIX: u16 = 1 << 1;
/// A full stop after one of these ends a chunk as a token of its own...
pub const DOT_AFTER_ONE: u16 = 1 << 2;
/// ...and after two of these.
pub const DOT_AFTER_TWO: u16 = 1 << 3;
pub const INFIX: u16 = 1 << 4;
pub const BEFORE_DOT: u16 = 1 << 5;
pub const AFTER_DOT: u16 = 1 << 6;
pub const LETTER: u16 = 1 << 7;
pub const URL_LABEL: u16 = 1 << 8;
pub const SENTENCE_MARK: u16 = 1 << 9;

const CLASSES: &[(&str, u16)] = &[
    ("[prefix class]", PREFIX),
    ("[suffix class]", SUFFIX),
    ("[suffix dot after 1]", DOT_AFTER_ONE),
    ("[suffix dot after 2]", DOT_AFTER_TWO),
    ("[infix class]", INFIX),
    ("[infix before dot]", BEFORE_DOT),
    ("[infix after dot]", AFTER_DOT),
    ("[letters]", LETTER),
    ("[url last label]", URL_LABEL),
    ("[sentence marks]", SENTENCE_MARK),
];

const SOURCE: &str = include_str!("../tables/spacy_en.txt");

pub struct Tables {
    classes: Box<[u16]>,
    pub prefix_strings: Vec<&'static str>,
    pub suffix_strings: Vec<&'static str>,
    pub suffixes_after_digit: HashSet<&'static str>,
    pub longest_suffix_after_digit: usize,
    /// The whole text of an exception to the lengths of its parts in bytes.
    pub exceptions: HashMap<Box<str>, Box<[u8]>>,
    pub longest_exception: usize,
    letter_exceptions: Box<[u32; 64 * 16]>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::read(SOURCE));
static PAIRS: LazyLock<Pairs> = LazyLock::new(|| Pairs::of_exceptions(&TABLES));

pub fn tables() -> &'static Tables {
    &TABLES
}

pub fn pairs() -> &'static Pairs {
    &PAIRS
}

impl Tables {
    fn read(source: &'static str) -> Tables {
        let mut tables = Tables {
            classes: vec![0; 0x11_0000].into_boxed_slice(),
            prefix_strings: Vec::new(),
            suffix_strings: Vec::new(),
            suffixes_after_digit: HashSet::new(),
            longest_suffix_after_digit: 0,
            exceptions: HashMap::new(),
            longest_exception: 0,
            letter_exceptions: Box::new([0; 64 * 16]),
        };
        let mut lines = source.lines().skip_while(|line| line.starts_with('#'));
        let mut list = "";
        for line in lines.by_ref() {
            if line == "[exceptions]" {
                break;
            }
            if line.starts_with('[') {
                list = line;
                continue;
            }
            match list {
                "[prefix strings]" => tables.prefix_strings.push(line),
                "[suffix strings]" => tables.suffix_strings.push(line),
                "[suffix strings after a digit]" => {
                    tables.suffixes_after_digit.insert(line);
                    tables.longest_suffix_after_digit =
                        tables.longest_suffix_after_digit.max(line.len());
                }
                _ => tables.add_to_class(list, line),
            }
        }
        lines.for_each(|line| tables.add_exception(line));
        tables
    }

    fn add_to_class(&mut self, list: &str, line: &str) {
        let Some((_, flag)) = CLASSES.iter().find(|(name, _)| *name == list) else {
            return;
        };
        let mut ends = line
            .split('-')
            .map(|number| usize::from_str_radix(number, 16).unwrap_or(0));
        if let (Some(first), Some(last)) = (ends.next(), ends.next()) {
            for class in &mut self.classes[first..=last] {
                *class |= flag;
            }
        }
    }

    fn add_exception(&mut self, line: &'static str) {
        let text: Box<str> = line.split('\t').collect();
        let parts: Box<[u8]> = line.split('\t').map(|part| part.len() as u8).collect();
        self.longest_exception = self.longest_exception.max(text.len());
        if parts.len() > 1 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            let (row, last) = letter_key(text.as_bytes());
            self.letter_exceptions[row] |= last;
        }
        self.exceptions.insert(text, parts);
    }

    #[inline]
    pub fn class(&self, c: char) -> u16 {
        self.classes[c as usize]
    }

    #[inline]
    pub fn is(&self, c: char, class: u16) -> bool {
        self.class(c) & class != 0
    }

    /// The parts of an exception, by their lengths in bytes.
    #[inline]
    pub fn exception(&self, text: &str) -> Option<&[u8]> {
        if text.len() > self.longest_exception {
            return None;
        }
        self.exceptions.get(text).map(AsRef::as_ref)
    }

    /// False for nearly all chunks of letters: whether one of this length, first and last letter is
    /// an exception with several parts.
    #[inline]
    pub fn may_be_letter_exception(&self, chunk: &[u8]) -> bool {
        let (row, last) = letter_key(chunk);
        chunk.len() < 16 && self.letter_exceptions[row] & last != 0
    }
}

#[inline]
fn letter_key(chunk: &[u8]) -> (usize, u32) {
    let (first, last) = match chunk {
        [first, .., last] => (*first, *last),
        _ => (0, 0),
    };
    let row = (first & 63) as usize * 16 + (chunk.len() & 15);
    (row, 1 << (last & 31))
}
