//! The host of a URL and its registered domain, as tldextract finds them without private suffixes.
use std::sync::LazyLock;

use hashbrown::HashMap;

use crate::text::chars;

/// A label of a public suffix, read from the right.
#[derive(Default)]
struct Node {
    next: HashMap<&'static str, usize>,
    ends: bool,
}

static SUFFIXES: LazyLock<Vec<Node>> = LazyLock::new(|| {
    let mut nodes = vec![Node::default()];
    let table = include_str!("tables/public_suffixes.txt");
    for suffix in table.lines().filter(|line| !line.starts_with('#')) {
        let mut at = 0;
        for label in suffix.rsplit('.') {
            let new = nodes.len();
            let next = *nodes[at].next.entry(label).or_insert(new);
            if next == new {
                nodes.push(Node::default());
            }
            at = next;
        }
        nodes[at].ends = true;
    }
    nodes
});

/// The host as it stands in the URL, without user, port and final dots. Lenient: what has no scheme is
/// read from its start.
fn host(url: &str) -> &str {
    let authority = without_scheme(url);
    let end = authority.find(['/', '?', '#']).unwrap_or(authority.len());
    let authority = &authority[..end];
    let host = authority.rsplit('@').next().unwrap_or(authority);
    if host.starts_with('[') {
        if let Some(close) = host.find(']') {
            return &host[..=close];
        }
    }
    let host = chars::strip(host.split(':').next().unwrap_or(host));
    host.trim_end_matches(DOTS)
}

/// Full stops that separate labels.
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

fn without_scheme(url: &str) -> &str {
    match url.find("//") {
        Some(0) => &url[2..],
        Some(slashes) if slashes >= 2 && is_scheme(&url[..slashes]) => &url[slashes + 2..],
        _ => url,
    }
}

fn is_scheme(scheme: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let name = scheme.strip_suffix(':');
    name.is_some_and(|name| name.bytes().all(known))
}

/// The whole name of the host and the part of it that was registered, with the URL's capitals.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Host {
    name: String,
    registered_at: usize,
}

impl Host {
    /// Of a URL; both names are empty where there is no registered domain (an IP address, `localhost`, a
    /// public suffix alone).
    pub fn of_url(url: &str) -> Self {
        let host = host(url);
        let name = match host.is_ascii() {
            true => host.to_owned(),
            false => host.replace(DOTS, "."),
        };
        match registered_at(&name) {
            Some(registered_at) => Host {
                name,
                registered_at,
            },
            None => Host::default(),
        }
    }

    /// An empty label alone before the registered domain is left out, as by tldextract.
    pub fn name(&self) -> &str {
        match self.registered_at {
            1 => self.registered(),
            _ => &self.name,
        }
    }

    pub fn registered(&self) -> &str {
        &self.name[self.registered_at..]
    }
}

/// Where the registered domain starts: the public suffix and one label more.
fn registered_at(name: &str) -> Option<usize> {
    let nodes = &*SUFFIXES;
    let (mut node, mut suffix) = (&nodes[0], None);
    let mut start = name.len() + 1;
    while start > 0 {
        let end = start - 1;
        let label_start = name[..end].rfind('.').map_or(0, |dot| dot + 1);
        let label = chars::lower(&name[label_start..end]);
        if let Some(next) = node.next.get(label.as_ref()) {
            node = &nodes[*next];
            start = label_start;
            if node.ends {
                suffix = Some(start);
            }
            continue;
        }
        if node.next.contains_key("*") {
            let exception = node.next.contains_key(format!("!{label}").as_str());
            suffix = Some(if exception { start } else { label_start });
        }
        break;
    }
    let suffix = suffix.filter(|suffix| *suffix > 0 && *suffix <= name.len())?;
    let domain = &name[..suffix - 1];
    let start = domain.rfind('.').map_or(0, |dot| dot + 1);
    (start < domain.len()).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_registered_domains() {
        for (url, name, registered) in [
            ("http://www.bad.com/p", "www.bad.com", "bad.com"),
            ("http://u@bad.com.:80/", "bad.com", "bad.com"),
            ("http://BAD.com/", "BAD.com", "BAD.com"),
            (
                "https://a.foo.blogspot.com",
                "a.foo.blogspot.com",
                "blogspot.com",
            ),
            ("//x.y.co.uk?q", "x.y.co.uk", "y.co.uk"),
            ("x.y.co.uk#f", "x.y.co.uk", "y.co.uk"),
            ("http://foo.bar.ck", "foo.bar.ck", "foo.bar.ck"),
            ("http://bar.ck", "", ""),
            ("http://www.ck", "www.ck", "www.ck"),
            ("http://a.www.ck", "a.www.ck", "www.ck"),
            ("http://ck", "", ""),
            ("http://com", "", ""),
            ("http://.com", "", ""),
            ("http://127.0.0.1:8080/", "", ""),
            ("http://[::1]/a.com", "", ""),
            ("http://localhost/", "", ""),
            ("http://пример.рф/", "пример.рф", "пример.рф"),
            (
                "http://a.xn--e1afmkfd.XN--P1AI",
                "a.xn--e1afmkfd.XN--P1AI",
                "xn--e1afmkfd.XN--P1AI",
            ),
            ("http://a\u{3002}b\u{ff0e}jp\u{ff61}", "a.b.jp", "b.jp"),
            ("http://.a.com", "a.com", "a.com"),
            ("http://..a.com", "..a.com", "a.com"),
            ("", "", ""),
        ] {
            let host = Host::of_url(url);
            assert_eq!(
                (host.name(), host.registered()),
                (name, registered),
                "{url}"
            );
        }
    }
}
