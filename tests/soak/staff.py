"""Staff by REST: packers with their walks and parcels, receivers of stock, service with its reviews."""

from typing import Any

from tests.soak.client import Client, Course
from tests.soak.memory import Answer

PARCELS_PER_WAVE = 8
BINS = ("Y-01-1-01", "Y-01-1-02", "Y-02-1-01")


class Packer(Client):
    """Takes orders that are ready on a walk, packs them against the scale, and hands them over."""

    def __init__(self, number: int, course: Course) -> None:
        super().__init__(f"packer-{number}", course)
        self.warehouse, self.lead = course.keys["warehouse"], course.keys["lead"]
        self.shipped: list[int] = []

    def act(self) -> None:
        ready = self.caller.get(
            "list ready", "/api/v1/orders/?ready=true&ordering=created_at&page_size=40", auth=self.warehouse
        )
        if ready is None or not ready.granted or len(ready.body["results"]) < 3:
            self.pause(0.5)
            return
        numbers = [each["number"] for each in ready.body["results"]]
        numbers = self.rng.sample(numbers, min(PARCELS_PER_WAVE, len(numbers)))
        wave = self._insist("make wave", "/api/v1/waves/", {"orders": numbers}, keyed=True)
        if wave is not None and wave["picks"]:
            self.walk(wave)
        self.pause(self.rng.uniform(0.5, 2.0))

    def walk(self, wave: dict[str, Any]) -> None:
        path = f"/api/v1/waves/{wave['id']}/"
        for pick in wave["picks"]:
            self.take(path, pick)
        read = self.caller.get("read wave", path, auth=self.warehouse)
        if read is not None and read.granted:
            for each in read.body["put_backs"]:
                self._insist("put back", f"{path}put-backs/{each['id']}/", {})
            for pick in read.body["picks"]:  # where a short pick made another stop
                if pick["id"] not in {each["id"] for each in wave["picks"]}:
                    self.take(path, pick)
        for shipment in wave["shipments"]:
            self.pack(shipment["id"])
        if self.rng.random() < 0.3:
            self.print_papers(path)
        while len(self.shipped) > 3:
            self.deliver(self.shipped.pop(0))

    def take(self, path: str, pick: dict[str, Any]) -> None:
        body = {"quantity": pick["quantity"]}
        if self.rng.random() < 0.03:
            body = {
                "quantity": pick["quantity"] - 1,
                "short_reason": self.rng.choice(("not_found", "damaged")),
            }
        self._insist("pick", f"{path}picks/{pick['id']}/", body)

    def pack(self, shipment_id: int) -> None:
        path = f"/api/v1/shipments/{shipment_id}/"
        shipment = self.caller.get("read parcel", path, auth=self.warehouse)
        if shipment is None or not shipment.granted:
            return
        weight = shipment.body["expected_weight_mg"] or 50_000
        packed = self._insist(
            "pack", f"{path}pack/", {"weight_mg": weight, "override_reason": "by hand"}, auth=self.lead
        )
        if packed is None or self.rng.random() < 0.05:
            return  # an order that was cancelled meanwhile, or a parcel that stays for a while
        if self.rng.random() < 0.2:
            self.caller.get("print parcel", f"{path}papers/all.pdf", auth=self.warehouse)
        if self._insist("ship", f"{path}ship/", {"carrier": "Post"}):
            self.shipped.append(shipment_id)

    def print_papers(self, path: str) -> None:
        run = self._insist("print wave", f"{path}papers/", {})
        for _ in range(10):
            if run is None or run["finished_at"] or self.course.closing.wait(0.5):
                break
            read = self.caller.get("read print", f"{path}papers/{run['id']}/", auth=self.warehouse)
            run = read.body if read is not None and read.granted else run
        if run is not None and run["finished_at"]:
            self.caller.get("fetch print", f"{path}papers/{run['id']}.pdf", auth=self.warehouse)

    def deliver(self, shipment_id: int) -> None:
        ends = ("deliver", "deliver", "deliver", "return")
        end = self.rng.choice(ends)
        self._insist(end, f"/api/v1/shipments/{shipment_id}/{end}/", {})

    def _insist(self, operation: str, path: str, body: Any, *, keyed: bool = False, auth: str = "") -> Any:
        """The body of the answer where it was granted."""
        answer = self.caller.insist(operation, path, body, auth=auth or self.warehouse, keyed=keyed)
        return answer.body if answer is not None and answer.granted else None


