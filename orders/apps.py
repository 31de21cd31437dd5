from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        # Whoever requests a job must know its queue, and workers are told of here.
        from orders import tasks  # noqa: F401
