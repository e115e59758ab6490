"""Writing, reviewing and signing cases, by the rights of the library: what one may not open there is not found here."""

from uuid import UUID

from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from simlab.engine.errors import Refused
from simlab.exchange.rest.base import View, described
from simlab.exchange.rest.studies import told
from simlab.studies import actions
from simlab.studies.casedrafts import read_draft, source_of
from simlab.studies.models import CaseDraft, CaseRemark, CaseText, PackVersion
from simlab.web import libraryrights
from simlab.web.rest import case_shapes as shapes


class LibraryView(View):
    """Cases belong to no study, so a token of one study does not reach them."""

    def initial(self, request: Request, *args, **kwargs) -> None:
        super().initial(request, *args, **kwargs)
        if request.auth.study_id or not libraryrights.reads_library(request.user):
            raise Http404

    def draft(self, pk: UUID) -> CaseDraft:
        return libraryrights.draft_or_404(self.request, pk)

    def state(self, draft: CaseDraft, status: int = 200) -> Response:
        return Response(drafted(draft), status=status)


def drafted(draft: CaseDraft) -> dict:
    """A draft as it stands: text, state, faults, requests for changes."""
    today = timezone.now().date()
    reading = read_draft(draft, today)
    return {
        "id": draft.pk, "pack": draft.pack, "case": draft.case_id, "number": reading.text.number,
        "state": reading.state(today), "source": reading.text.source, "faults": told(reading.blocking),
        "advised": told(reading.advised),
        "remarks": shapes.RemarkOut(draft.remarks.order_by("made_at", "pk"), many=True).data,
        "signatures": shapes.SignatureOut(draft.signatures.order_by("signed_at"), many=True).data,
    }  # fmt: skip


class Packs(LibraryView):
    rights = {"POST": "design"}

    @described(shapes.PackOut, many=True, name="packs_list")
    def get(self, request: Request) -> Response:
        """The packs whose cases this person may read, each in its latest version."""
        found = [PackVersion.objects.latest_of(name) for name in sorted(libraryrights.packs_of(request.user))]
        return Response(shapes.PackOut(found, many=True).data)

    @described(shapes.PackOut, shapes.PackIn, 201, name="packs_start")
    def post(self, request: Request) -> Response:
        """A pack without cases, of which the person becomes the first author."""
        made = actions.start_pack(**self.given(shapes.PackIn), by=request.user, now=timezone.now())
        return Response(shapes.PackOut(made).data, status=201)


class OneCase(LibraryView):
    @described(shapes.CaseOut, name="cases_read")
    def get(self, request: Request, pack: str, case: str) -> Response:
        """A case with its key, as the file it was made from."""
        from simlab.web.library import written_anew  # late: it brings the pages of cases

        version, held = libraryrights.case_or_404(request, pack, case)
        source = source_of(version)[0] or written_anew(held)
        return Response({"pack": pack, "case": case, "sha256": version.sha256, "source": source})


class Drafts(LibraryView):
    rights = {"POST": "design"}

    @described(shapes.DraftLine, many=True, name="drafts_list")
    def get(self, request: Request) -> Response:
        """The drafts that this person may open."""
        hidden = libraryrights.packs_being_sat(request.user)
        rows = CaseDraft.objects.visible_to(request.user).exclude(pack__in=hidden).order_by("pack", "case_id")
        return self.paged(rows, shapes.DraftLine)

    @described(shapes.DraftOut, shapes.DraftIn, 201, name="drafts_start")
    def post(self, request: Request) -> Response:
        """Begin a case, or the change of one, from the text of its file."""
        given = self.given(shapes.DraftIn)
        libraryrights.pack_or_404(request, given["pack"])
        begun = {"pack": given["pack"], "case_id": given["case"], "source": given["source"], "files": {}}
        made = actions.start_draft(**begun, why=CaseText.Why.IMPORTED, by=request.user, now=timezone.now())
        return self.state(made, 201)


class OneDraft(LibraryView):
    rights = {"PUT": "design"}

    @described(shapes.DraftOut, name="drafts_read")
    def get(self, request: Request, draft: UUID) -> Response:
        """The text with its state, its faults, what reviewers said and who signed."""
        return self.state(self.draft(draft))

    @described(shapes.DraftOut, shapes.TextIn, name="drafts_save")
    def put(self, request: Request, draft: UUID) -> Response:
        """Keep a text; `after` is the number of the text that was changed. The same again changes nothing."""
        found = self.draft(draft)
        actions.save_text(draft=found, **self.given(shapes.TextIn), by=request.user, now=timezone.now())
        return self.state(found)


class Picture(LibraryView):
    rights = {"PUT": "design"}

    @described(shapes.DraftOut, shapes.PictureIn, name="drafts_picture")
    def put(self, request: Request, draft: UUID, name: str) -> Response:
        """Lay a picture beside the case; the same name again replaces it."""
        found, content = self.draft(draft), self.given(shapes.PictureIn)["base64"]
        actions.put_picture(draft=found, name=name, content=content, by=request.user, now=timezone.now())
        return self.state(found)


class Remarks(LibraryView):
    rights = {"POST": "design"}

    @described(shapes.DraftOut, shapes.RemarkIn, 201, name="drafts_remark")
    def post(self, request: Request, draft: UUID) -> Response:
        """A comment, a request for changes, or (with `settles`) the answer to such a request."""
        found, given = self.draft(draft), self.given(shapes.RemarkIn)
        number = given.pop("settles")
        settles = found.remarks.filter(pk=number).first() if number else None
        if number and settles is None:
            raise Refused("malformed", "There is no such request. Give the id of a remark of this draft.")
        words = {**given, "kind": CaseRemark.Kind(given["kind"]), "settles": settles}
        actions.remark(draft=found, **words, by=request.user, now=timezone.now())
        return self.state(found, 201)


class Signatures(LibraryView):
    rights = {"POST": "design"}

    @described(shapes.DraftOut, shapes.SignatureIn, 201, name="drafts_sign")
    def post(self, request: Request, draft: UUID) -> Response:
        """Sign the text that was read, in the signer's own words; `sure` says that all of it was read."""
        found, given = self.draft(draft), self.given(shapes.SignatureIn)
        if not given.pop("sure"):
            raise Refused("malformed", "Say “sure”: true once you have read the whole case, then sign.")
        actions.sign_case(draft=found, **given, by=request.user, now=timezone.now())
        return self.state(found, 201)


class Publishing(LibraryView):
    rights = {"POST": "design"}

    @described(shapes.PackOut, None, 201, name="drafts_publish")
    def post(self, request: Request, draft: UUID) -> Response:
        """Put the case into its pack; studies launched from now on use it."""
        made = actions.publish_case(draft=self.draft(draft), by=request.user, now=timezone.now())
        return Response(shapes.PackOut(made).data, status=201)
