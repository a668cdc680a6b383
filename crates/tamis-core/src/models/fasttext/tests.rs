#![allow(clippy::unwrap_used)]
use super::*;

/// A model of two columns, written as fastText writes it.
struct Sample {
    version: i32,
    loss: i32,
    model: i32,
    word_ngrams: i32,
    buckets: i32,
    longest: i32,
    words: &'static [&'static str],
    labels: &'static [(&'static str, i64)],
    pruned: Option<&'static [(i32, i32)]>,
    input: Vec<[f32; 2]>,
    output: Vec<[f32; 2]>,
}

impl Default for Sample {
    fn default() -> Self {
        Sample {
            version: 12,
            loss: 3,
            model: 3,
            word_ngrams: 1,
            buckets: 0,
            longest: 0,
            words: &["a", "b", "</s>"],
            labels: &[("__label__x", 5), ("__label__y", 3)],
            pruned: None,
            input: vec![[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]],
            output: vec![[2.0, 0.0], [0.0, 2.0]],
        }
    }
}

impl Sample {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let ints = |bytes: &mut Vec<u8>, values: &[i32]| {
            values.iter().for_each(|v| bytes.extend(v.to_le_bytes()));
        };
        ints(
            &mut bytes,
            &[MAGIC, self.version, 2, 5, 5, 1, 5, self.word_ngrams],
        );
        ints(
            &mut bytes,
            &[self.loss, self.model, self.buckets, 1, self.longest, 100],
        );
        bytes.extend(1e-4_f64.to_le_bytes());
        let (words, labels) = (self.words.len() as i32, self.labels.len() as i32);
        ints(&mut bytes, &[words + labels, words, labels]);
        bytes.extend(100_i64.to_le_bytes());
        bytes.extend(
            self.pruned
                .map_or(-1, |kept| kept.len() as i64)
                .to_le_bytes(),
        );
        let words = self.words.iter().map(|word| (*word, 7_i64, 0_u8));
        let labels = self.labels.iter().map(|(label, count)| (*label, *count, 1));
        for (word, count, kind) in words.chain(labels) {
            bytes.extend(word.as_bytes());
            bytes.push(0);
            bytes.extend(count.to_le_bytes());
            bytes.push(kind);
        }
        for (bucket, row) in self.pruned.unwrap_or_default() {
            ints(&mut bytes, &[*bucket, *row]);
        }
        for matrix in [&self.input, &self.output] {
            bytes.push(0);
            bytes.extend((matrix.len() as i64).to_le_bytes());
            bytes.extend(2_i64.to_le_bytes());
            matrix
                .iter()
                .flatten()
                .for_each(|v| bytes.extend(v.to_le_bytes()));
        }
        bytes
    }

    fn read(&self) -> Result<FastText> {
        FastText::read(Bytes::Held(self.bytes()))
    }

    fn scores(&self, text: &str) -> Vec<(String, f32)> {
        scores_of(&self.read().unwrap(), text, Newlines::Space)
    }
}

fn scores_of(model: &FastText, text: &str, newlines: Newlines) -> Vec<(String, f32)> {
    let mut scratch = Scratch::default();
    let found = model.predict(text, newlines, 9, &mut scratch).unwrap();
    let again = model.predict(text, newlines, 9, &mut scratch).unwrap();
    assert_eq!(found, again);
    let name = |label: u32| model.labels()[label as usize].clone();
    found
        .iter()
        .map(|found| (name(found.label), found.score))
        .collect()
}

fn close(found: &[(String, f32)], expected: &[(&str, f32)]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((label, score), (name, value)) in found.iter().zip(expected) {
        assert_eq!(label, &format!("__label__{name}"), "{found:?}");
        assert!((score - value).abs() < 2e-6, "{found:?}");
    }
}

/// Softmax of a difference, with the 1e-5 that the library adds to each score.
fn softmax(difference: f32) -> f32 {
    1.0 / (1.0 + (-difference).exp()) + 1e-5
}

#[test]
fn mean_of_the_rows_through_a_softmax() {
    // Rows a, a, b and the end sign: hidden (1/2, 1/4), products (1, 1/2).
    let found = Sample::default().scores("a a b");
    close(&found, &[("x", softmax(0.5)), ("y", softmax(-0.5))]);
}

#[test]
fn unknown_words_and_labels_add_nothing() {
    let expected = Sample::default().scores("b");
    close(&expected, &[("y", softmax(1.0)), ("x", softmax(-1.0))]);
    for text in [
        "b zebra",
        "__label__x b __label__new",
        " \t\u{0}b\u{b}\u{c}\r",
    ] {
        assert_eq!(Sample::default().scores(text), expected, "{text:?}");
    }
    // A no-break space is no blank here, so this is one unknown word.
    let empty = Sample::default().scores("");
    assert_eq!(Sample::default().scores("b\u{a0}b"), empty);
}

#[test]
fn the_end_sign_ends_the_text() {
    let sample = Sample::default();
    assert_eq!(sample.scores("a </s> b b b"), sample.scores("a"));
}

#[test]
fn line_ends_are_blanks_or_deleted() {
    let model = Sample::default().read().unwrap();
    let of = |text, newlines| scores_of(&model, text, newlines);
    assert_eq!(of("a\nb\n", Newlines::Space), of("a b", Newlines::Space));
    assert_eq!(of("a\n", Newlines::Delete), of("a", Newlines::Space));
    assert_eq!(
        of("a\nb a\n\n", Newlines::Delete),
        of("ab a", Newlines::Space)
    );
}

