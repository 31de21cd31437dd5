from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self) -> None:
        # Whoever requests a job must know its queue, and workers are told of here.
        from catalog import tasks  # noqa: F401
