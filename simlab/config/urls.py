from django.urls import include, path

urlpatterns = [
    path("", include("simlab.web.urls")),
    path("api/", include("simlab.sittings.urls")),
]
