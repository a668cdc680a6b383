//! FineWeb's rules on the URL: listed domains and URLs, banned words.
use aho_corasick::AhoCorasick;
use hashbrown::HashSet;
use xxhash_rust::xxh3::xxh3_64;

use crate::error::{CoreError, Result};
use crate::signals::hosts::Host;
use crate::text::chars;

/// A set of strings as sorted 64-bit hashes: 8 bytes a string, whatever its length. Two strings share
/// a hash once in 2^64 pairs, so of a billion URLs against 4.6 million domains the expected number of
/// false hits is 0.0003.
#[derive(Debug, Default)]
pub struct HashedSet {
    hashes: Vec<u64>,
}

impl HashedSet {
    /// Add the lines of a list: stripped; blank lines and those that start with `#` are left out.
    pub fn add_lines(&mut self, list: &[u8]) {
        for line in list.split(|byte| matches!(byte, b'\n' | b'\r')) {
            if line.first() == Some(&b'#') {
                continue;
            }
            let line = line.trim_ascii();
            if !line.is_empty() {
                self.hashes.push(xxh3_64(line));
            }
        }
    }

    /// Sort, once all lists are in.
    pub fn finish(&mut self) {
        self.hashes.sort_unstable();
        self.hashes.dedup();
        self.hashes.shrink_to_fit();
    }

    pub fn contains(&self, entry: &str) -> bool {
        !entry.is_empty() && self.position(xxh3_64(entry.as_bytes()))
    }

    /// The hashes are spread evenly, so the place of one is its share of the length, give or take the
    /// square root of that: a few cache lines instead of the 22 steps of a search by halves.
    fn position(&self, hash: u64) -> bool {
        let length = self.hashes.len();
        let guess = ((u128::from(hash) * length as u128) >> 64) as usize;
        let reach = 4 * length.isqrt() + 16;
        let (from, to) = (guess.saturating_sub(reach), (guess + reach).min(length));
        let near = &self.hashes[from..to];
        let inside = near.first().is_some_and(|first| *first <= hash)
            && near.last().is_some_and(|last| hash <= *last);
        let span = if inside { near } else { &self.hashes[..] };
        span.binary_search(&hash).is_ok()
    }

    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }
}

type WordSet = HashSet<Box<[u8]>>;

/// What was found in one URL.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct UrlHits {
    pub domain_listed: bool,
    pub subdomain_listed: bool,
    pub url_listed: bool,
    pub hard_words: usize,
    pub soft_words: usize,
    pub subwords: usize,
}

/// All lists, ready.
pub struct UrlBlocklist {
    pub domains: HashedSet,
    pub urls: HashedSet,
    hard: WordSet,
    soft: WordSet,
    subwords: Option<AhoCorasick>,
}

impl UrlBlocklist {
    /// The word lists as texts, one word a line, any of them empty.
    pub fn new(
        domains: HashedSet,
        urls: HashedSet,
        hard: &str,
        soft: &str,
        subwords: &str,
    ) -> Result<Self> {
        let subwords = words_of(subwords);
        let finder = match subwords.is_empty() {
            true => None,
            false => Some(
                AhoCorasick::new(&subwords)
                    .map_err(|error| CoreError::new("bad_list").with("reason", error))?,
            ),
        };
        Ok(UrlBlocklist {
            domains,
            urls,
            hard: words_of(hard),
            soft: words_of(soft),
            subwords: finder,
        })
    }

    pub fn measure(&self, url: &str) -> UrlHits {
        let host = Host::of_url(url);
        let mut hits = UrlHits {
            domain_listed: self.domains.contains(host.registered()),
            subdomain_listed: self.domains.contains(host.name()),
            url_listed: self.urls.contains(url),
            ..UrlHits::default()
        };
        self.count_words(url, &mut hits);
        hits.subwords = self.count_subwords(url);
        hits
    }

    /// Banned words among the distinct tokens; case counts, as in the reference.
    fn count_words(&self, url: &str, hits: &mut UrlHits) {
        let tokens = url.as_bytes().split(|byte| !byte.is_ascii_alphanumeric());
        let mut met: Vec<&[u8]> = Vec::new();
        for token in tokens.filter(|token| !token.is_empty()) {
            let (hard, soft) = (self.hard.contains(token), self.soft.contains(token));
            if (hard || soft) && !met.contains(&token) {
                met.push(token);
                hits.hard_words += usize::from(hard);
                hits.soft_words += usize::from(soft);
            }
        }
    }

