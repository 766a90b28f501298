"""The demo's configuration folder, for the address of its site and the port of its mail sink."""

from __future__ import annotations

from pathlib import Path
from string import Template

from listener.demo.mentions import CONTENT

TEMPLATES = Path(__file__).parent / "config"


def write_setting(config_dir: Path, site_url: str, smtp_port: int) -> Path:
    """Writes ``listener.toml``, ``sources/``, ``topics/`` … into ``config_dir`` and returns it.

    ``site_url`` ends with a slash. Files of an earlier demo are overwritten; nothing else is touched.
    """
    values = {"site_url": site_url, "smtp_port": str(smtp_port)}
    for template in sorted(TEMPLATES.rglob("*.toml")):
        target = config_dir / template.relative_to(TEMPLATES)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template(template.read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
    (config_dir / "dealers.toml").write_bytes((CONTENT / "dealers.toml").read_bytes())
    return config_dir
