"""When an order ended: from its events, else from its last parcel, else from the day it was placed."""

from django.db import migrations, models
from django.db.models import DateTimeField, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

ENDED = ("closed", "cancelled", "declined")


def note_ends(apps, schema_editor):
    Order, Event, Shipment = (apps.get_model("orders", name) for name in ("Order", "Event", "Shipment"))
    events = Event.objects.filter(order=OuterRef("pk"), type__in=ENDED).order_by("-id").values("at")[:1]
    parcels = (
        Shipment.objects.filter(order=OuterRef("pk"), shipped_at__isnull=False)
        .order_by("-shipped_at")
        .values("shipped_at")[:1]
    )
    Order.objects.filter(state__in=ENDED, ended_at=None).update(
        ended_at=Coalesce(
            Subquery(events, output_field=DateTimeField()),
            Subquery(parcels, output_field=DateTimeField()),
            F("created_at"),
        )
    )


class Migration(migrations.Migration):
    # The index is made after the rows are written: PostgreSQL would refuse both in one transaction.
    atomic = False

    dependencies = [
        ("orders", "0008_put_backs"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="ended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="link_renewed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(note_ends, migrations.RunPython.noop, atomic=True),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=Q(ended_at__isnull=False, erased_at__isnull=True),
                fields=["id"],
                name="order_ended_not_erased",
            ),
        ),
    ]
