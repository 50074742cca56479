"""Titles, bans and invitations in Django's admin, which is off by default."""

from django.contrib import admin

from rooms.models import Ban, Invitation, RoomDetails

admin.site.register([Ban, Invitation, RoomDetails])
