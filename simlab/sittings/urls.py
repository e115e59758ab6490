from django.urls import path

from simlab.sittings import api

urlpatterns = [
    path("sittings/<uuid:sitting>/step/", api.step, name="step"),
    path("sittings/<uuid:sitting>/outbox/", api.outbox, name="outbox"),
    path("terms/<uuid:pack_version>/", api.terms, name="terms"),
]
