"""An examination as JSON, for CI. Keys may be added; `version` grows if one changes.

version   2
project   folder, settings, python (the interpreter's path), borrowed (whether that isn't the
          project's own), imported (or else only read), versions (of the packages)
findings  the most urgent first; each has id, severity, title, what, condition, file, line,
          symptom (text, where, when), why, fix, change (the lines of a diff), found_by, page,
          certain (false if it rests on settings whose source doesn't tell their value)
troubles  sentences about what could not be examined; where nothing could be, project is null
remarks   sentences about how it was examined, and about what it needs to be imported
live      null, or what --live measured: for each layer its kind, delivered, round_trip_ms,
          idle_seconds, after_idle_ms
summary   errors, warnings, notes
"""

import json
from collections import Counter

from channels_doctor.examination import Examination
from channels_doctor.finding import Finding

VERSION = 2


def dump(found: Examination) -> str:
    """Return the examination as one JSON document."""
    counts = Counter(finding.severity for finding in found.findings)
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
            "borrowed": found.project.borrowed,
            "imported": bool(facts) and not facts.get("from_source"),
            "versions": versions,
        },
        "findings": [_finding(finding) for finding in found.findings],
        "troubles": found.troubles,
        "remarks": found.remarks,
        "live": found.live.as_dict() if found.live else None,
        "summary": {
            "errors": counts["error"],
            "warnings": counts["warning"],
            "notes": counts["note"],
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def refusal(sentence: str) -> str:
    """Return the document for a project that can't be examined; `sentence` says why."""
    document = {
        "version": VERSION,
        "project": None,
        "findings": [],
        "troubles": [sentence],
        "remarks": [],
        "live": None,
        "summary": {"errors": 0, "warnings": 0, "notes": 0},
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _finding(finding: Finding) -> dict:
    symptom = finding.symptom
    return {
        "id": finding.id,
        "severity": finding.severity,
        "title": finding.pitfall.title,
        "what": finding.what,
        "condition": finding.condition,
        "file": finding.place.file,
        "line": finding.place.line,
        "symptom": {"text": symptom.text, "where": symptom.where, "when": symptom.when},
        "why": " ".join(finding.pitfall.why.split()),
        "fix": " ".join(finding.fix.split()),
        "change": finding.change.lines() if finding.change else [],
        "found_by": finding.found_by,
        "page": finding.pitfall.page,
        "certain": finding.certain,
    }
