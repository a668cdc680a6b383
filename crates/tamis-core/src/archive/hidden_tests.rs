#![allow(clippy::unwrap_used)]
use super::*;

fn found(page: &str) -> Hidden {
    hidden(page.as_bytes(), "utf-8", 5).unwrap()
}

fn excerpts(page: &str) -> Vec<(&'static str, String)> {
    let found = found(page).excerpts.into_iter();
    found.map(|one| (one.reason.name(), one.text)).collect()
}

#[test]
fn what_is_hidden_ends_with_its_element() {
    for (page, wanted) in [
        (
            "<p>a <span style='display:none'>b c</span> d",
            &[("display", "b c")][..],
        ),
        ("<div hidden><p>a<p>b</div>c", &[("hidden", "a b")]),
        ("<p hidden>a<p>b", &[("hidden", "a")]),
        ("<ul><li hidden>a<li>b</ul>", &[("hidden", "a")]),
        (
            "<table><tr hidden><td>a<td>b<tr><td>c</table>",
            &[("hidden", "a b")],
        ),
        (
            "<b aria-hidden=true>a</b><b aria-hidden=false>b</b>",
            &[("aria-hidden", "a")],
        ),
        (
            "<div hidden>a</div><div hidden>b</div>",
            &[("hidden", "a"), ("hidden", "b")],
        ),
        (
            "<div style=visibility:hidden>a<i style='visibility:visible'>b</i>c</div>",
            &[("visibility", "a"), ("visibility", "c")],
        ),
        (
            "<td style='font-size:0'>a<td style='font-size:0'><b style='font-size:9px'>b</b>",
            &[("size", "a")],
        ),
        (
            "<div style='background:#fff'><font color=white>a</font></div>",
            &[("color", "a")],
        ),
        (
            "<body bgcolor='#ffffff'><font color='#FFFFFF'>a</font><font color=red>b</font>",
            &[("color", "a")],
        ),
        (
            "<div hidden>&nbsp; <br></div><div hidden><script>a</script></div>",
            &[],
        ),
        (
            "<div title='hidden' data-x='style=display:none'>a</div>",
            &[],
        ),
        (
            "<style>p { display: none }</style><p class=hidden>a</p>",
            &[],
        ),
        ("<input hidden><img style='display:none'>a<br hidden>b", &[]),
        (
            "<div style='display:none'><div>a</div>b</div>c",
            &[("display", "a b")],
        ),
        ("<div style='display:none'", &[]),
        ("<span style='display:none'/>a", &[]),
    ] {
        let wanted: Vec<_> = wanted
            .iter()
            .map(|(reason, text)| (*reason, (*text).to_owned()))
            .collect();
        assert_eq!(excerpts(page), wanted, "{page}");
    }
}

#[test]
fn counts_and_offsets() {
    let page = "<p>é<b hidden>x &amp; ü</b>";
    let one = found(page);
    assert_eq!((one.characters, one.hidden, one.passages), (4, 3, 1));
    let excerpt = &one.excerpts[0];
    assert_eq!(&page[excerpt.start..excerpt.end], "x &amp; ü");
    assert_eq!(excerpt.text, "x & ü");
    let many = found(&"<i hidden>a</i>b".repeat(9));
    assert_eq!(
        (
            many.passages,
            many.excerpts.len(),
            many.hidden,
            many.characters
        ),
        (9, 5, 9, 18)
    );
    let long = found(&format!("<i hidden>{}</i>", "字".repeat(1000)));
    assert_eq!(
        (long.hidden, long.excerpts[0].text.chars().count()),
        (1000, 200)
    );
}

#[test]
fn other_encodings() {
    let page = "<p>可見<b style='display:none'>文字二三四</b>";
    for encoding in [encoding_rs::GBK, encoding_rs::BIG5, encoding_rs::SHIFT_JIS] {
        let (bytes, _, _) = encoding.encode(page);
        let found = hidden(&bytes, encoding.name(), 5).unwrap();
        let excerpt = &found.excerpts[0];
        let back = encoding.decode(&bytes[excerpt.start..excerpt.end]).0;
        assert_eq!(
            (found.characters, found.hidden, back.as_ref()),
            (7, 5, excerpt.text.as_str())
        );
    }
    let utf16: Vec<u8> = page.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let found = hidden(&utf16, "utf-16le", 5).unwrap();
    assert_eq!(
        &page[found.excerpts[0].start..found.excerpts[0].end],
        "文字二三四"
    );
    assert!(hidden(b"", "nonsense", 5).is_err());
}

#[test]
fn nesting_without_end() {
    let deep = "<div hidden>a".repeat(50_000) + &"</div></x>".repeat(50_000) + "b";
    let found = found(&deep);
    assert_eq!((found.characters, found.hidden), (50_001, 50_000));
}
