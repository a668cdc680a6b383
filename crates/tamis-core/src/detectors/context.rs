//! What the words around a number say that it is.
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

/// What the nearest word before a number announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    Phone,
    Card,
    /// An order, a parcel, a book, a build: no person's number.
    Other,
}

/// Bytes in which a word may announce the number behind it, and in which Chinese speaks for a Chinese number.
const REACH: usize = 48;

const PHONE: &[&str] = &[
    "phone",
    "phones",
    "phone_number",
    "phonenumber",
    "telephone",
    "tel",
    "mobile",
    "mob",
    "cell",
    "cellphone",
    "whatsapp",
    "wechat",
    "viber",
    "fax",
    "call",
    "hotline",
    "dial",
    "sms",
    "contact",
    "telefon",
    "telefono",
    "telefone",
    "handy",
    "mobil",
    "telefax",
    "fon",
    "rufnummer",
    "durchwahl",
    "móvil",
    "teléfono",
    "tél",
    "téléphone",
    "тел",
    "телефон",
    "电话",
    "电 话",
    "手机",
    "手 机",
    "移动电话",
    "联系",
    "热线",
    "传真",
    "致电",
    "拨打",
    "座机",
    "客服",
    "咨询",
    "微信",
    "来电",
    "短信",
    "電話",
    "手機",
    "聯絡",
    "聯繫",
    "熱線",
    "傳真",
    "來電",
    "ＴＥＬ",
    "Ｔｅｌ",
    "携帯",
    "問い合わせ",
    "連絡先",
    "ファックス",
    "ファクス",
    "フリーダイヤル",
    "☎",
    "☏",
    "📞",
    "📱",
];
const CARD: &[&str] = &[
    "card",
    "cards",
    "visa",
    "mastercard",
    "amex",
    "unionpay",
    "credit",
    "debit",
    "maestro",
    "pan",
    "card_number",
    "cardnumber",
    "卡号",
    "银行卡",
    "信用卡",
    "借记卡",
    "储蓄卡",
    "账号",
    "帐号",
    "账户",
    "帐户",
    "卡號",
    "信用卡號",
    "帳號",
    "帳戶",
    "銀行卡",
];
const OTHER: &[&str] = &[
    "id",
    "ids",
    "uid",
    "user_id",
    "userid",
    "order",
    "orders",
    "order_id",
    "orderid",
    "invoice",
    "isbn",
    "issn",
    "ean",
    "upc",
    "gtin",
    "sku",
    "serial",
    "tracking",
    "hash",
    "sha",
    "md5",
    "commit",
    "build",
    "ticket",
    "timestamp",
    "ts",
    "barcode",
    "imei",
    "iccid",
    "vin",
    "doi",
    "pmid",
    "version",
    "port",
    "patent",
    "part",
    "model",
    "item",
    "ref",
    "reference",
    "qq",
    "bytes",
    "size",
    "seed",
    "订单",
    "單號",
    "单号",
    "编号",
    "編號",
    "流水",
    "条码",
    "条形码",
    "货号",
    "型号",
    "序列号",
    "快递",
    "运单",
    "批号",
    "期号",
    "书号",
    "时间戳",
    "学号",
    "工号",
    "专利",
    "点击",
    "阅读",
    "浏览",
    "訂單",
];

static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = PHONE.iter().chain(CARD).chain(OTHER);
    let builder = AhoCorasickBuilder::new()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .build(words);
    builder.ok()
});

/// The last listed word before a place, on the same line.
pub fn announced(text: &str, at: usize) -> Option<Announced> {
    let window = before(text, at);
    let words = WORDS.as_ref()?;
    let last = words
        .find_iter(window)
        .filter(|found| stands_alone(window, found.start(), found.end()))
        .last()?;
    let number = last.pattern().as_usize();
    Some(match number {
        _ if number < PHONE.len() => Announced::Phone,
        _ if number < PHONE.len() + CARD.len() => Announced::Card,
        _ => Announced::Other,
    })
}

/// A word of letters has no other letter beside it; `orderId` and `user_id` hold `id`.
fn stands_alone(window: &str, start: usize, end: usize) -> bool {
    let word = &window[start..end];
    if !word.is_ascii() {
        return true;
    }
    let (before, after) = (
        window[..start].chars().next_back(),
        window[end..].chars().next(),
    );
    let hump = word.starts_with(|c: char| c.is_ascii_uppercase())
        && before.is_some_and(|c| c.is_ascii_lowercase());
    (hump || !before.is_some_and(|c| c.is_alphabetic() && c < '\u{2e80}'))
        && !after.is_some_and(|c| c.is_ascii_lowercase())
}

/// Whether the number stands in a line with Chinese around it.
pub fn in_chinese(text: &str, start: usize, end: usize) -> bool {
    around(text, start, end).any(is_han)
}

/// Whether it stands in a line with Japanese syllables near it.
pub fn in_japanese(text: &str, start: usize, end: usize) -> bool {
    around(text, start, end).any(|c| matches!(c, '\u{3040}'..='\u{30ff}'))
}

/// The characters near a place, on its line.
fn around(text: &str, start: usize, end: usize) -> impl Iterator<Item = char> + '_ {
    let after = &text[end..floor(text, end + REACH)];
    let after = after.split('\n').next().unwrap_or("");
    before(text, start).chars().chain(after.chars())
}

/// Whether words before a number, on its line, say that it is of somebody's identity card.
pub fn says_identity(text: &str, at: usize) -> bool {
    let words = ["身份证", "身份證", "身分證", "身份号", "证件号", "證件號"];
    let window = before(text, at);
    words.iter().any(|word| window.contains(word))
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}' | '，' | '。' | '：' | '、' | '；')
}

/// Whether a place lies in a web address or a path.
pub fn in_url(text: &str, at: usize) -> bool {
    let start = floor(text, at.saturating_sub(300));
    let stretch = &text[start..at];
    let blank =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '|') || is_han(c);
    let stretch = stretch.rsplit(blank).next().unwrap_or("");
    let path = stretch.bytes().filter(|byte| *byte == b'/').count() > 1
        && stretch.bytes().any(|byte| byte.is_ascii_alphabetic());
    stretch.contains("://")
        || stretch.contains("www.")
        || path
        || stretch.contains('?') && stretch.contains('=')
}

fn before(text: &str, at: usize) -> &str {
    let window = &text[floor(text, at.saturating_sub(REACH))..at];
    window.rsplit('\n').next().unwrap_or("")
}

/// The border of a character at or before a place.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at)
        .rev()
        .find(|place| text.is_char_boundary(*place))
        .unwrap_or(0)
}
