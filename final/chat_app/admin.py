"""Rooms, members and messages in Django's admin, for whoever switches it on."""

from django.contrib import admin

from chat_app.models import Membership, Message, Room

admin.site.register([Room, Membership, Message])
