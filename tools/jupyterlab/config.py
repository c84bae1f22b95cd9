"""How `make notebook` and docs/install.md start JupyterLab: no question, no request to anyone."""

import os
from pathlib import Path

c = get_config()  # type: ignore[name-defined]  # noqa: F821 - Jupyter runs this file with it
here = Path(__file__).resolve().parent

# The whole project can be browsed, so that a plan written to maps/ is found; it opens on notebooks.
c.ServerApp.root_dir = str(here.parent.parent)
c.LabApp.default_url = "/lab/tree/notebooks"
# No news and no newer versions: overrides.json, in this folder, answers the question about them.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.app_settings_dir = str(here)
# Nothing is installed beside the lock.
c.LabApp.extension_manager = "readonly"
# The window shows the address alone, and what goes wrong.
c.Application.log_level = "WARN"
# What goes to and fro between the server and a notebook is nobody else's on a shared computer.
c.KernelManager.transport_encryption = "auto"
# In a container everybody is root.
c.ServerApp.allow_root = getattr(os, "geteuid", lambda: 1)() == 0
