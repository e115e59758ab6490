"""The pages of Rehearse, below /studies/<study>/rehearse/."""

from django.urls import path

from simlab.web.late import Late

rehearse = Late("simlab.web.rehearse")

urlpatterns = [
    path("", rehearse.rehearse, name="rehearse"),
    path("<uuid:power>/", rehearse.power, name="rehearse-power"),
    path("<uuid:power>/progress/", rehearse.progress, name="rehearse-progress"),
    path("<uuid:power>/cancel/", rehearse.cancel, name="rehearse-cancel"),
    path("<uuid:power>/designs/<int:cell>/", rehearse.example, name="rehearse-example"),
    path("<uuid:power>/figures/<slug:name>.svg", rehearse.figure, name="rehearse-figure"),
    path("<uuid:power>/figures/<slug:name>.csv", rehearse.figure_data, name="rehearse-figure-data"),
    path("<uuid:power>/power.json", rehearse.result, name="rehearse-result"),
]
