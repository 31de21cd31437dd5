"""`manage.py check --deploy` shows what production would refuse, also before PRODUCTION is set."""

from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security, deploy=True)
def environment_is_ready(app_configs: Any, **_: Any) -> list[checks.CheckMessage]:
    """One error for each problem that `config.rules` finds in the environment, as it was before any default."""
    return [
        checks.Error(problem, id=f"bag14.{problem.partition(':')[0]}")
        for problem in settings.PRODUCTION_PROBLEMS
    ]
