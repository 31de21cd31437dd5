from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        # Whoever requests a job must know its queue, and workers are told of here.
        from notifications import tasks  # noqa: F401
