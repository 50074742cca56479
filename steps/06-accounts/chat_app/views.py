from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.generic import CreateView

from chat_app.forms import RoomForm, SignUpForm


class SignUp(CreateView):
    """Create an account and log in."""

    form_class = SignUpForm
    template_name = "registration/signup.html"

    def form_valid(self, form):
        login(self.request, form.save())
        return redirect("index")


@login_required
def index(request):
    form = RoomForm(request.GET or None)
    if form.is_valid():
        return redirect("chat_room", form.cleaned_data["room_name"])
    return render(request, "chat_app/index.html", {"form": form})


@login_required
def chat_room(request, room_name):
    return render(request, "chat_app/chat.html", {"room_name": room_name})
