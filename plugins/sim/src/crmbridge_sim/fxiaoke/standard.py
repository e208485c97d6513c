"""The objects of a tenant as tables of text (dossier 2.2, 4), and how they are read.

A line is ``api_name type 中文 flags``: ``*`` required, ``ro`` read only, ``u`` unique, ``->Obj`` a reference, ``=list``
options by name, ``.2`` decimals. Every object gets the system fields (dossier 2.3) and two custom texts:
``world_key__c`` (the seeded world's own key) and ``external_key__c`` (an empty one for whoever writes).
"""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge_sim.fxiaoke import ids
from crmbridge_sim.fxiaoke.schema import Field, Obj, Option

SYSTEM = """
_id text 唯一标识 ro
owner employee 负责人 *
owner_department text 负责人主属部门 ro
owner_department_id text 负责人主属部门编号 ro
data_own_department department 归属部门
created_by employee 创建人 ro
create_time date_time 创建时间 ro
last_modified_by employee 最后修改人 ro
last_modified_time date_time 最后修改时间 ro
life_status select_one 生命状态 ro =life_status
life_status_before_invalid text 作废前生命状态 ro
lock_status select_one 锁定状态 ro =lock_status
record_type record_type 业务类型 =record_type
relevant_team embedded_object_list 相关团队 ro
version number 版本 ro .0
is_deleted true_or_false 是否删除 ro
world_key__c text 外部编号 u
external_key__c text 同步键 u
"""
MONEY = "mc_currency select_one 币种 =currency\nmc_exchange_rate number 汇率 ro .6\n"
LEADS = """
name text 姓名 *
company text 公司
tel phone_number 电话
mobile phone_number 手机
email email 邮件
job_title text 职务
department text 部门
address text 地址
url url 网址
source select_one 来源 =source
remark long_text 备注
leads_pool_id object_reference 线索池 ->LeadsPoolObj
leads_stage select_one 线索阶段 =leads_stage
biz_status select_one 状态 =biz_status
assigner_id employee 分配人 ro
assigned_time date_time 分配时间 ro
owner_change_time date_time 负责人变更时间 ro
returned_time date_time 退回时间 ro
transform_time date_time 转换时间 ro
back_reason select_one 退回原因 =back_reason
close_reason select_one 无效原因 =close_reason
last_follow_time date_time 最后跟进时间 ro
last_follower employee 最后跟进人 ro
account_id object_reference 转换的客户 ro ->AccountObj
contact_id object_reference 转换的联系人 ro ->ContactObj
new_opportunity_id object_reference 转换的商机 ro ->NewOpportunityObj
is_duplicated true_or_false 是否重复 ro
resale_count number 转手次数 ro .0
"""
ACCOUNTS = """
name text 客户名称 *
account_no auto_number 客户编号 ro
account_type select_one 客户类型 =account_type
account_level select_one 客户级别 =account_level
account_source select_one 来源 =source
industry_level1 select_one 一级行业 =industry
deal_status select_one 成交状态 =deal_status
biz_status select_one 分配状态 =account_biz_status
high_seas_id object_reference 公海 ->HighSeasObj
parent_account_id object_reference 上级客户 ->AccountObj
leads_id object_reference 来源线索 ro ->LeadsObj
tel phone_number 电话
email email 邮件
url url 网址
country country 国家 =country
province province 省 =province
city city 市 =city
address text 详细地址
location location 定位
uniform_social_credit_code text 统一社会信用代码
owner_modified_time date_time 负责人变更时间 ro
claimed_time date_time 领取时间 ro
returned_time date_time 退回时间 ro
back_reason select_one 退回原因 =back_reason
completion_rate percentile 资料完善度 ro .2
last_followed_time date_time 最后跟进时间 ro
remark long_text 备注
segment__c select_one 客群 =segment
employees__c number 员工数 .0
annual_revenue__c currency 年营业额 .2
zip_code__c text 邮编
opportunity_count__c count 商机数 ro .0
"""
CONTACTS = """
name text 姓名 *
account_id object_reference 客户名称 ->AccountObj
tel1 phone_number 电话1
tel2 phone_number 电话2
mobile1 phone_number 手机1
mobile2 phone_number 手机2
email email 邮件
company text 公司
department text 部门
job_title text 职务
primary_contact true_or_false 主要联系人
leads_id object_reference 来源线索 ro ->LeadsObj
remark long_text 备注
source__c select_one 来源 =source
wechat__c text 微信
"""
OPPORTUNITIES = """
name text 商机名称 *
account_id object_reference 客户名称 * ->AccountObj
amount currency 商机金额 .2
close_date date 预计成交日期
sales_process_id object_reference 销售流程 ->SalesProcess
sales_stage select_one 商机阶段 =sales_stage
sales_status select_one 阶段状态 ro =sales_status
probability percentile 赢率 .0
probability_amount formula 预测金额 ro .2
stg_changed_time date_time 阶段变更时间 ro
cost_time number 阶段停留时间 ro .0
opp_lines_sum count 商机明细合计 ro .2
leads_id object_reference 来源线索 ro ->LeadsObj
last_followed_time date_time 最后跟进时间 ro
remark long_text 备注
contact_id__c object_reference 联系人 ->ContactObj
source__c select_one 来源 =source
deal_type__c select_one 商机类型 =deal_type
segment__c select_one 客群 =segment
loss_reason__c select_one 输单原因 =loss_reason
next_step__c text 下一步
tags__c select_many 标签 =tags
contract_no__c text 合同号
margin__c percentile 毛利率 .2
units__c number 台数 .0
score__c number 评分 .4
signed_on__c date 签约日期
signed_at__c date_time 签约时间
call_window__c time 可联系时间
competitors__c select_many 竞争对手 =competitor
is_strategic__c true_or_false 战略商机
partner__c object_reference 合作伙伴 ->AccountObj
stakeholders__c object_reference_many 干系人 ->ContactObj
second_owner__c employee 协同负责人
reviewers__c employee_many 评审人
sites__c department 相关部门
portal__c url 门户
billing_email__c email 开票邮箱
hotline__c phone_number 热线
background__c long_text 背景
proposal__c html_rich_text 方案
opp_no__c auto_number 商机编号 ro
account_tel__c quote 客户电话 ro
contract_files__c file_attachment 合同附件
photos__c image 现场照片
place__c location 地点
"""
OLD_OPPORTUNITIES = """
name text 商机名称 *
account_id object_reference 客户名称 * ->AccountObj
expected_deal_amount currency 预计销售金额 .2
expected_deal_closed_date date_time 预计成交日期
sales_process_name text 销售流程 ro
oppo_stage_id text 销售阶段
sales_stg_changed_time date_time 阶段变更时间 ro
before_sale_stage_count number 售前阶段数 ro .0
probability percentile 赢率 .0
biz_status select_one 状态 =oppo_status
is_start_after_sale true_or_false 是否启动售后 ro
leads_id object_reference 来源线索 ro ->LeadsObj
last_followed_time date_time 最后跟进时间 ro
remark long_text 备注
contact_id__c object_reference 联系人 ->ContactObj
source__c select_one 来源 =source
deal_type__c select_one 商机类型 =deal_type
segment__c select_one 客群 =segment
loss_reason__c select_one 输单原因 =loss_reason
next_step__c text 下一步
tags__c select_many 标签 =tags
units__c number 台数 .0
competitors__c select_many 竞争对手 =competitor
is_strategic__c true_or_false 战略商机
stage_label__c text 阶段名称
"""
RECORDS = """
name text 主题
active_record_content long_text 内容 *
active_record_type select_one 类型 =active_record_type
interactive_types select_one 互动方式 =interactive_types
related_object_data related_list 关联业务对象
account_id object_reference 客户 ->AccountObj
contact_id object_reference 联系人 ->ContactObj
new_opportunity_id object_reference 商机 ->NewOpportunityObj
leads_id object_reference 线索 ->LeadsObj
next_plan__c long_text 下一步计划
next_plan_time__c date_time 计划时间
started_at__c date_time 开始时间
seconds__c number 时长（秒） .0
inbound__c true_or_false 呼入
result__c select_one 结果 =call_result
"""
SCHEDULES = """
name text 主题
content long_text 内容 *
begin_time date_time 开始时间 *
end_time date_time 结束时间 *
participants employee_many 参与人
related_object_data related_list 关联业务对象
new_opportunity_id object_reference 商机 ->NewOpportunityObj
place__c text 地点
"""
TASKS = """
name text 主题 *
description long_text 描述
dead_line date_time 截止时间
status select_one 状态 =task_status
priority select_one 优先级 =priority
executor employee_many 执行人
finished_time date_time 完成时间
related_object_data related_list 关联业务对象
new_opportunity_id object_reference 商机 ->NewOpportunityObj
"""
POOLS = "name text 名称 *\nremark long_text 备注\n"
TRANSFERS = """
name text 名称
leads_id object_reference 线索 ->LeadsObj
account_id object_reference 客户 ->AccountObj
contact_id object_reference 联系人 ->ContactObj
new_opportunity_id object_reference 商机 ->NewOpportunityObj
transform_time date_time 转换时间
"""
PERSONNEL = """
name text 姓名
full_name text 全名
user_id text 员工编号
phone phone_number 手机
email email 邮件
status select_one 状态 =person_status
leader employee 汇报对象
main_department department 主属部门
employee_number text 工号
"""
DEPARTMENTS = """
name text 部门名称
parent_id department 上级部门
status select_one 状态 =person_status
"""
SITES = """
name text 项目名称 *
account_id object_reference 客户 ->AccountObj
field_Am0nt__c currency 合同额 .2
field_St4ge__c select_one 进度 =site_stage
field_Bldg1__c number 栋数 .0
field_D4te1__c date 开工日期
"""
# api name: label, table, duplicate rule, pool field (dossier 2.2)
OBJECTS: Mapping[str, tuple[str, str, tuple[str, ...], str]] = {
    "LeadsObj": ("销售线索", LEADS, ("mobile", "email"), "leads_pool_id"),
    "LeadsPoolObj": ("线索池", POOLS, (), ""),
    "AccountObj": ("客户", ACCOUNTS, ("name",), "high_seas_id"),
    "HighSeasObj": ("公海", POOLS, (), ""),
    "ContactObj": ("联系人", CONTACTS, ("mobile1", "email"), ""),
    "NewOpportunityObj": ("商机2.0", OPPORTUNITIES, ("name",), ""),
    "OpportunityObj": ("商机", OLD_OPPORTUNITIES, ("name",), ""),
    "ActiveRecordObj": ("销售记录", RECORDS, (), ""),
    "ScheduleObj": ("日程", SCHEDULES, (), ""),
    "TaskObj": ("任务", TASKS, (), ""),
    "LeadsTransferLogObj": ("线索转换日志", TRANSFERS, (), ""),
    "PersonnelObj": ("人员", PERSONNEL, (), ""),
    "DepartmentObj": ("部门", DEPARTMENTS, (), ""),
    "object_Sit3s__c": ("项目现场", SITES, (), ""),
}
WITH_MONEY = ("AccountObj", "NewOpportunityObj", "OpportunityObj", "object_Sit3s__c")
NOT_CREATABLE = ("PersonnelObj", "DepartmentObj", "LeadsTransferLogObj")
# value=label; a value of ? is one of the tenant's own, nine random signs (dossier 3.11).
OPTIONS: Mapping[str, str] = {
    "life_status": "ineffective=未生效|under_review=审核中|normal=正常|in_change=变更中|invalid=作废",
    "lock_status": "0=未锁定|1=锁定",
    "record_type": "default__c=预设业务类型",
    "source": "1=官网|2=展会|3=转介绍|?=合作伙伴|?=电话开发|?=研讨会|?=广告|other=其他",
    "leads_stage": "Lead=线索|MQL=市场认可线索|SQL=销售认可线索",
    "biz_status": "un_assigned=未分配|un_processed=待处理|processed=跟进中|transformed=已转换|closed=无效",
    "back_reason": "0=无法联系|1=没有意向|2=不在服务范围|other=其他",
    "close_reason": "1=虚假信息|2=没有需求|other=其他",
    "account_type": "1=潜在客户|2=成交客户|?=合作伙伴",
    "account_level": "1=A|2=B|3=C",
    "industry": "10=制造业|12=信息技术|?=服务业|?=通信业|?=教育|?=政府|?=贸易",
    "deal_status": "1=未成交|2=已成交",
    "account_biz_status": "unallocated=未分配|allocated=已分配",
    "segment": "option1=大型企业|option2=中型企业|option3=小型企业|?=公共事业",
    "deal_type": "option1=新购|option2=增购",
    "loss_reason": "?=价格|?=客户无回应|?=目标不符|?=预期不符|?=竞争失利|other=其他",
    "tags": "?=Expo26|?=VIP|?=重点客户|?=at risk",
    "competitor": "?=Alpha Systems|?=Beta Works|?=北方软件|?=In-house",
    "sales_status": "1=进行中|2=赢单|3=输单|4=无效",
    "oppo_status": "running=进行中|win=赢单|lose=输单|invalid=无效",
    "active_record_type": "1=电话|2=拜访|?=微信|?=备注|other=其他",
    "interactive_types": "1=电话|2=面谈|3=其他",
    "call_result": "option1=有意向|option2=无意向|option3=未接通|option4=需要资料|option5=再联系",
    "task_status": "1=未完成|2=已完成",
    "priority": "1=低|2=中|3=高",
    "person_status": "0=启用|1=停用|2=删除",
    "site_stage": "?=勘察|?=施工|?=验收",
}


