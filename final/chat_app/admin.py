"""Users, rooms and members in Django's admin, which is off by default.

Messages aren't included, because only messages.py numbers them and announces changes to the room.
"""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from chat_app.models import Membership, Room, User

admin.site.register(User, UserAdmin)
admin.site.register([Room, Membership])
