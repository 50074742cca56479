"""Static files that browsers may keep for ever, because their names change with their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFilesStorage(CompressedManifestStaticFilesStorage):
    """Puts a hash into the name of each file that `collectstatic` collects, and into what names it.

    That includes the imports in JavaScript modules. A file that was not collected keeps its name,
    so the app also runs without `collectstatic`; WhiteNoise then has browsers ask again soon.
    """

    support_js_module_import_aggregation = True

    def stored_name(self, name):
        """Return the name with its hash, or without one if the file has none."""
        try:
            return super().stored_name(name)
        except ValueError:
            return name
