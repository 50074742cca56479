from django.conf import settings
from django.db import migrations, models


def adopt_content_type(apps, schema_editor):
    """Keep the permissions that people have on Django's user model."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    ContentType.objects.filter(app_label="auth", model="user").update(app_label="chat_app")


class Migration(migrations.Migration):
    """Move users to a table of the project, and let messages outlive their authors."""

    dependencies = [
        ("chat_app", "0002_changes"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelTable(name="user", table=None),
        migrations.AlterField(
            model_name="user",
            name="id",
            field=models.BigAutoField(
                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="author",
            field=models.ForeignKey(
                null=True,
                on_delete=models.SET_NULL,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(adopt_content_type, migrations.RunPython.noop),
    ]
