"""The pages about mail and about tokens of the API: their own list, since it is long."""

from django.urls import path

from simlab.web import stopmail
from simlab.web.late import Late

mail = Late("simlab.web.mail")
tokens = Late("simlab.web.tokens")

urlpatterns = [
    path("accounts/tokens/", tokens.tokens, name="tokens"),
    path("accounts/tokens/<uuid:token>/revoke/", tokens.revoke, name="token-revoke"),
    path("mail/stop/<str:token>/", stopmail.stop, name="mail-stop"),
    path("me/<uuid:participant>/mail/", mail.mine, name="my-mail"),
    path("studies/<uuid:study>/mail/", mail.console, name="mail"),
    path("studies/<uuid:study>/mail/invite/", mail.invite, name="mail-invite"),
    path("studies/<uuid:study>/mail/rules/", mail.rules, name="mail-rules"),
    path("studies/<uuid:study>/mail/<uuid:mail>/", mail.message, name="mail-message"),
    path("studies/<uuid:study>/windows/<uuid:participant>/", mail.windows, name="windows"),
]
