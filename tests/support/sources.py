"""What tests read of the code as text."""

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def settings_source() -> str:
    """All modules of the settings."""
    folder = ROOT / "viduweb/settings"
    return "\n".join(path.read_text() for path in sorted(folder.glob("*.py")))
