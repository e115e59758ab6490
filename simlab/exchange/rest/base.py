"""What all views of the API share: the study of the address, pages, and how they are described."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from simlab.exchange.rest import access, shapes
from simlab.studies.models import Study

PROBLEMS = dict.fromkeys((401, 403, 404, 409, 422, 429), shapes.Problem)


class Pages(PageNumberPagination):
    """`?page=2&page_size=100`; at most 200 rows at a time."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class View(APIView):
    """`rights` names, by method, the right that a token needs; without an entry it is “read”."""

    rights: dict[str, str] = {}
    pagination_class = Pages

    def study(self, pk: UUID) -> Study:
        return access.study_or_404(self.request, pk)

    def paged(self, rows: QuerySet, shape: type[Serializer]) -> Response:
        pages = Pages()
        page = pages.paginate_queryset(rows, self.request, view=self)
        return pages.get_paginated_response(shape(page, many=True).data)

    def given(self, shape: type[Serializer]) -> dict:
        form = shape(data=self.request.data)
        form.is_valid(raise_exception=True)
        return form.validated_data


def described(answer, request=None, status: int = 200, *, many: bool = False, name: str = ""):
    """The description of one method, with the refusals that every method may answer."""
    good = answer(many=True) if many else answer
    return extend_schema(request=request, responses={status: good, **PROBLEMS}, operation_id=name or None)
