"""The workshop's own tool. See `python3 -m workshop --help`.

Where JupyterLab is installed, whoever loads nbformat also loads what checks whether a text is an
international web address. That takes a second, and no notebook asks for it: jsonschema, which
nbformat uses, does without where it is not there.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)
