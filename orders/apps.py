from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        # Importing the tasks registers their queues, which requesting a job needs, and makes workers know them.
        from orders import tasks  # noqa: F401
