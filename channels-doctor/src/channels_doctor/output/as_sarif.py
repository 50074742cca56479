"""An examination as SARIF 2.1.0, which code scanning services read."""

import json

from channels_doctor import __version__, pitfalls
from channels_doctor.examination import Examination
from channels_doctor.finding import Finding

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def dump(found: Examination) -> str:
    """Return the examination as one SARIF document."""
    ids = {finding.id for finding in found.findings}
    rules = [_rule(pitfall) for pitfall in pitfalls.load() if pitfall.id in ids]
    return document(rules, [_result(finding) for finding in found.findings], found.troubles)


def document(rules: list, results: list, troubles: list[str]) -> str:
    """Return a SARIF document, in which `troubles` are notifications of its run."""
    notifications = [{"level": "error", "message": {"text": trouble}} for trouble in troubles]
    driver = {"name": "channels-doctor", "version": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "results": results,
        "invocations": [
            {
                "executionSuccessful": not troubles,
                "toolExecutionNotifications": notifications,
            }
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(pitfall: pitfalls.Pitfall) -> dict:
    return {
        "id": pitfall.id,
        "shortDescription": {"text": pitfall.title},
        "fullDescription": {"text": " ".join(pitfall.why.split())},
        "help": {"text": " ".join(pitfall.fix.text.split())},
        "defaultConfiguration": {"level": pitfall.severity},
    }


def _result(finding: Finding) -> dict:
    text = finding.what
    if finding.condition:
        text += f" It breaks {finding.condition}."
    result = {"ruleId": finding.id, "level": finding.severity, "message": {"text": text}}
    if finding.place.file:
        location = {"artifactLocation": {"uri": finding.place.file}}
        location["region"] = {"startLine": max(finding.place.line, 1)}
        result["locations"] = [{"physicalLocation": location}]
    return result
