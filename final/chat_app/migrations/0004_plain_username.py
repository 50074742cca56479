from django.db import migrations, models

from chat_app.names import plain_form

BATCH_SIZE = 1000


def fill(apps, schema_editor):
    """Give the users of today the plain forms of their names."""
    User = apps.get_model("chat_app", "User")
    users = list(User.objects.only("username"))
    for user in users:
        user.plain_username = plain_form(user.username)
    User.objects.bulk_update(users, ["plain_username"], BATCH_SIZE)


class Migration(migrations.Migration):
    dependencies = [
        ("chat_app", "0003_own_users"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="plain_username",
            field=models.CharField(db_index=True, default="", editable=False, max_length=450),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
