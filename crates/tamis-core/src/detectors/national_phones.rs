//! Telephone numbers as people write them at home: North America's, and those that start with 0 in Britain, Germany,
//! France and Japan.
use std::ops::Range;

use super::context::{Announced, announced, in_chinese, in_japanese, in_url};
use super::digits::{
    Group, Number, digit, ends_freely, is_between, is_evenly_parted, run_end, starts_freely,
};
use super::phones::{chinese_landline, is_abroad};

/// `(415) 555-2671`, `415-555-2671`, `415.555.2671`, a 1 before or not; other forms where a word announces them.
pub fn north_american(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let (value, width) = digit(bytes, at)?;
    let run = (run_end(bytes, at) - at) / width;
    if value == 0 || !matches!((run, value), (3 | 10, 2..) | (1 | 11, 1)) {
        return None;
    }
    let open = opened_before(text, at);
    let number = Number::read(text, at);
    let coded = usize::from(value == 1);
    let begin = open.filter(|_| coded == 0).unwrap_or(at);
    let sizes: Vec<usize> = number.sizes().skip(coded * usize::from(run == 1)).collect();
    let count = match (run, &sizes[..]) {
        (10 | 11, _) => 1,
        (_, [3, 3, 4, ..]) => 3 + coded,
        (_, [3, 7, ..]) => 2 + coded,
        _ => return None,
    };
    let groups = number.groups().get(..count)?;
    let last = groups[count - 1];
    let digits = number.digits().get(coded..coded + 10)?;
    let end = with_extension(text, last.end);
    let rest = behind_heading(&text[end..]);
    let shown = count > 1 && is_parted(text, &groups[coded * usize::from(run == 1)..], open);
    let bracketed = open.is_some() && text[groups[0].end..].starts_with([')', '）']);
    let start = if bracketed { begin } else { at };
    let whole = is_assigned(digits)
        && starts_freely(&text[..start])
        && !is_abroad(&text[..start])
        && ends_freely(rest);
    let meant = || match announced(text, start) {
        Some(Announced::Phone) => true,
        Some(_) => false,
        None => shown && stands_alone(text, start),
    };
    (whole && meant()).then_some(start..end)
}

/// Flattened pages set a heading directly behind a number: `555-2671Email`.
fn behind_heading(rest: &str) -> &str {
    if rest.starts_with(|c: char| c.is_ascii_uppercase()) {
        rest.trim_start_matches(|c: char| c.is_ascii_alphabetic())
    } else {
        rest
    }
}

/// Not in a web address, nor behind a dot, as in the paths of drawings: `c.02.02.05.03.08`.
fn stands_alone(text: &str, start: usize) -> bool {
    !text[..start].ends_with('.') && !in_url(text, start)
}

/// Where the bracket stands that opens directly before a place.
fn opened_before(text: &str, at: usize) -> Option<usize> {
    let bracket = text[..at].chars().next_back()?;
    matches!(bracket, '(' | '（').then(|| at - bracket.len_utf8())
}

/// Area code and exchange start with 2 to 9 and are no N11; an area's second digit is no 9, which is kept for longer numbers.
fn is_assigned(digits: &[u8]) -> bool {
    let code = |code: &[u8]| code[0] > 1 && code[1..3] != [1, 1];
    let all_same = digits[1..].iter().all(|one| *one == digits[0]);
    code(&digits[..3]) && code(&digits[3..6]) && digits[1] != 9 && !all_same
}

/// Whether area, exchange and line are set so that nothing else is: the area in brackets, or twice one hyphen or dot.
fn is_parted(text: &str, groups: &[Group], open: Option<usize>) -> bool {
    let [area, exchange, line] = groups else {
        return false;
    };
    let (first, second) = (
        &text[area.end..exchange.start],
        &text[exchange.end..line.start],
    );
    let bracketed = open.is_some() || text[..area.start].ends_with(['(', '（']);
    if bracketed && first.starts_with([')', '）']) {
        let first = first.trim_start_matches([')', '）']);
        return matches!(first.trim(), "" | "-" | "–" | ".")
            && matches!(second.trim(), "" | "-" | "–" | "." | "‑" | "－");
    }
    first == second && matches!(first, "-" | "." | "‐" | "‑" | "–" | "－")
}

