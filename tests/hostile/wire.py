"""Requests as bytes, for what only the real web server sees: lines, lengths, two of what must be one."""

from dataclasses import dataclass

ORDERS = "POST /api/v1/orders/ HTTP/1.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRow:
    """What is sent, and how it is answered. Status 0: the connection ends without an answer."""

    name: str
    sent: bytes
    statuses: tuple[int, ...] = (400,)


def wired(
    name: str, line: str, *headers: str, body: bytes = b"", answered: tuple[int, ...] = (400,)
) -> WireRow:
    lines = [line, "Host: 127.0.0.1", "Connection: close", *headers]
    sent = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
    return WireRow(name=name, sent=sent, statuses=answered)


JSON = "Content-Type: application/json"
FORM = "Content-Type: multipart/form-data; boundary=x"
ROWS = [
    wired("a request line of nothing", ""),
    wired("a request line of garbage", "\x16\x03\x01\x02\x00\x01"),
    wired("a request line with a zero", "GET /\x00 HTTP/1.1"),
    wired("a path of 20,000 characters", f"GET /{'x' * 20_000} HTTP/1.1", answered=(404, 414)),
    wired("a path of 100,000 characters", f"GET /{'x' * 100_000} HTTP/1.1", answered=(400, 404, 414, 431)),
    wired("a path upwards to our data", "GET /static/../db.sqlite3 HTTP/1.1", answered=(404,)),
    wired("a path upwards in escapes", "GET /static/%2e%2e/%2e%2e/db.sqlite3 HTTP/1.1", answered=(404,)),
    wired("a path upwards escaped twice", "GET /static/..%252f..%252fsecret-key HTTP/1.1", answered=(404,)),
    wired("a static file with a zero", "GET /static/core/base.css%00.png HTTP/1.1", answered=(404,)),
    wired("a path of broken escapes", "GET /%zz%1 HTTP/1.1", answered=(400, 404)),
    wired("a whole address of another host", "GET http://evil.example/sets/ HTTP/1.1"),
    wired("a way to another host", "CONNECT evil.example:443 HTTP/1.1", answered=(400, 405)),
    wired("everything of no host", "OPTIONS * HTTP/1.1", answered=(400, 404, 405)),
    wired("a version that is none", "GET / HTTP/9.9", answered=(400, 505)),
    wired("two hosts", "GET / HTTP/1.1", "Host: evil.example", answered=(400, 200)),
    wired("a host of umlauts", "GET / HTTP/1.0", "Host: \xe4\xf6\xfc", answered=(400, 200)),
    wired("a header without a name", "GET / HTTP/1.1", ": x"),
    wired("a header with a zero", "GET / HTTP/1.1", "X-A: a\x00b"),
    wired("a header on two lines", "GET /healthz HTTP/1.1", "X-A: a\r\n b", answered=(400, 200)),
    wired(
        "a header of 1,000,000", "GET /healthz HTTP/1.1", f"X-A: {'x' * 1_000_000}", answered=(0, 400, 431)
    ),
    wired(
        "headers, 1,000 of them",
        "GET /healthz HTTP/1.1",
        *(f"X-{n}: y" for n in range(1_000)),
        answered=(400, 431),
    ),
    wired(
        "a language of 10,000", "GET /healthz HTTP/1.1", f"Accept-Language: {'x,' * 5_000}", answered=(200,)
    ),
    wired(
        "a charset that is none, and a query",
        "GET /sets/?q=x HTTP/1.1",
        "Content-Type: a/b; charset=rot13",
        answered=(200,),
    ),
    wired(
        "a charset that is none, in other words",
        "GET /sets/?q=x HTTP/1.1",
        "Content-Type: a/b; charset*=utf-8''hex",
        answered=(200,),
    ),
    wired(
        "a charset that is none, and a form",
        "POST /language/?a=b HTTP/1.1",
        f"{FORM}; charset=rot13",
        "Content-Length: 5",
        body=b"--x--",
    ),
    wired(
        "a charset that is none, and a file",
        "POST /api/v1/imports/?a=b HTTP/1.1",
        f"{FORM}; charset=rot13",
        "Content-Length: 3000000",
        body=b"--x--",
        answered=(400, 401, 413),
    ),
    wired("a length below nothing", ORDERS, JSON, "Content-Length: -1", body=b"{}"),
    wired("a length of words", ORDERS, JSON, "Content-Length: two", body=b"{}"),
    wired(
        "a length of 30 digits", ORDERS, JSON, f"Content-Length: {10**30}", body=b"{}", answered=(400, 413)
    ),
    wired("two lengths", ORDERS, JSON, "Content-Length: 2", "Content-Length: 3", body=b"{}"),
    wired(
        "a length and chunks",
        ORDERS,
        JSON,
        "Content-Length: 2",
        "Transfer-Encoding: chunked",
        body=b"0\r\n\r\n",
        answered=(400,),
    ),
    wired(
        "chunks of words",
        ORDERS,
        JSON,
        "Transfer-Encoding: chunked",
        body=b"zz\r\n{}\r\n0\r\n\r\n",
        answered=(0, 400),
    ),
    wired(
        "a chunk without end",
        ORDERS,
        JSON,
        "Transfer-Encoding: chunked",
        body=b"f" * 40 + b"\r\n",
        answered=(0, 400),
    ),
    wired(
        "an encoding of no name",
        ORDERS,
        JSON,
        "Transfer-Encoding: gzip",
        body=b"{}",
        answered=(0, 400, 415, 501),
    ),
    wired(
        "ranges, 1,000 of them",
        "GET /static/core/base.css HTTP/1.1",
        "Range: bytes=" + "0-," * 1_000,
        answered=(200, 206, 404, 416),
    ),
    wired(
        "a range backwards",
        "GET /static/core/base.css HTTP/1.1",
        "Range: bytes=9-1",
        answered=(200, 404, 416),
    ),
    wired(
        "a range of 30 digits",
        "GET /static/core/base.css HTTP/1.1",
        f"Range: bytes={10**30}-",
        answered=(200, 404, 416),
    ),
    wired(
        "a range of words", "GET /static/core/base.css HTTP/1.1", "Range: bytes=a-b", answered=(200, 404, 416)
    ),
    wired(
        "a cookie in quotes with a zero",
        "GET /dashboard/ HTTP/1.1",
        'Cookie: sessionid="aaaaaaaaaaaaaaaa\\000"',
        answered=(302,),
    ),
    wired(
        "a program's key of umlauts",
        "GET /api/v1/waves/ HTTP/1.1",
        "Authorization: Api-Key \xe4\xf6",
        answered=(401,),
    ),
    wired(
        "an idempotency key of umlauts",
        ORDERS,
        JSON,
        "Idempotency-Key: \xe4",
        "Content-Length: 2",
        body=b"{}",
    ),
    wired(
        "another protocol",
        "GET /healthz HTTP/1.1",
        "Upgrade: h2c, websocket",
        "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
        "Sec-WebSocket-Key: x",
        answered=(200, 400, 404, 426),
    ),
    wired("a preface of the other version", "PRI * HTTP/2.0", answered=(0, 400, 404, 505)),
]
