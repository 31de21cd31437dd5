"""The REST API, version 1. Identifiers take any character but a slash."""

from django.urls import URLPattern, URLResolver, path, register_converter
from django.urls.converters import IntConverter

from catalog import api as catalog
from catalog import api_imports as imports
from orders import api_changing as changing
from orders import api_orders as orders
from orders import api_service as service
from orders import api_stock as stock
from orders import api_waves as waves
from quality import api as quality
from warehouse import api as warehouse


class IdConverter(IntConverter):
    """A row's number: what no database could hold is no row."""

    regex = "[0-9]{1,18}"


register_converter(IdConverter, "id")

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sets/", catalog.SetsView.as_view(), name="sets"),
    path("sets/<str:set_num>/", catalog.SetView.as_view(), name="set"),
    path("sets/<str:set_num>/pieces/", catalog.PiecesView.as_view(), name="pieces"),
    path("pieces/<str:element_id>/sets/", catalog.SetsWithPieceView.as_view(), name="sets_with_piece"),
    path("orders/", orders.OrdersView.as_view(), name="orders"),
    path("order-links/", changing.LinkView.as_view(), name="mail_link"),
    path("orders/<str:number>/", orders.OrderView.as_view(), name="order"),
    path("orders/<str:number>/expected/", changing.ExpectedView.as_view(), name="expected"),
    path("orders/<str:number>/address/", changing.AddressView.as_view(), name="address"),
    path("orders/<str:number>/lines/", changing.LinesView.as_view(), name="lines"),
    path("orders/<str:number>/lines/<id:line_id>/found/", changing.FoundView.as_view(), name="found"),
    path("orders/<str:number>/follow-up/", changing.FollowUpView.as_view(), name="follow_up"),
    path("orders/<str:number>/cancel/", orders.CancelView.as_view(), name="cancel"),
    path("orders/<str:number>/letter/", orders.LetterView.as_view(), name="letter"),
    path("orders/<str:number>/letter.pdf", orders.LetterPdfView.as_view(), name="letter_pdf"),
    path("orders/<str:number>/review/", orders.ReviewView.as_view(), name="review"),
    path("orders/<str:number>/send-again/", service.SendAgainView.as_view(), name="send_again"),
    path("orders/<str:number>/close/", service.CloseView.as_view(), name="close"),
    path("stock/", warehouse.StockView.as_view(), name="stock"),
    path("stock/movements/", warehouse.MovementsView.as_view(), name="movements"),
    path("stock/counts/", stock.CountsView.as_view(), name="counts"),
    path("stock/moves/", stock.MovesView.as_view(), name="moves"),
    path("waves/", waves.WavesView.as_view(), name="waves"),
    path("waves/<id:wave_id>/", waves.WaveView.as_view(), name="wave"),
    path("waves/<id:wave_id>/picks/<id:pick_id>/", waves.PickView.as_view(), name="pick"),
    path("shipments/<id:shipment_id>/", waves.ShipmentView.as_view(), name="shipment"),
    path("shipments/<id:shipment_id>/pack/", waves.PackView.as_view(), name="pack"),
    path("shipments/<id:shipment_id>/ship/", waves.ShipView.as_view(), name="ship"),
    path("shipments/<id:shipment_id>/deliver/", waves.DeliverView.as_view(), name="deliver"),
    path("shipments/<id:shipment_id>/return/", waves.ReturnView.as_view(), name="return"),
    path("imports/", imports.ImportsView.as_view(), name="imports"),
    path("imports/<id:run_id>/", imports.ImportView.as_view(), name="import"),
    path("imports/<id:run_id>/cancel/", imports.CancelImportView.as_view(), name="cancel_import"),
    path("reports/", quality.ReportsView.as_view(), name="reports"),
]
