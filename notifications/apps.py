from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        # Whoever requests a job must know its queue, and workers are told of here.
        from anymail.signals import tracking

        from notifications import bouncing, tasks  # noqa: F401

        tracking.connect(bouncing.note_event, dispatch_uid="notifications.bouncing")
