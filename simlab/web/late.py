"""Views whose module is read at their first request."""

from functools import cache
from importlib import import_module
from types import ModuleType

from django.http import HttpRequest, HttpResponseBase


class Late:
    """Stands for a module of views: `Late("a.b").page` is a view that reads the module when it is first asked."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str):
        def view(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
            return getattr(_read(self._module), name)(request, *args, **kwargs)

        view.__name__ = view.__qualname__ = name
        return view


@cache
def _read(module: str) -> ModuleType:
    return import_module(module)
