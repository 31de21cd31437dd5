from django.urls import path

from core import health, languages

app_name = "core"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("language/", languages.choose_language, name="language"),
]
