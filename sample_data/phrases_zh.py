"""Written fragments of Chinese market headlines and comments; the companies are made up."""

from __future__ import annotations


def _lines(block: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in block.strip().splitlines())


CORES: dict[str, tuple[str, ...]] = {
    "positive": _lines("""
        {company}{quarter}净利润同比[增长|大增|上升]{percent}，[超出市场预期|好于预期|创历史新高]
        {company}[中标|签下|拿下]{amount}[大单|订单]，股价[应声上涨|盘中走高]
        {company}上调全年[业绩指引|盈利预测]，[管理层信心十足|机构看高一线]
        {company}由亏转盈，{quarter}盈利{amount}
        {broker}首次覆盖{company}，给予“买入”评级
        {company}宣布拟回购{amount}股份，[彰显信心|提振人气]
        {sector}板块[集体走强|全线反弹]，{company}领涨{percent}
        {company}新药获批上市，[有望打开百亿空间|研发管线进入收获期]
        虽然营收[下滑|略降]{percent}，{company}毛利率却[明显改善|连续三季提升]
        此前的诉讼已和解，{company}甩掉包袱，股价[回升|收复失地]
        {company}[产能利用率|海外订单][回升|创两年新高]，最坏的时候已经过去
        {company}大幅减亏{percent}，现金流[转正|明显好转]
        {company}分红方案出炉，每10股派{yuan}元，[股息率诱人|股东笑了]
        外资连续{days}日净买入{company}，合计{amount}
        不怕跌，{company}这波[我拿得住|越跌越买]，基本面摆在那里
        终于解套了！{company}[给力|没有辜负我]
        [说实话|讲真]，{company}这份财报比我想的好太多，[加仓|继续持有]
        当初都说{company}要完，现在打脸了吧，{quarter}赚了{amount}
        {company}降价之后销量翻倍，利润一点没少，[服气|这管理层可以]
        {company}海外收入占比首次过半，增速达{percent}
        原材料价格回落，{company}成本压力[大减|显著缓解]
        {company}解除退市风险警示，明日摘帽
        大盘跌成这样{company}还能红盘，[强|真抗跌]
        {company}与{company2}达成长期供货协议，[锁定未来三年增长|双方股价齐涨]
        {company}偿还全部到期债券，信用评级获上调
        {sector}需求回暖，{company}[工厂满负荷运转|订单排到明年]
        {company}裁掉亏损业务，市场[用脚投票表示欢迎|拍手叫好]，收盘涨{percent}
        {company}{quarter}营收{amount}，[增速重回两位数|连续五个季度加快]
        利空出尽，{company}放量大涨{percent}
        罚款金额远低于预期，{company}[松了一口气|股价反弹]
        {company}研发投入见效，新一代产品[供不应求|首批售罄]
        机构[扎堆调研|争相增持]{company}，看好{sector}景气度上行
        {company}不良率降至五年最低，拨备[充足|更厚]
        {company}员工持股计划完成，买入价[高于市价|不打折]，诚意满满
        {company}赢得专利官司，获赔{amount}
        跟了{company}三年，从没让我失望，[分红又涨了|今年又能过个好年]
    """),
    "neutral": _lines("""
        {company}将于{date}召开[股东大会|业绩说明会|董事会会议]
        {company}[公告|披露]：董事会秘书由{person}[接任|担任]
        {company}{quarter}营收{amount}，与去年同期[基本持平|大致相当]
        {company}：目前生产经营[正常|未发生重大变化]，无应披露未披露事项
        {company}注册地址变更至{city}
        {company}在互动平台[回应|表示]，{sector}业务占比[较小|约{percent}]
        {company}{date}起停牌，[筹划重大事项|待公告后复牌]
        {broker}维持{company}“[中性|持有]”评级，目标价不变
        两市今日窄幅震荡，{sector}板块涨跌互现
        {company}发布{quarter}报告，营收{amount}，[符合预期|与指引一致]
        {company}证券简称变更，代码不变
        {company}拟发行{amount}[中期票据|公司债]，用于置换到期债务
        {company}聘任新的审计机构
        {company}与{company2}签署框架协议，[具体金额未定|尚待各方审批]
        {company}否认[裁员|涨价|收购]传闻，称以公告为准
        央行今日开展{amount}逆回购操作，利率[不变|持平]
        {company}新厂房在{city}开工，预计{year}年投产
        {company}部分限售股{date}解禁，占总股本{percent}
        有人知道{company}[几号|哪天]出{quarter}报告吗
        {company}的股东大会能不能线上投票？
        请教一下，{company}和{company2}哪个算{sector}？
        [先观望|不急着动]，等{company}{quarter}数据出来再说
        {company}涨也好跌也好，跟我没关系，我只是[来看看|记录一下]
        {company}今天成交{amount}，换手率{percent}
        {company}调整组织架构，设立{sector}事业部
        {company}股东之间转让{percent}股份，实际控制人未变
        {company}将参加在{city}举行的{sector}展会
        一图看懂{company}{quarter}报告
        {company}收到交易所问询函，要求[补充说明|在五个工作日内回复]
        {company}有跌有涨，全周收平
        {company}利润增长{percent}，费用也增长{percent2}，一进一出[差不多|打平]
        {sector}指数编制方案修订，{company}[调入|调出]样本股
        {company}章程修订案[获通过|提交审议]
        {person}辞任{company}独立董事，[因任期届满|因个人工作安排]
        {company}上市{years}周年，今日市值约{amount}
        {company}这个价位，说不上贵也说不上便宜
    """),
    "negative": _lines("""
        {company}{quarter}净利润同比[下滑|大降|减少]{percent}，[不及预期|创五年新低]
        {company}[预亏|亏损]{amount}，股价[一字跌停|大幅低开]
        {company}因信披违规被[立案调查|罚款{amount}]
        {broker}将{company}评级下调至“[减持|卖出]”
        {company}下调全年[业绩指引|销量目标]，盘后跌{percent}
        {company}控股股东拟减持不超{percent}股份
        {sector}板块[集体走弱|领跌两市]，{company}跌{percent}
        {company}[债券未能按期兑付|流动性告急]，评级遭下调
        {company}营收[增长|大增]{percent}，却增收不增利，[毛利率腰斩|亏损反而扩大]
        {company}核心产品召回，涉及{amount}货值
        {company}{city}工厂[停产|起火]，复工时间不明
        {company}实控人被[限制消费|留置]，[人心惶惶|股价闪崩]
        订单看着多，{company}回款[越来越慢|成大问题]，应收账款高达{amount}
        {company}新药临床[失败|未达终点]，多年投入[打了水漂|一朝归零]
        涨了一天跌回三天，{company}[没救了|真拿不住了]
        又被{company}套了，[{days}天亏了{percent}|补仓补到没钱]
        {company}说好的分红呢？[一分没有|又不分了]，就知道圈钱
        {company}发的利好谁信啊，[股东自己都在跑|拉高出货罢了]
        还想着{company}财报能好点，结果[一塌糊涂|雷声大雨点小]
        {company}创始人套现{amount}离场，[散户站岗|韭菜买单]
        {company}审计机构出具[无法表示意见|保留意见]的报告
        {company}计提商誉减值{amount}，吃掉{years}年利润
        {company}被{company2}起诉侵权，索赔{amount}
        {company}连续{days}日遭外资净卖出，合计{amount}
        {company}裁员{percent}，高管[接连离职|降薪]
        大盘涨成这样{company}还能绿，[也是本事|服了]
        价格战愈演愈烈，{company}卖得越多亏得越多
        {company}收到退市风险警示，简称前加*ST
        {company}回购喊了一年，[一股没买|只买了个零头]，诚意呢
        {company}不良率升至{percent}，[资产质量承压|拨备不足]
        原材料涨价，{company}[利润被吞噬|成本压力陡增]
        {company}大客户流失，{quarter}营收缩水{percent}
        {company}虽然扭亏，靠的却是卖楼，主业[仍在失血|毫无起色]
        {sector}产能过剩，{company}库存高企，[降价也卖不动|被迫减产]
        {company}定增{amount}再度被否，资金链[令人担忧|更紧了]
        {company}业绩[洗澡|变脸]，前脚报喜后脚报亏
    """),
}

