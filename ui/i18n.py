"""Every word of the web UI, in English and Chinese, and the choice between the two."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "zh")
COOKIE = "workbench_language"

STRINGS: dict[str, dict[str, str]] = {
    "nav.project": {"en": "Project", "zh": "项目"},
    "nav.annotate": {"en": "Annotate", "zh": "标注"},
    "nav.rounds": {"en": "Rounds", "zh": "轮次"},
    "nav.audit": {"en": "Audit", "zh": "审核"},
    "nav.augment": {"en": "Augment", "zh": "增强"},
    "nav.export": {"en": "Export", "zh": "导出"},
    "nav.logout": {"en": "Log out", "zh": "退出登录"},
    "login": {"en": "Log in with your Label Workbench user.", "zh": "请用标注工作台的用户登录。"},
    "next": {"en": "Next", "zh": "下一步"},
    "purpose.project": {
        "en": "Where the project stands, and how texts get in.",
        "zh": "项目的进展,以及如何导入文本。",
    },
    "purpose.annotate": {
        "en": "Label the texts that teach the model most, all from the keyboard.",
        "zh": "标注对模型最有帮助的文本,全程只用键盘。",
    },
    "purpose.rounds": {
        "en": "Train on what is labelled, measure on the holdout, choose the next batch.",
        "zh": "用已标注的文本训练,在留出集上测量,再选出下一批。",
    },
    "purpose.audit": {
        "en": "Find labels that are probably wrong and settle them one at a time.",
        "zh": "找出可能有误的标签,逐条处理。",
    },
    "purpose.augment": {
        "en": "Make new training texts, and use them only where a trial proves that they help.",
        "zh": "生成新的训练文本,只有试验证明有效才启用。",
    },
    "purpose.export": {
        "en": "Take the labelled items with you.",
        "zh": "把标注好的条目导出带走。",
    },
    "do.import": {
        "en": "Import a file of texts on the Project page.",
        "zh": "请在“项目”页导入一个文本文件。",
    },
    "do.labels": {
        "en": "No labels are known yet: import a file that has a label column.",
        "zh": "还没有标签:请导入带有标签列的文件。",
    },
    "do.round": {
        "en": "Start a round: it chooses the texts to label.",
        "zh": "开始一轮:系统会选出要标注的文本。",
    },
    "do.annotate": {
        "en": "{n} texts of the batch wait on the Annotate page.",
        "zh": "“标注”页还有 {n} 条文本等待标注。",
    },
    "do.next_round": {
        "en": "The batch is done: start the next round.",
        "zh": "这一批已完成:可以开始下一轮。",
    },
    "do.open_round": {
        "en": "Round {n} was cut off: start a round to go on with it.",
        "zh": "第 {n} 轮被中断:再次开始即可继续。",
    },
    "do.wait": {
        "en": "{kind} is running: {percent} done.",
        "zh": "{kind}进行中:已完成 {percent}。",
    },
    "do.audit": {
        "en": "Look for label errors with the button below.",
        "zh": "点击下面的按钮查找标签错误。",
    },
    "do.findings": {"en": "{n} findings wait for a decision.", "zh": "有 {n} 条发现等待处理。"},
    "do.audit_more": {
        "en": "An audit needs at least 20 labelled items; there are {n}. Label some first.",
        "zh": "审核至少需要 20 条已标注条目,目前有 {n} 条。请先标注。",
    },
    "do.trial": {
        "en": "Preview a recipe, then let a trial say whether it helps.",
        "zh": "先预览一个配方,再用试验判断它是否有效。",
    },
    "do.augment_more": {
        "en": "A trial needs at least 40 labelled items; there are {n}. Label some first.",
        "zh": "试验至少需要 40 条已标注条目,目前有 {n} 条。请先标注。",
    },
    "do.export": {
        "en": "{n} labelled items are ready: choose a format.",
        "zh": "有 {n} 条已标注条目可以导出:请选择格式。",
    },
    "do.export_none": {
        "en": "Nothing is labelled yet: label some texts on the Annotate page first.",
        "zh": "还没有标注:请先到“标注”页标注一些文本。",
    },
    "stat.items": {"en": "items in the pool", "zh": "文本池条目"},
    "stat.labelled": {"en": "labelled", "zh": "已标注"},
    "stat.holdout": {"en": "holdout labelled", "zh": "留出集已标注"},
    "stat.queue": {"en": "left in the queue", "zh": "队列剩余"},
    "stat.round": {"en": "round", "zh": "轮次"},
    "stat.accuracy": {"en": "accuracy on the holdout", "zh": "留出集准确率"},
    "stat.waiting": {"en": "wait to be sent", "zh": "等待发送"},
    "stat.unmeasured": {"en": "not measured yet", "zh": "尚未测量"},
    "project.labelstudio": {"en": "Open in Label Studio", "zh": "在 Label Studio 中打开"},
    "project.unbound": {
        "en": "No Label Studio project is bound yet; the sync button makes one when a Label Studio"
        " is running.",
        "zh": "尚未绑定 Label Studio 项目;Label Studio 运行时,点击同步按钮即可创建。",
    },
    "project.synced": {"en": "Last exchange: {when} (UTC)", "zh": "上次同步:{when}(UTC)"},
    "project.sync": {"en": "Sync now", "zh": "立即同步"},
    "project.sync_started": {"en": "The sync has started.", "zh": "同步已开始。"},
    "import.title": {"en": "Import a file", "zh": "导入文件"},
    "import.file": {
        "en": "CSV, TSV, JSONL, JSON or Parquet",
        "zh": "CSV、TSV、JSONL、JSON 或 Parquet",
    },
    "import.text": {"en": "Text column", "zh": "文本列"},
    "import.label": {"en": "Label column", "zh": "标签列"},
    "import.uid": {"en": "Column of a stable id", "zh": "稳定编号列"},
    "import.none": {"en": "(none)", "zh": "(无)"},
    "import.preview": {
        "en": "The first rows. Nothing is stored before you import.",
        "zh": "前几行预览。点击导入之前不会保存任何内容。",
    },
    "import.rows": {"en": "{n} rows", "zh": "共 {n} 行"},
    "import.rejected_row": {"en": "line {line}: {reason}", "zh": "第 {line} 行:{reason}"},
    "import.go": {"en": "Import", "zh": "导入"},
    "import.discard": {"en": "Discard", "zh": "放弃"},
    "import.queued": {"en": "The import has started.", "zh": "导入已开始。"},
    "import.no_file": {"en": "Choose a file first.", "zh": "请先选择文件。"},
    "import.same_column": {
        "en": "Text and label are the same column ({name}): choose two.",
        "zh": "文本列与标签列相同({name}):请分别选择。",
    },
    "job.round": {"en": "Round", "zh": "轮次"},
    "job.audit": {"en": "Audit", "zh": "审核"},
    "job.trial": {"en": "Trial", "zh": "试验"},
    "job.sync": {"en": "Sync", "zh": "同步"},
    "job.import": {"en": "Import", "zh": "导入"},
    "job.simulate": {"en": "Simulation", "zh": "模拟"},
    "job.queued": {"en": "waiting for the worker", "zh": "等待执行"},
    "job.running": {"en": "running", "zh": "进行中"},
    "job.done": {"en": "done", "zh": "已完成"},
    "job.failed": {"en": "failed", "zh": "失败"},
    "job.cancelled": {"en": "cancelled", "zh": "已取消"},
    "job.stopping": {"en": "Stopping at the next safe moment.", "zh": "将在下一个安全点停止。"},
    "job.cancel": {"en": "Cancel", "zh": "取消"},
    "job.left": {"en": "about {time} left", "zh": "约剩 {time}"},
    "job.survives": {
        "en": "You can close this page; the work goes on.",
        "zh": "可以关闭此页面,任务会继续。",
    },
    "time.s": {"en": "{n} s", "zh": "{n} 秒"},
    "time.m": {"en": "{n} min", "zh": "{n} 分钟"},
    "time.h": {"en": "{n} h", "zh": "{n} 小时"},
    "result.import": {
        "en": "{added} added, {already} already there, {rejected} rejected, {labelled} labels,"
        " {exact_duplicates} exact and {near_duplicates} near-duplicates.",
        "zh": "新增 {added} 条,已有 {already} 条,拒绝 {rejected} 条,标签 {labelled} 个,完全重复"
        " {exact_duplicates} 条,近似重复 {near_duplicates} 对。",
    },
    "result.sync": {
        "en": "{pulled} answers taken over, {sent} sent, {waiting} waiting.",
        "zh": "接收 {pulled} 条,发送 {sent} 条,等待 {waiting} 条。",
    },
    "result.round": {
        "en": "Round {number}: {chosen} texts chosen with {strategy}, {labels} labels learnt from.",
        "zh": "第 {number} 轮:用 {strategy} 选出 {chosen} 条文本,训练用了 {labels} 个标签。",
    },
    "result.audit": {
        "en": "{items} items looked at: {findings} findings.",
        "zh": "检查了 {items} 条,发现 {findings} 处。",
    },
    "result.rejects": {"en": "The rejected rows are listed in {path}", "zh": "被拒绝的行见 {path}"},
    "result.duplicates": {
        "en": "The near-duplicates are listed in {path}",
        "zh": "近似重复见 {path}",
    },
    "annotate.empty": {"en": "The queue is empty", "zh": "队列已空"},
    "annotate.loading": {"en": "Fetching the next text…", "zh": "正在取下一条文本……"},
    "annotate.suggests": {"en": "The model suggests", "zh": "模型建议"},
    "annotate.blind": {
        "en": "No suggestion: this text measures the model.",
        "zh": "无建议:此文本用于测量模型。",
    },
    "annotate.no_model": {"en": "No suggestion yet.", "zh": "暂无建议。"},
    "annotate.accept": {"en": "accept", "zh": "接受"},
    "annotate.submit": {"en": "submit", "zh": "提交"},
    "annotate.skip": {"en": "Skip", "zh": "跳过"},
    "annotate.undo": {"en": "Undo", "zh": "撤销"},
    "annotate.note": {"en": "Note", "zh": "备注"},
    "annotate.note_hint": {
        "en": "A note on this text; Esc returns to the labels",
        "zh": "对此文本的备注;按 Esc 返回标签",
    },
    "annotate.filter": {"en": "Filter the labels ( / )", "zh": "筛选标签( / )"},
    "annotate.why_skip": {"en": "Why skip it?", "zh": "为什么跳过?"},
    "annotate.unclear": {"en": "The text is unclear", "zh": "文本含义不清"},
    "annotate.no_label": {"en": "No label fits", "zh": "没有合适的标签"},
    "annotate.several": {"en": "Several labels fit", "zh": "多个标签都合适"},
    "annotate.broken": {"en": "Wrong language or broken text", "zh": "语言不符或文本损坏"},
    "annotate.back": {"en": "Back", "zh": "返回"},
    "annotate.batch": {"en": "batch", "zh": "本批"},
    "annotate.today": {"en": "by you today", "zh": "您今天"},
    "annotate.saving": {"en": "Saving…", "zh": "正在保存……"},
    "annotate.saved": {"en": "Saved", "zh": "已保存"},
    "annotate.offline": {
        "en": "The workbench does not answer; your answer is tried again.",
        "zh": "工作台没有响应;正在重试提交您的答案。",
    },
    "annotate.undone": {"en": "Taken back", "zh": "已撤销"},
    "annotate.nothing": {"en": "Nothing to take back", "zh": "没有可撤销的内容"},
    "annotate.waiting": {
        "en": "{n} answers are kept here until Label Studio answers again.",
        "zh": "有 {n} 条答案暂存于此,等待 Label Studio 恢复。",
    },
    "annotate.spans": {
        "en": "This project marks spans: label in Label Studio; answers arrive here by themselves.",
        "zh": "本项目标注文本片段:请在 Label Studio 中标注,结果会自动同步到这里。",
    },
    "annotate.help": {
        "en": "keys: labels as shown · Enter accept · S skip · Z undo · N note · / filter",
        "zh": "按键:标签如图示 · Enter 接受 · S 跳过 · Z 撤销 · N 备注 · / 筛选",
    },
    "rounds.start": {"en": "Start a round", "zh": "开始一轮"},
    "rounds.strategy": {"en": "Query strategy", "zh": "查询策略"},
    "rounds.batch": {"en": "Texts in the batch", "zh": "每批文本数"},
    "rounds.learner": {"en": "Learner", "zh": "学习器"},
    "rounds.auto": {"en": "choose for me", "zh": "自动选择"},
    "rounds.head": {"en": "head (fast)", "zh": "分类头(快)"},
    "rounds.finetune": {"en": "fine-tune", "zh": "微调"},
    "rounds.queued": {"en": "The round has started.", "zh": "本轮已开始。"},
    "rounds.none": {
        "en": "No round yet. The first one chooses texts by clusters, or trains at once when labels"
        " are there.",
        "zh": "还没有轮次。第一轮按聚类选择文本;若已有标签,则立即训练。",
    },
    "rounds.list": {"en": "The rounds so far", "zh": "已有轮次"},
    "rounds.labels": {"en": "labels", "zh": "标签数"},
    "rounds.accuracy": {"en": "accuracy", "zh": "准确率"},
    "rounds.queue": {"en": "queue", "zh": "队列"},
    "rounds.open": {"en": "open", "zh": "打开"},
    "rounds.cut": {"en": "cut off after: {step}", "zh": "中断于:{step}"},
    "rounds.model": {"en": "model", "zh": "模型"},
    "rounds.why": {"en": "why this learner", "zh": "选择理由"},
    "strategy.random": {"en": "random", "zh": "随机"},
    "strategy.least_confidence": {"en": "least confidence", "zh": "最低置信度"},
    "strategy.entropy": {"en": "entropy", "zh": "熵"},
    "strategy.margin": {"en": "margin", "zh": "边际"},
    "strategy.kmeans_start": {"en": "clusters", "zh": "聚类"},
    "strategy.margin_diverse": {"en": "margin and diversity", "zh": "边际与多样性"},
    "plot.curve": {"en": "Learning curve", "zh": "学习曲线"},
    "plot.confusion": {"en": "Confusion on the holdout", "zh": "留出集混淆矩阵"},
    "plot.confusion_most": {
        "en": "Confusion on the holdout: the {n} most confused of {all}",
        "zh": "留出集混淆矩阵:{all} 个标签中最易混淆的 {n} 个",
    },
    "plot.distribution": {"en": "Labels so far", "zh": "目前的标签分布"},
    "plot.distribution_most": {
        "en": "Labels so far: the {n} most and the {n} least frequent of {all}",
        "zh": "目前的标签分布:{all} 个标签中最多和最少的各 {n} 个",
    },
    "plot.labels": {"en": "labelled items", "zh": "已标注条目数"},
    "plot.accuracy": {"en": "accuracy on the holdout", "zh": "留出集准确率"},
    "plot.test_accuracy": {"en": "accuracy", "zh": "准确率"},
    "plot.interval": {"en": "95 % interval", "zh": "95% 置信区间"},
    "plot.given": {"en": "given by people", "zh": "人工标签"},
    "plot.predicted": {"en": "predicted by the model", "zh": "模型预测"},
    "plot.items": {"en": "items", "zh": "条目数"},
    "plot.no_curve": {
        "en": "The curve starts when holdout items are labelled and a round has trained.",
        "zh": "标注了留出集条目并完成一轮训练后,曲线才会出现。",
    },
    "plot.no_labels": {"en": "No labels yet", "zh": "还没有标签"},
    "plot.no_confusion": {"en": "Not measured yet", "zh": "尚未测量"},
    "audit.run": {"en": "Look for label errors", "zh": "查找标签错误"},
    "audit.queued": {"en": "The audit has started.", "zh": "审核已开始。"},
    "audit.keep": {"en": "Keep  ·  K", "zh": "保留  ·  K"},
    "audit.change": {"en": "Change  ·  C", "zh": "更改  ·  C"},
    "audit.unsure": {"en": "Unsure  ·  U", "zh": "不确定  ·  U"},
    "audit.undo": {"en": "Undo  ·  Z", "zh": "撤销  ·  Z"},
    "audit.to": {"en": "Change to", "zh": "更改为"},
    "audit.given": {"en": "given label", "zh": "原标签"},
    "audit.suggestion": {"en": "suggestion", "zh": "建议"},
    "audit.no_suggestion": {"en": "none", "zh": "无"},
    "audit.kind.label": {"en": "Probably a wrong label", "zh": "标签可能有误"},
    "audit.kind.conflict": {"en": "The same text has two labels", "zh": "相同文本有两个标签"},
    "audit.kind.outlier": {"en": "Unlike all other texts", "zh": "与其他文本差异很大"},
    "audit.why.label": {
        "en": "A model that never saw this item gives {given} to its label and {suggested} to the"
        " suggestion.",
        "zh": "未见过此条目的模型给原标签 {given},给建议标签 {suggested}。",
    },
    "audit.why.conflict": {
        "en": "This one is nearly the same and is labelled {label}:",
        "zh": "下面这条几乎相同,却标为 {label}:",
    },
    "audit.why.outlier": {
        "en": "Its neighbours are at distance {distance}; usual is {usual}.",
        "zh": "它与近邻的距离是 {distance},通常为 {usual}。",
    },
    "audit.left": {"en": "{open} open · {done} settled", "zh": "待处理 {open} · 已处理 {done}"},
    "audit.none": {"en": "No open findings", "zh": "没有待处理的发现"},
    "audit.nothing": {"en": "Nothing to take back.", "zh": "没有可撤销的决定。"},
    "audit.no_target": {
        "en": "There is no suggestion: choose the label to change to.",
        "zh": "没有建议:请选择要更改为的标签。",
    },
    "augment.recipe": {"en": "Recipe", "zh": "配方"},
    "augment.n": {"en": "Texts to preview", "zh": "预览条数"},
    "augment.seed": {"en": "Seed", "zh": "随机种子"},
    "augment.preview": {"en": "Preview", "zh": "预览"},
    "augment.trial": {"en": "Run a trial", "zh": "运行试验"},
    "augment.queued": {"en": "The trial has started.", "zh": "试验已开始。"},
    "augment.use": {"en": "Use this recipe", "zh": "启用此配方"},
    "augment.stop": {"en": "Use none", "zh": "停用配方"},
    "augment.used": {"en": "in use", "zh": "使用中"},
    "augment.now_used": {
        "en": "{recipe} is used from the next round on.",
        "zh": "从下一轮起使用 {recipe}。",
    },
    "augment.now_none": {"en": "No recipe is used.", "zh": "不使用任何配方。"},
    "augment.trials": {"en": "Trials so far", "zh": "已有试验"},
    "augment.no_trials": {"en": "No trial has been run yet.", "zh": "还没有运行过试验。"},
    "augment.without": {"en": "without", "zh": "不使用"},
    "augment.with": {"en": "with", "zh": "使用"},
    "augment.difference": {"en": "difference", "zh": "差异"},
    "augment.verdict": {"en": "verdict", "zh": "结论"},
    "augment.helps": {"en": "helps: use it", "zh": "有效:可以启用"},
    "augment.unproved": {"en": "not proved: leave it off", "zh": "未证明有效:不启用"},
    "augment.nothing_made": {
        "en": "The recipe changes none of these texts.",
        "zh": "此配方没有改变这些文本。",
    },
    "recipe.typos": {"en": "typos", "zh": "拼写错误"},
    "recipe.ocr_noise": {"en": "OCR noise", "zh": "OCR 噪声"},
    "recipe.random_swap": {"en": "swap words", "zh": "交换词语"},
    "recipe.random_delete": {"en": "leave words out", "zh": "删除词语"},
    "recipe.synonyms": {"en": "domain synonyms", "zh": "领域同义词"},
    "export.format": {"en": "Format", "zh": "格式"},
    "export.jsonl": {"en": "JSONL", "zh": "JSONL"},
    "export.csv": {"en": "CSV", "zh": "CSV"},
    "export.labelstudio": {"en": "Label Studio JSON", "zh": "Label Studio JSON"},
    "export.datasets": {"en": "datasets folder (zip)", "zh": "datasets 文件夹(zip)"},
    "export.all": {"en": "Unlabelled items too", "zh": "包括未标注的条目"},
    "export.make": {"en": "Make the file", "zh": "生成文件"},
    "export.download": {"en": "Download", "zh": "下载"},
    "export.made": {"en": "{n} rows are ready.", "zh": "{n} 行已准备好。"},
    "export.columns": {
        "en": "Each row has the text, its consensus label, who labelled it and when, the round, the"
        " model version, and whether it belongs to the holdout.",
        "zh": "每行包含文本、共识标签、标注人和时间、轮次、模型版本,以及是否属于留出集。",
    },
}


def text(language: str, key: str, **values: object) -> str:
    """The words for ``key`` with its places filled in; KeyError for an unknown key."""
    found = STRINGS[key][language]
    return found.format(**values) if values else found


def translations() -> dict[str, dict[str, str]]:
    """language → key → words, as Gradio's browser side takes them."""
    return {
        language: {key: words[language] for key, words in STRINGS.items()} for language in LANGUAGES
    }


def choose_language(cookies: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """What the switch says (a cookie), or else the first language of Accept-Language we speak."""
    if cookies.get(COOKIE) in LANGUAGES:
        return cookies[COOKIE]
    wishes = []
    for place, part in enumerate(headers.get("accept-language", "").split(",")):
        name, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), place, name.split("-")[0].lower()))
        except ValueError:
            continue
    spoken = [name for _, _, name in sorted(wishes) if name in LANGUAGES]
    return spoken[0] if spoken else LANGUAGES[0]
