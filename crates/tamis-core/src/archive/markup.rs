//! What a page's tags say in one pass and without a parser: how deep they nest, how much text lies in links.
use memchr::memchr;

/// Elements that never hold others.
pub(super) const VOID: [&[u8]; 18] = [
    b"br",
    b"img",
    b"input",
    b"link",
    b"meta",
    b"hr",
    b"area",
    b"base",
    b"col",
    b"embed",
    b"param",
    b"source",
    b"track",
    b"wbr",
    b"frame",
    b"keygen",
    b"basefont",
    b"bgsound",
];
/// Elements that the next of their kind closes: real pages leave them open by thousands.
const CLOSED_BY_NEXT: [&[u8]; 18] = [
    b"p",
    b"li",
    b"td",
    b"tr",
    b"option",
    b"dt",
    b"dd",
    b"th",
    b"tbody",
    b"thead",
    b"tfoot",
    b"html",
    b"head",
    b"body",
    b"optgroup",
    b"colgroup",
    b"rt",
    b"rp",
];
const RAW_TEXT: [&[u8]; 6] = [
    b"script",
    b"style",
    b"textarea",
    b"title",
    b"xmp",
    b"noscript",
];

/// `depth`: the greatest number of elements open at once, by start and end tags alone. `attributes`: the most in
/// one tag. `text` and `link_text`: characters outside tags, no white space, entities as written; in all, and in `<a>`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    pub depth: usize,
    pub attributes: usize,
    pub text: usize,
    pub link_text: usize,
}

pub fn facts(page: &[u8]) -> Facts {
    let mut facts = Facts::default();
    let mut unclosed = Unclosed::default();
    let (mut at, mut open, mut in_link) = (0usize, 0usize, false);
    loop {
        let found = memchr(b'<', &page[at..]).map_or(page.len(), |found| at + found);
        let count = characters(&page[at..found]);
        facts.text += count;
        if in_link {
            facts.link_text += count;
        }
        if found == page.len() {
            return facts;
        }
        at = found + 1;
        let rest = &page[at..];
        let closing = rest.first() == Some(&b'/');
        let name = tag_name(&rest[usize::from(closing)..]);
        if name.is_empty() {
            at += unclosed.markup_without_name(rest);
            continue;
        }
        let (used, attributes) = end_of_tag(&rest[name.len() + usize::from(closing)..]);
        at += name.len() + usize::from(closing) + used;
        facts.attributes = facts.attributes.max(attributes);
        if name.eq_ignore_ascii_case(b"a") {
            in_link = !closing;
        }
        if is_one_of(name, &VOID) || is_one_of(name, &CLOSED_BY_NEXT) {
            continue;
        }
        if closing {
            open = open.saturating_sub(1);
        } else if is_one_of(name, &RAW_TEXT) {
            at += unclosed.end_of_raw(&page[at..], name);
        } else {
            open += 1;
            facts.depth = facts.depth.max(open);
        }
    }
}

pub(super) fn is_one_of(name: &[u8], names: &[&[u8]]) -> bool {
    names.iter().any(|one| name.eq_ignore_ascii_case(one))
}

/// Characters of UTF-8 bytes that are no ASCII white space.
fn characters(text: &[u8]) -> usize {
    text.iter()
        .filter(|&&byte| byte > b' ' && byte & 0xc0 != 0x80)
        .count()
}

/// What has no end in the rest of the page: looked for once, or a page of nothing but `<!--` takes the square of its length.
#[derive(Default)]
pub(super) struct Unclosed<'a> {
    comment: bool,
    sign: bool,
    raw: Vec<&'a [u8]>,
}

impl<'a> Unclosed<'a> {
    /// Comments, declarations and stray signs: the bytes to go on behind.
    pub(super) fn markup_without_name(&mut self, rest: &[u8]) -> usize {
        let (known, end) = match rest.first() {
            Some(b'!') if rest.starts_with(b"!--") => (&mut self.comment, &b"-->"[..]),
            Some(b'!' | b'?' | b'/') => (&mut self.sign, &b">"[..]),
            _ => return 0,
        };
        if *known {
            return 0;
        }
        let found = memchr::memmem::find(rest, end);
        *known = found.is_none();
        found.map_or(0, |at| at + end.len())
    }

