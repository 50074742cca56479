from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A user of the chat. Our own model can be extended later, unlike Django's."""