/// The end with `x123`, `ext. 123`, `Ext 123`.
fn with_extension(text: &str, end: usize) -> usize {
    let rest = text[end..].trim_start_matches([' ', ',', '\u{a0}']);
    let words = ["extension", "ext.", "ext", "x"];
    let word = words.iter().find(|word| {
        rest.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    });
    let Some(word) = word else { return end };
    let start = text.len() - rest[word.len()..].trim_start_matches([' ', '.', ':']).len();
    let number = start..run_end(text.as_bytes(), start);
    if (1..=6).contains(&number.len()) {
        number.end
    } else {
        end
    }
}

/// What has to stand around a number of a form.
#[derive(PartialEq, Eq)]
enum Near {
    NoChinese,
    Japanese,
    Anything,
}

/// A way to set a number: the sizes of its groups, what its digits start with (`x` is any), the one character that parts it.
struct Form {
    sizes: &'static [usize],
    starts: &'static [&'static str],
    parts: &'static str,
    near: Near,
}

const BRITISH: &[&str] = &[
    "0113", "0114", "0115", "0116", "0117", "0118", "01x1", "0203", "0207", "0208", "030", "033",
    "034", "037", "0800", "0808", "084", "087",
];
const BRITISH_LONG: &[&str] = &[
    "012", "013", "014", "015", "016", "017", "018", "019", "071", "072", "073", "074", "075",
    "077", "078", "079",
];
const HYPHENS: &str = "-－‐‑–";
const FORMS: [Form; 11] = [
    form(
        &[3, 4, 4],
        &["020", "023", "024", "028", "029"],
        " \u{a0}",
        Near::NoChinese,
    ),
    form(&[4, 3, 4], BRITISH, " \u{a0}", Near::NoChinese),
    form(&[5, 6], BRITISH_LONG, " \u{a0}", Near::NoChinese),
    form(&[5, 3, 3], BRITISH_LONG, " \u{a0}", Near::NoChinese),
    form(&[4, 7], &["015", "016", "017"], " -/", Near::NoChinese),
    form(&[4, 8], &["015", "016", "017"], " /", Near::NoChinese),
    form(PAIRS, &["0"], " .-\u{a0}", Near::Anything),
    form(&[2, 4, 4], &["03", "06"], HYPHENS, Near::Anything),
    form(
        &[3, 4, 4],
        &["050", "070", "080", "090"],
        HYPHENS,
        Near::Anything,
    ),
    form(&[3, 3, 4], &["0"], HYPHENS, Near::Japanese),
    form(&[4, 2, 4], &["0"], HYPHENS, Near::Japanese),
];
/// French numbers.
const PAIRS: &[usize] = &[2, 2, 2, 2, 2];

const fn form(
    sizes: &'static [usize],
    starts: &'static [&'static str],
    parts: &'static str,
    near: Near,
) -> Form {
    Form {
        sizes,
        starts,
        parts,
        near,
    }
}

/// A number that starts with one 0: in a form that its country alone has, or announced by a word.
pub fn national(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let (zero, width) = digit(bytes, at)?;
    let (second, _) = digit(bytes, at + width)?;
    if zero != 0 || second == 0 {
        return None;
    }
    let open = opened_before(text, at);
    let number = Number::read_between(text, at, |c| c == '/' || is_between(c));
    let first = number.groups().first()?;
    let start = open
        .filter(|_| text[first.end..].starts_with([')', '）']))
        .unwrap_or(at);
    if number.digits().len() < FEWEST || !starts_freely(&text[..start]) || is_abroad(&text[..start])
    {
        return None;
    }
    let said = announced(text, start);
    if !matches!(said, None | Some(Announced::Phone)) {
        return None;
    }
    let said = said.is_some();
    let shown = FORMS
        .iter()
        .find_map(|form| form.end(text, &number, said))
        .filter(|_| said || stands_alone(text, start));
    let end = shown.or_else(|| said.then(|| announced_end(text, at, &number)).flatten())?;
    Some(start..end)
}

