"""The workshop's tool. See `python3 -m workshop --help`.

The doctor is a separate distribution. Its source is added to the path here, so that a clone needs
no build step.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DOCTOR = os.path.join(ROOT, "channels-doctor", "src")

if DOCTOR not in sys.path:
    sys.path.append(DOCTOR)
