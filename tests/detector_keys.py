"""Keys and tokens that detectors must find, and what only begins like one."""

from __future__ import annotations

import base64
import json
import string

from detector_cases import ALNUM, FRAMES, HEX, Cases, Dice, Draw, Pair, digits, drawn, framed, near


def json_token(dice: Dice, head: dict[str, str] | None = None) -> str:
    parts: list[dict[str, object]] = [
        {**(head or {"alg": dice.choice(["HS256", "RS256", "ES256"]), "typ": "JWT"})},
        {"sub": digits(dice, 8), "name": drawn(dice, string.ascii_letters, 8)},
    ]
    made = [
        base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).rstrip(b"=").decode()
        for part in parts
    ]
    return ".".join([*made, drawn(dice, ALNUM + "-_", 42) + "A"])


def pem(dice: Dice, kind: str = "", lines: int = 13) -> str:
    kind = kind or dice.choice(
        ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]
    )
    body = "\n".join(drawn(dice, ALNUM + "+/", 64) for _ in range(lines))
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----"


BASE32 = string.ascii_uppercase + "234567"
KEYS: dict[str, list[Draw]] = {
    "aws_key_id": [lambda d: d.choice(["AKIA", "ASIA"]) + drawn(d, BASE32, 16)],
    "github_token": [
        lambda d: d.choice(["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]) + drawn(d, ALNUM, 36),
        lambda d: f"github_pat_{drawn(d, ALNUM, 22)}_{drawn(d, ALNUM, 59)}",
    ],
    "gitlab_token": [
        lambda d: "glpat-" + drawn(d, ALNUM + "_-", 19) + "a",
        lambda d: "glptt-" + drawn(d, HEX, 40),
        lambda d: "gldt-" + drawn(d, ALNUM, 20),
        lambda d: f"glpat-{drawn(d, ALNUM, 40)}.01.{drawn(d, HEX, 7)}",
    ],
    "slack_token": [
        lambda d: f"xoxb-{digits(d, 12, '123456789')}-{digits(d, 13, '123456789')}-{drawn(d, ALNUM, 24)}",
        lambda d: (
            f"xoxp-{digits(d, 11, '1234')}-{digits(d, 11, '1234')}-{digits(d, 12, '1234')}-{drawn(d, HEX, 32)}"
        ),
        lambda d: (
            f"xapp-1-A{drawn(d, string.ascii_uppercase + string.digits, 10)}-{digits(d, 13)}-{drawn(d, HEX, 64)}"
        ),
    ],
    "google_key": [
        lambda d: "AIza" + drawn(d, ALNUM + "_-", 34) + "A",
        lambda d: "GOCSPX-" + drawn(d, ALNUM + "_-", 27) + "a",
        lambda d: "ya29." + drawn(d, ALNUM + "_-", 120) + "a",
    ],
    "stripe_key": [
        lambda d: d.choice(["sk_live_", "rk_live_", "sk_test_"]) + drawn(d, ALNUM, d.choice([24, 99])),
        lambda d: "whsec_" + drawn(d, ALNUM, 32),
    ],
    "model_key": [
        lambda d: "sk-" + drawn(d, ALNUM, 48),
        lambda d: f"sk-proj-{drawn(d, ALNUM, 74)}T3BlbkFJ{drawn(d, ALNUM, 74)}",
        lambda d: f"sk-ant-api03-{drawn(d, ALNUM, 93)}AA",
        lambda d: "sk-" + drawn(d, HEX, 32),
        lambda d: "sk-or-v1-" + drawn(d, HEX, 64),
    ],
    "huggingface_token": [lambda d: "hf_" + drawn(d, ALNUM, 34)],
    "web_token": [json_token],
}


def key(name: str) -> Pair:
    return lambda dice: framed(
        dice, dice.choice(KEYS[name])(dice), [*FRAMES, 'key = "{}"', "API_KEY={}", "密钥是{}。"]
    )


def near_key(name: str) -> Draw:
    """A key that is cut, typed, part of a word, or of another alphabet."""

    def spoiled(dice: Dice) -> str:
        whole = dice.choice(KEYS[name][:1])(dice)
        head = whole[
            : max(
                4, whole.find("_") + 1 if "_" in whole[:9] else whole.find("-") + 1 if "-" in whole[:9] else 4
            )
        ]
        spoils = [
            whole[: len(head) + dice.randint(0, 10)],
            head + "x" * (len(whole) - len(head)),
            f"{head}EXAMPLE{whole[len(head) + 7 :]}",
            "q" + whole,
            head + "…" + whole[-4:],
            f"{head}your_key_here",
            f"{head}<token>",
            head + "*" * 30,
        ]
        return dice.choice(spoils)

    return near(spoiled)


def aws_secret(dice: Dice) -> tuple[str, str]:
    hit = drawn(dice, ALNUM + "/+", 39) + "a"
    frames = [
        "aws_secret_access_key = {}",
        'AWS_SECRET_ACCESS_KEY="{}"',
        '{{"SecretAccessKey": "{}"}}',
        "export TF_AWS_SECRET_ACCESS_KEY={}",
    ]
    return framed(dice, hit, frames)


NEAR_AWS_SECRET = near(
    lambda d: drawn(d, ALNUM + "/+", 40),
    lambda d: f"aws_secret_access_key = {drawn(d, ALNUM, 30)}",
    lambda d: "aws_secret_access_key = " + "x" * 40,
    lambda d: f"AWS_SECRET_ACCESS_KEY=${{{drawn(d, string.ascii_uppercase, 12)}}}",
    lambda d: f"the secret_access_key of {drawn(d, ALNUM, 40)}",
    lambda d: f"aws_secret_access_key = {drawn(d, ALNUM, 44)}",
)
NEAR_PEM = near(
    lambda d: pem(d, "CERTIFICATE"),
    lambda d: pem(d, "PUBLIC KEY"),
    lambda d: "-----BEGIN PRIVATE KEY-----",
    lambda d: "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
    lambda d: "a file that starts with -----BEGIN OPENSSH PRIVATE KEY----- holds a key",
    lambda d: f"-----BEGIN PRIVATE KEY-----\n{'x' * 64}\n-----END PRIVATE KEY-----",
)
NEAR_WEB_TOKEN = near(
    lambda d: json_token(d).rsplit(".", 1)[0],
    lambda d: json_token(d, {"typ": "JWT", "kid": digits(d, 4)}),
    lambda d: "eyJ" + drawn(d, ALNUM, 60),
    lambda d: ".".join(drawn(d, ALNUM, 20) for _ in range(3)),
    lambda d: f"eyJ{drawn(d, ALNUM, 20)}.{drawn(d, ALNUM, 20)}.{drawn(d, ALNUM, 20)}",
    lambda d: "q" + json_token(d),
)

SECRETS: dict[str, Cases] = {
    **{name: Cases(key(name), near_key(name)) for name in KEYS if name != "web_token"},
    "web_token": Cases(key("web_token"), NEAR_WEB_TOKEN),
    "aws_secret_key": Cases(aws_secret, NEAR_AWS_SECRET),
    "private_key": Cases(lambda dice: framed(dice, pem(dice)), NEAR_PEM),
}
