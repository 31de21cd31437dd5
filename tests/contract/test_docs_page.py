"""The page that shows the API, in a real browser: from our own host, and without inline script."""

from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.once]


def test_docs_show_every_operation_and_ask_no_other_host(page: Page, live_server: LiveServer) -> None:
    complaints: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(request.url.split("/api/")[0].split("/static/")[0]))
    response = page.goto(f"{live_server.url}/api/docs/")
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    document = yaml.safe_load((Path(__file__).parent / "openapi.yaml").read_text())
    expect(page.locator(".opblock")).to_have_count(sum(map(len, document["paths"].values())))
    page.locator("#operations-orders-createOrder .opblock-summary-control").click()
    expect(page.locator("#operations-orders-createOrder")).to_contain_text("As little as possible")
    expect(page.locator("#operations-orders-createOrder")).to_contain_text("B14-7K2M-9QX3")
    assert complaints == []
    assert {host for host in hosts if not host.startswith("data:")} == {live_server.url}
