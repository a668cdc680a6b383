//! Telephone numbers: international ones, Chinese mobiles and landlines.
use std::ops::Range;
use std::sync::LazyLock;

use hashbrown::HashSet;

use super::context::{Announced, announced, in_chinese, in_url};
use super::digits::{Number, digit, ends_freely, is_evenly_parted, starts_freely};

/// By calling code, a bit for each number of digits that may follow it.
static CODES: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut codes = vec![0; 1000];
    let table = include_str!("tables/calling_codes.txt");
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let mut numbers = line
            .split(' ')
            .filter_map(|word| word.parse::<usize>().ok());
        if let Some(code) = numbers.next() {
            codes[code] = numbers.fold(0, |bits, length| bits | 1 << length);
        }
    }
    codes
});
const FEWEST_DIGITS: usize = 8;
const MOST_DIGITS: usize = 15;

/// `+CODE` or `00CODE` and a number of a length that the code has. Behind `00` a word must announce it, or groups show it.
pub fn international(text: &str, at: usize) -> Option<Range<usize>> {
    let sign = text[at..]
        .chars()
        .next()
        .filter(|c| matches!(c, '+' | '＋'));
    let before = &text[..at];
    let free = match (sign, before.chars().next_back()) {
        (Some(_), Some('=')) => true,
        (Some(_), Some('+' | ')' | ']' | '}')) | (None, Some('/')) => false,
        _ => starts_freely(before),
    };
    let number = Number::read(text, at + sign.map_or(0, char::len_utf8));
    if !free || number.digits().len() < FEWEST_DIGITS {
        return None;
    }
    if sign.is_none() {
        return behind_zeros(text, at, &number).map(|end| at..end);
    }
    let end = longest(text, &number, 0)?;
    (number.digits()[0] > 0 && !is_sum(before, &number)).then_some(at..end)
}

/// `0044 20 7946 0958`, `00 44 20 7946 0958`: three groups or more of blanks and hyphens, or a word before.
fn behind_zeros(text: &str, at: usize, number: &Number) -> Option<usize> {
    if number.digits()[..2] != [0, 0] {
        return None;
    }
    let said = announced(text, at) == Some(Announced::Phone);
    let first = number.group(0).len();
    if !said && (!(2..=5).contains(&first) || in_url(text, at)) {
        return None;
    }
    let end = longest(text, number, 2)?;
    let groups = number
        .groups()
        .iter()
        .take_while(|group| group.end <= end)
        .count();
    let between = number.groups()[..groups]
        .windows(2)
        .map(|pair| &text[pair[0].end..pair[1].start]);
    let mut between = between.skip(usize::from(first == 2));
    let plain = between.all(|part| part.chars().all(|c| matches!(c, ' ' | '-' | '\u{a0}')));
    // Rows of pairs are of times, hours or bytes.
    let pairs = number.sizes().take(groups).all(|size| size == 2);
    (said || groups > 2 && plain && !pairs).then_some(end)
}

/// The end of the longest number behind a calling code.
fn longest(text: &str, number: &Number, skip: usize) -> Option<usize> {
    for count in (1..=number.groups().len()).rev() {
        let group = number.groups()[count - 1];
        let last = group.first + number.group(count - 1).len();
        // Flattened pages set a heading directly behind a number.
        let rest =
            text[group.end..].trim_start_matches(|c: char| skip == 0 && c.is_ascii_uppercase());
        if !ends_freely(rest) || !has_even_dots(text, number, count) {
            continue;
        }
        let Some(digits) = number.digits().get(skip..last) else {
            continue;
        };
        let fits = (1..=3).any(|length| {
            let place = skip + length;
            let parted = number
                .groups()
                .iter()
                .any(|group| group.first > skip && group.first < place);
            let trunk = trunk_at(text, number, place);
            !parted
                && digits.len() > length + trunk
                && follows_code(&digits[..length], &digits[length + trunk..])
        });
        if fits && (FEWEST_DIGITS..=MOST_DIGITS + 1).contains(&digits.len()) {
            return Some(group.end);
        }
    }
    None
}

