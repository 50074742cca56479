import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")

from chat_project.entrance import application

__all__ = ["application"]