OPENERS = _lines("""
    快讯：
    【公告】
    午评：
    收盘播报：
    早盘：
    {date}消息，
    据媒体报道，
    独家|
    [哎，|唉，]
    有一说一，
    个人看法：
    刚看到，
    转：
    群里在说，
""")

CLOSERS = _lines("""
    。
    。本周{sector}指数累计上涨{percent2}。
    。同期{sector}指数下跌{percent2}。
    。公司同日公告，{person}出任副总经理。
    。截至收盘，成交{amount2}。
    ，大家怎么看？
    ，仅供参考，不构成投资建议。
    ……
    。记者注意到，{company2}去年曾亏损。
    。另据了解，{company2}近期股价上涨较多。
    。{company}成立于{year0}年，总部位于{city}。
    ，坐等下周开盘。
    。该公司主要从事{sector}业务。
    。分析人士认为后续需关注{sector}政策变化。
    ！
    [。有没有懂的说两句|。大佬们聊聊]
""")

COMPANIES: dict[str, str] = {
    "远山科技": "软件",
    "瑞砚软件": "软件",
    "海岳银行": "银行",
    "汀州银行": "银行",
    "广陵农商行": "银行",
    "嘉榕保险": "保险",
    "北川医药": "医药",
    "安禾药业": "医药",
    "临溪生物": "医药",
    "云禾食品": "食品",
    "青黛乳业": "食品",
    "白榆零售": "零售",
    "南陌旅游": "旅游",
    "禾泽农业": "农业",
    "金桐地产": "地产",
    "鹿鸣航运": "航运",
    "澜州港": "港口",
    "晨屿汽车": "汽车",
    "蓝棠电子": "电子",
    "启衡半导体": "半导体",
    "华垣重工": "机械",
    "恒溯钢铁": "钢铁",
    "中拓新能": "光伏",
    "星陂光伏": "光伏",
}

_MAKERS = ("医药", "食品", "汽车", "电子", "半导体", "机械", "钢铁", "光伏")

ONLY_FOR: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("新药", ("医药",)),
    ("不良率", ("银行",)),
    ("门店", ("食品", "零售")),
    ("销量|价格战", ("汽车", "电子", "光伏", "食品")),
    ("工厂|厂房|产能|原材料|召回|库存|新一代产品|海外|供货|订单|大单|大客户", _MAKERS),
)
"""What a frame mentions and the sectors whose companies can be meant; the first match counts."""

SLOTS: dict[str, tuple[str, ...]] = {
    "broker": tuple(["岭东证券", "长屿证券", "正禾证券", "汇澄证券", "浦溪证券"]),
    "quarter": tuple(["一季度", "二季度", "三季度", "四季度", "上半年", "前三季度", "全年"]),
    "city": tuple(["合肥", "佛山", "成都", "长沙", "青岛", "南通", "昆明", "沈阳", "东莞", "赣州"]),
    "person": tuple(["周以宁", "何崇山", "林婉", "赵启明", "沈秋", "郑维", "陆知行", "谢安然"]),
    "year": ("2026", "2027", "2028"),
    "year0": ("1994", "1998", "2003", "2009", "2012"),
}
