//! The words of a sentence as NLTK 3.8.1's `NLTKWordTokenizer` cuts them.
//!
//! The reference is a list of substitutions, each over the whole sentence, and later ones see the
//! blanks of earlier ones; so they are kept as passes in their order, and a pass is left out where
//! the characters it looks for do not occur.
use super::contractions;
use crate::text::chars::{is_decimal, is_space, is_word};

/// Characters by the passes that look for them.
mod has {
    pub const OPENING: u16 = 1;
    pub const DOUBLE_QUOTE: u16 = 1 << 1;
    pub const APOSTROPHE: u16 = 1 << 2;
    pub const STOP: u16 = 1 << 3;
    pub const COLON_COMMA: u16 = 1 << 4;
    pub const SYMBOL: u16 = 1 << 5;
    pub const QUESTION: u16 = 1 << 6;
    pub const STAR: u16 = 1 << 7;
    pub const BRACKET: u16 = 1 << 8;
    pub const HYPHEN: u16 = 1 << 9;
    /// Not ASCII: perhaps a quote.
    pub const OTHER: u16 = 1 << 10;
}

const BYTES: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'`' => has::OPENING,
            b'"' => has::DOUBLE_QUOTE,
            b'\'' => has::APOSTROPHE,
            b'.' => has::STOP,
            b':' | b',' => has::COLON_COMMA,
            b';' | b'@' | b'#' | b'$' | b'%' | b'&' => has::SYMBOL,
            b'?' | b'!' => has::QUESTION,
            b'*' => has::STAR,
            b'[' | b']' | b'(' | b')' | b'{' | b'}' | b'<' | b'>' => has::BRACKET,
            b'-' => has::HYPHEN,
            0x80.. => has::OTHER,
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// A sentence on its way through the passes.
#[derive(Default)]
pub struct Treebank {
    text: String,
    made: String,
}

impl Treebank {
    /// The sentence with blanks between its words, quotes rewritten.
    pub fn rewrite(&mut self, sentence: &str) -> &str {
        self.text.clear();
        self.text.push_str(sentence);
        let mut seen = sentence
            .bytes()
            .fold(0, |seen, byte| seen | BYTES[byte as usize]);
        self.opening_quotes(&mut seen);
        self.punctuation(seen);
        if seen & has::BRACKET != 0 {
            self.pad(|c| matches!(c, '[' | ']' | '(' | ')' | '{' | '}' | '<' | '>'));
        }
        if seen & has::HYPHEN != 0 {
            self.replace("--", " -- ");
        }
        self.text.insert(0, ' ');
        self.text.push(' ');
        self.closing_quotes(seen);
        contractions::split(&mut self.text, &mut self.made);
        &self.text
    }

    fn opening_quotes(&mut self, seen: &mut u16) {
        if *seen & (has::OPENING | has::OTHER) != 0 {
            self.pass(|text, at, c| match c {
                '«' | '“' | '‘' | '„' => Some((c.len_utf8(), 0)),
                '`' => Some((run(&text[at..], '`'), 0)),
                _ => None,
            });
        }
        if self.text.starts_with('"') {
            self.text.replace_range(..1, "``");
            *seen |= has::OPENING;
        }
        if *seen & has::OPENING != 0 {
            self.replace("``", " `` ");
        }
        if *seen & (has::DOUBLE_QUOTE | has::APOSTROPHE) != 0 {
            self.quotes_after_opening();
        }
        if *seen & has::APOSTROPHE != 0 {
            self.apostrophe_before_letter();
        }
    }

