"""What the layers below report in English (progress, reasons), in the reader's language."""

from __future__ import annotations

import re

from activelearn.learners import SPOKEN
from ui.words.refusals import REFUSALS

LEARNERS = {
    name: (SPOKEN[name], chinese)
    for name, chinese in (("head", "分类头"), ("few_shot", "少样本训练"), ("finetune", "微调"))
}
"""The names of the learners in a reason, as English and Chinese have them."""

CHINESE: tuple[tuple[str, str], ...] = (
    (r"started", "已开始"),
    (r"reading", "正在读取"),
    (r"texts are in column (.+), labels in column (.+)", r"文本在“\1”列，标签在“\2”列"),
    (r"round (\d+): sync", r"第 \1 轮：与 Label Studio 同步"),
    (r"round (\d+): train", r"第 \1 轮：训练"),
    (r"round (\d+): score", r"第 \1 轮：打分"),
    (r"round (\d+): choose", r"第 \1 轮：选择文本"),
    (r"round (\d+): publish", r"第 \1 轮：发布"),
    (r"sending (\d+) of (\d+)", r"正在发送第 \1 条，共 \2 条"),
    (r"sending the predictions", "正在发送预测"),
    (r"moving (\d+) of (\d+) tasks", r"正在移动第 \1 个任务，共 \2 个"),
    (r"making the tabs", "正在建立标签页"),
    (r"(\d+) rows read, (\d+) new", r"已读取 \1 行，新增 \2 条"),
    (r"looking for duplicates", "正在查找重复文本"),
    (r"looking for duplicates with different labels", "正在查找标签矛盾的重复文本"),
    (r"ranking the label issues", "正在对可疑标签排序"),
    (r"looking for outliers", "正在查找离群文本"),
    (r"Read ([\d,]+) of ([\d,]+) texts", r"已读取 \1 / \2 条文本"),
    (r"Loading the encoder", "正在加载编码器"),
    (r"Fitting the head", "正在拟合分类头"),
    (r"Fitted the head", "分类头已拟合"),
    (
        r"Few-shot training: step (\d+) of (\d+), loss ([\d.]+)",
        r"少样本训练：第 \1 / \2 步，损失 \3",
    ),
    (r"Fine-tuning: step (\d+) of (\d+), loss ([\d.]+)", r"微调：第 \1 / \2 步，损失 \3"),
    (r"(\w+): (\d+) of (\d+) texts", r"\1：第 \2 / \3 条文本"),
    (r"seed (\d+) of (\d+), without", r"第 \1 / \2 个随机种子，不使用配方"),
    (r"seed (\d+) of (\d+), with", r"第 \1 / \2 个随机种子，使用配方"),
    (r"(\w+), seed (\d+): (\d+) labels", r"\1，随机种子 \2：\3 个标签"),
    (
        r"(\w+), seed (\d+): (\d+) labels, accuracy ([\d.]+)",
        r"\1，随机种子 \2：\3 个标签，准确率 \4",
    ),
    (r"(\w+), seed (\d+): done", r"\1，随机种子 \2：完成"),
    (r"trial (\d+) of (\d+)", r"第 \1 / \2 次试验"),
    (r"the best once more", "再次检验最佳设置"),
    (r"the settings in use once more", "再次检验当前设置"),
    (r"all (\d+) labels", r"全部 \1 个标签"),
    (r"(\w+): measured", r"\1：已测量"),
    (r"(\d+) tasks seen", r"已查看 \1 个任务"),
    (r"annotations of (\d+) tasks", r"\1 个任务的标注"),
    (r"(\d+) tasks pulled", r"已获取 \1 个任务"),
    (r"keeping (\d+) tasks", r"正在保存 \1 个任务"),
    (r"[Ff]old (\d+) of (\d+).*", r"第 \1 / \2 折"),
    *(
        (rf"{name} is used because the settings ask for it\.", f"按设置使用{chinese}。")
        for name, chinese in LEARNERS.values()
    ),
    (
        r"The head is used: (\d+) of the classes has examples so far\.",
        r"使用分类头：目前只有 \1 个类别有样例。",
    ),
    (
        r"The head is used: the encoder cannot read (\d+%) of the characters, and gains little by "
        r"training; a multilingual encoder would read them\.",
        r"使用分类头：编码器读不懂 \1 的字符，训练它收效甚微；多语言编码器可以读懂。",
    ),
    (
        r"The head is used: (\d+) labels for (\d+) classes \(([\d.]+) each\) are few, "
        r"few-shot training starts at (\d+) and (\d+) for each class\.",
        r"使用分类头：\2 个类别共 \1 个标签（平均 \3 个），数量还少；"
        r"共 \4 个且每类 \5 个后开始少样本训练。",
    ),
    (
        r"The head is used: (\d+) labels for (\d+) classes \(([\d.]+) each\) are few, "
        r"fine-tuning starts at (\d+) for each class\.",
        r"使用分类头：\2 个类别共 \1 个标签（平均 \3 个），数量还少；每类 \4 个后开始微调。",
    ),
    (
        r"Few-shot training is used: (\d+) labels for (\d+) classes \(([\d.]+) each\) are few, "
        r"fine-tuning starts at (\d+) and (\d+) for each class\.",
        r"使用少样本训练：\2 个类别共 \1 个标签（平均 \3 个），数量还少；"
        r"共 \4 个且每类 \5 个后开始微调。",
    ),
    *(
        (
            rf"{LEARNERS[used][0]} is used: right on labels held back: "
            rf"head ([\d.]+%), {rival} ([\d.]+%){close[0]}\.",
            f"使用{LEARNERS[used][1]}：对预留标签的正确率，"
            rf"分类头 \1，{LEARNERS[rival][1]} \2{close[1]}。",
        )
        for rival in ("few_shot", "finetune")
        for used, close in (
            ("head", ("", "")),
            (rival, ("", "")),
            (rival, (", too close to go by", "，差距太小，不作依据")),
        )
    ),
    (
        r"The fine-tune is used: (\d+) labels for (\d+) classes \(([\d.]+) each\) are enough "
        r"to train the whole encoder\.",
        r"使用微调：\2 个类别共 \1 个标签（平均 \3 个），足以训练整个编码器。",
    ),
    *(
        (
            rf"(\d+) of (\d+) classes have a label so far: the batch is chosen {by[0]}",
            rf"\2 个类别中目前有 \1 个有标签：{by[1]}选择这一批。",
        )
        for by in (
            ("by clusters of the texts", "按文本聚类"),
            ("by what the names of the labels leave unsure", "按标签名称尚难判断的文本"),
            ("as the settings say", "按设置"),
        )
    ),
)


def reported(language: str, sentence: str) -> str:
    """``sentence`` in the reader's language; as it came where no translation is known."""
    if language != "zh":
        return sentence
    for pattern, chinese in (*CHINESE, *REFUSALS):
        if found := re.fullmatch(pattern, sentence):
            inner = found.groupdict().get("inner", "")
            return found.expand(chinese).replace(inner, inner and reported(language, inner))
    return sentence
