"""The account pages: name and address, forgotten password, data export and deletion."""

from django.contrib import messages as notices
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import PasswordResetConfirmView, PasswordResetView
from django.db import transaction
from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django.views.generic import FormView

from accounts import deletion, export, limits, mail
from accounts.forms import DisplayNameForm, EmailForm, PasswordForm, ResetForm, SignUpForm
from accounts.lockouts import forget_failures
from chat_app.throttles import client_network, too_many
from chat_app.views import PasswordLimitMixin
from chat_app.views import SignUp as ChatSignUp


class SignUp(ChatSignUp):
    """The chat's sign-up page, with one more check of the name."""

    form_class = SignUpForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account(request):
    """The user's account, with the form for the display name."""
    form = DisplayNameForm(request.user, request.POST or None)
    if form.is_valid():
        wait = limits.requests.take(("name", request.user.pk))
        if wait:
            return too_many(request, wait)
        if form.save():
            notices.success(request, "Your display name was changed.")
            return redirect("account")
    return render(request, "accounts/account.html", {"form": form})


@never_cache
@require_GET
@login_required
def download(request):
    """A file with the user's data."""
    wait = limits.requests.take(("data", request.user.pk))
    if wait:
        return too_many(request, wait)
    response = StreamingHttpResponse(export.write(request.user), content_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="chat-data.json"'
    return response


@method_decorator(never_cache, "dispatch")
class PasswordAgain(LoginRequiredMixin, PasswordLimitMixin, FormView):
    """A page whose form asks for the user's password, at a limited rate."""

    form_class = PasswordForm

    def get_form_kwargs(self):
        """Pass the request to the form, which needs it to count wrong passwords."""
        return {**super().get_form_kwargs(), "request": self.request}


class ChangeEmail(PasswordAgain):
    """Set another email address, which takes effect when the user opens the link mailed to it."""

    form_class = EmailForm
    template_name = "accounts/change_email.html"
    success_url = reverse_lazy("account")

    def get_initial(self):
        """The present address."""
        return {"email": self.request.user.email}

    def form_valid(self, form):
        """Send the link, or remove the address."""
        user = self.request.user
        email = form.cleaned_data["email"]
        if not email:
            user.email = ""
            user.save(update_fields=["email"])
            notices.success(self.request, "Your email address was removed.")
            return super().form_valid(form)
        wait = limits.mail.take(client_network(self.request))
        if wait:
            return too_many(self.request, wait)
        path = reverse("confirm_email", args=[mail.make_token(user, email)])
        link = self.request.build_absolute_uri(path)
        mail.send_later(email, mail.send_confirmation, user.username, email, link)
        notices.success(self.request, f"Open the link in the email to {email} within an hour.")
        return super().form_valid(form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def confirm_email(request, token):
    """The page behind an emailed link. It has a button, because mail scanners open links too."""
    email = mail.read_token(request.user, token)
    if email and request.method == "POST":
        request.user.email = email
        request.user.save(update_fields=["email"])
        notices.success(request, f"Your email address is {email}.")
        return redirect("account")
    status = 200 if email else 410
    return render(request, "accounts/confirm_email.html", {"email": email}, status=status)


class RequestReset(PasswordResetView):
    """Django's form for a forgotten password, which doesn't reveal who has an account.

    The form looks the address up in the mail thread, so the response is the same for every address
    and takes the same time.
    """

    form_class = ResetForm

    def form_valid(self, form):
        """Have an email sent if the account exists."""
        wait = limits.mail.take(client_network(self.request))
        if wait:
            return too_many(self.request, wait)
        mail.send_later(
            form.cleaned_data["email"],
            form.save,
            domain_override=self.request.get_host(),
            use_https=self.request.is_secure(),
            email_template_name="registration/password_reset_email.txt",
        )
        return HttpResponseRedirect(self.get_success_url())


class ConfirmReset(PasswordLimitMixin, PasswordResetConfirmView):
    """Django's form that the link in the email opens, at a limited rate."""

    def form_valid(self, form):
        """Store the password and forget earlier failed logins, so that it can be used at once."""
        response = super().form_valid(form)
        forget_failures(self.user.username)
        return response


class DeleteAccount(PasswordAgain):
    """The page where people delete their accounts."""

    template_name = "accounts/delete.html"
    success_url = reverse_lazy("account_deleted")

    def get_context_data(self, **kwargs):
        """Also name the rooms that would be deleted."""
        rooms = deletion.rooms_of_nobody_else(self.request.user)
        return super().get_context_data(rooms=rooms, **kwargs)

    def form_valid(self, form):
        """Delete the account and end its session; if one fails, do neither."""
        with transaction.atomic():
            deletion.delete_account(self.request.user)
            logout(self.request)
        return super().form_valid(form)
