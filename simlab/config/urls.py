from django.urls import include, path

urlpatterns = [
    path("", include("simlab.web.urls")),
    path("api/", include("simlab.sittings.urls")),
    path("api/", include("simlab.exchange.urls")),
    path("api/v1/", include("simlab.exchange.rest.urls")),
    path("api/v1/", include("simlab.web.rest.urls")),
]

handler400 = "simlab.web.errors.bad_request"
handler403 = "simlab.web.errors.forbidden"
handler404 = "simlab.web.errors.not_found"
handler500 = "simlab.web.errors.failed"