    /// Double quotes right after a blank or opening bracket open.
    fn quotes_after_opening(&mut self) {
        self.made.clear();
        let mut start = 0;
        let mut at = 0;
        let bytes = self.text.as_bytes();
        while at + 1 < bytes.len() {
            let quote = match &bytes[at + 1..] {
                [b'"', ..] => 1,
                [b'\'', b'\'', ..] => 2,
                _ => 0,
            };
            if quote == 0 || !matches!(bytes[at], b' ' | b'(' | b'[' | b'{' | b'<') {
                at += 1;
                continue;
            }
            self.made.push_str(&self.text[start..=at]);
            self.made.push_str(" `` ");
            at += 1 + quote;
            start = at;
        }
        self.finish(start);
    }

    /// `'x` with a single letter or digit comes apart, unless `'s` and its like.
    fn apostrophe_before_letter(&mut self) {
        self.pass(|text, at, c| {
            let mut after = text[at + c.len_utf8()..].chars();
            let (letter, next) = (after.next(), after.next());
            let fits = c == '\''
                && letter.is_some_and(|c| is_word(c) && !is_clitic(c))
                && !next.is_some_and(is_word);
            fits.then_some((1, AFTER_ONLY))
        });
    }

    fn punctuation(&mut self, seen: u16) {
        if seen & has::STOP != 0 {
            self.last_stop(is_closing, " . ");
        }
        if seen & has::COLON_COMMA != 0 {
            self.colons_and_commas();
        }
        if seen & has::STOP != 0 {
            self.pass(|text, at, c| match c {
                '.' if text[at..].starts_with("..") => Some((run(&text[at..], '.'), 0)),
                _ => None,
            });
        }
        if seen & has::SYMBOL != 0 {
            self.pad(|c| matches!(c, ';' | '@' | '#' | '$' | '%' | '&'));
        }
        if seen & has::STOP != 0 {
            self.last_stop(|c| matches!(c, ']' | ')' | '}' | '>' | '"' | '\''), " .");
        }
        if seen & has::QUESTION != 0 {
            self.pad(|c| matches!(c, '?' | '!'));
        }
        if seen & has::APOSTROPHE != 0 {
            self.clitics(|rest| rest.starts_with('\'').then_some(1), |c| c != '\'');
        }
        if seen & has::STAR != 0 {
            self.pad(|c| c == '*');
        }
    }

    /// The full stop at the end, before nothing but closing marks and blanks.
    fn last_stop(&mut self, closes: impl Fn(char) -> bool, stop: &str) {
        let Some(at) = self.text.rfind('.') else {
            return;
        };
        let before = self.text[..at].chars().next_back();
        if before.is_none_or(|c| c == '.') {
            return;
        }
        let after = &self.text[at + 1..];
        let rest = after.trim_start_matches(closes);
        if !rest.chars().all(is_space) {
            return;
        }
        let end = self.text.len() - rest.len();
        self.text.truncate(end);
        self.text.push(' ');
        self.text.replace_range(at..=at, stop);
    }

