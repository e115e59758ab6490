"""Library: read · write · review · sign."""

from django.urls import path

from simlab.web.late import Late

# They bring the case engine and the decoder of pictures, which the first page does not need.
library = Late("simlab.web.library")
equating = Late("simlab.web.equating")
authoring = Late("simlab.web.authoring")
casereview = Late("simlab.web.casereview")

urlpatterns = [
    path("library/", library.library, name="library"),
    path("library/new/", library.new_pack, name="new-pack"),
    path("library/<slug:pack>/", library.pack, name="pack"),
    path("library/<slug:pack>/blueprint/", library.blueprint, name="pack-blueprint"),
    path("library/<slug:pack>/forms/", library.forms, name="pack-forms"),
    path("library/<slug:pack>/forms/equating/", equating.equating, name="pack-equating"),
    path("library/<slug:pack>/moodle.xml", library.pack_moodle, name="pack-moodle"),
    path("library/<slug:pack>/people/", library.people, name="pack-people"),
    path("library/<slug:pack>/new/", authoring.new_case, name="new-case"),
    path("library/<slug:pack>/cases/<slug:case>/", library.case_page, name="library-case"),
    path("library/<slug:pack>/cases/<slug:case>/preview/", library.case_preview, name="library-preview"),
    path("library/<slug:pack>/cases/<slug:case>/case.yaml", library.case_file, name="library-file"),
    path("library/<slug:pack>/cases/<slug:case>/start/", library.start, name="library-start"),
    path("drafts/<uuid:draft>/", authoring.draft, name="draft"),
    path("drafts/<uuid:draft>/upload/", authoring.upload, name="draft-upload"),
    path("drafts/<uuid:draft>/history/", authoring.history, name="draft-history"),
    path("drafts/<uuid:draft>/case.yaml", authoring.file, name="draft-file"),
    path("drafts/<uuid:draft>/pictures/<str:name>", authoring.picture, name="draft-picture"),
    path("drafts/<uuid:draft>/publish/", authoring.publish, name="draft-publish"),
    path("drafts/<uuid:draft>/preview/", casereview.preview, name="draft-preview"),
    path("drafts/<uuid:draft>/review/", casereview.review, name="draft-review"),
    path("drafts/<uuid:draft>/remark/", casereview.remark, name="draft-remark"),
    path("drafts/<uuid:draft>/sign/", casereview.sign, name="draft-sign"),
]
