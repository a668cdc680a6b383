//! The charset that a page declares in its first bytes (WHATWG HTML, 13.2.3.2 and 13.2.3.3).
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

const WINDOW: usize = 1024;

/// What `<meta>` or the XML declaration in the first 1,024 bytes says.
pub fn declared(page: &[u8]) -> Option<&'static Encoding> {
    let window = &page[..page.len().min(WINDOW)];
    if window.starts_with(b"<\0?\0x\0") {
        return Some(UTF_16LE);
    }
    if window.starts_with(b"\0<\0?\0x") {
        return Some(UTF_16BE);
    }
    let mut at = 0;
    while at < window.len() {
        let rest = &window[at..];
        if rest.starts_with(b"<!--") {
            // The two dashes of `<!-->` may be those that end it.
            at += find(&rest[2..], b"-->").map_or(rest.len(), |end| end + 5);
        } else if is_meta(rest) {
            let (found, used) = meta(&rest[5..]);
            if found.is_some() {
                return found;
            }
            at += 5 + used;
        } else if is_tag(rest) {
            let name = rest
                .iter()
                .position(|&byte| is_space(byte) || byte == b'>')
                .unwrap_or(rest.len());
            at += name + skip_attributes(&rest[name..]);
        } else if rest.len() > 1 && rest[0] == b'<' && matches!(rest[1], b'!' | b'/' | b'?') {
            at += rest
                .iter()
                .position(|&byte| byte == b'>')
                .map_or(rest.len(), |end| end + 1);
        } else {
            at += 1;
        }
    }
    xml_declaration(window)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_meta(rest: &[u8]) -> bool {
    rest.len() > 5
        && rest[..5].eq_ignore_ascii_case(b"<meta")
        && (is_space(rest[5]) || rest[5] == b'/')
}

fn is_tag(rest: &[u8]) -> bool {
    match rest {
        [b'<', b'/', letter, ..] | [b'<', letter, ..] => letter.is_ascii_alphabetic(),
        _ => false,
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

fn skip_attributes(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some((_, _, used)) = attribute(&rest[at..]) {
        at += used;
    }
    (at + 1).min(rest.len().max(1))
}

/// One attribute: its name and value in lower case, and the bytes used; None at the tag's end.
fn attribute(rest: &[u8]) -> Option<(Vec<u8>, Vec<u8>, usize)> {
    let mut at = rest.iter().position(|&b| !is_space(b) && b != b'/')?;
    if rest[at] == b'>' {
        return None;
    }
    let mut name = Vec::new();
    while let Some(&byte) = rest.get(at) {
        if (byte == b'=' && !name.is_empty()) || is_space(byte) || matches!(byte, b'/' | b'>') {
            break;
        }
        name.push(byte.to_ascii_lowercase());
        at += 1;
    }
    let equals = at + rest[at..].iter().take_while(|&&b| is_space(b)).count();
    if rest.get(equals) != Some(&b'=') {
        return Some((name, Vec::new(), at));
    }
    at = equals + 1;
    at += rest[at..].iter().take_while(|&&b| is_space(b)).count();
    let (value, used) = value(&rest[at..]);
    Some((name, value, at + used))
}

fn value(rest: &[u8]) -> (Vec<u8>, usize) {
    match rest.first() {
        Some(&quote) if quote == b'"' || quote == b'\'' => {
            let end = rest[1..].iter().position(|&byte| byte == quote);
            let end = end.unwrap_or(rest.len() - 1);
            (
                rest[1..1 + end].to_ascii_lowercase(),
                (end + 2).min(rest.len()),
            )
        }
        _ => {
            let end = rest.iter().position(|&b| is_space(b) || b == b'>');
            let end = end.unwrap_or(rest.len());
            (rest[..end].to_ascii_lowercase(), end)
        }
    }
}

/// The charset of one `<meta` from behind its name, and the bytes used.
fn meta(rest: &[u8]) -> (Option<&'static Encoding>, usize) {
    let (mut pragma, mut need_pragma, mut label) = (false, None, None);
    let mut at = 0;
    let mut seen: Vec<Vec<u8>> = Vec::new();
    while let Some((name, value, used)) = attribute(&rest[at..]) {
        at += used;
        if seen.contains(&name) {
            continue;
        }
        match name.as_slice() {
            b"http-equiv" => pragma = value == b"content-type",
            b"content" if label.is_none() => {
                if let Some(found) = charset_in_content(&value) {
                    (label, need_pragma) = (Some(found), Some(true));
                }
            }
            b"charset" => (label, need_pragma) = (for_label(&value), Some(false)),
            _ => {}
        }
        seen.push(name);
    }
    match need_pragma {
        Some(true) if !pragma => (None, at),
        Some(_) => (label, at),
        None => (None, at),
    }
}

/// `charset=...` inside a content type, as in `text/html; charset="utf-8"`.
fn charset_in_content(content: &[u8]) -> Option<&'static Encoding> {
    let mut at = 0;
    loop {
        at += find(&content[at..], b"charset")? + 7;
        let rest = &content[at..];
        let equals = rest.iter().position(|&byte| !is_space(byte))?;
        if rest[equals] != b'=' {
            continue;
        }
        let rest = &rest[equals + 1..];
        let start = rest.iter().position(|&byte| !is_space(byte))?;
        let rest = &rest[start..];
        let label = match rest[0] {
            quote @ (b'"' | b'\'') => {
                let end = rest[1..].iter().position(|&byte| byte == quote)?;
                &rest[1..1 + end]
            }
            _ => {
                let end = rest.iter().position(|&b| is_space(b) || b == b';');
                &rest[..end.unwrap_or(rest.len())]
            }
        };
        return for_label(label);
    }
}

fn xml_declaration(window: &[u8]) -> Option<&'static Encoding> {
    if !window.starts_with(b"<?xml") {
        return None;
    }
    let end = window.iter().position(|&byte| byte == b'>')?;
    let declaration = &window[..end];
    let rest = &declaration[find(declaration, b"encoding")? + 8..];
    let equals = rest.iter().position(|&byte| byte > b' ')?;
    let rest = rest[equals..].strip_prefix(b"=")?;
    let start = rest.iter().position(|&byte| byte > b' ')?;
    let quote = rest[start];
    if quote != b'"' && quote != b'\'' {
        return None;
    }
    let rest = &rest[start + 1..];
    let end = rest.iter().position(|&byte| byte == quote)?;
    for_label(&rest[..end])
}

