"""A customer at a browser: opens pages, types, presses, and looks whether anything is wrong with what is shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page, Request, Route

from core.jobs import claim_job
from core.models import Job
from orders.allocation.fulfilment import fulfil_order
from orders.letters.writing import write_letter
from orders.models import Order

ADDRESS = {
    "name": "John",
    "email": "john@example.com",
    "line1": "1 Main St",
    "city": "Springfield",
    "region": "Illinois",
    "postal_code": "62701",
}

# In the dark only the contrast can differ.
SCHEMES: tuple[tuple[Literal["light", "dark"], list[str] | None], ...] = (
    ("light", None),
    ("dark", ["color-contrast"]),
)


@dataclass
class Customer:
    """A customer at a page. `script` says whether the browser runs scripts."""

    page: Page
    url: str
    script: bool
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    mirror: Page | None = None

    def __post_init__(self) -> None:
        own = urlsplit(self.url).netloc

        def note_strangers(request: Request) -> None:
            if urlsplit(request.url).netloc not in (own, ""):
                self.strangers.append(request.url)

        self.page.on("request", note_strangers)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def press(self, action: str) -> None:
        """Press the button of a form that stands for this action, and wait for the page that follows."""
        with self.page.expect_navigation():
            self.page.click(f".button[name=action][value='{action}'], .link-button[value='{action}']")

    def choose_country(self, code: str) -> None:
        """The address form follows: by itself with a script, by its button without."""
        if self.page.locator("#id_country").input_value() == code:
            return
        self.page.select_option("#id_country", code)
        if self.script:
            with self.page.expect_response(lambda response: response.request.method == "POST"):
                self.page.locator("#id_country").dispatch_event("change")
            self.page.wait_for_load_state("networkidle")
        else:
            self.press("country")

    def type_address(self, **changes: str) -> None:
        self.choose_country("US")
        for name, text in {**ADDRESS, **changes}.items():
            self.page.fill(f"[name={name}]", text)

    def ask_for_bag(self, label: str = "14", set_num: str = "75290-1") -> None:
        """From the set's page to the filled form."""
        self.open(f"/sets/{set_num}/")
        self.page.check(f"#choose input[name=bag][value='{label}']")
        with self.page.expect_navigation():
            self.page.locator("#choose .button[formaction]").first.click()
        assert self.page.is_checked(f"input[name=bag][value='{label}']")
        self.type_address()

    def place_bag(self, label: str = "14") -> Order:
        """The whole way; the order that came of it."""
        self.ask_for_bag(label)
        self.press("check")
        self.press("place")
        return Order.objects.latest("pk")

    def look(self) -> None:
        """Nothing is wrong with this page: to assistive technology, light and dark, and by its width."""
        self.fits()
        page = self.page if self.script else self._same_with_scripts()
        page.evaluate(AXE_SCRIPT)
        for scheme, rules in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            response = page.evaluate("options => axe.run(options)", _options(rules))
            results = AxeResults(response)
            assert results.violations_count == 0, f"{self.page.url} {scheme}\n{results.generate_report()}"
        page.emulate_media(color_scheme="light")

    def fits(self) -> None:
        """Nothing runs out of the page, and nothing was asked of another host."""
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.page.viewport_size["width"], f"{self.page.url} is {width} wide"  # type: ignore[index]
        assert not self.strangers, f"asked elsewhere: {self.strangers}"

    def _same_with_scripts(self) -> Page:
        """The page as it stands, shown once more where axe can run: in a browser that runs scripts.

        Its own scripts stay out, so that it remains what this customer sees.
        """
        if self.mirror is None:
            browser = self.page.context.browser
            assert browser is not None
            self.mirror = browser.new_context(viewport=self.page.viewport_size).new_page()
            self.mirror.route("**/*.js", lambda route: route.abort())
        html, url = self.page.content(), self.page.url.partition("#")[0]

        def answer(route: Route) -> None:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")

        self.mirror.route(url, answer)
        self.mirror.goto(url)
        self.mirror.unroute(url, answer)
        return self.mirror


def _options(rules: list[str] | None) -> dict[str, Any]:
    """What axe is to look at: everything, or these rules."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    return {**options, "runOnly": rules} if rules else options


def do_jobs(*kinds: str) -> None:
    """What the workers would do now."""
    handlers: dict[str, Callable[..., None]] = {"fulfil_order": fulfil_order, "write_letter": write_letter}
    for job in Job.objects.filter(kind__in=kinds or handlers, state="pending"):
        claim = claim_job(job.pk)
        if claim is not None:
            handlers[job.kind](claim)