    /// The bytes up to the end tag of an element whose content is no text of the page; 0 where it is never closed.
    pub(super) fn end_of_raw(&mut self, rest: &[u8], name: &'a [u8]) -> usize {
        if is_one_of(name, &self.raw) {
            return 0;
        }
        let mut at = 0;
        while let Some(found) = memchr::memmem::find(&rest[at..], b"</") {
            at += found + 2;
            let after = &rest[at..];
            if after.len() >= name.len() && after[..name.len()].eq_ignore_ascii_case(name) {
                return at - 2;
            }
        }
        self.raw.push(name);
        0
    }
}

pub(super) fn tag_name(rest: &[u8]) -> &[u8] {
    if !rest.first().is_some_and(u8::is_ascii_alphabetic) {
        return &[];
    }
    let end = rest.iter().position(|byte| {
        matches!(
            byte,
            b'\t' | b'\n' | 0x0c | b'\r' | b' ' | b'/' | b'>' | b'<'
        )
    });
    &rest[..end.unwrap_or(rest.len())]
}

/// The bytes from behind a tag's name to behind its `>`, and how many attributes they hold.
fn end_of_tag(rest: &[u8]) -> (usize, usize) {
    let (mut attributes, mut at, mut in_name) = (0, 0, false);
    while at < rest.len() {
        match rest[at] {
            b'>' => return (at + 1, attributes),
            quote @ (b'"' | b'\'') if !in_name || (at > 0 && rest[at - 1] == b'=') => {
                match memchr(quote, &rest[at + 1..]) {
                    Some(end) => at += end + 1,
                    None => return (at + 1, attributes),
                }
                in_name = false;
            }
            byte if byte <= b' ' || byte == b'/' => in_name = false,
            _ if !in_name => {
                in_name = true;
                attributes += 1;
            }
            _ => {}
        }
        at += 1;
    }
    (rest.len(), attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths() {
        for (page, wanted) in [
            ("", 0),
            ("a < b", 0),
            ("<html><body><div><p>a<p>b</div></body></html>", 1),
            ("<div><div><b>x</b></div></div><div></div>", 3),
            ("<ul><li>a<li>b<ul><li>c</ul></ul>", 2),
            ("<script>'<div><div><div>'</script><div>", 1),
            ("<!-- <div><div> --><div>", 1),
            ("</div></div><div>", 1),
            ("<div title='<b><b>'>", 1),
        ] {
            assert_eq!(facts(page.as_bytes()).depth, wanted, "{page}");
        }
        assert_eq!(facts("<div>".repeat(5000).as_bytes()).depth, 5000);
        assert_eq!(facts("<br>".repeat(5000).as_bytes()).depth, 0);
    }

    #[test]
    fn what_is_never_closed_is_looked_for_once() {
        for piece in ["<!--", "<script>", "<title></", "<!", "</1"] {
            let page = piece.repeat(1_000_000);
            assert!(facts(page.as_bytes()).depth < 2, "{piece}");
        }
        let page = "<script>a<!--b</script>c<div>--><div><style>";
        assert_eq!(facts(page.as_bytes()).depth, 2);
    }

    #[test]
    fn attributes() {
        for (page, wanted) in [
            ("<p>", 0),
            ("<p a>", 1),
            ("<p a=1 b='x y z' c=\"'>\" d/>", 4),
            ("<p a='", 1),
            ("<br/><img src=a.png alt>", 2),
        ] {
            assert_eq!(facts(page.as_bytes()).attributes, wanted, "{page}");
        }
    }

    #[test]
    fn text_in_links() {
        let page = "<title>no</title>ab <a href='x>y'>cdé</a> f<script>no</script><!-- no -->g<a>h";
        let found = facts(page.as_bytes());
        assert_eq!((found.text, found.link_text), (8, 4));
    }
}
