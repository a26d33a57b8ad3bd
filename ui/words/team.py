"""The words of the Team page."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "nav.team": ("Team", "团队"),
    "purpose.team": (
        "How the labelling goes: pace, agreement, and what suggestions do to the answers.",
        "标注进展：速度、一致性，以及建议对答案的影响。",
    ),
    "do.team": (
        "Low agreement with gold? Look at the remarks below, and at the guideline.",
        "与标准答案一致性低？请查看下面的备注和标注指南。",
    ),
    "do.team_none": (
        "Nothing is labelled yet: label some texts on the Annotate page first.",
        "还没有标注：请先到“标注”页标注一些文本。",
    ),
    "do.team_own": (
        "This is your own work; besides you only leads and engineers see it. The round that is "
        "being labelled is compared with others once it is over.",
        "这里是您自己的标注情况；除您之外，只有负责人和工程师能看到。正在标注的这一轮结束后才与他人比较。",
    ),
    "team.since": ("From (UTC)", "开始日期（UTC）"),
    "team.until": ("To (UTC)", "结束日期（UTC）"),
    "team.round": ("Round", "轮次"),
    "team.all_rounds": ("all rounds", "全部轮次"),
    "team.csv": ("Download as CSV", "下载 CSV"),
    "team.everybody": ("Everybody", "全体"),
    "team.person": ("person", "人员"),
    "team.labels": ("labels", "标签数"),
    "team.pace": ("pace", "速度"),
    "team.skips": ("skipped", "跳过"),
    "team.gold": ("as the gold label", "与标准答案一致"),
    "team.others": ("as the others", "与他人一致"),
    "team.accepted": ("as suggested", "与建议一致"),
    "team.control": ("suggestion hidden", "建议隐藏时"),
    "team.open": ("{open} open, {done} done", "待标 {open}，已完成 {done}"),
    "team.own_tab": ("Label Studio", "Label Studio 标签页"),
    "team.seconds": ("{n} s", "{n} 秒"),
    "team.idle": ("{n} breaks left out", "不计 {n} 次停顿"),
    "team.of": ("of {n}", "共 {n} 条"),
    "team.kappa": ("kappa {value}", "kappa {value}"),
    "team.none": (
        "No answers here. Choose other days or another round, or label some texts.",
        "没有符合条件的答案。请更换日期或轮次，或先标注一些文本。",
    ),
    "team.anchoring": ("Do suggestions pull the answers?", "建议会影响答案吗？"),
    "team.anchored": (
        "Answers are as suggested {shown} of the time when the suggestion is shown and {hidden} "
        "when it is hidden: a difference of {points} points ({low} to {high}).",
        "显示建议时，答案与建议一致的比例为 {shown}；隐藏建议时为 {hidden}：相差 {points} 个百分点"
        "（{low} 至 {high}）。",
    ),
    "team.not_measured": (
        "Not measured: set annotate.suggestions to control in workbench.toml, so that some texts "
        "of each batch hide it.",
        "尚未测量：请在 workbench.toml 中把 annotate.suggestions 设为 control，"
        "使每批中的部分文本隐藏建议。",
    ),
    "team.how": (
        "Pace is the median; times over {seconds} s count as breaks and are left out. Ranges hold "
        "with 95 % certainty. Kappa is Cohen's, over all pairs of answers to the same text.",
        "速度为中位数；超过 {seconds} 秒视为停顿，不计入。区间为 95 % 置信区间。"
        "kappa 为 Cohen 系数，按同一文本的所有成对答案计算。",
    ),
    "team.remarks": ("Remarks on texts", "对文本的备注"),
    "team.no_remarks": (
        "No notes, skip reasons or unclear cases.",
        "没有备注、跳过原因或不明确的情况。",
    ),
    "team.unclear": ("the guideline is unclear", "指南不明确"),
    "team.skipped": ("skipped", "已跳过"),
    "team.skipped_why": ("skipped: {reason}", "已跳过：{reason}"),
}
