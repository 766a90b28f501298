"""The words that users see for the codes of ``listener.model``: Chinese, and English as an option."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from listener.model import (
    AlertKind,
    CaseState,
    DeliveryStatus,
    Judgement,
    Origin,
    Outcome,
    Party,
    Satisfaction,
    Sentiment,
    Severity,
    Tier,
)

__all__ = ["KINDS", "ROLES", "WORDS", "label"]

Words = Mapping[str, tuple[str, str]]

WORDS: Final[Mapping[type[StrEnum], Words]] = {
    Outcome: {
        "ok": ("正常", "ok"),
        "empty": ("无新内容", "nothing new"),
        "blocked": ("被拦截", "blocked"),
        "login_expired": ("登录失效", "login expired"),
        "parser_broke": ("页面改版，无法解析", "page changed, cannot be read"),
        "unreachable": ("无法访问", "unreachable"),
        "robots_denied": ("robots.txt 不允许", "denied by robots.txt"),
        "suspect": ("结果可疑", "suspect"),
    },
    Origin: {"crawl": ("采集", "crawl"), "import": ("导入", "import"), "intake": ("推送", "intake")},
    Sentiment: {
        "negative": ("负面", "negative"),
        "neutral": ("中性", "neutral"),
        "positive": ("正面", "positive"),
    },
    Tier: {"yes": ("是", "yes"), "review": ("待核实", "to verify"), "no": ("否", "no")},
    Severity: {
        "S1": ("特急", "critical"),
        "S2": ("紧急", "urgent"),
        "S3": ("一般", "normal"),
        "S4": ("关注", "watch"),
    },
    CaseState: {
        "to_verify": ("待核实", "to verify"),
        "new": ("待受理", "new"),
        "assigned": ("已派单", "assigned"),
        "in_progress": ("处理中", "in progress"),
        "waiting_customer": ("待客户补充", "waiting for the customer"),
        "answered": ("已答复", "answered"),
        "follow_up": ("待回访", "to follow up"),
        "closed": ("已办结", "closed"),
        "reopened": ("重办", "reopened"),
        "not_complaint": ("非投诉", "not a complaint"),
        "merged": ("已并单", "merged"),
        "returned": ("已退回", "returned"),
    },
    Satisfaction: {
        "satisfied": ("满意", "satisfied"),
        "mostly": ("基本满意", "mostly satisfied"),
        "unsatisfied": ("不满意", "not satisfied"),
        "unreached": ("未接通", "not reached"),
    },
    Judgement: {
        "positive": ("已匹配", "linked"),
        "negative": ("不是同一人", "not the same person"),
        "unsure": ("待确认", "unsure"),
    },
    Party: {
        "consumer": ("个人客户", "consumer"),
        "business": ("企业客户", "business"),
        "dealer": ("经销商", "dealer"),
        "partner": ("合作伙伴", "partner"),
        "supplier": ("供应商", "supplier"),
        "internal": ("内部人员", "internal"),
    },
    AlertKind: {
        "case_opened": ("新工单", "new case"),
        "case_updated": ("工单有新进展", "case updated"),
        "case_escalated": ("工单时限提醒", "deadline reminder"),
        "case_urged": ("催办", "urged"),
        "source_bad": ("监测来源异常", "source is blind"),
        "source_recovered": ("监测来源恢复", "source recovered"),
        "backlog_summary": ("历史信息汇总", "summary of older mentions"),
        "morning_list": ("晨会清单", "morning list"),
        "burst": ("声量异常", "burst"),
        "operations": ("运维提醒", "for the operator"),
        "intake_answer": ("登记回执", "receipt of what was forwarded"),
        "orders_answer": ("处理回执", "what became of your orders"),
    },
    DeliveryStatus: {
        "pending": ("待发送", "pending"),
        "sent": ("已发送", "sent"),
        "failed": ("发送失败", "failed"),
        "suppressed": ("未发送（被抑制）", "held back"),
    },
}
"""For every enum: code to (Chinese, English)."""

KINDS: Final[Words] = {
    "digest": ("待汇总", "for the digest"),
    # what a mention is
    "complaint": ("投诉", "complaint"),
    "inquiry": ("咨询", "inquiry"),
    "suggestion": ("建议", "suggestion"),
    "praise": ("表扬", "praise"),
    "help": ("求助", "asks for help"),
    "purchase": ("购买意向", "wants to buy"),
    "advert": ("广告", "advertising"),
    "other": ("其他", "other"),
    # how something arrived by itself
    "push": ("推送", "pushed"),
    "file": ("文件", "file"),
    "mail": ("邮件", "mail"),
    "command": ("命令", "command"),
    "page": ("网页", "page"),
    "forwarded": ("转交", "forwarded"),
    # what identifies a customer, what stands in a text
    "account": ("平台账号", "platform account"),
    "phone": ("手机号", "phone"),
    "email": ("邮箱", "e-mail"),
    "order": ("订单号", "order number"),
    "vin": ("车架号", "VIN"),
    "plate": ("车牌号", "number plate"),
    "id_number": ("证件号", "ID number"),
    "serial": ("序列号", "serial number"),
    "name": ("姓名", "name"),
    "place": ("地点", "place"),
    "money": ("金额", "amount of money"),
    "date": ("日期", "date"),
    "times": ("次数", "number of times"),
    "persons": ("人数", "number of persons"),
    "product": ("产品", "product"),
    "dealer": ("经销商", "dealer"),
    # what people mark customers as
    "professional_claim": ("疑似职业索赔", "maybe a professional claimant"),
    # what a complaint does to the cases, and as what it joins one
    "open": ("新开工单", "opens a case"),
    "join": ("并入工单", "joins a case"),
    "none": ("不开工单", "opens no case"),
    "repost": ("转发", "repost"),
    "follow_up": ("追加", "follow-up"),
    "same_matter": ("同一事项", "same matter"),
    "witness": ("他人补充", "others' words"),
    # what speaks against a link although a key agrees
    "third_party": ("替别人说", "speaks for another"),
    "rival": ("多位客户", "several customers"),
    "code": ("验证码", "code"),
    "shared": ("多人共用", "shared"),
    "company_key": ("公司号码", "company's own number"),
    "quoted": ("他人号码", "another's number"),
    "short_order": ("订单号过短", "short order number"),
    "no_key": ("没有唯一线索", "no unique identifier"),
    "unsupported": ("没有旁证", "nothing supports it"),
    "unvoiced": ("看不出谁在说", "no sign of who speaks"),
    "dealer_speaks": ("商家发言", "a business speaks"),
    "old_number": ("号码登记已久", "an old record of the number"),
    "other_purchase": ("购买时间不符", "another purchase"),
    "other_name": ("姓名不符", "another name"),
    "other_given_name": ("名字不符", "another given name"),
    "other_city": ("城市不符", "another city"),
    "other_product": ("产品不符", "another product"),
    "other_dealer": ("门店不符", "another dealer"),
    "before_purchase": ("早于购买", "before the purchase"),
    "rejected_before": ("曾被否定", "rejected before"),
    # what agrees beside whole identifiers
    "phone_mask": ("手机号（部分）", "phone (in part)"),
    "phone_tail": ("手机尾号", "last digits of the phone"),
    "phone_near": ("手机号（差一位）", "phone (one digit off)"),
    "order_tail": ("订单尾号", "end of the order number"),
    "order_part": ("订单尾号", "end of the order number"),
    "vin_tail": ("车架号尾号", "end of the VIN"),
    "vin_part": ("车架号尾号", "end of the VIN"),
    "plate_mask": ("车牌号（部分）", "number plate (in part)"),
    "email_mask": ("邮箱（部分）", "e-mail (in part)"),
    "sound": ("姓名（音近）", "name (sounds alike)"),
    "surname": ("姓氏", "surname"),
    "region": ("地区", "region"),
    "bought": ("购买时间", "time of purchase"),
    "person": ("人工确认", "a person's word"),
    "reported": ("新闻报道", "news report"),
    # what people do to a case, and why one is none
    "sentiment": ("情感", "sentiment"),
    "kind": ("类型", "kind"),
    "corrected_sentiment": ("情感经人工纠正", "sentiment corrected"),
    "corrected_complaint": ("是否投诉经人工纠正", "complaint or not corrected"),
    "corrected_kind": ("类型经人工纠正", "kind corrected"),
    "corrected_problem": ("问题经人工纠正", "problem corrected"),
    "corrected_severity": ("紧急程度经人工纠正", "severity corrected"),
    "replayed": ("重新分析", "understood anew"),
    "verify": ("核实", "verify"),
    "claim": ("认领", "claim"),
    "assign": ("转派", "assign"),
    "contact": ("联系客户", "contact the customer"),
    "plan": ("处理方案", "plan"),
    "wait": ("待客户补充", "wait for the customer"),
    "resume": ("继续处理", "resume"),
    "reply": ("答复", "answer"),
    "visit": ("回访", "follow up"),
    "close": ("办结", "close"),
    "reopen": ("重办", "reopen"),
    "false_alarm": ("非投诉", "not a complaint"),
    "merge": ("并单", "merge"),
    "split": ("拆单", "split"),
    "return": ("退回", "return"),
    "urge": ("催办", "urge"),
    "supervise": ("督办", "supervise"),
    "grade": ("调整紧急程度", "change the severity"),
    "unlink": ("不是此客户", "not this customer"),
    "link_withdrawn": ("客户匹配已撤回", "customer link withdrawn"),
    "note": ("备注", "note"),
    "escalated": ("时限提醒", "deadline reminder"),
    "misjudged": ("误判", "misjudged"),
    "not_ours": ("与我司无关", "not about us"),
    # the clocks of a case, and what closing needs
    "first_contact": ("首次联系", "first contact"),
    "outside": ("外部时限", "outside deadline"),
    "outside_number": ("外部编号", "outside number"),
    "outside_by": ("外部时限", "outside deadline"),
    # tickets in other systems
    "outside_ticket": ("建立外部工单", "outside ticket made"),
    "ticket_state": ("外部工单状态", "outside ticket"),
    "ticket_reopened": ("外部工单重新打开", "outside ticket reopened"),
    # what a priority is made of
    "value": ("客户价值", "customer"),
    "stage": ("客户阶段", "stage"),
    "reach": ("影响面", "reach"),
    "spread": ("扩散", "spread"),
    "repeat": ("多次投诉", "repeated"),
    "cause": ("原因", "cause"),
    "countermeasure": ("改进措施", "countermeasure"),
    "remedy": ("补救", "remedy"),
    "satisfaction": ("满意度", "satisfaction"),
    "owner": ("负责人", "owner"),
    "team": ("班组", "team"),
    # the sections of the morning list
    "late": ("已超时", "late"),
    "due": ("今天到期", "due today"),
    "unclaimed": ("久未认领", "unclaimed for too long"),
    "fresh": ("新增", "new"),
    "to_visit": ("待回访", "to follow up"),
    # what happened to a case
    "opener": ("首条", "the first"),
    "opened": ("立案", "opened"),
    "joined": ("并入", "joined"),
    "state": ("状态", "state"),
    "severity": ("紧急程度", "severity"),
    "problem": ("问题", "problem"),
    "customer_id": ("客户", "customer"),
    "edited": ("原文被修改", "edited"),
    "deleted": ("原文被删除", "deleted"),
    "reappeared": ("原文重新出现", "there again"),
    "company_replied": ("企业已回复", "the company answered"),
    "rated": ("评分变化", "rated"),
    "status_changed": ("平台状态变化", "status changed"),
    "deadline_changed": ("外部时限变化", "outside deadline changed"),
    # a backfill
    "done": ("已完成", "done"),
    "running": ("进行中", "running"),
    "stopped": ("已停止", "stopped"),
    # languages of a text
    "zh": ("中文", "Chinese"),
    "en": ("英文", "English"),
    "mixed": ("中英混合", "mixed"),
}
"""Codes that are plain strings in the model: code to (Chinese, English)."""


ROLES: Final[Words] = {
    "agent": ("客服", "agent"),
    "supervisor": ("主管", "supervisor"),
    "manager": ("管理者", "manager"),
    "operator": ("运维", "operator"),
    "privacy": ("隐私专员", "privacy officer"),
}
"""The roles of people.toml: code to (Chinese, English)."""


def label(value: StrEnum | str, lang: str = "zh") -> str:
    """The word for a code in ``lang`` (``zh`` or ``en``).

    A plain string is looked up among ``KINDS`` first, then among the enums in the order of ``WORDS``; a code
    that has no word is shown as it is. Pass the enum member where a code means two things (``positive``).
    """
    code = str(value)
    words = WORDS.get(type(value), _PLAIN).get(code) if isinstance(value, StrEnum) else _PLAIN.get(code)
    if words is None:
        return code
    return words[1] if lang == "en" else words[0]


_PLAIN: Final[Words] = {code: words for table in reversed((KINDS, *WORDS.values())) for code, words in table.items()}
