from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_longer_box_codes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="ordercontact",
            name="name",
            field=models.CharField(max_length=200),
        ),
        migrations.AlterField(
            model_name="ordercontact",
            name="city",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="ordercontact",
            name="builder_name",
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