    /// `:` and `,` stand alone before what is no digit, and at the end.
    fn colons_and_commas(&mut self) {
        self.made.clear();
        let mut start = 0;
        let mut characters = self.text.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            if !matches!(c, ':' | ',') {
                continue;
            }
            let Some((_, next)) = characters.next_if(|(_, next)| !is_decimal(*next)) else {
                continue;
            };
            self.made.push_str(&self.text[start..at]);
            self.made.push(' ');
            self.made.push(c);
            self.made.push(' ');
            self.made.push(next);
            start = at + 1 + next.len_utf8();
        }
        self.finish(start);
        let body = self.text.strip_suffix('\n').unwrap_or(&self.text);
        for end in [body.len(), self.text.len()] {
            if self.text[..end].ends_with([':', ',']) {
                self.text.insert(end, ' ');
                self.text.insert(end - 1, ' ');
                break;
            }
        }
    }

    fn closing_quotes(&mut self, seen: u16) {
        if seen & has::OTHER != 0 {
            self.pad(|c| matches!(c, '»' | '”' | '’'));
        }
        if seen & has::APOSTROPHE != 0 {
            self.replace("''", " '' ");
        }
        if seen & has::DOUBLE_QUOTE != 0 {
            self.replace("\"", " '' ");
        }
        if seen & has::APOSTROPHE == 0 {
            return;
        }
        let not_blank = |c| !matches!(c, '\'' | ' ');
        self.clitics(short_clitic, not_blank);
        self.clitics(long_clitic, not_blank);
    }

    /// A clitic before a blank gets blanks, after a character that `before` allows. `clitic` gives
    /// the length of the one that starts a text and is followed by a blank.
    fn clitics(&mut self, clitic: impl Fn(&str) -> Option<usize>, before: impl Fn(char) -> bool) {
        self.made.clear();
        let mut start = 0;
        let mut at = 0;
        while let Some(c) = self.text[at..].chars().next() {
            let after = at + c.len_utf8();
            let rest = &self.text[after..];
            let found = clitic(rest)
                .filter(|length| before(c) && rest.as_bytes().get(*length) == Some(&b' '));
            // What the clitics start with; most characters are passed by here.
            if let (Some(length), Some(b'\'' | b'n' | b'N')) = (found, rest.as_bytes().first()) {
                self.made.push_str(&self.text[start..after]);
                self.made.push(' ');
                self.made.push_str(&rest[..length]);
                self.made.push(' ');
                at = after + length + 1;
                start = at;
            } else {
                at = after;
            }
        }
        self.finish(start);
    }

    fn pad(&mut self, is_token: impl Fn(char) -> bool) {
        self.pass(|_, _, c| is_token(c).then_some((c.len_utf8(), 0)));
    }

    /// One pass: `find` gives the length of what it takes at a character, and 0 for blanks on both
    /// sides or `AFTER_ONLY`.
    fn pass(&mut self, find: impl Fn(&str, usize, char) -> Option<(usize, u8)>) {
        self.made.clear();
        let mut start = 0;
        for (at, c) in self.text.char_indices() {
            if at < start {
                continue;
            }
            let Some((length, sides)) = find(&self.text, at, c) else {
                continue;
            };
            self.made.push_str(&self.text[start..at]);
            if sides != AFTER_ONLY {
                self.made.push(' ');
            }
            self.made.push_str(&self.text[at..at + length]);
            self.made.push(' ');
            start = at + length;
        }
        self.finish(start);
    }

    fn replace(&mut self, from: &str, to: &str) {
        if self.text.contains(from) {
            self.text = self.text.replace(from, to);
        }
    }

    /// Take over what a pass has made, and what it has left from `start` on.
    fn finish(&mut self, start: usize) {
        if start > 0 {
            self.made.push_str(&self.text[start..]);
            std::mem::swap(&mut self.text, &mut self.made);
        }
    }
}

const AFTER_ONLY: u8 = 1;

fn run(text: &str, of: char) -> usize {
    text.len() - text.trim_start_matches(of).len()
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        ']' | ')' | '}' | '>' | '"' | '\'' | '»' | '”' | '’' | ' '
    )
}

/// The letters of `'m 't 's 'd 'n`; the long s is an s without case.
fn is_clitic(c: char) -> bool {
    matches!(
        c,
        'm' | 'M' | 't' | 'T' | 's' | 'S' | 'ſ' | 'd' | 'D' | 'n' | 'N'
    )
}

fn short_clitic(rest: &str) -> Option<usize> {
    match rest.as_bytes() {
        [b'\'', b's' | b'S' | b'm' | b'M' | b'd' | b'D', b' ', ..] => Some(2),
        [b'\'', b' ', ..] => Some(1),
        _ => None,
    }
}

fn long_clitic(rest: &str) -> Option<usize> {
    const CLITICS: [&str; 8] = ["'ll", "'LL", "'re", "'RE", "'ve", "'VE", "n't", "N'T"];
    CLITICS
        .iter()
        .find(|clitic| rest.starts_with(**clitic))
        .map(|clitic| clitic.len())
}
