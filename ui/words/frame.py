"""What every page says: navigation, what to do next, jobs and what they report."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "nav.project": ("Project", "项目"),
    "nav.annotate": ("Annotate", "标注"),
    "nav.rounds": ("Rounds", "轮次"),
    "nav.replay": ("Replay", "回放"),
    "nav.audit": ("Audit", "审核"),
    "nav.augment": ("Augment", "增强"),
    "nav.export": ("Export", "导出"),
    "nav.people": ("People", "人员"),
    "nav.account": ("Account", "账号"),
    "nav.logout": ("Log out", "退出登录"),
    "login": ("Log in", "登录"),
    "login.hint": (
        "With your email and password of this workbench.",
        "请使用此工作台的邮箱和密码。",
    ),
    "login.email": ("Email", "邮箱"),
    "login.password": ("Password", "密码"),
    "login.wrong": (
        "The email or the password is not right.",
        "邮箱或密码不正确。",
    ),
    "login.too_many": (
        "Too many refused log-ins. Try again in {seconds} seconds.",
        "登录失败次数过多。请在 {seconds} 秒后重试。",
    ),
    "login.out_of_order": (
        "The project cannot be read just now. Nothing is lost.",
        "目前无法读取项目，数据没有丢失。",
    ),
    "login.out_of_order_hint": (
        "Whoever runs the workbench finds the reason in its log.",
        "原因写在工作台的日志中，请联系负责运行的人。",
    ),
    "login.try_again": ("Try again", "重试"),
    "login.not_yours": ("This page is not for your role.", "您的角色无法打开此页面。"),
    "login.not_yours_hint": (
        "Engineers and quality leads work here. If you should too, ask one of them.",
        "此页面供工程师和质量负责人使用。如需权限，请联系他们。",
    ),
    "login.back": ("To the Annotate page", "前往“标注”页"),
    "login.another": ("Log in as somebody else", "换一个账号登录"),
    "account": ("Your account", "您的账号"),
    "account.password": ("A new password", "修改密码"),
    "account.old": ("Present password", "当前密码"),
    "account.new": ("New password", "新密码"),
    "account.again": ("New password, once more", "再次输入新密码"),
    "account.hint": (
        "At least 8 characters. Your other log-ins end.",
        "至少 8 个字符。您在其他设备上的登录将会结束。",
    ),
    "account.change": ("Change the password", "修改密码"),
    "account.changed": ("The password is changed.", "密码已修改。"),
    "account.differ": ("The two new passwords differ.", "两次输入的新密码不一致。"),
    "account.back": ("Back to the pages", "返回工作台"),
    "next": ("Next", "下一步"),
    "purpose.project": (
        "Where the project stands, and how texts get in.",
        "项目的进展，以及如何导入文本。",
    ),
    "purpose.annotate": (
        "Label the texts that teach the model most, all from the keyboard.",
        "标注对模型最有帮助的文本，全程只用键盘。",
    ),
    "purpose.replay": (
        "Before you pay for labels: what would each way of choosing have saved?",
        "在花钱标注之前：每种选择方式本可节省多少？",
    ),
    "purpose.rounds": (
        "Train on what is labelled, measure on the holdout, choose the next batch.",
        "用已标注的文本训练，在留出集上测量，再选出下一批。",
    ),
    "purpose.audit": (
        "Find labels that are probably wrong and settle them one at a time.",
        "找出可能有误的标签，逐条处理。",
    ),
    "purpose.augment": (
        "Make new training texts, and use them only where a trial proves that they help.",
        "生成新的训练文本，只有试验证明有效才启用。",
    ),
    "purpose.people": (
        "Who works here, as what, and what anybody did.",
        "谁在这里工作、担任什么角色、做过什么。",
    ),
    "purpose.export": ("Take the labelled items with you.", "把标注好的条目导出带走。"),
    "do.import": ("Import a file of texts on the Project page.", "请在“项目”页导入一个文本文件。"),
    "do.labels": (
        "No labels are known yet: import a file that has a label column.",
        "还没有标签：请导入带有标签列的文件。",
    ),
    "do.replay": (
        "Replay your {n} labels, or a labelled file like yours.",
        "回放您的 {n} 个标签，或一个与您数据相似的已标注文件。",
    ),
    "do.replay_file": (
        "Replay a labelled file that is like your texts.",
        "回放一个与您的文本相似的已标注文件。",
    ),
    "do.round": (
        "Start a round: it chooses the texts to label.",
        "开始一轮：系统会选出要标注的文本。",
    ),
    "do.annotate": (
        "{n} texts of the batch wait on the Annotate page.",
        "“标注”页还有 {n} 条文本等待标注。",
    ),
    "do.next_round": ("The batch is done: start the next round.", "这一批已完成：可以开始下一轮。"),
    "do.open_round": (
        "Round {n} was cut off: start a round to go on with it.",
        "第 {n} 轮被中断：再次开始即可继续。",
    ),
    "do.wait": ("{kind} is running.", "{kind}正在进行。"),
    "do.audit": ("Look for label errors with the button below.", "点击下面的按钮查找标签错误。"),
    "do.findings": ("{n} findings wait for a decision.", "有 {n} 条发现等待处理。"),
    "do.audit_more": (
        "An audit needs at least 20 labelled items; there are {n}. Label some first.",
        "审核至少需要 20 条已标注条目，目前有 {n} 条。请先标注。",
    ),
    "do.trial": (
        "Preview a recipe, then let a trial say whether it helps.",
        "先预览一个配方，再用试验判断它是否有效。",
    ),
    "do.augment_more": (
        "A trial needs at least 40 labelled items; there are {n}. Label some first.",
        "试验至少需要 40 条已标注条目，目前有 {n} 条。请先标注。",
    ),
    "do.export": (
        "{n} labelled items are ready: choose a format.",
        "有 {n} 条已标注条目可以导出：请选择格式。",
    ),
    "do.export_none": (
        "Nothing is labelled yet: label some texts on the Annotate page first.",
        "还没有标注：请先到“标注”页标注一些文本。",
    ),
    "do.keys": (
        "Press the key of the label, or Enter to accept the suggestion.",
        "按标签对应的键，或按 Enter 接受建议。",
    ),
    "do.rest": (
        "Nothing waits for you: new texts appear here by themselves.",
        "目前没有待您标注的文本：新文本会自动出现在这里。",
    ),
    "do.wait_queue": (
        "{kind} is running ({percent}): the next texts appear here by themselves.",
        "{kind}正在进行（{percent}）：下一批文本会自动出现在这里。",
    ),
    "job.round": ("Round", "轮次"),
    "job.audit": ("Audit", "审核"),
    "job.trial": ("Trial", "试验"),
    "job.sync": ("Sync", "同步"),
    "job.import": ("Import", "导入"),
    "job.simulate": ("Replay", "回放"),
    "job.tune": ("Search for settings", "设置搜索"),
    "job.queued": ("waiting for the worker", "等待执行"),
    "job.running": ("running", "进行中"),
    "job.done": ("done", "已完成"),
    "job.failed": ("failed", "失败"),
    "job.cancelled": ("cancelled", "已取消"),
    "job.stopping": ("Stopping at the next safe moment.", "将在下一个安全点停止。"),
    "job.cancel": ("Cancel", "取消"),
    "job.left": ("about {time} left", "约剩 {time}"),
    "job.survives": ("You can close this page; the work goes on.", "可以关闭此页面，任务会继续。"),
    "job.started": ("{kind} has started.", "{kind}已开始。"),
    "job.waits": (
        "{kind} waits until the job before it is done.",
        "{kind}已排队，等待前面的任务完成。",
    ),
    "job.others": ("Also at work or waiting", "其他进行中或等待的任务"),
    "time.no_day": (
        "{day} is no day: write it as 2026-11-24.",
        "{day} 不是日期：请写成 2026-11-24。",
    ),
    "time.s": ("{n} s", "{n} 秒"),
    "time.m": ("{n} min", "{n} 分钟"),
    "time.h": ("{n} h", "{n} 小时"),
    "result.import": (
        "{added} added, {already} already there, {rejected} rejected, {labelled} labels, "
        "duplicates: {exact_duplicates} exact, {near_duplicates} near.",
        "新增 {added} 条，已有 {already} 条，拒绝 {rejected} 条，标签 {labelled} 个，完全重复 {"
        "exact_duplicates} 条，近似重复 {near_duplicates} 对。",
    ),
    "result.sync": (
        "{pulled} answers taken over, {sent} sent, {waiting} waiting.",
        "接收 {pulled} 条，发送 {sent} 条，等待 {waiting} 条。",
    ),
    "result.round": (
        "Round {number}: {chosen} texts chosen from {labels} labels.",
        "第 {number} 轮：根据 {labels} 个标签选出 {chosen} 条文本。",
    ),
    "result.simulate": (
        "Kept as replay {replay}.",
        "已保存为第 {replay} 次回放。",
    ),
    "result.audit": (
        "{items} items looked at: {findings} findings.",
        "检查了 {items} 条，发现 {findings} 处。",
    ),
    "result.trial": ("{recipe}: {verdict}.", "{recipe}：{verdict}。"),
}
