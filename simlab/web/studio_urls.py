"""The pages on which a study is made, launched and watched."""

from django.urls import path

from simlab.web import gaps, replay, studio, studio_life, studio_people, studio_run

urlpatterns = [
    path("studies/new/", studio.new, name="study-new"),
    path("studies/<uuid:study>/design/", studio.design, name="design"),
    path("studies/<uuid:study>/design/check/", studio.check, name="design-check"),
    path("studies/<uuid:study>/design/versions/<int:number>/", studio.version, name="protocol-version"),
    path("studies/<uuid:study>/documents/", studio.documents, name="documents"),
    path("studies/<uuid:study>/preview/", studio.preview, name="preview"),
    path("studies/<uuid:study>/balance/", studio.balance, name="balance"),
    path("studies/<uuid:study>/balance/report/", studio.balance_report, name="balance-report"),
    path("studies/<uuid:study>/checklist/", studio_life.checklist, name="checklist"),
    path("studies/<uuid:study>/checklist/<slug:step>/", studio_life.step, name="study-step"),
    path("studies/<uuid:study>/amendments/", studio_life.amendments, name="amendments"),
    path("studies/<uuid:study>/amendments/<int:number>/", studio_life.decide, name="amendment-decide"),
    path("studies/<uuid:study>/run/", studio_run.run, name="run"),
    path("studies/<uuid:study>/run/gaps/", gaps.gaps, name="gaps"),
    path("studies/<uuid:study>/replay/", replay.replays, name="replays"),
    path("studies/<uuid:study>/replay/<uuid:sitting>/", replay.replay, name="replay"),
    path("studies/<uuid:study>/run/live/", studio_run.live, name="run-live"),
    path("studies/<uuid:study>/participants/", studio_people.participants, name="participants"),
    path("studies/<uuid:study>/participants/links/", studio_people.links, name="participants-links"),
    path("studies/<uuid:study>/people/", studio_people.people, name="people"),
]
