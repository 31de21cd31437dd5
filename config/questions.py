"""The questions that `config.rules` asks of a setting's value. Each is true when nothing is wrong.

A question about one part of a value is true where that part cannot be read: then another rule speaks. So an operator
reads one sentence about each mistake.
"""

import ipaddress
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import dj_email_url  # type: ignore[import-untyped]
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http.request import split_domain_port, validate_host

from config.concurrency import read_concurrency

Environ = Mapping[str, str]
Question = Callable[[str, Environ], bool]

ROOT = Path(__file__).resolve().parent.parent
TRUE = frozenset({"1", "t", "true", "y", "yes", "on"})
FALSE = frozenset({"", "0", "f", "false", "n", "no", "off"})


def is_given(value: str, _: Environ) -> bool:
    return bool(value.strip())


def is_bool(value: str, _: Environ) -> bool:
    return value.strip().lower() in TRUE | FALSE


def is_true(value: str, _: Environ) -> bool:
    return value.strip().lower() in TRUE


def is_plain(value: str, _: Environ) -> bool:
    """No space at an end and no control character: what a copied line or a quoted file leaves behind."""
    return value == value.strip() and not any(ord(symbol) < 32 or ord(symbol) == 127 for symbol in value)


def if_given(question: Question) -> Question:
    """Asks only of a value that is not empty."""
    return lambda value, environ: not value or question(value, environ)


def whole(low: int, high: int, *, blank: bool = False) -> Question:
    def holds(value: str, _: Environ) -> bool:
        if not value:
            return blank
        return re.fullmatch(r"[0-9]{1,12}", value, re.ASCII) is not None and low <= int(value) <= high

    return holds


def decimal(low: float, high: float) -> Question:
    def holds(value: str, _: Environ) -> bool:
        plain = re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", value, re.ASCII)
        return plain is not None and low <= float(value) <= high

    return holds


def is_concurrency(value: str, _: Environ) -> bool:
    try:
        read_concurrency(value)
    except ValueError:
        return False
    return True


def one_of(*words: str) -> Question:
    return lambda value, _: value in words


