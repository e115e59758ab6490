"""Addresses of the operations above `exchange`; with those of `exchange.rest.urls` they are the whole API."""

from django.urls import path

from simlab.web.rest import papers

ONE = "studies/<uuid:study>/"
RUN = f"{ONE}analyses/<uuid:run>/"

urlpatterns = [
    path(f"{ONE}checklist/", papers.Checklist.as_view(), name="api-checklist"),
    path(f"{ONE}balance/report/", papers.BalanceReport.as_view(), name="api-balance-report"),
    path(f"{RUN}plan/", papers.Plan.as_view(), name="api-plan"),
    path(f"{RUN}report.pdf", papers.ReportPdf.as_view(), name="api-report-pdf"),
    path(f"{RUN}for-<slug:reader>.pdf", papers.PlainPdf.as_view(), name="api-plain-pdf"),
    path(f"{RUN}figures/", papers.Figures.as_view(), name="api-figures"),
    path(f"{RUN}tables/<slug:section>/<slug:name>.csv", papers.Table.as_view(), name="api-table"),
]