const FEWEST: usize = 9;
const MOST: usize = 13;

impl Form {
    /// The end of a number of this form.
    fn end(&self, text: &str, number: &Number, said: bool) -> Option<usize> {
        let count = self.sizes.len();
        let groups = number.groups().get(..count)?;
        let digits = number.digits();
        let right = number.sizes().take(count).eq(self.sizes.iter().copied())
            && self.starts.iter().any(|start| starts_with(digits, start));
        if !right {
            return None;
        }
        let end = groups[count - 1].end;
        let part = text[groups[count - 2].end..groups[count - 1].start].chars();
        let rest = behind_heading(&text[end..]);
        let set = self.is_set(text, groups)
            && part.clone().all(|c| self.parts.contains(c))
            && ends_freely(rest);
        let alone = || {
            !goes_on(text, number, count)
                && (self.sizes != PAIRS || !is_draw(digits))
                && match self.near {
                    Near::NoChinese => !in_chinese(text, groups[0].start, end),
                    Near::Japanese => in_japanese(text, groups[0].start, end),
                    Near::Anything => true,
                }
        };
        (set && (said || alone())).then_some(end)
    }

    /// One and the same character between groups, or the first in brackets.
    fn is_set(&self, text: &str, groups: &[Group]) -> bool {
        let between = &text[groups[0].end..groups[1].start];
        let bracketed = between.strip_prefix([')', '）']);
        match bracketed {
            Some("" | " ") => {
                text[..groups[0].start].ends_with(['(', '（']) && {
                    groups.len() == 2 || is_evenly_parted(text, &groups[1..])
                }
            }
            Some(_) => false,
            None => {
                between.chars().count() == 1
                    && groups
                        .windows(2)
                        .all(|pair| &text[pair[0].end..pair[1].start] == between)
            }
        }
    }
}

fn starts_with(digits: &[u8], start: &str) -> bool {
    let pattern = start.bytes();
    digits.len() >= start.len()
        && pattern
            .zip(digits)
            .all(|(wanted, digit)| wanted == b'x' || wanted == digit + b'0')
}

/// Whether a form is a piece of a longer row of numbers: another one on either side, parted as these are.
fn goes_on(text: &str, number: &Number, count: usize) -> bool {
    let groups = number.groups();
    let (first, last) = (groups[0], groups[count - 1]);
    let part = &text[groups[count - 2].end..last.start];
    let before = text[..first.start].strip_suffix(part);
    let after = text[last.end..].strip_prefix(part);
    let another = after.is_some_and(|rest| {
        let word = rest.split(|c: char| !c.is_ascii_alphanumeric()).next();
        let word = word.unwrap_or("");
        word.starts_with(|c: char| c.is_ascii_digit())
            || word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    another || before.is_some_and(|text| text.ends_with(|c: char| c.is_ascii_digit()))
}

/// Five rising pairs below 60: drawn in a lottery, hours, days.
fn is_draw(digits: &[u8]) -> bool {
    let pairs: Vec<u8> = digits
        .chunks(2)
        .take(5)
        .map(|pair| pair[0] * 10 + pair[1])
        .collect();
    pairs.windows(2).all(|pair| pair[0] < pair[1]) && pairs.iter().all(|pair| *pair < 60)
}

/// The end of the longest number of 9 to 13 digits; none for a date and for what a Chinese landline is.
fn announced_end(text: &str, at: usize, number: &Number) -> Option<usize> {
    let groups = number.groups();
    let dated =
        number.sizes().take(3).eq([2, 2, 4]) && matches!(number.group(2)[..2], [1, 9] | [2, 0]);
    if dated || number.group(0).len() < 2 || chinese_landline(text, at).is_some() {
        return None;
    }
    (0..groups.len()).rev().find_map(|last| {
        let digits = groups[last].first + number.group(last).len();
        let free = || {
            let rest = behind_heading(&text[groups[last].end..]);
            ends_freely(rest)
        };
        ((FEWEST..=MOST).contains(&digits) && free()).then_some(groups[last].end)
    })
}
