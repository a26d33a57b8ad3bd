"""The words of the Annotate and Audit pages."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "annotate.empty": ("Nothing to label just now", "目前没有要标注的文本"),
    "annotate.suggests": ("The model suggests", "模型建议"),
    "annotate.blind": (
        "No suggestion: this text measures the model.",
        "无建议：此文本用于测量模型。",
    ),
    "annotate.no_model": ("No suggestion yet.", "暂无建议。"),
    "annotate.accept": ("Accept", "接受"),
    "annotate.submit": ("Submit", "提交"),
    "annotate.skip": ("Skip", "跳过"),
    "annotate.undo": ("Undo", "撤销"),
    "annotate.note": ("Note", "备注"),
    "annotate.note_hint": (
        "A note on this text; Esc returns to the labels",
        "对此文本的备注；按 Esc 返回标签",
    ),
    "annotate.filter": ("Filter the labels ( / )", "筛选标签（ / ）"),
    "annotate.why_skip": ("Why skip it?", "为什么跳过？"),
    "annotate.unclear": ("The text is unclear", "文本含义不清"),
    "annotate.no_label": ("No label fits", "没有合适的标签"),
    "annotate.several": ("Several labels fit", "多个标签都合适"),
    "annotate.broken": ("Wrong language or broken text", "语言不符或文本损坏"),
    "annotate.back": ("Back", "返回"),
    "annotate.batch": ("Batch", "本批"),
    "annotate.today": ("you today", "您今天"),
    "annotate.saving": ("Saving\u2026", "正在保存……"),
    "annotate.saved": ("Saved", "已保存"),
    "annotate.offline": (
        "The workbench does not answer. Go on: your answers are kept in this browser and sent "
        "again.",
        "工作台没有响应。可以继续标注：答案保存在此浏览器中，会自动重新发送。",
    ),
    "annotate.undone": ("Taken back", "已撤销"),
    "annotate.nothing": ("Nothing to take back", "没有可撤销的内容"),
    "annotate.waiting": (
        "{n} answers are kept here until Label Studio answers again.",
        "有 {n} 条答案暂存于此，等待 Label Studio 恢复。",
    ),
    "annotate.spans": (
        "This project marks spans: label in Label Studio; answers arrive here by themselves.",
        "本项目标注文本片段：请在 Label Studio 中标注，结果会自动同步到这里。",
    ),
    "annotate.help": (
        "Keys: the labels as shown · Enter accept · S skip · N note · Z undo · / filter",
        "按键：标签如图示 · Enter 接受 · S 跳过 · N 备注 · Z 撤销 · / 筛选",
    ),
    "annotate.unsaved": ("{n} not saved yet", "{n} 条尚未保存"),
    "annotate.logged_out": (
        "You are logged out. Your answers are kept in this browser and sent when you are back.",
        "您已退出登录：答案保存在此浏览器中，重新登录后会自动发送。",
    ),
    "annotate.log_in": ("Log in", "登录"),
    "audit.run": ("Look for label errors", "查找标签错误"),
    "audit.keep": ("Keep", "保留"),
    "audit.change": ("Change to", "更改为"),
    "audit.unsure": ("Unsure", "不确定"),
    "audit.undo": ("Undo", "撤销"),
    "audit.given": ("given label", "原标签"),
    "audit.suggestion": ("suggestion", "建议"),
    "audit.kind.label": ("Probably a wrong label", "标签可能有误"),
    "audit.kind.conflict": ("The same text has two labels", "相同文本有两个标签"),
    "audit.kind.outlier": ("Unlike all other texts", "与其他文本差异很大"),
    "audit.why.label": (
        "A model that never saw this item gives {given} to its label and {suggested} to the "
        "suggestion.",
        "未见过此条目的模型给原标签 {given}，给建议标签 {suggested}。",
    ),
    "audit.why.conflict": (
        "This one is nearly the same and is labelled {label}:",
        "下面这条几乎相同，却标为 {label}：",
    ),
    "audit.why.outlier": (
        "Its neighbours are at distance {distance}; usual is {usual}.",
        "它与近邻的距离是 {distance}，通常为 {usual}。",
    ),
    "audit.left": ("{open} open \u00b7 {done} settled", "待处理 {open} · 已处理 {done}"),
    "audit.none": ("No findings yet", "还没有发现"),
    "audit.nothing": ("Nothing to take back.", "没有可撤销的决定。"),
    "audit.other": ("Or another label:", "或者选择其他标签："),
    "audit.settled": ("All findings are settled", "所有发现都已处理"),
    "audit.none_hint": (
        "An audit compares each label with what a model says that never saw the item, and "
        "looks for texts that contradict each other.",
        "审核会将每个标签与未见过该条目的模型的判断相比较，并查找相互矛盾的文本。",
    ),
    "audit.help": (
        "Keys: K keep · C change · U unsure · other labels as shown · Z undo",
        "按键：K 保留 · C 更改 · U 不确定 · 其他标签如图示 · Z 撤销",
    ),
}
