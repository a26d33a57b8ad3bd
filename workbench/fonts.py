"""Fonts of this machine that have Chinese characters, for plots."""

from __future__ import annotations

from functools import cache

CJK_FONTS = ("Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei", "Microsoft YaHei", "SimHei")


@cache
def chinese_font() -> str:
    """The name of the best one that is installed; empty without any."""
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    usable = [name for name in CJK_FONTS if name in there]
    usable += sorted(name for name in there if "Sans CJK" in name)
    return usable[0] if usable else ""
