from django.urls import path, re_path

from dashboard.views import bags, home, letters, order, parcels, printing, queue, reports, stock, waves

app_name = "dashboard"
urlpatterns = [
    path("", home.home, name="home"),
    path("orders/", queue.queue, name="queue"),
    path("orders/<str:number>/", order.order, name="order"),
    path("orders/<str:number>/review/", order.review, name="review"),
    path("orders/<str:number>/cancel/", order.cancel, name="cancel"),
    path("orders/<str:number>/bags/<str:label>/", bags.bag, name="bag"),
    path("waves/", waves.waves, name="waves"),
    path("waves/make/", queue.make_wave, name="make_wave"),
    path("waves/<int:wave_id>/", waves.wave, name="wave"),
    path("waves/<int:wave_id>/papers/", printing.wave_papers, name="wave_papers"),
    path("waves/<int:wave_id>/papers/make/", printing.make_papers, name="make_papers"),
    path("waves/<int:wave_id>/papers/<int:run_id>.pdf", printing.wave_papers_file, name="wave_papers_file"),
    path("waves/<int:wave_id>/picks/<int:pick_id>/", waves.pick, name="pick"),
    path("parcels/", parcels.parcels, name="parcels"),
    path("parcels/<int:shipment_id>/", parcels.parcel, name="parcel"),
    path("parcels/<int:shipment_id>/pack/", parcels.pack, name="pack"),
    path("parcels/<int:shipment_id>/ship/", parcels.ship, name="ship"),
    path("parcels/<int:shipment_id>/deliver/", parcels.deliver, name="deliver"),
    re_path(
        r"^parcels/(?P<shipment_id>[0-9]{1,18})/(?P<paper>slip|letter|label|all)\.pdf$",
        printing.parcel_paper,
        name="parcel_paper",
    ),
    path("stock/", stock.stock, name="stock"),
    path("stock/new/", stock.new_item, name="new_item"),
    path("stock/<int:item_id>/", stock.item, name="item"),
    path("stock/<int:item_id>/move/", stock.move, name="move"),
    path("letters/", letters.letters, name="letters"),
    path("letters/<str:number>/<int:version>/", letters.letter, name="letter"),
    path("letters/<str:number>/<int:version>.pdf", letters.letter_paper, name="letter_paper"),
    path("reports/", reports.reports, name="reports"),
]
