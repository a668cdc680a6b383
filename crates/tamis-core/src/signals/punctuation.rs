//! The character sets of datatrove's filters, read from a generated table.
use std::sync::LazyLock;

/// A set of characters as bits; a code point past the end is not in it.
#[derive(Debug, Clone, Default)]
pub struct CharSet {
    bits: Box<[u64]>,
}

impl CharSet {
    fn of_codes(codes: &[u32]) -> Self {
        let size = codes.iter().max().map_or(0, |top| *top as usize / 64 + 1);
        let mut bits = vec![0; size].into_boxed_slice();
        for code in codes {
            bits[*code as usize / 64] |= 1 << (code % 64);
        }
        CharSet { bits }
    }

    #[inline]
    pub fn contains(&self, c: char) -> bool {
        let code = c as usize;
        self.bits
            .get(code / 64)
            .is_some_and(|word| word >> (code % 64) & 1 == 1)
    }
}

/// The sets by the state of datatrove that has them.
pub struct PunctuationSets {
    /// Ends of sentences in all scripts (0.10.1: 159).
    pub marks: CharSet,
    /// A token of these characters alone is no word: the state of 2024 (129).
    pub symbols_2024: CharSet,
    /// The same in 0.10.1: those and the marks (281).
    pub symbols: CharSet,
}

pub static PUNCTUATION: LazyLock<PunctuationSets> = LazyLock::new(|| {
    let (mut marks, mut symbols) = (Vec::new(), Vec::new());
    let mut in_symbols = false;
    let table = include_str!("tables/punctuation.txt");
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        match line {
            "marks" => in_symbols = false,
            "symbols" => in_symbols = true,
            range if in_symbols => symbols.extend(codes(range)),
            range => marks.extend(codes(range)),
        }
    }
    let symbols_2024 = CharSet::of_codes(&symbols);
    symbols.extend_from_slice(&marks);
    PunctuationSets {
        marks: CharSet::of_codes(&marks),
        symbols_2024,
        symbols: CharSet::of_codes(&symbols),
    }
});

fn codes(range: &str) -> std::ops::RangeInclusive<u32> {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let parse = |digits| u32::from_str_radix(digits, 16).unwrap_or(0);
    parse(first)..=parse(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(set: &CharSet) -> u32 {
        set.bits.iter().map(|word| word.count_ones()).sum()
    }

    #[test]
    fn sets_are_those_of_the_reference() {
        assert_eq!(size(&PUNCTUATION.marks), 159);
        assert_eq!(size(&PUNCTUATION.symbols_2024), 129);
        assert_eq!(size(&PUNCTUATION.symbols), 281);
        for c in "。！？.!?".chars() {
            assert!(PUNCTUATION.marks.contains(c), "{c}");
        }
        for c in "\"'…:‘\u{10ffff}".chars() {
            assert!(!PUNCTUATION.marks.contains(c), "{c}");
        }
        for c in "！１，…\u{0}\u{9f}".chars() {
            assert!(PUNCTUATION.symbols_2024.contains(c), "{c}");
        }
        for c in "‘‹›•·¿¡°€£©\t\n".chars() {
            assert!(!PUNCTUATION.symbols.contains(c), "{c}");
        }
    }
}
