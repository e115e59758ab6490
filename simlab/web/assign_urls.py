"""Assignments: making them, their roster, and another try."""

from django.urls import path

from simlab.web.late import Late

assign = Late("simlab.web.assign")

urlpatterns = [
    path("teaching/new/", assign.new_cohort, name="cohort-new"),
    path("teaching/<uuid:cohort>/assign/", assign.assign, name="assign"),
    path("teaching/<uuid:cohort>/roster/", assign.roster, name="roster"),
    path("me/<uuid:participant>/again/", assign.again, name="again"),
]
