"""Every page of SimLab. An object that is not yours is not found (404)."""

from django.urls import path

from simlab.web import (
    accounts,
    adjudication,
    arriving,
    assign_urls,
    clinician,
    consenting,
    health,
    images,
    library_urls,
    mail_urls,
    questions,
    rehearse_urls,
    researcher,
    studio_urls,
)
from simlab.web.late import Late

# They bring the packages of the statistics, whose reading would delay the first page by seconds.
report = Late("simlab.web.report")
educator = Late("simlab.web.educator")
review = Late("simlab.web.review")
panels = Late("simlab.web.panels")
items = Late("simlab.web.items")
traineereview = Late("simlab.web.traineereview")
papers = Late("simlab.web.papers")
reflecting = Late("simlab.web.reflecting")
monitoring = Late("simlab.web.monitoring")

urlpatterns = [
    path("", accounts.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("accounts/login/", accounts.login, name="login"),
    path("accounts/logout/", accounts.logout, name="logout"),
    path("accounts/next/", accounts.after_login, name="after-login"),
    # Clinician: Sit · Debrief
    path("join/<str:token>/", arriving.join, name="join"),
    path("join/<str:token>/consent/", arriving.consent, name="consent"),
    path("join/<str:token>/eligibility/", arriving.eligibility, name="eligibility"),
    path("return/<str:token>/", arriving.come_back, name="return"),
    path("me/", clinician.mine, name="mine"),
    path("me/<uuid:participant>/", clinician.me, name="me"),
    path("me/<uuid:participant>/start/", clinician.start, name="start"),
    path("me/<uuid:participant>/skip/", clinician.skip, name="skip"),
    path("me/<uuid:participant>/link/", clinician.link, name="link"),
    path("me/<uuid:participant>/leave/", clinician.leave, name="leave"),
    path("me/<uuid:participant>/consent/", consenting.again, name="consent-again"),
    path("me/<uuid:participant>/consent/copy/", consenting.copy, name="consent-copy"),
    path("me/<uuid:participant>/debrief/", clinician.debrief, name="debrief"),
    path("me/<uuid:participant>/progress/", traineereview.progress, name="my-progress"),
    path("me/<uuid:participant>/reflect/", reflecting.reflect, name="reflect"),
    path("me/<uuid:participant>/cpd-note.pdf", reflecting.cpd_note, name="cpd-note"),
    path("me/<uuid:participant>/questions/", questions.page, name="questions"),
    path("sit/<uuid:sitting>/", clinician.sit, name="sit"),
    path("sit/<uuid:sitting>/outbox/", clinician.answer, name="answer"),
    path("api/case-images/<uuid:case_version>/<str:name>", images.case_image, name="case-image"),
    # Researcher: Design · Rehearse · Run · Report
    path("studies/", researcher.studies, name="studies"),
    path("studies/<uuid:study>/", researcher.study, name="study"),
    path("studies/<uuid:study>/instruments.csv", questions.export, name="instruments-csv"),
    *rehearse_urls.urlpatterns,
    *studio_urls.urlpatterns,
    *library_urls.urlpatterns,
    *mail_urls.urlpatterns,
    path("studies/<uuid:study>/adjudication/", adjudication.adjudication, name="adjudication"),
    path("studies/<uuid:study>/adjudication/rate/", adjudication.rate, name="adjudication-rate"),
    path("studies/<uuid:study>/adjudication/rescore/", adjudication.rescore, name="adjudication-rescore"),
    path("studies/<uuid:study>/report/", report.reports, name="report"),
    path("studies/<uuid:study>/unblind/", report.unblind, name="unblind"),
    path("studies/<uuid:study>/report/<uuid:run>/", report.run, name="report-run"),
    path("studies/<uuid:study>/report/<uuid:run>/progress/", report.progress, name="report-progress"),
    path("studies/<uuid:study>/report/<uuid:run>/cancel/", report.cancel, name="report-cancel"),
    path("studies/<uuid:study>/report/<uuid:run>/figures/<slug:name>.svg", report.figure, name="report-figure"),
    path(
        "studies/<uuid:study>/report/<uuid:run>/figures/<slug:name>.csv", report.figure_data, name="report-figure-data"
    ),
    path(
        "studies/<uuid:study>/report/<uuid:run>/tables/<slug:section>/<slug:name>.csv",
        report.table_data,
        name="report-table-data",
    ),
    path("studies/<uuid:study>/report/<uuid:run>/data.parquet", report.data, name="report-data"),
    path("studies/<uuid:study>/report/<uuid:run>/result.json", report.result, name="report-result"),
    path("studies/<uuid:study>/report/<uuid:run>/plan.json", report.plan, name="report-plan"),
    path("studies/<uuid:study>/report/<uuid:run>/report.pdf", papers.article, name="report-pdf"),
    path("studies/<uuid:study>/report/<uuid:run>/for-<slug:reader>/", papers.plain, name="report-plain"),
    path("studies/<uuid:study>/report/<uuid:run>/for-<slug:reader>.pdf", papers.plain_paper, name="report-plain-pdf"),
    path("studies/<uuid:study>/looks/", monitoring.looks, name="looks"),
    path("studies/<uuid:study>/looks/appoint/", monitoring.appoint, name="looks-appoint"),
    # Independent committee: Look · Decide
    path("monitoring/", monitoring.monitoring, name="monitoring"),
    path("monitoring/<uuid:study>/", monitoring.monitor, name="monitor"),
    path("monitoring/<uuid:study>/look/", monitoring.look, name="monitor-look"),
    path("monitoring/<uuid:study>/decide/", monitoring.decide, name="monitor-decide"),
    # Educator: Assign · Review
    path("teaching/", educator.cohorts, name="teaching"),
    *assign_urls.urlpatterns,
    path("teaching/concordance/", panels.concordance, name="concordance"),
    path("teaching/pass-mark/", panels.standards, name="standards"),
    path("teaching/<uuid:cohort>/", educator.cohort, name="cohort"),
    path("teaching/<uuid:cohort>/items/", items.cohort, name="cohort-items"),
    path("teaching/<uuid:cohort>/review/", review.cohort, name="cohort-review"),
    path("teaching/<uuid:cohort>/review/answers/", review.answers, name="cohort-answers"),
    path("teaching/<uuid:cohort>/<uuid:trainee>/", educator.trainee, name="trainee"),
    path("teaching/<uuid:cohort>/<uuid:trainee>/review/", traineereview.review, name="trainee-review"),
    path("teaching/<uuid:cohort>/<uuid:trainee>/comment/", traineereview.comment, name="trainee-comment"),
]
