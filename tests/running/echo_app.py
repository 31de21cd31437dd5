"""Applications for the tests of the web server's front: each tells what it was given."""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from config.web.buffered_wsgi import BufferedWSGI
from config.web.slow_readers import SlowReaders

LARGE = 5_000_000


def tell(environ: dict[str, Any], start_response: Callable[..., None]) -> Iterable[bytes]:
    texts = {name: value for name, value in environ.items() if isinstance(value, str)}
    if environ["PATH_INFO"] != "/unread":
        content = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        texts |= {"size": str(len(content)), "hash": hashlib.sha256(content).hexdigest()}
    if environ["PATH_INFO"] == "/large":
        start_response("200 OK", [("content-type", "text/plain")])
        return [bytes(LARGE)]
    start_response("200 OK", [("content-type", "application/json")])
    return [json.dumps(texts).encode()]


application = BufferedWSGI(tell)
hasty = BufferedWSGI(tell, idle_timeout=0.3, total_timeout=2.4)
unread = BufferedWSGI(tell, readers=SlowReaders(look_back=1.0, every=0.2))
crammed = BufferedWSGI(tell, readers=SlowReaders(for_one=3 * LARGE))
