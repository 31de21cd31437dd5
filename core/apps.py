from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        # Whoever requests a job must know its queue, and workers are told of here.
        from core import tasks  # noqa: F401
