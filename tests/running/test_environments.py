"""Production refuses an environment that is half set up, and names every setting that is wrong; a whole one starts."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config.rules import NUMBERS, RULES, problems_of
from config.running.check import production
from config.running.options import ROOT, CannotRun, read_options
from tests.stack import clean_environment

pytestmark = pytest.mark.once

KEY = "qX7_vRk2mZ9-sLw4BnT8yHd3GcJ6pFa1eUoIiYhQ5xVzWtNrKb"
POSTGRES = "postgres://bag14:oT4-wq@db/bag14"
SMTP = "submission://bag14:oT4-wq@mail.bag14.test:587"

# The setting that the sentence names, and the value that is wrong. None: not given at all.
WRONG: list[tuple[str, str | None]] = [
    ("PRODUCTION", "ture"),
    ("PRODUCTION", "production"),
    ("PRODUCTION", "2"),
    ("SECRET_KEY", None),
    ("SECRET_KEY", ""),
    ("SECRET_KEY", " " * 60),
    ("SECRET_KEY", KEY[:49]),
    ("SECRET_KEY", "a" * 60),
    ("SECRET_KEY", "ab" * 30),
    ("SECRET_KEY", "django-insecure-" + KEY),
    ("SECRET_KEY", "correct horse battery staple " * 3),
    ("SECRET_KEY", "password" * 8),
    ("SECRET_KEY", KEY[:12] * 5),
    ("SECRET_KEY", "0123456789" * 6),
    ("SECRET_KEY", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    ("SECRET_KEY", "please-change-this-to-something-long-and-unpredictable"),
    ("SECRET_KEY", "replace_me_with_at_least_fifty_characters_from_a_tool"),
    ("SECRET_KEY", "/srv/bag14-production/configuration/keys/XqZ7/signing.key"),
    ("SECRET_KEY", KEY + "\n"),
    ("SECRET_KEY", " " + KEY),
    ("DATABASE_URL", None),
    ("DATABASE_URL", ""),
    ("DATABASE_URL", "sqlite:////srv/bag14/db.sqlite3"),
    ("DATABASE_URL", "sqlite://:memory:"),
    ("DATABASE_URL", "mysql://bag14:oT4-wq@db/bag14"),
    ("DATABASE_URL", "db/bag14"),
    ("DATABASE_URL", "postgres:///bag14"),
    ("DATABASE_URL", "postgres://bag14:oT4-wq@db"),
    ("DATABASE_URL", "postgres://bag14:oT4-wq@db/"),
    ("DATABASE_URL", "postgres://db/bag14"),
    ("DATABASE_URL", "postgres://bag14@db/bag14"),
    ("DATABASE_URL", "postgres://:oT4-wq@db/bag14"),
    ("DATABASE_URL", "postgres://bag14:p[ss@db/bag14"),
    ("DATABASE_URL", "postgres://bag14:oT4-wq@db:port/bag14"),
    ("DATABASE_URL", "postgres://bag14:oT4-wq@db.hoster.test/bag14"),
    ("DATABASE_URL", "postgres://bag14:oT4-wq@9.9.9.9/bag14"),
    ("DATABASE_URL", "postgres://bag14:oT4-wq@db/bag14?hostaddr=9.9.9.9"),
    ("DATABASE_URL", "postgres://bag14:oT4-wq@db.hoster.test/bag14?sslmode=disable&sslmode=require"),
    ("DATABASE_URL", "postgres://bag14:oT4-wq@db.hoster.test/bag14?sslmode=prefer"),
    ("DATABASE_URL", f"{POSTGRES} "),
    ("REDIS_URL", None),
    ("REDIS_URL", ""),
    ("REDIS_URL", "redis"),
    ("REDIS_URL", "http://redis:6379/0"),
    ("REDIS_URL", "memory://"),
    ("REDIS_URL", "redis:///0"),
    ("REDIS_URL", "unix://valkey.sock"),
    ("REDIS_URL", "redis://redis:6379/first"),
    ("REDIS_URL", "redis://redis:99999/0"),
    ("REDIS_URL", "redis://cache.hoster.test:6379/0"),
    ("REDIS_URL", "rediss://cache.hoster.test:6379/0"),
    ("REDIS_URL", "redis://:oT4-wq@cache.hoster.test:6379/0"),
    ("REDIS_URL", "redis://9.9.9.9/0"),
    ("REDIS_URL", "redis://redis:6379/0 "),
    ("SITE_URL", None),
    ("SITE_URL", ""),
    ("SITE_URL", "parts.bag14.test"),
    ("SITE_URL", "http://parts.bag14.test"),
    ("SITE_URL", "ftp://parts.bag14.test"),
    ("SITE_URL", "https://"),
    ("SITE_URL", "https://parts.bag14.test/bags"),
    ("SITE_URL", "https://parts.bag14.test/?from=mail"),
    ("SITE_URL", "https://parts.bag14.test/#top"),
    ("SITE_URL", "https://parts.bag14.test?"),
    ("SITE_URL", "https://parts.bag14.test/#"),
    ("SITE_URL", "https://leo:oT4-wq@parts.bag14.test"),
    ("SITE_URL", "https://other.bag14.test"),
    ("SITE_URL", "https://parts.bag14.test.evil.test"),
    ("SITE_URL", "https://parts.bag14.test:notaport"),
    ("SITE_URL", "https://parts.bag14.test\n"),
    ("ALLOWED_HOSTS", None),
    ("ALLOWED_HOSTS", ""),
    ("ALLOWED_HOSTS", "*"),
    ("ALLOWED_HOSTS", "parts.bag14.test,*"),
    ("ALLOWED_HOSTS", "parts.bag14.test,."),
    ("ALLOWED_HOSTS", "parts.bag14.test,"),
    ("ALLOWED_HOSTS", ",,"),
    ("ALLOWED_HOSTS", "parts.bag14.test,.test"),
    ("ALLOWED_HOSTS", "parts.bag14.test,*.bag14.test"),
    ("ALLOWED_HOSTS", "https://parts.bag14.test"),
    ("ALLOWED_HOSTS", "parts.bag14.test:443"),
    ("ALLOWED_HOSTS", "parts.bag14.test/bags"),
    ("ALLOWED_HOSTS", "parts.bag14.test other.bag14.test"),
    ("ALLOWED_HOSTS", "parts.bag14.test,[::zz]"),
    ("ALLOWED_HOSTS", "parts.bag14.test,.co.uk"),
    ("ALLOWED_HOSTS", "co.uk"),
    ("ALLOWED_HOSTS", "parts.bag14.test,.Com.Au."),
    ("ALLOWED_HOSTS", ".gob.mx"),
    ("ALLOWED_HOSTS", "parts.bag14.test,.github.io"),
    ("LIMIT_PERIOD_DAYS", "731"),
    ("RETENTION_DAYS", "89"),
    ("TRUSTED_PROXIES", None),
    ("TRUSTED_PROXIES", ""),
    ("TRUSTED_PROXIES", " "),
    ("TRUSTED_PROXIES", "-1"),
    ("TRUSTED_PROXIES", "1.5"),
    ("TRUSTED_PROXIES", "one"),
    ("TRUSTED_PROXIES", "٣"),
    ("TRUSTED_PROXIES", "1000"),
    ("STAFF_MFA", "false"),
    ("STAFF_MFA", "0"),
    ("STAFF_MFA", "off"),
    ("STAFF_MFA", "perhaps"),
    ("EMAIL_URL", f"{SMTP}\n"),
    ("EMAIL_URL", None),
    ("EMAIL_URL", ""),
    ("EMAIL_URL", "mail.bag14.test:587"),
    ("EMAIL_URL", "console://"),
    ("EMAIL_URL", "file:///tmp/mails"),
    ("EMAIL_URL", "memory://"),
    ("EMAIL_URL", "dummy://"),
    ("EMAIL_URL", "smtps://bag14:oT4-wq@mail.bag14.test"),
    ("EMAIL_URL", "submission://"),
    ("EMAIL_URL", "smtp://bag14:oT4-wq@mail.bag14.test:25"),
    ("EMAIL_URL", "smtp://bag14:oT4-wq@9.9.9.9"),
    ("EMAIL_URL", "smtp://bag14:oT4-wq@mail.bag14.test?tls=no"),
    ("EMAIL_URL", "submission://bag14@mail.bag14.test:587"),
    ("EMAIL_URL", "smtp://bag14:oT4-wq@mail.bag14.test:587?tls=True&ssl=False"),
    ("EMAIL_URL", "smtp://bag14:oT4-wq@mail.bag14.test:465?ssl=False&ssl=True"),
    ("EMAIL_URL", "submission://bag14:oT4-wq@mail.bag14.test:mail"),
    ("MAIL_PROVIDER", " postmark"),
    ("MAIL_PROVIDER", "postmrak"),
    ("MAIL_PROVIDER", "postmark"),
    ("MAIL_PROVIDER", "console"),
    ("MAIL_PROVIDER", "test"),
    ("MAIL_PROVIDER", "base"),
    ("MAIL_PROVIDER", "../postmark"),
    ("MAIL_PROVIDER_SETTINGS", "POSTMARK_SERVER_TOKEN=abc"),
    ("MAIL_PROVIDER_SETTINGS", '["abc"]'),
    ("MAIL_PROVIDER_SETTINGS", '"abc"'),
    ("MAIL_PROVIDER_SETTINGS", '{"DEBUG_API_REQUESTS": true}'),
    ("MAIL_PROVIDER_SETTINGS", '{"POSTMARK_SERVER_TOKEN": "abc", "POSTMARK_DEBUG_API_REQUESTS": true}'),
    ("MAIL_WEBHOOK_SECRET", "postmark:Kq8vT2mZ9xLw4BnT8yHd3GcJ6\n"),
    ("MAIL_WEBHOOK_SECRET", "Kq8vT2mZ9xLw4BnT8yHd3GcJ6"),
    ("MAIL_WEBHOOK_SECRET", ":Kq8vT2mZ9xLw4BnT8yHd3GcJ6"),
    ("MAIL_WEBHOOK_SECRET", "postmark:"),
    ("MAIL_WEBHOOK_SECRET", "p:Kq8vT2mZ9xLw4BnT8yHd3GcJ6"),
    ("MAIL_WEBHOOK_SECRET", "postmark:short"),
    ("MAIL_WEBHOOK_SECRET", "postmark:aaaaaaaaaaaaaaaaaaaaaaaa"),
    ("DEFAULT_FROM_EMAIL", None),
    ("DEFAULT_FROM_EMAIL", "Bag 14 <parts@bag14.example>"),
    ("DEFAULT_FROM_EMAIL", "Bag 14"),
    ("DEFAULT_FROM_EMAIL", "Bag 14 <parts@>"),
    ("DEFAULT_FROM_EMAIL", "parts@localhost@bag14.test"),
    ("DEFAULT_FROM_EMAIL", "Bag 14 <parts@bag14.test>\nBcc: all@evil.test"),
    ("DEFAULT_FROM_EMAIL", "parts@bag14.test, more@bag14.test"),
    ("REPLY_TO_EMAIL", "help@bag14.test "),
    ("REPLY_TO_EMAIL", None),
    ("REPLY_TO_EMAIL", "help@bag14.example"),
    ("REPLY_TO_EMAIL", "help@example.com"),
    ("REPLY_TO_EMAIL", "help"),
    ("ALARM_EMAIL", "alarm@bag14.test "),
    ("ALARM_EMAIL", "alarm@bag14.example"),
    ("ALARM_EMAIL", "call us"),
    ("ALARM_EMAIL", "lea@bag14.test, leo@bag14.test"),
    ("SECURITY_CONTACT", " security@bag14.test"),
    ("SECURITY_CONTACT", "call us"),
    ("SECURITY_CONTACT", "http://bag14.test/security"),
    ("SECURITY_CONTACT", "https://"),
    ("SECURITY_CONTACT", "mailto:security@bag14.example"),
    ("RETURN_ADDRESS", None),
    ("RETURN_ADDRESS", "Bag 14|Parts desk|1 Brick Lane|7190 Billund"),
    ("RETURN_ADDRESS", "Bag 14, 2 Plate Road, 7190 Billund"),
    ("RETURN_ADDRESS", "Bag 14||7190 Billund"),
    ("RETURN_ADDRESS", "Bag 14|" + "2 Plate Road " * 6 + "|7190 Billund"),
    ("RETURN_ADDRESS", "a|b|c|d|e|f|g"),
    ("CARRIERS", ""),
    ("CARRIERS", "DHL,,UPS"),
    ("CARRIERS", "DHL,dhl"),
    ("CARRIERS", "=https://carrier.test/{number}"),
    ("CARRIERS", "DHL="),
    ("CARRIERS", "DHL=carrier.test/{number}"),
    ("CARRIERS", "DHL=javascript:alert({number})"),
    ("CARRIERS", "DHL=https://carrier.test/"),
    ("LOG_LEVEL", "VERBOSE"),
    ("LOG_LEVEL", "info "),
    ("LOG_LEVEL", ""),
    ("PORT", "-1"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "http"),
    ("CONCURRENCY", "2"),
    ("CONCURRENCY", "mail=0"),
    ("CONCURRENCY", "mail=65"),
    ("CONCURRENCY", "mails=2"),
    ("CONCURRENCY", "mail=2;web=2"),
    ("CONCURRENCY", "mail=٢"),
    ("SWEEP_SECONDS", "0"),
    ("SWEEP_SECONDS", "-5"),
    ("SWEEP_SECONDS", "nan"),
    ("SWEEP_SECONDS", "inf"),
    ("SWEEP_SECONDS", "1e3"),
    ("SWEEP_SECONDS", "99999"),
    ("ANONYMOUS_ORDERS_PER_HOUR", "100000000"),
    ("KEY_ORDERS_PER_HOUR", "100000000"),
    ("REQUESTS_PER_MINUTE", "100000000"),
    ("PAGES_PER_MINUTE", "100000000"),
    ("NETWORK_ORDERS_PER_DAY", "100000000"),
    ("VAR", "/"),
    ("VAR", "/tmp"),
    ("VAR", "/var"),
    ("VAR", "/var/lib"),
    ("VAR", "/var/tmp"),
    ("VAR", "/usr/local"),
    ("VAR", "/dev/shm"),
    ("VAR", "/etc/ssl/private"),
    ("VAR", "/home/somebody"),
    ("VAR", str(ROOT)),
    ("VAR", str(ROOT.parent)),
    ("VAR", str(Path.home())),
]  # fmt: skip

# More about the host: SITE_URL and ALLOWED_HOSTS agree, and customers could not reach it all the same.
UNREACHABLE = (
    "localhost",
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.9",
    "[::1]",
    "[fd00::1]",
    "0.0.0.0",  # noqa: S104
    "bag14",
    "web.internal",
)

RIGHT: list[dict[str, str]] = [
    {},
    {"PRODUCTION": "1", "STAFF_MFA": "yes"},
    {"SECRET_KEY": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    {"DATABASE_URL": "postgresql://bag14@%2Frun%2Fpostgresql/bag14"},
    {"DATABASE_URL": "postgres:///bag14?host=/run/postgresql"},
    {"DATABASE_URL": "postgres://bag14:p%40ss@db.hoster.test:5433/bag14?sslmode=verify-full"},
    {"DATABASE_URL": "postgres://bag14@db/bag14?sslcert=/etc/bag14/client.pem"},
    {"REDIS_URL": "redis://redis:6379/0"},
    {"REDIS_URL": "redis://10.0.0.7"},
    {"REDIS_URL": "unix:///run/valkey/valkey.sock"},
    {"REDIS_URL": "rediss://:oT4-wq@cache.hoster.test:6379/1"},
    {"SITE_URL": "https://parts.bag14.test/"},
    {"SITE_URL": "https://PARTS.bag14.test:8443"},
    {"SITE_URL": "https://9.9.9.9", "ALLOWED_HOSTS": "9.9.9.9"},
    {"SITE_URL": "https://[2620:fe::fe]", "ALLOWED_HOSTS": "[2620:fe::fe]"},
    {"ALLOWED_HOSTS": "parts.bag14.test, www.bag14.test,localhost"},
    {"ALLOWED_HOSTS": ".bag14.test"},
    {"SITE_URL": "https://parts.bag14.co.uk", "ALLOWED_HOSTS": ".bag14.co.uk"},
    {"SITE_URL": "https://bag14.de", "ALLOWED_HOSTS": "bag14.de,bag14.github.io"},
    {"LIMIT_PERIOD_DAYS": "730"},
    {"LIMIT_PERIOD_DAYS": "30", "RETENTION_DAYS": "30"},
    {"TRUSTED_PROXIES": "0"},
    {"EMAIL_URL": "smtp://127.0.0.1:25"},
    {"EMAIL_URL": "smtp://postfix"},
    {"EMAIL_URL": "smtp://bag14:oT4-wq@mail.bag14.test:465?ssl=True"},
    {"EMAIL_URL": "", "MAIL_PROVIDER": "postmark", "MAIL_PROVIDER_SETTINGS": '{"POSTMARK_SERVER_TOKEN": "abc"}'},
    {"MAIL_WEBHOOK_SECRET": "postmark:Kq8vT2mZ9xLw4BnT8yHd3GcJ6"},
    {"MAIL_WEBHOOK_SECRET": ""},
    {"DEFAULT_FROM_EMAIL": '"Bag 14" <parts@bag14.test>', "REPLY_TO_EMAIL": "Help <help@bag14.test>"},
    {"ALARM_EMAIL": "Leads <alarm@bag14.test>"},
    {"ALARM_EMAIL": ""},
    {"SECURITY_CONTACT": "https://bag14.test/security"},
    {"SECURITY_CONTACT": "mailto:security@bag14.test"},
    {"SECURITY_CONTACT": "security@bag14.test"},
    {"CARRIERS": "Post,DHL=https://carrier.test/?no={number},orders.parcels.carriers.Adapter"},
    {"LOG_LEVEL": "WARNING", "PORT": "", "SWEEP_SECONDS": "0.5", "JOB_LEASE_SECONDS": "3"},
    {name: str(low) for name, (low, _high) in NUMBERS.items()},
    {"EMAIL_URL": "", "MAIL_PROVIDER": "amazon_ses"},
    {"VAR": "/srv/bag14"},
    {"VAR": "/usr/src/bag14/var"},
    {"VAR": "/home/bag14/var"},
    {"VAR": "/var/lib/bag14"},
]  # fmt: skip


def environment(changes: dict[str, str | None]) -> dict[str, str]:
    given = production() | {"VAR": "/srv/bag14"} | changes
    return {name: value for name, value in given.items() if value is not None}


def named_by(problems: list[str]) -> set[str]:
    return {problem.partition(":")[0] for problem in problems}


def test_the_table_has_a_hundred_wrong_environments() -> None:
    assert len(WRONG) >= 100
    assert len(set(WRONG)) == len(WRONG)


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_setting_is_refused_by_its_name_alone(name: str, value: str | None) -> None:
    problems = problems_of(environment({name: value}))
    beside = {"SITE_URL"} if name == "ALLOWED_HOSTS" else set()  # the host it should have named
    assert name in named_by(problems) <= {name} | beside, problems
    assert all(re.fullmatch(r"[A-Z_]+: [a-z].*[.\"}]", problem) for problem in problems), problems


@pytest.mark.parametrize("host", UNREACHABLE)
def test_an_address_that_customers_cannot_reach_is_refused(host: str) -> None:
    assert named_by(problems_of(environment({"SITE_URL": f"https://{host}", "ALLOWED_HOSTS": host}))) == {
        "SITE_URL"
    }


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("mode", ["true", "false"])
def test_a_number_out_of_its_range_is_refused_in_any_mode(name: str, mode: str) -> None:
    low, high = NUMBERS[name]
    for wrong in (str(low - 1), str(high + 1), "-1", "1.5", "many", "", "0x10", "1_000", "9" * 40):
        problems = problems_of(environment({name: wrong, "PRODUCTION": mode}))
        assert named_by(problems) == {name}, wrong


@pytest.mark.parametrize("changes", RIGHT, ids=lambda changes: ",".join(changes) or "plain")
def test_a_right_environment_is_not_refused(changes: dict[str, str]) -> None:
    assert problems_of(environment(dict(changes))) == []


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong: dict[str, str | None] = {
        "SECRET_KEY": "a" * 60,
        "SITE_URL": "http://parts.bag14.test",
        "ALLOWED_HOSTS": "*",
        "TRUSTED_PROXIES": None,
        "DATABASE_URL": "sqlite:///db.sqlite3",
        "MAIL_WEBHOOK_SECRET": "open",
        "PORT": "-1",
    }
    assert named_by(problems_of(environment(wrong))) == wrong.keys()


def test_no_sentence_repeats_a_secret() -> None:
    wrong = environment({name: "zauberwort-zauberwort" for name, _ in WRONG})
    problems = problems_of(wrong)
    assert len(problems) > 15
    assert "zauberwort" not in "".join(problems)


def test_every_rule_refuses_a_row_of_the_table() -> None:
    """A rule that no row needs could go missing without a test that fails."""
    rows = [environment({name: value}) for name, value in WRONG]
    rows += [environment({"SITE_URL": "https://localhost", "ALLOWED_HOSTS": "localhost"})]
    rows += [environment({name: "-1"}) for name in NUMBERS]
    idle = [
        f"{rule.setting}: {rule.what_to_do}"
        for rule in RULES
        if rule.setting != "SECRET_KEY" or "trial" not in rule.what_to_do  # it has a test of its own
        if not any(f"{rule.setting}: {rule.what_to_do}" in problems_of(row) for row in rows)
    ]
    assert idle == []


def test_every_number_that_the_settings_read_has_a_range() -> None:
    """A new number gets its line in config.rules.NUMBERS."""
    read = re.findall(r'env\.(?:int|float)\(\s*"(\w+)"', (ROOT / "config" / "settings.py").read_text())
    assert set(read) - NUMBERS.keys() == {"SWEEP_SECONDS"}


def test_the_key_of_a_trial_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text(KEY)
    problems = problems_of(environment({"SECRET_KEY": KEY, "VAR": str(tmp_path)}))
    assert problems == ["SECRET_KEY: make a new one: this is the key of a trial run, from VAR/secret-key."]
    assert problems_of({"SECRET_KEY": KEY, "VAR": str(tmp_path)}) == []


def test_a_trial_run_needs_nothing() -> None:
    assert problems_of({}) == []
    blank = (
        "VAR",
        "PORT",
        "SITE_URL",
        "SECRET_KEY",
        "DATABASE_URL",
        "REDIS_URL",
        "EMAIL_URL",
        "ALLOWED_HOSTS",
    )
    assert problems_of(dict.fromkeys(blank, "")) == []


def start(var: Path, *command: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    given = clean_environment() | environment({"VAR": str(var), **changes})
    given.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    given = {name: value for name, value in given.items() if name not in changes or changes[name] is not None}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=given, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_a_process_of_production_starts_on_a_whole_environment(tmp_path: Path) -> None:
    done = start(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_process_of_production_does_not_start_half_set_up(tmp_path: Path) -> None:
    done = start(tmp_path, "manage.py", "check", TRUSTED_PROXIES=None, SITE_URL="http://parts.bag14.test")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "TRUSTED_PROXIES: say how many proxies of yours append to X-Forwarded-For; 0 if none does.",
        "SITE_URL: begin it with https://.",
        "(docs/operations.md lists the settings.)",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [("-c", "import config.wsgi"), ("-c", "import config.celery as c; c.app.conf.beat_schedule")]
)
def test_neither_web_server_nor_worker_starts_half_set_up(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = start(tmp_path, *command, SECRET_KEY="a" * 60)
    assert done.returncode == 1
    assert "SECRET_KEY: let a generator make it" in done.stderr


@pytest.mark.slow
def test_a_trial_run_with_a_wrong_number_does_not_start(tmp_path: Path) -> None:
    done = start(tmp_path, "manage.py", "check", PRODUCTION="false", JOB_LEASE_SECONDS="0")
    assert done.returncode == 1
    assert done.stderr.startswith("JOB_LEASE_SECONDS: give a whole number from 3 to 3600.")


@pytest.mark.slow
def test_the_deployment_check_says_before_the_move_what_production_would_refuse(tmp_path: Path) -> None:
    done = start(
        tmp_path, "manage.py", "check", "--deploy", PRODUCTION=None, TRUSTED_PROXIES=None, STAFF_MFA="false"
    )
    assert done.returncode == 1
    assert "(bag14.TRUSTED_PROXIES) TRUSTED_PROXIES: say how many proxies" in done.stderr
    assert "(bag14.STAFF_MFA)" in done.stderr
    assert "bag14.SECRET_KEY" not in done.stderr


def test_make_run_says_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODUCTION", "ture")
    with pytest.raises(CannotRun, match="PRODUCTION: say true or false"):
        read_options()
    assert os.environ["PRODUCTION"] == "ture"


@pytest.mark.slow
def test_cookies_of_production_are_for_our_host_alone(tmp_path: Path) -> None:
    asks = """
import django
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
django.setup()
from django.test import Client
client = Client(HTTP_HOST="parts.bag14.test")
client.get("/sign-in/", secure=True)
client.post("/language/", {"language": "es", "next": "/"}, secure=True)
for name in (settings.SESSION_COOKIE_NAME, settings.DEVICE_COOKIE_NAME):
    print(name)
print(client.cookies.output())
print(client.get("/", secure=False).status_code)
"""
    done = start(tmp_path, "-c", asks)
    assert done.returncode == 0, done.stderr
    session, device, *cookies, plain = done.stdout.splitlines()
    assert (session, device) == ("__Host-sessionid", "__Host-device")
    assert len(cookies) == 2
    for cookie, name in zip(sorted(cookies), ("csrftoken", "language"), strict=True):
        assert cookie.startswith(f"Set-Cookie: __Host-{name}=")
        assert {"Path=/", "Secure"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    assert plain == "301"
