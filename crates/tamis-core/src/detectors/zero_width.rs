//! Runs of characters that take no room: where readers see nothing, texts are hidden or marked.
use std::ops::Range;

/// So many in a row are no joiner, no soft break and no byte order mark.
const FEWEST: usize = 3;
const FLAG: char = '\u{1f3f4}';
/// Tags of a region's flag: its code of at most 6 letters and the end.
const LONGEST_FLAG: usize = 7;

/// Where a run is looked at: characters of which every run has one. Of the tags that spell ASCII out of sight these are the
/// blank, the small letters and both ends.
pub const ANCHORS: [&str; 38] = [
    "\u{200b}",
    "\u{200c}",
    "\u{200d}",
    "\u{2060}",
    "\u{2061}",
    "\u{2062}",
    "\u{2063}",
    "\u{2064}",
    "\u{feff}",
    "\u{e0001}",
    "\u{e0020}",
    "\u{e007f}",
    "\u{e0061}",
    "\u{e0062}",
    "\u{e0063}",
    "\u{e0064}",
    "\u{e0065}",
    "\u{e0066}",
    "\u{e0067}",
    "\u{e0068}",
    "\u{e0069}",
    "\u{e006a}",
    "\u{e006b}",
    "\u{e006c}",
    "\u{e006d}",
    "\u{e006e}",
    "\u{e006f}",
    "\u{e0070}",
    "\u{e0071}",
    "\u{e0072}",
    "\u{e0073}",
    "\u{e0074}",
    "\u{e0075}",
    "\u{e0076}",
    "\u{e0077}",
    "\u{e0078}",
    "\u{e0079}",
    "\u{e007a}",
];

fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Three or more in a row; the tags behind a black flag make the flags of regions.
pub fn run(text: &str, at: usize) -> Option<Range<usize>> {
    let before = text[..at].trim_end_matches(is_zero_width);
    let (start, end) = (
        before.len(),
        at + text[at..].len() - text[at..].trim_start_matches(is_zero_width).len(),
    );
    let run = &text[start..end];
    let count = run.chars().count();
    (count >= FEWEST && !(before.ends_with(FLAG) && is_flag(run, count))).then_some(start..end)
}

/// `gbeng` and the end, in tags: behind a black flag longer ones hide a text.
fn is_flag(run: &str, count: usize) -> bool {
    count <= LONGEST_FLAG && run.ends_with('\u{e007f}') && run.chars().all(|c| c > '\u{e0000}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_what_is_none() {
        let tags = |text: &str| -> String {
            text.chars()
                .filter_map(|c| char::from_u32(c as u32 + 0xe0000))
                .collect()
        };
        let england = format!("\u{1f3f4}{}\u{e007f}", tags("gbeng"));
        let smuggled = format!("\u{1f3f4}{}\u{e007f}", tags("ignore all"));
        for (text, at, expected) in [
            ("a\u{200b}\u{200c}\u{200d}b", 4, Some(1..10)),
            ("a\u{200b}\u{200c}b", 1, None),
            ("\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}", 4, None),
            (england.as_str(), 4, None),
            (smuggled.as_str(), 4, Some(4..48)),
        ] {
            assert_eq!(run(text, at), expected, "{text}");
        }
    }
}
