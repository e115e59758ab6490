"""The pages of Rehearse: its own list, since it is long."""

from django.urls import path

from simlab.web.late import Late

rehearse = Late("simlab.web.rehearse")

urlpatterns = [
    path("studies/<uuid:study>/rehearse/", rehearse.rehearse, name="rehearse"),
    path("studies/<uuid:study>/rehearse/<uuid:power>/", rehearse.power, name="rehearse-power"),
    path("studies/<uuid:study>/rehearse/<uuid:power>/progress/", rehearse.progress, name="rehearse-progress"),
    path("studies/<uuid:study>/rehearse/<uuid:power>/cancel/", rehearse.cancel, name="rehearse-cancel"),
    path("studies/<uuid:study>/rehearse/<uuid:power>/designs/<int:cell>/", rehearse.example, name="rehearse-example"),
    path("studies/<uuid:study>/rehearse/<uuid:power>/figures/<slug:name>.svg", rehearse.figure, name="rehearse-figure"),
    path(
        "studies/<uuid:study>/rehearse/<uuid:power>/figures/<slug:name>.csv",
        rehearse.figure_data,
        name="rehearse-figure-data",
    ),
    path("studies/<uuid:study>/rehearse/<uuid:power>/power.json", rehearse.result, name="rehearse-result"),
]
