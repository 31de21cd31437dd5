from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        # A caller that requests a job needs its queue, and workers learn their tasks here.
        from anymail.signals import tracking

        from notifications import tasks  # noqa: F401
        from notifications.mail import bouncing

        tracking.connect(bouncing.note_event, dispatch_uid="notifications.mail.bouncing")
