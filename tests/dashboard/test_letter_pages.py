"""Service reads, changes and releases letters, and reads the mails."""

import dataclasses
from html import unescape

import pytest
from django.test import Client

from core.jobs import claim_job
from core.models import Job
from notifications.models import Message
from orders.letters import writing
from orders.links import order_token
from orders.models import Letter, LetterVersion, Order
from tests.cast import JOHN, SmallSet, order_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices")]


def written(order: Order) -> Order:
    Job.objects.filter(kind="write_letter", subject=str(order.pk)).update(state="pending")
    claim = claim_job(Job.objects.get(kind="write_letter", subject=str(order.pk)).pk)
    assert claim is not None
    writing.write_letter(claim)
    return order


def typed(sandra: Client, order: Order, **changes: str) -> dict[str, str]:
    """The content of the form as a browser would send it, with some fields changed."""
    page = sandra.get(f"/dashboard/letters/{order.number}/edit/")
    form = page.context["form"]
    return {field.name: str(field.value() or "") for field in form if field.name != "serious"} | changes


def test_a_note_is_previewed_as_a_page_and_saved_as_a_version(sandra: Client, cantina: SmallSet) -> None:
    order = written(order_for())
    data = typed(sandra, order, note="Say hello to your cat.")
    preview = sandra.post(f"/dashboard/letters/{order.number}/preview.pdf", data)
    assert preview["Content-Type"] == "application/pdf"
    assert LetterVersion.objects.count() == 1
    saved = sandra.post(f"/dashboard/letters/{order.number}/save/", data, follow=True)
    page = unescape(saved.content.decode())
    assert "Saved as version 2" in page
    assert "changed by sandra" in page
    assert "Say hello to your cat." in page


def test_missing_facts_are_named_at_the_form(sandra: Client, cantina: SmallSet) -> None:
    order = written(order_for())
    data = typed(sandra, order, text_0="Hello,")
    answer = sandra.post(f"/dashboard/letters/{order.number}/save/", data)
    assert answer.status_code == 400
    assert "The letter no longer names the customer." in answer.content.decode()
    assert LetterVersion.objects.count() == 1


def test_a_waiting_letter_is_listed_shown_with_its_reason_and_released(
    sandra: Client, cantina: SmallSet
) -> None:
    order = written(order_for(customer=dataclasses.replace(JOHN, name="Ana 🚀")))
    assert order.number in sandra.get("/dashboard/letters/").content.decode()
    assert "The letter waits." in sandra.get(f"/dashboard/orders/{order.number}/").content.decode()
    page = sandra.get(f"/dashboard/letters/{order.number}/waiting/").content.decode()
    assert "Not in our fonts: 🚀" in page
    answer = sandra.post(f"/dashboard/letters/{order.number}/waiting/", {"printed_0": "Ana 🚀"})
    assert answer.status_code == 400
    assert "cannot print 🚀 either" in answer.content.decode()
    sandra.post(f"/dashboard/letters/{order.number}/waiting/", {"printed_0": "Ana"})
    assert not Letter.objects.get(order=order).hold_reason
    written(order)
    assert "Ana" in LetterVersion.objects.get(letter__order=order).body


def test_a_mail_is_read_and_sent_again_once_it_has_ended(sandra: Client, cantina: SmallSet) -> None:
    order = written(order_for())
    mail = Message.objects.get(kind="letter")
    url = f"/dashboard/orders/{order.number}/mails/{mail.pk}/"
    page = sandra.get(url).content.decode()
    assert "Send it again" not in page
    # Only the mailbox's owner may open the mail's link.
    assert order_token(order) in mail.body
    assert order_token(order) not in page
    assert "?token=..." in page
    assert "on its way already" in sandra.post(url + "again/", follow=True).content.decode()
    Message.objects.update(state="bounced", last_error="refused: [550]")
    page = sandra.get(url).content.decode()
    assert "refused: [550]" in page
    sandra.post(url + "again/")
    again = Message.objects.exclude(pk=mail.pk).get()
    assert (again.body, again.state, again.in_reply_to) == (mail.body, "queued", mail.message_id)
    assert Job.objects.filter(kind="send_message", subject=str(again.pk)).exists()


HOSTILE = '<b>Ann</b><script>alert("1")</script> & {{ order }}'
AS_TEXT = "&lt;b&gt;Ann&lt;/b&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; {{ order }}"


def test_typed_html_is_text_on_every_page_that_shows_a_letter_or_a_mail(
    sandra: Client, cantina: SmallSet
) -> None:
    order = written(order_for(customer=dataclasses.replace(JOHN, name=HOSTILE)))
    mail, letter = Message.objects.get(kind="letter"), LetterVersion.objects.get()
    Message.objects.update(subject=HOSTILE, last_error=HOSTILE)
    LetterVersion.objects.update(subject=HOSTILE)
    shown = {
        f"/dashboard/orders/{order.number}/mails/{mail.pk}/": 3,
        f"/dashboard/letters/{order.number}/{letter.version}/": 2,
        f"/dashboard/letters/{order.number}/edit/": 1,
        "/dashboard/letters/": 1,
    }
    for url, times in shown.items():
        page = sandra.get(url).content.decode()
        assert page.count(AS_TEXT) >= times, url
        assert "<b>Ann" not in page
        assert "<script>alert" not in page


def test_typed_html_is_text_on_the_page_of_a_waiting_letter(sandra: Client, cantina: SmallSet) -> None:
    order = written(order_for(customer=dataclasses.replace(JOHN, name=f"{HOSTILE} 🚀")))
    page = sandra.get(f"/dashboard/letters/{order.number}/waiting/").content.decode()
    assert AS_TEXT in page
    assert "<b>Ann" not in page


def test_a_persian_letter_to_an_english_name_runs_from_right_to_left(
    sandra: Client, cantina: SmallSet
) -> None:
    """A browser looks at the first letter, which belongs to the name, and would turn the line around."""
    order = written(order_for(customer=dataclasses.replace(JOHN, language="fa")))
    mail = Message.objects.get(kind="letter")
    for path in (
        "/dashboard/letters/",
        f"/dashboard/letters/{order.number}/1/",
        f"/dashboard/orders/{order.number}/mails/{mail.pk}/",
    ):
        page = sandra.get(path).content.decode()
        assert 'lang="fa" dir="rtl"' in page
        assert 'dir="auto"' not in page


def test_another_orders_mail_is_not_found(sandra: Client, cantina: SmallSet) -> None:
    written(order_for())
    other = order_for()
    mail = Message.objects.get(kind="letter")
    assert sandra.get(f"/dashboard/orders/{other.number}/mails/{mail.pk}/").status_code == 404
