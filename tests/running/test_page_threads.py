"""The threads that serve pages: no caller holds the last of them, and a process whose pages hang shows no life."""

import asyncio
import threading
import time
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core import signing

from accounts.login_throttle import has_known_browser
from config.web import buffered_wsgi
from config.web.buffered_wsgi import BufferedWSGI
from config.web.lanes import Busy, Lane


def test_a_caller_whose_requests_wait_for_a_row_holds_up_no_other() -> None:
    """Four cancels of one held order; the page of another caller comes in between."""
    row = threading.Event()

    async def story() -> float:
        lane = Lane("test", threads=4, longest=50)
        waiting = [asyncio.create_task(lane.run("one", lambda: row.wait(5))) for _ in range(8)]
        await asyncio.sleep(0.05)
        began = time.monotonic()
        await lane.run("another", lambda: None)
        took = time.monotonic() - began
        row.set()
        await asyncio.gather(*waiting)
        return took

    assert asyncio.run(story()) < 1


def test_every_request_has_its_turn_and_no_thread_is_lost() -> None:
    async def story() -> list[int]:
        lane = Lane("test", threads=3, longest=500)
        done: list[int] = []

        def work(number: int) -> None:
            time.sleep(0.002)
            done.append(number)

        first = [lane.run(f"caller {number % 4}", partial(work, number)) for number in range(100)]
        await asyncio.gather(*first)
        await asyncio.gather(*(lane.run("alone", partial(work, number)) for number in range(20)))
        assert lane._free == 3
        assert not lane._held
        return done

    done = asyncio.run(story())
    assert sorted(done[:100]) == list(range(100))
    assert sorted(done[100:]) == list(range(20))


def test_one_caller_alone_uses_all_threads_but_one() -> None:
    most, now = 0, 0
    counting = threading.Lock()

    def work() -> None:
        nonlocal most, now
        with counting:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with counting:
            now -= 1

    async def story() -> None:
        lane = Lane("test", threads=4, longest=50)
        await asyncio.gather(*(lane.run("one", work) for _ in range(12)))

    asyncio.run(story())
    assert most == 3


@pytest.mark.parametrize(("stuck_after", "shows"), [(60.0, True), (0.1, False)])
def test_a_process_whose_page_hangs_shows_no_sign_of_life(
    monkeypatch: pytest.MonkeyPatch, stuck_after: float, shows: bool
) -> None:
    monkeypatch.setattr(buffered_wsgi, "LIFE_SECONDS", 0.05)
    monkeypatch.setattr(buffered_wsgi, "STUCK_SECONDS", stuck_after)
    signs: list[float] = []

    async def story() -> None:
        def application(environ: Any, start_response: Any) -> list[bytes]:
            return []

        server = BufferedWSGI(application, threads=2, show_life=lambda: signs.append(time.monotonic()))
        server.__rsgi_init__(asyncio.get_running_loop())
        hanging = asyncio.create_task(server._pages.run("one", lambda: time.sleep(0.8)))
        await asyncio.sleep(0.4)
        signs.clear()
        await asyncio.sleep(0.3)
        assert bool(signs) is shows
        await hanging
        await asyncio.sleep(0.2)
        assert signs, "it shows life again when the page has ended"

    asyncio.run(story())


def test_a_flood_of_sign_ins_keeps_no_known_browser_waiting() -> None:
    """Twenty addresses fill the strangers' lane; a browser that is known has another."""

    async def story() -> None:
        door = BufferedWSGI(
            lambda environ, start: [],
            slow_paths=lambda path: path == "/sign-in/",
            is_known=lambda cookies: cookies == "device=ours",
        )
        scope = SimpleNamespace(path="/sign-in/", method="POST")
        strangers = door._lane_of(scope, {"HTTP_COOKIE": "device=forged"})
        ours = door._lane_of(scope, {"HTTP_COOKIE": "device=ours"})
        assert door._lane_of(scope, {}) is strangers
        hashing = threading.Event()
        flood = [
            asyncio.create_task(strangers.run(f"address {number}", lambda: hashing.wait(5)))
            for number in range(20)
        ]
        await asyncio.sleep(0.05)
        began = time.monotonic()
        await ours.run("at her desk", lambda: None)
        assert time.monotonic() - began < 1
        hashing.set()
        assert any(isinstance(each, Busy) for each in await asyncio.gather(*flood, return_exceptions=True))

    asyncio.run(story())


def test_only_our_own_signature_makes_a_browser_known() -> None:
    sealed = signing.dumps({"a": "b"}, salt="accounts.device", compress=True)
    name = settings.DEVICE_COOKIE_NAME
    assert has_known_browser(f"x=1; {name}={sealed}")
    for forged in ("", "x", f"{sealed}x", signing.dumps({"a": "b"}, salt="another")):
        assert not has_known_browser(f"{name}={forged}")
    assert not has_known_browser("")
