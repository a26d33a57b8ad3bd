"""What the layers below refuse in English, and the same in Chinese, by patterns."""

from __future__ import annotations

FEW = r"a replay needs at least (\d+) different texts with labels of two classes"

REFUSALS: tuple[tuple[str, str], ...] = (
    (r"no text", "没有文本"),
    (r"no label", "没有标签"),
    (r"the same text again", "文本重复"),
    (r"the same text again, with another label", "文本重复但标签不同"),
    (r"nothing that is learned from has its label", "学习数据中没有其标签"),
    (r"the text is in what is measured on", "文本已在测试数据中"),
    (r"a replay takes ([\d,]+) texts", r"一次回放取 \1 条文本"),
    (r"not UTF-8", "不是 UTF-8 编码"),
    (r"not UTF-8: save it as UTF-8", "不是 UTF-8 编码，请另存为 UTF-8"),
    (r"(.+): its header line cannot be read: (?P<inner>.+)", r"\1：无法读取表头：\2"),
    (r"a NUL character", "含有 NUL 字符"),
    (r"the text is (.+), not a string", r"文本不是字符串（\1）"),
    (r"the text has ([\d,]+) bytes: the limit is ([\d,]+)", r"文本有 \1 字节，上限为 \2"),
    (r"the uid is .+", "编号不可用"),
    (r"the label is .+", "标签不可用"),
    (r"(\d+) labels where one is expected", r"应只有一个标签，却有 \1 个"),
    (r"label (.+) is not one of: (.+) and (\d+) more", r"标签 \1 不在标签集中：\2 等另外 \3 个"),
    (r"label (.+) is not one of: (.+)", r"标签 \1 不在标签集中：\2"),
    (r"uid (.+) is on line (\d+) with another text", r"编号 \1 在第 \2 行已用于另一文本"),
    (r"uid (.+) is in the pool with another text", r"编号 \1 在文本池中已用于另一文本"),
    (r"(\d+) fields where the header has (\d+).*", r"有 \1 个字段，表头却有 \2 个"),
    (r"not JSON: (.+)", r"不是有效的 JSON：\1"),
    (r"not a JSON object but (.+)", r"不是 JSON 对象（\1）"),
    (r"(.+): the file is empty", r"\1：文件是空的"),
    (r"(.+): there is no row in it", r"\1：文件里没有数据行"),
    (r"(.+): it is UTF-16: save it as UTF-8", r"\1：文件是 UTF-16 编码，请另存为 UTF-8"),
    (
        r"(.+): it is UTF-16 or a binary file, not (.+): save it as CSV in UTF-8",
        r"\1：这是 UTF-16 或二进制文件，不是 \2，请另存为 UTF-8 编码的 CSV",
    ),
    (
        r"(.+): a spreadsheet cannot be read: save it as CSV \(UTF-8\) first",
        r"\1：无法读取电子表格，请先另存为 CSV（UTF-8）",
    ),
    (r"(.+): it is not valid JSON: (.+)", r"\1：不是有效的 JSON：\2"),
    (
        r"(.+): its rows are in a list under '(.+)': save that list as a file of its own",
        r"\1：数据行在“\2”下的列表里，请把这个列表单独存为文件",
    ),
    (
        r"(.+): it holds columns, not rows: write one object per row \(pandas: orient='records'\)",
        r"\1：按列存放，不是按行，请每行写一个对象（pandas：orient='records'）",
    ),
    (
        r"(.+): none of its (\d+) rows can be used \(line (\d+): (?P<inner>.+)\):"
        r" all are listed in (.+)",
        r"\1：共 \2 行，没有一行可用（第 \3 行：\4），全部列在 \5",
    ),
    (r"(.+): it holds one JSON object, not a list of objects", r"\1：只有一个 JSON 对象，不是列表"),
    (
        r"(.+): it is not JSON: it must begin with \[ \(a list of objects\)",
        r"\1：不是 JSON，应以 [ 开头（对象列表）",
    ),
    (r"(.+): it is no Parquet file: (.+)", r"\1：不是 Parquet 文件：\2"),
    (r"(.+): no column has text: name one of (.+)", r"\1：没有文本列，请从这些列中选择：\2"),
    (r"(.+): there is no column '(.+)'; its columns are (.+)", r"\1：没有列 \2；现有的列：\3"),
    (
        r"(.+): column '(.+)' has (\d+) different values, which is no label column: .+",
        r"\1：列 \2 有 \3 种不同的值，不像标签列，请另选一列",
    ),
    (r"(.+): column '(.+)' has no labels: .+", r"\1：列 \2 没有标签，请另选一列"),
    (
        rf"(.+): {FEW}, column ['\"](.+)['\"] has (\d+) of (\d+): .+",
        r"\1：回放至少需要 \2 条不同的、两个类别的已标注文本，"
        r"列 \3 只有 \4 条、\5 个类别：请继续标注或另选一列",
    ),
    (
        rf"(.+): {FEW}, column ['\"](.+)['\"] has (\d+) of (\d+), "
        r"others cannot be used \(line (\d+): (?P<inner>.+)\): .+",
        r"\1：回放至少需要 \2 条不同的、两个类别的已标注文本，"
        r"列 \3 只有 \4 条、\5 个类别，其余的行不能用（第 \6 行：\7）：请继续标注或另选一列",
    ),
    (
        rf"(.+): {FEW}, column ['\"](.+)['\"] has (\d+) of (\d+), "
        r"rows that have a text again with another label: ([\d,]+): .+",
        r"\1：回放至少需要 \2 条不同的、两个类别的已标注文本，"
        r"列 \3 只有 \4 条、\5 个类别，另有 \6 行文本相同而标签不同：请继续标注或另选一列",
    ),
    (
        rf"(.+): {FEW}, no column has labels: name one of (.+) with --label-column",
        r"\1：回放至少需要 \2 条不同的、两个类别的已标注文本，但没有标签列：请指定一列（\3）",
    ),
    (
        rf"{FEW}, there are (\d+): .+",
        r"回放至少需要 \1 条不同的、两个类别的已标注文本，目前有 \2 条：请上传一个已标注的文件",
    ),
    (
        r"(.+): name the labelled file that is to be measured on it, too",
        r"\1：请同时指定要在它上面测试的已标注文件",
    ),
    (
        r"(.+): column '(.+)' is named for the text and for the label: .+",
        r"\1：列 \2 不能既是文本列又是标签列，请指定两列",
    ),
    (
        r"(.+): no column but '(.+)', which is named for the label, has text",
        r"\1：除标签列 \2 外没有文本列",
    ),
    (
        r"(.+): it has several (train|test) files \((.+)\): .+",
        r"\1：有多个 \2 文件（\3），请指定一个",
    ),
    (
        r"the strategy (\w+) asks several people .+",
        r"策略 \1 需要多人作答，而回放只有一个答案：请选择其他策略",
    ),
    (
        r"(.+): no row of (.+) has the label '(.+)': .+",
        r"\1：\2 中没有标签为“\3”的行，请用标签相同的文件测试",
    ),
    (r"(.+): it holds every text that is replayed: .+", r"\1：包含全部回放文本，请换其他文本测试"),
    (
        r"somebody else has this text before them: take another one",
        "别人正在标注这条文本，请换一条",
    ),
    (
        r"the pool has no item '(.+)': load the page again",
        r"文本池中没有 \1，请重新加载页面",
    ),
    (r"(\S+) or (\S+) is of the holdout: label it on its own", r"\1 或 \2 属于留出集，请单独标注"),
    (r"['\"](.+)['\"] is not a label of this project: (.+)", r"“\1”不是本项目的标签，现有：\2"),
    (r"the answer \S+ is not understood: (.+)", r"无法理解这个回答：\1"),
    (
        r"the project has no labels yet: .+",
        "项目还没有标签：请导入带标签列的文件，或用 `workbench init --labels` 指定",
    ),
    (r"the project's database does not work: (.+)", r"项目的数据库无法使用：\1"),
    (r"the present password is not right", "当前密码不正确"),
    (r"(.+) is the last engineer.*", r"\1 是最后一位工程师，不能更改"),
    (r"(.+) is no email address.*", r"\1 不是邮箱地址"),
    (r"a password needs at least (\d+) characters.*", r"密码至少需要 \1 个字符"),
    (
        r"(.+): line (\d+) of column '(.+)' has several labels or spans: .+",
        r"\1：第 \2 行的列 \3 含有多个标签或片段，请连接相应的 Label Studio 项目",
    ),
    (r"(.+): there is no row in it that can be used", r"\1：文件里没有可用的数据行"),
    (
        r"(.+): column '(.+)' has labels that start with \$.*",
        r"\1：列 \2 中有以 $ 开头的标签，请改名",
    ),
    (
        r"(.+): column '(.+)' has one label only \((.+)\): .+",
        r"\1：列 \2 只有一个标签（\3），请列出全部标签",
    ),
    (r"spans are labelled in Label Studio, not on this page", "片段请在 Label Studio 中标注"),
    (
        r"a round is (?:queued|running) already \(job (\d+)\): wait for it, or cancel it",
        r"已有一轮正在进行或等待（任务 \1），请等待或取消它",
    ),
    (
        r"every item of the pool is labelled: there is nothing left to choose",
        "文本池已全部标注，没有可选的文本",
    ),
    (r"Label Studio at (\S+) does not answer .+", r"Label Studio（\1）没有响应，内容会稍后发送"),
    (
        r"Label Studio at (\S+) is not ready \(HTTP (\d+)\): .+",
        r"Label Studio（\1）尚未就绪（HTTP \2），内容会稍后发送",
    ),
    (
        r"Label Studio at (\S+) failed by itself \(HTTP (\d+)\): .+",
        r"Label Studio（\1）自身出错（HTTP \2），原因见其日志；待发送的内容会稍后发送",
    ),
    (r"Label Studio at (\S+) has it not: (.+)", r"Label Studio（\1）中没有它：\2"),
    (
        r"Label Studio at (\S+) does not let this user do that: (.+)",
        r"Label Studio（\1）不允许此用户这样做：\2",
    ),
    (
        r"Label Studio at (\S+) refused \(HTTP (\d+)\): (.+)",
        r"Label Studio（\1）拒绝（HTTP \2）：\3",
    ),
    (
        r"Label Studio at (\S+) has legacy tokens switched off: .+",
        r"Label Studio（\1）已停用旧式令牌：请使用个人访问令牌（Account & Settings）",
    ),
    (
        r"the personal access token .+: make a new one in Label Studio at (\S+), .+",
        r"个人访问令牌已失效：请在 Label Studio（\1）的 Account & Settings 中新建一个",
    ),
    (
        r"Label Studio at (\S+) does not accept the token .+",
        r"Label Studio（\1）不接受此令牌：请在 Account & Settings 中重新复制",
    ),
    (
        r"(\S+) answers HTTP (\d+) with a page, not with Label Studio's data: .+",
        r"\1 以网页作答（HTTP \2），不是 Label Studio 的数据：请检查地址",
    ),
    (r"(\S+) redirects to (\S+): .+", r"\1 转到了 \2：请填写 Label Studio 自己的地址"),
    (r"(.+): not valid TOML: (.+)", r"\1：不是有效的 TOML：\2"),
    (
        r"(\S+) does not answer like Label Studio: check .+",
        r"\1 的回答不像 Label Studio，请检查地址",
    ),
    (
        r"(.+): '(.+)' is no label of this project: (.+)",
        r"\1：“\2”不是本项目的标签，现有：\3",
    ),
    (r"this change cannot be applied: (?P<inner>.+)", r"无法应用这一更改：\1"),
    (r"a password has at most (\d+) characters.*", r"密码最多 \1 个字符"),
    (r"(.+) is nobody of this project.*", r"\1 不是本项目的成员"),
)
