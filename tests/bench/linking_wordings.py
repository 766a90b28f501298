"""How people write in the linking bench. Of each list every third wording is held out: seen by the figures, not by tuning.

``{phone}``, ``{order}`` … are filled in; a list is a family of wordings of one thing.
"""

from __future__ import annotations

BODIES = (
    "刹车异响三个月了，修了四次都没修好",
    "订单一直不发货，客服只会说催一下",
    "新车提回来第二天中控就黑屏",
    "退款申请了半个月还没到账",
    "发动机故障灯常亮，4S店说是正常现象",
    "买的时候说终身质保，现在不认账",
    "空调不制冷，送修一周没人管",
    "变速箱顿挫严重，投诉无门",
    "赠品说好的到现在没给，态度还特别差",
    "安装师傅迟到三小时，装完还漏水",
    "电池续航缩水一半，要求给个说法",
    "保养被多收了六百块，没人解释",
    "车门异响，拆了三次越修越响",
    "收到的是二手翻新机，要求退一赔三",
    "合同上写的颜色不对，拒绝更换",
    "会员费自动扣了两次，没有任何提示",
    "发货发错型号，换货还要自己出运费",
    "导航升级后死机，一个月没有解决方案",
    "轮胎鼓包，才开了三千公里",
    "预约了三次维修，三次都放鸽子",
    "贷款手续费乱收，发票也不给",
    "说好七天无理由，现在各种推脱",
    "漆面有明显划痕，交车时根本没提",
    "售后让等通知，一等就是四十天",
)
PHONE_OWN = (
    "手机{phone}",
    "我的电话{phone}，请尽快处理",
    "请联系我{phone}",
    "电话 {phone}",
    "联系方式：{phone}",
    "本人手机号{phone}",
    "有事打{phone}找我",
    "看到请回电{phone}",
    "我手机是{phone}",
    "注册手机{phone}",
    "麻烦给我回个电话，{phone}",
    "预留号码{phone}",
    "希望有人联系我：{phone}",
    "（{phone}）",
    "下单用的手机号是{phone}",
    "随时可以打我电话{phone}",
    "我的联系电话为{phone}",
    "tel:{phone}",
)
ORDER_OWN = (
    "订单号{order}",
    "我的订单{order}至今没人处理",
    "订单编号：{order}",
    "单号 {order}",
    "查一下{order}这个订单，我等了很久",
    "我下的单，订单号是{order}",
    "凭证：订单{order}",
    "我的单号为{order}",
    "附上订单号：{order}",
)
VIN_OWN = (
    "车架号{vin}",
    "我的车架号是{vin}",
    "VIN：{vin}",
    "我车的vin码{vin}",
    "车辆识别代号 {vin}",
    "本车车架号：{vin}",
)
PLATE_OWN = ("车牌{plate}", "我的车是{plate}", "车牌号：{plate}", "我车牌{plate}", "牌照{plate}", "本人车辆{plate}")
EMAIL_OWN = (
    "邮箱{email}",
    "我的邮箱是{email}",
    "请回复到{email}",
    "email: {email}",
    "可以发邮件给我{email}",
    "联系邮箱：{email}",
)
NAME_OWN = (
    "我叫{name}",
    "本人{name}",
    "车主{name}",
    "姓名：{name}",
    "我是{name}",
    "投诉人：{name}",
    "联系人{name}",
    "实名投诉，{name}",
    "登记的名字是{name}",
    "客户姓名 {name}",
    "{name}，",
    "——{name}",
)
SURNAME_OWN = (
    "我姓{surname}",
    "本人姓{surname}",
    "免贵姓{surname}",
    "车主{surname}先生",
    "联系人：{surname}女士",
    "客户{surname}女士",
)
CITY_OWN = (
    "坐标{city}",
    "我在{city}",
    "{city}的",
    "{city}车主",
    "人在{city}",
    "{city}这边",
    "地点：{city}",
    "家住{city}",
    "{city}本地的",
)
MOVED = (
    "去年搬到{city}了",
    "现在人在{city}",
    "因为工作调到{city}",
    "今年刚搬来{city}",
    "目前在{city}定居",
    "从外地搬到{city}",
)
PRODUCT = ("我的{product}", "{product}", "买的{product}", "开的是{product}", "车型{product}", "入手{product}一年")
DEALER = ("在{dealer}买的", "{dealer}", "{dealer}售后", "去了{dealer}", "经销商是{dealer}", "找{dealer}解决")
BOUGHT = ("{month}买的", "{month}提车", "购买时间{month}", "{month}下单", "{month}购入", "{month}入手")
FIRST = (
    "我真的很生气，",
    "我要投诉！",
    "说说我的经历：",
    "本人真实遭遇，",
    "求大家评评理，我",
    "气死我了，",
    "自己花的钱，",
    "第一次发帖，我",
    "我忍不了了，",
)
NEUTRAL = ("", "投诉：", "问题反馈：", "大家注意，", "曝光一下：", "求助！", "", "反映问题：", "避雷！")

