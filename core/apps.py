from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        # A caller that requests a job needs its queue, and workers learn their tasks here.
        from core import (
            database_limits,
            tasks,  # noqa: F401
        )

        database_limits.begin()
