#![allow(clippy::unwrap_used)]
use super::*;

fn emails(text: &str, dialect: Dialect) -> Vec<&str> {
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(range) = next_email(text, from, dialect) {
        found.push(&text[range.clone()]);
        from = range.end;
    }
    found
}

fn ips(text: &str, dialect: Dialect) -> Vec<&str> {
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(range) = next_ip(text, from, text.len(), dialect) {
        found.push(&text[range.clone()]);
        from = range.end;
    }
    found
}

#[test]
fn emails_as_the_pattern_has_them() {
    for (text, expected) in [
        ("John.Smith@Example.COM", &["John.Smith@Example.COM"][..]),
        ("邮箱bob@x.com。 é@x.com x@localhost", &[]),
        ("http://x.com/p?u=bob@x.com", &["x.com/p?u=bob@x.com"]),
        ("user@[8.8.8.8], a..b@x.com", &["user@[8.8.8.8]", "b@x.com"]),
        (
            "a@[1.2.3.x-y:] b@[1.2.3.-:] c@[1.2.300.4]",
            &["a@[1.2.3.x-y:]"],
        ),
        (
            "a@b.c- d@e.f.-g h@i.j. k@l-.m n@o.p..q",
            &["a@b.c", "d@e.f", "h@i.j", "n@o.p"],
        ),
        (
            "a.@b.c .a@b.c @b.c !a@b.c é!a@b.c",
            &["a@b.c", "a@b.c", "!a@b.c"],
        ),
        ("a@b.cc@d.ee", &["a@b.cc"]),
        ("a@b@c.d", &["b@c.d"]),
    ] {
        assert_eq!(emails(text, Dialect::Fineweb), expected, "{text}");
    }
}

#[test]
fn ips_as_the_pattern_has_them() {
    for (text, expected) in [
        ("v1.2.3.4 10.0.0.1 192.168.1.300", &["1.2.3.4"][..]),
        ("8.8.8.888 1234.1.1.1", &["8.8.8.88", "234.1.1.1"]),
        ("1.2.3.4.5.6.7.8", &["1.2.3.4", "5.6.7.8"]),
        ("2023.10.11.12 01.2.3.4 100.64.0.1", &[]),
        (
            "8.8.8.256 8.8.8.25 999.8.8.8.8",
            &["8.8.8.25", "8.8.8.25", "99.8.8.8"],
        ),
        ("1.2.3. 1..2.3.4 1.2.3.x 1.2.3333.4", &[]),
    ] {
        assert_eq!(ips(text, Dialect::Fineweb), expected, "{text}");
    }
}

#[test]
fn with_borders() {
    for (text, expected) in [
        (
            "v1.2.3.4 x8.8.8.8 8.8.8.8x 8.8.8.888 1234.1.1.1 1.2.3.4.5.6.7.8",
            &[][..],
        ),
        (
            "at 8.8.8.8. (8.8.4.4), 服务器8.8.8.8在 \"1.1.1.1\"",
            &["8.8.8.8", "8.8.4.4", "8.8.8.8", "1.1.1.1"],
        ),
        (
            "version 1.2.3.4, Release: 2.3.4.5 lib-1.2.3.4.tar x==1.2.3.4 a/1.2.3.4",
            &[],
        ),
        (
            "http://8.8.8.8/x 8.8.8.8:80 10.0.0.1",
            &["8.8.8.8", "8.8.8.8"],
        ),
    ] {
        assert_eq!(ips(text, Dialect::Tamis), expected, "{text}");
    }
    for (text, expected) in [
        (
            "邮箱bob@x.com。 http://x.com/p?u=bob@x.com",
            &["bob@x.com", "bob@x.com"][..],
        ),
        (
            "josé.b@x.com, a..b@x.com pkg@1.2.3 <o'neil@x.co.uk>",
            &["josé.b@x.com", "o'neil@x.co.uk"],
        ),
        ("'bob@x.com' bob@x.c bob@x", &["bob@x.com"]),
    ] {
        assert_eq!(emails(text, Dialect::Tamis), expected, "{text}");
    }
}

#[test]
fn public_at_the_edges() {
    for (text, public) in [
        ("9.255.255.255", true),
        ("10.0.0.0", false),
        ("10.255.255.255", false),
        ("11.0.0.0", true),
        ("192.0.0.7", false),
        ("192.0.0.8", true),
        ("100.127.255.255", false),
        ("100.128.0.0", true),
        ("223.255.255.255", true),
        ("239.1.1.1", true),
        ("240.0.0.0", false),
        ("08.8.8.8", false),
    ] {
        assert_eq!(is_public(text), public, "{text}");
    }
}
