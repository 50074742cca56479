"""How certain a finding is if its settings were read from the source."""

from dataclasses import replace

from channels_doctor.finding import Finding
from channels_doctor.rules.context import Context

RESTS_ON = {
    "P02": "installed_apps_are_known",
    "P03": "installed_apps_are_known",
    "P18": "asgi_application_is_known",
    "P37": "allowed_hosts_are_known",
}
OF_SETTINGS = ("static", "import")
UNLESS = "unless the loaded settings are different"


def with_certainty(context: Context, findings: list[Finding]) -> list[Finding]:
    """Return `findings`, in which those that depend on unknown settings are uncertain warnings."""
    if not context.facts.get("from_source"):
        return findings
    return [finding if _is_certain(context, finding) else _doubted(finding) for finding in findings]


def _is_certain(context: Context, finding: Finding) -> bool:
    if finding.found_by not in OF_SETTINGS:
        return True
    fact = RESTS_ON.get(finding.id)
    if fact == "asgi_application_is_known" and context.facts["asgi_application"] is None:
        return context.facts["complete"]
    return context.facts[fact] if fact else context.facts["complete"]


def _doubted(finding: Finding) -> Finding:
    severity = "warning" if finding.severity == "error" else finding.severity
    condition = f"{finding.condition}, {UNLESS}" if finding.condition else UNLESS
    return replace(finding, severity=severity, condition=condition, certain=False)
