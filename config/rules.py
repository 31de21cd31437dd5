"""What the environment may say: one small rule for each way in which a setting can be wrong.

A rule names its setting, asks one question of the value, and says what to do. `problems_of` asks all of them and
returns every problem at once, so that an operator mends the environment once. `config.settings` stops the start with
them, `make run` prints them, and `manage.py check --deploy` shows what production would refuse (config.checks).

Without Django's settings: this runs before there are any. To add a setting, add its rules to `RULES`; a number needs
one line in `NUMBERS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from config import questions as ask
from config.concurrency import DEFAULTS, MOST
from config.questions import FALSE, Environ, Question


@dataclass(frozen=True, slots=True)
class Rule:
    """One way in which a setting can be wrong."""

    setting: str
    holds: Question
    what_to_do: str
    production_only: bool = True
    # A rule that is asked when the setting is not given at all.
    asks_for_it: bool = False
    # When this rule fails, the later rules of the setting would only repeat it.
    decides: bool = False


def problems_of(environ: Environ, *, production: bool | None = None) -> list[str]:
    """Each problem as `NAME: what to do.`; no sentence repeats a value, which may be a secret."""
    strict = is_production(environ) if production is None else production
    problems, decided = [], set()
    for rule in RULES:
        if rule.setting in decided or (rule.production_only and not strict):
            continue
        value = environ.get(rule.setting)
        if (value is None and not rule.asks_for_it) or rule.holds(value or "", environ):
            continue
        problems.append(f"{rule.setting}: {rule.what_to_do}")
        if rule.decides:
            decided.add(rule.setting)
    return problems


def is_production(environ: Environ) -> bool:
    """What PRODUCTION says. A word that is neither yes nor no counts as yes: a rule refuses it then."""
    return environ.get("PRODUCTION", "").strip().lower() not in FALSE


def reads_true(text: str) -> bool:
    return text.strip().lower() in ask.TRUE


# --- the rules ------------------------------------------------------------------------------------------------------

#: Whole numbers: the least and the most, in any mode.
NUMBERS: Mapping[str, tuple[int, int]] = {
    "SESSION_HOURS": (1, 168),
    "LIMIT_PIECES_PER_ORDER": (1, 10_000),
    "LIMIT_FIGURE_PIECES_PER_ORDER": (1, 10_000),
    "LIMIT_BAGS_PER_ORDER": (1, 100),
    "LIMIT_ORDERS_PER_HOUSEHOLD": (1, 1_000),
    "LIMIT_PERIOD_DAYS": (1, 3_650),
    "PARCELS_PER_DAY": (1, 1_000_000),
    "PROMISED_WORKING_DAYS": (1, 250),
    "ANONYMOUS_ORDERS_PER_HOUR": (1, 10**9),
    "KEY_ORDERS_PER_HOUR": (1, 10**9),
    "REQUESTS_PER_MINUTE": (1, 10**9),
    "PAGES_PER_MINUTE": (1, 10**9),
    "NETWORK_ORDERS_PER_DAY": (1, 10**9),
    "MAILS_PER_ADDRESS_PER_HOUR": (1, 10_000),
    "MAILS_PER_ADDRESS_PER_DAY": (1, 10_000),
    "LINK_DAYS": (1, 3_650),
    "RETENTION_DAYS": (30, 36_500),
    "ACCESS_LOG_DAYS": (30, 3_650),
    "TRUSTED_PROXIES": (0, 10),
    "JOB_LEASE_SECONDS": (3, 3_600),
    "LETTER_WEIGHT_MG": (0, 1_000_000),
    "PARCEL_WEIGHT_MG": (0, 10_000_000),
    "PACKAGING_TOLERANCE_MG": (0, 1_000_000),
    "SCALE_TOLERANCE_MG": (0, 1_000_000),
    "PRINTS_KEPT_HOURS": (1, 720),
}
#: In production a rate above this is no limit.
RATES: Mapping[str, int] = {
    "ANONYMOUS_ORDERS_PER_HOUR": 10_000,
    "KEY_ORDERS_PER_HOUR": 1_000_000,
    "REQUESTS_PER_MINUTE": 100_000,
    "PAGES_PER_MINUTE": 100_000,
    "NETWORK_ORDERS_PER_DAY": 10_000,
}
#: Settings whose value is used as it stands, so that a space or a line break in it would be part of it.
PLAIN = (
    "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "SITE_URL", "EMAIL_URL", "MAIL_PROVIDER", "MAIL_WEBHOOK_SECRET",
    "DEFAULT_FROM_EMAIL", "REPLY_TO_EMAIL", "SECURITY_CONTACT", "ALARM_EMAIL",
)  # fmt: skip

SAY_NUMBER = "give a whole number from {low} to {high}."


def _required(setting: str, what_to_do: str) -> Rule:
    return Rule(setting, ask.is_given, what_to_do, asks_for_it=True, decides=True)


def _always(setting: str, holds: Question, what_to_do: str) -> Rule:
    return Rule(setting, holds, what_to_do, production_only=False, decides=True)


REQUIRED = (
    _required("SECRET_KEY", "give at least 50 random characters."),
    _required("DATABASE_URL", "name your PostgreSQL, such as postgres://user:password@host/name."),
    _required("REDIS_URL", "name your Redis, such as redis://host:6379/0."),
    _required("SITE_URL", "give the address that customers type, such as https://parts.our.site."),
    _required("ALLOWED_HOSTS", "name the hosts that the system answers to, separated by commas."),
    _required("DEFAULT_FROM_EMAIL", "give the sender of our mails, such as Bag 14 <parts@our.site>."),
    _required("REPLY_TO_EMAIL", "give the address at which a person reads the answers to our mails."),
    _required("RETURN_ADDRESS", "give the sender on a parcel, its lines separated by a vertical bar."),
    _required("TRUSTED_PROXIES", "say how many proxies of yours append to X-Forwarded-For; 0 if none does."),
)

RULES: tuple[Rule, ...] = (
    *(_always(name, ask.is_bool, "say true or false.") for name in ("PRODUCTION", "STAFF_MFA")),
    *REQUIRED,
    *(
        Rule(name, ask.is_plain, "leave out spaces and line breaks around it.", decides=True)
        for name in PLAIN
    ),
    *(
        _always(name, ask.whole(low, high), SAY_NUMBER.format(low=low, high=high))
        for name, (low, high) in NUMBERS.items()
    ),
    *(
        Rule(name, ask.whole(1, high), f"give at most {high}; more is no limit.", decides=True)
        for name, high in RATES.items()
    ),
    _always("PORT", ask.whole(1, 65_535, blank=True), SAY_NUMBER.format(low=1, high=65_535)),
    _always(
        "CONCURRENCY",
        ask.is_concurrency,
        f"give some of {', '.join(DEFAULTS)}, each with a number from 1 to {MOST}, such as web=2,mail=8.",
    ),
    _always(
        "LIMIT_PERIOD_DAYS",
        ask.limits_are_counted_on_what_is_kept,
        "give at most RETENTION_DAYS: an order that is anonymised counts in no limit.",
    ),
    _always(
        "RETENTION_DAYS",
        ask.default_limits_are_counted_on_what_is_kept,
        f"give at least {ask.DEFAULT_DAYS['LIMIT_PERIOD_DAYS']}, or a shorter LIMIT_PERIOD_DAYS.",
    ),
    _always("SWEEP_SECONDS", ask.decimal(0.1, 3_600), "give a number of seconds from 0.1 to 3600."),
    _always(
        "LOG_LEVEL",
        ask.one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
        "say DEBUG, INFO, WARNING, ERROR or CRITICAL.",
    ),
    _always("VAR", ask.is_folder_of_ours, "name a folder that holds nothing but the data of this system."),
    # The secret key.
    Rule("SECRET_KEY", lambda value, _: len(value) >= 50, "give at least 50 random characters."),
    Rule(
        "SECRET_KEY",
        ask.is_varied,
        "let a generator make it: this one repeats itself or has few different characters.",
    ),
    Rule("SECRET_KEY", ask.is_no_placeholder, "let a generator make it: this one is a placeholder."),
    Rule("SECRET_KEY", ask.is_no_path, "give the key itself, not the path of a file."),
    Rule(
        "SECRET_KEY",
        ask.is_not_the_embedded_key,
        "make a new one: this is the key of a trial run, from VAR/secret-key.",
    ),
    # The database.
    _always(
        "DATABASE_URL",
        ask.if_given(ask.has_scheme(*ask.POSTGRES, "sqlite")),
        "begin it with postgres://, and write the special characters of a password as %40 and the like.",
    ),
    Rule(
        "DATABASE_URL",
        ask.of_url(lambda parts: parts.scheme != "sqlite"),
        "name a PostgreSQL; SQLite is for trial runs.",
    ),
    Rule(
        "DATABASE_URL",
        ask.of_url(ask.names_a_database_server),
        "name the server's host, or its socket's folder as ?host=/run/postgresql.",
    ),
    Rule("DATABASE_URL", ask.of_url(ask.names_a_database), "name the database after the host."),
    Rule(
        "DATABASE_URL",
        ask.of_url(ask.proves_itself_to_the_database),
        "give user and password, or a client's certificate as ?sslcert=.",
    ),
    Rule(
        "DATABASE_URL",
        ask.of_url(ask.database_is_near_or_encrypted),
        "add ?sslmode=require (or verify-full): this host is outside our own network.",
    ),
    # Redis.
    _always(
        "REDIS_URL",
        ask.if_given(ask.has_scheme("redis", "rediss", "unix")),
        "begin it with redis://, rediss:// or unix://.",
    ),
    _always(
        "REDIS_URL",
        ask.if_given(ask.of_url(ask.names_a_redis)),
        "name the host, or the socket's whole path after unix://.",
    ),
    Rule("REDIS_URL", ask.of_url(ask.redis_number), "end it with the number of the database, such as /0."),
    Rule(
        "REDIS_URL",
        ask.of_url(ask.redis_is_near_or_asks),
        "give the password: this host is outside our own network.",
    ),
    Rule(
        "REDIS_URL",
        ask.of_url(ask.redis_is_near_or_encrypted),
        "begin it with rediss://: this host is outside our own network.",
    ),
    # Where we are found.
    _always(
        "SITE_URL",
        ask.if_given(ask.is_whole_address),
        "give a whole address, such as https://parts.our.site.",
    ),
    Rule("SITE_URL", ask.of_url(lambda parts: parts.scheme == "https"), "begin it with https://."),
    Rule(
        "SITE_URL",
        ask.of_url(lambda parts: "@" not in parts.netloc),
        "leave out user and password: mails and letters show it.",
    ),
    _always(
        "SITE_URL",
        ask.is_nothing_but_a_host,
        "give scheme and host only; the pages begin at its root.",
    ),
    Rule(
        "SITE_URL",
        ask.of_url(ask.is_public_host),
        "give a host that customers can reach, not localhost or a private address.",
    ),
    Rule("SITE_URL", ask.is_allowed_host, "give a host that ALLOWED_HOSTS names too."),
    Rule("ALLOWED_HOSTS", ask.each_host(bool), "leave out the empty entries."),
    Rule(
        "ALLOWED_HOSTS",
        ask.each_host(lambda name: name not in ("*", ".")),
        "name the hosts; * and . let anybody choose one.",
    ),
    Rule("ALLOWED_HOSTS", ask.each_host(lambda name: "://" not in name), "give host names without https://."),
    Rule("ALLOWED_HOSTS", ask.each_host(ask.has_no_port), "give host names without a port."),
    Rule(
        "ALLOWED_HOSTS",
        ask.each_host(ask.is_host_name),
        "give plain host names; .our.site stands for all names below it.",
    ),
    Rule(
        "ALLOWED_HOSTS",
        ask.each_host(lambda name: not name.startswith(".") or name.strip(".").count(".") >= 1),
        "name more than an ending: .com would let in every site.",
    ),
    Rule(
        "ALLOWED_HOSTS",
        ask.each_host(ask.is_below_an_ending),
        "name your own host: below an ending such as .co.uk or .github.io anybody may have one.",
    ),
    # Who stands in front, and who may sign in.
    Rule("STAFF_MFA", ask.is_true, "in production every member of staff needs a second factor."),
    # Mail.
    Rule(
        "EMAIL_URL",
        ask.some_way_to_mail,
        "give the mail server, such as submission://user:password@host:587, or MAIL_PROVIDER.",
        asks_for_it=True,
        decides=True,
    ),
    _always(
        "EMAIL_URL",
        ask.if_given(ask.has_scheme(*ask.MAIL_SCHEMES)),
        "begin it with submission:// for STARTTLS, or smtp://; ?ssl=True means TLS at once.",
    ),
    Rule(
        "EMAIL_URL",
        ask.if_given(ask.has_scheme(*ask.SMTP)),
        "begin it with submission:// or smtp://: this one sends no mail.",
        decides=True,
    ),
    Rule("EMAIL_URL", ask.of_url(ask.names_a_mail_server), "name the mail server's host."),
    Rule(
        "EMAIL_URL",
        ask.of_url(ask.mail_is_near_or_encrypted),
        "begin it with submission://, or add ?ssl=True: this host is outside our own network.",
    ),
    Rule("EMAIL_URL", ask.of_url(ask.mail_password_is_whole), "give user and password, or neither."),
    _always(
        "MAIL_PROVIDER", ask.is_provider, "give a provider's name as django-anymail has it, such as postmark."
    ),
    Rule("MAIL_PROVIDER", ask.is_real_provider, "name a provider: this one sends no mail."),
    Rule("MAIL_PROVIDER", ask.provider_has_its_key, "give its key too, in MAIL_PROVIDER_SETTINGS."),
    _always(
        "MAIL_PROVIDER_SETTINGS",
        ask.if_given(ask.is_json_object),
        'give a JSON object, such as {"SERVER_TOKEN": "..."}.',
    ),
    Rule(
        "MAIL_PROVIDER_SETTINGS",
        ask.logs_no_mails,
        "leave out DEBUG_API_REQUESTS: it writes each mail and the provider's key to the log.",
    ),
    _always("MAIL_WEBHOOK_SECRET", ask.has_halves, "give user:password, with a colon between them."),
    Rule(
        "MAIL_WEBHOOK_SECRET",
        ask.has_long_halves,
        "give a user of at least 8 and a password of at least 16 random characters.",
    ),
    *(
        _always(name, ask.if_given(ask.is_mailbox), "give one mail address, such as Bag 14 <parts@our.site>.")
        for name in ("DEFAULT_FROM_EMAIL", "REPLY_TO_EMAIL", "ALARM_EMAIL")
    ),
    *(
        Rule(name, ask.is_no_example, "give an address of yours: this one is an example.")
        for name in ("DEFAULT_FROM_EMAIL", "REPLY_TO_EMAIL", "ALARM_EMAIL")
    ),
    _always(
        "SECURITY_CONTACT", ask.is_contact, "give a mail address, or an address that begins with https://."
    ),
    Rule("SECURITY_CONTACT", ask.contact_is_no_example, "give an address of yours: this one is an example."),
    # Parcels.
    Rule(
        "RETURN_ADDRESS",
        ask.is_postal,
        "give three to six lines of at most 60 characters, separated by a vertical bar.",
    ),
    Rule("RETURN_ADDRESS", ask.is_our_own_address, "give an address of yours: this one is the example."),
    _always("CARRIERS", ask.carriers_are_named, "give each carrier a name, separated by commas."),
    _always("CARRIERS", ask.carriers_differ, "name each carrier once."),
    _always("CARRIERS", ask.carrier_links_work, "give a link as name=https://... with {number} in it."),
)
