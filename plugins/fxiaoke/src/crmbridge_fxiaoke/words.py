"""The words of a plan in a sales record: written by `tasks`, read by the lens of a record's state.

Apart from both, so that finding this plugin loads neither.
"""

HEAD = "【跟进任务】"
"""How the content of a plan begins."""
STATE, OPEN_WORD, DONE_WORD = "状态：", "未完成", "已完成"
OPEN_LINE = f"{STATE}{OPEN_WORD}"
"""The line of a plan that says that it is still to be done."""
