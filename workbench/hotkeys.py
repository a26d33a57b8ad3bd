"""The key of each label on the pages that are used from the keyboard."""

from __future__ import annotations

import string
from collections.abc import Mapping

from workbench.config import AnnotateSettings
from workbench.errors import ConfigError
from workbench.project import Project

SETTING = "annotate.hot_keys"


def hot_keys(labels: tuple[str, ...], configured: Mapping[str, str]) -> list[tuple[str, str]]:
    """(label, key), in the labels' order: as configured, the others 1–9 and then the letters.

    The pages' own keys are nobody's. Labels beyond the keys have none. Raises ConfigError when the
    settings name a label that there is not.
    """
    for name in configured:
        if name not in labels:
            raise ConfigError(
                f"{SETTING}: {name!r} is no label of this project: {', '.join(labels)}"
            )
    used = {*AnnotateSettings.COMMAND_KEYS, *configured.values()}
    free = (one for one in "123456789" + string.ascii_lowercase if one not in used)
    return [(label, configured.get(label) or next(free, "")) for label in labels]


def shown_keys(project: Project) -> tuple[list[tuple[str, str]], str]:
    """(label, key) of a project, and what is wrong with its settings' keys, if anything."""
    labels = project.schema.labels if project.has_labels() else ()
    try:
        return hot_keys(labels, project.settings.annotate.hot_keys if labels else {}), ""
    except ConfigError as error:
        return hot_keys(labels, {}), str(error)
