from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from chat_app.models import Membership, Message, Room, User

admin.site.register(User, UserAdmin)
admin.site.register([Room, Membership, Message])