def options(name: str, *, seed: int, currencies: tuple[str, ...]) -> list[Option]:
    """A list of options by its name in the tables; the tenant's own values follow from its seed."""
    if name == "currency":
        return [Option(code, code) for code in currencies]
    made = []
    for part in OPTIONS.get(name, "").split("|") if OPTIONS.get(name) else ():
        value, _, label = part.partition("=")
        made.append(Option(own_value(seed, name, label) if value == "?" else value, label))
    return made


def own_value(seed: int, name: str, label: str) -> str:
    """Nine signs like ``kaYz89Lwq`` (dossier 3.11)."""
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number = int(ids.digest("option", seed, name, label), 16)
    made = ""
    for _ in range(9):
        number, sign = divmod(number, len(signs))
        made += signs[sign]
    return made


def read_field(line: str, *, seed: int, currencies: tuple[str, ...]) -> Field:
    """One line of a table as a field."""
    name, kind, label, *flags = line.split()
    made = Field(name, kind, label)
    for flag in flags:
        if flag == "*":
            made.required = True
        elif flag == "ro":
            made.read_only = True
        elif flag == "u":
            made.unique = True
        elif flag.startswith("->"):
            made.target = flag[2:]
        elif flag.startswith("="):
            made.options = options(flag[1:], seed=seed, currencies=currencies)
        else:
            made.decimals = int(flag[1:])
    return made


def read_object(name: str, *, seed: int, currencies: tuple[str, ...], old: bool = False) -> Obj:
    """One object with its own fields, then those of the system; ``old``: opportunities are of the first kind."""
    label, table, duplicate_by, pool = OBJECTS[name]
    if old:
        table = table.replace("new_opportunity_id", "opportunity_id").replace("NewOpportunityObj", "OpportunityObj")
    money = MONEY if name in WITH_MONEY and len(currencies) > 1 else ""
    lines = [line for line in (table + SYSTEM + money).splitlines() if line.strip()]
    fields = [read_field(line, seed=seed, currencies=currencies) for line in lines]
    made = Obj(name, label, {field.api_name: field for field in fields}, duplicate_by, pool)
    made.creatable = name not in NOT_CREATABLE
    if "KWD" in currencies and name in WITH_MONEY:
        for field in fields:
            if field.type == "currency" or field.api_name == "probability_amount":
                field.decimals = 3
    return made
