"""Programs correct the catalogue: bags, facts, weights, corrections taken back; an import after its dry run."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from catalog.importing.uploads import folder_of
from catalog.models import Bag, Content, ImportRun, Set
from tests.api.callers import Caller
from tests.cast import SmallSet

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(works_as: Callable[[str], Caller]) -> Caller:
    return works_as("service")


def test_bag_is_entered_once_and_then_corrected(cantina: SmallSet, desk: Caller) -> None:
    entry = {"label": "15", "rows": [{"part_num": "3070b", "color_id": 19, "quantity": 2}]}
    entered = desk.post("sets/75290-1/bags/", entry)
    assert entered.status == 201
    assert {"label": "15", "num_pieces": 2} in entered.json["bags"]
    assert desk.post("sets/75290-1/bags/", entry).is_refused(409, "bag_contents_known")
    wrong = desk.post("sets/75290-1/bags/", {"label": "16", "rows": [{"element_id": "1", "quantity": 1}]})
    assert wrong.problems == {("/rows/0", "unknown_piece")}
    corrected = desk.post("sets/75290-1/bags/15/", {"rows": [{"element_id": "300121", "quantity": 1}]})
    assert {"label": "15", "num_pieces": 1} in corrected.json["bags"]
    assert Content.objects.filter(piece=cantina.tan, bag=None).exists()
    gone = desk.post("sets/75290-1/bags/15/", {"rows": []})
    assert all(bag["label"] != "15" for bag in gone.json["bags"])
    assert desk.post("sets/75290-1/bags/99/", {"rows": []}).is_refused(404, "not_found")
    assert Bag.objects.filter(label="15", retired_at__isnull=False).exists()


def test_facts_of_a_set_are_corrected_and_taken_back(cantina: SmallSet, desk: Caller) -> None:
    (made,) = desk.post("sets/75290-1/corrections/", {"year": 2021, "reason": "The box"}).json["made"]
    assert (made["before"], made["after"], made["holds"]) == (2020, 2021, True)
    assert desk.post("sets/75290-1/corrections/", {"year": 2021}).json["made"] == []
    assert desk.post("sets/75290-1/corrections/", {"bags_known": "yes"}).problems == {
        ("/bags_known", "wrong_type")
    }
    assert desk.post("sets/75290-1/corrections/", {"theme": 9}).problems == {("/theme", "unknown_theme")}
    assert desk.post("sets/1-1/corrections/", {}).is_refused(404, "not_found")
    taken = desk.post(f"corrections/{made['id']}/take-back/").json
    assert (taken["before"], taken["after"]) == (2021, 2020)
    assert Set.objects.get().year == 2020
    assert desk.post(f"corrections/{made['id']}/take-back/").is_refused(409, "not_in_force")


def test_weight_is_corrected_and_corrections_are_filtered(cantina: SmallSet, desk: Caller) -> None:
    weight = {"part_num": "3001", "color_id": 4, "weight_mg": 2_500}
    (made,) = desk.post("corrections/weights/", weight).json["made"]
    assert (made["field"], made["after"]) == ("weight", [2500, "measured"])
    desk.post("sets/75290-1/corrections/", {"num_parts": 13})
    queries: dict[str, dict[str, str]] = {
        "all": {},
        "set": {"set_num": "75290"},
        "piece": {"part_num": "3001", "color_id": "4"},
        "other": {"set_num": "1-1"},
    }
    listed = {
        name: [row["field"] for row in desk.get("corrections/", None, **query).json["results"]]
        for name, query in queries.items()
    }
    assert listed == {
        "all": ["num_parts", "weight"],
        "set": ["num_parts"],
        "piece": ["weight"],
        "other": [],
    }
    assert desk.post("corrections/weights/", weight | {"color_id": 99}).is_refused(404, "not_found")


def test_dry_run_is_repeated_as_an_import_once_for_each_key(works_as: Callable[[str], Caller]) -> None:
    now, lead = timezone.now(), works_as("lead")
    run = ImportRun.objects.create(
        state="done", dry_run=True, folder="dry", files={"sets.csv": 1}, created_at=now, finished_at=now
    )
    path = f"imports/{run.pk}/repeat/"
    assert lead.post(path).is_refused(409, "files_gone")
    folder_of(run).mkdir(parents=True)
    (folder_of(run) / "sets.csv").write_text("x")
    first = lead.post(path, headers={"Idempotency-Key": "k"})
    assert (first.status, first.json["dry_run"], first.json["state"]) == (201, False, "open")
    assert lead.post(path, headers={"Idempotency-Key": "k"}).json == first.json
    assert lead.post(path).is_refused(409, "import_running")
    assert lead.get(f"{path[:-7]}report/").is_refused(404, "not_found")