def _url(value: str) -> SplitResult | None:
    """The address in its parts; None if it has a part that cannot be read."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 (reading it checks it)
        return parts
    except ValueError:
        return None


def has_scheme(*schemes: str) -> Question:
    def holds(value: str, _: Environ) -> bool:
        parts = _url(value)
        return parts is not None and parts.scheme in schemes

    return holds


def of_url(question: Callable[[SplitResult], bool]) -> Question:
    """Asks of an address that can be read; of one that cannot, another rule speaks."""

    def holds(value: str, _: Environ) -> bool:
        parts = _url(value)
        return parts is None or question(parts)

    return holds


def is_whole_address(value: str, _: Environ) -> bool:
    parts = _url(value)
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)


def is_nothing_but_a_host(value: str, _: Environ) -> bool:
    """No path, and not the mark after which one may follow: links are made by writing on."""
    parts = _url(value)
    return parts is None or value.partition("://")[2].rstrip("/") == parts.netloc


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


OUR_ENDINGS = (".internal", ".local", ".lan", ".localdomain", ".localhost", ".home.arpa", ".svc", ".private")


def is_foreign(host: str) -> bool:
    """Whether what is sent there leaves our own network: a public address, or a name that is not only ours."""
    address = _address(host)
    if address is not None:
        return address.is_global
    return "." in host.rstrip(".") and not host.rstrip(".").endswith(OUR_ENDINGS)


def is_public_host(parts: SplitResult) -> bool:
    """Whether customers can reach this host: a name with a dot, or an address of the open Internet."""
    host = (parts.hostname or "").rstrip(".")
    address = _address(host)
    if address is not None:
        return address.is_global
    return not host or is_foreign(host)


def is_allowed_host(value: str, environ: Environ) -> bool:
    parts = _url(value)
    if parts is None or not parts.hostname or not environ.get("ALLOWED_HOSTS", "").strip():
        return True
    domain, _ = split_domain_port(parts.netloc.rpartition("@")[2].lower())
    return not domain or validate_host(domain, [name.lower() for name in _hosts(environ)])


def _hosts(environ: Environ) -> list[str]:
    return [name.strip() for name in environ.get("ALLOWED_HOSTS", "").split(",")]


_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(\.?({_LABEL}\.)+{_LABEL}|{_LABEL})\.?", re.IGNORECASE)


def each_host(question: Callable[[str], bool]) -> Question:
    return lambda _, environ: all(question(name) for name in _hosts(environ))


def is_host_name(name: str) -> bool:
    if name in ("", "*", ".") or "://" in name:
        return True  # each of these has a sentence of its own
    if name.startswith("[") and name.endswith("]"):
        return _address(name[1:-1]) is not None
    return _HOST.fullmatch(name) is not None or re.fullmatch(r"[^:]+:[0-9]+", name) is not None


def has_no_port(name: str) -> bool:
    return "://" in name or re.search(r"[^:]:[0-9]+$", name) is None or name.endswith("]")


#: Names below which anybody may have one. Not all that there are: the endings of countries, and where pages are hosted.
_REGISTRIES = frozenset(
    """ac asn biz co com edu firm gen go gob gouv gov govt gub gv ind info lg ltd me mil muni ne net nhs nic nom or org
    plc police res sch web""".split()  # noqa: SIM905
)
_HOSTERS = frozenset(
    """azurewebsites.net cloudapp.net cloudfront.net amazonaws.com elasticbeanstalk.com appspot.com run.app web.app
    firebaseapp.com github.io gitlab.io pages.dev workers.dev vercel.app netlify.app herokuapp.com onrender.com fly.dev
    ngrok.io ngrok.app ngrok-free.app trycloudflare.com duckdns.org ddns.net dyndns.org no-ip.org railway.app
    ondigitalocean.app azurestaticapps.net scw.cloud surge.sh eu.org us.com uk.com de.com co.com""".split()  # noqa: SIM905
)


def is_below_an_ending(name: str) -> bool:
    """Whether a name with a dot in it is one that one owner has: `bag14.co.uk`, not `co.uk` or `github.io`."""
    labels = name.strip(".").lower().split(".")
    if len(labels) != 2:
        return True
    return ".".join(labels) not in _HOSTERS and not (len(labels[1]) == 2 and labels[0] in _REGISTRIES)


# --- how long we keep what ---

DEFAULT_DAYS = {"LIMIT_PERIOD_DAYS": 90, "RETENTION_DAYS": 730}


def _days(name: str, environ: Environ) -> int | None:
    value = environ.get(name, str(DEFAULT_DAYS[name]))
    return int(value) if re.fullmatch(r"[0-9]{1,6}", value, re.ASCII) else None


def limits_are_counted_on_what_is_kept(_: str, environ: Environ) -> bool:
    """An anonymised order belongs to no household: a limit cannot count it."""
    period, kept = _days("LIMIT_PERIOD_DAYS", environ), _days("RETENTION_DAYS", environ)
    return period is None or kept is None or period <= kept


def default_limits_are_counted_on_what_is_kept(_: str, environ: Environ) -> bool:
    return "LIMIT_PERIOD_DAYS" in environ or limits_are_counted_on_what_is_kept(_, environ)


# --- the secret key ---

PLACEHOLDERS = re.compile(
    r"insecure|change|replace|secret|password|example|placeholder|random|django|your.?key", re.IGNORECASE
)


def is_varied(value: str, _: Environ) -> bool:
    """Whether this can have come out of a generator: many symbols, no word twice, no row of the alphabet."""
    if len(value) < 8:
        return True  # the length has a rule of its own
    steps = Counter(ord(after) - ord(before) for before, after in pairwise(value))
    pieces = [value[at : at + 4] for at in range(len(value) - 3)]
    return (
        len(set(value)) >= 12
        and len(set(pieces)) >= 0.8 * len(pieces)
        and steps.most_common(1)[0][1] <= max(6, 0.25 * len(value))
    )


def is_no_placeholder(value: str, _: Environ) -> bool:
    return PLACEHOLDERS.search(value) is None


def is_no_path(value: str, _: Environ) -> bool:
    return not value.startswith(("/", "./", "../", "~/"))


def is_not_the_embedded_key(value: str, environ: Environ) -> bool:
    path = Path(environ.get("VAR") or ROOT / "var") / "secret-key"
    try:
        return not value or path.read_text().strip() != value.strip()
    except (OSError, ValueError):
        return True


# --- servers ---


def _query(parts: SplitResult) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(parts.query).items()}


def _database_host(parts: SplitResult) -> str:
    return unquote(parts.hostname or "") or _query(parts).get("host", "")


def _is_tcp(parts: SplitResult) -> bool:
    return bool(_database_host(parts)) and not _database_host(parts).startswith("/")


def names_a_database_server(parts: SplitResult) -> bool:
    return parts.scheme not in POSTGRES or bool(_database_host(parts))


def names_a_database(parts: SplitResult) -> bool:
    return parts.scheme not in POSTGRES or bool(parts.path.strip("/"))


def proves_itself_to_the_database(parts: SplitResult) -> bool:
    query = _query(parts)
    known = bool(parts.username and parts.password) or bool({"sslcert", "passfile", "service"} & query.keys())
    return parts.scheme not in POSTGRES or not _is_tcp(parts) or known


def database_is_near_or_encrypted(parts: SplitResult) -> bool:
    # `hostaddr` is where the connection goes, whatever the host is called.
    hosts = {_database_host(parts), *parse_qs(parts.query).get("hostaddr", ())}
    if parts.scheme not in POSTGRES or not any(map(is_foreign, ",".join(hosts).split(","))):
        return True
    return parse_qs(parts.query).get("sslmode") in (["require"], ["verify-ca"], ["verify-full"])


def names_a_redis(parts: SplitResult) -> bool:
    if parts.scheme == "unix":
        return parts.path.startswith("/") and len(parts.path) > 1
    return parts.scheme not in ("redis", "rediss") or bool(parts.hostname)


def redis_is_near_or_asks(parts: SplitResult) -> bool:
    is_far = parts.scheme in ("redis", "rediss") and is_foreign(parts.hostname or "")
    return not is_far or bool(parts.password or _query(parts).get("password"))


def redis_is_near_or_encrypted(parts: SplitResult) -> bool:
    return parts.scheme != "redis" or not is_foreign(parts.hostname or "")


def redis_number(parts: SplitResult) -> bool:
    return parts.scheme not in ("redis", "rediss") or re.fullmatch(r"/?[0-9]{0,4}", parts.path) is not None


POSTGRES = ("postgres", "postgresql", "pgsql")
SMTP = ("smtp", "submission", "submit")
MAIL_SCHEMES = (*SMTP, "console", "file", "memory", "dummy")


def names_a_mail_server(parts: SplitResult) -> bool:
    return parts.scheme not in SMTP or bool(parts.hostname)


def mail_is_near_or_encrypted(parts: SplitResult) -> bool:
    if parts.scheme not in SMTP or not is_foreign(parts.hostname or ""):
        return True
    # As the settings read it: of two words that contradict each other, only one counts.
    read = dj_email_url.parse(parts.geturl())
    return bool(read["EMAIL_USE_TLS"] or read["EMAIL_USE_SSL"])


def mail_password_is_whole(parts: SplitResult) -> bool:
    return parts.scheme not in SMTP or bool(parts.username) == bool(parts.password)


def some_way_to_mail(value: str, environ: Environ) -> bool:
    return bool(value.strip() or environ.get("MAIL_PROVIDER", "").strip())


def is_provider(value: str, _: Environ) -> bool:
    if not value:
        return True
    known = re.fullmatch(r"[a-z_]+", value) is not None and not value.startswith("base")
    return known and find_spec(f"anymail.backends.{value}") is not None


def is_real_provider(value: str, _: Environ) -> bool:
    return value not in ("console", "test")


#: The provider whose keys come from the machine itself.
KEYLESS_PROVIDERS = ("amazon_ses",)


def provider_has_its_key(value: str, environ: Environ) -> bool:
    if not value or not (is_provider(value, environ) and is_real_provider(value, environ)):
        return True
    return value in KEYLESS_PROVIDERS or bool(_settings_of(environ.get("MAIL_PROVIDER_SETTINGS", "")))


def logs_no_mails(value: str, _: Environ) -> bool:
    return not any(
        name.endswith("DEBUG_API_REQUESTS") and given for name, given in _settings_of(value).items()
    )


def _settings_of(value: str) -> dict[str, object]:
    try:
        read = json.loads(value or "{}")
    except ValueError:
        return {"unreadable": value}  # another rule speaks
    return read if isinstance(read, dict) else {"unreadable": value}


def is_json_object(value: str, _: Environ) -> bool:
    try:
        return isinstance(json.loads(value), dict)
    except ValueError:
        return False


def has_halves(value: str, _: Environ) -> bool:
    user, colon, password = value.partition(":")
    return not value or bool(colon and user and password)


def has_long_halves(value: str, _: Environ) -> bool:
    user, colon, password = value.partition(":")
    return not colon or (len(user) >= 8 and len(password) >= 16 and len(set(password)) >= 8)


# --- mail addresses ---

#: Domains that exist for examples only (RFC 2606): a mail to them arrives nowhere.
EXAMPLES = re.compile(r"(^|\.)(example|invalid)$|(^|\.)example\.(com|net|org)$", re.IGNORECASE)


def _is_mail_address(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def is_mailbox(value: str, _: Environ) -> bool:
    """`help@our.site` or `Our name <help@our.site>`."""
    name, address = parseaddr(value)
    return _is_mail_address(address) and value.strip() in (
        address,
        f"{name} <{address}>",
        f'"{name}" <{address}>',
    )


def is_no_example(value: str, _: Environ) -> bool:
    return EXAMPLES.search(parseaddr(value)[1].rpartition("@")[2]) is None


def is_contact(value: str, _: Environ) -> bool:
    if not value or value.startswith("https://"):
        return not value or bool(urlsplit(value).hostname)
    return (
        _is_mail_address(value.removeprefix("mailto:"))
        or re.fullmatch(r"tel:\+[0-9-]{5,20}", value) is not None
    )


def contact_is_no_example(value: str, environ: Environ) -> bool:
    return value.startswith(("https://", "tel:")) or is_no_example(value.removeprefix("mailto:"), environ)


# --- the rest ---


def _lines(value: str) -> list[str]:
    return [line.strip() for line in value.split("|")]


def is_postal(value: str, _: Environ) -> bool:
    lines = _lines(value)
    return 3 <= len(lines) <= 6 and all(line and len(line) <= 60 for line in lines)


def is_our_own_address(value: str, _: Environ) -> bool:
    return "1 Brick Lane" not in value


def _carriers(value: str) -> list[tuple[str, str, str]]:
    return [text.partition("=") for text in value.split(",")]


def carriers_are_named(value: str, _: Environ) -> bool:
    return all(0 < len(name.strip()) <= 60 for name, _equals, _link in _carriers(value))


def carriers_differ(value: str, _: Environ) -> bool:
    names = [name.strip().casefold() for name, _equals, _link in _carriers(value)]
    return len(set(names)) == len(names)


def carrier_links_work(value: str, _: Environ) -> bool:
    def works(link: str) -> bool:
        parts = _url(link)
        return parts is not None and parts.scheme == "https" and bool(parts.hostname) and "{number}" in link

    return all(works(link.strip()) for _name, equals, link in _carriers(value) if equals)


def is_folder_of_ours(value: str, _: Environ) -> bool:
    """Not a folder that others need too: its rights are taken away from everybody else at the start."""
    if not value:
        return True
    path = Path(value).absolute()
    shared = {Path("/"), Path.home(), ROOT, *ROOT.parents}
    shared |= {
        Path("/", name) for name in ("bin", "boot", "dev", "etc", "home", "lib", "media", "mnt", "opt")
    }
    shared |= {Path("/", name) for name in ("proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var")}
    places = {path, Path(os.path.realpath(path))}
    return not places & shared and not any(_belongs_to_the_system(each) for each in places)


#: All of it belongs to the machine; of the others, what lies directly in them: a home, `/var/lib`, `/usr/local`.
SYSTEM = ("bin", "boot", "etc", "lib", "lib64", "proc", "sbin", "sys")
HOLDERS = ("Users", "dev", "home", "usr", "var")


def _belongs_to_the_system(path: Path) -> bool:
    first = path.parts[1] if len(path.parts) > 1 else ""
    if first in SYSTEM:
        return True
    return first in HOLDERS and len(path.parts) == 3
