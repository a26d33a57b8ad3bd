"""The words of the Project and Export pages."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "stat.items": ("items in the pool", "文本池条目"),
    "stat.labelled": ("labelled", "已标注"),
    "stat.holdout": ("of the holdout labelled", "留出集已标注"),
    "stat.queue": ("left in the queue", "队列剩余"),
    "stat.round": ("round", "轮次"),
    "stat.accuracy": ("accuracy on the holdout", "留出集准确率"),
    "stat.waiting": ("wait to be sent", "等待发送"),
    "stat.unmeasured": ("not measured yet", "尚未测量"),
    "project.labelstudio": ("Open in Label Studio", "在 Label Studio 中打开"),
    "project.unbound": (
        "No Label Studio project is bound yet; the sync button makes one when a Label Studio "
        "is running.",
        "尚未绑定 Label Studio 项目；Label Studio 运行时，点击同步按钮即可创建。",
    ),
    "project.synced": ("Last exchange: {time} ago.", "上次同步：{time}前。"),
    "exchange.waiting": (
        "{n} answers wait to be sent, the oldest for {time}.",
        "有 {n} 条答案等待发送，最早的已等待{time}。",
    ),
    "exchange.withdrawn": (
        "{n} answers taken back wait to be deleted there.",
        "有 {n} 条已撤回的答案等待在那边删除。",
    ),
    "exchange.unread": (
        "{n} answers in Label Studio cannot be read with the project's labels. They are kept, and "
        "read as soon as the labels fit.",
        "Label Studio 中有 {n} 条答案无法用项目的标签读取。它们已保留，标签吻合后会自动读取。",
    ),
    "exchange.fine": ("Both sides agree.", "双方一致。"),
    "exchange.conflicts": (
        "{n} times somebody gave two answers to one text",
        "有 {n} 次同一人对同一文本给出两个答案",
    ),
    "exchange.rule.latest": ("the latest answer counts", "以最后的答案为准"),
    "exchange.conflict": (
        "{who} said {dropped}, then {kept}: {rule}.",
        "{who} 先答 {dropped}，后答 {kept}：{rule}。",
    ),
    "labels.title": ("The labels changed in Label Studio", "Label Studio 中的标签已更改"),
    "labels.ask": (
        "Until you decide, answers that both label sets understand go on being exchanged, and "
        "everything else is kept.",
        "在您决定之前，双方都能理解的答案会继续同步，其余的都会保留。",
    ),
    "labels.added": ("New: {names}", "新增：{names}"),
    "labels.other": ("Also changed: {names}", "其他更改：{names}"),
    "labels.removed": ("What became of “{name}”?", "“{name}”怎么处理？"),
    "labels.renamed": ("renamed to {name}", "改名为 {name}"),
    "labels.retired": (
        "no longer used (its answers are kept, nothing learns from them)",
        "不再使用（答案保留，但不用于训练）",
    ),
    "labels.more": (
        "{n} labels were removed, more than fit here: say what became of each with "
        "`workbench labels`.",
        "有 {n} 个标签被移除，此处放不下：请用 `workbench labels` 说明每个标签的去向。",
    ),
    "labels.problem": (
        "The new configuration cannot be used: {reason}",
        "新的配置无法使用：{reason}",
    ),
    "labels.apply": ("Apply", "应用"),
    "labels.applied": ("The labels are as in Label Studio now.", "标签已与 Label Studio 一致。"),
    "project.sync": ("Sync now", "立即同步"),
    "project.studio": (
        "Tasks, answers and suggestions live in Label Studio too: label here or there.",
        "任务、答案和建议同时保存在 Label Studio 中：在哪一边标注都可以。",
    ),
    "import.title": ("Import a file", "导入文件"),
    "import.file": ("CSV, TSV, JSONL, JSON or Parquet", "CSV、TSV、JSONL、JSON 或 Parquet"),
    "import.text": ("Text column", "文本列"),
    "import.label": ("Label column", "标签列"),
    "import.uid": ("Column of a stable id", "稳定编号列"),
    "import.none": ("(none)", "（无）"),
    "import.preview": (
        "The first rows. Nothing is stored before you import.",
        "前几行预览。点击导入之前不会保存任何内容。",
    ),
    "import.rows": ("{n} rows", "共 {n} 行"),
    "import.rejected_row": ("line {line}: {reason}", "第 {line} 行：{reason}"),
    "import.go": ("Import", "导入"),
    "import.discard": ("Discard", "放弃"),
    "import.no_file": ("Choose a file first.", "请先选择文件。"),
    "import.same_column": (
        "Text and label are the same column ({name}): choose two.",
        "文本列与标签列相同（{name}）：请分别选择。",
    ),
    "import.hint": (
        "A text column is enough. A label column gives the labels and what is labelled already.",
        "只需要文本列。标签列会提供标签和已有的标注。",
    ),
    "import.will_reject": ("These rows would be left out:", "以下行将不会导入："),
    "import.label_used": ("label", "标签"),
    "import.text_used": ("text", "文本"),
    "import.uid_used": ("id", "编号"),
    "reports.rejects": ("{n} rejected rows of {file}", "{file} 中被拒绝的 {n} 行"),
    "reports.duplicates": ("{n} duplicates in {file}", "{file} 中的 {n} 对重复文本"),
    "reports.download": ("Download the list", "下载列表"),
    "reports.first": ("The first {n} are shown.", "仅显示前 {n} 条。"),
    "reports.line": ("line", "行号"),
    "reports.reason": ("reason", "原因"),
    "reports.excerpt": ("begins with", "开头"),
    "reports.similarity": ("similarity", "相似度"),
    "reports.text": ("text", "文本"),
    "reports.other_text": ("other text", "另一文本"),
    "export.format": ("Format", "格式"),
    "export.jsonl": ("JSONL", "JSONL"),
    "export.csv": ("CSV", "CSV"),
    "export.labelstudio": ("Label Studio JSON", "Label Studio JSON"),
    "export.datasets": ("datasets folder (zip)", "datasets 文件夹（zip）"),
    "export.all": ("Unlabelled items too", "包括未标注的条目"),
    "export.make": ("Make the file", "生成文件"),
    "export.download": ("Download", "下载"),
    "export.made": ("{n} rows are ready.", "{n} 行已准备好。"),
    "export.columns": (
        "Each row has the text, its consensus label, who labelled it and when, the round, the "
        "model version, and whether it belongs to the holdout.",
        "每行包含文本、共识标签、标注人和时间、轮次、模型版本，以及是否属于留出集。",
    ),
    "export.hint.jsonl": (
        "One JSON object a line: for scripts and most tools.",
        "每行一个 JSON 对象：适合脚本和大多数工具。",
    ),
    "export.hint.csv": ("For spreadsheets.", "适合电子表格。"),
    "export.hint.labelstudio": (
        "Tasks with annotations: imports into another Label Studio.",
        "带标注的任务：可导入另一个 Label Studio。",
    ),
    "export.hint.datasets": (
        "Opens with datasets.load_from_disk.",
        "可用 datasets.load_from_disk 打开。",
    ),
}