/// A label inside a page: UTF-16 cannot be true there, and x-user-defined means windows-1252.
fn for_label(label: &[u8]) -> Option<&'static Encoding> {
    let found = Encoding::for_label_no_replacement(label)?;
    Some(match found.name() {
        "UTF-16LE" | "UTF-16BE" => UTF_8,
        "x-user-defined" => WINDOWS_1252,
        _ => found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations() {
        for (page, wanted) in [
            (&b"<meta charset=gbk>"[..], Some("GBK")),
            (b"<META CHARSET = 'Shift_JIS' >", Some("Shift_JIS")),
            (b"<html><head><title a=\"<meta charset=gbk>\">", None),
            (
                b"<!-- <meta charset=gbk> --><meta charset=koi8-r>",
                Some("KOI8-R"),
            ),
            (b"<!--><meta charset=koi8-r>", Some("KOI8-R")),
            (
                b"<meta http-equiv=Content-Type content='text/html; charset=euc-kr'>",
                Some("EUC-KR"),
            ),
            (
                b"<meta content='text/html; charset=big5' http-equiv=content-type>",
                Some("Big5"),
            ),
            (
                b"<meta name=description content='text/html; charset=big5'>",
                None,
            ),
            (b"<meta charset=utf-16>", Some("UTF-8")),
            (b"<meta charset=x-user-defined>", Some("windows-1252")),
            (
                b"<meta charset=nonsense><meta charset=iso-8859-1>",
                Some("windows-1252"),
            ),
            (
                b"<?xml version='1.0' encoding='windows-1251'?><html>",
                Some("windows-1251"),
            ),
            (b"<\0?\0x\0m\0l\0", Some("UTF-16LE")),
            (b"</p charset=x><meta/charset=utf-8>", Some("UTF-8")),
            (b"<meta charset='", None),
            (b"<meta", None),
            (b"<", None),
            (b"", None),
        ] {
            assert_eq!(declared(page).map(|e| e.name()), wanted, "{:?}", page);
        }
        let late = [vec![b' '; 1024], b"<meta charset=gbk>".to_vec()].concat();
        assert_eq!(declared(&late), None);
    }
}
