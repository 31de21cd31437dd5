"""Headers: keys, tokens, languages, cookies, hosts, lengths, and what proxies would say."""

from tests.hostile.rows import BODY, Row, api, asked, page

EVIL = {"Host": "evil.example"}
NOT_OURS = "This is not our address"


def with_key(name: str, key: str) -> Row:
    return api(name, "orders/", BODY, " invalid_idempotency_key", headers={"Idempotency-Key": key})


def known_as(name: str, authorization: str) -> Row:
    """An Authorization that is no key of ours."""
    return asked(
        name,
        "waves/",
        headers={"Authorization": authorization},
        status=401,
        code="authentication_failed",
        says=("unknown, expired or revoked",),
    )


def stranger(name: str, authorization: str, **more: object) -> Row:
    """An Authorization that is none: as if there were nothing."""
    return asked(
        name, "waves/", headers={"Authorization": authorization}, status=401, code="not_authenticated", **more
    )


def opened(name: str, token: str) -> Row:
    """A token that opens nothing; the answer does not say whether the order is there."""
    return asked(
        name, "orders/<fresh>/", headers={"Authorization": f"Order {token}"}, status=404, code="not_found"
    )


def host(name: str, value: str, **more: str) -> Row:
    return page(name, "/", None, NOT_OURS, headers={"Host": value, **more}, status=400)


def cookie(name: str, value: str, path: str = "/dashboard/", **more: object) -> Row:
    """A cookie of no session: the page leads to sign-in."""
    more = {"status": 302, "leads_to": "/sign-in/", **more}
    return page(name, path, None, headers={"Cookie": value}, **more)


