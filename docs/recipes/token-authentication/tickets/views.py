from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.views.decorators.http import require_POST

from tickets import tickets


@require_POST
@login_required
def new_ticket(request):
    return JsonResponse({"ticket": tickets.issue(request.user)})
