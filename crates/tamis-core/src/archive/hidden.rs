//! Text of a page that a reader does not see, by the tags' own attributes: style, `hidden`, `aria-hidden`, colours.
use encoding_rs::{Encoding, UTF_8};
use memchr::memchr;

use super::inline_style::{Look, Reason};
use super::markup::{Unclosed, VOID, is_one_of, tag_name};
use crate::error::{CoreError, Result};

/// Elements open at once that are followed; what lies deeper looks as they do.
const DEEPEST: usize = 1000;
const EXCERPT_CHARACTERS: usize = 200;
/// Letters and digits of an entity's name.
const LONGEST_NAME: usize = 11;
/// Elements whose content is no text of the page.
const NO_TEXT: [&[u8]; 9] = [
    b"script",
    b"style",
    b"textarea",
    b"title",
    b"xmp",
    b"noscript",
    b"template",
    b"iframe",
    b"svg",
];
type Names = &'static [&'static [u8]];

/// An element that the next of these closes where none of the others stands between: `<li>` up to its list.
const CLOSED_BY: [(Names, Names, Names); 7] = [
    (&[b"li"], &[b"li"], &[b"ul", b"ol", b"menu"]),
    (&[b"dt", b"dd"], &[b"dt", b"dd"], &[b"dl"]),
    (
        &[b"td", b"th", b"tr", b"tbody", b"tfoot"],
        &[b"td", b"th"],
        &[b"table"],
    ),
    (&[b"tr", b"tbody", b"tfoot"], &[b"tr"], &[b"table"]),
    (&[b"tbody", b"tfoot"], &[b"thead", b"tbody"], &[b"table"]),
    (&[b"option", b"optgroup"], &[b"option"], &[b"select"]),
    (
        &[
            b"p",
            b"div",
            b"ul",
            b"ol",
            b"dl",
            b"table",
            b"h1",
            b"h2",
            b"h3",
            b"h4",
            b"h5",
            b"h6",
            b"section",
            b"article",
            b"blockquote",
            b"pre",
            b"form",
            b"header",
            b"footer",
            b"main",
            b"nav",
            b"aside",
            b"figure",
            b"hr",
            b"address",
        ],
        &[b"p"],
        &[
            b"div",
            b"td",
            b"th",
            b"li",
            b"section",
            b"article",
            b"body",
            b"button",
            b"object",
            b"blockquote",
        ],
    ),
];

/// The start of a stretch of hidden text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Bytes of the page; of the page as UTF-8 where its encoding is UTF-16 or ISO-2022-JP.
    pub start: usize,
    pub end: usize,
    pub reason: Reason,
    pub text: String,
}

/// Characters that are no white space, an entity as one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hidden {
    pub characters: usize,
    pub hidden: usize,
    pub passages: usize,
    pub excerpts: Vec<Excerpt>,
}

/// What a page in an encoding hides, with the beginnings of the first `most` passages.
pub fn hidden(page: &[u8], label: &str, most: usize) -> Result<Hidden> {
    let encoding = Encoding::for_label(label.as_bytes())
        .ok_or_else(|| CoreError::new("unknown_charset").with("label", label))?;
    Ok(match encoding.is_ascii_compatible() {
        true => Reader::new(page, encoding, most).read(),
        false => Reader::new(encoding.decode(page).0.as_bytes(), UTF_8, most).read(),
    })
}

struct Reader<'a> {
    page: &'a [u8],
    encoding: &'static Encoding,
    most: usize,
    open: Vec<(&'a [u8], Look)>,
    /// Elements that were too deep to be followed.
    deeper: usize,
    unclosed: Unclosed<'a>,
    found: Hidden,
    /// The excerpt that grows, and the number of elements that were open where it began.
    growing: Option<(Excerpt, usize)>,
}

