"""The key of each label on the pages that are used from the keyboard."""

from __future__ import annotations

import string
from collections.abc import Mapping

from workbench.errors import ConfigError

SETTING = "annotate.hot_keys"


def hot_keys(
    labels: tuple[str, ...], configured: Mapping[str, str], taken: str
) -> list[tuple[str, str]]:
    """(label, key), in the labels' order: as configured, the others 1–9 and then the letters.

    ``taken`` are the page's own keys: nobody gets those. Labels beyond the keys have none. Raises
    ConfigError when the settings name a label that there is not.
    """
    for name in configured:
        if name not in labels:
            raise ConfigError(
                f"{SETTING}: {name!r} is no label of this project: {', '.join(labels)}"
            )
    chosen = {label: key for label, key in configured.items() if key not in taken}
    unused = {*taken, *chosen.values()}
    free = (one for one in "123456789" + string.ascii_lowercase if one not in unused)
    return [(label, chosen.get(label) or next(free, "")) for label in labels]
