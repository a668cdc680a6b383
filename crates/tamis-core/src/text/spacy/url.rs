//! Whether a chunk is a URL: optional scheme, user, host or public IPv4 address, port, path.
//!
//! The pattern of D. Perini as spaCy changed it, taken apart by hand. A host holds none of `:/?#@`, so
//! where it ends is known before it is looked at, and no step has to be tried twice.
use super::tables::{Tables, URL_LABEL};
use crate::text::chars::{is_decimal, is_word};

pub fn is_url(tables: &Tables, text: &str) -> bool {
    if !text.as_bytes().contains(&b'.') {
        return false;
    }
    // `user@` and `user:password@` take any characters: every `@` but a first one may end them.
    let after_users = text.match_indices('@').filter(|(at, _)| *at > 0);
    is_rest(tables, text)
        || after_scheme(text).is_some_and(|rest| is_rest(tables, rest))
        || after_users
            .map(|(at, _)| &text[at + 1..])
            .any(|rest| is_rest(tables, rest))
}

/// What follows `scheme://`, a scheme being two or more word characters, `+`, `-` and `.`.
fn after_scheme(text: &str) -> Option<&str> {
    let colon = text.find(':')?;
    let scheme = &text[..colon];
    let fits = scheme.chars().nth(1).is_some()
        && scheme
            .chars()
            .all(|c| is_word(c) || matches!(c, '+' | '-' | '.'));
    text[colon..].strip_prefix("://").filter(|_| fits)
}

/// Host, port and path.
fn is_rest(tables: &Tables, text: &str) -> bool {
    // A host that starts wrong is the common case among many `@`.
    if !text.chars().next().is_some_and(is_label_char) {
        return false;
    }
    let end = text.find([':', '/', '?', '#', '@']).unwrap_or(text.len());
    let (host, after) = text.split_at(end);
    is_port_and_path(after) && (is_host(tables, host) || is_public_address(host))
}

fn is_port_and_path(text: &str) -> bool {
    let Some(port) = text.strip_prefix(':') else {
        return text.is_empty() || text.starts_with(['/', '?', '#']);
    };
    let end = port.find(['/', '?', '#']).unwrap_or(port.len());
    let digits = &port[..end];
    digits.chars().all(is_decimal) && (2..=5).contains(&digits.chars().take(6).count())
}

fn is_label_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '\u{a1}'..='\u{ffff}')
}

/// Labels of 1 to 64 characters, then a last one of 2 to 63 lower-case letters.
fn is_host(tables: &Tables, host: &str) -> bool {
    let Some((labels, last)) = host.rsplit_once('.') else {
        return false;
    };
    (2..=63).contains(&last.chars().take(64).count())
        && last.chars().all(|c| tables.is(c, URL_LABEL))
        && labels.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    label.chars().next().is_some_and(is_label_char)
        && label.chars().next_back().is_some_and(is_label_char)
        && label
            .chars()
            .all(|c| is_label_char(c) || matches!(c, '_' | '-'))
        && label.chars().take(65).count() <= 64
}

/// An IPv4 address outside the private networks; digits of any script, as the pattern's `\d` has it.
fn is_public_address(host: &str) -> bool {
    let octets: Vec<Vec<char>> = host
        .split('.')
        .take(5)
        .map(|octet| octet.chars().take(4).collect())
        .collect();
    let [first, second, third, last] = octets.as_slice() else {
        return false;
    };
    let is_private = match first.as_slice() {
        ['1', '0'] | ['1', '2', '7'] => true,
        ['1', '6', '9'] => second == &['2', '5', '4'],
        ['1', '9', '2'] => second == &['1', '6', '8'],
        ['1', '7', '2'] => match second.as_slice() {
            ['1', '6'..='9'] | ['3', '0' | '1'] => true,
            ['2', digit] => is_decimal(*digit),
            _ => false,
        },
        _ => false,
    };
    !is_private
        && is_first_octet(first)
        && is_middle_octet(second)
        && is_middle_octet(third)
        && is_last_octet(last)
}

fn is_first_octet(octet: &[char]) -> bool {
    match octet {
        ['1'..='9'] => true,
        ['1'..='9', b] => is_decimal(*b),
        ['1', b, c] => is_decimal(*b) && is_decimal(*c),
        ['2', '0' | '1', c] => is_decimal(*c),
        ['2', '2', '0'..='3'] => true,
        _ => false,
    }
}

fn is_middle_octet(octet: &[char]) -> bool {
    match octet {
        [a] => is_decimal(*a),
        [a, b] => is_decimal(*a) && is_decimal(*b),
        ['1', b, c] => is_decimal(*b) && is_decimal(*c),
        ['2', '0'..='4', c] => is_decimal(*c),
        ['2', '5', '0'..='5'] => true,
        _ => false,
    }
}

fn is_last_octet(octet: &[char]) -> bool {
    match octet {
        ['1'..='9'] => true,
        ['1'..='9', b] => is_decimal(*b),
        ['1', b, c] => is_decimal(*b) && is_decimal(*c),
        ['2', '0'..='4', c] => is_decimal(*c),
        ['2', '5', '0'..='4'] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tables::tables;
    use super::*;

    #[test]
    fn hosts_need_a_lower_case_last_label() {
        let yes = [
            "a.bc",
            "A-b_c.x1.de/p?q@r",
            "x+y://u:p@a.bc:8080#f",
            "@@a.bc",
            "münchen.рф",
            "8.8.8.8:80",
            "user@1.2.3.4/",
        ];
        let no = [
            "https://a.b",
            "a.bC",
            "-a.bc",
            "a-.bc",
            "a..bc",
            "a.bc:1",
            "a.bc:123456",
            "x://y",
            "@a.bc",
            "10.1.1.1",
            "127.0.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "172.16.1.1",
            "172.29.1.1",
            "224.1.1.1",
            "1.1.1.0",
            "1.2.3",
            "a.bc(d",
        ];
        for text in yes {
            assert!(is_url(tables(), text), "{text}");
        }
        for text in no {
            assert!(!is_url(tables(), text), "{text}");
        }
    }
}
