"""Applications for the tests of the web server's front: each tells what it was given."""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from config.web.buffered_wsgi import BufferedWSGI


def tell(environ: dict[str, Any], start_response: Callable[..., None]) -> Iterable[bytes]:
    texts = {name: value for name, value in environ.items() if isinstance(value, str)}
    if environ["PATH_INFO"] != "/unread":
        content = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        texts |= {"size": str(len(content)), "hash": hashlib.sha256(content).hexdigest()}
    start_response("200 OK", [("content-type", "application/json")])
    return [json.dumps(texts).encode()]


application = BufferedWSGI(tell)
hasty = BufferedWSGI(tell, idle_timeout=0.3, total_timeout=2.4)
