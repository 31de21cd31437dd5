from django.urls import path

from catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.home, name="home"),
    path("sets/", views.sets, name="sets"),
    path("sets/<str:set_num>/", views.set_page, name="set"),
    path("media/pieces/<str:name>", views.piece_picture, name="piece_picture"),
]
