"""The REST API, version 1. Identifiers may have any character but a slash."""

from django.urls import URLPattern, URLResolver, path, register_converter
from django.urls.converters import IntConverter

from catalog.api import corrections, imports, sets
from dashboard import api as dashboard
from orders.api import (
    bin_counts,
    letter_editing,
    letters,
    mails,
    order_changes,
    orders,
    personal_data,
    print_runs,
    reviews,
    shipment_lists,
    shipments,
    stock,
    substitutes,
    waves,
)
from quality import api as quality
from warehouse.api import bins
from warehouse.api import stock as warehouse


class IdConverter(IntConverter):
    """A row's number. One with more digits fits no database, so it names no row."""

    regex = "[0-9]{1,18}"


register_converter(IdConverter, "id")

ORDER, WAVE, SHIPMENT = "orders/<str:number>/", "waves/<id:wave_id>/", "shipments/<id:shipment_id>/"
SET, IMPORT, COUNT = "sets/<str:set_num>/", "imports/<id:run_id>/", "bin-counts/<id:count_id>/"

app_name = "api"
catalogue = [
    path("sets/", sets.SetsView.as_view(), name="sets"),
    path(SET, sets.SetView.as_view(), name="set"),
    path(f"{SET}pieces/", sets.PiecesView.as_view(), name="pieces"),
    path("pieces/<str:element_id>/sets/", sets.SetsWithPieceView.as_view(), name="sets_with_piece"),
    path(f"{SET}bags/", corrections.EnterBagView.as_view(), name="enter_bag"),
    path(f"{SET}bags/<str:label>/", corrections.CorrectBagView.as_view(), name="correct_bag"),
    path(f"{SET}corrections/", corrections.CorrectSetView.as_view(), name="correct_set"),
    path("corrections/", corrections.CorrectionsView.as_view(), name="corrections"),
    path("corrections/weights/", corrections.CorrectWeightView.as_view(), name="correct_weight"),
    path("corrections/<id:correction_id>/take-back/", corrections.TakeBackView.as_view(), name="take_back"),
    path("imports/", imports.ImportsView.as_view(), name="imports"),
    path(IMPORT, imports.ImportView.as_view(), name="import"),
    path(f"{IMPORT}cancel/", imports.CancelImportView.as_view(), name="cancel_import"),
    path(f"{IMPORT}repeat/", imports.RepeatImportView.as_view(), name="repeat_import"),
    path(f"{IMPORT}report/", imports.ImportReportView.as_view(), name="import_report"),
]
of_orders = [
    path("orders/", orders.OrdersView.as_view(), name="orders"),
    path("order-links/", order_changes.LinkView.as_view(), name="mail_link"),
    path(ORDER, orders.OrderView.as_view(), name="order"),
    path(f"{ORDER}link/", order_changes.NewLinkView.as_view(), name="renew_link"),
    path(f"{ORDER}expected/", order_changes.ExpectedView.as_view(), name="expected"),
    path(f"{ORDER}address/", order_changes.AddressView.as_view(), name="address"),
    path(f"{ORDER}lines/", order_changes.LinesView.as_view(), name="lines"),
    path(f"{ORDER}lines/<id:line_id>/found/", order_changes.FoundView.as_view(), name="found"),
    path(f"{ORDER}follow-up/", order_changes.FollowUpView.as_view(), name="follow_up"),
    path(f"{ORDER}cancel/", orders.CancelView.as_view(), name="cancel"),
    path(f"{ORDER}substitutes/", substitutes.SubstitutesView.as_view(), name="substitutes"),
    path(f"{ORDER}substitutes/candidates/", substitutes.CandidatesView.as_view(), name="candidates"),
    path(f"{ORDER}substitutes/<id:offer_id>/answer/", substitutes.AnswerView.as_view(), name="answer"),
    path(f"{ORDER}data-requests/", personal_data.DataRequestsView.as_view(), name="data_requests"),
    path(f"{ORDER}data/", personal_data.DataView.as_view(), name="data"),
    path(f"{ORDER}erase/", personal_data.EraseView.as_view(), name="erase"),
    path(f"{ORDER}review/", reviews.ReviewView.as_view(), name="review"),
    path(f"{ORDER}description/", reviews.DescriptionView.as_view(), name="description"),
    path(f"{ORDER}identify/", reviews.IdentifyView.as_view(), name="identify"),
    path(f"{ORDER}send-again/", orders.SendAgainView.as_view(), name="send_again"),
    path(f"{ORDER}close/", orders.CloseView.as_view(), name="close"),
]
of_letters = [
    path(f"{ORDER}letter/", letters.LetterView.as_view(), name="letter"),
    path(f"{ORDER}letter.pdf", letters.LetterPdfView.as_view(), name="letter_pdf"),
    path("letters/", letters.LettersView.as_view(), name="letters"),
    path("letters/waiting/", letter_editing.WaitingLettersView.as_view(), name="waiting_letters"),
    path(f"{ORDER}letter/texts/", letter_editing.TextsView.as_view(), name="letter_texts"),
    path(f"{ORDER}letter/preview/", letter_editing.PreviewView.as_view(), name="letter_preview"),
    path(f"{ORDER}letter/release/", letter_editing.ReleaseView.as_view(), name="letter_release"),
    path(f"{ORDER}letter/<id:version>/", letters.LetterVersionView.as_view(), name="letter_version"),
    path(
        f"{ORDER}letter/<id:version>.pdf", letters.LetterVersionPdfView.as_view(), name="letter_version_pdf"
    ),
    path(f"{ORDER}mails/", mails.MailsView.as_view(), name="mails"),
    path(f"{ORDER}mails/<id:mail_id>/", mails.MailView.as_view(), name="mail"),
    path(f"{ORDER}mails/<id:mail_id>/send-again/", mails.MailAgainView.as_view(), name="mail_again"),
]
of_the_warehouse = [
    path("work/", dashboard.WorkView.as_view(), name="work"),
    path("stock/", warehouse.StockView.as_view(), name="stock"),
    path("stock/scanned/", bins.ScannedView.as_view(), name="scanned"),
    path("stock/movements/", warehouse.MovementsView.as_view(), name="movements"),
    path("stock/counts/", stock.CountsView.as_view(), name="counts"),
    path("stock/moves/", stock.MovesView.as_view(), name="moves"),
    path("stock/batches/", stock.BatchesView.as_view(), name="batches"),
    path("stock/weighings/", bins.WeighView.as_view(), name="weighings"),
    path("bins/", bins.BinsView.as_view(), name="bins"),
    path("bin-counts/", bin_counts.StartCountView.as_view(), name="bin_counts"),
    path(COUNT, bin_counts.CountView.as_view(), name="bin_count"),
    path(f"{COUNT}scans/", bin_counts.ScanView.as_view(), name="scans"),
    path(f"{COUNT}finish/", bin_counts.FinishCountView.as_view(), name="finish_count"),
    path("waves/", waves.WavesView.as_view(), name="waves"),
    path(WAVE, waves.WaveView.as_view(), name="wave"),
    path(f"{WAVE}picks/<id:pick_id>/", waves.PickView.as_view(), name="pick"),
    path(f"{WAVE}put-backs/<id:put_back_id>/", waves.PutBackView.as_view(), name="put_back"),
    path(f"{WAVE}papers/", print_runs.PrintWaveView.as_view(), name="wave_papers"),
    path(f"{WAVE}papers/<id:print_id>/", print_runs.PrintRunView.as_view(), name="print_run"),
    path(f"{WAVE}papers/<id:print_id>.pdf", print_runs.PrintFileView.as_view(), name="print_file"),
    path("shipments/", shipment_lists.ShipmentsView.as_view(), name="shipments"),
    path(SHIPMENT, shipments.ShipmentView.as_view(), name="shipment"),
    path(f"{SHIPMENT}pack/", shipments.PackView.as_view(), name="pack"),
    path(f"{SHIPMENT}ship/", shipments.ShipView.as_view(), name="ship"),
    path(f"{SHIPMENT}deliver/", shipments.DeliverView.as_view(), name="deliver"),
    path(f"{SHIPMENT}return/", shipments.ReturnView.as_view(), name="return"),
    path(f"{SHIPMENT}papers/<str:paper>.pdf", print_runs.ShipmentDocumentView.as_view(), name="parcel_paper"),
    path("hand-overs/", shipment_lists.HandOverView.as_view(), name="hand_overs"),
    path("reports/", quality.ReportsView.as_view(), name="reports"),
]
urlpatterns: list[URLPattern | URLResolver] = [*catalogue, *of_orders, *of_letters, *of_the_warehouse]
