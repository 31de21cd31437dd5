"""Work that failed: staff see it, try it again, or give it up with a reason."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.jobs import KINDS, claim_job, run_job
from core.models import Job
from dashboard.wording import JOB_KINDS
from notifications import failed_work
from notifications.failed_work import PIECE, count_undone, lost_mails, replay_all, replay_piece
from notifications.models import Alarm, Message
from orders.mails import queue_mail
from orders.models import Order, PrintRun, Wave
from tests.cast import SmallSet, order_for, stock_piece
from tests.dashboard.pages import one_line

pytestmark = pytest.mark.django_db

LIST = "/dashboard/failed/"


def fail(kind: str, subject: object, **more: Any) -> Job:
    """A job that was set aside an hour ago and fails since yesterday."""
    now = timezone.now()
    fields = {
        "state": "failed",
        "reason": "fault",
        "due_at": now,
        "failing_since": now - timedelta(days=1),
        "failed_at": now - timedelta(hours=1),
        "attempts": 7,
        "last_error": "KeyError at fulfilment.py:66 fulfil_order",
        **more,
    }
    job, _ = Job.objects.update_or_create(
        kind=kind, subject=str(subject), defaults=fields, create_defaults=fields
    )
    return job


@pytest.fixture
def order(cantina: SmallSet) -> Order:
    return order_for()


@pytest.fixture
def bounced(order: Order) -> Message:
    """A mail whose address refused it: its job is done."""
    queue_mail(order, "waiting")
    Job.objects.filter(kind="send_message").update(state="done")
    Message.objects.update(state="bounced", last_error="refused: [550]")
    return Message.objects.get()


def page(client: Client, path: str = LIST) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return one_line(response.content.decode())


def test_a_job_that_failed_is_shown_with_its_order_its_reason_and_its_age(
    sandra: Client, order: Order
) -> None:
    fail("fulfil_order", order.pk)
    shown = page(sandra)
    assert f'href="/dashboard/orders/{order.number}/"' in shown
    for words in ("Reserve stock", "An error that waiting does not mend.", "24 h ago", "1 h ago", "7&times;"):
        assert words in shown


def test_where_it_failed_is_for_leads(sandra: Client, leo: Client, order: Order) -> None:
    job = fail("fulfil_order", order.pk)
    place = "KeyError at fulfilment.py:66"
    assert place in page(leo, f"{LIST}jobs/{job.pk}/")
    assert place not in page(sandra, f"{LIST}jobs/{job.pk}/")


def test_each_kind_leads_to_what_it_is_about(leo: Client, order: Order, cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 1)
    wave = Wave.objects.create(created_at=timezone.now())
    run = PrintRun.objects.create(wave=wave, requested_at=timezone.now(), file="a.pdf")
    queue_mail(order, "waiting")
    mail = Message.objects.get()
    subjects = {
        "write_letter": (order.pk, f"/dashboard/orders/{order.number}/"),
        "mail_waiting": (order.pk, f"/dashboard/orders/{order.number}/"),
        "mail_link": (f"{order.number}:{'0' * 40}", f"/dashboard/orders/{order.number}/"),
        "send_message": (mail.pk, f"/dashboard/orders/{order.number}/mails/{mail.pk}/"),
        "serve_waiting": (item.pk, f"/dashboard/stock/{item.pk}/"),
        "print_wave": (run.pk, f"/dashboard/waves/{wave.pk}/"),
        "import_catalog": (5, "/dashboard/catalog/imports/5/"),
        "retention": (3, "/dashboard/privacy/retention/"),
    }
    for kind, (subject, url) in subjects.items():
        Job.objects.exclude(state="pending").update(state="done")
        fail(kind, subject)
        assert f'href="{url}"' in page(leo), kind


def test_service_is_not_led_to_pages_of_others(sandra: Client, cantina: SmallSet) -> None:
    item = stock_piece(cantina.red, 1)
    fail("serve_waiting", item.pk)
    shown = page(sandra)
    assert "Brick 2 x 4, Red" in shown
    assert f"/dashboard/stock/{item.pk}/" not in shown


@pytest.mark.parametrize(
    "kind", ["send_message", "fulfil_order", "serve_waiting", "print_wave", "retired_kind"]
)
@pytest.mark.parametrize("subject", ["999999", "9" * 40, "x:<b>"])
def test_what_is_gone_or_strange_is_shown_all_the_same(leo: Client, kind: str, subject: str) -> None:
    job = fail(kind, subject)
    assert "<b>" not in page(leo)
    assert page(leo, f"{LIST}jobs/{job.pk}/")


def test_every_kind_of_job_has_a_name() -> None:
    assert KINDS.keys() - JOB_KINDS.keys() == set()


def test_replaying_makes_a_job_due_again(sandra: Client, order: Order) -> None:
    job = fail("fulfil_order", order.pk)
    assert "is being tried again" in one_line(
        sandra.post(f"{LIST}jobs/{job.pk}/again/", follow=True).content.decode()
    )
    job.refresh_from_db()
    assert (job.state, job.attempts, job.failed_at) == ("pending", 0, None)


def test_replaying_a_failed_mail_opens_the_mail_too(sandra: Client, order: Order) -> None:
    queue_mail(order, "waiting")
    Message.objects.update(state="failed")
    job = fail("send_message", Message.objects.get().pk)
    sandra.post(f"{LIST}jobs/{job.pk}/again/")
    assert Message.objects.get().state == "queued"
    assert Job.objects.get(pk=job.pk).state == "pending"


def test_a_bounced_mail_is_found_without_a_failed_job_and_tried_again(
    sandra: Client, bounced: Message
) -> None:
    shown = page(sandra, f"{LIST}?view=lost")
    assert "Its address, or the mail server there, refused it." in shown
    assert count_undone() == (0, 1)
    sandra.post(f"{LIST}mails/{bounced.pk}/again/")
    bounced.refresh_from_db()
    assert bounced.state == "queued"
    assert count_undone() == (0, 0)
    assert Job.objects.get(kind="send_message").state == "pending"


def test_a_bounced_mail_that_is_sent_again_is_no_longer_undone(
    sandra: Client, order: Order, bounced: Message
) -> None:
    sandra.post(f"/dashboard/orders/{order.number}/mails/{bounced.pk}/again/")
    assert count_undone() == (0, 0)
    assert "Sent again as another mail" in page(sandra, f"{LIST}?view=given-up")
    assert Message.objects.filter(state="queued").count() == 1


def test_giving_up_keeps_the_reason_and_who_and_can_be_undone(sandra: Client, order: Order) -> None:
    job = fail("write_letter", order.pk)
    give_up = f"{LIST}jobs/{job.pk}/give-up/"
    response = sandra.post(give_up, {"note": " "})
    assert response.status_code == 400
    assert "Type why it stays undone." in response.content.decode()
    sandra.post(give_up, {"note": "Maria moved abroad"})
    job.refresh_from_db()
    assert (job.state, job.note, job.decided_by) == ("given_up", "Maria moved abroad", "sandra")
    assert "No work has failed" in page(sandra)
    assert "Maria moved abroad" in page(sandra, f"{LIST}?view=given-up")
    assert "Given up by sandra." in page(sandra, f"{LIST}jobs/{job.pk}/")
    sandra.post(f"{LIST}jobs/{job.pk}/again/")
    job.refresh_from_db()
    assert (job.state, job.note, job.decided_by) == ("pending", "", "")


def test_a_lost_mail_is_given_up_too(sandra: Client, bounced: Message) -> None:
    sandra.post(f"{LIST}mails/{bounced.pk}/give-up/", {"note": "No such address"})
    assert count_undone() == (0, 0)
    assert "No such address" in page(sandra, f"{LIST}?view=given-up")
    job = Job.objects.get(kind="send_message")
    sandra.post(f"{LIST}jobs/{job.pk}/again/")
    bounced.refresh_from_db()
    assert bounced.state == "queued"


def test_what_has_not_failed_any_more_stays_as_it_is(sandra: Client, order: Order) -> None:
    job = fail("fulfil_order", order.pk, state="done")
    for action in ("again/", "give-up/"):
        answer = sandra.post(f"{LIST}jobs/{job.pk}/{action}", {"note": "x"}, follow=True)
        assert "It had not failed any more." in answer.content.decode()
    job.refresh_from_db()
    assert job.state == "done"


def test_work_that_no_program_does_is_not_made_due(sandra: Client) -> None:
    """It would be due for ever, and never be seen again."""
    job = fail("retired_kind", 1)
    sandra.post(f"{LIST}jobs/{job.pk}/again/")
    job.refresh_from_db()
    assert job.state == "failed"


# --- all of a kind --------------------------------------------------------------------------------------------------


def run_piece() -> bool:
    """One turn of the job that tries all again; whether there was one."""
    job = Job.objects.filter(kind="replay_failed", state="pending").first()
    if job is None:
        return False
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    run_job(job.pk, replay_piece)
    return True


def many(count: int, **more: Any) -> None:
    now = timezone.now()
    Job.objects.bulk_create(
        Job(
            kind="fulfil_order",
            subject=str(1_000_000 + each),
            state="failed",
            due_at=now,
            reason="fault",
            failing_since=now - timedelta(hours=2),
            failed_at=now - timedelta(hours=1, seconds=each),
        )
        for each in range(count)
    )


def test_all_of_a_kind_are_tried_again_a_piece_at_a_time(sandra: Client) -> None:
    many(2 * PIECE + 50)
    other = fail("write_letter", 1)
    sandra.post(f"{LIST}again/", {"kind": "fulfil_order"})
    assert Job.objects.filter(kind="fulfil_order", state="pending").count() == 0, "not in the request"
    assert "tried again, a piece at a time" in page(sandra)
    pieces = []
    while run_piece():
        due = Job.objects.filter(kind="fulfil_order", state="pending")
        pieces.append(due.count())
        due.update(state="done")
    assert pieces == [PIECE, PIECE, 50, 0]
    other.refresh_from_db()
    assert other.state == "failed"
    assert not Job.objects.filter(kind="replay_failed").exists()


def test_a_piece_waits_while_the_one_before_it_is_due(sandra: Client) -> None:
    """So an order that comes now waits behind one piece at most."""
    many(2 * PIECE)
    replay_all("fulfil_order")
    assert run_piece()
    assert run_piece()
    assert Job.objects.filter(kind="fulfil_order", state="pending").count() == PIECE


def test_what_fails_again_is_not_tried_for_ever(sandra: Client) -> None:
    many(3)
    replay_all("fulfil_order")
    runs = 0
    while run_piece():
        runs += 1
        Job.objects.filter(kind="fulfil_order", state="pending").update(
            state="failed", failed_at=timezone.now()
        )
    assert runs == 2
    assert Job.objects.filter(kind="fulfil_order", state="failed").count() == 3


def test_all_lost_mails_are_tried_again_once(sandra: Client, bounced: Message) -> None:
    sandra.post(f"{LIST}again/", {"kind": "lost_mails"})
    runs = 0
    while run_piece():
        runs += 1
        Job.objects.filter(kind="send_message").update(state="done")
        Message.objects.update(state="bounced", tries=runs)
    assert runs == 2
    assert count_undone() == (0, 1)


def test_asking_twice_is_the_same_as_once(sandra: Client) -> None:
    many(1)
    assert replay_all("fulfil_order")
    assert not replay_all("fulfil_order")
    answer = sandra.post(f"{LIST}again/", {"kind": "fulfil_order"}, follow=True)
    assert "being tried again already" in answer.content.decode()
    assert Job.objects.filter(kind="replay_failed").count() == 1


def test_a_kind_that_is_none_is_not_found(sandra: Client) -> None:
    assert sandra.post(f"{LIST}again/", {"kind": "drop_everything"}).status_code == 404


# --- the list -------------------------------------------------------------------------------------------------------


def test_the_list_is_paged_by_key_and_filtered_by_kind(sandra: Client) -> None:
    many(120)
    fail("write_letter", 1)
    assert "Reserve stock (120)" in page(sandra)
    seen: list[str] = []
    path = f"{LIST}?kind=fulfil_order"
    while path:
        rows, older = _rows_and_older(sandra, path)
        seen += rows
        # A row that is tried again meanwhile shifts nothing.
        Job.objects.filter(pk=rows[0]).update(state="done")
        path = f"{LIST}{older}" if older else ""
    assert len(seen) == len(set(seen)) == 120


def _rows_and_older(client: Client, path: str) -> tuple[list[str], str]:
    context = client.get(path).context
    return [str(row.job.pk) for row in context["rows"]], context["older"]


@pytest.mark.parametrize(
    "query",
    ["after=x", "after=2026-13-99T00:00:00Z_1", "after=2026-01-01T00:00:00_1", "after=_", "view=x&kind=%00"],
)
def test_a_place_that_is_none_is_the_start(sandra: Client, order: Order, query: str) -> None:
    fail("fulfil_order", order.pk)
    assert order.number in page(sandra, f"{LIST}?{query}")


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_takes_as_many_queries_for_many_as_for_one(
    leo: Client, cantina: SmallSet, django_assert_num_queries: Any, count: int
) -> None:
    item = stock_piece(cantina.red, 1)
    for _ in range(count):
        order = order_for()
        queue_mail(order, "waiting")
        fail("fulfil_order", order.pk)
        fail("mail_link", f"{order.number}:1")
        fail("send_message", Message.objects.latest("pk").pk)
    fail("serve_waiting", item.pk)
    with django_assert_num_queries(2 + 8):
        leo.get(LIST)


@pytest.mark.parametrize("count", [1, 20])
def test_lost_mails_take_as_many_queries_for_many_as_for_one(
    leo: Client, cantina: SmallSet, django_assert_num_queries: Any, count: int
) -> None:
    for _ in range(count):
        queue_mail(order_for(), "waiting")
    Job.objects.filter(kind="send_message").update(state="done")
    Message.objects.update(state="bounced")
    with django_assert_num_queries(2 + 5):
        leo.get(f"{LIST}?view=lost")


# --- where people look ----------------------------------------------------------------------------------------------


def test_home_counts_it_for_service_and_leads(
    sandra: Client, leo: Client, paula: Client, quinn: Client, order: Order, bounced: Message
) -> None:
    assert "failed" not in page(paula, "/dashboard/")
    for client in (sandra, leo):
        assert "job failed" not in page(client, "/dashboard/")
    fail("fulfil_order", order.pk)
    for client in (sandra, leo):
        shown = page(client, "/dashboard/")
        assert "1 job failed." in shown
        assert "1 mail did not arrive." in shown
        assert f'href="{LIST}"' in shown
    for other in (paula, quinn):
        assert "job failed" not in page(other, "/dashboard/")


def test_home_counts_no_more_than_it_needs(sandra: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failed_work, "MOST_COUNTED", 3)
    many(5)
    assert count_undone() == (3, 0)


def test_an_orders_page_shows_what_failed_of_it(sandra: Client, paula: Client, order: Order) -> None:
    path = f"/dashboard/orders/{order.number}/"
    assert "this failed" not in page(sandra, path)
    jobs = [fail("fulfil_order", order.pk), fail("mail_link", f"{order.number}:{'0' * 40}")]
    fail("fulfil_order", order_for().pk)
    shown = page(sandra, path)
    assert shown.count("this failed") == 2
    assert all(f'href="{LIST}jobs/{job.pk}/"' in shown for job in jobs)
    assert "Ask service." in page(paula, path)


def test_a_lost_mail_on_an_orders_page_leads_to_what_can_be_done(
    sandra: Client, order: Order, bounced: Message
) -> None:
    assert f'href="{LIST}mails/{bounced.pk}/"' in page(sandra, f"/dashboard/orders/{order.number}/")
    assert "ask the customer for another one" in page(sandra, f"{LIST}mails/{bounced.pk}/")


def test_a_failed_mail_leads_to_its_job(sandra: Client, order: Order, bounced: Message) -> None:
    job = fail("send_message", bounced.pk)
    assert sandra.get(f"{LIST}mails/{bounced.pk}/")["Location"] == f"{LIST}jobs/{job.pk}/"
    assert not lost_mails().exists()


def test_the_failed_job_of_a_job_that_replays_is_seen_too(sandra: Client) -> None:
    fail("replay_failed", f"fulfil_order:{timezone.now().isoformat()}")
    assert "Try failed work again" in page(sandra)


def test_a_replayed_job_runs(cantina: SmallSet, sandra: Client, order: Order) -> None:
    job = fail("fulfil_order", order.pk)
    sandra.post(f"{LIST}jobs/{job.pk}/again/")
    assert claim_job(job.pk) is not None


def test_home_names_the_parts_that_are_not_well(sandra: Client, paula: Client) -> None:
    since = timezone.now() - timedelta(hours=3)
    Alarm.objects.create(name="disk", since=since, told_at=since)
    Alarm.objects.create(name="beat", since=since, told_at=since, over_at=since)
    Alarm.objects.create(name="work", since=since)
    shown = page(sandra, "/dashboard/")
    assert "Not well:</strong> disk (for 3 h)." in shown
    assert "beat (" not in shown
    assert "work (" not in shown
    assert "Not well" not in page(paula, "/dashboard/")
