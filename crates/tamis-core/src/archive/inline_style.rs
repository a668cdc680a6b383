//! What a tag's own attributes say of whether its text can be seen. Style sheets are not read.
use std::borrow::Cow;

/// Why a reader does not see a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// `hidden`
    Attribute,
    /// `aria-hidden="true"`: seen, but not read out.
    Aria,
    Display,
    Visibility,
    Opacity,
    /// Letters of one pixel or none, a box without height or width, clipped to nothing.
    Size,
    /// Moved out of the window.
    Position,
    /// Text and background of one colour, or transparent letters.
    Color,
}

impl Reason {
    pub fn name(self) -> &'static str {
        match self {
            Reason::Attribute => "hidden",
            Reason::Aria => "aria-hidden",
            Reason::Display => "display",
            Reason::Visibility => "visibility",
            Reason::Opacity => "opacity",
            Reason::Size => "size",
            Reason::Position => "position",
            Reason::Color => "color",
        }
    }
}

/// A colour: red, green, blue, or a name that is not known, by its letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Color {
    Rgb(u8, u8, u8),
    Named(u64),
    Transparent,
}

/// What an element's inline declarations leave for its text and its children.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    gone: Option<Reason>,
    invisible: bool,
    tiny: bool,
    color: Option<Color>,
    background: Option<Color>,
}

/// Pixels that something is moved or indented to be out of the window.
const FAR: f64 = -900.0;
const BASIC: [(&str, Color); 16] = [
    ("black", Color::Rgb(0, 0, 0)),
    ("silver", Color::Rgb(192, 192, 192)),
    ("gray", Color::Rgb(128, 128, 128)),
    ("grey", Color::Rgb(128, 128, 128)),
    ("white", Color::Rgb(255, 255, 255)),
    ("maroon", Color::Rgb(128, 0, 0)),
    ("red", Color::Rgb(255, 0, 0)),
    ("purple", Color::Rgb(128, 0, 128)),
    ("fuchsia", Color::Rgb(255, 0, 255)),
    ("green", Color::Rgb(0, 128, 0)),
    ("lime", Color::Rgb(0, 255, 0)),
    ("olive", Color::Rgb(128, 128, 0)),
    ("yellow", Color::Rgb(255, 255, 0)),
    ("navy", Color::Rgb(0, 0, 128)),
    ("blue", Color::Rgb(0, 0, 255)),
    ("aqua", Color::Rgb(0, 255, 255)),
];

impl Look {
    pub fn hidden(&self) -> Option<Reason> {
        let equal = self.color == Some(Color::Transparent)
            || self.color.is_some() && self.color == self.background;
        self.gone
            .or(self.invisible.then_some(Reason::Visibility))
            .or(self.tiny.then_some(Reason::Size))
            .or(equal.then_some(Reason::Color))
    }

    /// One attribute of the tag, its name in lower case.
    pub fn attribute(&mut self, name: &str, value: &str) {
        match name {
            "hidden" => self.hide(Reason::Attribute),
            "aria-hidden" if value.trim().eq_ignore_ascii_case("true") => self.hide(Reason::Aria),
            "color" => self.color = color(&value.to_ascii_lowercase()),
            "bgcolor" => self.background = color(&value.to_ascii_lowercase()),
            "style" => self.style(&value.to_ascii_lowercase()),
            _ => {}
        }
    }

    fn hide(&mut self, reason: Reason) {
        self.gone = self.gone.or(Some(reason));
    }

    fn style(&mut self, style: &str) {
        let mut space = Box::default();
        let style = without_comments(style);
        for declaration in style.split(';') {
            let Some((name, value)) = declaration.split_once(':') else {
                continue;
            };
            let value = value.split('!').next().unwrap_or("").trim();
            self.declaration(name.trim(), value);
            space.declaration(name.trim(), value);
        }
        if let Some(reason) = space.hides() {
            self.hide(reason);
        }
    }

    fn declaration(&mut self, name: &str, value: &str) {
        match name {
            "display" if value == "none" => self.hide(Reason::Display),
            "mso-hide" if value == "all" => self.hide(Reason::Display),
            "visibility" => self.invisible = matches!(value, "hidden" | "collapse"),
            "opacity" if number(value).is_some_and(|value| value <= 0.01) => {
                self.hide(Reason::Opacity);
            }
            "font-size" => {
                self.tiny = length(value).is_some_and(|pixels| (0.0..=1.0).contains(&pixels))
            }
            "color" => self.color = color(value),
            "background-color" => self.background = color(value),
            "background" | "background-image"
                if value.contains("url(") || value.contains("gradient") =>
            {
                self.background = None;
            }
            "background" => self.background = value.split(' ').find_map(color),
            _ => {}
        }
    }
}

/// What declarations say together of an element's box.
#[derive(Default)]
struct Box {
    placed: bool,
    far: bool,
    indented: bool,
    flat: bool,
    cut: bool,
    clipped: bool,
}

impl Box {
    fn declaration(&mut self, name: &str, value: &str) {
        let pixels = length(value);
        match name {
            "position" => self.placed = matches!(value, "absolute" | "fixed"),
            "left" | "top" | "right" | "bottom" => {
                self.far |= pixels.is_some_and(|pixels| pixels <= FAR)
            }
            "text-indent" => self.indented = pixels.is_some_and(|pixels| pixels <= FAR),
            "height" | "max-height" | "width" | "max-width" => {
                self.flat |= pixels.is_some_and(|pixels| (0.0..=1.0).contains(&pixels));
            }
            "overflow" => self.cut = matches!(value, "hidden" | "clip"),
            "clip" | "clip-path" => {
                let value: String = value.chars().filter(|c| *c != ' ' && *c != ',').collect();
                let nothing = [
                    "rect(0000)",
                    "rect(0px0px0px0px)",
                    "rect(1px1px1px1px)",
                    "inset(50%)",
                    "inset(100%)",
                ];
                self.clipped |= nothing.contains(&value.as_str());
            }
            "transform" => self.clipped |= value.replace(' ', "").contains("scale(0)"),
            _ => {}
        }
    }

