from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self) -> None:
        # A caller that requests a job needs its queue, and workers learn their tasks here.
        from catalog import tasks  # noqa: F401
