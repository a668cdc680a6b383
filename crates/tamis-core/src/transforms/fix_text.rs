//! Which texts ftfy would look at twice: whatever it changes is among them.
use std::sync::LazyLock;

use regex::Regex;

use crate::error::{CoreError, Result};

/// What is repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Encodings and nothing else.
    Encoding,
    /// All that ftfy does by default.
    Ftfy,
}

impl Preset {
    pub fn from_name(name: &str) -> Result<Preset> {
        match name {
            "encoding" => Ok(Preset::Encoding),
            "ftfy" => Ok(Preset::Ftfy),
            _ => Err(CoreError::new("unknown_preset").with("name", name)),
        }
    }

    /// Whether ftfy may change the text; where not, it is sure to leave it alone.
    pub fn suspects(self, text: &str) -> bool {
        match self {
            // Every alternative of the expression holds a character that is not ASCII.
            Preset::Encoding => {
                !text.is_ascii() && MOJIBAKE.as_ref().is_none_or(|found| found.is_match(text))
            }
            Preset::Ftfy => !text.bytes().all(is_plain),
        }
    }
}

/// An alternative a line; a text that none matches has no mojibake for ftfy.
static MOJIBAKE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let alternatives: Vec<&str> = include_str!("tables/mojibake.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    Regex::new(&alternatives.join("|")).ok()
});

/// ASCII that is neither removed (control characters) nor a line break to unify (`\r`) nor the
/// start of an entity.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0C | b' '..=b'~') && byte != b'&'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_an_expression() {
        assert!(MOJIBAKE.is_some());
    }

    #[test]
    fn mojibake_is_suspected() {
        let bad = [
            "schÃ¶n",
            "voilÃ  le",
            "â€œquoteâ€\u{9d}",
            "\u{85}",
            "Ð¿Ñ€Ð¸",
            "РџСЂРё вЂ”",
            "line\nÂ start",
            "ΒΓ β€™",
            "à²¨",
        ];
        for text in bad {
            assert!(Preset::Encoding.suspects(text), "{text}");
            assert!(Preset::Ftfy.suspects(text), "{text}");
        }
    }

    #[test]
    fn honest_texts_are_not() {
        let good = [
            "",
            "plain & simple\r\n\x07",
            "schön, voilà, “quote”…",
            "привет — мир",
            "今天天气很好，ＡＢＣ！",
            "日本語のテキスト「です」。",
            "한국어 문장",
            "Ελληνικά κείμενα",
            "naïve café",
            "ß",
        ];
        for text in good {
            assert!(!Preset::Encoding.suspects(text), "{text}");
        }
    }

    #[test]
    fn only_plain_ascii_is_sure_under_all_defaults() {
        let (plain, other) = (
            "a <b>\n\t\x0c~",
            ["&", "\r", "\x0b", "\x1b", "\x7f", "\0", "é", "ﬁ"],
        );
        assert!(!Preset::Ftfy.suspects(plain));
        for text in other {
            assert!(Preset::Ftfy.suspects(text), "{text:?}");
        }
    }

    #[test]
    fn a_preset_has_a_name() {
        assert_eq!(Preset::from_name("ftfy"), Ok(Preset::Ftfy));
        assert!(Preset::from_name("nfc").is_err());
    }
}