/// 1 where the code is followed by the `(0)` that is left out when one calls from abroad.
fn trunk_at(text: &str, number: &Number, place: usize) -> usize {
    let groups = number.groups();
    let Some(at) = groups.iter().position(|group| group.first == place) else {
        return 0;
    };
    let bracketed = at > 0
        && text[..groups[at].start].ends_with(['(', '（'])
        && text[groups[at].end..].starts_with([')', '）']);
    usize::from(number.group(at) == [0] && bracketed)
}

/// Dots part groups only where nothing else does, and more than one: `+3.14159265` is a number.
fn has_even_dots(text: &str, number: &Number, count: usize) -> bool {
    let between = number.groups()[..count]
        .windows(2)
        .map(|pair| &text[pair[0].end..pair[1].start]);
    let (dots, all) = between.fold((0, 0), |(dots, all), part| {
        (dots + usize::from(part == "."), all + 1)
    });
    dots == 0 || dots == all && dots > 1
}

fn follows_code(code: &[u8], rest: &[u8]) -> bool {
    let code = code
        .iter()
        .fold(0, |code, digit| code * 10 + usize::from(*digit));
    if rest.iter().all(|digit| *digit == rest[0]) {
        return false;
    }
    // Their numbers start with 0 themselves; elsewhere it is the trunk's, written although it is not dialled.
    let zero = matches!(code, 39 | 225 | 242);
    let rest = if zero {
        rest
    } else {
        rest.strip_prefix(&[0]).unwrap_or(rest)
    };
    if code == 86 {
        return is_mobile(rest) || is_landline(rest);
    }
    let possible = CODES
        .get(code)
        .is_some_and(|bits| bits >> rest.len() & 1 == 1);
    possible
        && match code {
            1 => rest[0] > 1 && rest[3] > 1,
            _ => zero || rest[0] > 0,
        }
}

/// `1 +1234567890`: the sign of a sum.
fn is_sum(before: &str, number: &Number) -> bool {
    let before = before.trim_end_matches(' ');
    number.groups().len() == 1 && before.ends_with(|c: char| c.is_ascii_digit() || c == '=')
}

/// 13 to 19, the third digit among those that are given out.
pub fn is_mobile(digits: &[u8]) -> bool {
    let [1, second, third, rest @ ..] = digits else {
        return false;
    };
    let given = match second {
        3 | 8 => true,
        4 => ![2, 3].contains(third),
        5 => *third != 4,
        6 => [2, 5, 6, 7].contains(third),
        7 => *third < 9,
        9 => *third != 4,
        _ => false,
    };
    given && rest.len() == 8 && !rest.iter().all(|digit| *digit == rest[0])
}

/// What area codes start with.
static AREAS: LazyLock<HashSet<&'static [u8]>> = LazyLock::new(|| {
    let table = include_str!("tables/chinese_areas.txt");
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.map(str::as_bytes).collect()
});

/// Area code without its 0, and 7 or 8 digits: 10 and 2x have 8.
fn is_landline(digits: &[u8]) -> bool {
    let length = match digits {
        [1 | 2, ..] => 2,
        [3..=9, ..] => 3,
        _ => return false,
    };
    let Some((area, local)) = digits.split_at_checked(length) else {
        return false;
    };
    let letters: Vec<u8> = area.iter().map(|digit| digit + b'0').collect();
    let known = AREAS.contains(letters.as_slice()) || AREAS.contains(&letters[..2]);
    known && is_local(length, local)
}

fn is_local(area: usize, local: &[u8]) -> bool {
    let fits = local.len() == 8 || area == 3 && local.len() == 7;
    fits && (2..=8).contains(&local[0]) && !local.iter().all(|digit| *digit == local[0])
}

/// Eleven digits from 13 to 19: in groups of 3, 4, 4, behind `86`, announced by a word, or in Chinese.
pub fn chinese_mobile(text: &str, at: usize) -> Option<Range<usize>> {
    let (value, _) = digit(text.as_bytes(), at)?;
    if ![0, 1, 8].contains(&value) || !starts_freely(&text[..at]) {
        return None;
    }
    let number = Number::read(text, at);
    let coded = [&[8, 6][..], &[0, 0, 8, 6], &[0, 8, 6]]
        .into_iter()
        .any(|code| number.group(0) == code);
    let first = usize::from(coded);
    let sizes: Vec<usize> = number.sizes().skip(first).collect();
    let (count, hyphened) = match sizes[..] {
        [11, ..] => (1, false),
        [3, 4, 4, ..] => (3, true),
        _ => return joined_mobile(text, at, &number),
    };
    let groups = &number.groups()[first..first + count];
    let end = groups[count - 1].end;
    let digits = &number.digits()[groups[0].first..groups[0].first + 11];
    if !is_mobile(digits) || !ends_freely(&text[end..]) || !is_evenly_parted(text, groups) {
        return None;
    }
    let hyphened = hyphened && !text[groups[0].end..].starts_with(' ');
    is_meant(text, at, end, hyphened || coded).then_some(at..end)
}

