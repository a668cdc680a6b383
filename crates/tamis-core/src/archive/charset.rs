//! The charset of a page by the WHATWG order: byte order mark, header, declaration, detector.
use chardetng::EncodingDetector;
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE};
use memchr::memchr_iter;
use std::borrow::Cow;

use super::prescan;
use crate::error::{CoreError, Result};

/// Damaged characters that do not yet speak against a label: a stray quotation mark or two in an English page.
const FEW: usize = 16;
/// How far into a page zero bytes are counted.
const LOOKED_AT: usize = 4096;
/// Fewer bytes show no UTF-16.
const SURE: usize = 32;

/// How the charset was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Mark,
    Header,
    Meta,
    Detector,
}

impl Found {
    pub fn name(self) -> &'static str {
        match self {
            Found::Mark => "bom",
            Found::Header => "header",
            Found::Meta => "meta",
            Found::Detector => "detector",
        }
    }
}

/// The charset of `page`. `header` is the label of the HTTP header, `markup` whether the page may declare one
/// itself, `top_level_domain` (lower case) a hint for the detector. A label that the bytes contradict (read so,
/// more of the text is damaged than not) is passed over: a browser would show it damaged, a corpus need not.
pub fn choose(
    page: &[u8],
    header: Option<&[u8]>,
    markup: bool,
    top_level_domain: Option<&[u8]>,
) -> (&'static Encoding, Found) {
    if let Some((encoding, _)) = Encoding::for_bom(page) {
        return (encoding, Found::Mark);
    }
    let shown = shown(page);
    let possible = |encoding: &&'static Encoding| shown.is_none_or(|one| one == *encoding);
    if let Some(encoding) = header
        .and_then(Encoding::for_label_no_replacement)
        .filter(possible)
        && !contradicted(page, encoding)
    {
        return (encoding, Found::Header);
    }
    if markup
        && let Some(encoding) = prescan::declared(page).filter(possible)
        && !contradicted(page, encoding)
    {
        return (encoding, Found::Meta);
    }
    let guess = || detect(page, top_level_domain);
    (shown.unwrap_or_else(guess), Found::Detector)
}

/// A charset that the bytes show, whatever a label says: UTF-16 without a mark by its zero bytes, which no text in
/// another charset has, ISO-2022-JP by its escape sequences. Both would pass for valid UTF-8.
fn shown(page: &[u8]) -> Option<&'static Encoding> {
    let head = page.get(..LOOKED_AT).unwrap_or(page);
    let (mut first, mut second) = (0usize, 0usize);
    for pair in head.chunks_exact(2) {
        first += usize::from(pair.first() == Some(&0));
        second += usize::from(pair.last() == Some(&0));
    }
    // An eighth: tags, spaces and line ends, also between Chinese characters.
    let sixteen = |zeros: usize, others: usize| {
        head.len() >= SURE && zeros * 16 >= head.len() && others * 20 <= zeros
    };
    if sixteen(second, first) {
        return whole(head, UTF_16LE);
    }
    if sixteen(first, second) {
        return whole(head, UTF_16BE);
    }
    let escapes = memchr_iter(0x1b, page).filter(|at| {
        matches!(
            page.get(at + 1..at + 3),
            Some([b'$', b'@' | b'B'] | [b'(', b'B' | b'J' | b'I'])
        )
    });
    if escapes.take(2).count() == 2 {
        return whole(page, ISO_2022_JP);
    }
    None
}

