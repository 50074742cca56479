"""Static files that browsers may cache forever, because their names change with their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFilesStorage(CompressedManifestStaticFilesStorage):
    """Adds a hash to the name of each file that `collectstatic` collects, and to all references.

    That includes the imports in JavaScript modules. A file that was not collected keeps its name,
    so the app also runs without `collectstatic`; WhiteNoise then makes browsers revalidate files
    soon.
    """

    support_js_module_import_aggregation = True

    def stored_name(self, name):
        """Return the name with its hash, or the plain name if the file has none."""
        try:
            return super().stored_name(name)
        except ValueError:
            return name
