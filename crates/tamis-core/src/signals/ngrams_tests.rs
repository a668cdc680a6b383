#![allow(clippy::unwrap_used)]
use std::collections::{HashMap, HashSet};

use super::*;
use crate::doc::{Doc, Splits, Words};

/// The definitions, word for word, without a thought for speed.
fn plain_top(words: &[&str], n: usize) -> usize {
    let mut counts: HashMap<String, (usize, usize)> = HashMap::new();
    for at in 0..(words.len() + 1).saturating_sub(n) {
        let gram = words[at..at + n].join(" ");
        counts.entry(gram).or_insert((0, at)).0 += 1;
    }
    let best = counts
        .iter()
        .max_by_key(|(_, (count, at))| (*count, usize::MAX - at));
    best.map_or(0, |(gram, (count, _))| gram.chars().count() * count)
}

fn plain_duplicates(words: &[&str], n: usize) -> usize {
    let (mut seen, mut chars, mut at) = (HashSet::new(), 0, 0);
    while at + n <= words.len() {
        let gram = words[at..at + n].concat();
        if seen.contains(&gram) {
            chars += gram.chars().count();
            at += n;
        } else {
            seen.insert(gram);
            at += 1;
        }
    }
    chars
}

fn check(text: &str, ngrams: &mut Ngrams) {
    let splits = Splits::default();
    let doc = Doc::new(text, &splits);
    let words: Vec<&str> = doc.words(Words::Whitespace).iter().collect();
    ngrams.load(doc.words(Words::Whitespace));
    let top = ngrams.top();
    let duplicates = ngrams.duplicates();
    assert_eq!(top, TOP.map(|n| plain_top(&words, n)), "top of {text:?}");
    assert_eq!(
        duplicates,
        DUPLICATE.map(|n| plain_duplicates(&words, n)),
        "{text:?}"
    );
}

#[test]
fn worked_by_hand() {
    let mut ngrams = Ngrams::default();
    let splits = Splits::default();
    let text = "aa bb x cccc dddd y aa bb z cccc dddd w";
    ngrams.load(Doc::new(text, &splits).words(Words::Whitespace));
    assert_eq!(ngrams.top(), [10, 7, 12]);
    let (splits, text) = (Splits::default(), "a b ".repeat(12));
    ngrams.load(Doc::new(&text, &splits).words(Words::Whitespace));
    assert_eq!(ngrams.top(), [36, 55, 77]);
    assert_eq!(ngrams.duplicates(), [20, 18, 21, 16, 18, 20]);
}

#[test]
fn equal_concatenations_are_equal() {
    let mut ngrams = Ngrams::default();
    let text = "ab c def gh ijklmnopqrstuvwxyz one two three a bc de fgh ijklmnopqrstuvwxyz";
    let splits = Splits::default();
    ngrams.load(Doc::new(text, &splits).words(Words::Whitespace));
    assert_eq!(ngrams.duplicates()[0], 26);
    check(text, &mut ngrams);
}

#[test]
fn as_the_definitions_say_on_random_words() {
    let mut ngrams = Ngrams::default();
    for text in ["", "a", "a b", "a b c d e", "é é é é é é é é é é é é"] {
        check(text, &mut ngrams);
    }
    let mut state = 88172645463325252u64;
    for round in 0..600 {
        let mut next = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let (length, letters, longest) = (
            next(90),
            1 + next(4),
            1 + next(if round % 2 == 0 { 3 } else { 12 }),
        );
        let mut text = String::new();
        for _ in 0..length {
            for _ in 0..=next(longest) {
                text.push(['a', 'b', 'é', '字'][next(letters) as usize]);
            }
            text.push(' ');
        }
        let copy = text.clone();
        if next(2) == 0 {
            text.push_str(&copy[copy.find(' ').unwrap_or(0)..]);
        }
        check(&text, &mut ngrams);
    }
}