#[test]
fn nothing_known_gives_no_label() {
    let sample = Sample {
        words: &["a", "b"],
        input: vec![[1.0, 0.0], [0.0, 1.0]],
        ..Sample::default()
    };
    assert_eq!(sample.scores(""), []);
    assert_eq!(sample.scores("c d"), []);
    assert_eq!(sample.scores("c a").len(), 2);
}

#[test]
fn hierarchical_softmax_multiplies_along_the_path() {
    let sample = Sample {
        loss: 1,
        labels: &[("__label__x", 5), ("__label__y", 3), ("__label__z", 1)],
        // Rows are the tree's inner nodes: z or y, then that pair or x.
        output: vec![[2.0, 0.0], [0.0, 2.0], [9.0, 9.0]],
        ..Sample::default()
    };
    // Hidden (1/2, 0): the lower node says y with p, the root is undecided.
    let p = 1.0 / (1.0 + (-1.0_f32).exp());
    let expected = [
        ("x", 0.50001),
        ("y", 0.50001 * (p + 1e-5)),
        ("z", 0.50001 * (1.0 - p + 1e-5)),
    ];
    close(&sample.scores("a"), &expected);
}

#[test]
fn sigmoids_are_independent() {
    for loss in [2, 4] {
        let sample = Sample {
            loss,
            output: vec![[16.1, 0.0], [0.0, 1.0]],
            ..Sample::default()
        };
        // Products 8.05, beyond the table, and 0.
        close(&sample.scores("a"), &[("x", 1.00001), ("y", 0.50001)]);
    }
}

#[test]
fn character_ngrams_of_unknown_words() {
    // One bucket: each n-gram of "<cd>" but the two border signs alone is row 3.
    let sample = Sample {
        buckets: 1,
        longest: 2,
        input: vec![[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [2.0, 0.0]],
        ..Sample::default()
    };
    // "<c", c, cd, d, "d>" and the end sign: hidden (10/6, 0).
    let difference = 20.0 / 6.0;
    close(
        &sample.scores("cd"),
        &[("x", softmax(difference)), ("y", softmax(-difference))],
    );
    let old = Sample {
        version: 11,
        ..sample
    };
    assert_eq!(old.scores("cd"), old.scores(""));
}

#[test]
fn word_ngrams_count_unknown_words_too() {
    let sample = Sample {
        buckets: 1,
        word_ngrams: 3,
        input: vec![[0.0; 2], [0.0; 2], [0.0; 2], [1.0, 0.0]],
        ..Sample::default()
    };
    // Tokens c, d, end: three n-grams of two or three, one row of its own (the end).
    close(
        &sample.scores("c d"),
        &[("x", softmax(1.5)), ("y", softmax(-1.5))],
    );
}

#[test]
fn invalid_models_are_refused_by_kind() {
    let kind = |sample: Sample| sample.read().err().unwrap().kind;
    let sample = Sample::default;
    assert_eq!(
        kind(Sample {
            version: 13,
            ..sample()
        }),
        "model_version"
    );
    assert_eq!(
        kind(Sample {
            model: 1,
            ..sample()
        }),
        "model_not_supervised"
    );
    assert_eq!(
        kind(Sample {
            loss: 5,
            ..sample()
        }),
        "model_invalid"
    );
    assert_eq!(
        kind(Sample {
            longest: 3,
            ..sample()
        }),
        "model_invalid"
    );
    assert_eq!(
        kind(Sample {
            longest: 3,
            buckets: 9,
            ..sample()
        }),
        "model_invalid"
    );
    assert_eq!(
        kind(Sample {
            pruned: Some(&[]),
            ..sample()
        }),
        "model_invalid"
    );
    assert_eq!(
        kind(Sample {
            input: vec![[0.0; 2]; 2],
            ..sample()
        }),
        "model_invalid"
    );
    assert_eq!(
        kind(Sample {
            output: vec![[0.0; 2]; 3],
            ..sample()
        }),
        "model_invalid"
    );
    assert_eq!(
        FastText::read(Bytes::Held(vec![0; 99])).err().unwrap().kind,
        "not_fasttext"
    );
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = Sample::default().bytes();
    for length in 1..bytes.len() {
        let model = FastText::read(Bytes::Held(bytes[..length].to_vec()));
        assert_eq!(model.err().unwrap().kind, "model_truncated", "{length}");
    }
}

#[test]
fn any_flipped_bit_is_an_error_or_a_model() {
    let sample = Sample {
        loss: 1,
        buckets: 1,
        longest: 2,
        word_ngrams: 2,
        ..Sample::default()
    };
    let input = vec![[1.0, 0.5]; 4];
    let bytes = Sample { input, ..sample }.bytes();
    let mut scratch = Scratch::default();
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(model) = FastText::read(Bytes::Held(bytes)) {
            scratch.memory = Memory::default();
            if let Ok(found) = model.predict("a b é cd", Newlines::Space, 2, &mut scratch) {
                assert!(found.iter().all(|found| found.score.is_finite()));
            }
        }
    }
}

#[test]
fn weights_that_are_no_numbers_are_an_error() {
    let model = Sample {
        output: vec![[f32::NAN; 2]; 2],
        ..Sample::default()
    }
    .read()
    .unwrap();
    let error = model.predict("a", Newlines::Space, 2, &mut Scratch::default());
    assert_eq!(error.unwrap_err().kind, "model_not_finite");
}
