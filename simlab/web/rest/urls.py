"""Addresses of the operations above `exchange`; with those of `exchange.rest.urls` they are the whole API."""

from django.urls import path

from simlab.web.rest import cases, papers

ONE = "studies/<uuid:study>/"
RUN = f"{ONE}analyses/<uuid:run>/"

urlpatterns = [
    path("packs/", cases.Packs.as_view(), name="api-packs"),
    path("packs/<slug:pack>/cases/<slug:case>/", cases.OneCase.as_view(), name="api-case"),
    path("drafts/", cases.Drafts.as_view(), name="api-drafts"),
    path("drafts/<uuid:draft>/", cases.OneDraft.as_view(), name="api-draft"),
    path("drafts/<uuid:draft>/pictures/<str:name>", cases.Picture.as_view(), name="api-draft-picture"),
    path("drafts/<uuid:draft>/remarks/", cases.Remarks.as_view(), name="api-draft-remarks"),
    path("drafts/<uuid:draft>/signatures/", cases.Signatures.as_view(), name="api-draft-signatures"),
    path("drafts/<uuid:draft>/publication/", cases.Publishing.as_view(), name="api-draft-publication"),
    path(f"{ONE}checklist/", papers.Checklist.as_view(), name="api-checklist"),
    path(f"{ONE}balance/report/", papers.BalanceReport.as_view(), name="api-balance-report"),
    path(f"{RUN}plan/", papers.Plan.as_view(), name="api-plan"),
    path(f"{RUN}report.pdf", papers.ReportPdf.as_view(), name="api-report-pdf"),
    path(f"{RUN}for-<slug:reader>.pdf", papers.PlainPdf.as_view(), name="api-plain-pdf"),
    path(f"{RUN}figures/", papers.Figures.as_view(), name="api-figures"),
    path(f"{RUN}tables/<slug:section>/<slug:name>.csv", papers.Table.as_view(), name="api-table"),
]
