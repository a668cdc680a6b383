//! Rewrites of one text.
use std::sync::Arc;

use arrow_array::builder::LargeStringBuilder;
use arrow_array::{Array, BooleanArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tamis_core::text::chars;
use tamis_core::text::sentences::Sentences;
use tamis_core::transforms::c4_lines::{C4Lines, Choices, Dialect, c4_lines as keep_lines, judge};
use tamis_core::transforms::fix_text::Preset;

use super::columns::Columns;
use crate::arrow::{ArrowArray, import_texts};
use crate::error::core_error;
use crate::text::sentences_named;
use crate::texts::texts;

const LINE_COUNTS: [&str; 10] = [
    "line_count",
    "kept_line_count",
    "sentence_count",
    "curly_bracket_count",
    "lorem_ipsum_count",
    "long_word_line_count",
    "no_end_mark_line_count",
    "few_words_line_count",
    "javascript_line_count",
    "policy_line_count",
];

fn line_counts(found: &C4Lines) -> [usize; 10] {
    [
        found.lines,
        found.kept,
        found.sentences,
        found.curly_bracket,
        found.lorem_ipsum,
        found.long_word,
        found.no_end_mark,
        found.few_words,
        found.javascript,
        found.policy,
    ]
}

/// The kept lines of each text and the counts of lines by what became of them.
#[pyfunction]
#[pyo3(signature = (text, *, dialect, sentences, end_marks, min_words_per_line, max_word_length))]
fn c4_lines<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyAny>,
    dialect: &str,
    sentences: &str,
    end_marks: bool,
    min_words_per_line: usize,
    max_word_length: usize,
) -> PyResult<Bound<'py, PyDict>> {
    let choices = Choices {
        dialect: Dialect::from_name(dialect).map_err(core_error)?,
        sentences: sentences_named(py, sentences)?,
        end_marks,
        min_words_per_line,
        max_word_length,
    };
    let texts = texts(text)?;
    let (rewritten, columns) = py.detach(|| {
        let mut rewritten = LargeStringBuilder::new();
        let mut columns = Columns::new(&LINE_COUNTS, &[]);
        for doc in texts.docs() {
            let (kept, found) = keep_lines(doc.text, &choices);
            rewritten.append_value(kept);
            columns.push_ints(&line_counts(&found));
        }
        (rewritten.finish(), columns)
    });
    let dict = columns.into_dict(py)?;
    dict.set_item("text", ArrowArray::new(Arc::new(rewritten)))?;
    Ok(dict)
}

/// What became of each line of one text: `(start, end, fate)` in code points.
#[pyfunction]
#[pyo3(signature = (text, *, dialect, end_marks, min_words_per_line, max_word_length))]
fn c4_line_fates(
    text: &str,
    dialect: &str,
    end_marks: bool,
    min_words_per_line: usize,
    max_word_length: usize,
) -> PyResult<Vec<(usize, usize, &'static str)>> {
    let choices = Choices {
        dialect: Dialect::from_name(dialect).map_err(core_error)?,
        sentences: Sentences::SpacyEn,
        end_marks,
        min_words_per_line,
        max_word_length,
    };
    let (mut fates, mut room) = (Vec::new(), String::new());
    let (mut at, mut at_chars) = (0, 0);
    for line in chars::splitlines(text) {
        let start = line.as_ptr() as usize - text.as_ptr() as usize;
        at_chars += chars::char_count(&text[at..start]);
        let end_chars = at_chars + chars::char_count(line);
        let fate = judge(line, &choices, &mut room).0;
        fates.push((at_chars, end_chars, fate.name()));
        (at, at_chars) = (start + line.len(), end_chars);
    }
    Ok(fates)
}

/// Which texts ftfy may change. It does not say where it stands: what takes time is done in Python afterwards, on
/// rows that this would then be blamed for.
#[pyfunction]
#[pyo3(signature = (text, *, preset))]
fn suspected_texts(py: Python<'_>, text: &Bound<'_, PyAny>, preset: &str) -> PyResult<ArrowArray> {
    let preset = Preset::from_name(preset).map_err(core_error)?;
    let texts = import_texts(text)?;
    let found: BooleanArray = py.detach(|| {
        (0..texts.len())
            .map(|row| Some(!texts.is_null(row) && preset.suspects(texts.value(row))))
            .collect()
    });
    Ok(ArrowArray::new(Arc::new(found)))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(c4_lines, module)?)?;
    module.add_function(wrap_pyfunction!(c4_line_fates, module)?)?;
    module.add_function(wrap_pyfunction!(suspected_texts, module)?)
}