impl<'a> Reader<'a> {
    fn new(page: &'a [u8], encoding: &'static Encoding, most: usize) -> Reader<'a> {
        Reader {
            page,
            encoding,
            most,
            open: Vec::new(),
            deeper: 0,
            unclosed: Unclosed::default(),
            found: Hidden::default(),
            growing: None,
        }
    }

    fn look(&self) -> Look {
        self.open
            .last()
            .map_or_else(Look::default, |(_, look)| *look)
    }

    fn read(mut self) -> Hidden {
        let page = self.page;
        let mut at = 0;
        loop {
            let tag = memchr(b'<', &page[at..]).map_or(page.len(), |found| at + found);
            self.text(at, tag);
            if tag == page.len() {
                self.end_passage();
                return self.found;
            }
            let rest = &page[tag + 1..];
            let closing = rest.first() == Some(&b'/');
            let name = tag_name(&rest[usize::from(closing)..]);
            at = tag + 1 + name.len() + usize::from(closing);
            if name.is_empty() {
                at = tag + 1 + self.unclosed.markup_without_name(rest);
            } else if closing {
                at = memchr(b'>', &page[at..]).map_or(page.len(), |end| at + end + 1);
                self.close(name);
            } else {
                at = self.start(name, at);
            }
        }
    }

    /// A start tag: where to go on.
    fn start(&mut self, name: &'a [u8], at: usize) -> usize {
        for (starts, ends, within) in CLOSED_BY {
            if is_one_of(name, starts) {
                self.close_implied(ends, within);
            }
        }
        let mut look = self.look();
        let (used, closed) = attributes(&self.page[at..], |attribute, value| {
            let (name, value) = (
                self.encoding.decode_without_bom_handling(attribute).0,
                self.encoding.decode_without_bom_handling(value).0,
            );
            look.attribute(&name.to_ascii_lowercase(), &value);
        });
        let at = at + used;
        if closed || is_one_of(name, &VOID) {
            return at;
        }
        if is_one_of(name, &NO_TEXT) {
            return at + self.unclosed.end_of_raw(&self.page[at..], name);
        }
        if self.open.len() < DEEPEST {
            self.open.push((name, look));
        } else {
            self.deeper += 1;
        }
        at
    }

    fn close_implied(&mut self, ends: Names, within: Names) {
        let place = self
            .open
            .iter()
            .rposition(|(name, _)| is_one_of(name, ends) || is_one_of(name, within));
        if let Some(place) = place.filter(|place| is_one_of(self.open[*place].0, ends)) {
            self.truncate(place);
        }
    }

    fn close(&mut self, name: &[u8]) {
        if self.deeper > 0 {
            self.deeper -= 1;
        } else if let Some(place) = self
            .open
            .iter()
            .rposition(|(open, _)| open.eq_ignore_ascii_case(name))
        {
            self.truncate(place);
        }
    }

    fn truncate(&mut self, place: usize) {
        self.open.truncate(place);
        if self
            .growing
            .as_ref()
            .is_some_and(|(_, depth)| place < *depth)
            && self.look().hidden().is_none()
        {
            self.end_passage();
        }
    }

    fn text(&mut self, start: usize, end: usize) {
        let piece = &self.page[start..end];
        if piece.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let reason = self.look().hidden();
        if reason.is_none()
            && self.growing.is_none()
            && self.encoding == UTF_8
            && !piece.contains(&b'&')
        {
            let seen = |byte: &&u8| **byte > b' ' && **byte & 0xc0 != 0x80;
            self.found.characters += piece.iter().filter(seen).count();
            return;
        }
        let text = self.encoding.decode_without_bom_handling(piece).0;
        let text = plain(&text);
        let count = text.chars().filter(|c| !is_blank(*c)).count();
        self.found.characters += count;
        let Some(reason) = reason else {
            if count > 0 {
                self.end_passage();
            }
            return;
        };
        if count == 0 {
            return;
        }
        self.found.hidden += count;
        let fresh = || Excerpt {
            start,
            end,
            reason,
            text: String::new(),
        };
        let depth = self.open.len();
        let (excerpt, _) = self.growing.get_or_insert_with(|| (fresh(), depth));
        excerpt.end = end;
        if excerpt.text.chars().count() < EXCERPT_CHARACTERS {
            excerpt.text.push(' ');
            excerpt.text.push_str(&text);
        }
    }

    fn end_passage(&mut self) {
        let Some((mut excerpt, _)) = self.growing.take() else {
            return;
        };
        self.found.passages += 1;
        if self.found.excerpts.len() < self.most {
            let words: Vec<&str> = excerpt
                .text
                .split(is_blank)
                .filter(|word| !word.is_empty())
                .collect();
            excerpt.text = words.join(" ").chars().take(EXCERPT_CHARACTERS).collect();
            self.found.excerpts.push(excerpt);
        }
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{34f}' | '\u{115f}'
        )
}

