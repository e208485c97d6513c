"""The standard modules of a default org as tables of text (dossier 4.2: SDK8 field.py), and how they are read.

A line is ``Api_Name type flags``: ``*`` mandatory, ``ro`` read only, ``u`` unique, ``rich`` formatted text, ``->M`` a
lookup of module M, ``=L`` a picklist by name, a number a length. Every module gets the audit and system fields at its
end.
"""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge_sim.zoho.schema import Field, PickValue

AUDIT = """
Owner ownerlookup
Created_By ownerlookup ro
Modified_By ownerlookup ro
Created_Time datetime ro
Modified_Time datetime ro
Last_Activity_Time datetime ro
Tag tag
Layout layout
Record_Status__s picklist ro =status
Locked__s boolean ro
Change_Log_Time__s datetime ro
$approval_state text ro
$process_flow boolean ro
"""
MONEY = """
Currency picklist =currency
Exchange_Rate double ro
"""
LEADS = """
Salutation picklist =salutation
First_Name text 40
Last_Name text 80 *
Full_Name text 120 ro
Company text 200
Designation text 100
Email email 100
Secondary_Email email 100
Phone phone 30
Mobile phone 30
Fax text 30
Website website 255
Twitter text 50
Skype_ID text 50
Lead_Source picklist =source
Lead_Status picklist =lead_status
Industry picklist =industry
Rating picklist =rating
Annual_Revenue currency
No_of_Employees integer
Street text 250
City text 100
State text 100
Zip_Code text 30
Country text 100
Description textarea 32000
Email_Opt_Out boolean
Unsubscribed_Mode picklist ro =unsubscribed
Unsubscribed_Time datetime ro
Converted__s boolean ro
Converted_Date_Time datetime ro
Converted_Account lookup ro ->Accounts
Converted_Contact lookup ro ->Contacts
Converted_Deal lookup ro ->Deals
Lead_Conversion_Time integer ro
"""
CONTACTS = """
Salutation picklist =salutation
First_Name text 40
Last_Name text 80 *
Full_Name text 120 ro
Account_Name lookup ->Accounts
Email email 100
Secondary_Email email 100
Phone phone 50
Mobile phone 30
Home_Phone phone 30
Other_Phone phone 30
Asst_Phone phone 30
Assistant text 50
Fax text 30
Title text 100
Department text 50
Date_of_Birth date
Lead_Source picklist =source
Reporting_To lookup ->Contacts
Mailing_Street text 250
Mailing_City text 100
Mailing_State text 100
Mailing_Zip text 30
Mailing_Country text 100
Other_Street text 250
Other_City text 100
Other_State text 100
Other_Zip text 30
Other_Country text 100
Description textarea 32000
Email_Opt_Out boolean
Twitter text 50
Skype_ID text 50
"""
ACCOUNTS = """
Account_Name text 200 *
Account_Number bigint
Account_Site text 80
Account_Type picklist =account_type
Parent_Account lookup ->Accounts
Industry picklist =industry
Ownership picklist =ownership
Rating picklist =rating
Annual_Revenue currency
Employees integer
SIC_Code integer
Ticker_Symbol text 30
Phone phone 30
Fax text 30
Website website 255
Billing_Street text 250
Billing_City text 100
Billing_State text 100
Billing_Code text 30
Billing_Country text 100
Shipping_Street text 250
Shipping_City text 100
Shipping_State text 100
Shipping_Code text 30
Shipping_Country text 100
Description textarea 32000
"""
DEALS = """
Deal_Name text 120 *
Stage picklist * =stage
Pipeline picklist * =pipeline
Closing_Date date
Amount currency
Probability integer
Expected_Revenue currency ro
Account_Name lookup ->Accounts
Contact_Name lookup ->Contacts
Campaign_Source lookup ->Campaigns
Lead_Source picklist =source
Type picklist =deal_type
Next_Step text 100
Description textarea 32000
Reason_For_Loss__s picklist =loss
Lead_Conversion_Time integer ro
Sales_Cycle_Duration integer ro
Overall_Sales_Duration integer ro
"""
CAMPAIGNS = """
Campaign_Name text 255 *
Type picklist =campaign_type
Status picklist =campaign_status
Start_Date date
End_Date date
Expected_Revenue currency
Budgeted_Cost currency
Actual_Cost currency
Description textarea 32000
"""
TASKS = """
Subject text 255 *
Status picklist =task_status
Priority picklist =priority
Due_Date date
Closed_Time datetime ro
Who_Id lookup ->Contacts
What_Id multi_module_lookup
$se_module module
Remind_At ALARM
Recurring_Activity RRULE
Send_Notification_Email boolean
Description textarea 32000
"""
EVENTS = """
Event_Title text 255 *
Start_DateTime datetime *
End_DateTime datetime *
All_day boolean
Venue text 255
Participants participants
Who_Id lookup ->Contacts
What_Id multi_module_lookup
$se_module module
Remind_At multireminder
Recurring_Activity RRULE
Check_In_Status text ro
Description textarea 32000
"""
CALLS = """
Subject text 255
Call_Type picklist * =call_type
Call_Start_Time datetime *
Call_Duration text 10
Call_Duration_in_seconds integer
Outgoing_Call_Status picklist =call_status
Call_Purpose picklist =call_purpose
Call_Agenda textarea 32000
Call_Result picklist =call_result
Caller_ID text 50
Dialled_Number text 50
CTI_Entry boolean
Reminder text 50
Who_Id lookup ->Contacts
What_Id multi_module_lookup
$se_module module
Description textarea 32000
"""
NOTES = """
Note_Title text 120
Note_Content textarea 32000
Parent_Id multi_module_lookup *
$se_module module
"""
DEAL_HISTORY = """
Potential_Name lookup ro ->Deals
Stage picklist ro =stage
Moved_To__s picklist ro =stage
Amount currency ro
Probability integer ro
Expected_Revenue currency ro
Closing_Date date ro
Stage_Duration_Calendar_Days integer ro
Modified_By ownerlookup ro
Modified_Time datetime ro
Created_Time datetime ro
"""
# The custom fields a real org has: the world's key (unique, so that worlds can be compared) and one field of each
# remaining data type on Deals (dossier 3, data_type values).
WORLD_KEY = "World_Key text 60 u"
CUSTOM: Mapping[str, str] = {
    "Leads": WORLD_KEY + "\nSegment picklist =segment",
    "Contacts": WORLD_KEY + "\nWeChat text 60",
    "Accounts": WORLD_KEY + "\nSegment picklist =segment\nTax_No text 40",
    "Tasks": WORLD_KEY,
    "Events": WORLD_KEY,
    "Calls": WORLD_KEY,
    "Campaigns": WORLD_KEY,
    "Notes": "",
    "Deals": WORLD_KEY
    + """
Segment picklist =segment
Contract_No text 40
Margin percent
Units integer
Serial_Number bigint
Score double
Signed_On date
Signed_At datetime
Competitors multiselectpicklist =competitor
Is_Strategic boolean
Partner lookup ->Accounts
Second_Owner userlookup
Portal website 255
Billing_Email email 100
Hotline phone 30
Background textarea 2000
Proposal textarea 32000 rich
Deal_No autonumber ro
Weighted_Amount formula ro
Open_Tasks rollup_summary ro
Line_Items subform
Stakeholders multiselectlookup ->Contacts
Reviewers multiuserlookup
Contract_Files fileupload
""",
}
MODULES: Mapping[str, tuple[str, str, str, str, str]] = {
    # api name: singular, display field, system duplicate field (DOC7:upsert), with money or not, fields
    "Leads": ("Lead", "Full_Name", "Email", "money", LEADS),
    "Accounts": ("Account", "Account_Name", "Account_Name", "money", ACCOUNTS),
    "Contacts": ("Contact", "Full_Name", "Email", "money", CONTACTS),
    "Campaigns": ("Campaign", "Campaign_Name", "Campaign_Name", "money", CAMPAIGNS),
    "Deals": ("Deal", "Deal_Name", "Deal_Name", "money", DEALS),
    "Tasks": ("Task", "Subject", "", "", TASKS),
    "Events": ("Event", "Event_Title", "", "", EVENTS),
    "Calls": ("Call", "Subject", "", "", CALLS),
    "Notes": ("Note", "Note_Title", "", "", NOTES),
}
PICKLISTS: Mapping[str, str] = {
    "status": "Available|Trash|Draft",
    "salutation": "Mr.|Mrs.|Ms.|Dr.|Prof.",
    "source": "Advertisement|Cold Call|Employee Referral|External Referral|Online Store|Partner|Public Relations|"
    "Sales Email Alias|Seminar Partner|Internal Seminar|Trade Show|Web Download|Web Research|Chat",
    "lead_status": "Attempted to Contact|Contact in Future|Contacted|Junk Lead|Lost Lead|Not Contacted|Pre-Qualified|"
    "Not Qualified",
    "industry": "ASP (Application Service Provider)|Data/Telecom OEM|ERP (Enterprise Resource Planning)|"
    "Government/Military|Large Enterprise|ManagementISV|Manufacturer|Network Equipment Enterprise|Service Provider|"
    "Small/Medium Enterprise|Storage Equipment|Systems Integrator|Technology|Education|Communications",
    "rating": "Acquired|Active|Market Failed|Project Cancelled|Shut Down",
    "unsubscribed": "Consent form|Manual|Unsubscribe link|Zoho campaigns",
    "account_type": "Analyst|Competitor|Customer|Distributor|Integrator|Investor|Other|Partner|Press|Prospect|"
    "Reseller|Supplier|Vendor",
    "ownership": "Other|Private|Public|Subsidiary|Government|Partnership|Privately Held|Public Company",
    "deal_type": "Existing Business|New Business",
    "loss": "Expectation Mismatch|Price|Unqualified Customer|Lack of response|Missed Follow Ups|Wrong Target|Other",
    "campaign_type": "Conference|Webinar|Trade Show|Email|Advertisement|Other",
    "campaign_status": "Planning|Active|Inactive|Complete",
    "task_status": "Not Started|Deferred|In Progress|Completed|Waiting for Input",
    "priority": "High|Highest|Low|Lowest|Normal",
    "call_type": "Inbound|Outbound|Missed",
    "call_status": "Scheduled|Completed|Overdue|Cancelled",
    "call_purpose": "Prospecting|Administrative|Negotiation|Demo|Project|Desk",
    "call_result": "Interested|Not interested|No response/Busy|Requested more info|Requested call back|Invalid number",
    "segment": "Enterprise|Mid-Market|Small Business|公共事业",
    "competitor": "Alpha Systems|Beta Works|北方软件|In-house",
}
# display | actual | probability | forecast type | forecast category (dossier 3: OAS26 getPipelines). The second
# pipeline's labels are renamed, as customers do: an adapter that matches the words loses them.
STAGES = """
Qualification|Qualification|10|Open|Pipeline
Needs Analysis|Needs Analysis|20|Open|Pipeline
Value Proposition|Value Proposition|40|Open|Pipeline
Identify Decision Makers|Id. Decision Makers|60|Open|Pipeline
Proposal/Price Quote|Proposal/Price Quote|75|Open|Pipeline
Negotiation/Review|Negotiation/Review|90|Open|Pipeline
Closed Won|Closed Won|100|Closed Won|Closed
Closed Lost|Closed Lost|0|Closed Lost|Omitted
Closed Lost to Competition|Closed Lost to Competition|0|Closed Lost|Omitted
Renewal due|Renewal Open|50|Open|Pipeline
合同审批|Renewal Review|80|Open|Pipeline
Renewed|Renewal Won|100|Closed Won|Closed
Not renewed|Renewal Lost|0|Closed Lost|Omitted
"""


