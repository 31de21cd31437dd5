from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_letters_in_service")]

    operations = [
        migrations.AddField(model_name="order", name="to_identify", field=models.BooleanField(default=False)),
        migrations.AddField(
            model_name="ordercontact",
            name="described",
            field=models.CharField(blank=True, max_length=1000),
        ),
        migrations.AddField(
            model_name="ordercontact",
            name="described_set",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=Q(to_identify=False) | Q(state__in=["in_review", "cancelled", "declined"]),
                name="order_described_is_in_review",
            ),
        ),
    ]
