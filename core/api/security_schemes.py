"""How a caller may say who it is, as the OpenAPI document shows it. Read by the settings, so it imports nothing."""

SECURITY_SCHEMES = {
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "A program's key: `Authorization: Api-Key b14_...`. With a role, it may do what the role may; "
        "without one, it sees the orders it placed.",
    },
    "orderToken": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The token in the answer to an order: `Authorization: Order <token>`.",
    },
    "orderTokenInQuery": {
        "type": "apiKey",
        "in": "query",
        "name": "token",
        "description": "The token in the link to the order.",
    },
    "staffSession": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "A signed-in member of staff; a POST also needs `X-CSRFToken`.",
    },
}


def security_schemes(session_cookie: str) -> dict[str, dict[str, str]]:
    """The schemes, with the name that the session's cookie has here."""
    return SECURITY_SCHEMES | {"staffSession": SECURITY_SCHEMES["staffSession"] | {"name": session_cookie}}


# The alternatives of OpenAPI's `security`, as an operation names them.
Security = list[dict[str, list[str]]]

_KEY_OR_SESSION: Security = [{"apiKey": []}, {"staffSession": []}]
ANYONE: Security = [{}, *_KEY_OR_SESSION]
STAFF: Security = _KEY_OR_SESSION
# A caller that shows none of these gets no 401: for it the order does not exist.
ORDER: Security = [{"orderToken": []}, {"orderTokenInQuery": []}, *_KEY_OR_SESSION, {}]
