//! How deep a page's markup nests, seen in one pass and without a parser.
use memchr::memchr;

/// Elements that never hold others, or that the next of their kind closes: real pages leave them open by thousands.
const NOT_COUNTED: [&[u8]; 36] = [
    b"area",
    b"base",
    b"br",
    b"col",
    b"embed",
    b"hr",
    b"img",
    b"input",
    b"link",
    b"meta",
    b"param",
    b"source",
    b"track",
    b"wbr",
    b"frame",
    b"keygen",
    b"basefont",
    b"bgsound",
    b"p",
    b"li",
    b"dt",
    b"dd",
    b"option",
    b"optgroup",
    b"tr",
    b"td",
    b"th",
    b"tbody",
    b"thead",
    b"tfoot",
    b"colgroup",
    b"rt",
    b"rp",
    b"html",
    b"head",
    b"body",
];
const RAW_TEXT: [&[u8]; 5] = [b"script", b"style", b"textarea", b"title", b"xmp"];

/// The greatest number of elements open at once, by start and end tags alone: an estimate from above
/// for well-formed markup, and large for every page that would make a parser recurse deeply.
pub fn depth(page: &[u8]) -> usize {
    let (mut at, mut open, mut deepest) = (0usize, 0usize, 0usize);
    while let Some(found) = memchr(b'<', &page[at..]) {
        at += found + 1;
        let rest = &page[at..];
        let closing = rest.first() == Some(&b'/');
        let name = tag_name(&rest[usize::from(closing)..]);
        if name.is_empty() {
            if rest.starts_with(b"!--") {
                at += memchr::memmem::find(rest, b"-->").unwrap_or(0);
            }
            continue;
        }
        at += name.len();
        if NOT_COUNTED
            .iter()
            .any(|skip| name.eq_ignore_ascii_case(skip))
        {
            continue;
        }
        if closing {
            open = open.saturating_sub(1);
            continue;
        }
        if let Some(raw) = RAW_TEXT.iter().find(|raw| name.eq_ignore_ascii_case(raw)) {
            at += end_of_raw(&page[at..], raw);
            continue;
        }
        open += 1;
        deepest = deepest.max(open);
    }
    deepest
}

fn tag_name(rest: &[u8]) -> &[u8] {
    if !rest.first().is_some_and(u8::is_ascii_alphabetic) {
        return &[];
    }
    let end = rest
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-' && *byte != b':');
    &rest[..end.unwrap_or(rest.len())]
}

/// The bytes up to the end tag of an element whose content is no markup; 0 where it is never closed.
fn end_of_raw(rest: &[u8], name: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(&rest[at..], b"</") {
        at += found + 2;
        let after = &rest[at..];
        if after.len() >= name.len() && after[..name.len()].eq_ignore_ascii_case(name) {
            return at + name.len();
        }
    }
    0
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
            ("<script><div>", 1),
        ] {
            assert_eq!(depth(page.as_bytes()), wanted, "{page}");
        }
        assert_eq!(depth("<div>".repeat(5000).as_bytes()), 5000);
        assert_eq!(depth("<br>".repeat(5000).as_bytes()), 0);
    }
}
