"""The statements of a consent form: those that must be agreed to, and those that may be left out."""

from simlab.engine.protocol import consent_statements

OPTIONAL = "optional:"


def required_statements(markdown: str) -> tuple[str, ...]:
    """The statements without which nobody takes part: all but those that begin with “Optional:”."""
    return tuple(one for one in consent_statements(markdown) if not one.lower().startswith(OPTIONAL))
