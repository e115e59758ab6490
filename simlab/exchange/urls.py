from django.urls import path

from simlab.exchange import api

urlpatterns = [
    path("encounters/<uuid:encounter>/chat/", api.chat, name="chat"),
]
