from django.contrib.auth import login
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404
from django.shortcuts import redirect
from django.views.generic import CreateView, DetailView, FormView

from chat_app.forms import AddMemberForm, RoomForm, SignUpForm
from chat_app.models import Membership, Room


class SignUp(CreateView):
    form_class = SignUpForm
    template_name = "registration/signup.html"

    def form_valid(self, form):
        login(self.request, form.save())
        return redirect("index")


class Index(LoginRequiredMixin, CreateView):
    form_class = RoomForm
    template_name = "chat_app/index.html"

    def form_valid(self, form):
        form.instance.owner = self.request.user
        self.object = form.save()
        self.object.membership_set.create(user=self.request.user)
        return redirect("chat_room", self.object.name)

    def get_context_data(self, **context):
        rooms = Room.objects.visible_to(self.request.user)
        return super().get_context_data(rooms=rooms, **context)


class ChatRoom(LoginRequiredMixin, DetailView):
    template_name = "chat_app/chat.html"
    slug_field = "name"
    slug_url_kwarg = "room_name"

    def get_queryset(self):
        return Room.objects.visible_to(self.request.user)


class Members(LoginRequiredMixin, FormView):
    form_class = AddMemberForm
    template_name = "chat_app/members.html"

    def setup(self, request, room_name):
        super().setup(request, room_name)
        self.room = Room.objects.filter(name=room_name, owner_id=request.user.pk).first()

    def dispatch(self, request, *args, **kwargs):
        if self.room is None or not self.room.private:
            raise Http404("There is no such room.")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form):
        Membership.objects.get_or_create(room=self.room, user=form.cleaned_data["username"])
        return redirect(self.request.path)

    def get_context_data(self, **context):
        people = [membership.user for membership in self.room.membership_set.all()]
        return super().get_context_data(room=self.room, people=people, **context)


index = Index.as_view()
chat_room = ChatRoom.as_view()
members = Members.as_view()