def stages() -> list[PickValue]:
    """The values of Deals.Stage with what each means."""
    rows = [line.split("|") for line in STAGES.strip().splitlines()]
    return [
        PickValue(display, actual, probability=int(share), forecast_type=kind, forecast_category=category)
        for display, actual, share, kind, category in rows
    ]


def picklist(name: str, *, currencies: tuple[str, ...], pipelines: tuple[str, ...]) -> list[PickValue]:
    """The values of a picklist by its name in the tables."""
    if name == "stage":
        return stages()
    if name == "currency":
        return [PickValue(code, code) for code in currencies]
    if name == "pipeline":
        return [PickValue(text, text) for text in pipelines]
    return [PickValue(text, text) for text in PICKLISTS[name].split("|")]


def read_field(line: str, *, custom: bool, currencies: tuple[str, ...], pipelines: tuple[str, ...]) -> Field:
    """One line of a table as a field."""
    name, data_type, *flags = line.split()
    made = Field(name, data_type, name.replace("__s", "").replace("_", " ").strip("$"), custom=custom)
    for flag in flags:
        if flag == "*":
            made.mandatory = True
        elif flag == "ro":
            made.read_only = True
        elif flag == "u":
            made.unique = True
        elif flag == "rich":
            made.rich = True
        elif flag.startswith("->"):
            made.lookup = flag[2:]
        elif flag.startswith("="):
            made.values = picklist(flag[1:], currencies=currencies, pipelines=pipelines)
        else:
            made.length = int(flag)
    if data_type == "currency":
        made.length, made.decimal_place = 16, 2
    made.hidden_in_metadata = name.startswith("$")
    return made
