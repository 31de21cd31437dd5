from django.urls import path

from catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.home, name="home"),
    path("sets/", views.sets, name="sets"),
    path("sets/<str:set_num>/", views.set_page, name="set"),
]