/// The text with its common entities as the characters that they stand for; another one as U+FFFD.
fn plain(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        made.push_str(&rest[..at]);
        rest = &rest[at..];
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
        let length = rest
            .bytes()
            .skip(1)
            .take(LONGEST_NAME + 1)
            .take_while(|byte| part(byte))
            .count();
        let name = &rest[1..=length];
        if name.is_empty() || !rest[length + 1..].starts_with(';') || length > LONGEST_NAME {
            made.push('&');
            rest = &rest[1..];
            continue;
        }
        made.push(entity(name));
        rest = &rest[name.len() + 2..];
    }
    made.push_str(rest);
    made
}

fn entity(name: &str) -> char {
    let code = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => number.parse().ok(),
        },
        None => None,
    };
    match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
        "zwnj" | "zwj" | "shy" => '\u{200b}',
        _ => code.and_then(char::from_u32).unwrap_or('\u{fffd}'),
    }
}

/// Hands over the attributes behind a tag's name that may hide; the bytes to behind `>`, and whether the tag ends in `/`.
fn attributes(rest: &[u8], mut found: impl FnMut(&[u8], &[u8])) -> (usize, bool) {
    const LOOKED_AT: [&[u8]; 5] = [b"style", b"hidden", b"aria-hidden", b"color", b"bgcolor"];
    let mut at = 0;
    while at < rest.len() {
        match rest[at] {
            b'>' => return (at + 1, at > 0 && rest[at - 1] == b'/'),
            byte if byte <= b' ' || byte == b'/' => at += 1,
            _ => {
                let length = rest[at..]
                    .iter()
                    .position(|byte| *byte <= b' ' || b"/>=".contains(byte));
                let name_end = at + length.unwrap_or(rest.len() - at).max(1);
                let name = &rest[at..name_end];
                let (value, end) = value(rest, name_end);
                if is_one_of(name, &LOOKED_AT) {
                    found(name, value);
                }
                at = end;
            }
        }
    }
    (rest.len(), false)
}

/// The value of an attribute whose name ends at a place, and where to go on.
fn value(rest: &[u8], name_end: usize) -> (&[u8], usize) {
    let blank = |at: usize| at + rest[at..].iter().take_while(|byte| **byte <= b' ').count();
    let sign = blank(name_end);
    if rest.get(sign) != Some(&b'=') {
        return (&[], name_end);
    }
    let start = blank(sign + 1);
    match rest.get(start) {
        Some(quote @ (b'"' | b'\'')) => match memchr(*quote, &rest[start + 1..]) {
            Some(length) => (&rest[start + 1..start + 1 + length], start + length + 2),
            None => (&[], start + 1),
        },
        _ => {
            let length = rest[start..]
                .iter()
                .take_while(|byte| **byte > b' ' && **byte != b'>')
                .count();
            (&rest[start..start + length], start + length)
        }
    }
}

#[cfg(test)]
#[path = "hidden_tests.rs"]
mod tests;
