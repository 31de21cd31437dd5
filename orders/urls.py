from django.urls import path

from orders.pages.views import changing, finding, following, my_data, requesting, substitutes

app_name = "orders"
urlpatterns = [
    path("sets/<str:set_num>/request/", requesting.request_parts, name="request"),
    path("not-listed/", requesting.request_unlisted, name="request_unlisted"),
    path("orders/find/", finding.find, name="find"),
    path("orders/<str:number>/", following.status, name="status"),
    path("orders/<str:number>/cancel/", following.cancel, name="cancel"),
    path("orders/<str:number>/lines/<int:line_id>/found/", following.found, name="found"),
    path("orders/<str:number>/again/", following.again, name="again"),
    path("orders/<str:number>/address/", changing.address, name="address"),
    path("orders/<str:number>/more/", changing.more, name="more"),
    path("orders/<str:number>/link/", following.new_link, name="new_link"),
    path("orders/<str:number>/data/", my_data.data, name="data"),
    path("orders/<str:number>/data/mailed/", my_data.data_mailed, name="data_mailed"),
    path("orders/<str:number>/download/", my_data.download, name="download"),
    path("orders/<str:number>/erase/", my_data.erase, name="erase"),
    path("orders/<str:number>/substitutes/<int:offer_id>/", substitutes.substitute, name="substitute"),
    path("orders/<str:number>/letter.pdf", following.letter, name="letter"),
    path("privacy/", finding.privacy, name="privacy"),
]