MASKED_PHONE = (
    "手机{masked}",
    "我的电话{masked}",
    "{masked}",
    "注册手机 {masked}",
    "本人手机号{masked}",
    "电话：{masked}",
)
TAIL_PHONE = (
    "手机尾号{tail}",
    "我电话尾号{tail}",
    "手机号后四位{tail}",
    "注册手机尾号{tail}",
    "手机末四位是{tail}",
    "尾号{tail}的手机",
)
TAIL_ORDER = (
    "订单尾号{tail}",
    "订单后六位{tail}",
    "我的订单号后六位是{tail}",
    "单号尾号{tail}",
    "订单号末六位{tail}",
    "订单最后六位：{tail}",
)
TAIL_VIN = (
    "车架号后六位{tail}",
    "车架尾号{tail}",
    "VIN后六位{tail}",
    "我的车架号后六位是{tail}",
    "车架号末六位：{tail}",
    "车架号最后六位 {tail}",
)

QUOTED = (
    "销售顾问{nick}电话{phone}一直不接",
    "客服{nick}（{phone}）态度恶劣",
    "售后经理的手机是{phone}，大家可以打打看",
    "店长电话{phone}，推得一干二净",
    "让我联系{phone}，结果没人接",
    "给了我一个号码{phone}，打过去说不归他管",
    "维修师傅{nick}{phone}说修不了",
    "打{phone}永远占线",
    "对接的{nick}，{phone}，已经把我拉黑",
    "门店前台{phone}说老板不在",
    "骗子销售电话{phone}，大家小心",
    "他留的号码{phone}已经停机",
    "{phone}是你们销售的号码，天天骚扰我",
    "区域经理{phone}承诺三天内解决，至今没有",
    "安装工的电话：{phone}，约好了不来",
    "快递员{phone}把货扔门口",
    "业务员{nick}加我微信{phone}",
    "4S店负责人电话{phone}，打了十几次",
    "投诉电话{phone}打不通",
    "请问{phone}是你们官方客服吗",
    "打他们的值班电话{phone}没人",
    "接待我的是{nick}，手机{phone}",
    "一个自称厂家的人用{phone}打给我",
    "让加{phone}这个微信才给退款",
)
THIRD = (
    "我朋友的事，他",
    "帮同事发一下：",
    "替我妈问问，",
    "转自车友群：",
    "听说有人遇到这事，",
    "我一个同学遇到的，",
    "代朋友投诉，",
    "邻居家的车，",
    "搬运，侵删。",
    "群里看到一位车主说：",
    "我表哥买的，",
    "帮人转发：",
    "看到别人发的，",
    "有位车主反映：",
    "室友让我帮忙问，",
    "转：",
    "我老公的同事，",
    "受邻居之托发帖，",
    "网友爆料：",
    "这位大哥太惨了，",
    "代发，当事人不方便露面。",
    "朋友圈看到的，",
    "我爸去年买的车，",
    "亲戚家遇到的糟心事，",
    "不是本人，帮忙扩散。",
    "刷到一个求助：",
    "粉丝投稿：",
    "我领导的车，",
    "闺蜜的遭遇，",
    "转一个受害者的帖子，",
    "楼上阿姨不会发帖，我代笔，",
    "客户的车，客户委托我发，",
    "男朋友的订单，",
    "替一位老人发声，",
    "帮亲戚维权，",
    "据说是真事，",
)
# Written after the rules were, and never looked at while changing them.
LATE_QUOTED = (
    "当时给我办手续的{nick}电话是{phone}，现在装不认识",
    "厂里派来的工人留了个{phone}，说有事找他，结果不回消息",
    "卖我车的那位{phone}，交完钱就变脸",
    "导购{nick}拍胸脯保证的，她手机{phone}",
    "物流给的号码{phone}，打了一上午",
    "催收用{phone}一天打我八遍",
    "经办人{nick}，联系电话{phone}，录音我都有",
    "给你们督导{phone}发了短信，已读不回",
)
LATE_THIRD = (
    "同小区的业主托我发的，",
    "单位同事买的，他不玩论坛，",
    "我岳父上个月提的车，",
    "从别的群复制过来的，",
    "有个老人家不识字，我帮他写，",
    "一个哥们的亲身经历，",
    "孩子班主任遇到的事，",
    "女儿买的，我来说两句，",
    "大学同学发给我的，让大家评理，",
    "朋友转给我的，看得我血压上来了，",
    "我们群主的遭遇，",
    "公司前台小姑娘的事，",
)
THEIR_KEY = (
    "他的电话{phone}",
    "联系方式{phone}",
    "订单号{order}",
    "她手机{phone}",
    "车主电话{phone}",
    "订单{order}",
    "人家电话{phone}",
    "当事人手机{phone}",
    "单号是{order}",
)
DEALER_POSTS = (
    "{dealer}年末钜惠，订车热线{phone}，欢迎到店",
    "本店专业维修保养，电话{phone}",
    "关于近日投诉的说明，如有疑问请致电{phone}",
    "现车充足，联系我{phone}",
    "招聘销售顾问，简历投递或电话{phone}",
    "{dealer}提醒您冬季用车注意事项，服务热线{phone}",
)
NICKS = ("小李", "小王", "张工", "刘经理", "阿强", "陈姐", "小赵", "王师傅", "老周")


LATE = {QUOTED: LATE_QUOTED, THIRD: LATE_THIRD}


def choose(random: object, family: tuple[str, ...], held_out: bool) -> str:
    """One wording of a family; every third of them, and the late ones, only where ``held_out``."""
    if held_out:
        family = family + LATE.get(family, ())
    while True:
        place = random.randrange(len(family))  # type: ignore[attr-defined]
        if held_out or place % 3 != 2:
            return family[place]
