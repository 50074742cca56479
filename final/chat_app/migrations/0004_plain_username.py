import unicodedata

from confusable_homoglyphs import confusables
from django.db import migrations, models

BATCH_SIZE = 1000
MAX_LENGTH = 450
LATIN_LOOKALIKES = str.maketrans({"I": "l", "1": "l", "0": "o"})


def fill(apps, schema_editor):
    """Store the plain form of every existing username."""
    User = apps.get_model("chat_app", "User")
    users = list(User.objects.only("username"))
    for user in users:
        user.plain_username = plain_form(user.username)
    User.objects.bulk_update(users, ["plain_username"], BATCH_SIZE)


def plain_form(name):
    """The name in the plainest letters that look like it, as in the first version of names.py."""
    letters = unicodedata.normalize("NFKD", name.translate(LATIN_LOOKALIKES))
    plain = "".join(plain_letter(each) for each in letters if not unicodedata.combining(each))
    return plain[:MAX_LENGTH]


def plain_letter(letter):
    """The Latin letter that looks like this one, or the letter itself."""
    found = confusables.is_confusable(letter, greedy=True, preferred_aliases=["latin"])
    for homoglyph in found[0]["homoglyphs"] if found else []:
        if homoglyph["c"].isascii() and homoglyph["c"].isalpha():
            return homoglyph["c"].casefold()
    return letter.casefold()


class Migration(migrations.Migration):
    """Store a plain form of each username, for finding names that look alike.

    The functions are copies, so that the migration stays the same when names.py changes.
    """

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
