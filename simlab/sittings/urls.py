from django.urls import path

from simlab.sittings import api

urlpatterns = [
    path("sittings/<uuid:sitting>/step/", api.step, name="step"),
    path("sittings/<uuid:sitting>/outbox/", api.outbox, name="outbox"),
    path("participants/<uuid:participant>/questions/", api.questions, name="api-questions"),
    path("terms/<uuid:pack_version>/", api.terms, name="terms"),
]