/// The charset if the page has characters beyond ASCII in it, or is UTF-16, and next to none is damaged.
fn whole(page: &[u8], encoding: &'static Encoding) -> Option<&'static Encoding> {
    let (bad, good, _) = damage(page, encoding);
    let some = good > 0 || encoding != ISO_2022_JP;
    (some && bad * 100 <= good + FEW).then_some(encoding)
}

/// UTF-8 where the bytes are valid UTF-8, else what Firefox's detector guesses.
fn detect(page: &[u8], top_level_domain: Option<&[u8]>) -> &'static Encoding {
    if std::str::from_utf8(page).is_ok() {
        return UTF_8;
    }
    let usable = |label: &&[u8]| {
        !label.is_empty()
            && label
                .iter()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let mut detector = EncodingDetector::new();
    detector.feed(page, true);
    let guess = detector.guess(top_level_domain.filter(usable), true);
    // UTF-8 is guessed only for valid UTF-8; damaged UTF-8 gets a legacy guess, so it is tried again here.
    let (bad, good, _) = damage(page, UTF_8);
    if good > bad { UTF_8 } else { guess }
}

/// Whether reading the page so damages more of its characters beyond ASCII than it leaves whole.
fn contradicted(page: &[u8], encoding: &'static Encoding) -> bool {
    if encoding.is_single_byte() {
        return false;
    }
    if encoding == UTF_8 && std::str::from_utf8(page).is_ok() {
        return false;
    }
    let (bad, good, length) = damage(page, encoding);
    bad > good && (bad > FEW || bad * 4 > length)
}

/// Characters beyond ASCII that are damaged and that are whole when the page is read so, and the text's bytes.
fn damage(page: &[u8], encoding: &'static Encoding) -> (usize, usize, usize) {
    let (text, _) = encoding.decode_without_bom_handling(page);
    let (mut bad, mut good) = (0usize, 0usize);
    for character in text.chars().filter(|c| !c.is_ascii()) {
        match character {
            '\u{fffd}' => bad += 1,
            _ => good += 1,
        }
    }
    (bad, good, text.len())
}

/// The text of a page in a charset by its WHATWG label; a byte order mark is dropped, damage becomes U+FFFD.
pub fn decode<'a>(page: &'a [u8], label: &str) -> Result<Cow<'a, str>> {
    let encoding = Encoding::for_label(label.as_bytes())
        .ok_or_else(|| CoreError::new("unknown_charset").with("label", label))?;
    Ok(encoding.decode_with_bom_removal(page).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order() {
        let mark = b"\xef\xbb\xbfabc";
        assert_eq!(choose(mark, Some(b"gbk"), true, None), (UTF_8, Found::Mark));
        let page = b"<meta charset=koi8-r>\xc1\xc2";
        assert_eq!(
            choose(page, Some(b"windows-1251"), true, None).1,
            Found::Header
        );
        assert_eq!(choose(page, Some(b"nonsense"), true, None).1, Found::Meta);
        assert_eq!(choose(page, None, false, None).1, Found::Detector);
        assert_eq!(choose(b"abc", None, true, None), (UTF_8, Found::Detector));
    }

    #[test]
    fn a_label_that_the_bytes_contradict() {
        let russian = "Широкая электрификация южных губерний даст мощный толчок подъёму";
        let (page, _, _) = encoding_rs::WINDOWS_1251.encode(russian);
        let (found, how) = choose(&page, Some(b"utf-8"), true, Some(b"ru"));
        assert_eq!((found.name(), how), ("windows-1251", Found::Detector));
        let mut damaged = russian.as_bytes().to_vec();
        damaged[5] = b'x';
        assert_eq!(
            choose(&damaged, Some(b"utf-8"), true, None),
            (UTF_8, Found::Header)
        );
        assert_eq!(choose(&damaged, None, true, None), (UTF_8, Found::Detector));
    }

    #[test]
    fn what_the_bytes_show() {
        let page = "<html><meta charset=utf-16><p>Это предложение, 日本語</p></html>";
        let little: Vec<u8> = page.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = page.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for label in [None, Some(&b"utf-8"[..]), Some(b"windows-1252")] {
            assert_eq!(
                choose(&little, label, true, None),
                (UTF_16LE, Found::Detector)
            );
            assert_eq!(choose(&big, label, true, None), (UTF_16BE, Found::Detector));
        }
        assert_eq!(
            choose(&little, Some(b"utf-16le"), true, None),
            (UTF_16LE, Found::Header)
        );
        let (mail, _, _) = ISO_2022_JP.encode("<p>日本語の文章をここに書きます。</p>");
        assert_eq!(
            choose(&mail, Some(b"utf-8"), true, None),
            (ISO_2022_JP, Found::Detector)
        );
        assert_eq!(
            choose(&mail, Some(b"iso-2022-jp"), true, None),
            (ISO_2022_JP, Found::Header)
        );
        for page in [
            &b"a\0b and c"[..],
            b"\0\0\0\0\0\0",
            b"\x1b[31mred\x1b[0m",
            b"a\0",
            b"",
        ] {
            assert_ne!(choose(page, None, true, None).0, ISO_2022_JP);
            assert_eq!(choose(page, Some(b"utf-8"), true, None).1, Found::Header);
        }
    }

    #[test]
    fn decoding() {
        assert_eq!(
            decode(b"\x93a\x94", "iso-8859-1").ok().as_deref(),
            Some("\u{201c}a\u{201d}")
        );
        assert_eq!(
            decode(b"\xef\xbb\xbfa\xff", "utf-8").ok().as_deref(),
            Some("a\u{fffd}")
        );
        assert!(decode(b"a", "nonsense").is_err());
    }
}