    /// Distinct banned sub-words of the URL's letters and digits, lower-cased and joined.
    fn count_subwords(&self, url: &str) -> usize {
        let Some(finder) = &self.subwords else {
            return 0;
        };
        let joined = normalized(url);
        let mut found: Vec<_> = finder
            .find_overlapping_iter(&joined)
            .map(|found| found.pattern())
            .collect();
        found.sort_unstable();
        found.dedup();
        found.len()
    }
}

/// ASCII letters and digits alone, lower-cased.
fn normalized(text: &str) -> Vec<u8> {
    let kept = text.bytes().filter(u8::is_ascii_alphanumeric);
    kept.map(|byte| byte.to_ascii_lowercase()).collect()
}

fn words_of(list: &str) -> WordSet {
    let mut words = WordSet::new();
    for line in chars::splitlines(list).filter(|line| !line.starts_with('#')) {
        let word = normalized(line);
        if !word.is_empty() {
            words.insert(word.into_boxed_slice());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn blocklist() -> UrlBlocklist {
        let mut domains = HashedSet::default();
        domains.add_lines(b"# a comment\nbad.com\r\n\n  sub.good.org \n");
        domains.finish();
        let mut urls = HashedSet::default();
        urls.add_lines(b"http://ok.com/x\n");
        urls.finish();
        UrlBlocklist::new(domains, urls, "porn\na-b\n\n", "sex\nass", "hardcore-x").unwrap()
    }

    #[test]
    fn the_rows_of_the_table() {
        let list = blocklist();
        assert_eq!(list.domains.len(), 2);
        let hit = |url: &str| {
            let hits = list.measure(url);
            let counts = (hits.hard_words, hits.soft_words, hits.subwords);
            (
                hits.domain_listed,
                hits.subdomain_listed,
                hits.url_listed,
                counts,
            )
        };
        let none = (0, 0, 0);
        for (url, expected) in [
            ("http://www.bad.com/p", (true, false, false, none)),
            ("http://u@bad.com.:80/", (true, true, false, none)),
            ("http://BAD.com/", (false, false, false, none)),
            ("http://sub.good.org/", (false, true, false, none)),
            ("http://a.sub.good.org/", (false, false, false, none)),
            ("http://ok.com/x", (false, false, true, none)),
            ("https://ok.com/x", (false, false, false, none)),
            ("http://ok.com/x/", (false, false, false, none)),
            ("http://x.com/porn", (false, false, false, (1, 0, 0))),
            ("http://x.com/ab", (false, false, false, (1, 0, 0))),
            ("http://x.com/Porn", (false, false, false, none)),
            ("http://x.com/PORN.html", (false, false, false, none)),
            ("http://x.com/pornography", (false, false, false, none)),
            ("http://x.com/sex-ass", (false, false, false, (0, 2, 0))),
            ("http://x.com/Sex-ass", (false, false, false, (0, 1, 0))),
            ("http://x.com/sex/sex", (false, false, false, (0, 1, 0))),
            ("http://x.com/hard-core/x", (false, false, false, (0, 0, 1))),
            ("http://x.com/HARDCORE_X1", (false, false, false, (0, 0, 1))),
            ("http://127.0.0.1/", (false, false, false, none)),
            ("http://localhost/", (false, false, false, none)),
            ("", (false, false, false, none)),
        ] {
            assert_eq!(hit(url), expected, "{url}");
        }
    }

    #[test]
    fn a_large_set_finds_all_and_nothing_else() {
        let mut set = HashedSet::default();
        let list: String = (0..50_000).map(|n| format!("site{n}.com\n")).collect();
        set.add_lines(list.as_bytes());
        set.finish();
        assert_eq!(set.len(), 50_000);
        assert!((0..50_000).all(|n| set.contains(&format!("site{n}.com"))));
        assert!(!(0..50_000).any(|n| set.contains(&format!("site{n}.org"))));
        assert!(!HashedSet::default().contains("x"));
    }
}
