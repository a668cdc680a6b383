//! Finding public IPv6 addresses.
use std::net::Ipv6Addr;
use std::ops::Range;

use super::addresses::is_far_letter;
use crate::text::chars;

/// The longest address, the last four bytes as IPv4.
const LONGEST: usize = 45;
/// `2400::` is a provider's range; `2606:4700::1111` is somebody's machine.
const FEWEST_GROUPS: usize = 3;

/// The next public address in `from..to`, as bytes of the text. All start with four digits and a colon: what is given out
/// lies in `2000::/3`.
pub fn next_ipv6(text: &str, from: usize, to: usize) -> Option<Range<usize>> {
    let bytes = &text.as_bytes()[..to];
    let mut search = from;
    while let Some(colon) = memchr::memchr(b':', &bytes[search..]) {
        let colon = search + colon;
        search = colon + 1;
        let Some(start) = colon.checked_sub(4).filter(|start| *start >= from) else {
            continue;
        };
        let first = &bytes[start..colon];
        if !matches!(first[0], b'2' | b'3') || !first.iter().all(u8::is_ascii_hexdigit) {
            continue;
        }
        let found = whole(text, start, to).filter(|found| has_borders(text, found));
        if let Some(found) = found {
            return Some(found);
        }
    }
    None
}

/// The public address that starts at a place: as far as its characters go, a full stop or a colon behind it left out.
fn whole(text: &str, start: usize, to: usize) -> Option<Range<usize>> {
    let bytes = &text.as_bytes()[start..to];
    let length = bytes
        .iter()
        .take(LONGEST + 1)
        .take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
        .count();
    let run = text.get(start..start + length)?;
    let ends = [
        run,
        run.trim_end_matches('.'),
        run.trim_end_matches(['.', ':']),
    ];
    let address = ends.into_iter().find(|address| {
        let groups = address.split(':').filter(|group| !group.is_empty());
        groups.count() >= FEWEST_GROUPS && address.parse().is_ok_and(is_public)
    })?;
    Some(start..start + address.len())
}

/// Global by Python 3.11's `ipaddress`, and of the range that is given out. `3fff::/20` is for documentation too (RFC 9637).
fn is_public(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let special = first == 0x2001 && (second < 0x200 || second == 0xdb8);
    let documented = first == 0x3fff && second < 0x1000;
    first & 0xe000 == 0x2000 && !special && !documented
}

/// Nothing of a longer name or row of numbers on either side.
fn has_borders(text: &str, found: &Range<usize>) -> bool {
    let beside = |c: char| (chars::is_word(c) && !is_far_letter(c)) || matches!(c, ':' | '.' | '-');
    let before = text[..found.start].chars().next_back();
    let mut after = text[found.end..].chars();
    let starts = match before {
        // `addr:2606:4700::1111`, but no hexadecimal group of a longer row.
        Some(':') => {
            !text[..found.start - 1].ends_with(|c: char| c == ':' || c.is_ascii_hexdigit())
        }
        Some(c) => !beside(c),
        None => true,
    };
    let ends = match after.next() {
        Some('.' | ':' | '-') => !after.next().is_some_and(chars::is_word),
        Some(c) => !beside(c),
        None => true,
    };
    starts && ends
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(range) = next_ipv6(text, from, text.len()) {
            found.push(&text[range.clone()]);
            from = range.end;
        }
        found
    }

    #[test]
    fn full_and_compressed() {
        for (text, expected) in [
            (
                "at 2001:4860:4860::8888, [2606:4700:4700::1111]:53. 服务器2a00:1450:4001:80b:0:0:0:200e在",
                &[
                    "2001:4860:4860::8888",
                    "2606:4700:4700::1111",
                    "2a00:1450:4001:80b:0:0:0:200e",
                ][..],
            ),
            (
                "2A03:2880:F12F:83:FACE:B00C::25DE/64 addr:2620:fe::fe. 2a02:26f0:1::",
                &[
                    "2A03:2880:F12F:83:FACE:B00C::25DE",
                    "2620:fe::fe",
                    "2a02:26f0:1::",
                ],
            ),
            (
                "2002:c000:204::8.8.8.8 2400:cb00::5: x",
                &["2002:c000:204::8.8.8.8", "2400:cb00::5"],
            ),
            (
                "::1 fe80::1 fc00:1::2 2001:db8::1 2001:0:1::5 3fff:1::2 ::ffff:8.8.8.8 2400:: 2400::/12",
                &[],
            ),
            (
                "12:34:56 2024:01:02:03:04:05 2a:00:14:50:40:01 std::vector a::b 2023::Foo 2a00:1450:4001:80b:0:0:0",
                &[],
            ),
            (
                "x2606:4700:4700::1111 2606:4700:4700::1111g 2606:4700:4700::1111:2:3:4:5:6 ab:2606:4700::1111",
                &[],
            ),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn public_at_the_edges() {
        for (text, public) in [
            ("2000::1", true),
            ("3ffe:ffff::1", true),
            ("3fff:fff:1::1", false),
            ("3fff:1000::1", true),
            ("4000::1", false),
            ("1fff::1", false),
            ("2001:1ff:1::1", false),
            ("2001:200::1", true),
            ("2001:db8:1::1", false),
            ("2001:db9::1", true),
        ] {
            assert_eq!(is_public(text.parse().unwrap()), public, "{text}");
        }
    }
}
