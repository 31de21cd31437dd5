"""The table of jobs for leads: what is due, and what failed where."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from core.jobs import replay_jobs
from core.models import Job


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("kind", "subject", "state", "due_at", "leased_until", "attempts", "reason", "last_error")
    list_filter = ("state", "kind")
    search_fields = ("=subject",)
    show_full_result_count = False
    actions = ("make_due",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Make due again")
    def make_due(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        """Harmless at any time: a job does only what is still undone."""
        with transaction.atomic():
            replay_jobs(list(jobs))
