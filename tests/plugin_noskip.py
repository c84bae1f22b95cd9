"""Turns every skip into a failure, for machines that must have all parts.

Loaded with ``-p tests.plugin_noskip`` where ``LAYOUT_NO_SKIP`` is set. Elsewhere a test may skip
for a part that a fresh machine need not have, with its reason.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest


def _fail_if_skipped(report: Any) -> None:
    # An expected failure is reported as skipped too; it skips nothing.
    if report.skipped and not hasattr(report, "wasxfail"):
        longrepr = report.longrepr
        reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
        report.outcome = "failed"
        report.longrepr = f"skipped where every part must be present: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report
