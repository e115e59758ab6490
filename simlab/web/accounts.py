"""The front page, log-in, and where each person goes from there."""

from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from simlab.web.places import places_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.jinja", {"demo": settings.DEMO})


class LogIn(auth.LoginView):
    template_name = "accounts/login.jinja"
    authentication_form = AuthenticationForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        return "/accounts/next/"


login = LogIn.as_view()
logout = auth.LogoutView.as_view()


@login_required
@require_safe
def after_login(request: HttpRequest) -> HttpResponseRedirect:
    """To the first place this person has; a new account without any sees the page of its own studies."""
    places = places_of(request)
    return redirect(places[0]["url"] if places else "mine")