class Receiver(Client):
    """Puts what arrives on the shelves: what lines wait for, and packed bags of the sets that are asked for."""

    def __init__(self, course: Course) -> None:
        super().__init__("receiver", course)
        self.auth = course.keys["warehouse"]
        self.bags = [
            (set_num, label) for set_num, labels in course.catalogue.bags.items() for label in labels
        ]
        self.packed: list[str] = []

    def act(self) -> None:
        if len(self.packed) < len(self.bags):
            self._look_up(*self.bags[len(self.packed)])
            return
        work = self.caller.get("see what waits", "/api/v1/work/", auth=self.auth)
        if work is not None and work.granted:
            for short in work.body["short"][: self.rng.randint(0, 6)]:
                self._arrive(short["sku"], short["quantity"] + self.rng.randint(0, 3))
        if self.rng.random() < 0.4:
            lines = [
                {"sku": sku, "bin": self.rng.choice(BINS), "quantity": self.rng.randint(1, 6)}
                for sku in self.rng.sample(self.packed, 4)
            ]
            self._insist("deliver stock", "/api/v1/stock/batches/", {"mode": "received", "lines": lines})
        if self.rng.random() < 0.3:
            self._correct(self.rng.choice(self.packed))
        self.pause(self.rng.uniform(0.3, 1.0))

    def _look_up(self, set_num: str, label: str) -> None:
        """A bag that was never in stock is known from its first look-up on."""
        levels = self._levels(set_num, label)
        if levels:
            self.packed.append(levels[0]["sku"])

    def _levels(self, set_num: str, label: str) -> list[dict[str, Any]]:
        path = f"/api/v1/stock/?set_num={set_num}&bag={label}"
        answer = self.caller.get("look up stock", path, auth=self.auth)
        levels: list[dict[str, Any]] = answer.body["results"] if answer is not None and answer.granted else []
        return levels

    def _arrive(self, sku: str, quantity: int) -> None:
        body = {"sku": sku, "bin": self.rng.choice(BINS), "delta": quantity, "reason": "received"}
        self._insist("enter stock", "/api/v1/stock/movements/", body)

    def _correct(self, sku: str) -> None:
        """Count, move or take out some of an item: refusals are as welcome as success."""
        levels = self._levels(*self.bags[self.packed.index(sku)])
        level = self.rng.choice(levels) if levels else {"on_hand": 0}
        if not level["on_hand"]:
            return
        place = {"sku": sku, "bin": level["bin"]}
        what = self.rng.choice(("move", "count", "take out"))
        if what == "move":
            to_bin = self.rng.choice([bin_ for bin_ in BINS if bin_ != level["bin"]])
            body = {"sku": sku, "from_bin": level["bin"], "to_bin": to_bin, "quantity": 1}
            self._insist("move stock", "/api/v1/stock/moves/", body)
        elif what == "count":
            counted = max(0, level["on_hand"] + self.rng.randint(-1, 1))
            self._insist("count stock", "/api/v1/stock/counts/", {**place, "counted": counted})
        else:
            self._insist(
                "take out stock", "/api/v1/stock/movements/", {**place, "delta": -1, "reason": "adjusted"}
            )

    def _insist(self, operation: str, path: str, body: Any) -> None:
        self.caller.insist(operation, path, body, auth=self.auth, keyed=True)


class Service(Client):
    """Reviews what waits for a person, and sees to letters and mails."""

    def __init__(self, course: Course) -> None:
        super().__init__("service", course)
        self.auth = course.keys["service"]

    def act(self) -> None:
        self._review()
        self._returned()
        self._letters()
        if self.rng.random() < 0.03:
            self._correct_bag()
        self.caller.get("read reports", "/api/v1/reports/", auth=self.course.keys["quality"])
        self.pause(self.rng.uniform(0.5, 1.5))

    def _review(self) -> None:
        waiting = self._list(
            "list reviews", "/api/v1/orders/?state=in_review&ordering=created_at&page_size=10"
        )
        for order in waiting:
            path = f"/api/v1/orders/{order['number']}/"
            decision = "approve" if self.rng.random() < 0.7 else "decline"
            answer = self._insist(decision, f"{path}review/", {"decision": decision})
            if answer is not None and answer.code == "described_only":
                set_num = order["set"]["set_num"]
                lines = [{"bag": self.rng.choice(self.course.catalogue.bags[set_num])}]
                self._insist("identify", f"{path}identify/", {"lines": lines})

    def _returned(self) -> None:
        for parcel in self._list(
            "list returned", "/api/v1/shipments/?status=returned&page_size=10", self.course.keys["lead"]
        ):
            what = self.rng.choice(("send-again", "send-again", "close", ""))
            if what:
                self._insist(what.replace("-", " "), f"/api/v1/orders/{parcel['order']}/{what}/", {})

    def _letters(self) -> None:
        for letter in self._list("list held letters", "/api/v1/letters/waiting/?page_size=3"):
            number = letter["order"]
            self._insist("release letter", f"/api/v1/orders/{number}/letter/release/", {})
        for order in self._list("list orders", "/api/v1/orders/?page_size=3"):
            mails = self._list("list mails", f"/api/v1/orders/{order['number']}/mails/")
            if mails and self.rng.random() < 0.1:
                mail = f"/api/v1/orders/{order['number']}/mails/{mails[0]['id']}/send-again/"
                self.caller.post("mail again", mail, auth=self.auth)
            if self.rng.random() < 0.05:
                self._insist("renew link", f"/api/v1/orders/{order['number']}/link/", {})

    def _list(self, operation: str, path: str, auth: str = "") -> list[dict[str, Any]]:
        answer = self.caller.get(operation, path, auth=auth or self.auth)
        if answer is None or not answer.granted:
            return []
        found: Any = answer.body
        results: list[dict[str, Any]] = found.get("results") or found.get("mails") or []
        return results

    def _correct_bag(self) -> None:
        """The catalogue had a quantity wrong: what waits for this bag needs another one from now on."""
        set_num = self.rng.choice(sorted(self.course.catalogue.bags))
        label = self.rng.choice(self.course.catalogue.bags[set_num])
        rows = self._list("read bag", f"/api/v1/sets/{set_num}/pieces/?bag={label}&page_size=100")
        if not rows or len(rows) == 100:
            return
        new = [
            {"part_num": row["part_num"], "color_id": row["color"]["id"], "quantity": row["quantity"]}
            for row in rows
            if not row["is_spare"]
        ]
        wrong = self.rng.choice(new)
        wrong["quantity"] = max(1, wrong["quantity"] + self.rng.choice((-1, 1)))
        path = f"/api/v1/sets/{set_num}/bags/{label}/"
        self._insist("correct bag", path, {"rows": new, "reason": "counted"})

    def _insist(self, operation: str, path: str, body: Any) -> Answer | None:
        return self.caller.insist(operation, path, body, auth=self.auth)
