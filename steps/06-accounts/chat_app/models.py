from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A user of the chat. A project's own model can grow later; Django's can't."""
