"""The page of a wave's papers: how far they are, and what to do where they could not be made."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from core.jobs import run_job
from core.models import Job
from orders.floor.picking import create_wave
from orders.parcels.printing import make_print_run
from tests.cast import SmallSet, allocated_order, stock_bag

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("voices")]


def test_papers_that_could_not_be_made_are_said_with_what_to_do(
    paula: Client, cantina: SmallSet, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "prints"
    folder.touch()  # a file where the folder should be
    settings.PRINTS_DIR = folder
    stock_bag(cantina.bag14, 1)
    wave = create_wave(numbers=[allocated_order().number], by=None)
    papers = f"/dashboard/waves/{wave.pk}/papers/"
    paula.post(f"{papers}make/")
    run_job(Job.objects.get(kind="print_wave").pk, make_print_run)
    page = paula.get(papers).content.decode()
    assert "The papers could not be made." in page
    assert "disk is full, or the folder is closed" in page
    assert "Make the papers again" in page
    assert "every 1s" not in page, "nothing is waited for"
    folder.unlink()
    paula.post(f"{papers}make/")
    page = paula.get(papers).content.decode()
    assert "could not be made" not in page
    assert "Being made" in page
