from django.urls import path

from orders.views import finding

app_name = "orders"
urlpatterns = [
    path("orders/find/", finding.find, name="find"),
    path("privacy/", finding.privacy, name="privacy"),
]
