"""The smallest view, as chapter 01 shows it."""

from django.http import HttpResponse


def about(request):
    return HttpResponse("This is my chat.")