/// `8613812345678`
fn joined_mobile(text: &str, at: usize, number: &Number) -> Option<Range<usize>> {
    let end = number.groups().first()?.end;
    let said = number.group(0).len() == 13
        && number.group(0)[..2] == [8, 6]
        && is_mobile(&number.group(0)[2..]);
    let meant = said && ends_freely(&text[end..]) && announced(text, at) == Some(Announced::Phone);
    meant.then_some(at..end)
}

fn is_meant(text: &str, start: usize, end: usize, shown: bool) -> bool {
    match announced(text, start) {
        Some(Announced::Phone) => true,
        Some(_) => false,
        None => !in_url(text, start) && (shown || in_chinese(text, start, end)),
    }
}

/// `010-62781234`, `(0755) 23456789`, `0351 2345678`: bracket or hyphen show it; else a word announces it.
pub fn chinese_landline(text: &str, at: usize) -> Option<Range<usize>> {
    let (value, _) = digit(text.as_bytes(), at)?;
    let open = text[..at].ends_with(['(', '（']);
    let begin = if open {
        at - text[..at].chars().next_back()?.len_utf8()
    } else {
        at
    };
    if value != 0 || !starts_freely(&text[..begin]) || is_abroad(&text[..begin]) {
        return None;
    }
    let number = Number::read(text, at);
    let area = number.group(0);
    if area.len() > 4 {
        let whole = is_landline(&area[1..]) && ends_freely(&text[number.groups()[0].end..]);
        return (whole && announced(text, at) == Some(Announced::Phone))
            .then(|| at..number.groups()[0].end);
    }
    let (count, local) = match number.sizes().skip(1).collect::<Vec<usize>>()[..] {
        [8 | 7, ..] => (1, number.group(1).len()),
        [4, 4, ..] => (2, 8),
        [3, 4, ..] => (2, 7),
        _ => return None,
    };
    let digits = &number.digits()[1..area.len() + local];
    let fits = matches!(
        (area.len(), area.get(1)),
        (3, Some(1 | 2)) | (4, Some(3..=9))
    );
    if !fits || !is_landline(digits) {
        return None;
    }
    let groups = number.groups();
    let between = &text[groups[0].end..groups[1].start];
    let bracketed = open && between.starts_with([')', '）']);
    let hyphened =
        !between.contains(['.', '(', '（']) && between.contains(['-', '－', '–', '—', '‑']);
    let end = extension(text, groups[count].end);
    let free = ends_freely(&text[end..]);
    let start = if bracketed { begin } else { at };
    let blank = between.trim().is_empty() && in_chinese(text, at, end);
    let shown = bracketed || hyphened || blank;
    let meant = match announced(text, start) {
        Some(Announced::Phone) => true,
        Some(_) => false,
        None => shown && !in_url(text, start),
    };
    (free && meant).then_some(start..end)
}

/// Behind `+54` no Chinese number follows.
pub fn is_abroad(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '-', '(', '.']);
    let code = before.trim_end_matches(|c: char| c.is_ascii_digit());
    before.len() - code.len() < 4 && code.len() < before.len() && code.ends_with('+')
}

/// The end with an extension: `-8001`, `转8001`.
fn extension(text: &str, end: usize) -> usize {
    let Some(mark) = text[end..]
        .chars()
        .next()
        .filter(|c| matches!(c, '-' | '－' | '转' | '轉'))
    else {
        return end;
    };
    let start = end + mark.len_utf8();
    let number = Number::read(text, start);
    let fits = (1..=5).contains(&number.group(0).len());
    number
        .groups()
        .first()
        .filter(|_| fits)
        .map_or(end, |group| group.end)
}
