"""What the server answers by itself, without Django: in the API's form for programs, as a short page for people."""

import json
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus

Headers = list[tuple[str, str]]

API = "/api/"
STYLE = (
    "body{margin:0 auto;max-width:34rem;padding:2rem 1.25rem;background:#fbf6ec;color:#2b2520;"
    "font:1.125rem/1.6 system-ui,sans-serif}"
    "p+p{border-top:1px solid #ddd0bb;padding-top:1.25rem;margin-top:1.25rem}"
)
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
    "<style>" + STYLE.replace("{", "{{").replace("}", "}}") + "</style></head>"
    '<body><p>{en}</p><p lang="es">{es}</p><p lang="fa" dir="rtl">{fa}</p></body></html>'
)
# The page loads nothing, and may have this one style.
POLICY = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
)
# What every answer has that Django does not make; the same as core.answer_headers says, without its settings.
CLOSED: Headers = [
    ("cache-control", "no-store"),
    ("content-security-policy", POLICY),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-robots-tag", "noindex, nofollow"),
]


class Refused(Exception):
    """The server answers this request by itself."""

    def __init__(self, status: int, *, retry_after: int | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Words:
    """The sentence of a refusal in our three languages, and its code for programs."""

    code: str
    en: str
    es: str
    fa: str


WORDS = {
    400: Words(
        "incomplete",
        "Only a part of your request arrived. Go back and send it again: what you typed is still there.",
        "Solo nos llegó una parte de lo que enviaste. Vuelve atrás y envíalo otra vez: lo que escribiste sigue ahí.",
        "تنها بخشی از درخواست شما به ما رسید. برگردید و دوباره بفرستید؛ آنچه نوشته‌اید سر جای خود است.",
    ),
    408: Words(
        "too_slow",
        "Your request did not arrive in time. Go back and send it again: what you typed is still there.",
        "Lo que enviaste no llegó a tiempo. Vuelve atrás y envíalo otra vez: lo que escribiste sigue ahí.",
        "درخواست شما به‌موقع نرسید. برگردید و دوباره بفرستید؛ آنچه نوشته‌اید سر جای خود است.",
    ),
    411: Words(
        "length_required",
        "Say with Content-Length how long the body is, or send JSON.",
        "Indica con Content-Length cuánto mide el cuerpo, o envía JSON.",
        "طول پیام را با Content-Length بگویید، یا JSON بفرستید.",
    ),
    413: Words(
        "too_large",
        "This is more than we can take at once: at most 1 MB. Go back and send less, such as a smaller file.",
        "Es más de lo que podemos recibir de una vez: como mucho, 1 MB. Vuelve atrás y envía menos; "
        "por ejemplo, un archivo más pequeño.",
        "حجم آن بیشتر از چیزی است که یک‌جا می‌پذیریم: حداکثر ۱ مگابایت. برگردید و کمتر بفرستید، مثلاً پروندهٔ کوچک‌تری.",
    ),
    503: Words(
        "busy",
        "Many people are writing to us at this moment. Wait a few seconds, then send it again: "
        "what you typed is still there.",
        "Ahora mismo nos está escribiendo mucha gente. Espera unos segundos y envíalo otra vez: "
        "lo que escribiste sigue ahí.",
        "در این لحظه افراد زیادی به ما می‌نویسند. چند ثانیه صبر کنید و دوباره بفرستید؛ آنچه نوشته‌اید سر جای خود است.",
    ),
    507: Words(
        "no_room",
        "There is no room for this file at the moment. Send it again later.",
        "Ahora mismo no hay sitio para este archivo. Envíalo más tarde.",
        "اکنون جایی برای این پرونده نیست. بعداً دوباره بفرستید.",
    ),
}


def refusal(status: int, path: str, *, retry_after: int | None = None) -> tuple[int, Headers, bytes]:
    """Status, headers and content of a refusal. The connection ends: the rest of a body may still be on its way."""
    words = WORDS[status]
    title = HTTPStatus(status).phrase
    if path.startswith(API):
        kind = "application/problem+json"
        problem = {"type": "about:blank", "title": title, "status": status, "code": words.code}
        content = json.dumps(problem | {"detail": words.en, "errors": []})
    else:
        kind = "text/html; charset=utf-8"
        content = PAGE.format(title=title, en=words.en, es=words.es, fa=words.fa)
    headers = [("content-type", kind), *CLOSED, ("connection", "close")]
    if retry_after is not None:
        headers.append(("retry-after", str(retry_after)))
    return status, headers, content.encode()
