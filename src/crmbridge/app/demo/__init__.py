"""A synthetic company to try everything on: invented people, invented customers, and files as two CRMs would export."""

from crmbridge.app.demo.company import AS_OF, SEED, Company, Size, invent
from crmbridge.app.demo.files import write_workspaces

__all__ = ["AS_OF", "SEED", "Company", "Size", "invent", "write_workspaces"]
