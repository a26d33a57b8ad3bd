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
        "All by keys: as shown on the buttons · PgUp and PgDn scroll a long text · / filters the "
        "labels.",
        "全部可用按键：见按钮上的标记 · PgUp 和 PgDn 滚动长文本 · / 筛选标签。",
    ),
    "annotate.flag": ("Guideline unclear", "规范不明确"),
    "annotate.recent": ("Last answers", "最近的答案"),
    "annotate.history_hint": ("Open one to change its answer.", "打开一条即可修改答案。"),
    "annotate.skipped": ("skipped", "已跳过"),
    "annotate.you_said": ("You said", "您的答案"),
    "annotate.along": ("and {n} nearly the same", "以及 {n} 条几乎相同的"),
    "annotate.search": ("Search", "搜索"),
    "annotate.search_field": ("Words in the text", "文本中的词语"),
    "annotate.search_hint": (
        "Finds texts of the whole pool, labelled or not.",
        "在整个文本池中查找，无论是否已标注。",
    ),
    "annotate.no_hits": ("No text has these words.", "没有包含这些词语的文本。"),
    "annotate.you": ("you", "您"),
    "annotate.others": ("answered by {n}", "已有 {n} 人回答"),
    "annotate.unlabelled": ("no answer yet", "尚无答案"),
    "annotate.near": ("{n} more texts are nearly the same.", "另有 {n} 条文本几乎相同。"),
    "annotate.near_one": ("1 more text is nearly the same.", "另有 1 条文本几乎相同。"),
    "annotate.look": ("Look", "查看"),
    "annotate.bulk": ("Label {n} texts at once", "一次标注 {n} 条文本"),
    "annotate.bulk_hint": (
        "Uncheck what differs, then choose the label: it goes to the shown text and all that are "
        "checked. One undo takes all of them back.",
        "取消勾选不同的文本，再选择标签：标签会用于当前文本和所有勾选的文本。一次撤销即可全部收回。",
    ),
    "annotate.guideline": ("Guideline", "标注规范"),
    "annotate.close": ("Close", "关闭"),
    "annotate.elsewhere": ("Answered elsewhere", "已在别处回答"),
    "annotate.stranger": (
        "Somebody else has logged in here. Your answers are kept in this browser and sent when you "
        "log in again.",
        "其他人已在此登录：您的答案保存在此浏览器中，您重新登录后会自动发送。",
    ),
    "annotate.reload": ("Load the page again", "重新加载页面"),
    "annotate.studio": ("Label in Label Studio instead", "改用 Label Studio 标注"),
    "guideline.title": ("Guideline for the annotators", "标注规范"),
    "guideline.hint": (
        "Markdown. Annotators open it beside the text with the key H.",
        "Markdown 格式。标注员可按 H 键在文本旁打开。",
    ),
    "guideline.save": ("Save the guideline", "保存规范"),
    "guideline.saved": ("The guideline is saved.", "规范已保存。"),
    "theme": ("Dark or light", "深色或浅色"),
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
