"""The words of the Rounds and Augment pages and of the figures."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "rounds.start": ("Start a round", "开始一轮"),
    "rounds.strategy": ("Query strategy", "查询策略"),
    "rounds.batch": ("Texts in the batch", "每批文本数"),
    "rounds.learner": ("Learner", "学习器"),
    "rounds.auto": ("choose for me", "自动选择"),
    "rounds.head": ("head (fast)", "分类头（快）"),
    "rounds.few_shot": ("few-shot", "少样本训练"),
    "rounds.finetune": ("fine-tune", "微调"),
    "rounds.none": (
        "No round yet. The first one chooses texts by clusters, or trains at once when labels "
        "are there.",
        "还没有轮次。第一轮按聚类选择文本；若已有标签，则立即训练。",
    ),
    "rounds.list": ("The rounds so far", "已有轮次"),
    "rounds.labels": ("labels", "标签数"),
    "rounds.accuracy": ("accuracy", "准确率"),
    "rounds.queue": ("queue", "队列"),
    "rounds.cut": ("cut off", "已中断"),
    "rounds.why": ("Why this learner", "选择此学习器的理由"),
    "rounds.took": (
        "Round {number} took {total} s ({steps})",
        "第 {number} 轮用时 {total} 秒（{steps}）",
    ),
    "step.sync": ("sync", "同步"),
    "step.train": ("train", "训练"),
    "step.score": ("score", "打分"),
    "step.choose": ("choose", "选择"),
    "step.publish": ("publish", "发布"),
    "rounds.title": ("The next round", "下一轮"),
    "rounds.number": ("round", "轮次"),
    "rounds.by": ("learner", "学习器"),
    "rounds.chosen_by": ("chosen by", "选择策略"),
    "rounds.running": ("running", "进行中"),
    "rounds.learner.head": ("head", "分类头"),
    "rounds.learner.few_shot": ("few-shot", "少样本训练"),
    "rounds.learner.finetune": ("fine-tune", "微调"),
    "rounds.learner.auto": ("automatic", "自动"),
    "rounds.learner.none": ("none yet", "暂无"),
    "strategy.random": ("random", "随机"),
    "strategy.least_confidence": ("least confidence", "最低置信度"),
    "strategy.entropy": ("entropy", "熵"),
    "strategy.margin": ("margin", "边际"),
    "strategy.rare_class": ("within a rare class", "稀有类别"),
    "strategy.bald": ("disagreement under dropout (BALD)", "随机失活分歧（BALD）"),
    "strategy.kmeans_start": ("clusters", "聚类"),
    "strategy.typiclust": ("typical of a cluster (TypiClust)", "典型样本（TypiClust）"),
    "strategy.kmeans": ("clusters without a label", "未标注的聚类"),
    "strategy.core_set": ("farthest from what is known (core-set)", "核心集"),
    "strategy.badge": ("gradients, spread out (BADGE)", "梯度多样性（BADGE）"),
    "strategy.contrastive": ("unlike its neighbours (CAL)", "与邻近样本相异（CAL）"),
    "strategy.activelab": ("new label or second opinion (ActiveLab)", "新标注或复核（ActiveLab）"),
    "strategy.margin_diverse": ("margin and diversity", "边际与多样性"),
    "tune.title": ("Fine-tune settings", "微调设置"),
    "tune.hint": (
        "Tries settings on the labels you have, minutes for each; no round ever does this.",
        "用已有标签逐一试验设置，每次需数分钟；轮次不会自动进行。",
    ),
    "tune.trials": ("Settings to try", "试验次数"),
    "tune.start": ("Search", "开始搜索"),
    "tune.write": ("Use what was found", "采用搜索结果"),
    "tune.written": ("Used from the next round on.", "将从下一轮起采用。"),
    "tune.measured": (
        "Best of {trials}: {settings}. Right on labels held back: {accuracy}, with the settings "
        "in use {before}; {value} points, 95 % interval {low} to {high}, {items} items. ",
        "{trials} 次中最佳：{settings}。对预留标签的正确率：{accuracy}，当前设置为 {before}；"
        "相差 {value} 个百分点，95% 区间 {low} 至 {high}，共 {items} 条。",
    ),
    "tune.use": ("It is better: use it.", "结果更好：请采用。"),
    "tune.keep": ("That proves nothing: keep what you have.", "不足以证明更好：请保留当前设置。"),
    "replay.title": ("A replay", "新的回放"),
    "replay.hint": (
        "The loop runs on labels that are known already, random labels beside it.",
        "在已知标签上运行整个循环，并与随机标注对比。",
    ),
    "replay.file": (
        "A labelled file (without one: this project's labels)",
        "已标注文件（不选则使用本项目的标签）",
    ),
    "replay.test": (
        "A file to measure on (without one: a quarter of the texts)",
        "测试文件（不选则取四分之一的文本）",
    ),
    "replay.strategies": ("Query strategies", "查询策略"),
    "replay.batch": ("Labels a round", "每轮标签数"),
    "replay.rounds": ("Rounds", "轮数"),
    "replay.seeds": ("Seeds", "随机种子数"),
    "replay.start": ("Start the replay", "开始回放"),
    "replay.compare": ("Replays to compare", "要比较的回放"),
    "replay.none": (
        "No replay yet. It takes seconds with the head, minutes with the fine-tune.",
        "还没有回放。使用分类头需数秒，使用微调需数分钟。",
    ),
    "replay.found": ("What each would have saved", "各策略可节省多少"),
    "replay.note": (
        "Labels are read off the curves, in straight lines between rounds; “>” means that the "
        "curve ends before. Accuracy with all labels stands behind the learner.",
        "标签数由曲线线性插值得出；“>”表示曲线尚未达到。学习器后为使用全部标签时的准确率。",
    ),
    "replay.number": ("replay", "回放"),
    "replay.strategy": ("strategy", "策略"),
    "replay.learner": ("learner · with all labels", "学习器 · 使用全部标签"),
    "replay.mean": ("mean of the curve", "曲线均值"),
    "replay.over_random": ("over random", "相对随机"),
    "replay.reach": ("labels to {share} of it", "达到其 {share} 所需标签"),
    "replay.own": ("own labels", "本项目标签"),
    "replay.line": (
        "mean of the curve {mean}{gain}, {last} (95 %: {low} to {high}) at {labels} labels",
        "曲线均值 {mean}{gain}，{labels} 个标签时为 {last}（95%：{low} 至 {high}）",
    ),
    "replay.gain": (" ({gain} over random)", "（相对随机 {gain}）"),
    "replay.alike": (
        "Labels that differ in case or spaces only count as different: {labels}",
        "仅大小写或空格不同的标签按不同标签计：{labels}",
    ),
    "replay.measured_on": ("{source}, measured on {test}", "{source}（在 {test} 上测试）"),
    "replay.so_many_seeds": ("seeds: {n}", "种子数：{n}"),
    "replay.data": (
        "{train} texts to choose from, {test} to measure on, {classes} classes",
        "可选文本 {train} 条，测试文本 {test} 条，{classes} 个类别",
    ),
    "replay.columns": (
        "Texts are in column {text}, labels in column {label}",
        "文本在“{text}”列，标签在“{label}”列",
    ),
    "replay.left_out": ("Rows that are not used: {n}: {why}", "未使用的行共 {n} 行：{why}"),
    "replay.left_out.only": ("Rows that are not used: {why}", "未使用的行：{why}"),
    "replay.left_out.and": (", ", "、"),
    "replay.left_out.one": ("{n} ({why})", "{n} 行（{why}）"),
    "replay.needs": (
        "labels for a share of {full}, the accuracy with all labels: ",
        "达到全部标签准确率（{full}）的各比例所需标签：",
    ),
    "replay.forecasts": (
        "90 % intervals of the forecasts that held the truth: {held} of {all}",
        "预测的 90% 区间包含真值的次数：{held} / {all}",
    ),
    "replay.use": (
        "Use {strategy} ({learner}): {share} of the accuracy with all labels takes {labels} "
        "labels, random ones {random}.",
        "请使用“{strategy}”（{learner}）：达到全部标签准确率的 {share} 需要 {labels} 个标签，"
        "随机标注需要 {random} 个。",
    ),
    "replay.only": (
        "Use {strategy} ({learner}): {share} of the accuracy with all labels takes {labels} "
        "labels; random ones do not get there in this replay.",
        "请使用“{strategy}”（{learner}）：达到全部标签准确率的 {share} 需要 {labels} 个标签；"
        "随机标注在本次回放中未能达到。",
    ),
    "replay.early": (
        "Use {strategy} ({learner}): its curve lies above that of random labels, but this replay "
        "does not show how many labels less a good accuracy takes. Replay more rounds.",
        "请使用“{strategy}”（{learner}）：其曲线高于随机标注，但本次回放看不出"
        "达到较高准确率能少用多少标签。请增加轮数。",
    ),
    "replay.few_seeds": (
        " Seeds that this rests on: {n}; chance may say the same, replay with three to be surer.",
        "此结论仅基于 {n} 个随机种子，可能出于偶然；用三个种子回放更可靠。",
    ),
    "replay.random": (
        "Nothing here clearly beats random labels: label at random, or replay with more rounds, "
        "seeds and texts to measure on.",
        "此处没有策略明显优于随机标注：请随机标注，或增加轮数、种子和测试文本后再回放。",
    ),
    "outlook.title": ("What more labels would buy", "再标注能带来什么"),
    "outlook.note": (
        "Both accuracies are read off the curve through all rounds, which chance moves less than a "
        "single measure. Ranges are meant to hold the truth nine times in ten. Random labels are "
        "judged by the holdout alone.",
        "两个准确率均取自穿过各轮结果的曲线，比单次测量更少受偶然影响。"
        "区间按九成把握包含真值估算。随机标注的效果仅由留出集估计。",
    ),
    "outlook.none": (
        "With {n} labelled texts of the holdout (every batch has some) the next round shows a "
        "forecast here.",
        "留出集（每批都有一些）标注满 {n} 条后，下一轮会在这里显示预测。",
    ),
    "outlook.none_saved": (
        " With {m} it shows what choosing saved, too.",
        "满 {m} 条后还会显示节省量。",
    ),
    "outlook.no_holdout": (
        "A forecast takes {n} labelled texts that were drawn at random, and the holdout has fewer: "
        "those count too that random_share ([round] in workbench.toml) draws into each batch.",
        "预测需要 {n} 条随机抽取的已标注文本，而留出集不足此数："
        "按 workbench.toml 中 [round] 的 random_share 抽入每批的文本也计算在内。",
    ),
    "outlook.forecast": (
        "{n} more labels: {now} → {value} ({low} to {high})",
        "再标注 {n} 条：{now} → {value}（{low} 至 {high}）",
    ),
    "outlook.saved": (
        "Labels saved against random ones: {amount}",
        "与随机标注相比节省标签（条）：{amount}",
    ),
    "outlook.between": ("{value} ({low} to {high})", "{value}（{low} 至 {high}）"),
    "outlook.at_least": ("at least {low}", "至少 {low}"),
    "outlook.never": ("; random labels may never get here", "；随机标注可能永远达不到这一水平"),
    "outlook.saved_unknown": (
        "Labels saved against random ones: what is labelled of the holdout leaves it open",
        "与随机标注相比的节省量：依据已标注的留出集尚无法判断",
    ),
    "outlook.comma": ("; ", "；"),
    "outlook.hours": ("hours of work: {amount}", "工时（小时）：{amount}"),
    "outlook.money": ("money: {amount}", "费用：{amount}"),
    "outlook.stabilised": (
        "Agreement of the last models: kappa {value}, still from {limit} on",
        "最近几个模型的一致性：kappa {value}，达到 {limit} 即为稳定",
    ),
    "outlook.stabilised.unknown": (
        "Agreement of the last models: known after the second trained round",
        "最近几个模型的一致性：第二轮训练之后可知",
    ),
    "outlook.few_changes": (
        "Predictions that changed in the last round: {value}, few below {limit}",
        "上一轮改变的预测：{value}，低于 {limit} 即为很少",
    ),
    "outlook.few_changes.unknown": (
        "Predictions that changed in the last round: known after the second trained round",
        "上一轮改变的预测：第二轮训练之后可知",
    ),
    "outlook.target_reached": (
        "Accuracy is at least {value} with 95 % confidence, the target is {limit}",
        "准确率有 95% 的把握不低于 {value}，目标为 {limit}",
    ),
    "outlook.target_reached.unknown": (
        "The target accuracy: nothing is measured yet",
        "目标准确率：尚未测量",
    ),
    "outlook.calibration": (
        "Confidence is off by {after} on average ({before} before calibration, temperature "
        "{temperature})",
        "置信度平均偏差 {after}（校准前 {before}，温度 {temperature}）",
    ),
    "outlook.stop": (" – you may stop", "，可以停止标注"),
    "outlook.go_on": (" – go on", "，请继续标注"),
    "plot.curve": ("Learning curve", "学习曲线"),
    "plot.confusion": ("Confusion on the holdout", "留出集混淆矩阵"),
    "plot.confusion_most": (
        "Confusion on the holdout: the {n} most confused of {all}",
        "留出集混淆矩阵：{all} 个标签中最易混淆的 {n} 个",
    ),
    "plot.distribution": ("Labels so far", "目前的标签分布"),
    "plot.distribution_most": (
        "Labels so far: the {n} most and the {n} least frequent of {all}",
        "目前的标签分布：{all} 个标签中最多和最少的各 {n} 个",
    ),
    "plot.labels": ("labelled items", "已标注条目数"),
    "plot.accuracy": ("accuracy on the holdout", "留出集准确率"),
    "plot.test_accuracy": ("accuracy", "准确率"),
    "plot.interval": ("with its 95 % interval", "含 95% 置信区间"),
    "plot.intervals": ("with 95 % intervals of all seeds", "含各随机种子的 95% 置信区间"),
    "plot.all_labels": ("all labels", "全部标签"),
    "plot.given": ("given by people", "人工标签"),
    "plot.predicted": ("predicted by the model", "模型预测"),
    "plot.items": ("items", "条目数"),
    "plot.no_curve": (
        "The curve starts when holdout items are labelled and a round has trained.",
        "标注了留出集条目并完成一轮训练后，曲线才会出现。",
    ),
    "plot.no_labels": ("No labels yet", "还没有标签"),
    "plot.no_confusion": ("Not measured yet", "尚未测量"),
    "augment.recipe": ("Recipe", "配方"),
    "augment.preview": ("Other texts", "换一批文本"),
    "augment.trial": ("Run a trial", "运行试验"),
    "augment.use": ("Use {recipe}", "启用{recipe}"),
    "augment.stop": ("Use none", "停用配方"),
    "augment.used": ("in use", "使用中"),
    "augment.now_used": ("{recipe} is used from the next round on.", "从下一轮起使用 {recipe}。"),
    "augment.now_none": ("No recipe is used.", "不使用任何配方。"),
    "augment.trials": ("Trials so far", "已有试验"),
    "augment.no_trials": ("No trial has been run yet.", "还没有运行过试验。"),
    "augment.without": ("without", "不使用"),
    "augment.with": ("with", "使用"),
    "augment.difference": ("difference", "差异"),
    "augment.verdict": ("verdict", "结论"),
    "augment.helps": ("helps: use it", "有效：可以启用"),
    "augment.unproved": ("not proved: leave it off", "未证明有效：不启用"),
    "augment.nothing_made": ("The recipe changes none of these texts.", "此配方没有改变这些文本。"),
    "augment.preview_title": ("What the recipe makes of labelled texts", "配方对已标注文本的改写"),
    "augment.hint.typos": ("Slips of a keyboard, as people make them.", "模拟键盘输入时的笔误。"),
    "augment.hint.ocr_noise": ("Characters that a scanner mistakes.", "模拟扫描识别的错字。"),
    "augment.hint.random_swap": ("Neighbouring words change places.", "相邻词语交换位置。"),
    "augment.hint.random_delete": ("Words are left out.", "随机删去词语。"),
    "augment.hint.synonyms": ("Words of the field for one another.", "替换为领域内的同义词。"),
    "augment.before_trial": (
        "Only a recipe that has won its trial can be switched on.",
        "只有在试验中胜出的配方才能启用。",
    ),
    "augment.points": ("points", "百分点"),
    "augment.interval": ("95 % interval", "95% 区间"),
    "recipe.typos": ("typos", "拼写错误"),
    "recipe.ocr_noise": ("OCR noise", "OCR 噪声"),
    "recipe.random_swap": ("swap words", "交换词语"),
    "recipe.random_delete": ("leave words out", "删除词语"),
    "recipe.synonyms": ("domain synonyms", "领域同义词"),
}
