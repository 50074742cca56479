"""The URLs of the pages. They go before the chat's, because they replace its sign-up page."""

from django.contrib.auth.views import PasswordResetCompleteView, PasswordResetDoneView
from django.urls import path
from django.views.generic import TemplateView

from accounts import views

urlpatterns = [
    path("accounts/", views.account, name="account"),
    path("accounts/signup/", views.SignUp.as_view(), name="signup"),
    path("accounts/data/", views.download, name="download_data"),
    path("accounts/email/", views.ChangeEmail.as_view(), name="change_email"),
    path("accounts/email/<str:token>/", views.confirm_email, name="confirm_email"),
    path("accounts/delete/", views.DeleteAccount.as_view(), name="delete_account"),
    path(
        "accounts/deleted/",
        TemplateView.as_view(template_name="accounts/deleted.html"),
        name="account_deleted",
    ),
    path("accounts/reset/", views.RequestReset.as_view(), name="password_reset"),
    path("accounts/reset/sent/", PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "accounts/reset/<uidb64>/<token>/",
        views.ConfirmReset.as_view(),
        name="password_reset_confirm",
    ),
    path(
        "accounts/reset/done/",
        PasswordResetCompleteView.as_view(),
        name="password_reset_complete",
    ),
]
