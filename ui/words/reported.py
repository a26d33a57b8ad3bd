"""What the layers below report in English (progress, reasons), in the reader's language."""

from __future__ import annotations

import re

CHINESE: tuple[tuple[str, str], ...] = (
    (r"started", "已开始"),
    (r"reading", "正在读取"),
    (r"round (\d+): sync", r"第 \1 轮：与 Label Studio 同步"),
    (r"round (\d+): train", r"第 \1 轮：训练"),
    (r"round (\d+): score", r"第 \1 轮：打分"),
    (r"round (\d+): choose", r"第 \1 轮：选择文本"),
    (r"round (\d+): publish", r"第 \1 轮：发布"),
    (r"sending (\d+) of (\d+)", r"正在发送第 \1 条，共 \2 条"),
    (r"sending (\d+) predictions", r"正在发送 \1 条预测"),
    (r"moving (\d+) of (\d+) tasks into the round", r"正在移动第 \1 个任务，共 \2 个"),
    (r"making the view", "正在建立视图"),
    (r"(\d+) rows read, (\d+) new", r"已读取 \1 行，新增 \2 条"),
    (r"looking for duplicates", "正在查找重复文本"),
    (r"looking for duplicates with different labels", "正在查找标签矛盾的重复文本"),
    (r"ranking the label issues", "正在对可疑标签排序"),
    (r"looking for outliers", "正在查找离群文本"),
    (r"Read ([\d,]+) of ([\d,]+) texts", r"已读取 \1 / \2 条文本"),
    (r"Loading the encoder", "正在加载编码器"),
    (r"Fine-tuning: step (\d+) of (\d+), loss ([\d.]+)", r"微调：第 \1 / \2 步，损失 \3"),
    (r"(\w+): (\d+) of (\d+) texts", r"\1：第 \2 / \3 条文本"),
    (r"seed (\d+) of (\d+), without", r"第 \1 / \2 个随机种子，不使用配方"),
    (r"seed (\d+) of (\d+), with", r"第 \1 / \2 个随机种子，使用配方"),
    (r"(\w+): measured", r"\1：已测量"),
    (r"(\d+) tasks seen", r"已查看 \1 个任务"),
    (r"annotations of (\d+) tasks", r"\1 个任务的标注"),
    (r"(\d+) tasks pulled", r"已获取 \1 个任务"),
    (r"keeping (\d+) tasks", r"正在保存 \1 个任务"),
    (r"fold (\d+) of (\d+).*", r"第 \1 / \2 折"),
    (r"The head is used because the settings ask for it\.", "按设置使用分类头。"),
    (r"The fine-tune is used because the settings ask for it\.", "按设置使用微调。"),
    (
        r"The head is used: (\d+) of the classes has examples so far\.",
        r"使用分类头：目前只有 \1 个类别有样例。",
    ),
    (
        r"The head is used: (\d+) labels for (\d+) classes \(([\d.]+) each\) are few, "
        r"fine-tuning starts at (\d+)(?: for each class)?\.",
        r"使用分类头：\2 个类别共 \1 个标签（平均 \3 个），数量还少；达到 \4 个后开始微调。",
    ),
    (
        r"The fine-tune is used: (\d+) labels for (\d+) classes \(([\d.]+) each\) are enough "
        r"to train the whole encoder\.",
        r"使用微调：\2 个类别共 \1 个标签（平均 \3 个），足以训练整个编码器。",
    ),
    (
        r"(\d+) of (\d+) classes have a label so far: the batch is chosen by clusters of the texts",
        r"\2 个类别中目前有 \1 个有标签：按文本聚类选择这一批。",
    ),
)


def reported(language: str, sentence: str) -> str:
    """``sentence`` in the reader's language; as it came where no translation is known."""
    if language != "zh":
        return sentence
    for pattern, chinese in CHINESE:
        if found := re.fullmatch(pattern, sentence):
            return found.expand(chinese)
    return sentence
