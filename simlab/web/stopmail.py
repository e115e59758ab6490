"""The way out of mail. A module of its own: a view that is read late could not be exempt from the token of forms."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from simlab.people.actions import stop_mail
from simlab.people.models import Contact
from simlab.sittings.mailneeds import mail_of_token


@csrf_exempt  # mail programs post here in one click, without a cookie; the address itself is the secret
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """No more mail: one click for a person, one request for a mail program. GET only asks: scanners open links."""
    found = mail_of_token(token)
    contact = Contact.objects.filter(pk=found.person).first() if found else None
    if contact is None:
        raise Http404
    if request.method == "POST":
        stop_mail(contact=contact, now=timezone.now())
        contact.refresh_from_db()
    return render(request, "mail/stop.jinja", {"study": found.study, "stopped": contact.stopped_at is not None})
