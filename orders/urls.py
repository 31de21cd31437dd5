from django.urls import path

from orders.views import asking, finding, following

app_name = "orders"
urlpatterns = [
    path("sets/<str:set_num>/request/", asking.ask, name="request"),
    path("orders/find/", finding.find, name="find"),
    path("orders/<str:number>/", following.status, name="status"),
    path("orders/<str:number>/cancel/", following.cancel, name="cancel"),
    path("orders/<str:number>/lines/<int:line_id>/found/", following.found, name="found"),
    path("orders/<str:number>/again/", following.again, name="again"),
    path("orders/<str:number>/erase/", following.erase, name="erase"),
    path("orders/<str:number>/letter.pdf", following.letter, name="letter"),
    path("privacy/", finding.privacy, name="privacy"),
]
