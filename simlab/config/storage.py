"""Static files whose names carry a hash of what is in them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Also rewrites the imports between our JavaScript modules, which name each other by relative path."""

    support_js_module_import_aggregation = True
