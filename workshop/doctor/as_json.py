"""An examination as JSON, for CI. The shape is stable: keys are added, never changed.

version   1
project   folder, settings, python (the interpreter's path), versions (of the packages)
findings  the most urgent first; each has id, severity, title, what, condition, file, line,
          symptom (text, where, when), why, mend, change (the lines of a diff), found_by, page
troubles  sentences about what could not be examined
live      null, or what --live measured: for each layer its kind, delivered, round_trip_ms,
          idle_seconds, after_idle_ms
summary   errors, warnings, notes
"""

import json
from collections import Counter

from workshop.doctor.examine import Examination
from workshop.doctor.finding import Finding

VERSION = 1


def dump(found: Examination) -> str:
    """Return the examination as one JSON document."""
    counts = Counter(one.severity for one in found.findings)
    facts = found.context.facts
    versions = dict(facts.get("versions", {}))
    if facts:
        versions["python"] = ".".join(map(str, facts["python"]))
    document = {
        "version": VERSION,
        "project": {
            "folder": str(found.project.folder),
            "settings": found.project.settings,
            "python": found.project.python,
            "versions": versions,
        },
        "findings": [_finding(one) for one in found.findings],
        "troubles": found.troubles,
        "live": found.live.as_dict() if found.live else None,
        "summary": {
            "errors": counts["error"],
            "warnings": counts["warning"],
            "notes": counts["note"],
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _finding(one: Finding) -> dict:
    symptom = one.symptom
    return {
        "id": one.id,
        "severity": one.severity,
        "title": one.pitfall.title,
        "what": one.what,
        "condition": one.condition,
        "file": one.place.file,
        "line": one.place.line,
        "symptom": {"text": symptom.text, "where": symptom.where, "when": symptom.when},
        "why": " ".join(one.pitfall.why.split()),
        "mend": " ".join(one.mend.split()),
        "change": one.change.lines() if one.change else [],
        "found_by": one.found_by,
        "page": one.pitfall.page,
    }
