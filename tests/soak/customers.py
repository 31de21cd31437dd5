"""Customers: they place orders by API and page, look at them, and change their minds."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.mail_server import MailServer
from tests.soak.client import Client, Course
from tests.soak.memory import Answer, Wish

PROOF = re.compile(r"/erase/\?proof=(\S+)")
STREETS = ("Main St", "Oak Ave", "Elm St", "Lake Rd")
LANGUAGES = ("en", "en", "es", "fa")
REASONS = ("missing", "lost", "damaged")
OWN_ORDERS = 40  # a customer thread looks after its latest orders
MOST_MEANT = 5  # lines that words may mean
LOOKS_PER_ORDER = 1.2  # so that looking does not keep new orders out


class Pace:
    """So many orders a second, all customers together; after an outage they catch up."""

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._placed = 0

    def take(self) -> bool:
        """Whether an order may be placed now."""
        with self._lock:
            if self._placed < (time.monotonic() - self._began) * self.per_second:
                self._placed += 1
                return True
            return False


class Customer(Client):
    def __init__(self, number: int, course: Course, *, pace: Pace, mail: MailServer) -> None:
        super().__init__(f"customer-{number}", course)
        self.pace = pace
        self.mail = mail
        self.orders: list[Wish] = []
        self.asked_to_erase: list[Wish] = []
        self._count = self._looks = 0

    def act(self) -> None:
        if self.pace.take():
            self.place()
        elif self.orders and self._looks < LOOKS_PER_ORDER * self._count:
            self._looks += 1
            self.look_after(self.rng.choice(self.orders[-OWN_ORDERS:]))
        else:
            self.pause(0.1)

    def place(self) -> None:
        self._count += 1
        email = f"{self.name}-{self._count}@example.com"
        ways: list[Callable[[str], Wish]] = [
            self.by_key,
            self.by_key,
            self.as_stranger,
            self.once,
            self.by_page,
        ]
        wish = self.rng.choice(ways)(email)
        if wish.number:
            self.orders.append(wish)

    # --- placing -----------------------------------------------------------------------------------------------------

    def by_key(self, email: str) -> Wish:
        """A shop's program with an API key, which sends again until it is answered."""
        return self._insisting(email, self.course.keys["lead"])

    def as_stranger(self, email: str) -> Wish:
        return self._insisting(email, "")

    def _insisting(self, email: str, auth: str) -> Wish:
        wish = self._wish(email, again=True)
        body = self.request_body(email)
        answer = self.caller.insist("place", "/api/v1/orders/", body, auth=auth, keyed=True)
        self._note_placed(wish, answer)
        return wish

    def once(self, email: str) -> Wish:
        """Without a key: who gets no answer cannot know, and does not send it again."""
        wish = self._wish(email, again=False)
        self._note_placed(
            wish, self.caller.post("place without key", "/api/v1/orders/", self.request_body(email))
        )
        return wish

    def in_words(self, email: str) -> Wish:
        """What is missing is described; service finds out which lines are meant."""
        wish = self._wish(email, again=True)
        body = self.request_body(email) | {"lines": [], "described": "The wheels of the landspeeder"}
        wish.lines_unanswered = MOST_MEANT
        self._note_placed(wish, self.caller.insist("place in words", "/api/v1/orders/", body, keyed=True))
        return wish

    def by_page(self, email: str) -> Wish:
        wish = self._wish(email, again=True)
        body = self.request_body(email)
        form: dict[str, Any] = {
            "action": "place",
            "nonce": f"n{self.rng.getrandbits(96):024x}",
            "name": body["customer"]["name"],
            "email": email,
            "language": body["customer"]["language"],
            "bag_reason": "missing",
            "bag": [line["bag"] for line in body["lines"] if "bag" in line] or [self._a_bag(body["set_num"])],
            **body["address"],
        }
        answer = self.caller.insist("place by page", f"/sets/{body['set_num']}/request/", form=form)
        if answer is not None and answer.status in (302, 303):
            link = urlsplit(answer.location)
            number = link.path.strip("/").split("/")[1]
            token = parse_qs(link.query).get("token", [""])[0]
            answer = Answer(201, {"number": number, "token": token, "lines": form["bag"]})
        elif answer is not None and answer.status == 200:
            answer = Answer(400, code="the form was shown again")
        self._note_placed(wish, answer)
        return wish

    def _wish(self, email: str, *, again: bool) -> Wish:
        wish = Wish(email, again)
        self.course.memory.note_wish(wish)
        return wish

    def _note_placed(self, wish: Wish, answer: Answer | None) -> None:
        if answer is None:
            return
        with self.course.memory.changing():
            if answer.status != 201:
                wish.refused = f"{answer.status} {answer.code}"
            elif wish.number and wish.number != answer.body["number"]:
                wish.others.add(answer.body["number"])
            else:
                wish.number, wish.token = answer.body["number"], answer.body["token"]
                wish.lines = len(answer.body["lines"])

    def request_body(self, email: str) -> dict[str, Any]:
        set_num = self.rng.choice(sorted(self.course.catalogue.bags))
        lines: list[dict[str, Any]] = [
            {"bag": label} for label in self._bags(set_num, many=self.rng.random() < 0.03)
        ]
        if not lines or self.rng.random() < 0.5:
            pieces = self.course.catalogue.pieces[set_num]
            chosen = self.rng.sample(pieces, self.rng.randint(1, 2))
            lines += [{**piece, "quantity": 1, "reason": self.rng.choice(REASONS)} for piece in chosen]
        return {
            "set_num": set_num,
            "lines": lines,
            "customer": {"name": "Jo Doe", "email": email, "language": self.rng.choice(LANGUAGES)},
            "address": self.address(),
        }

    def address(self) -> dict[str, str]:
        line1 = f"{self.rng.randint(1, 10**6)} {self.rng.choice(STREETS)}"
        place = {"city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US"}
        return {"line1": line1, **place}

    def _bags(self, set_num: str, *, many: bool) -> list[str]:
        """One bag or none as a rule; many of them need a review."""
        labels = self.course.catalogue.bags[set_num]
        return self.rng.sample(labels, min(len(labels), 5 if many else int(self.rng.random() < 0.7)))

    def _a_bag(self, set_num: str) -> str:
        return self.rng.choice(self.course.catalogue.bags[set_num])

    # --- afterwards --------------------------------------------------------------------------------------------------

    def look_after(self, wish: Wish) -> None:
        if wish in self.asked_to_erase and not wish.erased:
            self.erase(wish)
            return
        looks: list[Callable[[Wish], None]] = [self.read, self.read_page, self.read_letter, self.expect]
        changes: list[Callable[[Wish], None]] = [
            self.move_house,
            self.add_lines,
            self.mark_found,
            self.cancel,
            self.ask_for_link,
            self.ask_to_erase,
            self.ask_again,
        ]
        weights = [3, 3, 2, 1, 4, 3, 1]
        if self.rng.random() < 0.6:
            self.rng.choice(looks)(wish)
        else:
            self.rng.choices(changes, weights)[0](wish)

    def read(self, wish: Wish) -> None:
        self.caller.get("read", self._path(wish), auth=self._auth(wish))

    def read_page(self, wish: Wish) -> None:
        self.caller.get("read by page", f"/orders/{wish.number}/?token={wish.token}")

    def read_letter(self, wish: Wish) -> None:
        self.caller.get("read letter", self._path(wish, "letter/"), auth=self._auth(wish))
        if self.rng.random() < 0.1:
            self.caller.get("print letter", self._path(wish, "letter.pdf"), auth=self._auth(wish))

    def expect(self, wish: Wish) -> None:
        self.caller.get("expect", self._path(wish, "expected/"), auth=self._auth(wish))

    def move_house(self, wish: Wish) -> None:
        self._insist("change address", wish, "address/", self.address())

    def add_lines(self, wish: Wish) -> None:
        read = self.caller.get("read", self._path(wish), auth=self._auth(wish))
        if read is None or not read.granted:
            return
        piece = self.rng.choice(self.course.catalogue.pieces[read.body["set"]["set_num"]])
        answer = self._insist("add lines", wish, "lines/", {"lines": [{**piece, "quantity": 1}]}, keyed=True)
        with self.course.memory.changing():
            if answer is None:
                wish.lines_unanswered += 1
            elif answer.status == 201:
                wish.lines += 1

    def mark_found(self, wish: Wish) -> None:
        read = self.caller.get("read", self._path(wish), auth=self._auth(wish))
        if read is not None and read.granted and len(read.body["lines"]) > 1:
            line = self.rng.choice(read.body["lines"])
            self._insist("mark found", wish, f"lines/{line['id']}/found/")

    def cancel(self, wish: Wish) -> None:
        answer = self._insist("cancel", wish, "cancel/")
        if answer is not None and answer.status == 200:
            wish.cancelled = True

    def ask_for_link(self, wish: Wish) -> None:
        self.caller.insist(
            "ask for link", "/api/v1/order-links/", {"number": wish.number, "email": wish.email}
        )

    def ask_to_erase(self, wish: Wish) -> None:
        answer = self._insist("ask to erase", wish, "data-requests/", {"purpose": "erase"})
        if answer is not None and answer.status == 202:
            self.asked_to_erase.append(wish)

    def erase(self, wish: Wish) -> None:
        """With the proof from the mail, once it is there."""
        proofs = [
            found.group(1)
            for message in self.mail.sent_to(wish.email)
            for part in message.walk()
            if part.get_content_type() == "text/plain"
            and (found := PROOF.search(part.get_content()))
            and wish.number in part.get_content()
        ]
        if not proofs:
            return
        self.asked_to_erase.remove(wish)
        wish.erasing = True
        answer = self.caller.insist("erase", self._path(wish, "erase/"), {"proof": proofs[-1]})
        # Sent again after an erasure whose answer was lost, it finds nothing any more.
        wish.erased = answer is not None and answer.status == 200

    def ask_again(self, wish: Wish) -> None:
        self._insist("follow up", wish, "follow-up/", {"trouble": "still_wrong"}, keyed=True)

    def _insist(
        self, operation: str, wish: Wish, path: str, body: Any = None, *, keyed: bool = False
    ) -> Answer | None:
        return self.caller.insist(operation, self._path(wish, path), body, auth=self._auth(wish), keyed=keyed)

    def _path(self, wish: Wish, rest: str = "") -> str:
        return f"/api/v1/orders/{wish.number}/{rest}"

    def _auth(self, wish: Wish) -> str:
        return f"Order {wish.token}"
