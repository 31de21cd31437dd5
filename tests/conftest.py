"""What every test finds: data of its own under a temporary folder, a real broker, a browser, a stack of processes.

Nothing is read from or written to the checkout's own var/. The database is SQLite unless DATABASE_URL names a
PostgreSQL server; `make test` runs the tests on both.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.utils import translation

from config.running.translations import compile_translations
from core import waking
from notifications.mail import server
from tests.browser import CHROMIUM_OPTIONS, find_chromium
from tests.environment import SERVER_URL, VAR
from tests.stack import Broker, Stack, Template

if TYPE_CHECKING:
    from tests.cast import SmallSet

STACK = pytest.StashKey[Stack]()
# A test that neither is marked django_db nor asks for one of these does not touch the database.
DATABASE = {"db", "transactional_db", "make_stack", "live_server", "stack_template"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the tests marked long too")


def pytest_configure(config: pytest.Config) -> None:
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if SERVER_URL is None:
        # A file, as in real life: SQLite in memory locks whole tables instead of waiting for a transaction's end.
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(VAR / "test.sqlite3")
    compile_translations()


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(VAR, ignore_errors=True)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where only serial tests are asked for, import no file that has none: to import all takes half a minute."""
    only_serial = config.getoption("markexpr").startswith("serial")
    if only_serial and collection_path.suffix == ".py" and "mark.serial" not in collection_path.read_text():
        return True
    return None


@pytest.hookimpl(
    wrapper=True, tryfirst=True
)  # before -m selects by the markers, and after all is in its order
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    for item in items:
        for marker, fixture in (("browser", "page"), ("browser", "browser"), ("stack", "make_stack")):
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)
        if not item.get_closest_marker("django_db") and not DATABASE & set(getattr(item, "fixturenames", ())):
            item.add_marker("once")
    if not config.getoption("--long"):
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
    yield
    # What takes long and waits much comes first, beside short tests: last, it would be waited for alone.
    items.sort(key=lambda item: item.get_closest_marker("stack") is None)


def pytest_report_header() -> str:
    return f"database: {'PostgreSQL' if SERVER_URL else 'SQLite'}; chromium: {find_chromium() or 'none'}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the processes of a failed test wrote."""
    report = yield
    if report.failed and STACK in item.stash:
        report.sections.append(("processes", item.stash[STACK].log_tails()))
    return report


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """The Valkey server that this process' settings name."""
    server = Broker(VAR)
    server.start()
    yield server
    server.end()


@pytest.fixture(autouse=True)
def _empty_broker(broker: Broker) -> None:
    """Nothing cached, counted or queued by an earlier test, and no server left alone for its silence."""
    broker.ensure_empty()
    waking.forget_silence()
    server.forget_silence()


@pytest.fixture(autouse=True)
def _rows_are_locked_in_one_order(request: pytest.FixtureRequest) -> Iterator[None]:
    """In every test that writes to the database by the system's own use cases."""
    if SERVER_URL is None or not {"db", "transactional_db"} & set(request.fixturenames):
        yield  # SQLite locks no rows
        return
    request.getfixturevalue("transactional_db" if "transactional_db" in request.fixturenames else "db")
    from tests.lock_order import watched

    with watched() as order:
        yield
    assert order.problems == [], "see Locks in docs/architecture.md"


@pytest.fixture(autouse=True)
def _our_own_language() -> Iterator[None]:
    """What a request of the test switched to stays on in its thread, and is not for the next test."""
    yield
    translation.deactivate()


@pytest.fixture
def cantina(db: None) -> "SmallSet":
    """The cast's set 75290-1, of which tests ask for bag 14 and single pieces."""
    # Models cannot be imported yet where pytest reads this file.
    from tests.cast import small_set

    return small_set()


@pytest.fixture
def voices(db: None) -> None:
    """The voices of the letters, as `make run` loads them."""
    from tests.notifications.letters.kept_rows import load_kept_voices

    load_kept_voices()


@pytest.fixture(scope="session")
def stack_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Made by the first of the test processes that needs it; the others wait for it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    template = Template(shared / "template", server_url=SERVER_URL)
    with open(shared / "template.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.is_made:
            template.make()
    # The fixture removes nothing: a database goes with its server, the folder with pytest's own.
    return template


@pytest.fixture
def make_stack(
    broker: Broker,
    stack_template: Template,
    tmp_path: Path,
    django_db_blocker: Any,
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., Stack]]:
    """Makes the test's stack with settings of its own: `make_stack(JOB_LEASE_SECONDS="5")`. Once a test."""
    with contextlib.ExitStack() as exits:

        def make(**environment: str) -> Stack:
            exits.enter_context(django_db_blocker.unblock())
            stack = Stack(tmp_path / "var", broker=broker, template=stack_template, environment=environment)
            request.node.stash[STACK] = stack
            return exits.enter_context(stack.in_charge())

        yield make


@pytest.fixture
def stack(make_stack: Callable[..., Stack]) -> Stack:
    """Real processes on a copy of the sample's database. See tests/stack.py."""
    return make_stack()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Chromium as the system has it; without one browser tests are skipped, and fail where CI is set."""
    chromium = find_chromium()
    if chromium is None:
        reason = "no Chromium: neither chromium nor google-chrome is on PATH (apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return {**browser_type_launch_args, "executable_path": chromium, "args": CHROMIUM_OPTIONS}
