//! The table of detectors.
use std::ops::Range;

use regex::Regex;

use super::{Category, bank, national_phones, phones, resident_id, secrets, zero_width};
use crate::error::{CoreError, Result};

/// How a hit is told from what only begins like one.
#[derive(Debug)]
pub enum Check {
    /// Addresses have a search of their own.
    Search,
    /// From an anchor to the hit around it.
    Function(fn(&str, usize) -> Option<Range<usize>>),
    /// A pattern that starts at the anchor; what it matches, or its first group, must look drawn at random.
    Token(&'static str),
    /// A pattern that starts at the anchor; a blank in it stands for one to three blanks or line ends.
    Phrase(&'static str),
}

impl Check {
    pub fn pattern(&self) -> Result<Option<Regex>> {
        let pattern = match self {
            Check::Token(pattern) => format!(r"\A(?:{pattern})"),
            Check::Phrase(pattern) => {
                format!(r"\A(?i:{})", pattern.replace(' ', r"[\s\u{a0}]{1,3}"))
            }
            _ => return Ok(None),
        };
        let made = Regex::new(&pattern);
        made.map(Some)
            .map_err(|error| CoreError::new("bad_pattern").with("reason", error))
    }
}

/// `anchors` compare without regard to ASCII capitals; with `digits` each number is one too.
#[derive(Debug)]
pub struct Detector {
    pub name: &'static str,
    pub category: Category,
    pub anchors: &'static [&'static str],
    pub digits: bool,
    pub check: Check,
}

impl PartialEq for Detector {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Detector {}

const fn search(name: &'static str, category: Category) -> Detector {
    Detector {
        name,
        category,
        anchors: &[],
        digits: false,
        check: Check::Search,
    }
}

const fn number(
    name: &'static str,
    category: Category,
    anchors: &'static [&'static str],
    check: fn(&str, usize) -> Option<Range<usize>>,
) -> Detector {
    Detector {
        name,
        category,
        anchors,
        digits: true,
        check: Check::Function(check),
    }
}

const fn secret(name: &'static str, anchors: &'static [&'static str], check: Check) -> Detector {
    Detector {
        name,
        category: Category::Secret,
        anchors,
        digits: false,
        check,
    }
}

const fn phrase(
    name: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
) -> Detector {
    Detector {
        name,
        category: Category::Injection,
        anchors,
        digits: false,
        check: Check::Phrase(pattern),
    }
}

const fn payload(
    name: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
) -> Detector {
    Detector {
        name,
        category: Category::Payload,
        anchors,
        digits: false,
        check: Check::Phrase(pattern),
    }
}

/// In the order in which they are asked where several share an anchor. No anchor starts with another one.
pub static DETECTORS: [Detector; 37] = [
    search("email", Category::Email),
    search("ip", Category::Ip),
    search("ipv6", Category::Ip),
    number(
        "resident_id",
        Category::ResidentId,
        &[],
        resident_id::resident_id,
    ),
    number(
        "old_resident_id",
        Category::ResidentId,
        &[],
        resident_id::old_resident_id,
    ),
    number("iban", Category::Iban, &[], bank::iban),
    number("card", Category::Card, &[], bank::card),
    number(
        "international_phone",
        Category::Phone,
        &["+", "＋"],
        phones::international,
    ),
    number(
        "chinese_mobile",
        Category::Phone,
        &[],
        phones::chinese_mobile,
    ),
    number(
        "national_phone",
        Category::Phone,
        &[],
        national_phones::national,
    ),
    number(
        "chinese_landline",
        Category::Phone,
        &[],
        phones::chinese_landline,
    ),
    number(
        "north_american_phone",
        Category::Phone,
        &[],
        national_phones::north_american,
    ),
    secret(
        "aws_key_id",
        &["AKIA", "ASIA", "ABIA", "ACCA"],
        Check::Token("(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
    ),
    secret(
        "aws_secret_key",
        &[
            "aws_secret",
            "secret_access_key",
            "secretaccesskey",
            "secret-access-key",
        ],
        Check::Token(
            r#"(?i:aws_secret_access_key|aws_secret_key|secret_access_key|secretaccesskey|secret-access-key)(?:\\?["'])?\s{0,4}(?:=>|[:=]|,)\s{0,4}(?:\\?["'])?([A-Za-z0-9/+]{40})"#,
        ),
    ),
    secret(
        "github_token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        Check::Token("gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    ),
    secret(
        "gitlab_token",
        &[
            "glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glsoat-", "glft-", "glimt-",
            "glagent-", "gloas-",
        ],
        Check::Token(
            r"gl(?:pat|dt|rt|ft|imt|soat)-[0-9A-Za-z_-]{27,300}\.[0-9a-z]{2}\.?[0-9a-z]{7}|gl(?:pat|dt|rt|ft|soat)-[0-9A-Za-z_-]{20}|glptt-[0-9a-f]{40}|glcbt-[0-9a-zA-Z]{1,5}_[0-9a-zA-Z_-]{20}|glimt-[0-9a-zA-Z_-]{25}|glagent-[0-9a-zA-Z_-]{50}|gloas-[0-9a-f]{64}",
        ),
    ),
    secret(
        "slack_token",
        &[
            "xoxa-",
            "xoxb-",
            "xoxe",
            "xoxo-",
            "xoxp-",
            "xoxr-",
            "xoxs-",
            "xapp-",
            "hooks.slack.com/",
        ],
        Check::Token(
            r"xox[aboprs]-(?:\d-)?[0-9]{8,14}(?:-[0-9]{8,14}){0,2}-[A-Za-z0-9-]{16,64}|xoxe(?:\.xox[bp])?-\d-[A-Za-z0-9]{100,200}|xapp-\d-[A-Z0-9]{8,14}-\d{8,14}-[a-z0-9]{32,80}|hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/]{30,60})",
        ),
    ),
    secret(
        "google_key",
        &["AIza", "GOCSPX-", "ya29."],
        Check::Token(
            r"AIza[0-9A-Za-z_-]{35}|GOCSPX-[0-9A-Za-z_-]{28}|ya29\.[0-9A-Za-z_-]{30,1000}",
        ),
    ),
    secret(
        "stripe_key",
        &["sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"],
        Check::Token("[sr]k_(?:live|test)_[0-9A-Za-z]{16,250}|whsec_[0-9A-Za-z+/]{32,64}"),
    ),
    secret("model_key", &["sk-"], Check::Function(secrets::model_key)),
    secret(
        "huggingface_token",
        &["hf_", "api_org_"],
        Check::Token("(?:hf|api_org)_[A-Za-z0-9]{34,37}"),
    ),
    secret("web_token", &["eyJ"], Check::Function(secrets::web_token)),
    secret(
        "private_key",
        &["-----BEGIN "],
        Check::Function(secrets::private_key),
    ),
    phrase(
        "injection_english",
        &[
            "ignore",
            "disregard",
            "forget",
            "override",
            "bypass",
            "reveal",
            "print",
            "show",
            "output",
            "repeat",
            "leak",
            "disclose",
            "display",
            "tell",
            "if you",
            "if\nyou",
            "you are",
            "you\nare",
            "act as",
            "act\nas",
        ],
        concat!(
            r"(?:ignore|disregard|forget)(?: (?:all|any|every|of|the|your|my|our|these|those|this|about))* (?:previous|prior|above|preceding|earlier|foregoing|past|initial|original|system)(?:(?:,| and| or|/)(?: )?(?:previous|prior|above|preceding|earlier|subsequent|all))*(?: (?:system|user|safety|given))? (?:instructions?|prompts?|directions?|directives?|guidelines?)",
            r"|(?:ignore|disregard|forget) (?:(?:all|any|every)(?: of)?(?: the| your| my| our)?|your) (?:previous|prior|above|preceding|earlier|initial|original|system)(?: (?:system|user|safety))? (?:rules|commands|orders|messages|context|conversations?|programming|constraints|training|text|input)",
            r"|(?:ignore|disregard|forget)(?: (?:all|any|of|the|your|these|those))* (?:instructions|prompts|directives|guidelines|rules) (?:above|before this|you (?:(?:were|have been|'ve been) (?:given|told)|received|got)|that (?:came|were given)|given (?:to you|above|before|earlier|previously)|(?:given )?previously|so far)",
            r"|(?:ignore|disregard|forget) (?:all (?:of )?)?your (?:instructions|programming|guidelines|training|system prompt|directives|safety \w+)",
            r"|(?:ignore|disregard|forget) (?:everything|anything|all|what) (?:above this|(?:that )?(?:you (?:were|have been|'ve been) (?:told|instructed|given))|(?:i|we) (?:said|told you) (?:before|above|earlier|previously))",
            r"|(?:override|bypass)(?: all)?(?: of)?(?: your| the (?:previous|prior|system))(?: (?:previous|prior|system|safety|content|original|own))* (?:instructions|prompt|programming|guidelines|filters|restrictions)",
            r"|(?:reveal|print|show(?: me)?|output|repeat|leak|disclose|display|tell me) your (?:(?:full|entire|hidden|secret|initial|original|complete|exact|own|internal|confidential|underlying|system|developer|raw),? )+(?:prompts?|instructions?|message|directives?|guidelines)",
            r"|if you(?: are|'re) an? (?:(?:large )?language model|llm|chatbot|(?:automated|ai|artificial intelligence)(?: (?:language model|model|agent|assistant|system|reviewer|crawler|bot|reader|scraper))?)(?:,| (?:and (?:are )?)?(?:reading|processing|parsing|summari[sz]ing)(?: this)?| you (?:must|should|have to|are required)| please| then| do not| ignore)",
            r"|you are now (?:in )?(?:(?:an? )?(?:jailbroken|unrestricted|unfiltered|uncensored|dan\b)|DAN\b|jailbreak mode|developer mode with)",
            r"|act as (?:an? )?(?:unrestricted|unfiltered|uncensored|jailbroken|DAN\b)",
        ),
    ),
    phrase(
        "injection_chinese",
        &[
            "忽略",
            "无视",
            "無視",
            "忘记",
            "忘記",
            "忘掉",
            "不要理会",
            "不要理會",
            "不要遵守",
            "不要遵循",
            "绕过",
            "繞過",
            "输出你",
            "輸出你",
            "显示你",
            "顯示你",
            "告诉我你",
            "告訴我你",
            "打印你",
            "泄露你",
            "洩露你",
            "透露你",
            "重复你",
            "重複你",
            "复述你",
            "公开你",
            "说出你",
            "說出你",
            "如果你是",
            "若你是",
            "你现在是",
            "你現在是",
            "你现在不受",
            "你現在不受",
        ],
        concat!(
            r"(?:忽略掉?|无视掉?|無視|忘[记記掉]|不要(?:理[会會]|遵守|遵循)|[绕繞][过過])(?:你)?(?:在)?(?:之前|以上|上面|上述|前面|先前|此前|原有|最初|[刚剛]才)(?:的|所有|全部|一切|任何|[给給]你|收到|[给給]出|[设設]定|系[统統]|初始|[关關]于|[这這]些|那些)*(?:指令|指示|提示[词詞語语]?)",
            r"|(?:忽略掉?|无视掉?|無視|忘[记記掉]|不要(?:理[会會]|遵守|遵循)|[绕繞][过過])(?:所有|全部|一切|任何)的?(?:之前|以上|上面|上述|先前|此前|前面|系[统統]|原有|你)的?(?:所有|系[统統])?的?(?:指令|指示|提示[词詞語语]?|[规規][则則]|限制)",
            r"|(?:忽略掉?|无视掉?|無視|忘[记記掉]|不要(?:理[会會]|遵守|遵循)|[绕繞][过過])(?:你)(?:之前|先前|原[来來]|原有|所有|全部|被[赋賦]予|接受|收到|的|一切|系[统統]|安全|內容|内容){1,4}(?:指令|指示|提示[词詞語语]?|[设設]定|[规規][则則]|限制|[约約]束|[训訓][练練]|[审審]查)",
            r"|(?:忽略掉?|无视掉?|無視|忘[记記掉]|不要(?:理[会會]|遵守|遵循))(?:之前|以上|上面|上述|先前|此前|前面)的?(?:所有|全部|一切)的?(?:[规規][则則]|限制|命令|[设設]定|[对對][话話]|[约約]束|要求)",
            r"|(?:[输輸]出|[显顯]示|告[诉訴]我|打印|[泄洩]露|透露|重[复複]|复述|公开|[说說]出)你的?(?:完整|全部|原始|初始|[隐隱]藏|内部|內部|系[统統]|真[实實]|的|和|开发者)*(?:提示[词詞語语]|系[统統]提示|(?:初始|系[统統]|[隐隱]藏|[内內]部|原始)指令|system prompt)",
            r"|(?:如果|若)你是(?:一[个個名款]|[个個])?(?:AI|人工智[能慧]|LLM|大?[语語]言模型|大模型|聊天[机機]器人|智能助手|AI助手)(?:助手|模型|系[统統]|代理)?(?:，|,)?(?:[请請]|你?必[须須]|不要|你?[应應]该?|[务務]必|忽略)",
            r"|你[现現]在(?:是(?:一[个個])?)?(?:[没沒]有|不受)(?:任何|一切)?(?:道德|[伦倫]理|内容|的)*(?:限制|[约約]束|[审審]查)",
        ),
    ),
    phrase(
        "chat_turn",
        &["<|im_start|>", "<<SYS>>", "<|start_header_id|>"],
        r"<\|im_start\|>(?:system|user|assistant)\b|<<SYS>>|<\|start_header_id\|>(?:system|user|assistant)<\|end_header_id\|>",
    ),
    Detector {
        name: "zero_width_run",
        category: Category::ZeroWidthRun,
        anchors: &zero_width::ANCHORS,
        digits: false,
        check: Check::Function(zero_width::run),
    },
    payload(
        "test_virus",
        &["EICAR-STANDARD-"],
        "EICAR-STANDARD-ANTIVIRUS-TEST-FILE",
    ),
    payload(
        "encoded_command",
        &["powershell", "pwsh"],
        r"(?:powershell|pwsh)(?:\.exe)?[^\n|]{0,120}? [-/]e(?:n|nc|nco|ncod|ncode|ncoded|ncodedcommand|c)? [A-Za-z0-9+/=]{32,}",
    ),
    payload(
        "download_command",
        &["certutil", "bitsadmin", "mshta"],
        r"certutil(?:\.exe)?[^\n]{0,80}?[-/]urlcache[^\n]{0,60}?https?://|bitsadmin(?:\.exe)?[^\n]{0,20}?/transfer[^\n]{0,80}?https?://|mshta(?:\.exe)?\s{1,3}(?:https?://|vbscript:|javascript:)",
    ),
    payload(
        "reverse_shell",
        &["/dev/tcp/", "nc -e ", "ncat -e ", "nc.exe -e "],
        r"/dev/tcp/[0-9A-Za-z.$\{_-]{3,60}/[0-9$][0-9A-Za-z_\{}]{0,20}|nc(?:at|\.exe)?\s-e\s(?:/bin/(?:ba)?sh|cmd)",
    ),
    payload(
        "web_shell",
        &[
            "eval(",
            "eval (",
            "assert(",
            "system(",
            "passthru(",
            "shell_exec(",
        ],
        r"(?:eval|assert)\s?\(\s?@?(?:base64_decode|gzinflate|gzuncompress|str_rot13|\$_(?:POST|GET|REQUEST|COOKIE)\b)|(?:system|passthru|shell_exec)\s?\(\s?\$_(?:POST|GET|REQUEST|COOKIE)\b",
    ),
    payload(
        "decoded_script",
        &["eval(", "document.write("],
        r#"(?:eval|document\.write)\(\s?(?:unescape|atob|decodeURIComponent|decodeURI)\(\s?["'][A-Za-z0-9+/=%]{16,}|eval\(String\.fromCharCode\((?:\s?\d{1,3}\s?,){8,}"#,
    ),
    payload(
        "executable",
        &[
            "TVqQAAMAAAAEAAAA",
            "TVpQAAIAAAAEAA8A",
            "f0VMRgIBAQ",
            "f0VMRgEBAQ",
            "4d5a90000300000004000000",
        ],
        r"TVqQAAMAAAAEAAAA|TVpQAAIAAAAEAA8A|f0VMRg[IE]BAQ[A-Za-z0-9+/]{22}|4d5a90000300000004000000",
    ),
    payload(
        "macro",
        &[
            "Sub AutoOpen",
            "Sub Auto_Open",
            "Sub Document_Open",
            "Sub Workbook_Open",
        ],
        r#"Sub (?:AutoOpen|Auto_Open|Document_Open|Workbook_Open)\s?\((?s:.){0,2000}?(?:\bShell\b|WScript\.Shell|URLDownloadToFile|Shell\.Application|MSXML2\.|powershell)"#,
    ),
    payload(
        "lookup",
        &["${jndi:"],
        r"\$\{jndi:(?:ldaps?|rmi|dns|iiop|corba|nis|https?|\$\{)[!-&(-_a-z|~]{2,200}",
    ),
    payload(
        "machine_code",
        &[
            r"\x90\x90",
            r"\xeb\x",
            r"\xfc\xe8",
            r"\x31\xc0",
            r"\xfc\x48",
        ],
        r"(?:\\x90){8,}|\\x(?:eb|fc|31)(?:\\x[0-9a-f]{2}){23,}",
    ),
];
