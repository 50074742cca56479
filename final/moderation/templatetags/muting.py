"""Tells templates who is muted, with one query per page."""

from django import template

from moderation.models import Mute

register = template.Library()


@register.filter
def muted_people(user):
    """Return {username: name as shown} for the people that a user has muted."""
    if not hasattr(user, "muted_people"):
        mutes = Mute.objects.filter(user=user).select_related("muted")
        people = [mute.muted for mute in mutes]
        user.muted_people = {
            person.username: person.get_short_name() or person.username for person in people
        }
    return user.muted_people