    fn hides(&self) -> Option<Reason> {
        if self.placed && self.far || self.indented {
            return Some(Reason::Position);
        }
        (self.clipped || self.flat && self.cut).then_some(Reason::Size)
    }
}

/// The number at the start of a value.
/// `display:/**/none` is `display:none`; a comment that never ends takes the rest.
fn without_comments(style: &str) -> Cow<'_, str> {
    let Some((head, mut rest)) = style.split_once("/*") else {
        return Cow::Borrowed(style);
    };
    let mut made = head.to_owned();
    while let Some((_comment, after)) = rest.split_once("*/") {
        let (piece, next) = after.split_once("/*").unwrap_or((after, ""));
        made.push_str(piece);
        rest = next;
    }
    Cow::Owned(made)
}

fn number(value: &str) -> Option<f64> {
    let end = value
        .bytes()
        .take_while(|byte| byte.is_ascii_digit() || b"+-.".contains(byte));
    value[..end.count()].parse().ok()
}

/// Pixels; other units of print and of letters as if a letter had sixteen. No percents: of what is not known.
fn length(value: &str) -> Option<f64> {
    let value = value.split(' ').next().unwrap_or("");
    let amount = number(value)?;
    let unit = value.trim_start_matches(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    match unit {
        "" if amount == 0.0 => Some(0.0),
        "" | "px" | "pt" => Some(amount),
        "em" | "rem" => Some(amount * 16.0),
        _ => (amount == 0.0).then_some(0.0),
    }
}

fn color(value: &str) -> Option<Color> {
    let value = value.trim();
    if let Some(digits) = value.strip_prefix('#') {
        return hexadecimal(digits);
    }
    if let Some(inside) = value.strip_prefix("rgb") {
        return by_numbers(inside);
    }
    if value == "transparent" {
        return Some(Color::Transparent);
    }
    let known = BASIC.iter().find(|(name, _)| *name == value);
    if let Some((_, color)) = known {
        return Some(*color);
    }
    let named = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_lowercase());
    let inherited = matches!(
        value,
        "inherit" | "initial" | "unset" | "none" | "currentcolor" | "auto" | "revert"
    );
    let letters = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    (named && !inherited).then(|| Color::Named(value.bytes().fold(0xcbf2_9ce4_8422_2325, letters)))
}

fn hexadecimal(digits: &str) -> Option<Color> {
    let value = |range| u8::from_str_radix(digits.get(range)?, 16).ok();
    match digits.len() {
        3 | 4 => {
            let wide = |place: usize| Some(value(place..place + 1)? * 17);
            match digits.len() == 4 && wide(3)? == 0 {
                true => Some(Color::Transparent),
                false => Some(Color::Rgb(wide(0)?, wide(1)?, wide(2)?)),
            }
        }
        8 if value(6..8)? == 0 => Some(Color::Transparent),
        6 | 8 => Some(Color::Rgb(value(0..2)?, value(2..4)?, value(4..6)?)),
        _ => None,
    }
}

/// `(255, 255, 255)`, `a(0 0 0 / 0)`
fn by_numbers(inside: &str) -> Option<Color> {
    let parts = inside
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter(|part| !part.is_empty());
    let values: Vec<f64> = parts.filter_map(|part| part.parse().ok()).collect();
    match values[..] {
        [_, _, _, 0.0] => Some(Color::Transparent),
        [red, green, blue, ..] if !inside.contains('%') => {
            Some(Color::Rgb(red as u8, green as u8, blue as u8))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(style: &str) -> Option<&'static str> {
        let mut look = Look::default();
        look.attribute("style", style);
        look.hidden().map(Reason::name)
    }

    #[test]
    fn styles_that_hide() {
        for (style, wanted) in [
            ("display: none", "display"),
            ("color:red;DISPLAY:none !important;", "display"),
            ("color:red;/* a;b */display:/**/none", "display"),
            ("visibility:hidden", "visibility"),
            ("opacity: 0.0", "opacity"),
            ("font-size:0", "size"),
            ("font-size: 1px", "size"),
            ("position:absolute; left:-9999px", "position"),
            ("text-indent:-999em", "position"),
            ("height:0;overflow:hidden", "size"),
            ("clip: rect(0, 0, 0, 0)", "size"),
            ("color:#FFF; background: white", "color"),
            ("color:rgb(1,2,3);background-color:#010203", "color"),
            ("color: hotpink; background: hotpink", "color"),
            ("color:transparent", "color"),
            ("color:rgba(0,0,0,0)", "color"),
        ] {
            assert_eq!(reason(style), Some(wanted), "{style}");
        }
    }

    #[test]
    fn styles_that_show() {
        for style in [
            "",
            "display:block",
            "/* display:none;",
            "display",
            "color:#fff",
            "color:white;background:url(white.png) white",
            "color:#fff;background:#ffe",
            "opacity:.5",
            "opacity:0.05",
            "font-size:10px",
            "left:-9999px",
            "position:absolute;left:-20px",
            "height:0",
            "overflow:hidden;height:100px",
            "color:inherit;background:inherit",
            "color:rgba(0,0,0,.5)",
            "margin-left:-9999px",
            "background:transparent;color:black",
        ] {
            assert_eq!(reason(style), None, "{style}");
        }
    }
}
