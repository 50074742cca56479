from django.shortcuts import redirect
from django.views.generic import FormView, TemplateView

from chat_app.forms import RoomForm


class Index(FormView):
    template_name = "chat_app/index.html"
    form_class = RoomForm

    def get(self, request, *args, **kwargs):
        return self.post(request, *args, **kwargs) if request.GET else super().get(request)

    def get_form_kwargs(self):
        return {"data": self.request.GET or None}

    def form_valid(self, form):
        return redirect("chat_room", room_name=form.cleaned_data["room_name"])


class Room(TemplateView):
    template_name = "chat_app/chat.html"
