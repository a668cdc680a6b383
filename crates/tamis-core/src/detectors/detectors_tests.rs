#![allow(clippy::unwrap_used)]
use super::addresses::Dialect;
use super::*;

fn found(text: &str) -> Vec<(&'static str, &str)> {
    let hits = scanner(&Category::ALL).unwrap().scan(text, Dialect::Tamis);
    let named = hits.into_iter();
    named
        .map(|one| (one.detector.name, &text[one.range]))
        .collect()
}

#[test]
fn no_anchor_hides_another() {
    let anchors: Vec<String> = DETECTORS
        .iter()
        .flat_map(|one| one.anchors)
        .map(|anchor| anchor.to_ascii_lowercase())
        .collect();
    assert!(anchors.len() > 100);
    for one in &anchors {
        let longer = anchors
            .iter()
            .find(|other| *other != one && other.starts_with(one.as_str()));
        assert_eq!(longer, None, "{one}");
    }
}

#[test]
fn each_category_has_detectors_and_each_name_is_its_own() {
    for category in Category::ALL {
        assert!(DETECTORS.iter().any(|one| one.category == category));
        assert_eq!(Category::from_name(category.name()).unwrap(), category);
        assert!(scanner(&[category]).is_ok());
    }
    for (number, one) in DETECTORS.iter().enumerate() {
        assert!(!DETECTORS[..number].contains(one), "{}", one.name);
    }
    assert!(Category::from_name("name").is_err());
}

#[test]
fn numbers_in_both_widths_and_without_blanks() {
    for (text, wanted) in [
        (
            "请拨打13812345678或010-62781234转801。",
            &[
                ("chinese_mobile", "13812345678"),
                ("chinese_landline", "010-62781234转801"),
            ][..],
        ),
        (
            "手机１３８１２３４５６７８，座机（０７５５）２３４５６７８９",
            &[
                ("chinese_mobile", "１３８１２３４５６７８"),
                ("chinese_landline", "（０７５５）２３４５６７８９"),
            ],
        ),
        (
            "ring +44 (0)20 7946 0958 or 0049 30 1234567",
            &[
                ("international_phone", "+44 (0)20 7946 0958"),
                ("international_phone", "0049 30 1234567"),
            ],
        ),
        (
            "(+44) 0333 7591 018, +43 – (0)1 – 361 88 98, +1 0202 555",
            &[
                ("international_phone", "+44) 0333 7591 018"),
                ("international_phone", "+43 – (0)1 – 361 88 98"),
            ],
        ),
        (
            "+8613812345678 +86-010-62781234 ＋１ 212 555 0123",
            &[
                ("international_phone", "+8613812345678"),
                ("international_phone", "+86-010-62781234"),
                ("international_phone", "＋１ 212 555 0123"),
            ],
        ),
        (
            "身份证11010519491231002X，旧证110105194912310021",
            &[("resident_id", "11010519491231002X")],
        ),
        (
            "卡号4111 1111 1111 1111，订单号4111111111111111",
            &[("card", "4111 1111 1111 1111")],
        ),
        (
            "IBAN: GB29 NWBK 6016 1331 9268 19, GB29NWBK60161331926818",
            &[("iban", "GB29 NWBK 6016 1331 9268 19")],
        ),
        (
            "GMT+0800 +1.5 +3.14159265 v13812345678 0.13812345678 13812345678px",
            &[],
        ),
        ("13812345678@qq.com", &[("email", "13812345678@qq.com")]),
        (
            "(415) 555-2671 1-800-555-1234x12, 1.415.555.2671. 415-555-2671Email 415 555 2671",
            &[
                ("north_american_phone", "(415) 555-2671"),
                ("north_american_phone", "1-800-555-1234x12"),
                ("north_american_phone", "1.415.555.2671"),
                ("north_american_phone", "415-555-2671"),
            ],
        ),
        (
            "411-555-2671 415-911-2671 491-555-2671 order 415-555-2671 M1.415.555.2671 415-555-2671-8",
            &[],
        ),
        (
            "020 7946 0958, 07911 123456, 0171/1234567, 01 23 45 67 89, 03-1234-5678 030 1234567",
            &[
                ("national_phone", "020 7946 0958"),
                ("national_phone", "07911 123456"),
                ("national_phone", "0171/1234567"),
                ("national_phone", "01 23 45 67 89"),
                ("national_phone", "03-1234-5678"),
            ],
        ),
        (
            "Tel. 030 / 226 343-0, 海は045-123-4567",
            &[
                ("national_phone", "030 / 226 343-0"),
                ("national_phone", "045-123-4567"),
            ],
        ),
        (
            "01 02 03 04 05 06, 04 12 23 34 45 c.02.02.05.03.08 01 23 45 67 89 ab call 01.02.2024 10",
            &[],
        ),
        (
            "身份证110105491231002\n110105491231002",
            &[("old_resident_id", "110105491231002")],
        ),
        (
            "8.8.8.8 a@x.com 2001:4860:4860::8888, 1.1.1.1",
            &[
                ("ip", "8.8.8.8"),
                ("email", "a@x.com"),
                ("ipv6", "2001:4860:4860::8888"),
                ("ip", "1.1.1.1"),
            ],
        ),
    ] {
        assert_eq!(found(text), wanted, "{text}");
    }
}

#[test]
fn what_is_no_text_ends_nothing() {
    let pieces = [
        "0",
        "00",
        "+",
        "＋",
        "１",
        "010",
        "86",
        "1",
        "138",
        "1234",
        "5678",
        "-",
        " ",
        "(",
        ")",
        "（",
        "）",
        ".",
        "/",
        "转",
        "字",
        "é",
        "GB29",
        "NWBK",
        "X",
        "eyJ",
        "sk-",
        "-----BEGIN ",
        "PRIVATE KEY-----",
        "AKIA",
        "ghp_",
        "xoxb-",
        "\u{200b}",
        "\u{feff}",
        "\u{e0061}",
        "\u{1f3f4}",
        "忽略",
        "以上",
        "指令",
        "ignore ",
        "previous ",
        "instructions",
        "secret_access_key",
        "=",
        "\\x90",
        "${jndi:",
        "eval(",
        "@",
        "\n",
        "12345678901234567890123456789",
        "4111",
        "415",
        "555",
        "2671",
        "tel ",
        "02",
        "20",
        "身份证",
        "2606:",
        "4700",
        "::",
        "x12",
    ];
    let mut state = 1u64;
    let mut dice = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for _ in 0..100_000 {
        let text: String = (0..dice() % 14)
            .map(|_| pieces[dice() % pieces.len()])
            .collect();
        let mut last = 0;
        let hits = scanner(&Category::ALL).unwrap().scan(&text, Dialect::Tamis);
        for one in hits {
            assert!(
                one.range.start >= last && one.range.end > one.range.start,
                "{text}"
            );
            assert!(text.get(one.range.clone()).is_some());
            last = one.range.end;
        }
    }
}