ROWS = [
    with_key("an idempotency key of 10,000 characters", "k" * 10_000),
    with_key("an idempotency key of nothing", ""),
    with_key("an idempotency key of umlauts", "schlüssel"),
    with_key("an idempotency key with a line break", "a\nb"),
    with_key("an idempotency key with a zero", "a\x00b"),
    known_as("an unknown key", "Api-Key b14_00000000_nothing"),
    known_as("a key with a zero", "Api-Key b14_00000000_\x00"),
    known_as("a key of 10,000 characters", "Api-Key " + "b14_" * 2_500),
    known_as("a key of two words", "Api-Key b14_00000000_x b14_00000000_y"),
    known_as("a key of no word", "Api-Key"),
    known_as("a key of umlauts", "Api-Key ümläüt"),
    known_as("a key of a pattern", "Api-Key %_%_%"),
    known_as("a key with a statement", "api-key ' OR 1=1 --"),
    stranger("a password in place of a key", "Basic bGVvOmxlbw=="),
    stranger("a bearer in place of a key", "Bearer eyJhbGciOiJub25lIn0.e30."),  # pragma: allowlist secret
    stranger("an authorization of blanks", "   "),
    stranger("an authorization without a scheme", "b14_00000000_nothing"),
    opened("a token of nothing", ""),
    opened("a token of 10,000 characters", "x" * 10_000),
    opened("a token of another order", "<waiting_token>"),
    opened("a token with a blank", "<fresh_token> <fresh_token>"),
    opened("a token of umlauts", "tökén"),
    opened("a token and a little more", "<fresh_token>x"),
    opened("a token with a zero", "<fresh_token>\x00"),
    asked(
        "a token of an older link",
        "orders/<renewed>/",
        headers={"Authorization": "Order <old_token>"},
        status=404,
        code="not_found",
    ),
    asked(
        "a method override to delete",
        "orders/<fresh>/",
        headers={"X-HTTP-Method-Override": "DELETE"},
        status=404,
        code="not_found",
    ),
    api(
        "a method that we do not have",
        "orders/<fresh>/",
        None,
        method="DELETE",
        by="lead",
        status=405,
        code="method_not_allowed",
    ),
    api(
        "a method of another protocol",
        "sets/",
        None,
        method="PROPFIND",
        status=405,
        code="method_not_allowed",
    ),
    api("a method of no protocol", "sets/", None, method="<script>", status=405, code="method_not_allowed"),
    api("a trace", "sets/", None, method="TRACE", status=405, code="method_not_allowed"),
    host("another host", "evil.example"),
    host("another host behind ours", "testserver.evil.example"),
    host("a host with a path", "testserver/evil"),
    host("a host with an at", "testserver@evil.example"),
    host("a host with a port of letters", "testserver:http"),
    host("a host with a quote", 'testserver"onload=1'),
    host("a host of 10,000 characters", "x" * 10_000),
    asked("another host of the api", "sets/", headers=EVIL, code="invalid"),
    asked(
        "a forwarded host is not believed",
        "sets/?page_size=0",
        "/page_size out_of_range",
        headers={"X-Forwarded-Host": "evil.example", "X-Original-URL": "/dashboard/"},
    ),
    page(
        "a forwarded scheme is not believed",
        "/dashboard/",
        None,
        status=302,
        leads_to="/sign-in/",
        headers={
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "127.0.0.1",
            "X-Real-IP": "127.0.0.1",
            "Forwarded": "for=127.0.0.1",
            "X-Remote-User": "leo",
            "Remote-User": "leo",
        },
    ),
    cookie("a cookie of garbage", ";;;=;\x01=\x02; sessionid"),
    cookie("a session of nothing", "sessionid="),
    cookie("a session that is none", "sessionid=" + "a" * 32),
    cookie("a session of 10,000 characters", "sessionid=" + "a" * 10_000),
    cookie("a session with a path", "sessionid=../../../../etc/passwd"),
    cookie("a session with a zero", 'sessionid="aaaaaaaaaaaaaaaa\\000"'),
    cookie("a session of umlauts", "sessionid=äöüäöüäöüäöü"),
    cookie("a session with a statement", "sessionid=' OR 1=1 --"),
    cookie("a session sent twice", "sessionid=aaaaaaaaaaaaaaaa; sessionid=bbbbbbbbbbbbbbbb"),
    cookie(
        "a session with a zero on a customer's page",
        'sessionid="aaaaaaaaaaaaaaaa\\000"',
        "/sets/none-1/",
        status=404,
        leads_to="",
    ),
    page(
        "a forged cookie of a browser",
        "/sign-in/",
        {"username": "sandra", "password": "no"},
        "Wrong user name or password.",
        status=400,
        headers={"Cookie": 'device="eyJhIjoxfQ:1a:x\\000"'},
    ),
    page(
        "a forged cookie of a language",
        "/sets/none-1/",
        None,
        "There is nothing here",
        status=404,
        headers={"Cookie": "django_language=../../etc/passwd%00"},
    ),
    page(
        "languages without end",
        "/sets/none-1/",
        None,
        "There is nothing here",
        status=404,
        headers={"Accept-Language": ",".join(["en-" + "x" * 90] * 100)},
    ),
    page(
        "an accepted language of a path",
        "/sets/none-1/",
        None,
        "There is nothing here",
        status=404,
        headers={"Accept-Language": "../../../etc/passwd;q=NaN, *;q=1e400"},
    ),
    api(
        "a form's page from another page",
        "orders/",
        {},
        "/set_num required",
        "/lines required",
        "/customer/name required",
        "/customer/email required",
        "/address/line1 required",
        "/address/country required",
        headers={
            "Origin": "https://evil.example",
            "Referer": "https://evil.example/",
            "Sec-Fetch-Site": "cross-site",
        },
    ),
    asked(
        "a condition that is no date",
        "sets/none-1/",
        status=404,
        code="not_found",
        headers={"If-Modified-Since": "x" * 5_000, "If-None-Match": '"' * 999, "If-Match": "*"},
    ),
    asked(
        "a range of a list",
        "sets/none-1/",
        status=404,
        code="not_found",
        headers={"Range": "bytes=" + ",".join(["0-"] * 1_000)},
    ),
    asked(
        "an accepted type of 10,000 characters",
        "sets/none-1/",
        status=404,
        code="not_found",
        headers={"Accept": "text/" + "x" * 10_000, "Accept-Encoding": "x" * 5_000},
    ),
    asked(
        "headers of the front end that are none",
        "stock/",
        status=401,
        code="not_authenticated",
        headers={"HX-Request": "true", "HX-Current-URL": "http://[", "HX-Prompt": "\x00"},
    ),
]
